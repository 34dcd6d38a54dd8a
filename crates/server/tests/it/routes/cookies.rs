//! Tokens in cookies: their names and slots, who may ask for them, and how they go.

use insta::assert_snapshot;
use jotgate_harness::{Answer, Call, Engine, PASSWORD, TestApp};
use serde_json::{Value, json};

const LOCAL: &str = "http://localhost:8080";

/// A browser's cookies: what an answer sets replaces, what it clears goes.
#[derive(Default)]
struct Jar(Vec<(String, String)>);

impl Jar {
    fn take(&mut self, answer: &Answer) {
        for line in answer.headers.get_all("set-cookie") {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.0.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

fn login(delivery: &str) -> Value {
    json!({"email": "ada@example.com", "password": PASSWORD, "delivery": delivery})
}

fn with<'a>(call: Call<'a>, headers: &[(&str, &str)]) -> Call<'a> {
    headers.iter().fold(call, |call, (name, value)| call.header(name, value))
}

fn refresh<'a>(app: &'a TestApp, jar: &Jar) -> Call<'a> {
    app.call(http::Method::POST, "/v1/refresh").cookies(&jar.0)
}

#[tokio::test]
async fn on_loopback_the_names_carry_the_port_and_no_prefix() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let answer = app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await;
    assert_snapshot!(answer.shown(), @r#"
    200 application/json
    set-cookie: jotgate_refresh_0_8080=[refresh token]; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict
    set-cookie: jotgate_refresh_1_8080=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict
    set-cookie: jotgate_refresh_2_8080=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict
    set-cookie: jotgate_refresh_3_8080=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict
    set-cookie: jotgate_device_8080=[page token]; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict
    set-cookie: jotgate_session_8080=[page token]; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax
    {
      "access_token": "[access token]",
      "expires_in": 900,
      "refresh_expires_in": 604800,
      "refresh_generation": 0,
      "token_type": "Bearer",
      "user": {
        "created_at": "[time]",
        "data": {},
        "email": "ada@example.com",
        "email_verified": false,
        "id": "[uuid]",
        "name": null,
        "roles": [],
        "username": null
      }
    }
    "#);
}

#[tokio::test]
async fn on_https_they_are_host_cookies() {
    let settings = [
        ("issuer", "https://auth.example.com"),
        ("tokens.audience", "https://api.example.com"),
        ("signup.mode", "open"),
    ];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    app.sign_up("ada@example.com").await;
    let call = app.post("/v1/login", &login("cookies")).header("origin", "https://auth.example.com");
    assert_snapshot!(call.send().await.shown(), @r#"
    200 application/json
    set-cookie: __Host-jotgate_refresh_0=[refresh token]; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict; Secure
    set-cookie: __Host-jotgate_access=[access token]; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure
    set-cookie: __Host-jotgate_refresh_1=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure
    set-cookie: __Host-jotgate_refresh_2=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure
    set-cookie: __Host-jotgate_refresh_3=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure
    set-cookie: __Host-jotgate_device=[page token]; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict; Secure
    set-cookie: __Host-jotgate_session=[page token]; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure
    {
      "expires_in": 900,
      "refresh_expires_in": 604800,
      "refresh_generation": 0,
      "token_type": "Bearer",
      "user": {
        "created_at": "[time]",
        "data": {},
        "email": "ada@example.com",
        "email_verified": false,
        "id": "[uuid]",
        "name": null,
        "roles": [],
        "username": null
      }
    }
    "#);
}

#[tokio::test]
async fn refreshing_walks_through_the_slots_and_the_highest_counts() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.sign_up("ada@example.com").await;
        let mut jar = Jar::default();
        jar.take(&app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await);
        for generation in 1..=6 {
            let answer = refresh(&app, &jar).header("origin", LOCAL).send().await;
            assert_eq!(answer.json()["refresh_generation"], generation, "{}", answer.text());
            assert!(answer.json().get("refresh_token").is_none());
            let name = format!("jotgate_refresh_{}_8080", generation % 4);
            assert_eq!(answer.cookies().iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), [name]);
            jar.take(&answer);
        }
        assert_eq!(jar.0.len(), 6, "four slots, the page cookie and the device");
        let out =
            app.call(http::Method::POST, "/v1/logout").cookies(&jar.0).header("origin", LOCAL).send().await;
        assert_eq!(out.status, 204);
        let cleared = out.headers.get_all("set-cookie").iter().count();
        assert_eq!(cleared, 6, "four slots, the access token and the page cookie");
        let before = Jar(jar.0.clone());
        jar.take(&out);
        assert_eq!(jar.0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["jotgate_device_8080"]);
        let after = refresh(&app, &before).header("origin", LOCAL).send().await;
        assert_eq!(after.reason(), "refresh.revoked");
    }
}

#[tokio::test]
async fn a_new_login_leaves_no_slot_of_an_older_session() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let mut jar = Jar::default();
    jar.take(&app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await);
    for _ in 0..3 {
        let answer = refresh(&app, &jar).header("origin", LOCAL).send().await;
        jar.take(&answer);
    }
    assert_eq!(jar.0.len(), 6);
    jar.take(&app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await);
    assert_eq!(jar.0.len(), 3, "generations 1 to 3 of the old session would win over 0 of the new");
}

