//! `GET /v1/verify`

use std::time::Duration;

use http::Method;
use insta::assert_snapshot;
use jotgate_harness::{Answer, Engine, TestApp, agreed};
use jotgate_server::flow::operator::{set_disabled, set_roles};
use serde_json::json;
use uuid::Uuid;

const ISSUER: &str = "http://localhost:8080";

fn id_of(answer: &Answer) -> Uuid {
    Uuid::parse_str(answer.json()["user"]["id"].as_str().unwrap()).unwrap()
}

async fn verify(app: &TestApp, query: &str, token: &str) -> (u16, String) {
    let answer = app.get(&format!("/v1/verify{query}")).bearer(token).send().await;
    (answer.status, answer.reason())
}

fn verdict(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}

#[tokio::test]
async fn a_good_token_is_told_by_headers_and_body() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let ada = app.sign_up("ada@example.com").await;
        set_roles(&app.app, id_of(&ada), &["editor".into(), "admin".into()], Default::default())
            .await
            .unwrap();
        let token = app.log_in("ada@example.com").await.member("access_token");
        let answer = app.get("/v1/verify").bearer(&token).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        assert_eq!(answer.header("x-auth-subject"), id_of(&ada).to_string());
        assert_eq!(answer.header("x-auth-session"), body["sid"].as_str().unwrap());
        assert_eq!(answer.header("x-auth-roles"), "editor admin");
        assert_eq!(answer.header("cache-control"), "no-store");
        let scope = answer.headers.get("x-auth-scope").expect("there, though it has nothing to say");
        assert!(scope.is_empty());
        let mut body = body;
        for changing in ["exp", "iat", "auth_time", "epoch"] {
            assert!(body[changing].is_i64(), "{changing}");
            body[changing] = json!("[number]");
        }
        shown.push(Answer { body: body.to_string().into(), ..answer }.shown());
    }
    assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "active": true,
      "aud": [
        "http://localhost:8080"
      ],
      "auth_time": "[number]",
      "client_id": "first-party",
      "epoch": "[number]",
      "exp": "[number]",
      "iat": "[number]",
      "roles": [
        "editor",
        "admin"
      ],
      "scope": "",
      "sid": "[uuid]",
      "sub": "[uuid]"
    }
    "#);
}

#[tokio::test]
async fn head_says_the_same_without_a_body() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let answer = app.call(Method::HEAD, "/v1/verify").bearer(&token).send().await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert!(!answer.header("x-auth-subject").is_empty());
    let answer = app.call(Method::HEAD, "/v1/verify").send().await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer realm=\"jotgate\""));
}

#[tokio::test]
async fn what_was_ended_a_moment_ago_is_refused_at_once() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let ada = app.sign_up("ada@example.com").await;
        let token = ada.member("access_token");
        assert_eq!(verify(&app, "", &token).await.0, 200);
        set_roles(&app.app, id_of(&ada), &["editor".into()], Default::default()).await.unwrap();
        assert_eq!(verify(&app, "", &token).await, verdict(401, "revoked.subject"));

        let ada = app.log_in("ada@example.com").await;
        let token = ada.member("access_token");
        assert_eq!(verify(&app, "?role=editor", &token).await.0, 200);
        app.post("/v1/logout", &json!({"refresh_token": ada.member("refresh_token")})).send().await;
        assert_eq!(verify(&app, "", &token).await, verdict(401, "revoked.session"));

        let ada = app.log_in("ada@example.com").await;
        set_disabled(&app.app, id_of(&ada), true, Default::default()).await.unwrap();
        assert_eq!(verify(&app, "", &ada.member("access_token")).await, verdict(401, "revoked.session"));
    }
}

