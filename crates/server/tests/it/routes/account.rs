//! `/account` and the pages below it, as a browser without scripts meets them.

mod deleting;
mod password;
mod profile;
mod sessions;

use std::time::Duration;

use http::Method;
use jotgate_harness::{Browser, Engine, PASSWORD, Page, TestApp};
use jotgate_server::http::routes;

use crate::personal::tables;

const EMAIL: &str = "ada@example.com";

/// The pages that one may look at.
const ROOMS: [&str; 8] = [
    "/account",
    "/account/profile",
    "/account/email",
    "/account/security",
    "/account/password",
    "/account/sessions",
    "/account/data",
    "/account/delete",
];

/// Somebody with an account, and their browser, signed in.
async fn signed_in(app: &TestApp) -> Browser<'_> {
    signed_in_as(app, EMAIL).await
}

async fn signed_in_as<'a>(app: &'a TestApp, email: &str) -> Browser<'a> {
    app.sign_up(email).await;
    let browser = Browser::new(app).with_header("user-agent", FIREFOX);
    log_in(browser, email).await
}

async fn log_in<'a>(mut browser: Browser<'a>, email: &str) -> Browser<'a> {
    let page = browser.open("/login").await;
    let page = browser.submit(&page, &[("login", email), ("password", PASSWORD)]).await;
    assert_eq!((page.status(), page.path.as_str()), (200, "/account"), "{}", page.text());
    browser
}

/// What the browser holds of a session: the cookie that recognises the device is nobody's.
fn of_session(browser: &Browser<'_>) -> Vec<(String, String)> {
    browser.cookies().iter().filter(|(name, _)| !name.contains("device")).cloned().collect()
}

/// Runs a statement past the server, for what it does not do by itself.
async fn past(app: &TestApp, sql: &str) {
    tables::run(&app.database().database(), sql).await;
}

/// What the policy forbids must not be in a page either, and a page says what it is.
fn is_page(page: &Page) {
    let html = page.html();
    assert_eq!(page.answer.header("content-type"), "text/html; charset=utf-8", "{}", page.path);
    // One script of ours where passkeys are made, and none within a page.
    let scripts = html.matches("<script src=\"/assets/passkey.js?v=").count();
    assert_eq!((html.matches("<script").count(), scripts <= 1), (scripts, true), "{}", page.path);
    for forbidden in [" style=", " onclick", " onload", "javascript:", "<style"] {
        assert!(!html.contains(forbidden), "{}: {forbidden}", page.path);
    }
    assert_eq!(html.matches("<h1>").count(), 1, "{}: {html}", page.path);
}

#[tokio::test]
async fn every_room_opens_for_its_owner_and_for_nobody_else() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        for room in ROOMS {
            let page = browser.open(room).await;
            assert_eq!((page.status(), page.path.as_str()), (200, room));
            is_page(&page);
            let links = page.links();
            ROOMS[..7]
                .iter()
                .for_each(|other| assert!(links.contains(&(*other).to_owned()), "{room}: {other}"));
            let stranger = app.get(room).send().await;
            assert_eq!(stranger.status, 303);
            let expected = match room {
                "/account" => "/login?next=%2Faccount".to_owned(),
                _ => format!("/login?next={}", room.replace('/', "%2F")),
            };
            assert_eq!(stranger.header("location"), expected);
        }
    }
}

#[tokio::test]
async fn the_first_room_says_what_there_is_to_do() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = signed_in(&app).await;
    let page = browser.open("/account").await;
    assert_eq!(page.heading(), "Hello, ada@example.com");
    for words in
        ["Confirm your e-mail address", "Add a second step", "not confirmed", "2 places", "Password set"]
    {
        assert!(page.says(words), "{words}: {}", page.text());
    }
    past(&app, "UPDATE users SET email_verified = 1, name = 'Ada'").await;
    let page = browser.open("/account").await;
    assert_eq!(page.heading(), "Hello, Ada");
    assert!(!page.says("Confirm your e-mail address") && page.says("Add a second step"));
}

