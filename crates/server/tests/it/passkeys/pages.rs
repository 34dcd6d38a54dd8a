//! Passkeys on `/login`: a form that the script fills in, sent like any other.

use jotgate_harness::{Answer, Engine, TestApp};
use serde_json::Value;

use super::{ADA, ORIGIN, ask, with_passkey};

async fn send(app: &TestApp, origin: &str, given: &Value, passkey: &str, next: &str) -> Answer {
    let token = given["challenge_token"].as_str().unwrap();
    let plain =
        |text: &str| text.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace('"', "%22");
    let form = format!("next={}&challenge_token={token}&passkey={}", plain(next), plain(passkey));
    let call = app.call(http::Method::POST, "/login/passkey").header("accept", "text/html");
    call.header("origin", origin).body("application/x-www-form-urlencoded", form).send().await
}

#[tokio::test]
async fn the_login_page_offers_passkeys_by_a_script_of_its_own_and_nothing_inline() {
    let app = TestApp::new(Engine::Sqlite).await;
    let page = app.get("/login").send().await;
    let html = page.text();
    assert!(
        html.contains(r#"<form class="needs-passkeys or" method="post" action="/login/passkey""#),
        "{html}"
    );
    assert!(html.contains(r#"autocomplete="username webauthn""#));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let (_, after) = html.split_once("<script src=\"").unwrap();
    let address = after.split('"').next().unwrap();
    assert_eq!(html.matches("<script").count(), 1);
    let script = app.get(address).send().await;
    assert_eq!((script.status, script.header("content-type")), (200, "text/javascript; charset=utf-8"));
    let zipped = app.get(address).header("accept-encoding", "gzip").send().await;
    assert!(zipped.body.len() < 2_000, "{} bytes", zipped.body.len());

    let app = TestApp::with(Engine::Sqlite, &[("issuer", "http://127.0.0.1:8080")]).await;
    let page = app.get("/login").send().await;
    assert!(!page.text().contains("passkey"), "where there can be none, none is offered");
}

#[tokio::test]
async fn the_form_signs_in_and_leads_on() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let given = ask(&app).await;
        let passkey = ada.device.get(&given["options"]).to_string();
        let foreign = send(&app, "https://evil.example", &given, &passkey, "/account").await;
        assert_eq!(foreign.status, 403, "a foreign page signs nobody in");
        let answer = send(&app, ORIGIN, &given, &passkey, "/account/sessions").await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (303, "/account/sessions"),
            "{}",
            answer.text()
        );
        let names: Vec<_> = answer.cookies().into_iter().map(|(name, _)| name).collect();
        assert!(names.contains(&"jotgate_session_8080".to_owned()), "{names:?}");

        let again = send(&app, ORIGIN, &given, &passkey, "//evil.example").await;
        assert_eq!(again.status, 410);
        assert!(again.text().contains("open for too long"), "{}", again.text());
        let next = ask(&app).await;
        let refused = send(&app, ORIGIN, &next, &passkey, "//evil.example").await;
        assert!(
            refused.text().contains("was not accepted") && !refused.text().contains("evil"),
            "{engine:?}"
        );
        let next = ask(&app).await;
        assert_eq!(send(&app, ORIGIN, &next, "no JSON", "/").await.status, 400);
    }
}
