//! A forgotten password.

use insta::assert_snapshot;
use jotgate_harness::{Engine, PASSWORD, TestApp, agreed};
use serde_json::json;

use super::world::{OTHER, asked, logged_in, mails, newest, posted, refused};

async fn forgot(server: &TestApp, email: &str) -> super::world::Mailed {
    assert_eq!(asked(server, "/v1/password/forgot", email).await, 202);
    newest(server, "/reset").await
}

#[tokio::test]
async fn sets_a_new_password_and_ends_every_session() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let session = server.sign_up("ada@example.com").await;
        let answer = server.post("/v1/password/forgot", &json!({"email": "ada@example.com"})).send().await;
        shown.push(answer.shown());
        let mut body = newest(&server, "/reset").await.by_token();
        body["new"] = OTHER.into();
        assert_eq!(posted(&server, "/v1/password/reset", &body).await.0, 204);
        assert_eq!(posted(&server, "/v1/password/reset", &body).await, refused(410, "link.used"));
        let me = server.get("/v1/me").bearer(&session.member("access_token")).send().await;
        assert_eq!(me.reason(), "revoked.session", "{engine:?}");
        assert_eq!(logged_in(&server, "ada@example.com", PASSWORD).await, refused(401, "login.failed"));
        let answer =
            server.post("/v1/login", &json!({"email": "ada@example.com", "password": OTHER})).send().await;
        assert_eq!(
            answer.json()["user"]["email_verified"],
            true,
            "whoever reads the mail has proven the address"
        );
        let told = mails(&server).await.pop().unwrap();
        assert_eq!((told.to.as_str(), told.token.as_str()), ("ada@example.com", ""), "{}", told.subject);
    }
    assert_snapshot!(agreed(shown), @r#"
    202 application/json
    {
      "status": "reset_sent"
    }
    "#);
}

#[tokio::test]
async fn a_code_resets_and_a_password_that_is_refused_uses_nothing_up() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        server.sign_up("ada@example.com").await;
        let mail = forgot(&server, "ada@example.com").await;
        let mut body = mail.by_code("ada@example.com");
        for (bad, reason) in [("short", "password.too_short"), ("ada@example.com", "password.same_as_email")]
        {
            body["new"] = bad.into();
            for _ in 0..4 {
                assert_eq!(posted(&server, "/v1/password/reset", &body).await, refused(400, reason));
            }
        }
        body["new"] = OTHER.into();
        assert_eq!(posted(&server, "/v1/password/reset", &body).await.0, 204, "{engine:?}");
        assert_eq!(logged_in(&server, "ada@example.com", OTHER).await.0, 200);
    }
}

#[tokio::test]
async fn a_reset_lets_an_owner_back_in_whom_guessers_kept_out() {
    let server = TestApp::with(Engine::Sqlite, &[("login.account_failures", "5")]).await;
    server.sign_up("ada@example.com").await;
    for n in 0..5 {
        let body = json!({"email": "ada@example.com", "password": "not it"});
        server.post("/v1/login", &body).from(&format!("10.0.0.{n}")).send().await;
    }
    let from_afar = |password: &str| {
        let body = json!({"email": "ada@example.com", "password": password});
        server.post("/v1/login", &body).from("10.9.9.9").send()
    };
    assert_eq!(from_afar(PASSWORD).await.reason(), "login.throttled");
    let mut body = forgot(&server, "ada@example.com").await.by_token();
    body["new"] = OTHER.into();
    assert_eq!(posted(&server, "/v1/password/reset", &body).await.0, 204);
    assert_eq!(from_afar(OTHER).await.status, 200);
}

#[tokio::test]
async fn a_password_change_voids_the_link() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let session = server.sign_up("ada@example.com").await;
        let mail = forgot(&server, "ada@example.com").await;
        let change = json!({"current": PASSWORD, "new": OTHER});
        let answer =
            server.post("/v1/password", &change).bearer(&session.member("access_token")).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        for (mut body, expected) in [
            (mail.by_token(), refused(410, "link.expired")),
            (mail.by_code("ada@example.com"), refused(401, "link.code_wrong")),
        ] {
            body["new"] = "a third one nobody knows".into();
            assert_eq!(posted(&server, "/v1/password/reset", &body).await, expected, "{engine:?}");
        }
    }
}

/// Without mail nobody is told that one is on its way.
#[tokio::test]
async fn without_mail_it_says_so() {
    let settings = [("issuer", "https://auth.example.com"), ("tokens.audience", "x")];
    let server = TestApp::with(Engine::Sqlite, &settings).await;
    for path in ["/v1/password/forgot", "/v1/email/resend", "/v1/login/code"] {
        let body = json!({"email": "ada@example.com"});
        let answer = server.post(path, &body).header("host", "auth.example.com").send().await;
        assert_eq!(answer.reason(), "mail.not_configured", "{path}: {}", answer.text());
    }
}
