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
        let left: Vec<_> = browser.cookies().iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(left, ["jotgate_device_8080"], "it says where, not who");
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

#[tokio::test]
async fn a_page_that_needs_a_login_leads_there_and_back() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up(ADA).await;
    let mut browser = Browser::new(&app);
    let page = browser.open("/account/security?tab=1").await;
    assert_eq!(page.path, "/login?next=%2Faccount%2Fsecurity%3Ftab%3D1");
    let page = browser.submit(&page, &[("login", ADA), ("password", PASSWORD)]).await;
    assert_eq!((page.status(), page.path.as_str()), (200, "/account/security?tab=1"));
    app.clock.advance(std::time::Duration::from_secs(8 * 24 * 3600));
    let page = browser.open("/account/security").await;
    assert_eq!(page.path, "/login?next=%2Faccount%2Fsecurity&why=expired");
    assert!(page.says("You have not been here for a while"));
    let page = browser.submit(&page, &[("login", ADA), ("password", PASSWORD)]).await;
    let token = browser.cookies().to_vec();
    browser.press(&page, "Log out").await;
    token.iter().for_each(|(name, value)| browser.set_cookie(name, value));
    let page = browser.open("/account/security").await;
    assert_eq!(page.path, "/login?next=%2Faccount%2Fsecurity&why=signed-out");
    assert!(page.says("You were signed out"));
}

#[tokio::test]
async fn a_wrong_password_says_so_and_keeps_the_address() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up(ADA).await;
        let mut seen = Vec::new();
        for login in [ADA, "nobody@example.com", "nobody", "\"><script>alert(1)</script>"] {
            let mut browser = Browser::new(&app);
            let page = browser.open("/login").await;
            let page = browser.submit(&page, &[("login", login), ("password", "not her password")]).await;
            assert_eq!(page.status(), 401, "{login}");
            assert_eq!(
                (page.field("login").as_deref(), page.field("password").as_deref()),
                (Some(login), Some(""))
            );
            assert!(!page.html().contains("<script>") && !page.html().contains("not her password"));
            assert_eq!(browser.cookies(), []);
            let attribute = format!(
                "value=\"{}\"",
                page.html().split("value=\"").nth(2).unwrap().split('"').next().unwrap()
            );
            seen.push(page.html().replace(&attribute, "value=\"\""));
        }
        assert_eq!(seen[0], seen[1], "an account must not show");
        assert!(seen[0].contains("E-mail, username or password is not right."));
    }
}

#[tokio::test]
async fn what_is_missing_is_said_beside_the_field() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = Browser::new(&app);
    for path in ["/login", "/signup"] {
        let page = browser.open(path).await;
        let page = browser.submit(&page, &[("password", "")]).await;
        assert_eq!(page.status(), 400, "{path}");
        for needed in
            ["aria-invalid=\"true\"", "aria-describedby=\"", "id=\"m-password\"", "href=\"#f-password\""]
        {
            assert!(page.html().contains(needed), "{path}: {needed}");
        }
    }
    let page = browser.open("/signup").await;
    for (email, password, words) in [
        ("nonsense", PASSWORD, "This is not an e-mail address."),
        (ADA, "short", "Use at least 8 characters."),
        (ADA, "password", "on every attacker"),
        (ADA, "ada@example.com", "your own address"),
    ] {
        let page =
            browser.submit(&page, &[("email", email), ("name", "<b>&\""), ("password", password)]).await;
        assert_eq!((page.status(), page.field("email").as_deref()), (400, Some(email)));
        assert_eq!(page.field("name").as_deref(), Some("<b>&\""));
        assert!(page.says(words), "{}", page.text());
    }
}

#[tokio::test]
async fn a_taken_address_and_closed_sign_up_are_said() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up(ADA).await;
    let mut browser = Browser::new(&app);
    let page = browser.open("/signup").await;
    let page = browser.submit(&page, &[("email", ADA), ("password", PASSWORD)]).await;
    assert_eq!(page.status(), 409);
    assert!(page.says("There is an account with this address already."));
    let closed = TestApp::with(Engine::Sqlite, &[("signup.mode", "closed")]).await;
    let page = Browser::new(&closed).open("/signup").await;
    assert_eq!(page.heading(), "Accounts are made by invitation");
    assert!(page.forms().is_empty());
    assert!(
        !Browser::new(&closed).open("/login").await.links().iter().any(|link| link.starts_with("/signup"))
    );
}

