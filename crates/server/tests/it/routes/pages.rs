//! The pages: `/`, `/setup/{token}`, `/reasons` and the pages of refusals.

use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use jotgate_server::flow::set_up::make_setup_link;
use jotgate_token::reason;
use serde_json::json;

/// What the policy forbids must not be in a page either, and a page says what it is.
fn is_page(path: &str, answer: &Answer, status: u16) -> String {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (status, "text/html; charset=utf-8"),
        "{path}"
    );
    let html = answer.text();
    for forbidden in ["<script", " style=", " onclick", " onload", "javascript:", "<style"] {
        assert!(!html.contains(forbidden), "{path}: {forbidden}");
    }
    assert!(
        html.starts_with("<!doctype html>") && html.contains("<title>") && html.contains("<h1>"),
        "{html}"
    );
    html
}

async fn setup_path(app: &TestApp) -> String {
    let link = make_setup_link(&app.app).await.unwrap();
    app.remember(link.rsplit('/').next().unwrap());
    link.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

fn form(email: &str, password: &str) -> String {
    format!("email={}&password={}", email.replace('@', "%40"), password.replace(' ', "+"))
}

const LOCAL: &str = "http://localhost:8080";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_first_page_shows_lines_for_this_issuer() {
    let app = TestApp::with(Engine::Sqlite, &[("issuer", "http://localhost:9000")]).await;
    let html =
        is_page("/", &app.get("/").header("host", "localhost:9000").from("127.0.0.1").send().await, 200);
    assert_eq!(html.matches("curl ").count(), 5);
    assert!(html.contains("http://localhost:9000/v1/login"));
}

#[tokio::test]
async fn every_reason_has_its_page() {
    let app = TestApp::new(Engine::Sqlite).await;
    let index = is_page("/reasons", &app.get("/reasons").send().await, 200);
    for reason in reason::ALL {
        let path = format!("/reasons/{}", reason.code);
        let html = is_page(&path, &app.get(&path).send().await, 200);
        assert!(html.contains(reason.code) && index.contains(&path), "{path}");
    }
    let missing = app.get("/reasons/not.there").send().await;
    is_page("/reasons/not.there", &missing, 404);
}

#[tokio::test]
async fn errors_outside_the_api_are_pages_unless_json_is_preferred() {
    let app = TestApp::new(Engine::Sqlite).await;
    is_page("/nowhere", &app.get("/nowhere").send().await, 404);
    let json = app.get("/nowhere").header("accept", "application/json").send().await;
    assert_eq!(json.header("content-type"), "application/problem+json");
    let api = app.get("/v1/nowhere").header("accept", "text/html").send().await;
    assert_eq!(api.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn the_setup_link_makes_one_administrator_once() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let path = setup_path(&app).await;
        let page = app.get(&path).send().await;
        let html = is_page(&path, &page, 200);
        assert!(html.contains("<form method=\"post\">") && html.contains("minlength=\"8\""));
        assert_eq!(page.header("referrer-policy"), "strict-origin");
        is_page(&path, &app.get(&path).send().await, 200);
        let post = |email: &str, password: &str| {
            app.call(http::Method::POST, &path)
                .body(FORM, form(email, password))
                .header("origin", LOCAL)
                .send()
        };
        let weak = post("root@example.com", "password").await;
        let html = is_page(&path, &weak, 400);
        assert!(html.contains("value=\"root@example.com\"") && html.contains("role=\"alert\""), "{html}");
        let done = post("root@example.com", PASSWORD).await;
        assert!(is_page(&path, &done, 200).contains("root@example.com"));
        is_page(&path, &post("second@example.com", PASSWORD).await, 410);
        is_page(&path, &app.get(&path).send().await, 410);
        let token = app.log_in("root@example.com").await.member("access_token");
        assert_eq!(app.get("/v1/admin/users").bearer(&token).send().await.status, 200);
    }
}

#[tokio::test]
async fn a_newer_setup_link_voids_the_older_and_an_hour_ends_it() {
    let app = TestApp::new(Engine::Sqlite).await;
    let older = setup_path(&app).await;
    let newer = setup_path(&app).await;
    assert_eq!(app.get(&older).send().await.status, 410);
    assert_eq!(app.get(&newer).send().await.status, 200);
    app.clock.advance(std::time::Duration::from_secs(3600));
    assert_eq!(app.get(&newer).send().await.status, 410);
}

#[tokio::test]
async fn the_setup_form_takes_forms_from_our_own_page_only() {
    let app = TestApp::new(Engine::Sqlite).await;
    let path = setup_path(&app).await;
    let body = form("root@example.com", PASSWORD);
    let post = |origin: &str| {
        app.call(http::Method::POST, &path).body(FORM, body.clone()).header("origin", origin).send()
    };
    for origin in ["https://evil.example", "null"] {
        assert_eq!(post(origin).await.status, 403, "{origin}");
    }
    let unvouched = app.call(http::Method::POST, &path).body(FORM, body.clone()).send().await;
    assert_eq!(unvouched.status, 403, "browsers always say which page sent a form");
    let json = app.post(&path, &json!({"email": "a@b.c", "password": PASSWORD}));
    assert_eq!(json.header("origin", LOCAL).send().await.reason(), "request.content_type");
    for twice in ["email=a%40b.c&email=c%40d.e&password=x", "email=a%40b.c&password=a%00b"] {
        let call = app.call(http::Method::POST, &path).body(FORM, twice).header("origin", LOCAL);
        let answer = call.send().await;
        assert_eq!(answer.status, 400, "{twice}");
    }
    assert_eq!(post(LOCAL).await.status, 200);
}

#[tokio::test]
async fn what_people_type_is_escaped() {
    let app = TestApp::new(Engine::Sqlite).await;
    let path = setup_path(&app).await;
    let body = "email=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E&password=seven+brass+kettles+hum";
    let answer = app.call(http::Method::POST, &path).body(FORM, body).header("origin", LOCAL).send().await;
    let html = is_page(&path, &answer, 400);
    assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"), "{html}");
}