#[tokio::test]
async fn demands_are_all_held_against_the_token() {
    let settings = [("tokens.audience", "https://api.example.com,billing")];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let ada = app.sign_up("ada@example.com").await;
    set_roles(&app.app, id_of(&ada), &["editor".into(), "auditor".into()], Default::default()).await.unwrap();
    let token = app.log_in("ada@example.com").await.member("access_token");
    for (query, status, reason) in [
        ("", 200, "no reason"),
        ("?role=editor", 200, "no reason"),
        ("?role=editor&role=auditor", 200, "no reason"),
        ("?role=editor&role=admin", 403, "role.missing"),
        ("?role=Editor", 403, "role.missing"),
        ("?role=edit", 403, "role.missing"),
        ("?scope=read", 403, "scope.missing"),
        ("?aud=billing", 200, "no reason"),
        ("?aud=other&aud=billing", 200, "no reason"),
        ("?aud=other", 401, "aud.mismatch"),
        ("?aud=bill", 401, "aud.mismatch"),
        // A demand that cannot be understood must not pass for none.
        ("?roles=admin", 400, "request.body"),
        ("?role=", 400, "request.body"),
        ("?scope=a%20%20b", 400, "request.body"),
        ("?scope=%22", 400, "request.body"),
    ] {
        assert_eq!(verify(&app, query, &token).await, verdict(status, reason), "{query}");
    }
    let answer = app.get("/v1/verify?scope=read&scope=write").bearer(&token).send().await;
    assert_snapshot!(answer.header("www-authenticate"), @r#"Bearer realm="jotgate", error="insufficient_scope", error_description="The token does not have the scope needed", scope="read write""#);
}

#[tokio::test]
async fn tokens_of_every_audience_of_this_server_are_taken() {
    let settings = [
        ("tokens.algorithm", "HS256"),
        ("tokens.audience", "my-api"),
        ("tokens.secret", "9f4c1d8e2b7a6053f1e8c9d4a7b2063e5d1f8a9c4b7e2d60"),
    ];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let session = app.sign_up("ada@example.com").await;
    let shared = session.member("access_token");
    assert_eq!(verify(&app, "", &shared).await.0, 200);
    assert_eq!(verify(&app, &format!("?aud={ISSUER}"), &shared).await, verdict(401, "aud.mismatch"));
    let ask = json!({"refresh_token": session.member("refresh_token"), "audience": ISSUER});
    let own = app.post("/v1/refresh", &ask).send().await.member("access_token");
    assert_eq!(verify(&app, "", &own).await.0, 200);

    let other = app.beside_with(&[("tokens.audience", "other-api")]).await;
    assert_eq!(verify(&other, "", &shared).await, verdict(401, "aud.mismatch"));
    app.clock.advance(Duration::from_secs(16 * 60));
    assert_eq!(verify(&app, "", &shared).await, verdict(401, "exp.expired"));
}

#[tokio::test]
async fn a_shared_secret_opens_nothing_as_the_issuer() {
    use jotgate_jose::{Algorithm, SigningKey, jwt::Unverified};
    let secret = "9f4c1d8e2b7a6053f1e8c9d4a7b2063e5d1f8a9c4b7e2d60";
    let settings = [("tokens.algorithm", "HS256"), ("tokens.audience", "my-api"), ("tokens.secret", secret)];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let claims = Unverified::parse(&token).unwrap().payload_json().to_owned();
    let mut claims: serde_json::Value = serde_json::from_str(&claims).unwrap();
    claims["aud"] = json!(["my-api", ISSUER]);
    let key = SigningKey::hmac(Algorithm::Hs256, secret.as_bytes()).unwrap();
    let forged = jotgate_token::access::signer(key).unwrap().sign(&claims).unwrap();
    assert_eq!(verify(&app, "", &forged).await, verdict(401, "alg.not_allowed"));
}

#[tokio::test]
async fn a_cookie_counts_for_what_our_own_pages_do() {
    let app = TestApp::with(Engine::Sqlite, &[("http.origins", "http://app.localhost:8080")]).await;
    app.sign_up("ada@example.com").await;
    let login =
        json!({"email": "ada@example.com", "password": jotgate_harness::PASSWORD, "delivery": "cookies"});
    let cookies = app.post("/v1/login", &login).header("origin", ISSUER).send().await.cookies();
    let mut seen = String::new();
    for (case, headers) in [
        ("no method told", vec![]),
        ("GET", vec![("x-original-method", "GET")]),
        ("HEAD of Caddy", vec![("x-forwarded-method", "HEAD")]),
        ("POST", vec![("x-original-method", "POST")]),
        ("get", vec![("x-original-method", "get")]),
        ("GET and POST", vec![("x-original-method", "GET"), ("x-forwarded-method", "POST")]),
        ("POST, own page", vec![("x-original-method", "POST"), ("origin", ISSUER)]),
        ("POST, listed page", vec![("x-original-method", "POST"), ("origin", "http://app.localhost:8080")]),
        ("POST, foreign page", vec![("x-original-method", "POST"), ("origin", "https://evil.example")]),
        ("POST, null", vec![("x-original-method", "POST"), ("origin", "null")]),
        ("POST, same origin", vec![("x-original-method", "POST"), ("sec-fetch-site", "same-origin")]),
        ("POST, same site", vec![("x-original-method", "POST"), ("sec-fetch-site", "same-site")]),
        ("GET, foreign page", vec![("x-original-method", "GET"), ("origin", "https://evil.example")]),
        ("no method told, own page", vec![("sec-fetch-site", "same-origin")]),
        ("a header beside it", vec![("authorization", "Bearer a.b.c"), ("x-original-method", "GET")]),
    ] {
        let call = headers
            .iter()
            .fold(app.get("/v1/verify").cookies(&cookies), |call, (name, value)| call.header(name, value));
        let answer = call.send().await;
        seen += &format!("{case}: {} {}\n", answer.status, answer.reason());
    }
    assert_snapshot!(seen, @r#"
    no method told: 403 request.origin
    GET: 200 no reason
    HEAD of Caddy: 200 no reason
    POST: 403 request.origin
    get: 403 request.origin
    GET and POST: 403 request.origin
    POST, own page: 200 no reason
    POST, listed page: 200 no reason
    POST, foreign page: 403 request.origin
    POST, null: 403 request.origin
    POST, same origin: 200 no reason
    POST, same site: 403 request.origin
    GET, foreign page: 403 request.origin
    no method told, own page: 200 no reason
    a header beside it: 401 malformed.base64
    "#);
    let answer = app.get("/v1/verify").cookies(&cookies).send().await;
    assert!(answer.member("hint").contains("X-Original-Method"), "{}", answer.text());
    let refresh: Vec<_> = cookies.into_iter().filter(|(name, _)| name.contains("refresh")).collect();
    assert!(!refresh.is_empty());
    let answer = app.get("/v1/verify").cookies(&refresh).header("x-original-method", "GET").send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (401, "token.missing"));
}

#[tokio::test]
async fn every_refusal_has_its_challenge() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let mut seen = String::new();
    for (case, call) in [
        ("none", app.get("/v1/verify")),
        ("twice", app.get("/v1/verify").bearer(&token).bearer(&token)),
        ("other scheme", app.get("/v1/verify").header("authorization", "Basic YWRhOnB3")),
        ("in the URL", app.get(&format!("/v1/verify?access_token={token}"))),
        ("header and URL", app.get(&format!("/v1/verify?access_token={token}")).bearer(&token)),
        ("cut short", app.get("/v1/verify").bearer(&token[..token.len() - 6])),
        ("role", app.get("/v1/verify?role=admin").bearer(&token)),
        ("POST", app.call(Method::POST, "/v1/verify").bearer(&token)),
    ] {
        let answer = call.send().await;
        seen += &format!(
            "{case}: {} {} | {}\n",
            answer.status,
            answer.reason(),
            answer.header("www-authenticate")
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{case}");
    }
    assert_snapshot!(seen, @r#"
    none: 401 token.missing | Bearer realm="jotgate"
    twice: 400 token.repeated | Bearer realm="jotgate", error="invalid_request", error_description="More than one token was sent"
    other scheme: 401 token.scheme | Bearer realm="jotgate"
    in the URL: 401 token.missing | Bearer realm="jotgate"
    header and URL: 400 token.repeated | Bearer realm="jotgate", error="invalid_request", error_description="More than one token was sent"
    cut short: 401 signature.invalid | Bearer realm="jotgate", error="invalid_token", error_description="The signature does not fit"
    role: 403 role.missing | Bearer realm="jotgate", error="insufficient_scope", error_description="The user does not have the role needed"
    POST: 405 request.method |
    "#);
}
