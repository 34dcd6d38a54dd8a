//! A database of its own for every test, on either engine, gone when the test ends.

use std::ops::Deref;
use std::path::PathBuf;

use jotgate_server::store::{Database, Store};
use tempfile::TempDir;

use crate::Postgres;

/// What keeps the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a folder of its own.
    Sqlite,
    /// A database of [`Postgres::shared`].
    Postgres,
}

impl Engine {
    /// The engines this machine has.
    pub fn all() -> Vec<Engine> {
        match Postgres::shared() {
            Some(_) => vec![Engine::Sqlite, Engine::Postgres],
            None => vec![Engine::Sqlite],
        }
    }
}

/// A database with nothing in it.
pub struct TestDatabase {
    place: Place,
}

enum Place {
    Folder(TempDir),
    Postgres { server: &'static Postgres, name: String },
}

impl TestDatabase {
    /// Makes one with the current schema, or on SQLite none yet: there making it costs less than copying it.
    pub async fn new(engine: Engine) -> TestDatabase {
        let place = match engine {
            Engine::Sqlite => folder(),
            Engine::Postgres => Place::Postgres { server: server(), name: server().create_database().await },
        };
        TestDatabase { place }
    }

    /// Makes one without any schema.
    pub async fn empty(engine: Engine) -> TestDatabase {
        let place = match engine {
            Engine::Sqlite => folder(),
            Engine::Postgres => {
                Place::Postgres { server: server(), name: server().create_empty_database().await }
            }
        };
        TestDatabase { place }
    }

    /// Where it is, for `Store::open`.
    pub fn database(&self) -> Database {
        match &self.place {
            Place::Folder(folder) => Database::Sqlite(file(folder)),
            Place::Postgres { server, name } => Database::Postgres(server.url_of(name).into()),
        }
    }

    /// Where it is, as the configuration writes it: a path or a URL.
    pub fn address(&self) -> String {
        match &self.place {
            Place::Folder(folder) => file(folder).display().to_string(),
            Place::Postgres { server, name } => server.url_of(name),
        }
    }

    /// Opens it, as often as a test likes.
    pub async fn open(&self) -> Store {
        Store::open(&self.database()).await.expect("a database of the tests opens")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Place::Postgres { server, name } = &self.place {
            server.drop_database(name);
        }
    }
}

fn folder() -> Place {
    Place::Folder(TempDir::new().expect("a temporary folder can be made"))
}

fn server() -> &'static Postgres {
    Postgres::shared().expect("Engine::all names PostgreSQL only where there is one")
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("jotgate.db")
}

/// An open store with nothing in it.
pub struct TestStore {
    /// First, so that it closes before its database goes.
    store: Store,
    database: TestDatabase,
}

impl TestStore {
    /// Makes one.
    pub async fn new(engine: Engine) -> TestStore {
        let database = TestDatabase::new(engine).await;
        TestStore { store: database.open().await, database }
    }

    /// Its database, to open it a second time.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Closes the store and leaves the database.
    pub fn close(self) -> TestDatabase {
        self.database
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}
