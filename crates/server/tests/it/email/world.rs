//! Mails as their readers see them, and what they do with them.

use std::time::Duration;

use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use jotgate_server::mail::Written;
use serde_json::{Value, json};

/// Another good password.
pub(super) const OTHER: &str = "eleven copper lanterns sway";

/// A server that lets in only proven addresses.
pub(super) async fn verified(engine: Engine) -> TestApp {
    TestApp::with(engine, &[("signup.mode", "verified")]).await
}

/// What a mail holds.
pub(super) struct Mailed {
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) path: String,
    pub(super) token: String,
    pub(super) code: String,
}

impl Mailed {
    pub(super) fn by_token(&self) -> Value {
        json!({ "token": self.token })
    }

    pub(super) fn by_code(&self, email: &str) -> Value {
        json!({ "email": email, "code": self.code })
    }
}

/// What asks for something in a mail holds: link and code.
pub(super) fn read(mail: &Written) -> Mailed {
    let word = |good: fn(&str) -> bool| mail.text.split_whitespace().find(|word| good(word));
    let url = word(|word| word.contains("?token=")).unwrap_or_default();
    let (page, token) = url.split_once("?token=").unwrap_or_default();
    let path = page.strip_prefix("http://localhost:8080").unwrap_or_default();
    let code = word(|word| word.len() == 9 && word.as_bytes()[4] == b'-').unwrap_or_default();
    Mailed {
        to: mail.to.clone(),
        subject: mail.subject.clone(),
        path: path.to_owned(),
        token: token.to_owned(),
        code: code.to_owned(),
    }
}

/// The mails so far, the oldest first: each in a millisecond of its own, because that is what they are sorted by.
pub(super) async fn letters(server: &TestApp) -> Vec<Written> {
    server.clock.advance(Duration::from_millis(1));
    let mails = server.mails().await;
    server.clock.advance(Duration::from_millis(1));
    mails
}

/// The same, read.
pub(super) async fn mails(server: &TestApp) -> Vec<Mailed> {
    letters(server).await.iter().map(read).collect()
}

/// The newest mail with a link to this page.
pub(super) async fn newest(server: &TestApp, path: &str) -> Mailed {
    let mut mails = mails(server).await;
    mails.retain(|mail| mail.path == path);
    mails.pop().expect("a mail with such a link was written")
}

/// Asks for an account.
pub(super) async fn signed_up(server: &TestApp, email: &str, password: &str) -> Answer {
    server.post("/v1/signup", &json!({ "email": email, "password": password })).send().await
}

/// An account whose address is proven.
pub(super) async fn proven(server: &TestApp, email: &str) {
    assert_eq!(signed_up(server, email, PASSWORD).await.status, 202);
    let mail = newest(server, "/verify-email").await;
    let answer = server.post("/v1/email/verify", &mail.by_token()).send().await;
    assert_eq!(answer.status, 204, "{}", answer.text());
}

/// Status and reason of a login.
pub(super) async fn logged_in(server: &TestApp, email: &str, password: &str) -> (u16, String) {
    let answer = server.post("/v1/login", &json!({ "email": email, "password": password })).send().await;
    (answer.status, answer.reason())
}

/// Status and reason of an answer to a body.
pub(super) async fn posted(server: &TestApp, path: &str, body: &Value) -> (u16, String) {
    let answer = server.post(path, body).send().await;
    (answer.status, answer.reason())
}

/// Asks for a mail.
pub(super) async fn asked(server: &TestApp, path: &str, email: &str) -> u16 {
    server.post(path, &json!({ "email": email })).send().await.status
}

pub(super) fn refused(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}
