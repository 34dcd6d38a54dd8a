//! The listener: bounds in time and size, and stopping. Over real sockets, with bytes written by hand.

use std::time::Duration;

use jotgate_harness::{Engine, Listening, PASSWORD, TestApp};
use jotgate_server::http::curl_steps;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

async fn send(server: &Listening, request: &[u8]) -> String {
    let mut stream = server.connect().await;
    stream.write_all(request).await.unwrap();
    read_to_end(&mut stream).await
}

const SOON: Duration = Duration::from_secs(20);
const CLOSE: &str = "Host: localhost:8080\r\nConnection: close\r\n";

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    timeout(SOON, stream.read_to_end(&mut bytes))
        .await
        .expect("the connection ends")
        .expect("without a reset");
    String::from_utf8(bytes).unwrap()
}

/// Reads up to the end of a head or beyond.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    while !text.contains("\r\n\r\n") {
        let mut bytes = [0; 4096];
        let read = timeout(SOON, stream.read(&mut bytes)).await.expect("an answer comes").unwrap();
        assert!(read > 0, "closed after {text:?}");
        text += std::str::from_utf8(&bytes[..read]).unwrap();
    }
    text
}

#[tokio::test]
async fn answers_over_http_1_and_the_peer_is_the_client() {
    let app = TestApp::new(Engine::Sqlite).await;
    let server = Listening::start(&app).await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let head = format!(
        "POST /v1/signup HTTP/1.1\r\n{CLOSE}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = send(&server, format!("{head}{body}").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created\r\n"), "{answer}");
    let token = app.log_in("ada@example.com").await.member("access_token");
    let sessions = app.get("/v1/sessions").bearer(&token).send().await.text();
    assert!(sessions.contains("\"ip\":\"127.0.0.1\""), "{sessions}");
}

#[tokio::test]
async fn a_body_too_large_gets_its_answer_and_no_reset() {
    let app = TestApp::new(Engine::Sqlite).await;
    let server = Listening::start(&app).await;
    let piece = [b'a'; 50_000];
    let announced = "POST /v1/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n";
    let chunked = "POST /v1/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nF4240\r\n";
    for head in [announced, chunked] {
        let mut stream = server.connect().await;
        stream.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..20 {
            // Slow enough that a server that closed would have been noticed.
            tokio::time::sleep(Duration::from_millis(40)).await;
            stream.write_all(&piece).await.expect("the server goes on reading");
        }
        if head == chunked {
            stream.write_all(b"\r\n0\r\n\r\n").await.expect("to the end");
        }
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 413 Payload Too Large\r\n"), "{answer}");
        assert!(answer.contains("connection: close\r\n") && answer.contains("request.too_large"), "{answer}");
    }
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_is_not_asked_for_a_refused_body() {
    let app = TestApp::new(Engine::Sqlite).await;
    let server = Listening::start(&app).await;
    let head = format!(
        "POST /v1/login HTTP/1.1\r\n{CLOSE}Content-Type: application/json\r\nContent-Length: 9000000\r\nExpect: 100-continue\r\n\r\n"
    );
    let answer = send(&server, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_a_time_out() {
    let app = TestApp::with(Engine::Sqlite, &[("http.request_timeout", "1s")]).await;
    let server = Listening::start(&app).await;
    let head = "POST /v1/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{";
    let answer = send(&server, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("request.timeout"), "{answer}");
}

#[tokio::test]
async fn an_unfinished_head_and_a_quiet_connection_are_closed() {
    let app =
        TestApp::with(Engine::Sqlite, &[("http.header_timeout", "1s"), ("http.idle_timeout", "5s")]).await;
    let server = Listening::start(&app).await;
    for slow in [&b"GET / HTTP/1.1\r\nHost: lo"[..], b"PRI * HTTP/2.0\r\n", b"P"] {
        let mut stream = server.connect().await;
        stream.write_all(slow).await.unwrap();
        let mut bytes = Vec::new();
        let closed = timeout(Duration::from_millis(3500), stream.read_to_end(&mut bytes)).await;
        closed.unwrap_or_else(|_| panic!("{:?} stays open", String::from_utf8_lossy(slow))).ok();
    }
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost:8080\r\n\r\n").await.unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200"));
        tokio::time::sleep(Duration::from_millis(2500)).await;
    }
    assert_eq!(read_to_end(&mut stream).await, "", "quiet for long enough, but not before");
}

