//! The real server inside the test: real flows, real database, with fakes only at its edges (clock, randomness).
//!
//! [`TestApp`] remembers every token and password that passes through it and fails the test on drop when one of
//! them occurs in the log or among the kept refusals.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::Router;
use http::Method;
use jotgate_server::{
    app::App,
    config::{Argon2Cost, Config, Settings, Sources},
    flow::{
        mail::kept,
        mail_request::answer_mail_requests,
        open::{self, Edge},
    },
    http::router,
    mail::Written,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Engine, FakeClock, SeededRandom, TestDatabase,
    call::{Answer, Call},
    log,
};

/// A server of its own for one test.
pub struct TestApp {
    /// The server's state, to be looked into.
    pub app: App,
    /// The time it believes in.
    pub clock: Arc<FakeClock>,
    router: Router,
    database: Arc<TestDatabase>,
    folder: Arc<TempDir>,
    settings: Vec<(String, String)>,
    secrets: Mutex<Vec<String>>,
    log_from: usize,
    servers: u64,
}

impl TestApp {
    /// A server with its default settings, at `http://localhost:8080`.
    pub async fn new(engine: Engine) -> Self {
        Self::with(engine, &[]).await
    }

    /// A server with some settings, named as in `jotgate.toml`: `("sessions.idle_lifetime", "1d")`.
    pub async fn with(engine: Engine, settings: &[(&str, &str)]) -> Self {
        let database = Arc::new(TestDatabase::new(engine).await);
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let settings = settings.iter().map(own).collect();
        let folder = Arc::new(TempDir::new().expect("a temporary folder can be made"));
        Self::open(database, folder, settings, Arc::default(), 1).await
    }

    /// A second server on the same database, as a second node or after a restart. It has the same clock.
    pub async fn beside(&self) -> Self {
        self.beside_with(&[]).await
    }

    /// The same, with other settings on top, as after a change of the configuration.
    pub async fn beside_with(&self, changed: &[(&str, &str)]) -> Self {
        let mut settings = self.settings.clone();
        settings.retain(|(key, _)| changed.iter().all(|(other, _)| other != key));
        settings.extend(changed.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        let folder = Arc::new(TempDir::new().expect("a temporary folder can be made"));
        Self::open(self.database.clone(), folder, settings, self.clock.clone(), self.servers + 1).await
    }

    async fn open(
        database: Arc<TestDatabase>,
        folder: Arc<TempDir>,
        settings: Vec<(String, String)>,
        clock: Arc<FakeClock>,
        servers: u64,
    ) -> Self {
        let log_from = log::start();
        let config = config(&database, &folder, &settings);
        let random = Arc::new(SeededRandom::new(servers));
        let edge = Edge { clock: clock.clone(), random };
        let app = open::open(config, edge).await.expect("the server of a test opens");
        let (router, secrets) = (router(app.clone()), Mutex::default());
        Self { app, clock, router, database, folder, settings, secrets, log_from, servers }
    }

    /// Begins a request; it is sent by [`Call::send`].
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call::new(self, method, path)
    }

    /// Begins a `GET`.
    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    /// Begins a `POST` with a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> Call<'_> {
        self.call(Method::POST, path).json(body)
    }

    /// Signs somebody up with [`PASSWORD`].
    pub async fn sign_up(&self, email: &str) -> Answer {
        let answer = self.post("/v1/signup", &json!({"email": email, "password": PASSWORD})).send().await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer
    }

    /// Logs somebody in with [`PASSWORD`].
    pub async fn log_in(&self, email: &str) -> Answer {
        let answer = self.post("/v1/login", &json!({"email": email, "password": PASSWORD})).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer
    }

    /// The mails that were written and not sent, the oldest first, after everything that was asked for so far.
    pub async fn mails(&self) -> Vec<Written> {
        answer_mail_requests(&self.app).await.expect("what was asked for can be written");
        let kept = kept::list(&self.app, kept::KEPT).await.expect("the mails of a test can be read");
        let mails: Vec<Written> = kept.into_iter().rev().map(|kept| kept.mail).collect();
        for mail in &mails {
            for link in mail.text.split_whitespace().filter(|word| word.contains("://")) {
                link.split('=').skip(1).for_each(|value| self.remember(value));
            }
        }
        mails
    }

    /// The router itself, to be put behind a socket.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// Its database.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// The folder that holds the kept refusals.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The log since this server was opened, of the whole process.
    pub fn log(&self) -> String {
        log::since(self.log_from)
    }

    /// Remembers a text that must never be logged. Short words are left out: they occur by themselves.
    pub fn remember(&self, secret: &str) {
        if secret.len() >= SHORTEST_SECRET {
            self.secrets().push(secret.to_owned());
        }
    }

    fn secrets(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.app.refusals.flush();
        let mut said = self.log();
        for entry in fs::read_dir(self.folder.path()).into_iter().flatten().flatten() {
            let is_kept = entry.path().extension().is_some_and(|extension| extension == "jsonl");
            said.push_str(&if is_kept {
                fs::read_to_string(entry.path()).unwrap_or_default()
            } else {
                String::new()
            });
        }
        for secret in self.secrets().iter() {
            if let Some(at) = said.find(secret.as_str()) {
                let line = said[..at].rfind('\n').map_or(0, |line| line + 1);
                panic!("a secret was logged, after: {}", &said[line..at]);
            }
        }
    }
}

fn config(database: &TestDatabase, folder: &TempDir, settings: &[(String, String)]) -> Config {
    let mut flags: Vec<(String, String)> = [
        ("issuer", "http://localhost:8080".to_owned()),
        ("data", folder.path().display().to_string()),
        ("keys.master_key", MASTER_KEY.to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    flags.extend_from_slice(settings);
    let sources = Sources { flags, ..Sources::default() };
    let settings = Settings::load(&sources).expect("the settings of a test are known");
    let mut config = settings.check(None).expect("the settings of a test hold").config;
    config.database = database.database();
    // One hash takes microseconds instead of 20 ms; what is tested here is who hashes when, not how long.
    config.passwords.argon2 = Argon2Cost { memory_kib: 64, iterations: 1, parallelism: 1 };
    config
}

/// The password of everybody in tests.
pub const PASSWORD: &str = "seven brass kettles hum";

/// Where requests come from unless a test says otherwise.
pub const PEER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// Set in the configuration, because a second server on one database needs the key of the first.
const MASTER_KEY: &str = "6f1c9a0e47d2b85380aa6d3c19f4e7525be0837d6a1f24c9d8315e907bb2640f";

const SHORTEST_SECRET: usize = 12;
