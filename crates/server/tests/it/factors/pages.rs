//! The second step and the step-up as a browser without scripts goes them.

use jotgate_harness::{Browser, Engine, PASSWORD, Page, TestApp};

use super::{Phone, first_step, no, refused, second_step, wait_a_step, with_phone};

const ADA: &str = "ada@example.com";
const MFA: &str = "jotgate_mfa_8080";
const SESSION: &str = "jotgate_session_8080";

async fn log_in<'a>(app: &'a TestApp, next: &str) -> (Browser<'a>, Page) {
    let mut browser = Browser::new(app);
    let page = browser.open(&format!("/login{next}")).await;
    let page = browser.submit(&page, &[("login", ADA), ("password", PASSWORD)]).await;
    (browser, page)
}

#[tokio::test]
async fn a_login_asks_for_the_code_and_leads_on() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, _) = with_phone(&app, ADA).await;
        let (mut browser, page) = log_in(&app, "?next=%2Freasons%3Fa%3Db").await;
        assert_eq!(page.heading(), "Enter the code from your app", "{engine:?}");
        assert!(page.path.starts_with("/mfa?next=") && page.says(ADA));
        assert!(browser.cookie(SESSION).is_none());
        assert!(!page.path.contains(&browser.cookie(MFA).unwrap()));

        let wrong = browser.submit(&page, &[("code", &phone.wrong_code(&app))]).await;
        assert_eq!((wrong.status(), wrong.says("You have 4 tries left")), (401, true), "{engine:?}");
        let page = browser.submit(&wrong, &[("code", &phone.code(&app))]).await;
        assert_eq!(page.path, "/reasons?a=b", "{engine:?}");
        assert!(browser.cookie(SESSION).is_some() && browser.cookie(MFA).is_none(), "{engine:?}");
    }
}

#[tokio::test]
async fn a_recovery_code_takes_its_place() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (_, codes) = with_phone(&app, ADA).await;
    let (mut browser, page) = log_in(&app, "").await;
    assert!(page.says("Use a recovery code"));
    let page = browser.open("/mfa?by=recovery_code").await;
    assert_eq!(page.heading(), "Enter a recovery code");
    let page = browser.submit(&page, &[("code", &codes[0])]).await;
    assert_eq!(page.path, "/account");
    assert!(browser.cookie(SESSION).is_some());
}

#[tokio::test]
async fn the_last_try_leads_back_to_the_login() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, ADA).await;
    let (mut browser, mut page) = log_in(&app, "?next=%2Freasons").await;
    for _ in 0..5 {
        page = browser.submit(&page, &[("code", &phone.wrong_code(&app))]).await;
    }
    assert_eq!(page.path, "/login?next=%2Freasons&why=expired");
    assert_eq!(browser.open("/mfa").await.path, "/login?why=expired");
}

#[tokio::test]
async fn looking_changes_nothing_and_an_empty_field_costs_no_try() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, ADA).await;
    let (mut browser, page) = log_in(&app, "").await;
    for _ in 0..10 {
        browser.open("/mfa").await;
        assert_eq!(browser.submit(&page, &[("code", " ")]).await.status(), 400);
    }
    assert_eq!(browser.submit(&page, &[("code", &phone.code(&app))]).await.path, "/account");
}

/// Somebody plants the cookie of a login of their own, so that the victim finishes it or is taken for them.
#[tokio::test]
async fn a_planted_cookie_leads_nobody_into_another_account() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (victim, codes) = with_phone(&app, ADA).await;
    with_phone(&app, "eve@example.com").await;
    let planted = first_step(&app, "eve@example.com").await;
    for (member, code) in [("code", victim.code(&app)), ("code", codes[0].clone())] {
        let by = if code.len() == 6 { "totp" } else { "recovery_code" };
        let answer = app
            .call(http::Method::POST, "/mfa")
            .header("origin", "http://localhost:8080")
            .header("cookie", &format!("{MFA}={planted}"))
            .body("application/x-www-form-urlencoded", format!("{member}={code}&by={by}&next=%2Faccount"))
            .send()
            .await;
        assert_eq!(answer.status, 401, "{}", answer.text());
        assert!(answer.cookies().iter().all(|(name, _)| name != SESSION));
    }
    // What was typed into the wrong login was not used up.
    let own = first_step(&app, ADA).await;
    assert_eq!(second_step(&app, &own, &victim.code(&app)).await.status, 200);
}

