//! Adding and removing an authenticator app, and what else ends or goes on with it.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::store::{Tx, UserId, totp_secrets};
use serde_json::{Value, json};

use super::{Phone, enrol, first_step, log_in, no, refused, said, second_step, wait_a_step, with_phone};

#[tokio::test]
async fn an_app_counts_once_a_code_of_it_came_back() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = app.sign_up("ada@example.com").await.member("access_token");
        let nothing =
            app.post("/v1/mfa/totp/confirm", &json!({"code": "123456"})).bearer(&token).send().await;
        assert_eq!(refused(&nothing), no(409, "mfa.not_enrolled"));

        let begun = app.post("/v1/mfa/totp", &json!({})).bearer(&token).send().await;
        assert_eq!((begun.status, begun.header("cache-control")), (201, "no-store"));
        // Nobody is asked for a code that no app may be able to show.
        app.log_in("ada@example.com").await;
        let first = Phone::scan(&begun.member("secret"));

        // Asked for again, as when the first picture was closed: only the newest counts.
        let begun = app.post("/v1/mfa/totp", &json!({})).bearer(&token).send().await;
        let phone = Phone::scan(&begun.member("secret"));
        let confirm = async |code: String| {
            app.post("/v1/mfa/totp/confirm", &json!({"code": code})).bearer(&token).send().await
        };
        assert_eq!(refused(&confirm(first.code(&app)).await), no(401, "mfa.code_wrong"), "{engine:?}");
        assert_eq!(app.get("/v1/mfa").bearer(&token).send().await.json()["totp"], Value::Null);
        let confirmed = confirm(phone.code(&app)).await;
        assert_eq!((confirmed.status, confirmed.header("cache-control")), (200, "no-store"), "{engine:?}");
        let codes = confirmed.json()["recovery_codes"].as_array().unwrap().clone();
        assert_eq!(codes.len(), 10);
        assert!(codes.iter().all(|code| code.as_str().is_some_and(|code| code.len() == 19)));
        assert_eq!(app.get("/v1/mfa").bearer(&token).send().await.json()["recovery_codes"]["left"], 10);
        first_step(&app, "ada@example.com").await;
    }
}

#[tokio::test]
async fn apps_get_what_they_understand() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("Ada+x&y=z?@example.com").await.member("access_token");
    let begun = app.post("/v1/mfa/totp", &json!({})).bearer(&token).send().await.json();
    let plain = begun["secret"].as_str().unwrap().replace(' ', "");
    assert_eq!(
        begun["otpauth_uri"].as_str().unwrap().replace(&plain, "SECRET"),
        "otpauth://totp/Jotgate:Ada%2Bx%26y%3Dz%3F%40example.com?secret=SECRET&issuer=Jotgate&algorithm=SHA1&digits=6&period=30"
    );
    let svg = begun["qr_svg"].as_str().unwrap();
    assert!(svg.starts_with("<svg ") && !svg.contains("style") && !svg.contains(&plain));
}

#[tokio::test]
async fn the_secret_is_sealed_for_its_user() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, _) = with_phone(&app, "ada@example.com").await;
        let (bob, _) = with_phone(&app, "bob@example.com").await;
        let id = |answer: jotgate_harness::Answer| {
            UserId(uuid::Uuid::parse_str(answer.json()["user"]["id"].as_str().unwrap()).unwrap())
        };
        let ada_id = id(log_in(&app, "ada@example.com", &phone).await);
        let bob_id = id(log_in(&app, "bob@example.com", &bob).await);
        wait_a_step(&app);
        let swapped = app.app.store.write(async move |tx: &mut Tx<'_>| {
            let ada = totp_secrets::by_user(tx, ada_id).await?.expect("an app");
            assert!(!ada.sealed.windows(20).any(|bytes| bytes == phone.secret));
            totp_secrets::reseal(tx, bob_id, &ada.sealed).await
        });
        swapped.await.unwrap();
        // A row that was copied to another account opens nothing there.
        let waiting = first_step(&app, "bob@example.com").await;
        assert_eq!(refused(&second_step(&app, &waiting, &bob.code(&app)).await), no(503, "server.database"));
    }
}

