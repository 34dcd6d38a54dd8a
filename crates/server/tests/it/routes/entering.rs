//! The way in and out for people: `/login`, `/signup`, `/logout`, as a browser without scripts goes it.

use jotgate_harness::{Browser, Engine, PASSWORD, Page, TestApp};

const ADA: &str = "ada@example.com";
const SESSION: &str = "jotgate_session_8080";

async fn log_in<'a>(app: &'a TestApp, next: &str) -> (Browser<'a>, Page) {
    let mut browser = Browser::new(app);
    let page = browser.open(&format!("/login{next}")).await;
    let page = browser.submit(&page, &[("login", ADA), ("password", PASSWORD)]).await;
    (browser, page)
}

#[tokio::test]
async fn signing_up_logging_out_and_in_again() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = Browser::new(&app);
        let page = browser.open("/signup").await;
        assert_eq!((page.status(), page.heading().as_str()), (200, "Create your Jotgate account"));
        let fields = [("email", ADA), ("name", "Ada"), ("password", PASSWORD)];
        browser.submit(&page, &fields).await;
        assert!(browser.cookie(SESSION).is_some());
        let home = browser.open("/").await;
        assert_eq!(home.heading(), "Hello, Ada");
        let out = browser.press(&home, "Log out").await;
        assert_eq!((out.heading().as_str(), out.path.as_str()), ("You are signed out", "/logout"));
        assert_eq!(browser.cookies(), []);
        assert!(!browser.open("/").await.says("Log out"));
        let page = browser.open("/login").await;
        browser.submit(&page, &[("login", "Ada@Example.com"), ("password", PASSWORD)]).await;
        assert_eq!(browser.open("/").await.heading(), "Hello, Ada");
    }
}

#[tokio::test]
async fn a_login_leads_to_where_one_meant_to_go() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up(ADA).await;
    for (next, led) in [
        ("?next=%2Freasons%3Fa%3Db", "/reasons?a=b"),
        ("", "/account"),
        ("?next=%2F%2Fevil.example", "/account"),
        ("?next=https%3A%2F%2Fevil.example", "/account"),
        ("?next=%2F%5Cevil.example", "/account"),
    ] {
        let (_, page) = log_in(&app, next).await;
        assert_eq!((page.path.as_str(), page.hops.as_slice()), (led, &[(303, "/login".to_owned())][..]));
    }
}
