//! The thread that writes. It takes what waits, up to a limit and without waiting for more, runs each piece in a
//! savepoint of its own and commits them together: many clients share one fsync and still fail alone.
//! An answer leaves only after the commit that makes it true.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{BUSY_TIMEOUT, is_busy, store_error};
use crate::store::{StoreError, Tx};

pub(super) struct Writer {
    /// Taken only when dropped: the thread ends when its queue does.
    queue: Option<SyncSender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection, queries: Arc<AtomicU64>) -> std::io::Result<Writer> {
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || serve(connection, &jobs, &queries))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    pub(super) async fn write<F, R>(&self, work: F) -> Result<R, StoreError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Write { work, result: None, answer });
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => gone(),
        })?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// Waits for the thread, so that the file is closed, its log folded in, when the last `Store` has gone.
impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // Its panic was printed when it happened; there is nothing left to undo.
            let _ = thread.join();
        }
    }
}

/// Runs `work`, which may await nothing but queries of a connection that answers at once.
pub(super) fn run_once<F, R>(
    work: &F,
    connection: &mut Connection,
    queries: &AtomicU64,
) -> Result<R, StoreError>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError>,
{
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut tx = Tx::sqlite(connection, queries);
        let polled = pin!(work(&mut tx)).poll(&mut Context::from_waker(Waker::noop()));
        polled.map(|result| tx.settle(result))
    }));
    match polled {
        Ok(Poll::Ready(result)) => result,
        Ok(Poll::Pending) => Err(StoreError::Suspended),
        Err(_) => Err(StoreError::Panicked),
    }
}

/// One closure on its way through the thread.
trait Job: Send {
    /// Whether anybody still waits for it.
    fn is_wanted(&self) -> bool;
    /// Runs it in a savepoint. An error here is one of the whole batch, not of the closure.
    fn run(&mut self, connection: &mut Connection, queries: &AtomicU64) -> rusqlite::Result<()>;
    fn answer(self: Box<Self>, committed: &Result<(), StoreError>);
}

struct Write<F, R> {
    work: F,
    result: Option<Result<R, StoreError>>,
    answer: oneshot::Sender<Result<R, StoreError>>,
}

impl<F, R> Job for Write<F, R>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError> + Send,
    R: Send,
{
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn run(&mut self, connection: &mut Connection, queries: &AtomicU64) -> rusqlite::Result<()> {
        run(connection, "SAVEPOINT job")?;
        let result = run_once(&self.work, connection, queries);
        // After a full disk and the like SQLite has undone the whole transaction by itself.
        if !connection.is_autocommit() {
            if result.is_err() {
                run(connection, "ROLLBACK TO job")?;
            }
            run(connection, "RELEASE job")?;
        }
        self.result = Some(result);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: &Result<(), StoreError>) {
        let result = match (self.result, committed) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(shared)) => Err(shared.clone()),
            (Some(Ok(result)), Ok(())) => Ok(result),
            (None, Ok(())) => return,
        };
        // Nobody waits any more when the request was dropped.
        let _ = self.answer.send(result);
    }
}

