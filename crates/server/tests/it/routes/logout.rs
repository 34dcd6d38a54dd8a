//! `POST /v1/logout` and `POST /v1/logout/all`; row 97 of the attack catalogue: a token after its session ended.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

#[tokio::test]
async fn with_the_refresh_token_or_the_access_token() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        for by_body in [true, false] {
            let email = format!("{by_body}@example.com");
            let session = app.sign_up(&email).await;
            let (access, refresh) = (session.member("access_token"), session.member("refresh_token"));
            let call = match by_body {
                true => app.post("/v1/logout", &json!({"refresh_token": refresh})),
                false => app.call(http::Method::POST, "/v1/logout").bearer(&access),
            };
            let answer = call.send().await;
            assert_eq!((answer.status, answer.text().as_str()), (204, ""));
            assert_eq!(answer.header("set-cookie"), "", "no page asked, no cookie is touched");
            assert_eq!(app.get("/v1/me").bearer(&access).send().await.reason(), "revoked.session");
            let again = app.post("/v1/refresh", &json!({"refresh_token": refresh})).send().await;
            assert_eq!(again.reason(), "refresh.revoked");
            let twice = app.post("/v1/logout", &json!({"refresh_token": refresh})).send().await;
            assert_eq!(twice.status, 204, "logging out twice is no alarm");
        }
    }
}

#[tokio::test]
async fn any_genuine_generation_logs_out() {
    let app = TestApp::new(Engine::Sqlite).await;
    let first = app.sign_up("ada@example.com").await.member("refresh_token");
    let second =
        app.post("/v1/refresh", &json!({"refresh_token": first})).send().await.member("refresh_token");
    app.clock.advance(std::time::Duration::from_secs(3600));
    assert_eq!(app.post("/v1/logout", &json!({"refresh_token": first})).send().await.status, 204);
    let refreshed = app.post("/v1/refresh", &json!({"refresh_token": second})).send().await;
    assert_eq!(refreshed.reason(), "refresh.revoked");
}

#[tokio::test]
async fn nothing_and_rubbish_are_refused() {
    let app = TestApp::new(Engine::Sqlite).await;
    let nothing = app.call(http::Method::POST, "/v1/logout").send().await;
    assert_eq!((nothing.status, nothing.reason().as_str()), (401, "token.missing"));
    assert_eq!(nothing.header("www-authenticate"), "Bearer realm=\"jotgate\"");
    let rubbish = app.post("/v1/logout", &json!({"refresh_token": "rubbish"})).send().await;
    assert_eq!((rubbish.status, rubbish.reason().as_str()), (401, "refresh.invalid"));
}

#[tokio::test]
async fn everywhere_ends_all_sessions_of_the_user_and_nobody_elses() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let bob = app.sign_up("bob@example.com").await.member("access_token");
        let first = app.sign_up("ada@example.com").await;
        let second = app.log_in("ada@example.com").await;
        let all = app
            .call(http::Method::POST, "/v1/logout/all")
            .bearer(&second.member("access_token"))
            .send()
            .await;
        assert_eq!(all.status, 204, "{}", all.text());
        for session in [&first, &second] {
            let me = app.get("/v1/me").bearer(&session.member("access_token")).send().await;
            assert_eq!(me.reason(), "revoked.session");
            let token = json!({"refresh_token": session.member("refresh_token")});
            assert_eq!(app.post("/v1/refresh", &token).send().await.reason(), "refresh.revoked");
        }
        assert_eq!(app.get("/v1/me").bearer(&bob).send().await.status, 200);
    }
}

#[tokio::test]
async fn everywhere_wants_a_recent_login() {
    let app = TestApp::new(Engine::Sqlite).await;
    let first = app.sign_up("ada@example.com").await.member("refresh_token");
    app.clock.advance(std::time::Duration::from_secs(3600));
    let later = app.post("/v1/refresh", &json!({"refresh_token": first})).send().await;
    let all =
        app.call(http::Method::POST, "/v1/logout/all").bearer(&later.member("access_token")).send().await;
    assert_eq!((all.status, all.reason().as_str()), (401, "stepup.required"));
    assert!(all.header("www-authenticate").contains("error=\"insufficient_user_authentication\""));
}

#[tokio::test]
async fn row_97_password_change_and_disabling_end_every_token() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let old = app.sign_up("ada@example.com").await;
        let other = app.log_in("ada@example.com").await;
        let change = json!({"current": PASSWORD, "new": "eleven quiet umbrellas"});
        let new = app.post("/v1/password", &change).bearer(&old.member("access_token")).send().await;
        assert_eq!(new.status, 200, "{}", new.text());
        for session in [&old, &other] {
            assert_eq!(app.get("/v1/me").bearer(&session.member("access_token")).send().await.status, 401);
        }
        let me = app.get("/v1/me").bearer(&new.member("access_token")).send().await;
        assert_eq!(me.status, 200);
        let id = uuid::Uuid::parse_str(&me.member("id")).unwrap();
        jotgate_server::flow::operator::set_disabled(&app.app, id, true, Default::default()).await.unwrap();
        assert_eq!(
            app.get("/v1/me").bearer(&new.member("access_token")).send().await.reason(),
            "revoked.session"
        );
        let login = json!({"email": "ada@example.com", "password": "eleven quiet umbrellas"});
        assert_eq!(app.post("/v1/login", &login).send().await.reason(), "login.failed");
    }
}