#[tokio::test]
async fn the_body_wins_and_answers_in_the_body() {
    let app = TestApp::new(Engine::Sqlite).await;
    let body = app.sign_up("ada@example.com").await;
    let mut jar = Jar::default();
    jar.take(&app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await);
    let call =
        app.post("/v1/refresh", &json!({"refresh_token": body.member("refresh_token")})).cookies(&jar.0);
    let answer = call.send().await;
    assert_eq!((answer.status, answer.cookies().len()), (200, 0));
    assert!(answer.json()["refresh_token"].is_string());
}

#[tokio::test]
async fn a_foreign_twin_does_not_hide_the_real_cookie() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let mut jar = Jar::default();
    jar.take(&app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await);
    let name = jar.0[0].0.clone();
    jar.0.insert(0, (name, "jgr_planted".into()));
    assert_eq!(refresh(&app, &jar).header("origin", LOCAL).send().await.status, 200);
}

#[tokio::test]
async fn which_page_may_use_and_set_cookies() {
    let settings = [("http.origins", "http://localhost:5173,https://app.example.com")];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    app.sign_up("ada@example.com").await;
    let mut jar = Jar::default();
    jar.take(&app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await);
    let mut seen = String::new();
    for (case, headers) in [
        ("own origin", &[("origin", LOCAL)][..]),
        ("configured, same site", &[("origin", "http://localhost:5173")]),
        ("configured, other site", &[("origin", "https://app.example.com")]),
        ("foreign", &[("origin", "https://evil.example")]),
        ("null", &[("origin", "null")]),
        ("prefix", &[("origin", "http://localhost:8080.evil.example")]),
        ("other port", &[("origin", "http://localhost:8081")]),
        ("other scheme", &[("origin", "https://localhost:8080")]),
        ("other case", &[("origin", "HTTP://LOCALHOST:8080")]),
        ("twice", &[("origin", LOCAL), ("origin", LOCAL)]),
        ("absent", &[]),
        ("absent, same-origin", &[("sec-fetch-site", "same-origin")]),
        ("absent, same-site", &[("sec-fetch-site", "same-site")]),
        ("null, same-origin", &[("origin", "null"), ("sec-fetch-site", "same-origin")]),
    ] {
        let set = with(app.post("/v1/login", &login("cookie")), headers).send().await;
        let used = with(refresh(&app, &jar), headers).send().await;
        jar.take(&used);
        let word = |answer: &Answer| {
            if answer.status == 200 { "yes".into() } else { format!("{} {}", answer.status, answer.reason()) }
        };
        assert_eq!(set.cookies().is_empty(), set.status != 200);
        seen += &format!("{case}: set {}, use {}\n", word(&set), word(&used));
    }
    assert_snapshot!(seen, @r#"
    own origin: set yes, use yes
    configured, same site: set yes, use yes
    configured, other site: set 400 request.cookie_cross_site, use yes
    foreign: set 403 request.origin, use 403 request.origin
    null: set 403 request.origin, use 403 request.origin
    prefix: set 403 request.origin, use 403 request.origin
    other port: set 403 request.origin, use 403 request.origin
    other scheme: set 403 request.origin, use 403 request.origin
    other case: set 403 request.origin, use 403 request.origin
    twice: set 403 request.origin, use 403 request.origin
    absent: set 403 request.origin, use 403 request.origin
    absent, same-origin: set yes, use yes
    absent, same-site: set 403 request.origin, use 403 request.origin
    null, same-origin: set 403 request.origin, use 403 request.origin
    "#);
}

#[tokio::test]
async fn the_body_needs_no_origin() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let answer = app.post("/v1/login", &login("body")).header("origin", "https://evil.example").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("access-control-allow-origin"), "", "but the page cannot read it");
}

#[tokio::test]
async fn logging_out_by_cookie_needs_an_origin_too() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let mut jar = Jar::default();
    jar.take(&app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await);
    let call =
        app.call(http::Method::POST, "/v1/logout").cookies(&jar.0).header("origin", "https://evil.example");
    let answer = call.send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (403, "request.origin"));
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(refresh(&app, &jar).header("origin", LOCAL).send().await.status, 200);
}

#[tokio::test]
async fn a_password_change_answers_where_the_session_lives() {
    let app = TestApp::new(Engine::Sqlite).await;
    app.sign_up("ada@example.com").await;
    let session = app.post("/v1/login", &login("cookie")).header("origin", LOCAL).send().await;
    let change = json!({"current": PASSWORD, "new": "eleven quiet umbrellas"});
    let call = || app.post("/v1/password", &change).bearer(&session.member("access_token"));
    assert_eq!(call().send().await.reason(), "request.origin", "refused before anything changes");
    let answer = call().header("origin", LOCAL).send().await;
    assert_eq!((answer.status, answer.cookies().len()), (200, 2), "{}", answer.text());
    assert!(answer.json().get("refresh_token").is_none());
}
