//! Rows to begin with.

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::sessions::{self, Rotation, SessionRow};
use jotgate_server::store::users::{self, Inserted, UserRow};
use jotgate_server::store::{Database, SessionId, Store, Tx, UserId};
use secrecy::ExposeSecret;
use uuid::Uuid;

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128((1_700_000_000_000_u128 << 80) | n)
}

pub(crate) fn user(n: u128) -> UserRow {
    UserRow {
        id: UserId(id(n)),
        email: format!("User{n}@Example.com"),
        email_key: format!("user{n}@example.com"),
        username: None,
        username_key: None,
        name: Some("Ünï ☃".to_owned()),
        language: Some("de".to_owned()),
        password_hash: Some("$argon2id$old".to_owned()),
        email_verified: false,
        roles: vec!["user".to_owned()],
        data: r#"{"a":1}"#.to_owned(),
        disabled_at: None,
        credential_epoch: 0,
        authz_epoch: 0,
        created_at: 1_000,
        updated_at: 1_000,
    }
}

pub(crate) fn session(n: u128, owner: u128) -> SessionRow {
    SessionRow {
        id: SessionId(id(n)),
        user_id: UserId(id(owner)),
        client: "web".to_owned(),
        generation: 0,
        salt: [7; 16],
        rotated_at: 1_000,
        recent: "[]".to_owned(),
        last_key: None,
        key_run: 0,
        credential_epoch: 0,
        created_at: 1_000,
        last_seen_at: 1_000,
        idle_until: 5_000,
        absolute_until: 9_000,
        revoked_at: None,
        revoke_reason: None,
        user_agent: Some("curl".to_owned()),
        ip: None,
        amr: vec!["pwd".to_owned()],
        auth_time: 1_000,
        delivery: "cookie".to_owned(),
        audience: Some(vec!["https://api.example".to_owned()]),
        dpop_jkt: None,
        page_hash: Some(std::array::from_fn(|at| n.to_be_bytes()[at % 16])),
    }
}

pub(crate) fn rotation(n: u128, from: u64) -> Rotation {
    Rotation {
        id: SessionId(id(n)),
        from,
        to: from + 1,
        rotated_at: 2_000,
        recent: format!("[{from}]"),
        last_key: Some([9; 16]),
        key_run: 1,
        idle_until: 6_000,
        last_seen_at: 2_000,
    }
}

pub(crate) async fn with_session(engine: Engine) -> TestStore {
    let store = TestStore::new(engine).await;
    store
        .write(async |tx: &mut Tx<'_>| {
            assert_eq!(users::insert(tx, &user(1)).await?, Inserted::Done);
            sessions::insert(tx, &session(10, 1)).await
        })
        .await
        .expect("a user and a session go into a new database");
    store
}

/// Runs SQL past the store.
pub(crate) async fn raw(database: &Database, sql: &str) {
    match database {
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).expect("the file opens");
            connection.execute_batch(sql).expect("the statement runs");
        }
        Database::Postgres(url) => {
            let connected = tokio_postgres::connect(url.expose_secret(), tokio_postgres::NoTls).await;
            let (client, connection) = connected.expect("the database answers");
            tokio::spawn(connection);
            client.batch_execute(sql).await.expect("the statement runs");
        }
    }
}

/// The generation of a session.
pub(crate) async fn generation(store: &Store, n: u128) -> u64 {
    let row = store.read(async move |tx: &mut Tx<'_>| sessions::by_id(tx, SessionId(id(n))).await).await;
    row.expect("the store answers").expect("the session is there").generation
}
