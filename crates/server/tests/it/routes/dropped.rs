//! The reply to a refresh is cut off at every byte, over a real socket, and the client asks again: it is never logged
//! out, and it gets the successor that the lost reply held (I1, I2).

use jotgate_harness::{Engine, Listening, PASSWORD, TestApp};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How the client carries its token.
#[derive(Clone, Copy, PartialEq)]
enum Carries {
    BodyWithKey,
    Body,
    Cookies,
}

#[tokio::test]
async fn a_token_in_the_body_with_a_key() {
    play(Carries::BodyWithKey).await;
}

#[tokio::test]
async fn a_token_in_the_body() {
    play(Carries::Body).await;
}

#[tokio::test]
async fn a_token_in_the_cookies() {
    play(Carries::Cookies).await;
}

async fn play(carries: Carries) {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let server = Listening::start(&app).await;
    let delivery = if carries == Carries::Cookies { "cookie" } else { "body" };
    let who = json!({"email": "ada@example.com", "password": PASSWORD, "delivery": delivery});
    let whole =
        exchange(&server, &request("/v1/login", &who, "Origin: http://localhost:8080\r\n"), usize::MAX).await;
    let mut client = Client { carries, token: None, jar: Vec::new(), refreshes: 0 };
    client.take(&whole);
    let length = client.refresh_once(&server).await;
    assert!(length > 400, "the reply has {length} bytes");
    for cut in 0..length {
        client.refreshes += 1;
        let lost = exchange(&server, &client.request(), cut).await;
        // A browser keeps the cookies of a reply as soon as its head is whole.
        client.keep_cookies(&lost);
        client.refresh_once(&server).await;
    }
    let counters = &app.app.counters;
    assert_eq!(counters.refresh_reused.value(), 0);
    assert!(
        counters.refresh_retried.value() + counters.refresh_raced.value() > 0,
        "some replies were lost after commit"
    );
}

struct Client {
    carries: Carries,
    token: Option<String>,
    jar: Vec<(String, String)>,
    refreshes: usize,
}

impl Client {
    fn request(&self) -> Vec<u8> {
        let cookies: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let headers = match self.carries {
            Carries::BodyWithKey => {
                format!("Idempotency-Key: key-of-refresh-number-{:06}\r\n", self.refreshes)
            }
            Carries::Body => String::new(),
            Carries::Cookies => {
                format!("Origin: http://localhost:8080\r\nCookie: {}\r\n", cookies.join("; "))
            }
        };
        let body = self.token.as_ref().map_or_else(|| json!({}), |token| json!({ "refresh_token": token }));
        request("/v1/refresh", &body, &headers)
    }

    /// Asks and keeps what comes; the length of the reply.
    async fn refresh_once(&mut self, server: &Listening) -> usize {
        let whole = exchange(server, &self.request(), usize::MAX).await;
        let text = String::from_utf8_lossy(&whole);
        assert!(text.starts_with("HTTP/1.1 200"), "after {} refreshes: {text}", self.refreshes);
        self.take(&whole);
        whole.len()
    }

    fn take(&mut self, whole: &[u8]) {
        self.keep_cookies(whole);
        let text = String::from_utf8_lossy(whole);
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        self.token = body["refresh_token"].as_str().map(Into::into);
    }

    fn keep_cookies(&mut self, reply: &[u8]) {
        let text = String::from_utf8_lossy(reply);
        let Some((head, _)) = text.split_once("\r\n\r\n") else { return };
        for line in head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")) {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.jar.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.jar.push((name.into(), value.into()));
            }
        }
    }
}

fn request(path: &str, body: &Value, headers: &str) -> Vec<u8> {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\n{headers}\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Sends a request, reads at most so many bytes of the reply, and hangs up.
async fn exchange(server: &Listening, request: &[u8], at_most: usize) -> Vec<u8> {
    let mut stream = server.connect().await;
    stream.write_all(request).await.unwrap();
    let mut reply = Vec::new();
    let limit = u64::try_from(at_most).unwrap_or(u64::MAX);
    (&mut stream).take(limit).read_to_end(&mut reply).await.unwrap();
    reply
}
