//! Forged requests (CSRF): a foreign page can make a browser send forms and plain texts with Ada's cookies.

use http::Method;
use jotgate_harness::{Engine, TestApp};

use super::{addresses, signed_in};

/// What a browser sends for a foreign page without asking the server first (Fetch: a simple request).
const BODIES: [(&str, &str); 4] = [
    (
        "application/x-www-form-urlencoded",
        "email=eve@example.com&password=eve+takes+it+all&new=eve+takes+it+all&current=x&code=123456&token=x&name=Eve&confirm=yes",
    ),
    ("text/plain", r#"{"email":"eve@example.com","password":"eve takes it all","new":"eve takes it all"}"#),
    (
        "multipart/form-data; boundary=b",
        "--b\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nEve\r\n--b--\r\n",
    ),
    ("", ""),
];

/// Who the browser says asked. Nothing at all is what a browser never sends for another page's POST.
const ORIGINS: [&[(&str, &str)]; 4] = [
    &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    &[("origin", "null"), ("sec-fetch-site", "cross-site")],
    &[("origin", "http://localhost:9999"), ("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "cross-site")],
];

/// Refused because of the origin, or because a cookie, a form or the method does not count there at all.
const REFUSALS: [&str; 7] = [
    "request.origin",
    "token.missing",
    "request.content_type",
    "request.moved",
    "request.method",
    "request.not_found",
    "oauth",
];

/// Hands a challenge to whoever asks: it opens nothing, belongs to nobody, and a foreign page cannot read it.
const CHALLENGE: &str = "/v1/login/passkey/options";

#[tokio::test]
async fn no_state_changing_route_takes_a_request_of_a_foreign_page() {
    let app = TestApp::new(Engine::Sqlite).await;
    let cookies = signed_in(&app).await;
    let mut tried = 0;
    for (method, path) in addresses() {
        let unsafe_ones = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let Some(method) = method.or(Some(Method::POST)).filter(|method| unsafe_ones.contains(method)) else {
            continue;
        };
        for (kind, body) in BODIES {
            for headers in ORIGINS {
                let call =
                    app.call(method.clone(), &path).cookies(&cookies).header("accept", "application/json");
                let call = if kind.is_empty() { call } else { call.body(kind, body) };
                let answer =
                    headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send().await;
                let reason = if path.starts_with("/oauth") { "oauth".into() } else { answer.reason() };
                if path == CHALLENGE && answer.status == 200 {
                    assert!(answer.cookies().is_empty(), "{headers:?}");
                    continue;
                }
                let what = format!("{method} {path} {kind} {headers:?}: {} {reason}", answer.status);
                assert!((400..500).contains(&answer.status), "{what}");
                assert!(REFUSALS.contains(&reason.as_str()), "{what}");
                assert!(answer.cookies().is_empty(), "{what}");
                tried += 1;
            }
        }
    }
    assert!(tried >= 16 * 20, "only {tried} requests were tried");
    assert_eq!(
        app.get("/v1/verify").header("x-original-method", "GET").cookies(&cookies).send().await.status,
        200,
        "the session is alive"
    );
    assert_eq!(app.log_in("ada@example.com").await.status, 200, "the password is what it was");
}
