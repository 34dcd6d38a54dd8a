//! Clients with a secret: what they get, and what others get.

use std::time::Duration;

use insta::assert_snapshot;
use jotgate_harness::{Engine, TestApp, agreed};
use jotgate_jose::jwt::Unverified;
use serde_json::{Value, json};

use super::{ISSUER, add, ask, error, post, post_as, verdict};

fn basic(id: &str, secret: &str) -> String {
    use jotgate_jose::primitive::base64url;
    let text = base64url::encode(format!("{id}:{secret}").as_bytes()).replace('-', "+").replace('_', "/");
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    format!("Basic {text}{padding}")
}

const PLAIN: &str = "grant_type=client_credentials";

#[tokio::test]
async fn a_client_gets_a_token_for_itself() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::with(engine, &[("tokens.audience", "https://api.example.com")]).await;
        let secret = add(&app, "reports", &["read", "write"], &[]).await;
        let answer = post_as(&app, PLAIN, Some(&basic("reports", &secret))).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let token = answer.member("access_token");
        let claims: Value = serde_json::from_str(Unverified::parse(&token).unwrap().payload_json()).unwrap();
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
        assert_eq!(Unverified::parse(&token).unwrap().typ(), Some("at+jwt"));
        let told = ["sub", "client_id", "aud", "scope", "roles", "sid", "auth_time"];
        let told: Vec<_> = told.iter().map(|name| format!("{name}: {}", claims[name])).collect();
        let mut body = answer.json();
        body["access_token"] = json!("[token]");
        shown.push(format!("{}\n{body}\n{}", answer.status, told.join("\n")));

        let verified =
            app.get("/v1/verify?scope=read&aud=https://api.example.com").bearer(&token).send().await;
        assert_eq!((verified.status, verified.header("x-auth-subject")), (200, "client:reports"));
        assert_eq!((verified.header("x-auth-scope"), verified.header("x-auth-session")), ("read write", ""));
        let me = app.get("/v1/me").bearer(&token).send().await;
        assert_eq!((me.status, me.reason().as_str()), (401, "aud.mismatch"));
    }
    assert_snapshot!(agreed(shown), @r#"
    200
    {"access_token":"[token]","expires_in":900,"scope":"read write","token_type":"Bearer"}
    sub: "client:reports"
    client_id: "reports"
    aud: "https://api.example.com"
    scope: "read write"
    roles: []
    sid: null
    auth_time: null
    "#);
}

#[tokio::test]
async fn each_way_of_authentication_works_alone() {
    let app = TestApp::new(Engine::Sqlite).await;
    let secret = add(&app, "reports", &[], &[]).await;
    let header = basic("reports", &secret);
    let lower = header.replace("Basic", "basic");
    let posted = format!("{PLAIN}&client_id=reports&client_secret={secret}");
    let beside = format!("{PLAIN}&client_id=reports");
    let other = format!("{PLAIN}&client_id=billing");
    for (case, form, line, expected) in [
        ("header", PLAIN, Some(&header), verdict(200, "none")),
        ("scheme in lower case", PLAIN, Some(&lower), verdict(200, "none")),
        ("form", &posted, None, verdict(200, "none")),
        ("header, and the name in the form", &beside, Some(&header), verdict(200, "none")),
        ("header, and another name in the form", &other, Some(&header), verdict(400, "invalid_request")),
        ("header and form", &posted, Some(&header), verdict(400, "invalid_request")),
        ("neither", PLAIN, None, verdict(401, "invalid_client")),
        ("a name alone", &beside, None, verdict(401, "invalid_client")),
    ] {
        let answer = post_as(&app, form, line.map(String::as_str)).await;
        assert_eq!(error(&answer), expected, "{case}: {}", answer.text());
        let challenge = match (expected.0, line) {
            (401, Some(_)) => "Basic realm=\"jotgate\", charset=\"UTF-8\"",
            (401, None) => "Jotgate realm=\"jotgate\", error=\"oauth.invalid_client\"",
            _ => "",
        };
        assert_eq!(answer.header("www-authenticate"), challenge, "{case}");
    }
    let twice = app
        .call(http::Method::POST, "/oauth/token")
        .body("application/x-www-form-urlencoded", PLAIN)
        .header("authorization", &header)
        .header("authorization", &header);
    assert_eq!(error(&twice.send().await), verdict(400, "invalid_request"));
    for line in ["Bearer a.b.c", "Basic", "Basic !!!!", "Basic cmVwb3J0cw==", &format!("{header}=")] {
        let answer = post_as(&app, PLAIN, Some(line)).await;
        assert_eq!(error(&answer), verdict(401, "invalid_client"), "{line}");
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{line}");
    }
}

/// Appendix B of RFC 6749: both halves are form-encoded before they become one text.
#[tokio::test]
async fn the_halves_of_basic_are_form_encoded() {
    let app = TestApp::new(Engine::Sqlite).await;
    let secret = add(&app, "night.job-2", &[], &[]).await;
    let encoded: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let answer = post_as(&app, PLAIN, Some(&basic("night%2ejob%2D2", &encoded))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let wrong = post_as(&app, PLAIN, Some(&basic("night.job-2", &format!("{secret}%zz")))).await;
    assert_eq!(error(&wrong), verdict(401, "invalid_client"));
}

#[tokio::test]
async fn an_unknown_client_and_a_wrong_secret_read_alike() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let secret = add(&app, "reports", &[], &[]).await;
        let before = app.app.store.queries();
        let wrong = ask(&app, "reports", "jgc_wrong", "").await;
        let after_wrong = app.app.store.queries();
        let unknown = ask(&app, "nobody", &secret, "").await;
        let after_unknown = app.app.store.queries();
        let unnamable = ask(&app, "no%20body", &secret, "").await;
        for answer in [&wrong, &unknown, &unnamable] {
            let mut shown = answer.json();
            let mut expected = wrong.json();
            shown["request_id"] = json!("");
            expected["request_id"] = json!("");
            assert_eq!((answer.status, &shown), (401, &expected));
        }
        assert_eq!(after_wrong - before, after_unknown - after_wrong, "as many statements");
    }
}

