//! What an owner is told without asking: a login from a new device, a stolen token, another password.

use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use jotgate_server::mail::Written;
use serde_json::{Value, json};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn credentials(delivery: &str) -> Value {
    json!({"email": "ada@example.com", "password": PASSWORD, "delivery": delivery})
}

async fn log_in(server: &TestApp, from: &str, cookies: &[(String, String)]) -> Answer {
    let answer = server
        .post("/v1/login", &credentials("cookie"))
        .header("origin", "http://localhost:8080")
        .header("sec-fetch-site", "same-origin")
        .header("user-agent", FIREFOX)
        .cookies(cookies)
        .from(from)
        .send()
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

fn device(answer: &Answer) -> Vec<(String, String)> {
    answer.cookies().into_iter().filter(|(name, _)| name == "jotgate_device_8080").collect()
}

/// The mails, without the one that the sign-up asks to confirm the address with.
async fn notices(server: &TestApp) -> Vec<Written> {
    let mails = server.mails().await.into_iter();
    mails.filter(|mail| !mail.subject.starts_with("Confirm your address")).collect()
}

async fn subjects(server: &TestApp) -> Vec<String> {
    notices(server).await.into_iter().map(|mail| mail.subject).collect()
}

#[tokio::test]
async fn a_login_from_a_device_that_is_not_known_is_told_to_the_owner() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        server.sign_up("ada@example.com").await;
        // The network of the sign-up is known, with or without a cookie.
        let first = log_in(&server, "192.0.2.7", &[]).await;
        let browser = device(&first);
        assert_eq!(browser.len(), 1, "{engine:?}: {:?}", first.headers);
        assert!(notices(&server).await.is_empty(), "{engine:?}");

        // The same browser on a journey.
        let again = log_in(&server, "198.51.100.9", &browser).await;
        assert_eq!(device(&again), browser, "{engine:?}: it keeps its cookie");
        assert!(notices(&server).await.is_empty(), "{engine:?}");

        log_in(&server, "203.0.113.5", &[]).await;
        let mails = notices(&server).await;
        assert_eq!(mails.len(), 1, "{engine:?}");
        assert_eq!((mails[0].to.as_str(), mails[0].subject.contains("New login")), ("ada@example.com", true));
        for part in ["Firefox on Linux", "203.0.113.5", "2026-01-01 00:00 UTC"] {
            assert!(mails[0].text.contains(part), "{engine:?}: {part} in {}", mails[0].text);
        }
        // Then that one is known as well.
        log_in(&server, "203.0.113.5", &[]).await;
        assert_eq!(notices(&server).await.len(), 1, "{engine:?}");
    }
}

#[tokio::test]
async fn the_cookie_of_one_account_vouches_for_no_other() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        server.sign_up("bob@example.com").await;
        server.sign_up("ada@example.com").await;
        let bob = json!({"email": "bob@example.com", "password": PASSWORD, "delivery": "cookie"});
        let bobs = server
            .post("/v1/login", &bob)
            .header("origin", "http://localhost:8080")
            .header("sec-fetch-site", "same-origin")
            .send()
            .await;
        log_in(&server, "203.0.113.5", &device(&bobs)).await;
        assert_eq!(notices(&server).await.len(), 1, "{engine:?}");
    }
}

#[tokio::test]
async fn a_known_browser_goes_on_from_anywhere_while_strangers_are_throttled() {
    for engine in Engine::all() {
        let server = TestApp::with(engine, &[("login.account_failures", "3")]).await;
        server.sign_up("ada@example.com").await;
        let browser = device(&log_in(&server, "192.0.2.7", &[]).await);
        let wrong = json!({"email": "ada@example.com", "password": "not the right words"});
        for n in 1..=4 {
            server.post("/v1/login", &wrong).from(&format!("203.0.113.{n}")).send().await;
        }
        let right = server.post("/v1/login", &credentials("body")).from("198.51.100.1").send().await;
        assert_eq!((right.status, right.reason().as_str()), (429, "login.throttled"), "{engine:?}");
        log_in(&server, "198.51.100.2", &browser).await;
        let invented = vec![(browser[0].0.clone(), "A".repeat(43))];
        let refused = server
            .post("/v1/login", &credentials("body"))
            .cookies(&invented)
            .from("198.51.100.3")
            .send()
            .await;
        assert_eq!(refused.reason(), "login.throttled", "{engine:?}");
    }
}

#[tokio::test]
async fn a_refresh_token_out_of_turn_is_told_to_the_owner_once() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let token = server.sign_up("ada@example.com").await.member("refresh_token");
        let refresh =
            async |token: &str| server.post("/v1/refresh", &json!({"refresh_token": token})).send().await;
        let second = refresh(&token).await.member("refresh_token");
        refresh(&second).await;
        server.clock.advance(std::time::Duration::from_secs(3600));
        assert_eq!(refresh(&token).await.reason(), "refresh.reused", "{engine:?}");
        assert_eq!(refresh(&token).await.reason(), "refresh.revoked", "{engine:?}");
        assert_eq!(subjects(&server).await, ["A login at Jotgate was ended to protect you"], "{engine:?}");
    }
}

#[tokio::test]
async fn another_password_is_told_to_the_owner_in_their_language() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let token = server.sign_up("ada@example.com").await.member("access_token");
        let change = json!({"current": PASSWORD, "new": "nine copper lanterns sway"});
        let changed = server.post("/v1/password", &change).bearer(&token).header("accept-language", "de");
        let changed = changed.send().await;
        assert_eq!(changed.status, 200, "{engine:?}: {}", changed.text());
        assert_eq!(subjects(&server).await, ["Ihr Passwort für Jotgate wurde geändert"], "{engine:?}");
        let wrong = server.post("/v1/password", &change).bearer(&changed.member("access_token")).send().await;
        assert_eq!(wrong.status, 403, "{engine:?}");
        assert_eq!(subjects(&server).await.len(), 1, "{engine:?}: what was refused is not told");
    }
}
