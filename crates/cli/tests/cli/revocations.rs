//! The revocation feed of a running server, and commands beside it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use super::run::Place;
use super::serving::Serving;

/// A stream of the feed, of which the first event has come.
fn follow(server: &Serving) -> BufReader<TcpStream> {
    let host = server.issuer.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host.replace("localhost", "127.0.0.1")).expect("it listens");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket has time-outs");
    let request =
        format!("GET /v1/revocations HTTP/1.1\r\nhost: {host}\r\naccept: text/event-stream\r\n\r\n");
    socket.write_all(request.as_bytes()).expect("it can be asked");
    let mut feed = BufReader::new(socket);
    assert!(next(&mut feed).ends_with(":0"), "nothing was taken back yet");
    feed
}

/// The id of the next event.
fn next(feed: &mut BufReader<TcpStream>) -> String {
    loop {
        let mut line = String::new();
        assert!(feed.read_line(&mut line).expect("an event comes in time") > 0, "the stream has ended");
        if line.starts_with("id: ") {
            return line.trim().to_owned();
        }
    }
}

#[test]
fn a_command_beside_the_server_reaches_everybody_who_follows() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let ada = json!({"email": "ada@example.com", "password": "seven brass kettles hum"});
    assert_eq!(server.post("/v1/signup", &ada).status, 201);
    let mut feed = follow(&server);
    for (command, number) in
        [("user roles ada@example.com editor", ":1"), ("user disable ada@example.com", ":2")]
    {
        place.run(command).good();
        // Heartbeats may come in between.
        assert!((0..20).any(|_| next(&mut feed).ends_with(number)), "{command}");
    }
    let (code, log) = server.stop();
    assert_eq!(code, 0, "{log}");
    assert!(!log.contains("stopped with requests unfinished"), "a stream is no request to wait for: {log}");
    feed.read_to_end(&mut Vec::new()).expect("the stream ends in order");
}
