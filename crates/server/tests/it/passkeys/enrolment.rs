//! Making, naming, renaming and removing passkeys.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

use super::{ADA, ORIGIN, ask_to_enrol, enrol, log_in_with, send_new, sign_up, with_passkey};

#[tokio::test]
async fn a_passkey_is_made_listed_renamed_and_removed() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = sign_up(&app, ADA).await;
        let given = ask_to_enrol(&app, &ada.token).await;
        let asked = &given["options"]["publicKey"];
        assert_eq!(asked["rp"]["id"], "localhost");
        assert_eq!(asked["user"]["name"], ADA);
        assert_eq!(asked["attestation"], "none");
        assert_eq!(asked["excludeCredentials"], json!([]));
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["requireResidentKey"], true);
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        let kinds: Vec<_> = asked["pubKeyCredParams"].as_array().unwrap().iter().map(|p| &p["alg"]).collect();
        assert_eq!(kinds, [-7, -35, -257]);

        let passkey = ada.device.create(&given["options"]);
        let made = send_new(&app, &ada.token, &given, passkey, json!({"name": " Blue key "})).await;
        assert_eq!((made.status, made.member("name").as_str()), (201, "Blue key"));
        assert_eq!(made.header("cache-control"), "no-store");
        let id = made.member("id");

        let without = app.post("/v1/passkeys/options", &json!({})).bearer(&ada.token).send().await;
        assert_eq!(without.reason(), "stepup.required", "the factor has to be shown now that there is one");
        ada.token = log_in_with(&app, &mut ada.device).await.member("access_token");
        let held = ask_to_enrol(&app, &ada.token).await;
        let excluded = held["options"]["publicKey"]["excludeCredentials"].as_array().unwrap().len();
        assert_eq!(excluded, 1, "a device with a passkey of the account makes no second one");

        let list = app.get("/v1/passkeys").bearer(&ada.token).send().await.json();
        assert_eq!(list["passkeys"][0]["id"], json!(id));
        assert_eq!(log_in_with(&app, &mut ada.device).await.status, 200);
        let path = format!("/v1/passkeys/{id}");
        let renamed = app.call(http::Method::PATCH, &path).json(&json!({"name": "Red"}));
        let renamed = renamed.bearer(&ada.token).send().await;
        assert_eq!((renamed.status, renamed.member("name").as_str()), (200, "Red"));
        assert!(renamed.member("last_used_at").ends_with('Z'));

        let removed = app.call(http::Method::DELETE, &path).bearer(&ada.token).send().await;
        assert_eq!(removed.status, 204, "{}", removed.text());
        let again = app.call(http::Method::DELETE, &path).bearer(&ada.token).send().await;
        assert_eq!((again.status, again.reason().as_str()), (404, "passkey.unknown"));
        assert_eq!(
            log_in_with(&app, &mut ada.device).await.reason(),
            "passkey.invalid",
            "it is no key here any more"
        );
        assert_eq!(app.get("/v1/me").bearer(&ada.token).send().await.status, 200, "the caller stays");
    }
}

#[tokio::test]
async fn a_passkey_is_named_after_the_browser_and_names_have_bounds() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = sign_up(&app, ADA).await;
    let given = ask_to_enrol(&app, &ada.token).await;
    let passkey = ada.device.create(&given["options"]);
    let body = json!({"challenge_token": given["challenge_token"], "passkey": passkey});
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let made = app.post("/v1/passkeys", &body).bearer(&ada.token).header("user-agent", firefox).send().await;
    assert_eq!(made.member("name"), "Firefox · Linux");
    ada.token = log_in_with(&app, &mut ada.device).await.member("access_token");

    ada.device.passkeys_mut().clear();
    assert_eq!(enrol(&app, &mut ada, json!({})).await.member("name"), "Passkey");
    for bad in ["x".repeat(61), "a\nb".to_owned()] {
        ada.device.passkeys_mut().clear();
        assert_eq!(enrol(&app, &mut ada, json!({"name": bad})).await.reason(), "request.body");
    }
}

