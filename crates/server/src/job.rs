//! What runs beside the requests: clean-up, the life of the keys and a look for those that others have changed, and
//! the revocation feed.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::{
    app::App,
    flow::{
        clean_up::clean_up,
        imported_passwords, keys,
        keys::life,
        mail::deliver,
        mail_request::answer_mail_requests,
        revocations::{Turn, turn},
    },
};

/// The running jobs; they stop when this is dropped.
#[derive(Debug)]
pub struct Jobs {
    handles: Vec<JoinHandle<()>>,
}

/// Starts the jobs of a server.
#[must_use]
pub fn start(app: &App) -> Jobs {
    let mut handles = vec![
        tokio::spawn(cleaning(app.clone())),
        tokio::spawn(looking_after_keys(app.clone())),
        tokio::spawn(catching_up(app.clone())),
        tokio::spawn(publishing(app.clone())),
        tokio::spawn(watching(app.clone())),
        tokio::spawn(learning_how_long_hashes_take(app.clone())),
        tokio::spawn(answering(app.clone())),
    ];
    handles.extend((0..SENDERS).map(|_| tokio::spawn(sending(app.clone()))));
    Jobs { handles }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        for handle in &self.handles {
            handle.abort();
        }
    }
}

async fn cleaning(app: App) {
    loop {
        tokio::time::sleep(CLEAN_UP_EVERY).await;
        // One batch after the other, with a breath between, until nothing is left.
        loop {
            match clean_up(&app).await {
                Ok(done) if done.more => tokio::time::sleep(BREATH).await,
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "clean-up did not finish; it is tried again later");
                    break;
                }
            }
        }
    }
}

async fn looking_after_keys(app: App) {
    loop {
        if let Err(error) = life::look_after(&app).await {
            tracing::warn!(%error, "the signing keys could not be looked after; it is tried again soon");
        }
        tokio::time::sleep(LOOK_AFTER_EVERY).await;
    }
}

async fn catching_up(app: App) {
    let mut fails = false;
    loop {
        tokio::time::sleep(if fails { BETWEEN_FAILURES } else { CATCH_UP_EVERY }).await;
        let result = keys::catch_up(&app).await;
        if let (false, Err(error)) = (fails, &result) {
            tracing::warn!(%error, "the keys could not be compared; those in memory stay in use for a minute");
        }
        fails = result.is_err();
    }
}

async fn publishing(app: App) {
    let mut failing = false;
    loop {
        match turn(&app).await {
            Ok(Turn::Again) => {
                failing = false;
                continue;
            }
            Ok(Turn::Done) => failing = false,
            // Said once: it is tried again twenty times a second.
            Err(error) if !failing => {
                tracing::warn!(%error, "the revocation feed stands still; it is tried again and again");
                failing = true;
            }
            Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(TURN_EVERY) => {}
            () = app.store.announcement() => {}
        }
    }
}

/// What was asked for in the name of a mail address. Other servers on the database give no hint, so it is looked for too.
async fn answering(app: App) {
    loop {
        if let Err(error) = answer_mail_requests(&app).await {
            tracing::warn!(%error, "a mail that was asked for could not be written; it is tried again");
            tokio::time::sleep(BETWEEN_FAILURES).await;
        }
        tokio::select! {
            () = tokio::time::sleep(ANSWER_EVERY) => {}
            () = app.mail_requests.notified() => {}
        }
    }
}

async fn sending(app: App) {
    if app.mailer.is_none() {
        return;
    }
    loop {
        if let Err(error) = deliver::turn(&app).await {
            tracing::warn!(%error, "mails wait for the database; they are tried again soon");
        }
        tokio::select! {
            () = tokio::time::sleep(SEND_EVERY) => {}
            () = app.store.post() => {}
        }
    }
}

/// A task of its own, because what holds up the other one is what has to be noticed.
async fn watching(app: App) {
    loop {
        tokio::time::sleep(WATCH_EVERY).await;
        if app.feed.close_if_blind() {
            tracing::warn!("the revocation feed was not read for 5 s: its followers are sent away");
        }
    }
}

/// An import beside the server brings hashes that take longer than those before, which a wrong password must not tell.
async fn learning_how_long_hashes_take(app: App) {
    for turn in 0_u32.. {
        if let Err(error) = imported_passwords::learn(&app, turn.is_multiple_of(LEARN_THOROUGHLY)).await {
            tracing::warn!(%error, "how long the stored passwords take could not be measured; it is tried again");
        }
        tokio::time::sleep(LEARN_EVERY).await;
    }
}

/// Below the 50 ms by which others are promised to hear of it, with room for the look itself.
const TURN_EVERY: Duration = Duration::from_millis(40);
/// Each sends one mail at a time, over a connection of its own.
const SENDERS: usize = 3;
/// What other nodes and commands have posted waits no longer than this.
const SEND_EVERY: Duration = Duration::from_secs(2);
const WATCH_EVERY: Duration = Duration::from_millis(200);
const ANSWER_EVERY: Duration = Duration::from_secs(2);
const CLEAN_UP_EVERY: Duration = Duration::from_secs(60);
const BREATH: Duration = Duration::from_millis(50);
const LOOK_AFTER_EVERY: Duration = Duration::from_secs(10);
const LEARN_EVERY: Duration = Duration::from_secs(10);
/// Every so many turns all users are read: once an hour.
const LEARN_THOROUGHLY: u32 = 360;

/// A command beside the server is noticed within 250 ms.
const CATCH_UP_EVERY: Duration = Duration::from_millis(200);
const BETWEEN_FAILURES: Duration = Duration::from_secs(1);
