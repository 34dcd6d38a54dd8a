//! `/inbox`: mails of a loopback server, for this machine only.

use jotgate_harness::{Answer, Engine, TestApp};
use serde_json::Value;

use super::{TOKEN, post};

async fn inbox(server: &TestApp, path: &str) -> Answer {
    server.get(path).header("accept", "application/json").from("127.0.0.1").send().await
}

#[tokio::test]
async fn mails_of_this_machine_can_be_read_as_json_the_newest_first() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        post(&server, "ada@example.com").await;
        server.clock.advance(std::time::Duration::from_secs(1));
        post(&server, "bob@example.com").await;
        let answer = inbox(&server, "/inbox").await;
        assert_eq!(answer.status, 200, "{engine:?}: {}", answer.text());
        assert_eq!(answer.header("cache-control"), "no-store");
        let mails = answer.json();
        assert_eq!(
            (mails[0]["to"].as_str(), mails[1]["to"].as_str()),
            (Some("bob@example.com"), Some("ada@example.com"))
        );
        assert_eq!(mails[1]["at"], "2026-01-01T00:00:00Z");
        assert!(mails[0]["text"].as_str().is_some_and(|text| text.contains(TOKEN)), "{engine:?}");
        let id = mails[0]["id"].as_str().expect("an id").to_owned();
        let one: Value = inbox(&server, &format!("/inbox/{id}")).await.json();
        assert_eq!(one, mails[0], "{engine:?}");
        for gone in ["/inbox/00000000-0000-0000-0000-000000000000", "/inbox/x", "/inbox/x/html"] {
            assert_eq!(inbox(&server, gone).await.reason(), "request.not_found", "{engine:?}: {gone}");
        }
    }
}

#[tokio::test]
async fn the_html_of_a_mail_may_do_nothing_but_open_links() {
    let server = TestApp::new(Engine::Sqlite).await;
    post(&server, "ada@example.com").await;
    let id = inbox(&server, "/inbox").await.json()[0]["id"].as_str().expect("an id").to_owned();
    let answer = server.get(&format!("/inbox/{id}/html")).from("127.0.0.1").send().await;
    assert_eq!((answer.status, answer.header("x-frame-options")), (200, "SAMEORIGIN"));
    let policy = answer.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-popups allow-popups-to-escape-sandbox",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("script") && !policy.contains("same-origin"), "{policy}");
    assert!(answer.text().contains("<base target=\"_blank\">"));
}

#[tokio::test]
async fn nobody_but_this_machine_reads_mails() {
    let server = TestApp::new(Engine::Sqlite).await;
    post(&server, "ada@example.com").await;
    let ask = || server.get("/inbox").header("accept", "application/json");
    for (what, call) in [
        ("another machine", ask().from("192.0.2.7")),
        ("a proxy or a tunnel", ask().from("127.0.0.1").header("x-forwarded-for", "192.0.2.7")),
        ("a tunnel that says so otherwise", ask().from("127.0.0.1").header("forwarded", "for=192.0.2.7")),
    ] {
        let refused = call.send().await;
        assert_eq!((refused.status, refused.reason().as_str()), (404, "request.not_found"), "{what}");
        assert!(!refused.text().contains("ada@"), "{what}");
    }
    // A name that a foreign site points at this machine (DNS rebinding) is not the server's.
    let rebound = ask().from("127.0.0.1").header("host", "evil.example:8080").send().await;
    assert_eq!(rebound.reason(), "request.host");
    let hosts = TestApp::with(Engine::Sqlite, &[("http.hosts", "auth.internal:8080")]).await;
    post(&hosts, "ada@example.com").await;
    let named = hosts.get("/inbox").header("accept", "application/json").from("127.0.0.1");
    assert_eq!(named.header("host", "auth.internal:8080").send().await.reason(), "request.not_found");
}

#[tokio::test]
async fn with_a_mail_server_there_is_no_inbox_and_the_answer_says_where_to_look() {
    let mail = [("mail.host", "127.0.0.1"), ("mail.security", "none"), ("mail.from", "a@example.com")];
    let server = TestApp::with(Engine::Sqlite, &mail).await;
    post(&server, "ada@example.com").await;
    let answer = inbox(&server, "/inbox").await;
    assert_eq!((answer.status, answer.reason().as_str()), (404, "request.not_found"));
    assert!(answer.text().contains("jotgate doctor mail"), "{}", answer.text());
    let public =
        TestApp::with(Engine::Sqlite, &[("issuer", "https://id.example"), ("tokens.audience", "api")]).await;
    assert_eq!(inbox(&public, "/inbox").await.status, 404);
}