#[tokio::test]
async fn removing_a_passkey_ends_every_other_session() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let other = log_in_with(&app, &mut ada.device).await.member("access_token");
        assert_eq!(app.get("/v1/me").bearer(&other).send().await.status, 200);
        let list = app.get("/v1/passkeys").bearer(&ada.token).send().await.json();
        let path = format!("/v1/passkeys/{}", list["passkeys"][0]["id"].as_str().unwrap());
        assert_eq!(app.call(http::Method::DELETE, &path).bearer(&ada.token).send().await.status, 204);
        assert_eq!(app.get("/v1/me").bearer(&other).send().await.reason(), "revoked.session");
    }
}

#[tokio::test]
async fn changes_want_a_recent_login_and_a_token_for_this_server_alone() {
    let app = TestApp::with(Engine::Sqlite, &[("tokens.audience", "http://localhost:8080,api")]).await;
    let ada = app.sign_up(ADA).await;
    let id = "00000000-0000-7000-8000-000000000000";
    let calls = [
        (http::Method::POST, "/v1/passkeys/options".to_owned(), json!({})),
        (http::Method::POST, "/v1/passkeys".to_owned(), json!({"challenge_token": "x", "passkey": {}})),
        (http::Method::PATCH, format!("/v1/passkeys/{id}"), json!({"name": "x"})),
        (http::Method::DELETE, format!("/v1/passkeys/{id}"), json!({})),
        (http::Method::DELETE, "/v1/password".to_owned(), json!({"challenge_token": "x", "passkey": {}})),
    ];
    let wide = ada.member("access_token");
    for (method, path, body) in &calls {
        let answer = app.call(method.clone(), path).json(body).bearer(&wide).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (401, "aud.mismatch"), "{method} {path}");
    }
    let login = json!({"email": ADA, "password": PASSWORD, "audience": "http://localhost:8080"});
    let narrow = app.post("/v1/login", &login).send().await;
    app.clock.advance(Duration::from_secs(3601));
    let refreshed =
        json!({"refresh_token": narrow.member("refresh_token"), "audience": "http://localhost:8080"});
    let old = app.post("/v1/refresh", &refreshed).send().await.member("access_token");
    for (method, path, body) in &calls {
        let answer = app.call(method.clone(), path).json(body).bearer(&old).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (401, "stepup.required"), "{method} {path}");
    }
    assert_eq!(app.get("/v1/passkeys").bearer(&old).send().await.status, 200, "looking is free");
}

#[tokio::test]
async fn an_address_has_no_passkeys_and_says_what_helps() {
    let app = TestApp::with(Engine::Sqlite, &[("issuer", "http://127.0.0.1:8080")]).await;
    let token = app.sign_up(ADA).await.member("access_token");
    for call in [
        app.post("/v1/passkeys/options", &json!({})).bearer(&token),
        app.post("/v1/login/passkey/options", &json!({})),
    ] {
        let answer = call.send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (409, "passkey.unsupported_host"));
        assert!(answer.member("hint").contains("localhost"));
    }
}

#[tokio::test]
async fn an_account_holds_twenty_passkeys() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = sign_up(&app, ADA).await;
    for _ in 0..20 {
        ada.device.passkeys_mut().clear();
        assert_eq!(enrol(&app, &mut ada, json!({})).await.status, 201);
    }
    let full = app.post("/v1/passkeys/options", &json!({})).bearer(&ada.token).send().await;
    assert_eq!(full.reason(), "mfa.already");
}

#[tokio::test]
async fn an_application_within_the_domain_may_use_them_and_no_other() {
    let app = TestApp::with(
        Engine::Sqlite,
        &[
            ("issuer", "https://auth.example.com"),
            ("tokens.audience", "https://auth.example.com"),
            ("signup.mode", "open"),
            ("passkeys.rp_id", "example.com"),
            ("http.origins", "https://app.example.com,https://example.org,https://app.example.com.evil.org"),
        ],
    )
    .await;
    let mut ada = sign_up(&app, ADA).await;
    for (origin, status) in [
        ("https://example.org", 401),
        ("https://app.example.com.evil.org", 401),
        ("https://other.example.com", 401),
        ("http://auth.example.com", 401),
        ("https://auth.example.com:8443", 401),
        (ORIGIN, 401),
        ("https://app.example.com", 201),
        ("https://auth.example.com", 201),
    ] {
        ada.device.origin = origin.to_owned();
        ada.device.passkeys_mut().clear();
        assert_eq!(enrol(&app, &mut ada, json!({})).await.status, status, "{origin}");
    }
}
