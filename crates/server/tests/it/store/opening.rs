//! Opening: what is refused, and in which words.

use std::path::Path;

use jotgate_harness::{Engine, Postgres, TestDatabase, TestStore};
use jotgate_server::store::{Database, OpenError, Store};

use super::fixture::{generation, raw, with_session};

async fn refusal(database: &Database) -> OpenError {
    Store::open(database).await.expect_err("this database must be refused")
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    for engine in Engine::all() {
        let database = TestStore::new(engine).await.close();
        let newer = "INSERT INTO schema_migrations (version, name, checksum) VALUES (4711, 'x', 'y')";
        raw(&database.database(), newer).await;
        let error = refusal(&database.database()).await;
        assert!(matches!(error, OpenError::NewerSchema { found: 4711, known: 1.. }), "{engine:?} {error}");
    }
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    for engine in Engine::all() {
        let database = TestStore::new(engine).await.close();
        raw(&database.database(), "UPDATE schema_migrations SET checksum = 'x' WHERE version = 1").await;
        let error = refusal(&database.database()).await;
        assert!(matches!(error, OpenError::ChangedMigration { version: 1 }), "{engine:?} {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_that_open_an_empty_database_at_once_all_succeed() {
    for engine in Engine::all() {
        let database = TestDatabase::empty(engine).await;
        let mut opening = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let place = database.database();
            opening.spawn(async move { Store::open(&place).await.map(drop) });
        }
        for opened in opening.join_all().await {
            opened.unwrap_or_else(|cause| panic!("{engine:?}: {cause}"));
        }
    }
}

#[tokio::test]
async fn a_reopened_database_keeps_what_was_answered() {
    for engine in Engine::all() {
        let database = with_session(engine).await.close();
        assert_eq!(generation(&database.open().await, 10).await, 0, "{engine:?}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_named_and_its_password_is_not() {
    // Nothing listens on port 1 of this machine.
    let url = "postgres://ada:hunter2@127.0.0.1:1/jotgate".to_owned();
    let error = refusal(&Database::Postgres(url.into())).await;
    assert!(matches!(&error, OpenError::Unreachable { host, .. } if host == "127.0.0.1:1"), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_server_that_refuses_is_quoted() {
    let Some(server) = Postgres::shared() else { return };
    let error = refusal(&Database::Postgres(server.url_of("nowhere").into())).await;
    assert!(matches!(&error, OpenError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[tokio::test]
async fn a_path_that_cannot_be_written_is_named() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").unwrap();
    for path in [file.join("jotgate.db"), folder.path().join("missing/jotgate.db"), folder.path().to_owned()]
    {
        let error = refusal(&Database::Sqlite(path.clone())).await;
        assert!(matches!(&error, OpenError::NotWritable { path: named, .. } if *named == path), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_left_alone() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("jotgate.db");
    let text = "This is a letter to my grandmother. ".repeat(100);
    std::fs::write(&path, &text).unwrap();
    let error = refusal(&Database::Sqlite(path.clone())).await;
    assert!(matches!(&error, OpenError::NotADatabase { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_on_the_machine_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let store = TestStore::new(Engine::Sqlite).await;
    let Database::Sqlite(path) = store.database().database() else { panic!("it is SQLite") };
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
}

#[tokio::test]
async fn certificates_are_checked_against_the_named_authority_and_the_name() {
    let Some(authority) = Postgres::shared().and_then(Postgres::root_cert) else { return };
    let authority = authority.display();
    let database = TestDatabase::new(Engine::Postgres).await;
    let address = database.address();
    let open = async |url: String| Store::open(&Database::Postgres(url.into())).await;

    let store = open(format!("{address}?sslmode=require&sslrootcert={authority}")).await.unwrap();
    assert!(store.ping().await.unwrap().is_some());

    let error = open(format!("{address}?sslmode=require")).await.expect_err("browsers do not trust it");
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");

    let elsewhere = address.replace("127.0.0.1", "db.example");
    let url = format!("{elsewhere}?hostaddr=127.0.0.1&sslmode=require&sslrootcert={authority}");
    let error = open(url).await.expect_err("the certificate is for another name");
    assert!(error.to_string().contains("not valid for name"), "{error}");
}