/// With mail on, and nothing left to do.
#[tokio::test]
async fn and_that_there_is_nothing_left_to_do() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = signed_in(&app).await;
    let id = app.log_in(EMAIL).await.json()["user"]["id"].as_str().unwrap().parse().unwrap();
    tables::fill(&app.database().database(), id).await;
    past(&app, "UPDATE users SET email_verified = 1").await;
    let page = browser.open("/account").await;
    assert!(page.says("authenticator app, passkeys: 1"), "{}", page.text());
    assert!(page.says("You have 0 left"), "a used recovery code is none: {}", page.text());
    past(&app, "UPDATE recovery_codes SET used_at = NULL").await;
    assert!(browser.open("/account").await.says("You have 1 left"));
}

#[tokio::test]
async fn the_pages_speak_the_language_that_was_asked_for() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = signed_in(&app).await.with_header("accept-language", "fr-CH, fr;q=0.9");
    for (room, heading) in [
        ("/account", "Bonjour, ada@example.com"),
        ("/account/profile", "Profil"),
        ("/account/password", "Mot de passe"),
        ("/account/sessions", "Vos connexions"),
        ("/account/data", "Vos données"),
        ("/account/delete", "Supprimer votre compte ?"),
    ] {
        let page = browser.open(room).await;
        assert_eq!(page.heading(), heading, "{room}");
        assert!(page.html().contains("<html lang=\"fr\">"));
    }
    assert_eq!(browser.open("/account/sessions?lang=de").await.heading(), "Wo Sie angemeldet sind");
}

/// Everything below `/account` that changes something, whatever will be added there.
#[tokio::test]
async fn no_foreign_page_can_press_a_button() {
    let app = TestApp::new(Engine::Sqlite).await;
    let browser = signed_in(&app).await;
    let posted: Vec<_> = routes()
        .into_iter()
        .filter(|(method, path)| *method == Some(Method::POST) && path.starts_with("/account"))
        .map(|(_, path)| path.replace("{id}", "019abcde-0000-7000-8000-000000000000"))
        .collect();
    assert!(posted.len() >= 6, "{posted:?}");
    let form = "application/x-www-form-urlencoded";
    for path in &posted {
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://localhost:8081"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("x-nothing", "at all"),
        ] {
            let call = app.call(Method::POST, path).cookies(browser.cookies());
            let answer = call.header(name, value).body(form, "name=Mallory&sure=yes").send().await;
            assert_eq!(answer.status, 403, "{path} {name}: {value}");
        }
    }
    let mut browser = browser;
    assert!(!browser.open("/account").await.says("Mallory"));
}

/// Nor can a broken form do anything but be refused.
#[tokio::test]
async fn what_is_no_form_is_refused() {
    let app = TestApp::new(Engine::Sqlite).await;
    let browser = signed_in(&app).await;
    for (method, pattern) in routes() {
        // What the script of passkeys asks for is asked in JSON.
        let asked_by_script = pattern == "/account/security/passkeys/options";
        if method != Some(Method::POST) || !pattern.starts_with("/account") {
            continue;
        }
        let path = pattern.replace("{id}", "019abcde-0000-7000-8000-000000000000");
        let form = "application/x-www-form-urlencoded";
        for (kind, body) in [
            ("application/json", if asked_by_script { "[]" } else { "{}" }),
            ("multipart/form-data; boundary=x", "--x--"),
            (form, "name=a&name=b"),
            (form, "name=a%00b"),
        ] {
            let call = app.call(Method::POST, &path).cookies(browser.cookies());
            let answer = call.header("origin", "http://localhost:8080").body(kind, body).send().await;
            assert!([400, 415].contains(&answer.status), "{path} {kind} {body}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn a_copy_of_everything_is_saved_as_a_file() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/data").await;
        assert!(page.says("Where you were signed in 30 days after the end"), "{}", page.text());
        let file = browser.press(&page, "Download a copy").await;
        assert_eq!((file.status(), file.answer.header("content-type")), (200, "application/json"));
        assert!(
            file.answer.header("content-disposition").starts_with("attachment; filename=\"personal-data-")
        );
        assert_eq!(file.answer.json()["account"]["email"], EMAIL);
        app.clock.advance(app.app.config.sessions.recent_login + Duration::from_secs(1));
        let page = browser.open("/account/data").await;
        let asked = browser.press(&page, "Download a copy").await;
        assert_eq!(asked.hops.last().map(|hop| hop.1.as_str()), Some("/account/data/export"));
        assert_eq!(asked.path, "/confirm?next=%2Faccount%2Fdata");
    }
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
