//! `/live`: the life of a token, step by step, as the page tells it.

use std::time::Duration;

use jotgate_harness::{Answer, Engine, TestApp};

/// Somebody at the machine, looking at one life.
struct Watcher<'a> {
    app: &'a TestApp,
    path: String,
}

impl<'a> Watcher<'a> {
    async fn begin(app: &'a TestApp) -> Self {
        let begun = post(app, "/live", "").await;
        assert_eq!(begun.status, 303, "{}", begun.text());
        Self { app, path: begun.header("location").to_owned() }
    }

    /// Presses a button and answers the newest line of the timeline.
    async fn press(&self, act: &str) -> String {
        let pressed = post(self.app, &self.path, &format!("act={act}")).await;
        assert_eq!(
            (pressed.status, pressed.header("location")),
            (303, format!("{}#now", self.path).as_str())
        );
        self.newest().await
    }

    async fn newest(&self) -> String {
        let page = self.app.get(&self.path).from("127.0.0.1").send().await;
        assert_eq!(page.status, 200, "{}", page.text());
        let html = page.text();
        let line = html.split("<p class=\"what\">").nth(1).unwrap().split("</p>").next().unwrap();
        let words = line.split(['<', '>']).enumerate().filter(|(n, _)| n % 2 == 0);
        words.map(|(_, words)| words.trim()).filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

async fn post(app: &TestApp, path: &str, body: &str) -> Answer {
    let call = app.call(http::Method::POST, path).from("127.0.0.1").header("origin", "http://localhost:8080");
    call.body("application/x-www-form-urlencoded", body).send().await
}

#[tokio::test]
async fn a_token_is_used_runs_out_is_renewed_and_taken_back() {
    let app = TestApp::new(Engine::Sqlite).await;
    let life = Watcher::begin(&app).await;
    assert_eq!(life.newest().await, "Logged in · 200");
    assert_eq!(life.press("call").await, "The API answers · 200");
    app.clock.advance(Duration::from_secs(16 * 60));
    assert_eq!(life.press("call").await, "The API refuses the token · 401 · exp.expired");
    assert_eq!(life.press("refresh").await, "Refreshed · 200");
    assert_eq!(life.press("call").await, "The API answers · 200");
    assert_eq!(life.press("log-out").await, "Logged out · 204");
    assert_eq!(life.press("call").await, "The API refuses the token · 401 · revoked.session");
    assert_eq!(life.press("refresh").await, "Refused · 401 · refresh.revoked");
}

#[tokio::test]
async fn a_stolen_token_is_taken_for_a_lost_answer_until_the_window_closes() {
    let app = TestApp::new(Engine::Sqlite).await;
    let life = Watcher::begin(&app).await;
    assert_eq!(life.press("replay").await, "Refused · 401 · refresh.invalid", "nothing was stolen yet");
    assert_eq!(life.press("refresh").await, "Refreshed · 200");
    assert_eq!(life.press("replay").await, "Taken for a lost answer · 200");
    app.clock.advance(Duration::from_secs(61));
    assert_eq!(life.press("replay").await, "Theft noticed · 401 · refresh.reused");
    assert_eq!(life.press("call").await, "The API refuses the token · 401 · revoked.session");
}

#[tokio::test]
async fn it_is_only_for_this_machine_and_for_its_own_forms() {
    let app = TestApp::new(Engine::Sqlite).await;
    let life = Watcher::begin(&app).await;
    for path in ["/live", &life.path] {
        assert_eq!(app.get(path).from("192.0.2.7").send().await.status, 404, "{path}");
        let foreign =
            app.call(http::Method::POST, path).from("127.0.0.1").header("origin", "https://evil.example");
        let foreign = foreign.body("application/x-www-form-urlencoded", "act=call").send().await;
        assert_eq!(foreign.status, 403, "{path}");
    }
    assert_eq!(app.get("/live/nobody").from("127.0.0.1").send().await.status, 404);
}

#[tokio::test]
async fn the_account_goes_when_it_is_thrown_away_or_too_many_are_watched() {
    let app = TestApp::new(Engine::Sqlite).await;
    let life = Watcher::begin(&app).await;
    assert_eq!(accounts(&app).await, 1);
    let ended = post(&app, &life.path, "act=end").await;
    assert_eq!((ended.status, ended.header("location")), (303, "/live"));
    assert_eq!(accounts(&app).await, 0);
    for _ in 0..12 {
        Watcher::begin(&app).await;
    }
    assert_eq!(accounts(&app).await, 8);
}

async fn accounts(app: &TestApp) -> usize {
    jotgate_server::flow::operator::list_users(&app.app, None, 100).await.unwrap().len()
}
