//! What every request passes: id, Host, Origin, CORS, headers, bounds; and what the harness itself promises.

use http::Method;
use insta::assert_snapshot;
use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::app::RefusalLog;
use serde_json::json;

#[tokio::test]
#[should_panic(expected = "a secret was logged")]
async fn the_harness_notices_a_logged_secret() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.remember("the secret of the test that logs a secret");
    tracing::info!("the secret of the test that logs a secret");
}

#[tokio::test]
async fn only_our_own_names_are_answered() {
    let settings = [
        ("issuer", "https://auth.example.com"),
        ("tokens.audience", "x"),
        ("http.hosts", "auth.internal:8443"),
    ];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let mut seen = String::new();
    for host in [
        "auth.example.com",
        "AUTH.example.com:443",
        "auth.internal:8443",
        "auth.example.com:80",
        "auth.internal",
        "auth.example.com.",
        "evil.example",
        "127.0.0.1",
        "auth.example.com@evil.example",
        "",
    ] {
        let answer = app.get("/").header("host", host).header("accept", "application/json").send().await;
        seen += &format!("{host:?}: {} {}\n", answer.status, answer.reason());
    }
    let none = app.get("/").without("host").header("accept", "application/json").send().await;
    seen += &format!("none: {} {}\n", none.status, none.reason());
    assert_snapshot!(seen, @r#"
    "auth.example.com": 200 no reason
    "AUTH.example.com:443": 200 no reason
    "auth.internal:8443": 200 no reason
    "auth.example.com:80": 421 request.host
    "auth.internal": 421 request.host
    "auth.example.com.": 421 request.host
    "evil.example": 421 request.host
    "127.0.0.1": 421 request.host
    "auth.example.com@evil.example": 421 request.host
    "": 421 request.host
    none: 421 request.host
    "#);
}

#[tokio::test]
async fn a_foreign_name_is_answered_with_the_mend() {
    let app = TestApp::new(Engine::Sqlite).await;
    let answer = app.get("/v1/me").header("host", "127.0.0.1:8080").send().await;
    assert_snapshot!(answer.shown(), @r#"
    421 application/problem+json
    {
      "detail": "The `Host` header is neither the issuer's host nor a listed one. Answering would let foreign names point at this server.",
      "expected": "localhost:8080",
      "hint": "Call http://localhost:8080 instead, or if people use 127.0.0.1:8080, start the server with `--issuer http://127.0.0.1:8080`.",
      "reason": "request.host",
      "received": "127.0.0.1:8080",
      "request_id": "[uuid]",
      "status": 421,
      "title": "The request was meant for another host",
      "type": "http://localhost:8080/reasons/request.host"
    }
    "#);
    let answer = app.get("/v1/me").header("host", "a\"b<c>").send().await;
    assert!(!answer.text().contains('<'), "{}", answer.text());
}

#[tokio::test]
async fn cors_is_for_configured_origins() {
    let app = TestApp::with(Engine::Sqlite, &[("http.origins", "https://app.example.com")]).await;
    let preflight = |origin: &str| {
        let call = app.call(Method::OPTIONS, "/v1/login").header("access-control-request-method", "POST");
        call.header("access-control-request-headers", "content-type").header("origin", origin).send()
    };
    let cors = |answer: &jotgate_harness::Answer| {
        let mut lines: Vec<_> =
            answer.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        lines.retain(|(name, _)| name.starts_with("access-control") || *name == "vary");
        lines.sort_unstable();
        let lines: Vec<_> = lines.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{} {}\n{}\n", answer.status, answer.reason(), lines.join("\n"))
    };
    let allowed = preflight("https://app.example.com").await;
    let foreign = preflight("https://evil.example").await;
    let null = preflight("null").await;
    let read = app.get("/v1/me").header("origin", "https://app.example.com").send().await;
    let unread = app.get("/v1/me").header("origin", "https://evil.example").send().await;
    let shown = [allowed, foreign, null, read, unread].iter().map(cors).collect::<Vec<_>>().join("\n");
    assert_snapshot!(shown, @r#"
    204 no reason
    access-control-allow-credentials: true
    access-control-allow-headers: Authorization, Content-Type, Idempotency-Key, DPoP
    access-control-allow-methods: GET, POST, PATCH, DELETE
    access-control-allow-origin: https://app.example.com
    access-control-expose-headers: Retry-After, WWW-Authenticate, DPoP-Nonce, Date, X-Request-Id
    access-control-max-age: 600
    vary: origin

    403 request.origin
    vary: accept
    vary: origin

    403 request.origin
    vary: accept
    vary: origin

    401 token.missing
    access-control-allow-credentials: true
    access-control-allow-origin: https://app.example.com
    access-control-expose-headers: Retry-After, WWW-Authenticate, DPoP-Nonce, Date, X-Request-Id
    vary: accept
    vary: origin

    401 token.missing
    vary: accept
    vary: origin
    "#);
}

#[tokio::test]
async fn options_without_a_preflight_is_a_wrong_method() {
    let app = TestApp::new(Engine::Sqlite).await;
    let answer = app.call(Method::OPTIONS, "/v1/me").send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (405, "request.method"));
    assert_eq!(answer.header("allow"), "GET,HEAD,PATCH,DELETE");
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let settings = [("issuer", "https://auth.example.com"), ("tokens.audience", "x")];
    for (app, https) in
        [(TestApp::new(Engine::Sqlite).await, false), (TestApp::with(Engine::Sqlite, &settings).await, true)]
    {
        for path in ["/", "/reasons/exp.expired", "/v1/me", "/nowhere", "/livez", "/.well-known/jwks.json"] {
            let answer = app.get(path).send().await;
            let policy = answer.header("content-security-policy");
            assert!(
                policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{path}"
            );
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            // A page with a form has to tell us its origin; the path, which may hold a link's token, nobody.
            let is_page = matches!(path, "/" | "/reasons/exp.expired");
            let referrer = if is_page { "strict-origin" } else { "no-referrer" };
            assert_eq!(answer.header("referrer-policy"), referrer, "{path}");
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert_eq!(answer.header("strict-transport-security").is_empty(), !https, "{path}");
            assert!(!answer.header("cache-control").is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_request_id_is_believed_only_from_a_trusted_proxy_and_only_when_sane() {
    let app = TestApp::with(Engine::Sqlite, &[("http.trusted_proxies", "10.0.0.0/8")]).await;
    for (peer, given, kept) in [
        ("10.0.0.1", "proxy-id-12345", true),
        ("203.0.113.9", "proxy-id-12345", false),
        ("10.0.0.1", "short", false),
        ("10.0.0.1", "has spaces in it", false),
    ] {
        let answer = app.get("/v1/me").header("x-request-id", given).from(peer).send().await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(id == given, kept, "{peer} {given}");
        assert_eq!(answer.member("request_id"), id);
    }
}

#[tokio::test]
async fn throttles_see_through_trusted_proxies_and_not_through_lies() {
    let app = TestApp::with(Engine::Sqlite, &[("http.trusted_proxies", "10.0.0.0/8")]).await;
    app.sign_up("ada@example.com").await;
    let wrong = json!({"email": "ada@example.com", "password": "not the password"});
    for n in 0..12 {
        let lie = format!("198.51.100.{n}, 203.0.113.7");
        app.post("/v1/login", &wrong).header("x-forwarded-for", &lie).from("10.0.0.1").send().await;
    }
    let right = json!({"email": "ada@example.com", "password": PASSWORD});
    let held =
        app.post("/v1/login", &right).header("x-forwarded-for", "203.0.113.7").from("10.0.0.1").send().await;
    assert_eq!(held.status, 429, "all twelve came from 203.0.113.7");
    let other =
        app.post("/v1/login", &right).header("x-forwarded-for", "203.0.113.8").from("10.0.0.1").send().await;
    assert_eq!(other.status, 200);
    let lie =
        app.post("/v1/login", &right).header("x-forwarded-for", "10.9.9.9").from("203.0.113.7").send().await;
    assert_eq!(lie.status, 429, "203.0.113.7 is no proxy");
}

#[tokio::test]
async fn a_refusal_can_be_explained_by_its_id() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let answer = app.get("/v1/sessions/x").bearer(&token).send().await;
    app.app.refusals.flush();
    let found = RefusalLog::find(app.folder(), answer.header("x-request-id")).unwrap().unwrap();
    assert_eq!((found.reason.as_str(), found.status), ("request.method", 405));
    assert_eq!(found.route, "GET /v1/sessions/{id}");
    let line =
        app.log().lines().find(|line| line.contains(answer.header("x-request-id"))).unwrap().to_owned();
    assert!(line.contains("/v1/sessions/{id}") && line.contains("status=405"), "{line}");
}

#[tokio::test]
async fn a_refusal_names_its_session_to_the_operator_only() {
    let app = TestApp::new(Engine::Sqlite).await;
    let session = app.sign_up("ada@example.com").await;
    app.post("/v1/logout", &json!({"refresh_token": session.member("refresh_token")})).send().await;
    let answer = app.get("/v1/me").bearer(&session.member("access_token")).send().await;
    app.app.refusals.flush();
    let kept = RefusalLog::find(app.folder(), &answer.member("request_id")).unwrap().unwrap();
    assert!(!answer.text().contains(&kept.session.unwrap()));
}

#[tokio::test]
async fn people_from_tutorials_find_the_way() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut seen = String::new();
    for path in ["/login", "/signup", "/register", "/refresh", "/logout"] {
        let answer = app.post(path, &json!({"username": "ada", "password": "x"})).send().await;
        assert_eq!(answer.header("content-type"), "application/problem+json");
        seen += &format!("{path}: {} {} | {}\n", answer.status, answer.reason(), answer.member("hint"));
        let page = app.get(path).header("accept", "text/html").send().await;
        let status = if matches!(path, "/register" | "/refresh") { 404 } else { 200 };
        assert_eq!(
            (page.status, page.header("content-type")),
            (status, "text/html; charset=utf-8"),
            "{path}"
        );
    }
    assert_snapshot!(seen, @r#"
    /login: 404 request.moved | use POST /v1/login; what your tutorial calls `token` is `access_token` here
    /signup: 404 request.moved | use POST /v1/signup with `email` and `password`; what your tutorial calls `token` is `access_token` here
    /register: 404 request.moved | use POST /v1/signup with `email` and `password`; what your tutorial calls `token` is `access_token` here
    /refresh: 404 request.moved | use POST /v1/refresh; what your tutorial calls `refreshToken` is `refresh_token` here, and each answer brings a new one
    /logout: 404 request.moved | use POST /v1/logout with `refresh_token`, the cookie or `Authorization: Bearer`
    "#);
}
