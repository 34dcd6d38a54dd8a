//! The pages around mails: every step with buttons and no script, and nothing done by opening a link.

use http::Method;
use jotgate_harness::{Browser, Engine, PASSWORD, TestApp};
use serde_json::json;

use super::world::{Mailed, OTHER, asked, letters, logged_in, newest, signed_up, verified};

fn page_of(mail: &Mailed) -> String {
    format!("{}?token={}", mail.path, mail.token)
}

#[tokio::test]
async fn signing_up_confirming_and_logging_in() {
    let server = verified(Engine::Sqlite).await;
    let mut browser = Browser::new(&server);
    let page = browser.open("/signup").await;
    let page = browser.submit(&page, &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
    assert!(page.text().contains("an e-mail is on its way"), "{}", page.text());
    let mail = newest(&server, "/verify-email").await;
    let page = browser.open(&page_of(&mail)).await;
    assert!(page.text().contains("ada@example.com"));
    let page = browser.press(&page, "Confirm this address").await;
    assert_eq!(
        (page.answer.status, page.path.as_str()),
        (200, "/verify-email?done=yes"),
        "the token is gone"
    );
    assert!(page.text().contains("You can log in now."));
    let page = browser.open("/login").await;
    let page = browser.submit(&page, &[("login", "ada@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(page.path, "/account");
}

#[tokio::test]
async fn logging_in_before_the_proof_leads_to_the_code() {
    let server = verified(Engine::Sqlite).await;
    signed_up(&server, "ada@example.com", PASSWORD).await;
    letters(&server).await;
    let mut browser = Browser::new(&server);
    let page = browser.open("/login").await;
    let page = browser.submit(&page, &[("login", "ada@example.com"), ("password", PASSWORD)]).await;
    assert!(page.text().contains("Confirm your address"), "{}", page.text());
    let mail = newest(&server, "/verify-email").await;
    let wrong = browser.submit(&page, &[("email", "ada@example.com"), ("code", "2222-2222")]).await;
    assert!(wrong.answer.status == 401 && wrong.text().contains("The code is not right"), "{}", wrong.text());
    let page = browser.submit(&wrong, &[("email", "ada@example.com"), ("code", &mail.code)]).await;
    assert_eq!(page.path, "/verify-email?done=yes");
}

#[tokio::test]
async fn a_forgotten_password_by_link_and_by_code() {
    for by_code in [false, true] {
        let server = TestApp::new(Engine::Sqlite).await;
        server.sign_up("ada@example.com").await;
        let mut browser = Browser::new(&server);
        let page = browser.open("/forgot").await;
        let sent = browser.submit(&page, &[("email", "ada@example.com")]).await;
        assert!(sent.text().contains("an e-mail is on its way"));
        let mail = newest(&server, "/reset").await;
        let page = if by_code { sent } else { browser.open(&page_of(&mail)).await };
        let code: &[(&str, &str)] = if by_code { &[("code", mail.code.as_str())] } else { &[] };
        let weak = browser.submit(&page, &[code, &[("new", "short")]].concat()).await;
        assert!(
            weak.answer.status == 400 && weak.text().contains("at least 8 characters"),
            "{}",
            weak.text()
        );
        let page = browser.submit(&weak, &[code, &[("new", OTHER)]].concat()).await;
        assert_eq!(page.path, "/login?why=reset");
        assert!(page.text().contains("Your new password is set"), "{}", page.text());
        assert_eq!(logged_in(&server, "ada@example.com", OTHER).await.0, 200);
    }
}

#[tokio::test]
async fn two_passwords_for_one_address_lead_to_a_third() {
    let server = verified(Engine::Sqlite).await;
    for password in [OTHER, PASSWORD] {
        signed_up(&server, "ada@example.com", password).await;
        letters(&server).await;
    }
    let mut browser = Browser::new(&server);
    let page = browser.open(&page_of(&newest(&server, "/verify-email").await)).await;
    let page = browser.press(&page, "Confirm this address").await;
    assert!(page.path.starts_with("/reset?token="), "{}", page.path);
    let page = browser.submit(&page, &[("new", "a third one nobody knows")]).await;
    assert_eq!(page.path, "/login?why=reset");
    assert_eq!(logged_in(&server, "ada@example.com", "a third one nobody knows").await.0, 200);
}

#[tokio::test]
async fn logging_in_by_code_and_by_link_goes_on_where_one_wanted_to() {
    for by_code in [true, false] {
        let server = TestApp::new(Engine::Sqlite).await;
        server.sign_up("ada@example.com").await;
        let mut browser = Browser::new(&server);
        let page = browser.open("/login/code?next=%2Freasons").await;
        let sent = browser.submit(&page, &[("email", "ada@example.com")]).await;
        let mail = newest(&server, "/login/code").await;
        let page = if by_code {
            browser.submit(&sent, &[("code", &mail.code)]).await
        } else {
            let page = browser.open(&page_of(&mail)).await;
            assert!(page.text().contains("log in as ada@example.com"));
            browser.press(&page, "Log in").await
        };
        assert_eq!(page.path, if by_code { "/reasons" } else { "/account" });
        assert!(browser.cookie("jotgate_session_8080").is_some());
    }
}

/// Mail scanners open every link, some twice, some with HEAD.
#[tokio::test]
async fn opening_a_link_changes_nothing() {
    for (engine, which) in
        Engine::all().into_iter().flat_map(|engine| (0..3).map(move |which| (engine, which)))
    {
        let server = TestApp::new(engine).await;
        server.sign_up("ada@example.com").await;
        let mut links = vec![newest(&server, "/verify-email").await];
        for (ask, path) in [("/v1/login/code", "/login/code"), ("/v1/password/forgot", "/reset")] {
            asked(&server, ask, "ada@example.com").await;
            links.push(newest(&server, path).await);
        }
        for mail in &links {
            for method in [Method::GET, Method::HEAD, Method::GET, Method::HEAD] {
                let answer = server.call(method, &page_of(mail)).header("accept", "text/html").send().await;
                assert_eq!((answer.status, answer.cookies()), (200, Vec::new()));
                assert_eq!(answer.header("cache-control"), "no-store");
                assert_eq!(answer.header("referrer-policy"), "strict-origin");
            }
        }
        // Each works after that, in a world of its own, as the first that is used voids the others.
        let mut browser = Browser::new(&server);
        let page = browser.open(&page_of(&links[which])).await;
        let page = match which {
            0 => browser.press(&page, "Confirm this address").await,
            1 => browser.press(&page, "Log in").await,
            _ => browser.submit(&page, &[("new", OTHER)]).await,
        };
        let gone_on = ["/verify-email?done=yes", "/account", "/login?why=reset"][which];
        assert_eq!(page.path, gone_on, "{engine:?}");
    }
}

#[tokio::test]
async fn a_link_that_does_not_work_says_why_and_leads_on() {
    let server = TestApp::new(Engine::Sqlite).await;
    server.sign_up("ada@example.com").await;
    asked(&server, "/v1/password/forgot", "ada@example.com").await;
    let mail = newest(&server, "/reset").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&page_of(&mail)).await;
    browser.submit(&page, &[("new", OTHER)]).await;
    let used = browser.open(&page_of(&mail)).await;
    assert!(used.answer.status == 410 && used.text().contains("This link has been used"), "{}", used.text());
    let late = browser.submit(&page, &[("new", PASSWORD)]).await;
    assert!(late.text().contains("This link has been used"), "{}", late.text());
    let sent = browser.submit(&used, &[("email", "ada@example.com")]).await;
    assert!(sent.text().contains("an e-mail is on its way"));
    for path in ["/reset?token=x", "/verify-email?token=x", "/login/code?token=x", "/reset?token="] {
        let page = browser.open(path).await;
        assert!(page.text().contains("no longer works"), "{path}: {}", page.text());
    }
}

#[tokio::test]
async fn a_change_of_address_is_confirmed_where_one_is_logged_in() {
    let server = TestApp::new(Engine::Sqlite).await;
    let access = server.sign_up("ada@example.com").await.member("access_token");
    let change = json!({"email": "new@example.org", "password": PASSWORD});
    assert_eq!(server.post("/v1/email", &change).bearer(&access).send().await.status, 202);
    let mail = newest(&server, "/verify-email").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&page_of(&mail)).await;
    assert!(page.text().contains("not signed in here") && page.forms().is_empty(), "{}", page.text());
    let login = page.answer.text();
    let login = login.split("href=\"").find(|href| href.starts_with("/login?next=")).unwrap();
    let page = browser.open(login.split('"').next().unwrap()).await;
    let page = browser.submit(&page, &[("login", "ada@example.com"), ("password", PASSWORD)]).await;
    assert_eq!(page.path, page_of(&mail), "back at the link");
    let page = browser.press(&page, "Confirm this address").await;
    assert_eq!(page.path, "/verify-email?done=changed");
    assert_eq!(logged_in(&server, "new@example.org", PASSWORD).await.0, 200);
}

#[tokio::test]
async fn the_account_page_changes_the_address() {
    let server = TestApp::new(Engine::Sqlite).await;
    server.sign_up("ada@example.com").await;
    letters(&server).await;
    let mut browser = Browser::new(&server);
    let page = browser.open("/login?next=%2Faccount%2Femail").await;
    let page = browser.submit(&page, &[("login", "ada@example.com"), ("password", PASSWORD)]).await;
    assert!(page.text().contains("not confirmed yet"), "{}", page.text());
    let sent = browser.press(&page, "Send the e-mail that confirms it").await;
    assert!(sent.text().contains("An e-mail is on its way"), "{}", sent.text());
    let wrong = browser.submit(&page, &[("email", "new@example.org"), ("password", OTHER)]).await;
    assert!(wrong.answer.status == 403 && wrong.text().contains("password is not right"), "{}", wrong.text());
    // Mails of one instant have no order.
    server.clock.advance(std::time::Duration::from_secs(1));
    let sent = browser.submit(&page, &[("email", "new@example.org"), ("password", PASSWORD)]).await;
    let mail = newest(&server, "/verify-email").await;
    assert_eq!(mail.to, "new@example.org");
    let page = browser.submit(&sent, &[("code", &mail.code)]).await;
    assert_eq!(page.path, "/verify-email?done=changed");
    let page = browser.open("/account/email").await;
    assert!(page.text().contains("new@example.org") && !page.text().contains("not confirmed yet"));
}

/// What is asked for says the same to everybody, on pages as well.
#[tokio::test]
async fn pages_do_not_say_who_has_an_account() {
    let server = verified(Engine::Sqlite).await;
    signed_up(&server, "ada@example.com", PASSWORD).await;
    letters(&server).await;
    for path in ["/forgot", "/login/code", "/verify-email"] {
        let mut seen = Vec::new();
        for email in ["ada@example.com", "eve@example.com"] {
            let mut browser = Browser::new(&server);
            let page = browser.open(path).await;
            let mut form = page.forms().into_iter().find(|form| form.field("email").is_some()).unwrap();
            if path == "/verify-email" {
                // The second button of its form.
                form.action = "/verify-email/resend".to_owned();
            }
            let page = browser.send(&form, &[("email", email)]).await;
            seen.push((page.answer.status, page.answer.text().replace(email, "[address]")));
        }
        assert_eq!(seen[0], seen[1], "{path}");
    }
}

#[tokio::test]
async fn another_site_cannot_send_these_forms() {
    let server = TestApp::new(Engine::Sqlite).await;
    server.sign_up("ada@example.com").await;
    let mail = newest(&server, "/verify-email").await;
    for path in
        ["/verify-email", "/verify-email/resend", "/forgot", "/reset", "/login/code", "/login/code/confirm"]
    {
        let body = format!("token={}&email=ada%40example.com&new=x", mail.token);
        for origin in ["https://evil.example", "null"] {
            let call =
                server.call(Method::POST, path).header("origin", origin).header("accept", "application/json");
            let answer = call.body("application/x-www-form-urlencoded", body.clone()).send().await;
            assert_eq!(answer.reason(), "request.origin", "{path} from {origin}");
        }
    }
    assert_eq!(letters(&server).await.len(), 1);
}

/// Whatever may stand in an address stands on a page as text.
#[tokio::test]
async fn an_address_is_text_on_every_page() {
    let server = TestApp::new(Engine::Sqlite).await;
    let mut browser = Browser::new(&server);
    for path in ["/forgot", "/login/code"] {
        let page = browser.open(path).await;
        let evil = "\"><script>alert(1)</script>@example.com";
        let page = browser.submit(&page, &[("email", evil)]).await;
        let html = page.answer.text();
        assert!(page.answer.status == 400 && !html.contains("<script>alert"), "{html}");
    }
    let odd = "o'brien&lt@example.com";
    server.sign_up(odd).await;
    let page = browser.open(&page_of(&newest(&server, "/verify-email").await)).await;
    assert!(page.answer.text().contains("o&#39;brien&#38;lt@example.com"), "{}", page.answer.text());
}