#[tokio::test]
async fn one_app_an_account_and_another_only_after_the_first_is_gone() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, "ada@example.com").await;
    let token = log_in(&app, "ada@example.com", &phone).await.member("access_token");
    let again = app.post("/v1/mfa/totp", &json!({})).bearer(&token).send().await;
    assert_eq!(refused(&again), no(409, "mfa.already"));
    let again =
        app.post("/v1/mfa/totp/confirm", &json!({"code": phone.code(&app)})).bearer(&token).send().await;
    assert_eq!(refused(&again), no(409, "mfa.already"));
}

#[tokio::test]
async fn adding_ends_nothing_and_removing_ends_everything_else() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let other = app.sign_up("ada@example.com").await.member("refresh_token");
        let token = app.log_in("ada@example.com").await.member("access_token");
        let (phone, codes) = enrol(&app, &token).await;
        let renewed = app.post("/v1/refresh", &json!({"refresh_token": other})).send().await;
        assert_eq!(renewed.status, 200, "{engine:?}");
        let other = renewed.member("refresh_token");

        // The session that is open since before has not shown the factor, so it cannot take it away.
        let remove =
            async |token: &str| app.call(http::Method::DELETE, "/v1/mfa/totp").bearer(token).send().await;
        assert_eq!(refused(&remove(&token).await), no(401, "stepup.required"), "{engine:?}");
        assert_eq!(
            refused(&app.post("/v1/mfa/recovery-codes", &json!({})).bearer(&token).send().await),
            no(401, "stepup.required")
        );

        wait_a_step(&app);
        let waiting = first_step(&app, "ada@example.com").await;
        wait_a_step(&app);
        let strong = log_in(&app, "ada@example.com", &phone).await;
        assert_eq!(remove(&strong.member("access_token")).await.status, 204, "{engine:?}");
        for gone in [&other, &renewed.member("refresh_token")] {
            let refused_ = app.post("/v1/refresh", &json!({"refresh_token": gone})).send().await;
            assert_eq!(refused(&refused_), no(401, "refresh.revoked"), "{engine:?}");
        }
        let me = app.get("/v1/me").bearer(&strong.member("access_token")).send().await;
        assert_eq!(me.status, 200, "{engine:?}: the session that did it goes on");
        assert_eq!(refused(&super::recover(&app, &waiting, &codes[0]).await), no(410, "link.expired"));
        assert_eq!(said(&app.log_in("ada@example.com").await), "pwd acr=1", "{engine:?}");
        let left = app.get("/v1/mfa").bearer(&strong.member("access_token")).send().await.json();
        assert_eq!(left, json!({"totp": null, "passkeys": [], "recovery_codes": null, "required": false}));
        assert_eq!(refused(&remove(&strong.member("access_token")).await), no(409, "mfa.not_enrolled"));
    }
}

#[tokio::test]
async fn changes_want_a_recent_login_and_a_token_for_this_server_alone() {
    let app = TestApp::with(Engine::Sqlite, &[("tokens.audience", "http://localhost:8080,api")]).await;
    let session = app.sign_up("ada@example.com").await;
    let calls = [
        (http::Method::POST, "/v1/mfa/totp", json!({})),
        (http::Method::POST, "/v1/mfa/totp/confirm", json!({"code": "123456"})),
        (http::Method::DELETE, "/v1/mfa/totp", json!({})),
        (http::Method::POST, "/v1/mfa/recovery-codes", json!({})),
    ];
    for (method, path, body) in &calls {
        let answer =
            app.call(method.clone(), path).json(body).bearer(&session.member("access_token")).send().await;
        assert_eq!(refused(&answer), no(401, "aud.mismatch"), "{method} {path}");
    }
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "audience": "http://localhost:8080"});
    let session = app.post("/v1/login", &body).send().await;
    app.clock.advance(Duration::from_secs(3600));
    let body = json!({"refresh_token": session.member("refresh_token")});
    let token = app.post("/v1/refresh", &body).send().await.member("access_token");
    for (method, path, body) in &calls {
        let answer = app.call(method.clone(), path).json(body).bearer(&token).send().await;
        assert_eq!(refused(&answer), no(401, "stepup.required"), "{method} {path}");
        let nobody = app.call(method.clone(), path).json(body).send().await;
        assert_eq!(refused(&nobody), no(401, "token.missing"), "{method} {path}");
    }
}
