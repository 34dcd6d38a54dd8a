//! `POST /v1/refresh`

use std::time::Duration;

use insta::assert_snapshot;
use jotgate_harness::{Answer, Engine, TestApp, agreed};
use serde_json::json;

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/refresh", &json!({"refresh_token": token})).send().await
}

#[tokio::test]
async fn rotates() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = app.sign_up("ada@example.com").await.member("refresh_token");
        let answer = refresh(&app, &first).await;
        assert_ne!(answer.member("refresh_token"), first);
        let me = app.get("/v1/me").bearer(&answer.member("access_token")).send().await;
        assert_eq!(me.status, 200);
        shown.push(answer.shown());
    }
    assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "access_token": "[access token]",
      "expires_in": 900,
      "refresh_expires_in": 604800,
      "refresh_generation": 1,
      "refresh_token": "[refresh token]",
      "token_type": "Bearer",
      "user": {
        "created_at": "[time]",
        "data": {},
        "email": "ada@example.com",
        "email_verified": false,
        "id": "[uuid]",
        "name": null,
        "roles": [],
        "username": null
      }
    }
    "#);
}

#[tokio::test]
async fn a_lost_reply_is_answered_again_and_a_late_reuse_ends_the_session() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = app.sign_up("ada@example.com").await.member("refresh_token");
        let second = refresh(&app, &first).await.member("refresh_token");
        app.clock.advance(Duration::from_secs(30));
        assert_eq!(refresh(&app, &first).await.member("refresh_token"), second, "the same successor");
        app.clock.advance(Duration::from_secs(40));
        shown.push(refresh(&app, &first).await.shown());
        assert_eq!(refresh(&app, &second).await.reason(), "refresh.revoked", "thief and victim alike");
    }
    assert_snapshot!(agreed(shown), @r#"
    401 application/problem+json
    www-authenticate: Jotgate realm="jotgate", error="refresh.reused"
    {
      "detail": "this refresh token was replaced before and came back out of turn; its session is ended",
      "hint": "Log in again. If only your own program was at work, it kept an old token: store the new `refresh_token` before using it, share it between tabs and processes, and send one `Idempotency-Key` for all tries of one refresh.",
      "reason": "refresh.reused",
      "request_id": "[uuid]",
      "status": 401,
      "title": "An old refresh token was used out of turn",
      "type": "http://localhost:8080/reasons/refresh.reused"
    }
    "#);
}

#[tokio::test]
async fn row_95_fifty_at_once_get_one_successor() {
    for engine in Engine::all() {
        let app = std::sync::Arc::new(TestApp::new(engine).await);
        let first = app.sign_up("ada@example.com").await.member("refresh_token");
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let (app, first) = (app.clone(), first.clone());
            tasks.spawn(async move { refresh(&app, &first).await });
        }
        let answers = tasks.join_all().await;
        let mut successors: Vec<_> = answers.iter().map(|answer| answer.member("refresh_token")).collect();
        successors.sort();
        successors.dedup();
        assert_eq!(successors.len(), 1);
        assert_eq!(answers[0].json()["refresh_generation"], 1);
    }
}

#[tokio::test]
async fn an_idempotency_key_repeats_without_a_time_limit() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = app.sign_up("ada@example.com").await.member("refresh_token");
        let key = "8e03978e-40d5-43dd-bc93-6894a57f9324";
        let call =
            || app.post("/v1/refresh", &json!({"refresh_token": first})).header("idempotency-key", key);
        let second = call().send().await.member("refresh_token");
        app.clock.advance(Duration::from_secs(3600));
        assert_eq!(call().send().await.member("refresh_token"), second);
    }
}

#[tokio::test]
async fn an_unusable_key_is_refused_and_ends_nothing() {
    let app = TestApp::new(Engine::Sqlite).await;
    let first = app.sign_up("ada@example.com").await.member("refresh_token");
    let call = || app.post("/v1/refresh", &json!({"refresh_token": first}));
    for key in
        ["short", &"x".repeat(129), "has,comma-has,comma-has,comma", "\"unfinished-unfinished-unfinished"]
    {
        let answer = call().header("idempotency-key", key).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (400, "request.idempotency_key"), "{key}");
    }
    let twice = call().header("idempotency-key", &"a".repeat(30)).header("idempotency-key", &"b".repeat(30));
    assert_eq!(twice.send().await.reason(), "request.idempotency_key");
    assert_eq!(call().send().await.status, 200);
}

