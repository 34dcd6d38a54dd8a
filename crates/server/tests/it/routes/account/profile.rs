//! `/account/profile`

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

use super::{is_page, signed_in};

#[tokio::test]
async fn what_is_typed_is_kept() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/profile").await;
        let typed = [("name", " Ada Lovelace "), ("username", "ada"), ("data", "{\"cart\": [1]}")];
        let page = browser.submit(&page, &typed).await;
        assert_eq!(page.path, "/account/profile?done=saved");
        assert!(page.says("Your profile is saved."));
        assert_eq!(page.field("name").as_deref(), Some("Ada Lovelace"));
        assert_eq!(page.field("data").as_deref(), Some("{\n  \"cart\": [\n    1\n  ]\n}"));
        let token = app.log_in(super::EMAIL).await.member("access_token");
        let me = app.get("/v1/me").bearer(&token).send().await.json();
        assert_eq!((&me["username"], &me["data"]), (&json!("ada"), &json!({"cart": [1]})));
        let page = browser.submit(&page, &[("name", ""), ("username", " "), ("data", "")]).await;
        assert!(page.says("Your profile is saved."));
        let me = app.get("/v1/me").bearer(&token).send().await.json();
        assert_eq!((&me["name"], &me["username"], &me["data"]), (&json!(null), &json!(null), &json!({})));
    }
}

#[tokio::test]
async fn what_does_not_fit_is_said_beside_its_field_and_nothing_is_changed() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.post("/v1/signup", &json!({"email": "b@example.com", "username": "bob", "password": PASSWORD}))
        .send()
        .await;
    let mut browser = signed_in(&app).await;
    let large = format!("{{\"text\": \"{}\"}}", "x".repeat(4096));
    let page = browser.open("/account/profile").await;
    for (field, typed, words) in [
        ("name", "a\u{202e}b", "none of them invisible"),
        ("username", "not a name", "letters, digits"),
        ("username", "BOB", "Somebody else has this user name."),
        ("data", "{\"a\":\n1,}", "This is not JSON: line 2, column 3."),
        ("data", "{\"a\": 1, \"a\": 2}", "This is not JSON"),
        ("data", "[1]", "It has to be a JSON object, such as {\"theme\": \"dark\"}."),
        ("data", &large, "more than 4 KiB"),
    ] {
        let wrong = browser.submit(&page, &[("name", "Changed"), (field, typed)]).await;
        assert!((400..500).contains(&wrong.status()), "{typed}");
        is_page(&wrong);
        assert!(wrong.says(words), "{words}: {}", wrong.text());
        assert_eq!(wrong.field(field).as_deref(), Some(typed), "what was typed is not lost");
        assert!(wrong.html().contains(&format!("href=\"#f-{field}\"")), "{field}");
    }
    assert_eq!(browser.open("/account/profile").await.field("name").as_deref(), Some(""));
}

#[tokio::test]
async fn the_language_is_that_of_the_account_in_every_browser() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        let page = browser.open("/account/profile").await;
        let page = browser.submit(&page, &[("language", "de")]).await;
        assert_eq!(page.heading(), "Profil");
        assert!(page.says("Ihr Profil ist gespeichert."));
        let mut other = super::log_in(jotgate_harness::Browser::new(&app), super::EMAIL).await;
        assert_eq!(other.open("/account/sessions").await.heading(), "Wo Sie angemeldet sind");
        assert_eq!(other.open("/account/sessions?lang=fr").await.heading(), "Vos connexions");
        assert_eq!(other.open("/account/sessions").await.heading(), "Vos connexions", "chosen here");
        let page = browser.open("/account/profile").await;
        let page = browser.submit(&page, &[("language", "")]).await;
        assert_eq!(page.heading(), "Profile");
        let page = browser.submit(&page, &[("language", "tlh")]).await;
        assert_eq!(page.field("language").as_deref(), Some(""), "an unknown one is none");
    }
}

#[tokio::test]
async fn nothing_that_is_typed_becomes_markup() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = signed_in(&app).await;
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let page = browser.open("/account/profile").await;
    let data = json!({"</textarea><script>alert(1)</script>": evil}).to_string();
    let page = browser.submit(&page, &[("name", evil), ("data", &data)]).await;
    assert_eq!(page.field("name").as_deref(), Some(evil));
    let refused = browser.submit(&page, &[("username", evil), ("data", &format!("{data}}}"))]).await;
    assert_eq!(refused.status(), 400);
    for page in [page, refused, browser.open("/account").await, browser.open("/account/delete").await] {
        is_page(&page);
        let html = page.html();
        for marked in ["<script", "<img src=x", "</textarea><"] {
            assert!(!html.contains(marked), "{}: {html}", page.path);
        }
    }
}
