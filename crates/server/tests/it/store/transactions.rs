//! Transactions: what is undone, what is not, and who waits for whom.

use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use jotgate_harness::{Engine, Postgres, TestStore};
use jotgate_server::store::{Database, Store, StoreError, Tx, meta};
use tokio::sync::{Barrier, Notify};

use super::fixture::raw;

async fn put(store: &Store, name: &'static str) -> Result<(), StoreError> {
    store.write(async move |tx: &mut Tx<'_>| meta::set(tx, name, name.as_bytes()).await).await
}

async fn has(store: &Store, name: &'static str) -> bool {
    let value = store.read(async move |tx: &mut Tx<'_>| meta::value(tx, name).await).await;
    value.expect("the store answers").is_some()
}

/// Keeps the writer of SQLite from taking more until the sender is used; the future must be polled to begin.
async fn gate(store: Store, begun: Arc<Notify>, open: mpsc::Receiver<()>) -> Result<(), StoreError> {
    let open = Mutex::new(open);
    store
        .write(async move |_: &mut Tx<'_>| {
            begun.notify_one();
            open.lock().expect("nobody panics with it").recv().expect("the sender is used");
            Ok(())
        })
        .await
}

async fn close_gate(store: &Store) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), StoreError>>) {
    let (open, opened) = mpsc::channel();
    let begun = Arc::new(Notify::new());
    let gate = tokio::spawn(gate(store.clone(), Arc::clone(&begun), opened));
    begun.notified().await;
    (open, gate)
}

/// Polls in turn, so that what is polled first is queued first.
fn is_pending<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> bool {
    future.poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_undoes_itself_and_not_its_neighbours() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let mut before = pin!(put(&store, "before"));
        let mut failing = pin!(store.write(async |tx: &mut Tx<'_>| {
            meta::set(tx, "failing", b"1").await?;
            Err::<(), _>(StoreError::Corrupt("as it were".to_owned()))
        }));
        let mut panicking = pin!(store.write(async |tx: &mut Tx<'_>| -> Result<(), StoreError> {
            meta::set(tx, "panicking", b"1").await?;
            panic!("this panic is part of a test")
        }));
        let mut after = pin!(put(&store, "after"));
        if engine == Engine::Sqlite {
            // All four in one batch: they wait behind a gate.
            let (open, gate) = close_gate(&store).await;
            assert!(is_pending(before.as_mut()) && is_pending(failing.as_mut()));
            assert!(is_pending(panicking.as_mut()) && is_pending(after.as_mut()));
            open.send(()).unwrap();
            gate.await.unwrap().unwrap();
        }
        assert_eq!(before.await, Ok(()), "{engine:?}");
        assert_eq!(failing.await, Err(StoreError::Corrupt("as it were".to_owned())), "{engine:?}");
        assert_eq!(panicking.await, Err(StoreError::Panicked), "{engine:?}");
        assert_eq!(after.await, Ok(()), "{engine:?}");
        for (name, there) in [("before", true), ("failing", false), ("panicking", false), ("after", true)] {
            assert_eq!(has(&store, name).await, there, "{engine:?} {name}");
        }
        assert_eq!(put(&store, "later").await, Ok(()), "{engine:?}: the writer lives on");
    }
}

#[tokio::test]
async fn a_closure_that_goes_on_after_a_failed_statement_commits_nothing() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let work = async |tx: &mut Tx<'_>| {
            meta::set(tx, "kept", b"1").await?;
            // The epoch of nobody cannot be remembered: the user is missing.
            let user = jotgate_server::store::UserId(super::fixture::id(1));
            let ignored = jotgate_server::store::attempts::known_addresses::remember(tx, user, b"a", 1).await;
            assert_eq!(ignored, Err(StoreError::Conflict));
            Ok(())
        };
        assert_eq!(store.write(work).await, Err(StoreError::Conflict), "{engine:?}");
        assert!(!has(&store, "kept").await, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_beyond_the_queue_are_refused_at_once_and_the_rest_are_done() {
    let store = TestStore::new(Engine::Sqlite).await;
    let (open, gate) = close_gate(&store).await;
    let mut waiting = Vec::new();
    let refused = loop {
        let mut write = Box::pin(put(&store, "x"));
        match write.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => waiting.push(write),
            Poll::Ready(refused) => break refused,
        }
        assert!(waiting.len() < 10_000, "the queue has no end");
    };
    assert_eq!((refused, waiting.len()), (Err(StoreError::Busy), 4_096));
    open.send(()).unwrap();
    gate.await.unwrap().unwrap();
    for write in waiting {
        assert_eq!(write.await, Ok(()));
    }
    assert_eq!(put(&store, "x").await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_nobody_waits_for_any_more_is_not_begun() {
    let store = TestStore::new(Engine::Sqlite).await;
    let (open, gate) = close_gate(&store).await;
    {
        let mut dropped = pin!(put(&store, "dropped"));
        assert!(is_pending(dropped.as_mut()));
    }
    let mut kept = pin!(put(&store, "kept"));
    assert!(is_pending(kept.as_mut()));
    open.send(()).unwrap();
    gate.await.unwrap().unwrap();
    assert_eq!(kept.await, Ok(()));
    assert!(!has(&store, "dropped").await);
}

#[tokio::test]
async fn waiting_inside_a_transaction_of_sqlite_is_refused_and_undone() {
    let store = TestStore::new(Engine::Sqlite).await;
    let suspended = store.write(async |tx: &mut Tx<'_>| {
        meta::set(tx, "kept", b"1").await?;
        std::future::pending::<()>().await;
        Ok(())
    });
    assert_eq!(suspended.await, Err(StoreError::Suspended));
    assert!(!has(&store, "kept").await);
    let suspended = store.read(async |_: &mut Tx<'_>| {
        std::future::pending::<()>().await;
        Ok(())
    });
    assert_eq!(suspended.await, Err(StoreError::Suspended));
}

