//! A backup is put back: the clients hold tokens that the database has not made yet, and are not thieves for that.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jotgate_harness::{Engine, FakeClock, PASSWORD, TestDatabase};
use jotgate_server::app::App;
use jotgate_server::store::{Database, Tx, audit};
use tempfile::TempDir;

use super::world::{Server, code, logged_in, refreshed, row, session_of, signed_up};

/// A consistent copy of the file of a running server.
fn back_up(app: &App, to: &Path) {
    let Database::Sqlite(path) = &app.config.database else { panic!("a copy of a file is one of SQLite") };
    let connection = rusqlite::Connection::open(path).expect("the file is there");
    let to = to.to_str().expect("a temporary path is text");
    connection.execute("VACUUM INTO ?1", [to]).expect("a copy can be made");
}

async fn chain(app: &App, token: &str, times: usize) -> Vec<String> {
    let mut tokens = vec![token.to_owned()];
    for _ in 0..times {
        let session = refreshed(app, &tokens[tokens.len() - 1], None).await.expect("the live token is good");
        tokens.push(session.refresh_token.expose().to_owned());
    }
    tokens
}

#[tokio::test]
async fn a_restored_backup_logs_nobody_out_and_revives_no_old_token() {
    let (database, clock) = (TestDatabase::new(Engine::Sqlite).await, Arc::<FakeClock>::default());
    let folder = TempDir::new().expect("a temporary folder can be made");
    let copy = folder.path().join("copy.db");
    let server = Server::open(database.database(), &clock, 1).await;
    let app = &server.app;
    let first = signed_up(app, "a@example.com").await;
    let session = session_of(app, &first).await;
    let second = logged_in(app, "a@example.com", PASSWORD).await.expect("the password is right");
    let before = chain(app, first.refresh_token.expose(), 2).await;
    let untouched = chain(app, second.refresh_token.expose(), 1).await;
    back_up(app, &copy);
    clock.advance(Duration::from_secs(3600));
    let after = chain(app, &before[2], 5).await;
    let forgotten = logged_in(app, "a@example.com", PASSWORD).await.expect("the password is right");
    drop(server);

    let restored = Server::open(Database::Sqlite(copy), &clock, 2).await;
    let app = &restored.app;
    clock.advance(Duration::from_secs(60));
    // The client goes on from where it is, and the database catches up past it.
    let next = refreshed(app, &after[5], None).await.expect("a token of the lost time is good");
    assert_eq!(next.refresh_generation, 8, "2 + 5 were made, this is the next");
    assert_eq!(app.counters.refresh_store_behind.value(), 1);
    let again = refreshed(app, &after[5], None).await.expect("a lost reply is answered again");
    assert_eq!(again.refresh_token.expose(), next.refresh_token.expose());
    assert_eq!(row(app, session.id.0).await.expect("it lives").generation, 8);
    let id = session.id;
    let events = app.store.read(async move |tx: &mut Tx<'_>| audit::list_by_session(tx, id, 10).await).await;
    let events = events.expect("the audit can be read");
    assert_eq!(events.iter().filter(|event| event.kind == "refresh.store_behind").count(), 1);

    // Everybody else goes on too; a session of the lost time is not known.
    refreshed(app, &untouched[1], None).await.expect("what had not moved is as it was");
    assert_eq!(code(&refreshed(app, forgotten.refresh_token.expose(), None).await), "refresh.unknown");

    // An old token, superseded in the restored row or in the lost time, is out of turn now and ends the session.
    assert_eq!(code(&refreshed(app, &after[2], None).await), "refresh.reused");
    assert_eq!(code(&refreshed(app, next.refresh_token.expose(), None).await), "refresh.revoked");
}
