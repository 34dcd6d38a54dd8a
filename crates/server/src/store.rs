//! The rows Jotgate keeps, over two engines with one set of statements: SQLite, where one thread writes and commits
//! in groups, and PostgreSQL, through a pool. SQL lives here and nowhere else, one file a table; what a row means and
//! in which order things happen is said in `flow` and `rule`. Layout: `design/sessions.md`, "Rows".

mod error;
mod migrate;
mod postgres;
mod sqlite;
mod statement;
mod tx;
mod value;

pub mod attempts;
pub mod audit;
pub mod challenges;
pub mod clients;
pub mod devices;
pub mod factors;
pub mod held;
pub mod keys;
pub mod links;
pub mod mail_requests;
pub mod meta;
pub mod outbox;
pub mod passkeys;
pub mod recovery_codes;
pub mod revocations;
pub mod sessions;
pub mod status_entries;
pub mod totp_secrets;
pub mod users;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jotgate_token::Id;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

pub use error::{OpenError, StoreError};
pub use migrate::schema_fingerprint;
pub use statement::Statement;
pub use tx::Tx;
pub use value::{Row, Value};

/// Where the rows are kept.
#[derive(Debug, Clone)]
pub enum Database {
    /// A file of this path, made when missing.
    Sqlite(PathBuf),
    /// A `postgres://` URL; a secret because it may hold a password.
    Postgres(SecretString),
}

/// An open database. Cloning is cheap; the last clone to go closes it.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    queries: Arc<AtomicU64>,
    /// Entries for the revocation feed.
    announcements: Arc<Bell>,
    /// Mails to be sent.
    mails: Arc<Bell>,
}

/// What transactions have added, and who waits for it.
#[derive(Default)]
struct Bell {
    added: AtomicU64,
    committed: Notify,
}

impl Bell {
    fn added(&self) -> u64 {
        self.added.load(Ordering::Relaxed)
    }

    /// Wakes whoever waits when something was added since `before`.
    fn ring_if_added(&self, before: u64) {
        if self.added() != before {
            self.committed.notify_one();
        }
    }
}

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<sqlite::Sqlite>),
    Postgres(Arc<postgres::Postgres>),
}

impl Store {
    /// Opens the database and brings its schema up to date.
    pub async fn open(database: &Database) -> Result<Store, OpenError> {
        let queries = Arc::new(AtomicU64::new(0));
        let engine = match database {
            Database::Sqlite(path) => Engine::Sqlite(Arc::new(sqlite::Sqlite::open(path, &queries)?)),
            Database::Postgres(url) => {
                Engine::Postgres(Arc::new(postgres::Postgres::open(url, &queries).await?))
            }
        };
        Ok(Store { engine, queries, announcements: Arc::default(), mails: Arc::default() })
    }

    /// Runs `work` in one transaction: `Ok` commits, and only then is it answered; `Err` and a panic undo all of it.
    ///
    /// `work` owns what it uses and may run more than once. It awaits queries and nothing else: on SQLite it shares the
    /// writer thread with every other write, so anything that waits gives [`StoreError::Suspended`].
    #[expect(clippy::manual_async_fn, reason = "promises `Send`, so that no caller has to prove it")]
    pub fn write<F, R>(&self, work: F) -> impl Future<Output = Result<R, StoreError>> + Send
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        async move {
            let before = (self.announcements.added(), self.mails.added());
            let written = match &self.engine {
                Engine::Sqlite(sqlite) => sqlite.write(work).await,
                Engine::Postgres(postgres) => postgres.write(work).await,
            };
            self.announcements.ring_if_added(before.0);
            self.mails.ring_if_added(before.1);
            written
        }
    }

    /// Says, from within a transaction, that it adds to the revocation feed.
    pub fn announced(&self) {
        self.announcements.added.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for the commit of such a transaction in this process. A hint: it may come for nothing, and what other
    /// processes add gives none.
    pub async fn announcement(&self) {
        self.announcements.committed.notified().await;
    }

    /// Says, from within a transaction, that it adds a mail to be sent.
    pub fn posted(&self) {
        self.mails.added.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for the commit of such a transaction in this process, a hint like [`Store::announcement`].
    pub async fn post(&self) {
        self.mails.committed.notified().await;
    }

    /// Runs `work`, which changes nothing. Each statement sees the newest committed state; two are not one snapshot.
    #[expect(clippy::manual_async_fn, reason = "promises `Send`, so that no caller has to prove it")]
    pub fn read<F, R>(&self, work: F) -> impl Future<Output = Result<R, StoreError>> + Send
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        async move {
            match &self.engine {
                Engine::Sqlite(sqlite) => sqlite.read(&work, &self.queries),
                Engine::Postgres(postgres) => postgres.read(work).await,
            }
        }
    }

    /// Whether the database answers, and the time its own clock shows: only on PostgreSQL, where
    /// several nodes must agree.
    pub async fn ping(&self) -> Result<Option<i64>, StoreError> {
        match &self.engine {
            // An empty transaction takes its turn in the queue and the file's lock, and costs no fsync.
            Engine::Sqlite(sqlite) => sqlite.write(async |_: &mut Tx<'_>| Ok(None)).await,
            Engine::Postgres(postgres) => postgres.clock_ms().await.map(Some),
        }
    }

    /// Prepares every statement of every table without running any; answers how many there are. For the test that
    /// holds both engines to one set of statements.
    pub async fn prepare_all(&self) -> Result<usize, StoreError> {
        let mut prepared = 0;
        for statement in statement::all() {
            match &self.engine {
                Engine::Sqlite(sqlite) => sqlite.prepare(statement)?,
                Engine::Postgres(postgres) => postgres.prepare(statement).await?,
            }
            prepared += 1;
        }
        Ok(prepared)
    }

    /// How many statements have run so far.
    pub fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("queries", &self.queries()).finish_non_exhaustive()
    }
}

/// The id of a user, a UUIDv7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub Uuid);

/// The id of a session, a UUIDv7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub Uuid);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Id> for SessionId {
    fn from(id: Id) -> Self {
        Self(Uuid::from_bytes(id.into()))
    }
}

impl From<SessionId> for Id {
    fn from(id: SessionId) -> Self {
        Self::from(id.0.into_bytes())
    }
}
