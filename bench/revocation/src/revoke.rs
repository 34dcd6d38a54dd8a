//! For guards in other processes: makes sessions, prints their tokens, waits for a line on stdin, then ends one after the
//! other and prints when. Times are nanoseconds since 1970, so whoever watches a guard on this machine subtracts.

use std::{error::Error, time::Duration};

use serde_json::json;

use crate::{
    Options,
    sessions::{Sessions, nanos},
};

pub async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let count = options.number("--count", 1000)?;
    let pause = Duration::from_millis(options.number("--pause", 100)? as u64);
    let place = Sessions::begin(options).await?;
    let mut sessions = Vec::with_capacity(count);
    for n in 0..count {
        let session = place.open().await?;
        println!("{}", json!({"what": "session", "n": n, "token": session.access}));
        sessions.push(session);
    }
    println!("{}", json!({"what": "ready", "count": count}));
    std::io::stdin().read_line(&mut String::new())?;
    for (n, session) in sessions.iter().enumerate() {
        let sent = nanos();
        place.end(session).await?;
        let answered = nanos();
        println!(
            "{}",
            json!({"what": "revoked", "n": n, "sent_ns": sent.to_string(), "answered_ns": answered.to_string()})
        );
        tokio::time::sleep(pause).await;
    }
    Ok(())
}
