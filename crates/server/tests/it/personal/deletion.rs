//! Deleting an account (story 29): what is left of somebody in all tables, whatever tables there will be.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::{flow::operator, store::Database};
use serde_json::json;
use uuid::Uuid;

use super::{WORD, tables, zelda};

async fn traces(database: &Database, id: Uuid) -> Vec<String> {
    let words: Vec<String> = tables::forms(WORD).into_iter().chain(tables::forms_of_id(id)).collect();
    tables::traces(database, &words).await.into_iter().collect()
}

/// What the audit keeps: whose account it was, by an id that means nothing any more.
const KEPT: &str = "audit.user_id";

#[tokio::test]
async fn no_table_holds_what_was_deleted() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let database = app.database().database();
        let (id, token) = zelda(&app).await;
        let before = traces(&database, id).await;
        for table in tables::of_users(&tables::columns(&database).await) {
            assert!(before.contains(&format!("{table}.user_id")), "{table} has nothing of hers to lose");
        }
        for column in ["users.email", "users.email_key", "users.data", "sessions.user_agent", KEPT] {
            assert!(before.contains(&column.to_owned()), "{column}: {before:?}");
        }
        let body = json!({"password": PASSWORD});
        let answer = app.call(http::Method::DELETE, "/v1/me").json(&body).bearer(&token).send().await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        assert_eq!(traces(&database, id).await, [KEPT], "{engine:?}");
    }
}

#[tokio::test]
async fn nor_what_an_operator_deleted() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (id, _) = zelda(&app).await;
        operator::delete_user(&app.app, id).await.unwrap();
        assert_eq!(traces(&app.database().database(), id).await, [KEPT], "{engine:?}");
    }
}

/// SQLite leaves what was deleted in the free space of its file, unless it is told not to.
#[tokio::test]
async fn the_file_does_not_hold_it_either() {
    let app = TestApp::new(Engine::Sqlite).await;
    let Database::Sqlite(path) = app.database().database() else { unreachable!("this is SQLite") };
    let (_, token) = zelda(&app).await;
    assert!(occurrences(&path) > 10, "the file holds her as long as she is there");
    let body = json!({"password": PASSWORD});
    app.call(http::Method::DELETE, "/v1/me").json(&body).bearer(&token).send().await;
    assert_eq!(occurrences(&path), 0);
}

/// How often the word stands in the file, once everything in the write-ahead log is in it.
fn occurrences(path: &std::path::Path) -> usize {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)).unwrap();
    let wal = std::fs::read(path.with_extension("db-wal")).unwrap_or_default();
    assert!(wal.is_empty(), "the log was not emptied");
    let bytes = std::fs::read(path).unwrap().to_ascii_lowercase();
    bytes.windows(WORD.len()).filter(|window| *window == WORD.as_bytes()).count()
}

#[tokio::test]
async fn a_confirmed_address_is_told_and_another_one_is_not() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        for (email, confirmed) in [("ada@example.com", 1), ("bob@example.com", 0)] {
            let token = app.sign_up(email).await.member("access_token");
            let confirm = format!("UPDATE users SET email_verified = {confirmed}, language = 'de'");
            tables::run(&app.database().database(), &confirm).await;
            let body = json!({"password": PASSWORD});
            let answer = app.call(http::Method::DELETE, "/v1/me").json(&body).bearer(&token).send().await;
            assert_eq!(answer.status, 204);
        }
        let mails = app.mails().await;
        let told: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(told, ["ada@example.com"], "{engine:?}");
        assert!(mails[0].subject.contains("gelöscht"), "{}", mails[0].subject);
    }
}

#[tokio::test]
async fn the_address_is_free_again_and_begins_with_nothing() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (id, token) = zelda(&app).await;
        let body = json!({"password": PASSWORD});
        app.call(http::Method::DELETE, "/v1/me").json(&body).bearer(&token).send().await;
        let again = app.sign_up(super::EMAIL).await.json();
        assert_ne!(again["user"]["id"], id.to_string());
        assert_eq!((&again["user"]["data"], &again["user"]["name"]), (&json!({}), &json!(null)));
    }
}
