//! Entries of the revocation feed: numbers without a gap, and how far tokens reach.

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::revocations::{self, Head};
use jotgate_server::store::{Store, StoreError, Tx};
use jotgate_token::revocation::{Digest, Entry, Kind};

use super::fixture::id;

fn entry(n: u8) -> Entry {
    match n % 2 {
        0 => Entry::subject(Digest([n; 8]), i64::from(n) - 100, 1_000 + i64::from(n)),
        _ => Entry::new(Kind::Session, Digest([n; 8]), 1_000 + i64::from(n)),
    }
}

async fn insert(store: &Store, n: u8) {
    let write = async move |tx: &mut Tx<'_>| revocations::insert(tx, &id(n.into()), &entry(n)).await;
    store.write(write).await.expect("the store answers");
}

async fn head(store: &Store) -> (Head, u64) {
    let head = store.read(async |tx: &mut Tx<'_>| revocations::head(tx, 100).await).await;
    head.expect("the store answers").expect("the feed has begun")
}

async fn number(store: &Store, from: Head, count: u64) -> Result<bool, StoreError> {
    store.write(async move |tx: &mut Tx<'_>| revocations::number(tx, &from, count).await).await
}

async fn listed(store: &Store, after: u64, up_to: u64, now: i64) -> Vec<(u64, Entry)> {
    let list = async move |tx: &mut Tx<'_>| revocations::list(tx, after, up_to, now, 100).await;
    store.read(list).await.expect("the store answers")
}

async fn begun(engine: Engine) -> TestStore {
    let store = TestStore::new(engine).await;
    for era in ["first", "second"] {
        store.write(async move |tx: &mut Tx<'_>| revocations::begin(tx, era).await).await.expect("begins");
    }
    store
}

#[tokio::test]
async fn numbers_are_given_in_order_and_once() {
    for engine in Engine::all() {
        let store = begun(engine).await;
        let (start, waiting) = head(&store).await;
        assert_eq!((start.clone(), waiting), (Head { era: "first".into(), seq: 0 }, 0), "{engine:?}");
        for n in [2, 1, 3] {
            insert(&store, n).await;
        }
        assert_eq!(head(&store).await.1, 3);
        assert!(number(&store, start.clone(), 2).await.unwrap());
        assert!(!number(&store, start.clone(), 1).await.unwrap(), "the head has moved");
        let (moved, waiting) = head(&store).await;
        assert_eq!((moved.seq, waiting), (2, 1));
        // What was counted before somebody else numbered it.
        assert_eq!(number(&store, moved.clone(), 2).await, Err(StoreError::Conflict), "{engine:?}");
        assert_eq!(head(&store).await, (moved.clone(), 1), "all of it was undone");
        let other = Head { era: "second".into(), ..moved.clone() };
        assert!(!number(&store, other, 1).await.unwrap(), "another era");
        assert!(number(&store, moved, 1).await.unwrap());
        let all = [(1, entry(1)), (2, entry(2)), (3, entry(3))];
        assert_eq!(listed(&store, 0, 9, 0).await, all, "{engine:?}");
        assert_eq!(listed(&store, 1, 2, 0).await, all[1..2]);
        assert_eq!(listed(&store, 0, 9, 1_003).await, all[2..], "only what is in force");
        let after = store.write(async |tx: &mut Tx<'_>| revocations::delete_ended_before(tx, 1_003, 9).await);
        assert_eq!(after.await, Ok(2));
        assert_eq!((listed(&store, 0, 9, 0).await, head(&store).await.0.seq), (all[2..].to_vec(), 3));
    }
}

#[tokio::test]
async fn what_has_no_number_is_not_cleaned_up() {
    for engine in Engine::all() {
        let store = begun(engine).await;
        insert(&store, 1).await;
        let gone =
            store.write(async |tx: &mut Tx<'_>| revocations::delete_ended_before(tx, i64::MAX, 9).await);
        assert_eq!(gone.await, Ok(0), "{engine:?}");
    }
}

#[tokio::test]
async fn the_farthest_reach_counts_until_its_last_token_is_past() {
    for engine in Engine::all() {
        let store = begun(engine).await;
        let reach = async |now: i64| {
            store.read(async move |tx: &mut Tx<'_>| revocations::reach(tx, now, 1_000).await).await.unwrap()
        };
        assert_eq!(reach(0).await, 0, "{engine:?}");
        for (seconds, at) in [(600, 0), (60, 100_000), (60, 90_000)] {
            let note = async move |tx: &mut Tx<'_>| revocations::note_reach(tx, seconds, at).await;
            store.write(note).await.unwrap();
        }
        assert_eq!(reach(600_999).await, 600, "ten minutes and a second's grace after it was last used");
        assert_eq!(reach(601_000).await, 0, "and the later note of a shorter one is past by then too");
        assert_eq!(reach(160_999).await, 600);
        let delete = async |tx: &mut Tx<'_>| revocations::delete_reach(tx, 161_000, 1_000).await;
        assert_eq!(store.write(delete).await, Ok(1), "the short one, used last at 100 s");
        assert_eq!(reach(161_000).await, 600);
    }
}

#[tokio::test]
async fn an_era_is_renewed_once() {
    for engine in Engine::all() {
        let store = begun(engine).await;
        let (old, _) = head(&store).await;
        for (era, done) in [("third", true), ("fourth", false)] {
            let from = old.clone();
            let renew = async move |tx: &mut Tx<'_>| revocations::renew(tx, &from, era).await;
            assert_eq!(store.write(renew).await, Ok(done), "{engine:?}");
        }
        assert_eq!(head(&store).await.0, Head { era: "third".into(), seq: 0 });
    }
}