#[tokio::test]
async fn other_sites_can_send_nothing_here() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, ADA).await;
    let waiting = first_step(&app, ADA).await;
    for origin in ["https://evil.example", "null"] {
        let form = format!("code={}&by=totp", phone.code(&app));
        let answer = app
            .call(http::Method::POST, "/mfa")
            .header("origin", origin)
            .header("cookie", &format!("{MFA}={waiting}"))
            .header("accept", "application/json")
            .body("application/x-www-form-urlencoded", form)
            .send()
            .await;
        assert_eq!(refused(&answer), no(403, "request.origin"), "{origin}");
    }
    // The token of the cookie is no session and the other way round.
    let page = app.get("/account/security").header("cookie", &format!("{SESSION}={waiting}")).send().await;
    assert_eq!(page.status, 303);
}

#[tokio::test]
async fn a_step_up_asks_again_and_leads_back() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up(ADA).await;
        let (mut browser, _) = log_in(&app, "").await;
        let before = browser.cookie(SESSION);
        app.clock.advance(std::time::Duration::from_secs(7200));
        let page = browser.open("/confirm?next=%2Freasons").await;
        assert_eq!(page.heading(), "Is it still you?", "{engine:?}");
        let wrong = browser.submit(&page, &[("password", "eight copper pans sing")]).await;
        assert_eq!(wrong.status(), 403, "{engine:?}");
        let page = browser.submit(&wrong, &[("password", PASSWORD)]).await;
        assert_eq!(page.path, "/reasons", "{engine:?}");
        assert_ne!(browser.cookie(SESSION), before, "{engine:?}");
        assert_eq!(browser.open("/confirm").await.heading(), "Is it still you?", "{engine:?}");
    }
}

#[tokio::test]
async fn a_step_up_asks_for_the_second_step_too() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, ADA).await;
    let (mut browser, page) = log_in(&app, "").await;
    browser.submit(&page, &[("code", &phone.code(&app))]).await;
    wait_a_step(&app);
    let page = browser.open("/confirm?next=%2Freasons").await;
    let page = browser.submit(&page, &[("password", PASSWORD)]).await;
    assert_eq!(page.heading(), "Enter the code from your app");
    let page = browser.submit(&page, &[("code", &phone.code(&app))]).await;
    assert_eq!(page.path, "/reasons");
}

#[tokio::test]
async fn nobody_is_asked_to_confirm_who_is_not_here() {
    let app = TestApp::new(Engine::Sqlite).await;
    let page = Browser::new(&app).open("/confirm?next=%2Freasons").await;
    assert!(page.path.starts_with("/login?next=%2Fconfirm"), "{}", page.path);
}

#[tokio::test]
async fn an_app_is_added_and_removed_and_codes_are_shown_once() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up(ADA).await;
        let (mut browser, _) = log_in(&app, "").await;
        let page = browser.open("/account/security").await;
        assert_eq!(page.heading(), "Security", "{engine:?}");
        let page = browser.press(&page, "Add an authenticator app").await;
        assert_eq!(page.path, "/account/security/app", "{engine:?}");
        assert_eq!(page.answer.header("cache-control"), "no-store");
        let html = page.html();
        assert!(html.contains("<svg ") && !html.contains("style="), "{engine:?}");
        let secret = html.split("<code>").nth(1).and_then(|rest| rest.split('<').next());
        let phone = Phone::scan(secret.expect("the key to type"));

        // A wrong code shows the same secret again, which the app may have by now.
        let again = browser.submit(&page, &[("code", &phone.wrong_code(&app))]).await;
        assert_eq!(again.status(), 401, "{engine:?}");
        assert!(again.html().contains(secret.expect("the key to type")), "{engine:?}");
        let codes = browser.submit(&again, &[("code", &phone.code(&app))]).await;
        assert_eq!(codes.heading(), "Your recovery codes", "{engine:?}");
        assert_eq!(codes.answer.header("cache-control"), "no-store");
        assert!(browser.open("/account/security").await.says("10 of 10 are left"), "{engine:?}");

        // The session did not show the factor, so it has to before it can take it away.
        wait_a_step(&app);
        let page = browser.open("/account/security").await;
        let confirm = browser.press(&page, "Remove").await;
        assert_eq!(confirm.path, "/confirm?next=%2Faccount%2Fsecurity", "{engine:?}");
        let second = browser.submit(&confirm, &[("password", PASSWORD)]).await;
        let page = browser.submit(&second, &[("code", &phone.code(&app))]).await;
        assert_eq!(page.path, "/account/security", "{engine:?}");
        let page = browser.press(&page, "Remove").await;
        assert!(page.says("The app was removed"), "{engine:?}");
        assert_eq!(log_in(&app, "").await.1.path, "/account", "{engine:?}");
    }
}
