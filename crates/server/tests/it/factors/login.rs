//! The two steps of a login: each code once, each token once, whoever tries to go around them.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

use super::{claims, first_step, log_in, no, recover, refused, said, second_step, wait_a_step, with_phone};

#[tokio::test]
async fn a_password_alone_opens_nothing_and_the_answer_says_what_is_missing() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, codes) = with_phone(&app, "ada@example.com").await;
        assert_eq!(codes.len(), 10);
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "delivery": "body"});
        let asked = app.post("/v1/login", &body).send().await;
        let json = asked.json();
        assert_eq!(refused(&asked), no(401, "login.mfa_required"), "{engine:?}");
        assert_eq!(json["methods"], json!(["totp", "recovery_code"]));
        assert_eq!(json["expires_in"], 600);
        assert!(json["access_token"].is_null() && json["passkey"].is_null() && asked.cookies().is_empty());
        assert_eq!(asked.header("cache-control"), "no-store");
        assert!(asked.header("www-authenticate").starts_with("Jotgate "));

        let opened = second_step(&app, &asked.member("mfa_token"), &phone.code(&app)).await;
        assert_eq!(opened.status, 200, "{engine:?}: {}", opened.text());
        assert_eq!(said(&opened), "pwd otp mfa acr=2");
    }
}

#[tokio::test]
async fn a_wrong_password_says_nothing_of_factors() {
    let app = TestApp::new(Engine::Sqlite).await;
    with_phone(&app, "ada@example.com").await;
    let wrong = json!({"email": "ada@example.com", "password": "eight copper pans sing"});
    let nobody = json!({"email": "eve@example.com", "password": "eight copper pans sing"});
    let (wrong, nobody) =
        (app.post("/v1/login", &wrong).send().await, app.post("/v1/login", &nobody).send().await);
    let plain = |answer: &jotgate_harness::Answer| {
        let mut json = answer.json();
        json["request_id"].take();
        json
    };
    assert_eq!(refused(&wrong), no(401, "login.failed"));
    assert_eq!(plain(&wrong), plain(&nobody));
}

#[tokio::test]
async fn a_code_is_good_once_and_so_is_every_earlier_one() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, _) = with_phone(&app, "ada@example.com").await;
        let (before, now) = (phone.shows(&app, -1), phone.code(&app));
        log_in(&app, "ada@example.com", &phone).await;
        for code in [&now, &before] {
            let token = first_step(&app, "ada@example.com").await;
            assert_eq!(
                refused(&second_step(&app, &token, code).await),
                no(401, "mfa.code_wrong"),
                "{engine:?}"
            );
        }
        wait_a_step(&app);
        log_in(&app, "ada@example.com", &phone).await;
    }
}

#[tokio::test]
async fn the_code_that_confirmed_the_app_opens_no_session() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let (phone, _) = super::enrol(&app, &token).await;
    let waiting = first_step(&app, "ada@example.com").await;
    assert_eq!(refused(&second_step(&app, &waiting, &phone.code(&app)).await), no(401, "mfa.code_wrong"));
}

#[tokio::test]
async fn clocks_may_differ_by_one_step_and_no_more() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, "ada@example.com").await;
    let mut answers = Vec::new();
    for steps in [-2, 2, -1, 1] {
        app.clock.advance(std::time::Duration::from_secs(300));
        let token = first_step(&app, "ada@example.com").await;
        answers.push(second_step(&app, &token, &phone.shows(&app, steps)).await.status);
    }
    assert_eq!(answers, [401, 401, 200, 200]);
}

/// Two servers, one database, one code, two logins that wait: one of them gets in.
#[tokio::test]
async fn one_code_at_two_servers_at_once_lets_one_in() {
    for engine in Engine::all() {
        let one = TestApp::new(engine).await;
        let (phone, codes) = with_phone(&one, "ada@example.com").await;
        // Two servers on one file of SQLite are two programs, which the engine forbids; there it is one server twice.
        let two = if engine == Engine::Postgres { Some(one.beside().await) } else { None };
        let two = two.as_ref().unwrap_or(&one);
        for round in 0..5 {
            let (a, b) =
                (first_step(&one, "ada@example.com").await, first_step(two, "ada@example.com").await);
            let code = phone.code(&one);
            let (a, b) = tokio::join!(second_step(&one, &a, &code), second_step(two, &b, &code));
            let mut statuses = [a.status, b.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 401], "{engine:?}, a code, round {round}");
            wait_a_step(&one);

            let (a, b) =
                (first_step(&one, "ada@example.com").await, first_step(two, "ada@example.com").await);
            let code = &codes[round];
            let (a, b) = tokio::join!(recover(&one, &a, code), recover(two, &b, code));
            let mut statuses = [a.status, b.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 401], "{engine:?}, a recovery code, round {round}");

            // One login, answered twice at once with two things that are right.
            let token = first_step(&one, "ada@example.com").await;
            let (code, other) = (phone.code(&one), &codes[9 - round]);
            if round < 4 {
                let (a, b) = tokio::join!(second_step(&one, &token, &code), recover(two, &token, other));
                let mut statuses = [a.status, b.status];
                statuses.sort_unstable();
                assert_eq!(statuses, [200, 410], "{engine:?}, a login, round {round}");
            }
            wait_a_step(&one);
        }
    }
}

