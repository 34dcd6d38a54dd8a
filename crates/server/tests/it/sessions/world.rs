//! The flows in the words of a test: who asks with what, and the code of what is answered.

use std::sync::Arc;

use jotgate_harness::{FakeClock, PASSWORD, PEER, SeededRandom};
use jotgate_server::app::App;
use jotgate_server::config::{Settings, Sources};
use jotgate_server::error::{Error, Result};
use jotgate_server::flow::authenticate::{Caller, authenticate};
use jotgate_server::flow::log_in::{LogIn, Login, log_in};
use jotgate_server::flow::log_out::{LogOut, log_out};
use jotgate_server::flow::open::{Edge, open};
use jotgate_server::flow::refresh::{Presented, Refresh, refresh};
use jotgate_server::flow::sign_up::{SignUp, sign_up};
use jotgate_server::flow::{Client, Delivery, Session};
use jotgate_server::store::sessions::{self, SessionRow};
use jotgate_server::store::{Database, SessionId, Tx};
use jotgate_server::text::Language;
use jotgate_token::IdempotencyKey;
use secrecy::ExposeSecret;
use tempfile::TempDir;
use uuid::Uuid;

/// For tests in which many passwords are wrong for other reasons than guessing.
pub(super) const UNTHROTTLED: [(&str, &str); 4] = [
    ("login.pair_failures", "1000000"),
    ("login.ip_failures", "1000000"),
    ("login.account_failures", "1000000"),
    ("login.lock_unknown_after", "1000000"),
];

/// A server with the default settings, real password hashes among them, on a database of the test's choice.
pub(super) struct Server {
    pub(super) app: App,
    _folder: TempDir,
}

impl Server {
    /// Opens it; `seed` is what its randomness starts from.
    pub(super) async fn open(database: Database, clock: &Arc<FakeClock>, seed: u64) -> Server {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let flags = [
            ("issuer", "http://localhost:8080".to_owned()),
            ("data", folder.path().display().to_string()),
            ("keys.master_key", MASTER_KEY.to_owned()),
        ];
        let flags = flags.map(|(key, value)| (key.to_owned(), value)).into();
        let settings = Settings::load(&Sources { flags, ..Sources::default() });
        let settings = settings.expect("the settings of a test are known");
        let mut config = settings.check(None).expect("the settings of a test hold").config;
        config.database = database;
        let edge = Edge { clock: clock.clone(), random: Arc::new(SeededRandom::new(seed)) };
        Server { app: open(config, edge).await.expect("the server of a test opens"), _folder: folder }
    }
}

/// Any but a guessable one.
const MASTER_KEY: &str = "9b1c64e0f7a2583d4e0b7c91a6d5f8320c7e9ab4135d68f2e4a07b9c8d1f6352";

/// How many rows a table has, asked past the store.
pub(super) async fn count(app: &App, table: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    match &app.config.database {
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).expect("the file is there");
            connection.query_row(&sql, [], |row| row.get(0)).expect("rows can be counted")
        }
        Database::Postgres(url) => {
            let connected = tokio_postgres::connect(url.expose_secret(), tokio_postgres::NoTls).await;
            let (client, connection) = connected.expect("the database answers");
            tokio::spawn(connection);
            client.query_one(&sql, &[]).await.expect("rows can be counted").get(0)
        }
    }
}

/// Whoever asks in these tests.
pub(super) fn client() -> Client {
    Client {
        ip: PEER,
        user_agent: None,
        language: Language::En,
        request_id: "a-test".to_owned(),
        device: None,
    }
}

/// Somebody at an address.
pub(super) fn from(address: &str) -> Client {
    Client { ip: address.parse().expect("tests come from addresses"), ..client() }
}

/// Somebody at the `n`th address of many.
pub(super) fn from_address(n: u32) -> Client {
    let [_, a, b, c] = n.to_be_bytes();
    from(&format!("10.{a}.{b}.{c}"))
}

/// A new account with [`PASSWORD`] and its first session.
pub(super) async fn signed_up(app: &App, email: &str) -> Session {
    let input = SignUp {
        email: email.to_owned(),
        username: None,
        name: None,
        password: PASSWORD.into(),
        delivery: Delivery::Body,
        audience: None,
        replaces: Vec::new(),
        client: client(),
    };
    let signed_up = sign_up(app, input).await.expect("a new account is made");
    signed_up.into_session().expect("a new account has no second factor")
}

/// A login by address.
pub(super) async fn logged_in(app: &App, email: &str, password: &str) -> Result<Session> {
    logged_in_from(app, email, password, client()).await
}

/// A login by address from somewhere.
pub(super) async fn logged_in_from(
    app: &App,
    email: &str,
    password: &str,
    client: Client,
) -> Result<Session> {
    let input = LogIn {
        login: Login::Email(email.to_owned()),
        password: password.into(),
        delivery: Delivery::Body,
        audience: None,
        replaces: Vec::new(),
        client,
    };
    Ok(log_in(app, input).await?.into_session().expect("these accounts have no second factor"))
}

/// A refresh with one token in the body.
pub(super) async fn refreshed(app: &App, token: &str, key: Option<&str>) -> Result<Session> {
    exchange(app, Presented::Body(token.into()), key).await
}

/// A refresh with what a jar holds.
pub(super) async fn refreshed_by_cookies(
    app: &App,
    tokens: impl IntoIterator<Item = String>,
    key: Option<&str>,
) -> Result<Session> {
    exchange(app, Presented::Cookies(tokens.into_iter().map(Into::into).collect()), key).await
}

async fn exchange(app: &App, presented: Presented, key: Option<&str>) -> Result<Session> {
    let key = key.map(|key| IdempotencyKey::parse(key).expect("tests send well-formed keys"));
    refresh(app, Refresh { presented, key, audience: None, client: client() }).await
}

/// A logout with one token in the body.
pub(super) async fn logged_out(app: &App, token: &str) -> Result<()> {
    log_out(app, LogOut { presented: Presented::Body(token.into()), client: client() }).await
}

/// The session a token of the server belongs to.
pub(super) async fn session_of(app: &App, session: &Session) -> SessionRow {
    let id = app.keyring.refresh().open(session.refresh_token.expose()).expect("a token made here").session();
    row(app, SessionId::from(id).0).await.expect("a session just opened has a row")
}

/// The row of a session, if there still is one.
pub(super) async fn row(app: &App, id: Uuid) -> Option<SessionRow> {
    let read = app.store.read(async move |tx: &mut Tx<'_>| sessions::by_id(tx, SessionId(id)).await);
    read.await.expect("rows can be read")
}

/// The token of any generation of a session, whether or not the server ever handed it out.
pub(super) fn minted(app: &App, session: &SessionRow, generation: u64) -> String {
    app.keyring.refresh().mint(session.id.into(), generation, &session.salt).expose().to_owned()
}

/// Who calls with this access token.
pub(super) async fn caller(app: &App, access_token: &str) -> Result<Caller> {
    authenticate(app, access_token).await
}

/// The code of a refusal; `ok` where nothing was refused.
pub(super) fn code<T>(result: &Result<T>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Refused(refused)) => refused.reason.code,
        Err(error) => panic!("not a refusal: {error}"),
    }
}

/// The counters under the words of the specification's log.
pub(super) fn logs(app: &App) -> [(&'static str, u64); 5] {
    let counters = &app.counters;
    [
        ("rotate", counters.refresh_rotated.value()),
        ("store_behind", counters.refresh_store_behind.value()),
        ("benign_retry", counters.refresh_retried.value()),
        ("benign_race", counters.refresh_raced.value()),
        ("reuse", counters.refresh_reused.value()),
    ]
}