#[tokio::test]
async fn a_login_never_keeps_the_session_a_browser_came_with() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up(ADA).await;
        let (mut browser, _) = log_in(&app, "").await;
        let planted = browser.cookie(SESSION).unwrap();
        let mut victim = Browser::new(&app);
        victim.set_cookie(SESSION, &planted);
        // Whoever is signed in is led on, so the form is sent as a page opened earlier would.
        let page = Browser::new(&app).open("/login").await;
        victim.submit(&page, &[("login", ADA), ("password", PASSWORD)]).await;
        assert_ne!(victim.cookie(SESSION).unwrap(), planted);
        assert!(!browser.open("/").await.says("Log out"), "the planted session is over");
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_and_set_nothing() {
    let app = TestApp::with(Engine::Sqlite, &[("http.origins", "https://app.example.com")]).await;
    app.sign_up(ADA).await;
    let (browser, _) = log_in(&app, "").await;
    let body = "login=ada%40example.com&email=new%40example.com&password=seven+brass+kettles+hum&next=%2F";
    for path in ["/login", "/signup", "/logout"] {
        for origin in [None, Some("null"), Some("https://evil.example"), Some("https://app.example.com")] {
            let mut call = app.call(http::Method::POST, path).cookies(browser.cookies());
            call = call.body("application/x-www-form-urlencoded", body);
            if let Some(origin) = origin {
                call = call.header("origin", origin);
            }
            let answer = call.header("accept", "text/html").send().await;
            assert_eq!((answer.status, answer.header("set-cookie")), (403, ""), "{path} {origin:?}");
        }
    }
    let mut browser = browser;
    assert!(browser.open("/").await.says("Log out"), "nothing of it signed anybody out");
}

#[tokio::test]
async fn pages_cannot_be_framed_and_run_nothing() {
    let app = TestApp::new(Engine::Sqlite).await;
    for path in ["/", "/login", "/signup", "/logout", "/nowhere"] {
        let answer = app.get(path).header("accept", "text/html").send().await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.text().matches("<h1").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn the_language_is_the_browser_s_until_one_is_chosen() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut browser = Browser::new(&app).with_header("accept-language", "fr-CA,fr;q=0.9,en;q=0.5");
    let page = browser.open("/login").await;
    assert!(page.html().contains("<html lang=\"fr\">") && page.heading() == "Se connecter à Jotgate");
    let german = browser.open("/login?next=%2Freasons&lang=de").await;
    assert!(german.html().contains("<html lang=\"de\">") && german.heading() == "Bei Jotgate anmelden");
    assert_eq!(german.field("next").as_deref(), Some("/reasons"));
    assert!(german.links().contains(&"/login?lang=fr&next=%2Freasons".to_owned()), "{:?}", german.links());
    assert_eq!(browser.open("/signup").await.heading(), "Ihr Konto bei Jotgate");
    assert!(browser.open("/nowhere").await.says("Diese Seite gibt es nicht"));
    assert!(browser.open("/login?lang=%3Cscript%3E").await.html().contains("<html lang=\"de\">"));
}

#[tokio::test]
async fn throttled_people_are_told_when_to_try_again() {
    let app = TestApp::with(Engine::Sqlite, &[("login.pair_failures", "2")]).await;
    app.sign_up(ADA).await;
    let mut browser = Browser::new(&app);
    let page = browser.open("/login").await;
    let mut last = browser.submit(&page, &[("login", ADA), ("password", "wrong one")]).await;
    for _ in 0..4 {
        last = browser.submit(&page, &[("login", ADA), ("password", "wrong one")]).await;
    }
    assert_eq!(last.status(), 429);
    assert!(last.says("Too many tries. Try again in ") && !last.answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn the_service_has_the_name_it_was_given() {
    let app = TestApp::with(Engine::Sqlite, &[("pages.service_name", "Müller & <Söhne>")]).await;
    let page = Browser::new(&app).open("/login").await;
    assert_eq!(page.heading(), "Log in to Müller & <Söhne>");
    assert!(!page.html().contains("<Söhne>"));
}

#[tokio::test]
async fn files_of_pages_are_kept_for_a_year_and_come_compressed() {
    let app = TestApp::new(Engine::Sqlite).await;
    let html = app.get("/login").send().await.text();
    let style = html.split("href=\"").find(|part| part.starts_with("/assets/jotgate.css?v=")).unwrap();
    let style = style.split('"').next().unwrap();
    let plain = app.get(style).send().await;
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    let zipped = app.get(style).header("accept-encoding", "gzip, br").send().await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert!(zipped.body.len() * 3 < plain.body.len());
    assert_ne!(zipped.header("etag"), plain.header("etag"));
    let again = app.get(style).header("if-none-match", plain.header("etag")).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let other = app.get("/assets/jotgate.css?v=older").send().await;
    assert_eq!(other.header("cache-control"), "public, max-age=3600");
}
