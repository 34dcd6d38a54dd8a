//! A stream over a real socket: what bounds requests does not cut it, and a server that stops does not wait for it.

use std::time::Duration;

use jotgate_harness::{Engine, Listening, TestApp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::follower::settle;
use super::streams::revoke;

async fn stream(server: &Listening) -> TcpStream {
    let mut socket = server.connect().await;
    let request = "GET /v1/revocations HTTP/1.1\r\nhost: localhost:8080\r\naccept: text/event-stream\r\n\r\n";
    socket.write_all(request.as_bytes()).await.expect("it can be asked");
    until(&mut socket, "\n\n").await;
    socket
}

/// Reads until this text came, and answers everything up to then.
async fn until(socket: &mut TcpStream, wanted: &str) -> String {
    let mut read = String::new();
    while !read.contains(wanted) {
        let mut bytes = [0; 4096];
        let count = socket.read(&mut bytes).await.expect("the stream goes on");
        assert!(count > 0, "the stream ended after {read}");
        read.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    read
}

#[tokio::test]
async fn neither_the_time_for_requests_nor_the_one_for_quiet_connections_cuts_a_stream() {
    let limits = [("http.request_timeout", "1s"), ("http.idle_timeout", "1s"), ("http.header_timeout", "1s")];
    let app = TestApp::with(Engine::Sqlite, &limits).await;
    settle(&app).await;
    let server = Listening::start(&app).await;
    let mut socket = stream(&server).await;
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    revoke(&app, "one").await;
    settle(&app).await;
    assert!(until(&mut socket, "\n\n").await.contains(":1\nevent: revocations\ndata: "));
    server.stopped().await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams_and_is_gone_at_once() {
    let app = TestApp::with(Engine::Sqlite, &[("http.drain_timeout", "5m")]).await;
    settle(&app).await;
    let server = Listening::start(&app).await;
    let mut sockets = [stream(&server).await, stream(&server).await];
    let stopped = tokio::time::timeout(Duration::from_secs(60), server.stopped()).await;
    assert!(stopped.is_ok(), "it waits for streams as if they were requests");
    for socket in &mut sockets {
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).await.expect("an end, not a fault");
        assert!(rest.ends_with(b"0\r\n\r\n") || rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
    }
    assert_eq!(app.app.feed.streams(), 0);
}

#[tokio::test]
async fn a_follower_that_leaves_gives_its_place_back() {
    let app = TestApp::with(Engine::Sqlite, &[("revocations.max_streams", "1")]).await;
    settle(&app).await;
    let server = Listening::start(&app).await;
    drop(stream(&server).await);
    // Noticed when the socket is read or written next; nothing is promised about when that is.
    for _ in 0..500 {
        if app.app.feed.streams() == 0 {
            break;
        }
        revoke(&app, "one").await;
        settle(&app).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stream(&server).await;
}
