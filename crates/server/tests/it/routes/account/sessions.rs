//! `/account/sessions`

use std::time::Duration;

use jotgate_harness::{Browser, Engine, PASSWORD, TestApp};
use serde_json::json;

use super::{FIREFOX, is_page, log_in, of_session, signed_in, signed_in_as};

/// The id of the caller's own session.
async fn sid(app: &TestApp, token: &str) -> String {
    let list = app.get("/v1/sessions").bearer(token).send().await.json();
    let mut all = list["sessions"].as_array().unwrap().iter();
    all.find(|session| session["current"] == true).unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_device_is_named_and_this_one_comes_first() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        app.clock.advance(Duration::from_secs(3 * 3600));
        let login = json!({"email": super::EMAIL, "password": PASSWORD});
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
        for agent in ["curl/8.14.1", "<script>alert(1)</script>", phone] {
            app.clock.advance(Duration::from_secs(60));
            app.post("/v1/login", &login).header("user-agent", agent).from("2001:db8::7").send().await;
        }
        app.clock.advance(Duration::from_secs(30 * 3600));
        let page = browser.open("/account/sessions").await;
        is_page(&page);
        let text = page.text();
        let order = ["Firefox on Linux this one", "Safari on iPhone", "Unknown device"];
        let places: Vec<_> =
            order.iter().map(|words| text.find(words).unwrap_or_else(|| panic!("{words}: {text}"))).collect();
        assert!(places.is_sorted_by(|a, b| a < b), "{text}");
        for words in [
            "192.0.2.7 · last used within the last hour",
            "2001:db8::7 · last used 1 day ago",
            "Signed in 1 January 2026, 00:00 UTC",
            "Signed in 1 January 2026, 03:03 UTC",
            "curl/8.14.1",
            "<script>alert(1)</script>",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert_eq!(page.html().matches("/end\">").count(), 5);
    }
}

#[tokio::test]
async fn one_is_ended_and_the_others_live() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        let [lost, kept] = [app.log_in(super::EMAIL).await, app.log_in(super::EMAIL).await];
        let (lost, kept) = (lost.member("access_token"), kept.member("access_token"));
        let page = browser.open("/account/sessions").await;
        let path = format!("/account/sessions/{}/end", sid(&app, &lost).await);
        let form = page.forms().into_iter().find(|form| form.action == path).unwrap();
        let page = browser.send(&form, &[]).await;
        assert_eq!(page.path, "/account/sessions?done=ended");
        assert_eq!(app.get("/v1/me").bearer(&lost).send().await.reason(), "revoked.session");
        assert_eq!(app.get("/v1/me").bearer(&kept).send().await.status, 200);
        assert_eq!(browser.send(&form, &[]).await.status(), 404, "it is gone");
        let page = browser.press(&page, "Sign out everywhere else").await;
        assert_eq!(page.path, "/account/sessions?done=others");
        assert!(page.says("You are signed in nowhere else."), "{}", page.text());
        assert_eq!(app.get("/v1/me").bearer(&kept).send().await.reason(), "revoked.session");
        assert_eq!(browser.open("/account").await.path, "/account");
    }
}

#[tokio::test]
async fn ending_this_one_signs_out() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut browser = signed_in(&app).await;
        let other = app.log_in(super::EMAIL).await.member("access_token");
        let page = browser.open("/account/sessions").await;
        let held = browser.cookies().to_vec();
        let page = browser.press(&page, "Sign out here").await;
        assert_eq!((page.path.as_str(), page.heading().as_str()), ("/logout", "You are signed out"));
        assert_eq!(of_session(&browser), []);
        let mut thief = Browser::new(&app);
        held.iter().for_each(|(name, value)| thief.set_cookie(name, value));
        assert_eq!(thief.open("/account").await.path, "/login?next=%2Faccount&why=signed-out");
        assert_eq!(app.get("/v1/me").bearer(&other).send().await.status, 200);
    }
}

#[tokio::test]
async fn those_of_others_are_nobody_s_business() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let bob = app.sign_up("bob@example.com").await.member("access_token");
        let theirs = sid(&app, &bob).await;
        let mut browser = signed_in_as(&app, super::EMAIL).await;
        let page = browser.open("/account/sessions").await;
        let mut form = page.forms().into_iter().find(|form| form.action.ends_with("/end")).unwrap();
        for id in
            [theirs.as_str(), &theirs.to_uppercase(), &theirs.replace('-', ""), "1", "%00", "..%2f..", "%ff"]
        {
            form.action = format!("/account/sessions/{id}/end");
            let answer = browser.send(&form, &[]).await;
            assert_eq!(answer.status(), 404, "{id}");
            is_page(&answer);
        }
        assert_eq!(app.get("/v1/me").bearer(&bob).send().await.status, 200);
        assert_eq!(browser.open("/account").await.path, "/account");
    }
}

#[tokio::test]
async fn what_was_ended_elsewhere_leads_to_the_login() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut first = signed_in(&app).await;
    let mut second = log_in(Browser::new(&app).with_header("user-agent", FIREFOX), super::EMAIL).await;
    let page = second.open("/account/sessions").await;
    second.press(&page, "Sign out everywhere else").await;
    let page = first.open("/account/profile").await;
    assert_eq!(page.path, "/login?next=%2Faccount%2Fprofile&why=signed-out");
}
