//! Malformed input at every route of the list: always a 4xx problem document (or a page, for pages), never a 5xx.

use http::Method;
use jotgate_harness::{Answer, Engine, TestApp};
use jotgate_server::http::routes;
use serde_json::json;

const JSON: &str = "application/json";

/// Bodies that no route may accept, with their content type.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let wrapped = |value: &str| {
        format!(r#"{{"email":{value},"password":{value},"refresh_token":{value},"current":{value},"new":{value},"roles":{value},"name":{value},"data":{value}}}"#).into_bytes()
    };
    vec![
        ("bad JSON", JSON, b"{\"email\":".to_vec()),
        ("not JSON", JSON, b"email=ada".to_vec()),
        ("single quotes", JSON, b"{'email':'a'}".to_vec()),
        ("trailing comma", JSON, b"{\"email\":\"a\",}".to_vec()),
        ("two documents", JSON, b"{}{}".to_vec()),
        ("byte order mark", JSON, b"\xef\xbb\xbf{}".to_vec()),
        ("UTF-16", JSON, "{}".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("invalid UTF-8", JSON, b"{\"email\":\"\xff\xfe\"}".to_vec()),
        ("lone surrogate", JSON, wrapped(r#""\ud800""#)),
        ("array", JSON, b"[]".to_vec()),
        ("text", JSON, b"\"email\"".to_vec()),
        ("number", JSON, b"1e400".to_vec()),
        ("null", JSON, b"null".to_vec()),
        ("duplicate member", JSON, br#"{"email":"a@b.c","email":"d@e.f","password":"x"}"#.to_vec()),
        ("duplicate below", JSON, br#"{"data":{"a":1,"a":2}}"#.to_vec()),
        ("deep arrays", JSON, [vec![b'['; 10_000], vec![b']'; 10_000]].concat()),
        ("deep objects", JSON, [b"{\"a\":".repeat(5_000), b"1".to_vec(), b"}".repeat(5_000)].concat()),
        ("NUL escaped", JSON, wrapped(r#""a\u0000b""#)),
        ("NUL raw", JSON, b"{\"email\":\"a\0b\"}".to_vec()),
        ("numbers for texts", JSON, wrapped("5")),
        ("arrays for texts", JSON, wrapped("[[]]")),
        ("booleans for texts", JSON, wrapped("true")),
        ("huge", JSON, [b"{\"email\":\"".to_vec(), vec![b'a'; 2_000_000], b"\"}".to_vec()].concat()),
        ("form", "application/x-www-form-urlencoded", b"email=%00&email=b&password=%ff".to_vec()),
        ("plain", "text/plain", b"{}".to_vec()),
        ("multipart", "multipart/form-data; boundary=x", b"--x--".to_vec()),
        ("Latin-1", "application/json; charset=iso-8859-1", b"{}".to_vec()),
        ("broken type", "application/json, text/html", b"{}".to_vec()),
    ]
}

/// A path that matches the pattern.
fn path(pattern: &str) -> String {
    pattern
        .replace("{id}", "0192f0c1-3e0a-7c3b-9d7b-2b6f0c1d2e3f")
        .replace("{token}", "not-a-token")
        .replace("{code}", "not-a-code")
}

fn is_refusal(case: &str, answer: &Answer) {
    assert!((400..500).contains(&answer.status), "{case}: {} {}", answer.status, answer.text());
    match answer.header("content-type") {
        "application/problem+json" => {
            let problem = answer.json();
            for member in ["type", "title", "detail", "reason", "request_id", "hint"] {
                assert!(
                    problem[member].as_str().is_some_and(|text| !text.is_empty()),
                    "{case}: {member} in {problem}"
                );
            }
            assert_eq!(problem["status"], answer.status, "{case}");
            assert_eq!(
                problem["type"],
                format!("http://localhost:8080/reasons/{}", answer.reason()),
                "{case}"
            );
        }
        // RFC 6749 section 5.2.
        "application/json" => {
            let refusal = answer.json();
            for member in ["error", "error_description", "error_uri", "reason", "request_id"] {
                assert!(refusal[member].as_str().is_some_and(|text| !text.is_empty()), "{case}: {refusal}");
            }
            assert!(case.contains("/oauth/"), "{case}");
        }
        kind => assert_eq!(kind, "text/html; charset=utf-8", "{case}"),
    }
    assert!(answer.status != 401 || answer.headers.contains_key("www-authenticate"), "{case}");
}

#[tokio::test]
async fn bodies_at_every_route_that_reads_one() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = app.sign_up("ada@example.com").await.member("access_token");
        let reads = |method: &Method| {
            *method == Method::POST || *method == Method::PATCH || *method == Method::DELETE
        };
        let mut tried = 0;
        for (method, pattern) in routes() {
            // These act on the token and the path alone; a body is nothing to them.
            let bodiless = BODILESS.contains(&pattern);
            let Some(method) = method.filter(reads).filter(|_| !bodiless) else { continue };
            for (case, kind, body) in bodies() {
                let call = || {
                    app.call(method.clone(), &path(pattern)).body(kind, body.clone()).header("accept", JSON)
                };
                let case = format!("{engine:?} {method} {pattern}: {case}");
                // A page that needs a login leads to it before it looks at anything; signed in, `account` tries it.
                if pattern.starts_with("/account") || pattern == "/confirm" {
                    let answer = call().bearer(&token).send().await;
                    match answer.status {
                        303 => assert!(answer.header("location").starts_with("/login?next="), "{case}"),
                        _ => is_refusal(&case, &answer),
                    }
                    continue;
                }
                is_refusal(&case, &call().send().await);
                is_refusal(&case, &call().bearer(&token).send().await);
                tried += 1;
            }
        }
        assert!(tried > 9 * 25, "{tried} cases");
        assert_eq!(app.get("/v1/me").bearer(&token).send().await.status, 200, "nothing came of it");
    }
}

#[tokio::test]
async fn wrong_methods_at_every_route() {
    let app = TestApp::new(Engine::Sqlite).await;
    for (_, pattern) in routes() {
        let taken: Vec<_> =
            routes().into_iter().filter(|(_, other)| *other == pattern).map(|(method, _)| method).collect();
        for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE] {
            if taken.contains(&None) || taken.contains(&Some(method.clone())) {
                continue;
            }
            let answer =
                app.call(method.clone(), &path(pattern)).header("accept", "application/json").send().await;
            let case = format!("{method} {pattern}");
            assert_eq!((answer.status, answer.reason().as_str()), (405, "request.method"), "{case}");
            is_refusal(&case, &answer);
            for name in taken.iter().flatten() {
                assert!(answer.header("allow").contains(name.as_str()), "{case}: {}", answer.header("allow"));
            }
        }
    }
}

#[tokio::test]
async fn missing_members_at_every_route_that_needs_some() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    for (method, pattern) in [
        (Method::POST, "/v1/signup"),
        (Method::POST, "/v1/login"),
        (Method::POST, "/v1/password"),
        (Method::DELETE, "/v1/me"),
    ] {
        for body in [
            json!({}),
            json!({"email": null, "password": null, "current": null, "new": null}),
            json!({"unknown": 1}),
        ] {
            let answer = app.call(method.clone(), pattern).json(&body).bearer(&token).send().await;
            assert_eq!(
                (answer.status, answer.reason().as_str()),
                (400, "request.body"),
                "{method} {pattern} {body}"
            );
            assert!(answer.member("detail").contains("is missing"), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn paths_queries_and_headers_that_nobody_sends() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    for path in [
        "/v1/sessions/%ff",
        "/v1/sessions/%00",
        "/v1/admin/users/%ff",
        "/v1/admin/users?after=%ff",
        "/setup/%ff",
        "/setup/%00",
        "/reasons/%ff",
        "/reasons/..%2f..%2fetc%2fpasswd",
        "/v1",
        "/v1/",
        "//",
        "/v1/me/",
        "/v1//me",
        "/%2e%2e/v1/me",
        "/V1/ME",
        "/assets/../templates/base.html",
        "/assets/base.html",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let answer = app.call(method.clone(), path).bearer(&token).send().await;
            is_refusal(&format!("{method} {path}"), &answer);
        }
    }
    for (name, value) in [
        ("authorization", "Bearer \u{fc}"),
        ("cookie", "\u{fc}=\u{fc}; ; ;=;jotgate_refresh_0_8080"),
        ("cookie", "jotgate_refresh_0_8080=jgr_\u{fc}"),
        ("content-type", "\u{fc}"),
        ("origin", "\u{fc}"),
        ("content-length", "99999999999999999999"),
        ("accept", "\u{fc};q=x,,;"),
        ("x-forwarded-for", "\u{fc}"),
        ("idempotency-key", "\u{fc}"),
        ("if-none-match", "\u{fc}"),
    ] {
        for (method, path) in
            [(Method::POST, "/v1/refresh"), (Method::POST, "/v1/logout"), (Method::GET, "/v1/sessions")]
        {
            let answer = app.call(method.clone(), path).header(name, value).send().await;
            is_refusal(&format!("{method} {path} {name}: {value}"), &answer);
        }
    }
}

const BODILESS: [&str; 6] = [
    "/v1/logout/all",
    "/v1/sessions/{id}",
    "/v1/login/passkey/options",
    "/v1/passkeys/options",
    "/v1/mfa/totp",
    "/v1/mfa/recovery-codes",
];