#[tokio::test]
async fn a_login_is_finished_once_and_in_time() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, codes) = with_phone(&app, "ada@example.com").await;
        let token = first_step(&app, "ada@example.com").await;
        assert_eq!(second_step(&app, &token, &phone.code(&app)).await.status, 200);
        assert_eq!(refused(&recover(&app, &token, &codes[0]).await), no(410, "link.expired"), "{engine:?}");

        let late = first_step(&app, "ada@example.com").await;
        app.clock.advance(std::time::Duration::from_secs(600));
        assert_eq!(refused(&recover(&app, &late, &codes[0]).await), no(410, "link.expired"), "{engine:?}");

        let invented = recover(&app, "9Zr3vJQ5yF2bH8kM1nP6sT4wX7aC0dEgI-jLoRuVqYt", &codes[0]).await;
        assert_eq!(refused(&invented), no(410, "link.expired"), "{engine:?}");
        assert_eq!(recover(&app, &first_step(&app, "ada@example.com").await, &codes[0]).await.status, 200);
    }
}

#[tokio::test]
async fn nobody_answers_for_another_account() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (ada, ada_codes) = with_phone(&app, "ada@example.com").await;
        let (bob, bob_codes) = with_phone(&app, "bob@example.com").await;
        let waiting = first_step(&app, "ada@example.com").await;
        assert_eq!(refused(&second_step(&app, &waiting, &bob.code(&app)).await), no(401, "mfa.code_wrong"));
        assert_eq!(refused(&recover(&app, &waiting, &bob_codes[0]).await), no(401, "mfa.code_wrong"));
        let opened = second_step(&app, &waiting, &ada.code(&app)).await;
        let ada_id = opened.json()["user"]["id"].clone();
        assert_eq!(claims(&opened.member("access_token"))["sub"], ada_id, "{engine:?}");
        // What was tried in the wrong place still works in the right one.
        let waiting = first_step(&app, "bob@example.com").await;
        assert_eq!(recover(&app, &waiting, &bob_codes[0]).await.status, 200, "{engine:?}");
        assert_eq!(
            refused(&recover(&app, &first_step(&app, "bob@example.com").await, &ada_codes[0]).await),
            no(401, "mfa.code_wrong")
        );
    }
}

#[tokio::test]
async fn whatever_changes_the_credentials_voids_a_login_half_way() {
    for engine in Engine::all() {
        for change in ["password", "everywhere", "disabled", "operator"] {
            let app = TestApp::new(engine).await;
            let (phone, _) = with_phone(&app, "ada@example.com").await;
            let session = log_in(&app, "ada@example.com", &phone).await;
            let (token, id) = (session.member("access_token"), session.json()["user"]["id"].clone());
            let id = uuid::Uuid::parse_str(id.as_str().unwrap()).unwrap();
            wait_a_step(&app);
            let waiting = first_step(&app, "ada@example.com").await;
            let by = jotgate_server::flow::operator::By::default();
            match change {
                "password" => {
                    let body = json!({"current": PASSWORD, "new": "eight copper pans sing"});
                    let answer = app.post("/v1/password", &body).bearer(&token).send().await;
                    assert_eq!(answer.status, 200, "{}", answer.text());
                }
                "everywhere" => {
                    let answer = app.post("/v1/logout/all", &json!({})).bearer(&token).send().await;
                    assert_eq!(answer.status, 204, "{}", answer.text());
                }
                "disabled" => {
                    drop(jotgate_server::flow::operator::set_disabled(&app.app, id, true, by).await.unwrap());
                }
                _ => jotgate_server::flow::operator::set_password(
                    &app.app,
                    id,
                    "eight copper pans sing".into(),
                )
                .await
                .unwrap(),
            }
            let answer = second_step(&app, &waiting, &phone.code(&app)).await;
            assert_eq!(refused(&answer), no(410, "link.expired"), "{engine:?}, {change}");
        }
    }
}

#[tokio::test]
async fn cookies_are_set_by_the_second_step_and_only_for_pages_of_this_site() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, "ada@example.com").await;
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "delivery": "cookie"});
    let asked = app.post("/v1/login", &body).header("origin", "http://localhost:8080").send().await;
    assert_eq!(refused(&asked), no(401, "login.mfa_required"));
    assert!(asked.cookies().is_empty());
    let answer = json!({"mfa_token": asked.member("mfa_token"), "code": phone.code(&app)});
    for origin in [None, Some("https://evil.example"), Some("null")] {
        let call = app.post("/v1/login/mfa", &answer);
        let call = origin.into_iter().fold(call, |call, origin| call.header("origin", origin));
        assert_eq!(refused(&call.send().await), no(403, "request.origin"), "{origin:?}");
    }
    let opened = app.post("/v1/login/mfa", &answer).header("origin", "http://localhost:8080").send().await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    assert!(opened.json()["refresh_token"].is_null());
    assert!(opened.cookies().iter().any(|(name, _)| name == "jotgate_refresh_0_8080"));
}
