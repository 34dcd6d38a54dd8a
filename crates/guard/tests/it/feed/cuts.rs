//! The connection is cut, at every byte there is.

use jotgate_guard::Guard;
use jotgate_harness::FaultProxy;
use jotgate_server::{flow::revocations::announce, store::Tx};
use jotgate_token::{Id, OsRandom, revocation::Kind};

use super::place::{Place, counted, eventually, started};

/// Guards that each come through a proxy of their own. While they are away something is taken back; the stream that
/// tells them is cut off after no byte, after one, after two, ... until nothing is left to cut, and every time the entry
/// must arrive all the same.
#[tokio::test]
async fn a_stream_cut_at_every_byte_loses_nothing() {
    let place = Place::new().await;
    let mut guards = Vec::new();
    for _ in 0..GUARDS {
        let proxy = FaultProxy::start(place.address).await;
        let guard = started(place.guard_by(place.via(proxy.address))).await;
        guards.push((proxy, guard));
    }
    let mut bytes = 0;
    loop {
        let cuts: usize = guards.iter().map(|(proxy, _)| proxy.cuts()).sum();
        guards.iter().for_each(|(proxy, _)| proxy.close(true));
        let entries = take_back_one(&place).await;
        for (at, (proxy, _)) in guards.iter().enumerate() {
            proxy.cut_next_stream_after(bytes + at);
            proxy.close(false);
        }
        for (at, (proxy, guard)) in guards.iter().enumerate() {
            let what = format!("after a cut at byte {} all comes", bytes + at);
            eventually(&what, || !proxy.is_cut_due() && counted(guard, ENTRIES) == entries).await;
        }
        if guards.iter().map(|(proxy, _)| proxy.cuts()).sum::<usize>() == cuts {
            break; // every one got the whole event before its cut
        }
        bytes += GUARDS;
    }
    assert!(bytes > SHORTEST_EVENT, "a stream was cut only up to byte {bytes}");
    for (_, guard) in &guards {
        assert_eq!(counted(guard, "jotgate_guard_feed_alarms_total"), 0, "a cut is no alarm");
        assert_eq!(refused(guard), 0, "half an event is none, and not a bad one");
    }
}

fn refused(guard: &Guard) -> u64 {
    counted(guard, "jotgate_guard_feed_refused_total")
}

/// Takes back a token that nobody has; answers how many entries the server tells of then.
async fn take_back_one(place: &Place) -> u64 {
    let app = place.app.app.clone();
    let before = app.feed.entries();
    let id = Id::new(&OsRandom, 0).to_string();
    let of = app.clone();
    let done = app.store.write(async move |tx: &mut Tx<'_>| announce(&of, tx, Kind::Token, &id, 0).await);
    done.await.expect("the database takes it");
    eventually("the server tells of it", || app.feed.entries() == before + 1).await;
    before as u64 + 1
}

const GUARDS: usize = 32;
const ENTRIES: &str = "jotgate_guard_revocations";
/// Claims, a signature and their base64.
const SHORTEST_EVENT: usize = 400;