#[tokio::test]
async fn scope_and_audience_are_those_of_the_client() {
    let app = TestApp::with(Engine::Sqlite, &[("tokens.audience", "first,second")]).await;
    let secret = add(&app, "reports", &["read", "write"], &["api", "https://billing.example/v1"]).await;
    for (rest, expected) in [
        ("&audience=api", verdict(200, "none")),
        ("&audience=api&scope=write", verdict(200, "none")),
        ("&audience=api&scope=", verdict(200, "none")),
        ("&resource=https%3A%2F%2Fbilling.example%2Fv1", verdict(200, "none")),
        ("&resource=api&audience=api", verdict(200, "none")),
        ("", verdict(400, "invalid_target")),
        ("&audience=first", verdict(400, "invalid_target")),
        ("&audience=ap", verdict(400, "invalid_target")),
        (&format!("&audience={ISSUER}"), verdict(400, "invalid_target")),
        ("&audience=api&resource=https://billing.example/v1", verdict(400, "invalid_target")),
        ("&resource=api&resource=https://billing.example/v1", verdict(400, "invalid_target")),
        ("&resource=api%23fragment", verdict(400, "invalid_target")),
        ("&audience=api%20https://billing.example/v1", verdict(400, "invalid_target")),
        ("&audience=api&scope=admin", verdict(400, "invalid_scope")),
        ("&audience=api&scope=read+admin", verdict(400, "invalid_scope")),
        ("&audience=api&scope=read++write", verdict(400, "invalid_scope")),
        ("&audience=api&scope=READ", verdict(400, "invalid_scope")),
    ] {
        let answer = ask(&app, "reports", &secret, rest).await;
        assert_eq!(error(&answer), expected, "{rest}: {}", answer.text());
    }
    let answer = ask(&app, "reports", &secret, "&audience=api&scope=write").await;
    assert_eq!(answer.member("scope"), "write");

    let secret = add(&app, "usual", &[], &[]).await;
    assert_eq!(error(&ask(&app, "usual", &secret, "&audience=second").await), verdict(200, "none"));
    assert_eq!(error(&ask(&app, "usual", &secret, "").await), verdict(400, "invalid_target"));
    assert_eq!(error(&ask(&app, "usual", &secret, "&scope=read").await).1, "invalid_scope");
}

#[tokio::test]
async fn wrong_secrets_are_throttled_by_client_and_address() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let secret = add(&app, "reports", &[], &[]).await;
        for n in 0..10 {
            assert_eq!(
                error(&ask(&app, "reports", "wrong", "").await),
                verdict(401, "invalid_client"),
                "{n}"
            );
        }
        let answer = ask(&app, "reports", &secret, "").await;
        assert_eq!(error(&answer), verdict(429, "temporarily_unavailable"));
        assert_eq!(answer.header("retry-after"), "1");
        let elsewhere = format!("{PLAIN}&client_id=reports&client_secret={secret}");
        let elsewhere = app
            .call(http::Method::POST, "/oauth/token")
            .body("application/x-www-form-urlencoded", elsewhere)
            .from("198.51.100.9");
        assert_eq!(elsewhere.send().await.status, 200, "nobody locks a service out");
        let other = add(&app, "other", &[], &[]).await;
        assert_eq!(ask(&app, "other", &other, "").await.status, 200, "another client from the same address");
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(ask(&app, "reports", &secret, "").await.status, 200);
        assert_eq!(ask(&app, "reports", "wrong", "").await.status, 401, "the count began anew");
    }
}

#[tokio::test]
async fn a_secret_of_the_shared_kind_signs_for_apis_and_never_for_the_issuer() {
    let settings = [
        ("tokens.algorithm", "HS256"),
        ("tokens.audience", "my-api"),
        ("tokens.secret", "9f4c1d8e2b7a6053f1e8c9d4a7b2063e5d1f8a9c4b7e2d60"),
    ];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let secret = add(&app, "reports", &[], &["my-api", ISSUER]).await;
    for (audience, alg) in [("my-api", "HS256"), (ISSUER, "ES256")] {
        let token =
            ask(&app, "reports", &secret, &format!("&audience={audience}")).await.member("access_token");
        assert_eq!(Unverified::parse(&token).unwrap().alg(), Some(alg), "{audience}");
        assert_eq!(app.get("/v1/verify").bearer(&token).send().await.status, 200, "{audience}");
    }
    let own = ask(&app, "reports", &secret, &format!("&audience={ISSUER}")).await.member("access_token");
    for path in ["/v1/me", "/v1/sessions", "/v1/admin/users"] {
        let answer = app.get(path).bearer(&own).send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (401, "claim.missing"), "{path}");
    }
    assert_eq!(post(&app, PLAIN).await.status, 401);
}