#[tokio::test]
async fn a_read_changes_nothing_on_sqlite() {
    let store = TestStore::new(Engine::Sqlite).await;
    let refused = store.read(async |tx: &mut Tx<'_>| meta::set(tx, "x", b"1").await).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_) | StoreError::Refused { .. })), "{refused:?}");
    assert!(!has(&store, "x").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_and_writes_run_in_tasks_and_every_statement_is_counted() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let before = store.queries();
        let (writing, reading) = (store.clone(), store.clone());
        tokio::spawn(async move { put(&writing, "x").await }).await.unwrap().unwrap();
        assert!(tokio::spawn(async move { has(&reading, "x").await }).await.unwrap(), "{engine:?}");
        assert_eq!(store.queries() - before, 2, "{engine:?}");
        let clock = store.ping().await.unwrap();
        assert_eq!(clock.is_some(), engine == Engine::Postgres);
    }
}

#[tokio::test]
async fn two_stores_of_one_database_see_each_other_and_a_reopened_one_sees_all() {
    for engine in Engine::all() {
        let first = TestStore::new(engine).await;
        let second = first.database().open().await;
        put(&first, "first").await.unwrap();
        assert!(has(&second, "first").await, "{engine:?}");
        put(&second, "second").await.unwrap();
        assert!(has(&first, "second").await, "{engine:?}");
        drop(second);
        let database = first.close();
        let third = database.open().await;
        assert!(has(&third, "first").await && has(&third, "second").await, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_waits_for_another_process_that_writes() {
    let store = TestStore::new(Engine::Sqlite).await;
    let Database::Sqlite(path) = store.database().database() else { panic!("it is SQLite") };
    let other = rusqlite::Connection::open(path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO meta (name, value) VALUES ('other', x'00')").unwrap();
    let waiting = store.clone();
    let waiting = tokio::spawn(async move { put(&waiting, "x").await });
    // Long enough to be past the first tries, short of the time-out.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!waiting.is_finished());
    other.execute_batch("COMMIT").unwrap();
    waiting.await.unwrap().unwrap();
    assert!(has(&store, "x").await && has(&store, "other").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_write_leaves_no_open_transaction() {
    let Some(_) = Postgres::shared() else { return };
    let store = TestStore::new(Engine::Postgres).await;
    for _ in 0..20 {
        let begun = Arc::new(Notify::new());
        let (writing, notify) = (store.clone(), Arc::clone(&begun));
        let write = tokio::spawn(async move {
            let never = writing.write(async move |tx: &mut Tx<'_>| {
                meta::set(tx, "x", b"dropped").await?;
                notify.notify_one();
                std::future::pending::<()>().await;
                Ok(())
            });
            never.await
        });
        begun.notified().await;
        write.abort();
    }
    // Each of those held a lock on this row.
    assert_eq!(tokio::time::timeout(Duration::from_secs(4), put(&store, "x")).await, Ok(Ok(())));
    let value = store.read(async |tx: &mut Tx<'_>| meta::value(tx, "x").await).await.unwrap();
    assert_eq!(value.as_deref(), Some(&b"x"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_lock_each_other_out_both_get_done() {
    let Some(_) = Postgres::shared() else { return };
    let store = TestStore::new(Engine::Postgres).await;
    put(&store, "a").await.unwrap();
    put(&store, "b").await.unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let tries = Arc::new(AtomicU32::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for names in [["a", "b"], ["b", "a"]] {
        let (store, barrier, tries) = (store.clone(), Arc::clone(&barrier), Arc::clone(&tries));
        let first_try = AtomicU32::new(1);
        tasks.spawn(async move {
            let done = store.write(async move |tx: &mut Tx<'_>| {
                tries.fetch_add(1, Ordering::SeqCst);
                meta::set(tx, names[0], b"1").await?;
                if first_try.swap(0, Ordering::SeqCst) == 1 {
                    barrier.wait().await;
                }
                meta::set(tx, names[1], b"1").await
            });
            done.await
        });
    }
    assert_eq!(tasks.join_all().await, [Ok(()), Ok(())]);
    assert!(tries.load(Ordering::SeqCst) > 2, "one of them ran again");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_the_server_closed_are_replaced() {
    let Some(_) = Postgres::shared() else { return };
    let store = TestStore::new(Engine::Postgres).await;
    put(&store, "x").await.unwrap();
    let others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()";
    raw(&store.database().database(), others).await;
    assert_eq!(put(&store, "y").await, Ok(()));
    raw(&store.database().database(), others).await;
    assert!(has(&store, "y").await);
}
