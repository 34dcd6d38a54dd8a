//! The cookie that signs a browser in to the pages: who gets one, what it is good for, how long, and how it goes.

use std::time::Duration;

use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use jotgate_server::{
    error::Error,
    flow::authenticate::{Caller, by_page_token},
};
use serde_json::json;

const LOCAL: &str = "http://localhost:8080";
const HOUR: Duration = Duration::from_secs(3600);

async fn logged_in(app: &TestApp, delivery: &str, jar: &[(String, String)]) -> Answer {
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "delivery": delivery});
    let answer = app.post("/v1/login", &body).header("origin", LOCAL).cookies(jar).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

fn page_token(answer: &Answer) -> Option<String> {
    let found = answer.cookies().into_iter().find(|(name, _)| name == "jotgate_session_8080");
    found.map(|(_, value)| value)
}

async fn caller(app: &TestApp, token: &str) -> Result<Caller, &'static str> {
    by_page_token(&app.app, &token.into()).await.map_err(|error| match error {
        Error::Refused(refused) => refused.reason.code,
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn every_login_by_cookie_brings_a_new_one() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        assert_eq!(page_token(&logged_in(&app, "body", &[]).await), None);
        let (first, second) = (logged_in(&app, "cookie", &[]).await, logged_in(&app, "cookies", &[]).await);
        let (first, second) = (page_token(&first).unwrap(), page_token(&second).unwrap());
        assert_ne!(first, second);
        let who = caller(&app, &first).await.unwrap();
        assert_eq!((who.user.email.as_str(), who.audience), ("ada@example.com", vec![LOCAL.to_owned()]));
        assert_ne!(who.session.id, caller(&app, &second).await.unwrap().session.id);
    }
}

#[tokio::test]
async fn a_token_that_was_never_made_is_nobodys() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    for made_up in ["", "A", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        assert_eq!(caller(&app, made_up).await.unwrap_err(), "revoked.session");
    }
}

#[tokio::test]
async fn a_new_login_ends_the_session_that_the_page_cookie_stood_for() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        let first = page_token(&logged_in(&app, "cookie", &[]).await).unwrap();
        // The refresh cookies of it are gone, as after a week without a refresh.
        let jar = [("jotgate_session_8080".to_owned(), first.clone())];
        let second = page_token(&logged_in(&app, "cookie", &jar).await).unwrap();
        assert_ne!(first, second, "what a browser held before a login never counts after it");
        assert_eq!(caller(&app, &first).await.unwrap_err(), "revoked.session");
        assert!(caller(&app, &second).await.is_ok());
    }
}

#[tokio::test]
async fn it_is_good_as_long_as_its_session() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        let answer = logged_in(&app, "cookie", &[]).await;
        let token = page_token(&answer).unwrap();
        let jar = answer.cookies();
        let out =
            app.call(http::Method::POST, "/v1/logout").cookies(&jar).header("origin", LOCAL).send().await;
        assert_eq!(out.status, 204);
        let clears = |line: &http::HeaderValue| line.as_bytes().starts_with(b"jotgate_session_8080=; ");
        assert!(out.headers.get_all("set-cookie").iter().any(clears));
        assert_eq!(caller(&app, &token).await.unwrap_err(), "revoked.session");
    }
}

#[tokio::test]
async fn looking_at_pages_keeps_the_session_alive_and_is_noted_by_the_hour() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        let token = page_token(&logged_in(&app, "cookie", &[]).await).unwrap();
        let opened = caller(&app, &token).await.unwrap().session;
        app.clock.advance(HOUR / 2);
        caller(&app, &token).await.unwrap();
        let soon = caller(&app, &token).await.unwrap().session;
        assert_eq!((soon.last_seen_at, soon.idle_until), (opened.last_seen_at, opened.idle_until));
        app.clock.advance(HOUR);
        caller(&app, &token).await.unwrap();
        let later = caller(&app, &token).await.unwrap().session;
        assert_eq!(later.last_seen_at, app.app.clock.now_ms());
        assert_eq!(later.idle_until - later.last_seen_at, 7 * 24 * 3_600_000);
        app.clock.advance(HOUR * 24 * 7);
        assert_eq!(caller(&app, &token).await.unwrap_err(), "exp.expired");
    }
}

#[tokio::test]
async fn no_visit_moves_the_absolute_end() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let token = page_token(&logged_in(&app, "cookie", &[]).await).unwrap();
    for _ in 0..29 {
        app.clock.advance(HOUR * 24);
        caller(&app, &token).await.unwrap();
    }
    app.clock.advance(HOUR * 24);
    assert_eq!(caller(&app, &token).await.unwrap_err(), "exp.expired");
}

#[tokio::test]
async fn it_opens_no_api() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let token = page_token(&logged_in(&app, "cookie", &[]).await).unwrap();
    let jar = [("jotgate_session_8080".to_owned(), token.clone())];
    for path in ["/v1/me", "/v1/sessions"] {
        assert_eq!(app.get(path).cookies(&jar).send().await.reason(), "token.missing", "{path}");
        assert_eq!(app.get(path).bearer(&token).send().await.status, 401, "{path}");
    }
    for path in ["/v1/refresh", "/v1/logout"] {
        let call = app.call(http::Method::POST, path).cookies(&jar).header("origin", LOCAL);
        assert_ne!(call.send().await.status / 100, 2, "{path}");
    }
    assert!(caller(&app, &token).await.is_ok(), "and none of it ended the session");
}

#[tokio::test]
async fn it_answers_a_proxy_that_asks() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        let answer = logged_in(&app, "cookie", &[]).await;
        let jar = [("jotgate_session_8080".to_owned(), page_token(&answer).unwrap())];
        let ask = |method: &'static str, query: &'static str| {
            app.get(&format!("/v1/verify{query}")).cookies(&jar).header("x-original-method", method)
        };
        let good = ask("GET", "").send().await;
        assert_eq!(good.status, 200, "{}", good.text());
        assert_eq!(good.json()["sub"], answer.json()["user"]["id"]);
        assert_eq!(
            good.header("x-auth-session"),
            caller(&app, &jar[0].1).await.unwrap().session.id.to_string()
        );
        assert_eq!(ask("GET", "?role=admin").send().await.reason(), "role.missing");
        assert_eq!(ask("GET", "?aud=other").send().await.reason(), "aud.mismatch");
        assert_eq!(ask("POST", "").send().await.reason(), "request.origin");
        assert_eq!(ask("POST", "").header("origin", LOCAL).send().await.status, 200);
        let out = app.call(http::Method::POST, "/v1/logout").bearer(&answer.member("access_token"));
        assert_eq!(out.send().await.status, 204);
        assert_eq!(ask("GET", "").send().await.reason(), "revoked.session");
    }
}