fn serve(mut connection: Connection, jobs: &Receiver<Box<dyn Job>>, queries: &AtomicU64) {
    let mut wrote = false;
    loop {
        match jobs.recv_timeout(IDLE) {
            Ok(first) => {
                let batch = std::iter::once(first).chain(jobs.try_iter()).take(BATCH).collect();
                run_batch(&mut connection, batch, queries);
                wrote = true;
            }
            Err(RecvTimeoutError::Timeout) if wrote => {
                shorten_log(&connection);
                wrote = false;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    // Only an optimisation of later plans; the file is complete without it.
    let _ = connection.execute_batch("PRAGMA optimize");
}

fn run_batch(connection: &mut Connection, mut batch: Vec<Box<dyn Job>>, queries: &AtomicU64) {
    batch.retain(|job| job.is_wanted());
    if batch.is_empty() {
        return;
    }
    let committed = in_one_transaction(connection, &mut batch, queries);
    if committed.is_err() && !connection.is_autocommit() {
        // When even this fails, the next BEGIN does too and says so to its callers.
        let _ = connection.execute_batch("ROLLBACK");
    }
    for job in batch {
        job.answer(&committed);
    }
}

fn in_one_transaction(
    connection: &mut Connection,
    batch: &mut [Box<dyn Job>],
    queries: &AtomicU64,
) -> Result<(), StoreError> {
    again_while_busy(connection, "BEGIN IMMEDIATE")?;
    for job in batch {
        job.run(connection, queries).map_err(|cause| store_error("savepoint", &cause))?;
        if connection.is_autocommit() {
            return Err(StoreError::Unavailable("SQLite undid the transaction".to_owned()));
        }
    }
    again_while_busy(connection, "COMMIT")
}

/// Another process may hold the write lock for longer than one statement waits.
fn again_while_busy(connection: &Connection, sql: &'static str) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        match run(connection, sql) {
            Ok(()) => return Ok(()),
            Err(cause) if is_busy(&cause) && tries < BUSY_TRIES => tries += 1,
            Err(cause) if is_busy(&cause) => return Err(StoreError::Busy),
            // No closure is at fault, so it is the database.
            Err(cause) => return Err(StoreError::Unavailable(cause.to_string())),
        }
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// Empties the write-ahead log file, which a long reader can let grow, if that needs no waiting.
fn shorten_log(connection: &Connection) {
    let shortened = connection
        .busy_timeout(Duration::ZERO)
        .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    let restored = connection.busy_timeout(BUSY_TIMEOUT);
    if let Err(cause) = shortened.and(restored) {
        tracing::debug!(%cause, "the write-ahead log was not shortened");
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the writer thread has ended".to_owned())
}

/// Jobs that may wait; beyond it writes are refused at once, because waiting longer than a client does helps nobody.
const QUEUE: usize = 4_096;
/// Jobs that share a commit.
const BATCH: usize = 512;
const BUSY_TRIES: u32 = 3;
const IDLE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::store::{meta, migrate};

    async fn put(writer: &Writer, name: &'static str) -> Result<(), StoreError> {
        writer.write(async move |tx: &mut Tx<'_>| meta::set(tx, name, b"1").await).await
    }

    /// A connection whose next commit turns into a rollback, as on a disk that fails.
    fn failing_once() -> (Connection, Arc<AtomicU64>) {
        let mut connection = Connection::open_in_memory().unwrap();
        assert!(migrate::sqlite(&mut connection).is_ok());
        let commits = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&commits);
        connection.commit_hook(Some(move || counted.fetch_add(1, Ordering::SeqCst) == 0)).unwrap();
        (connection, commits)
    }

    #[tokio::test]
    async fn a_commit_that_fails_fails_all_that_shared_it_and_nothing_later() {
        let (connection, commits) = failing_once();
        // Waiting before the thread begins, all three are one batch.
        let (queue, jobs) = sync_channel(QUEUE);
        let writer = Writer { queue: Some(queue), thread: None };
        let mut writes = ["a", "b", "c"].map(|name| Box::pin(put(&writer, name)));
        let mut context = Context::from_waker(Waker::noop());
        for write in &mut writes {
            assert!(write.as_mut().poll(&mut context).is_pending());
        }
        let served = std::thread::spawn(move || serve(connection, &jobs, &AtomicU64::new(0)));
        for write in writes {
            assert!(matches!(write.await, Err(StoreError::Unavailable(_))));
        }
        assert_eq!(put(&writer, "d").await, Ok(()));
        let left = writer.write(async |tx: &mut Tx<'_>| {
            Ok([meta::value(tx, "a").await?.is_some(), meta::value(tx, "d").await?.is_some()])
        });
        assert_eq!(left.await, Ok([false, true]));
        assert!(commits.load(Ordering::SeqCst) >= 2);
        drop(writer);
        served.join().unwrap();
    }
}
