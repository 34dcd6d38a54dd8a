//! PostgreSQL and what speaks like it: a pool of connections, each statement prepared once on each. A transaction
//! that lost against another runs again, at most three times in all, because its closure may run more than once.

mod connect;
mod lane;
mod wire;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::Poll;
use std::time::Duration;

use deadpool_postgres::{
    Client, Hook, HookError, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, Runtime, TimeoutType,
};
use secrecy::SecretString;
use tokio_postgres::types::Type;

use self::connect::Target;
use self::lane::Lane;
pub(super) use self::wire::{execute, query};
use self::wire::{plain, store_error};
use super::{OpenError, Statement, StoreError, Tx, migrate};

pub(super) struct Postgres {
    lane: Lane,
}

impl Postgres {
    pub(super) async fn open(url: &SecretString, queries: &Arc<AtomicU64>) -> Result<Postgres, OpenError> {
        let target = Target::parse(url)?;
        let host = target.host.clone();
        let connections = Connections { pool: pool(target)?, queries: Arc::clone(queries) };
        let lane = Lane::start(connections).map_err(|cause| {
            OpenError::Failed(format!("the thread for PostgreSQL does not start: {cause}"))
        })?;
        let migrated =
            lane.run(async move |connections: Rc<Connections>| Ok(connections.migrate(host).await));
        migrated.await.map_err(|cause| OpenError::Failed(cause.to_string()))??;
        Ok(Postgres { lane })
    }

    pub(super) async fn write<F, R>(&self, work: F) -> Result<R, StoreError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        self.lane.run(async move |connections: Rc<Connections>| connections.write(&work).await).await
    }

    pub(super) async fn read<F, R>(&self, work: F) -> Result<R, StoreError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        self.lane.run(async move |connections: Rc<Connections>| connections.read(&work).await).await
    }

    /// The database's clock, which several nodes share.
    pub(super) async fn clock_ms(&self) -> Result<i64, StoreError> {
        self.lane.run(async |connections: Rc<Connections>| connections.clock_ms().await).await
    }

    pub(super) async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        self.lane.run(async move |connections: Rc<Connections>| connections.prepare(statement).await).await
    }
}

/// What the lane works with.
struct Connections {
    pool: Pool,
    queries: Arc<AtomicU64>,
}

impl Connections {
    async fn migrate(&self, host: String) -> Result<(), OpenError> {
        let mut client = self.pool.get().await.map_err(|cause| connect::open_error(&host, &cause))?;
        migrate::postgres(&mut client).await.map_err(|failure| match failure {
            migrate::Failure::Open(error) => error,
            migrate::Failure::Engine(cause) => OpenError::Refused { host, cause: plain(&cause) },
        })
    }

    async fn write<F, R>(&self, work: &F) -> Result<R, StoreError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError>,
    {
        let mut tries = 1;
        loop {
            match self.attempt(work).await {
                Err(Failed::BeforeCommit(StoreError::Conflict)) if tries < TRIES => {
                    // Whoever won needs a moment, or the two collide again.
                    tokio::time::sleep(PAUSE * tries).await;
                    tries += 1;
                }
                // The pool may hand out a connection that the server has just closed; a new one will tell.
                Err(Failed::BeforeCommit(StoreError::Unavailable(_))) if tries == 1 => tries += 1,
                Err(Failed::BeforeCommit(error) | Failed::AtCommit(error)) => return Err(error),
                Ok(result) => return Ok(result),
            }
        }
    }

    /// One try. When this future is dropped half-way, the driver sends a ROLLBACK before anything else can use the
    /// connection, so the pool never holds an open transaction.
    async fn attempt<F, R>(&self, work: &F) -> Result<R, Failed>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError>,
    {
        let mut client = self.client().await.map_err(Failed::AtCommit)?;
        let transaction = client.transaction().await.map_err(|cause| before_commit("begin", &cause))?;
        let mut tx = Tx::postgres_transaction(&transaction, &self.queries);
        let result = caught(work(&mut tx)).await;
        match tx.settle(result) {
            Ok(result) => {
                transaction.commit().await.map_err(at_commit)?;
                Ok(result)
            }
            Err(error) => {
                // A connection too broken to roll back is one the pool drops.
                let _ = transaction.rollback().await;
                Err(Failed::BeforeCommit(error))
            }
        }
    }

