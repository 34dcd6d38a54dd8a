//! Logging in with what came by mail.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

use super::world::{asked, newest, posted, refused};

#[tokio::test]
async fn a_mailed_code_or_link_opens_a_session_once() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        server.sign_up("ada@example.com").await;
        for by_code in [true, false] {
            assert_eq!(asked(&server, "/v1/login/code", "Ada@example.com").await, 202);
            let mail = newest(&server, "/login/code").await;
            let shown = if by_code { mail.by_code("ada@example.com") } else { mail.by_token() };
            let answer = server.post("/v1/login/code/confirm", &shown).send().await;
            assert_eq!(answer.status, 200, "{engine:?}: {}", answer.text());
            let claims = claims(&answer.member("access_token"));
            assert_eq!(claims["amr"], json!(["otp"]));
            assert_eq!(answer.json()["user"]["email_verified"], true);
            assert_eq!(server.get("/v1/me").bearer(&answer.member("access_token")).send().await.status, 200);
            let again = posted(&server, "/v1/login/code/confirm", &shown).await;
            let expected = if by_code { refused(401, "link.code_wrong") } else { refused(410, "link.used") };
            assert_eq!(again, expected, "{engine:?}");
        }
    }
}

/// At the hundredth failure in a row a stranger's device needs a code; the owner's own goes on.
#[tokio::test]
async fn a_code_lets_a_new_device_in_while_somebody_guesses() {
    let settings = [("login.lock_unknown_after", "10"), ("login.account_failures", "1000")];
    for engine in Engine::all() {
        let server = TestApp::with(engine, &settings).await;
        server.sign_up("ada@example.com").await;
        let log_in = |password: &str, from: &str| {
            let body = json!({"email": "ada@example.com", "password": password});
            server.post("/v1/login", &body).from(from).send()
        };
        for n in 0..10 {
            log_in("not it", &format!("10.0.0.{n}")).await;
        }
        let refused = log_in(PASSWORD, "10.9.9.9").await;
        assert_eq!(refused.reason(), "login.throttled");
        assert!(refused.json()["hint"].as_str().unwrap().contains("code"), "{}", refused.text());
        // Not even much later, as long as nobody has proven to be the owner.
        server.clock.advance(std::time::Duration::from_secs(7200));
        assert_eq!(log_in(PASSWORD, "10.9.9.9").await.reason(), "login.throttled", "{engine:?}");
        assert_eq!(log_in(PASSWORD, "192.0.2.7").await.status, 200, "{engine:?}: a device that is known");

        for n in 0..10 {
            log_in("not it", &format!("10.0.1.{n}")).await;
        }
        assert_eq!(log_in(PASSWORD, "10.9.9.9").await.reason(), "login.throttled");
        asked(&server, "/v1/login/code", "ada@example.com").await;
        let shown = newest(&server, "/login/code").await.by_code("ada@example.com");
        let answer = server.post("/v1/login/code/confirm", &shown).from("10.9.9.9").send().await;
        assert_eq!(answer.status, 200, "{engine:?}: {}", answer.text());
        assert_eq!(log_in(PASSWORD, "10.9.9.9").await.status, 200, "{engine:?}: it is known from now on");
    }
}

fn claims(token: &str) -> serde_json::Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&jotgate_jose::primitive::base64url::decode(part).unwrap()).unwrap()
}
