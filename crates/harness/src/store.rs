//! A database of its own for every test, on either engine, gone when the test ends.

use std::ops::Deref;

use jotgate_server::store::{Database, Store};
use tempfile::TempDir;

/// What keeps the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file in a folder of its own.
    Sqlite,
}

impl Engine {
    /// The engines this machine has.
    pub fn all() -> Vec<Engine> {
        vec![Engine::Sqlite]
    }
}

/// A store with nothing in it.
pub struct TestStore {
    store: Store,
    database: Database,
    _folder: TempDir,
}

impl TestStore {
    /// Makes one.
    pub async fn new(engine: Engine) -> TestStore {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let database = match engine {
            Engine::Sqlite => Database::Sqlite(folder.path().join("jotgate.db")),
        };
        let store = Store::open(&database).await.expect("a new database opens");
        TestStore { store, database, _folder: folder }
    }

    /// Where it is, to open it a second time.
    pub fn database(&self) -> &Database {
        &self.database
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}