#[tokio::test]
async fn a_forged_token_costs_no_query() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let good = app.sign_up("ada@example.com").await.member("refresh_token");
        // Version, key id, session and generation are 33 bytes; tag1 is the next 16, which need no row to be checked.
        let changed = |at: usize| {
            let other = if &good[at..=at] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &good[..at], &good[at + 1..])
        };
        let (version, key, session, generation, tag) =
            (changed(4), changed(8), changed(20), changed(40), changed(60));
        for forged in
            [&version, &key, &session, &generation, &tag, &good[..good.len() - 4], "jgr_", "not a token", ""]
        {
            let before = app.app.store.queries();
            let answer = refresh(&app, forged).await;
            assert_eq!((answer.status, answer.reason().as_str()), (401, "refresh.invalid"), "{forged}");
            assert_eq!(app.app.store.queries() - before, 0, "{engine:?}: {forged}");
        }
        shown.push(refresh(&app, "jgr_forged").await.shown());
    }
    assert_snapshot!(agreed(shown), @r#"
    401 application/problem+json
    www-authenticate: Jotgate realm="jotgate", error="refresh.invalid"
    {
      "detail": "this refresh token was not made here or was damaged",
      "hint": "Send the `refresh_token` of the last answer exactly as it came; it begins with `jgr_`. After a change of the issuer's address everybody has to log in again.",
      "reason": "refresh.invalid",
      "request_id": "[uuid]",
      "status": 401,
      "title": "This is not a refresh token of this server",
      "type": "http://localhost:8080/reasons/refresh.invalid"
    }
    "#);
}

#[tokio::test]
async fn ends_after_idling_and_at_the_absolute_end() {
    let app = TestApp::new(Engine::Sqlite).await;
    let day = Duration::from_secs(86_400);
    let idle = app.sign_up("ada@example.com").await.member("refresh_token");
    app.clock.advance(day * 7);
    assert_eq!(refresh(&app, &idle).await.reason(), "refresh.expired");
    let mut token = app.log_in("ada@example.com").await.member("refresh_token");
    for _ in 0..5 {
        app.clock.advance(day * 5);
        token = refresh(&app, &token).await.member("refresh_token");
    }
    app.clock.advance(day * 5);
    assert_eq!(refresh(&app, &token).await.reason(), "refresh.expired", "refreshing never moves the end");
}

#[tokio::test]
async fn tutorial_spellings_are_caught() {
    let app = TestApp::new(Engine::Sqlite).await;
    for name in ["refreshToken", "token", "accessToken"] {
        let answer = app.post("/v1/refresh", &json!({name: "x"})).send().await;
        assert_eq!(
            (answer.status, answer.member("hint").as_str()),
            (400, "did you mean `refresh_token`?"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn nothing_at_all_is_a_missing_token_and_never_basic() {
    let app = TestApp::new(Engine::Sqlite).await;
    let answer = app.call(http::Method::POST, "/v1/refresh").send().await;
    assert_snapshot!(answer.shown(), @r#"
    401 application/problem+json
    www-authenticate: Jotgate realm="jotgate", error="token.missing"
    {
      "detail": "Neither the body nor a cookie holds a refresh token.",
      "hint": "Send `{\"refresh_token\": \"...\"}`, or log in with `delivery: \"cookie\"` and send the cookies.",
      "reason": "token.missing",
      "request_id": "[uuid]",
      "status": 401,
      "title": "No token was sent",
      "type": "http://localhost:8080/reasons/token.missing"
    }
    "#);
}

#[tokio::test]
async fn two_servers_on_one_database_are_one() {
    for engine in Engine::all().into_iter().filter(|engine| *engine == Engine::Postgres) {
        let one = TestApp::new(engine).await;
        let other = one.beside().await;
        let first = one.sign_up("ada@example.com").await;
        let second = refresh(&other, &first.member("refresh_token")).await;
        assert_eq!(second.status, 200, "{}", second.text());
        assert_eq!(
            refresh(&one, &first.member("refresh_token")).await.member("refresh_token"),
            second.member("refresh_token")
        );
        let me = one.get("/v1/me").bearer(&second.member("access_token")).send().await;
        assert_eq!(me.status, 200, "{}", me.text());
        assert_eq!(
            other
                .post("/v1/logout", &json!({"refresh_token": second.member("refresh_token")}))
                .send()
                .await
                .status,
            204
        );
        assert_eq!(
            one.get("/v1/me").bearer(&first.member("access_token")).send().await.reason(),
            "revoked.session"
        );
    }
}
