//! Clickjacking: no page may be shown in a frame of another, and none may run what is not ours.

use http::Method;
use jotgate_harness::{Engine, TestApp};

use super::{addresses, signed_in};

#[tokio::test]
async fn every_page_forbids_frames_and_inline_code() {
    let app = TestApp::new(Engine::Sqlite).await;
    let cookies = signed_in(&app).await;
    let mut pages = 0;
    for (method, path) in addresses() {
        if method.is_some_and(|method| method != Method::GET) || path == "/v1/revocations" {
            continue;
        }
        let call = app.get(&path).from("127.0.0.1").cookies(&cookies).header("accept", "text/html");
        let answer = call.send().await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        if !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        pages += 1;
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"),
            "{path}: {policy}"
        );
        assert!(policy.contains("form-action 'self'"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        let text = answer.text();
        for inline in [" style=", " onclick=", " onload=", " onerror=", "javascript:", "<script>"] {
            assert!(!text.contains(inline), "{path} has {inline}");
        }
    }
    assert!(pages >= 8, "only {pages} pages were seen");
}