    async fn read<F, R>(&self, work: &F) -> Result<R, StoreError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError>,
    {
        let mut again = true;
        loop {
            let client = self.client().await?;
            let mut tx = Tx::postgres(&client, &self.queries);
            let result = caught(work(&mut tx)).await;
            match tx.settle(result) {
                Err(StoreError::Unavailable(_)) if again => again = false,
                other => return other,
            }
        }
    }

    async fn clock_ms(&self) -> Result<i64, StoreError> {
        let client = self.client().await?;
        let row = client
            .query_one("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)", &[])
            .await
            .map_err(|cause| store_error("clock", &cause))?;
        row.try_get(0).map_err(|cause| store_error("clock", &cause))
    }

    /// Prepares a statement without running it and checks that its types are the three this store knows.
    async fn prepare(&self, statement: &'static Statement) -> Result<(), StoreError> {
        let client = self.client().await?;
        let prepared = client
            .prepare_cached(statement.postgres())
            .await
            .map_err(|cause| store_error(statement.name(), &cause))?;
        let known = |ty: &Type| [Type::INT8, Type::TEXT, Type::BYTEA].contains(ty);
        let columns = prepared.columns().iter().map(tokio_postgres::Column::type_);
        match prepared.params().iter().chain(columns).find(|ty| !known(ty)) {
            Some(ty) => Err(StoreError::Refused { statement: statement.name(), cause: format!("type {ty}") }),
            None => Ok(()),
        }
    }

    async fn client(&self) -> Result<Client, StoreError> {
        self.pool.get().await.map_err(|cause| match cause {
            PoolError::Timeout(TimeoutType::Wait) => StoreError::Busy,
            PoolError::Backend(cause) => StoreError::Unavailable(plain(&cause)),
            other => StoreError::Unavailable(other.to_string()),
        })
    }
}

/// Why one try failed, and with it whether another may follow.
enum Failed {
    /// Nothing was changed.
    BeforeCommit(StoreError),
    /// Nobody knows, or trying again is no use.
    AtCommit(StoreError),
}

fn before_commit(step: &'static str, cause: &tokio_postgres::Error) -> Failed {
    Failed::BeforeCommit(store_error(step, cause))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of map_err")]
fn at_commit(cause: tokio_postgres::Error) -> Failed {
    match store_error("commit", &cause) {
        // Said by a server that has undone it.
        StoreError::Conflict => Failed::BeforeCommit(StoreError::Conflict),
        other => Failed::AtCommit(other),
    }
}

/// The result of `work`, a panic among them: it undoes this transaction and nothing else, as on SQLite.
async fn caught<R>(work: impl Future<Output = Result<R, StoreError>>) -> Result<R, StoreError> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or(Poll::Ready(Err(StoreError::Panicked)))
    })
    .await
}

fn pool(target: Target) -> Result<Pool, OpenError> {
    let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match target.tls {
        Some(tls) => Manager::from_config(target.config, tls, settings),
        None => Manager::from_config(target.config, tokio_postgres::NoTls, settings),
    };
    Pool::builder(manager)
        .max_size(CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .recycle_timeout(Some(PATIENCE))
        .post_create(Hook::async_fn(|client, _| {
            Box::pin(async move { client.batch_execute(ON_CONNECT).await.map_err(HookError::Backend) })
        }))
        .build()
        .map_err(|cause| OpenError::Failed(cause.to_string()))
}

/// A commit that is answered must outlive a power cut; where the server's default says otherwise, not for us. A
/// stricter setting (`remote_apply`) stays. The time-outs end what a vanished node left behind.
const ON_CONNECT: &str = "SET statement_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";
/// Enough that commits wait for the disk side by side; few enough that several nodes fit PostgreSQL's default of 100.
const CONNECTIONS: usize = 16;
/// How long to wait for a connection, free or new.
const PATIENCE: Duration = Duration::from_secs(5);
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(10);
