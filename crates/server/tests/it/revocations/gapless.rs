//! I9: the feed is gapless and complete, whatever commits late, rolls back or is dropped half-way, with two nodes that
//! number and publish at once and followers that change between them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::flow::revocations::{announce, turn};
use jotgate_server::store::{StoreError, Tx, revocations};
use jotgate_token::revocation::{Digest, Kind};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

use super::follower::{Follower, ISSUER, settle};
use crate::sessions::{is_deep, postgres};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_nodes_lose_nothing_and_say_nothing_that_did_not_happen() {
    for engine in Engine::all() {
        let world = World::new(engine).await;
        let announced = world.announce(if is_deep() { 20_000 } else { 1_000 }).await;
        world.converge(announced).await;
    }
}

/// The transaction that everybody overtakes: it began first and commits last.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_held_open_for_five_seconds_leaves_no_gap() {
    let Some(engine) = postgres() else { return };
    let world = World::new(engine).await;
    let app = world.nodes[0].app.clone();
    let (began, mut has_begun) = watch::channel(());
    let late = tokio::spawn(async move {
        let of = app.clone();
        let slow = async move |tx: &mut Tx<'_>| {
            announce(&of, tx, Kind::Session, "late", 0).await?;
            began.send_replace(());
            tokio::time::sleep(Duration::from_secs(5)).await;
            Ok(())
        };
        app.store.write(slow).await.expect("it commits in the end");
    });
    has_begun.changed().await.expect("it begins");
    let mut announced = world.announce(200).await;
    settle(&world.nodes[1]).await;
    let before = head(&world.nodes[0]).await;
    assert_eq!(before, announced.len() as u64, "nobody waits for it");
    assert!(!late.is_finished(), "the others were done long before");
    late.await.expect("it does not panic");
    announced.insert(Digest::of(ISSUER, Kind::Session, "late"));
    announced.extend(world.announce(50).await);
    world.converge(announced).await;
}

/// Two nodes, each looking all the time and now and then stopped in the middle of it, and six followers.
struct World {
    nodes: [Arc<TestApp>; 2],
    looking: Vec<AbortHandle>,
    followers: JoinSet<Follower>,
    /// The last number, once it is known to be the last.
    last: watch::Sender<Option<u64>>,
}

impl World {
    async fn new(engine: Engine) -> Self {
        let first = TestApp::new(engine).await;
        let second = first.beside().await;
        let nodes = [Arc::new(first), Arc::new(second)];
        for node in &nodes {
            settle(node).await;
        }
        let looking = nodes.iter().zip(0..).map(|(node, n)| {
            let node = Arc::clone(node);
            tokio::spawn(async move { look(&node, n).await }).abort_handle()
        });
        let looking = looking.collect();
        let (last, until) = watch::channel(None);
        let mut followers = JoinSet::new();
        for n in 0..6 {
            followers.spawn(follow(nodes.clone(), n, until.clone()));
        }
        Self { nodes, looking, followers, last }
    }

    /// Takes back about so many things, eight at a time on both nodes; answers those that were committed.
    async fn announce(&self, count: u64) -> HashSet<Digest> {
        let mut writers = JoinSet::new();
        for writer in 0..8 {
            let app = self.nodes[writer as usize % 2].app.clone();
            let from = head(&self.nodes[0]).await;
            writers.spawn(async move {
                let mut random = Random(writer + 1);
                let mut committed = HashSet::new();
                for n in 0..count / 12 {
                    let ids: Vec<String> =
                        (0..random.below(4)).map(|k| format!("{from}-{writer}-{n}-{k}")).collect();
                    let (of, own, commits) = (app.clone(), ids.clone(), random.below(4) > 0);
                    let write = async move |tx: &mut Tx<'_>| {
                        for id in &own {
                            announce(&of, tx, Kind::Session, id, 0).await?;
                        }
                        if commits { Ok(()) } else { Err(StoreError::Busy) }
                    };
                    match app.store.write(write).await {
                        Ok(()) => {
                            committed.extend(ids.iter().map(|id| Digest::of(ISSUER, Kind::Session, id)));
                        }
                        Err(error) => assert_eq!((error, commits), (StoreError::Busy, false)),
                    }
                }
                committed
            });
        }
        writers.join_all().await.into_iter().flatten().collect()
    }

    /// Numbers are whole, and every follower ends up knowing just this.
    async fn converge(mut self, announced: HashSet<Digest>) {
        self.looking.iter().for_each(AbortHandle::abort);
        for node in &self.nodes {
            settle(node).await;
        }
        let last = head(&self.nodes[0]).await;
        let list = async move |tx: &mut Tx<'_>| revocations::list(tx, 0, last, 0, u32::MAX).await;
        let rows = self.nodes[0].app.store.read(list).await.expect("the store answers");
        let numbers: Vec<u64> = rows.iter().map(|(seq, _)| *seq).collect();
        assert_eq!(numbers, (1..=last).collect::<Vec<_>>(), "every number once");
        assert_eq!(rows.len(), announced.len());
        self.last.send_replace(Some(last));
        let mut ended = 0;
        while let Some(follower) = self.followers.join_next().await {
            let follower = follower.expect("a follower finds no gap");
            let known: HashSet<Digest> = follower.entries.values().map(|entry| entry.digest).collect();
            assert_eq!(known.len(), announced.len());
            assert!(known == announced, "what was committed, and nothing else");
            ended += 1;
        }
        assert_eq!(ended, 6);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.looking.iter().for_each(AbortHandle::abort);
    }
}

/// As the job does, in a hurry, and dropped half-way every few times, as by a node that dies.
async fn look(node: &TestApp, n: u64) {
    let mut random = Random(100 + n);
    loop {
        let patience = match random.below(4) {
            0 => Duration::from_micros(random.below(3_000)),
            _ => Duration::from_secs(30),
        };
        if let Ok(done) = tokio::time::timeout(patience, turn(&node.app)).await {
            // Two that are always at the same rows lose against each other now and then.
            let _ = done;
        }
        tokio::time::sleep(Duration::from_millis(random.below(5))).await;
    }
}

/// Follows until the last number, and changes to the other node every few events.
async fn follow(nodes: [Arc<TestApp>; 2], n: u64, mut until: watch::Receiver<Option<u64>>) -> Follower {
    let mut random = Random(200 + n);
    let mut at = n as usize % 2;
    let mut follower = Follower::new(&nodes[at]).await;
    loop {
        if until.borrow_and_update().is_some_and(|last| follower.seq >= last) {
            return follower;
        }
        let goes = tokio::select! {
            event = follower.next() => event.is_none() || random.below(5) == 0,
            _ = until.changed() => true,
        };
        if goes {
            at = 1 - at;
            follower.resume(&nodes[at]).await;
        }
    }
}

async fn head(node: &TestApp) -> u64 {
    let read = async |tx: &mut Tx<'_>| revocations::head(tx, 1).await;
    node.app.store.read(read).await.expect("the store answers").expect("a head").0.seq
}

/// SplitMix64: the same run every time, as far as threads allow.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}