#[tokio::test]
async fn stopping_closes_idle_connections_at_once_and_lets_requests_finish() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let mut server = Listening::start(&app).await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost:8080\r\n\r\n").await.unwrap();
    read_head(&mut idle).await;
    let untouched = &mut server.connect().await;
    let mut busy = server.connect().await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let head = format!(
        "POST /v1/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    busy.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.stop();
    assert_eq!(timeout(Duration::from_secs(2), read_to_end(&mut idle)).await.expect("at once"), "");
    assert_eq!(timeout(Duration::from_secs(2), read_to_end(untouched)).await.expect("at once"), "");
    busy.write_all(body.as_bytes()).await.unwrap();
    let answer = read_to_end(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let address = server.address;
    server.stopped().await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn stopping_has_an_end() {
    let app = TestApp::with(Engine::Sqlite, &[("http.drain_timeout", "1s")]).await;
    let mut server = Listening::start(&app).await;
    let mut stuck = server.connect().await;
    stuck.write_all(b"POST /v1/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.stop();
    timeout(Duration::from_secs(4), server.stopped()).await.expect("not much more than a second");
}

#[tokio::test]
async fn connections_past_the_bound_wait_their_turn() {
    let app = TestApp::with(Engine::Sqlite, &[("http.max_connections", "16")]).await;
    let server = Listening::start(&app).await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut stream = server.connect().await;
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: localhost:8080\r\n\r\n").await.unwrap();
        read_head(&mut stream).await;
        open.push(stream);
    }
    let mut waiting = server.connect().await;
    waiting.write_all(format!("GET /livez HTTP/1.1\r\n{CLOSE}\r\n").as_bytes()).await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(500), waiting.read(&mut byte)).await.is_err(), "no slot is free");
    open.pop();
    assert!(read_to_end(&mut waiting).await.contains("200 OK"));
}

#[tokio::test]
async fn metrics_have_a_listener_of_their_own() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let app = TestApp::with(Engine::Sqlite, &[("metrics.listen", &free.to_string())]).await;
    let server = Listening::start(&app).await;
    send(&server, format!("GET /v1/me HTTP/1.1\r\n{CLOSE}\r\n").as_bytes()).await;
    let ask = async |path: &str| {
        let mut stream = TcpStream::connect(free).await.unwrap();
        stream
            .write_all(
                format!("GET {path} HTTP/1.1\r\nHost: scraper\r\nConnection: close\r\n\r\n").as_bytes(),
            )
            .await
            .unwrap();
        read_to_end(&mut stream).await
    };
    let metrics = ask("/metrics").await;
    assert!(metrics.contains("jotgate_refusals_total{reason=\"token.missing\"} 1"), "{metrics}");
    assert!(ask("/livez").await.starts_with("HTTP/1.1 200"));
    assert!(!ask("/v1/me").await.contains("token.missing"), "the API is not there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_lines_of_the_first_page_work_when_pasted() {
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        eprintln!("skipped: there is no curl here to paste the lines into");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let app = TestApp::with(Engine::Sqlite, &[("issuer", &issuer)]).await;
    let server = Listening::on(listener, &app);
    let lines: Vec<_> = curl_steps(&issuer).into_iter().map(|step| format!("{}; echo", step.line)).collect();
    let shell = tokio::task::spawn_blocking(move || {
        std::process::Command::new("sh").arg("-ec").arg(lines.join("\n")).output().unwrap()
    });
    let out = String::from_utf8(shell.await.unwrap().stdout).unwrap();
    assert_eq!(out.matches("\"access_token\"").count(), 3, "signed up, logged in, refreshed: {out}");
    assert!(out.contains("\n{\"id\":") && out.contains("204 No Content"), "me, logged out: {out}");
    server.stopped().await;
}

/// HTTP/2 without TLS is what a proxy may speak to the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_2_is_spoken_and_its_authority_is_the_host() {
    let app = TestApp::new(Engine::Sqlite).await;
    let server = Listening::start(&app).await;
    let port = server.address.port();
    let ask = async |name: &str| {
        let mut curl = std::process::Command::new("curl");
        curl.args(["-s", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_version} %{http_code}"]);
        curl.args(["--connect-to", &format!("::127.0.0.1:{port}"), &format!("http://{name}/v1/me")]);
        tokio::task::spawn_blocking(move || curl.output()).await.unwrap()
    };
    let Ok(out) = ask("localhost:8080").await else {
        eprintln!("skipped: there is no curl here to speak HTTP/2");
        return;
    };
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "2 401");
    assert_eq!(String::from_utf8(ask("evil.example:8080").await.unwrap().stdout).unwrap(), "2 421");
}

#[tokio::test]
async fn what_is_not_http_harms_nobody() {
    let app = TestApp::new(Engine::Sqlite).await;
    let server = Listening::start(&app).await;
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"\0\0\0\0\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = server.connect().await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(SOON, stream.read_to_end(&mut answer)).await.expect("it ends");
        assert!(!String::from_utf8_lossy(&answer).contains(" 5"), "{}", String::from_utf8_lossy(&answer));
    }
    assert!(send(&server, format!("GET /livez HTTP/1.1\r\n{CLOSE}\r\n").as_bytes()).await.contains("200 OK"));
}
