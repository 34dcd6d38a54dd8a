//! What is taken back reaches every guard that follows.

use std::sync::Arc;

use jotgate_guard::{Guard, Staleness, TokenSource};
use jotgate_harness::Engine;
use serde_json::json;

use super::place::{Place, counted, eventually, started};

#[tokio::test]
async fn a_logout_reaches_a_guard_that_asks_nobody() {
    let place = Place::new().await;
    let (ada, bob) = (place.member("ada@example.com").await, place.member("bob@example.com").await);
    let via = place.via(place.proxy.address);
    let guard = started(place.guard_by(via.clone())).await;
    assert_eq!((place.said(&guard, &ada), place.said(&guard, &bob)), ("good", "good"));
    let asked = via.asked.load(std::sync::atomic::Ordering::SeqCst);

    place.log_out(&ada).await;
    place.until(&guard, &ada, "revoked.session", &["good"]).await;
    assert_eq!(place.said(&guard, &bob), "good");
    assert_eq!(via.asked.load(std::sync::atomic::Ordering::SeqCst), asked, "no request for all of this");
}

#[tokio::test]
async fn a_guard_that_comes_later_knows_too() {
    let place = Place::new().await;
    let ada = place.member("ada@example.com").await;
    place.log_out(&ada).await;
    let guard = started(place.guard()).await;
    assert_eq!(place.said(&guard, &ada), "revoked.session");
}

#[tokio::test]
async fn other_causes_reach_it_as_well() {
    let place = Place::new().await;
    let (here, there) = (place.member("ada@example.com").await, place.again("ada@example.com").await);
    let guard = started(place.guard()).await;
    place.change_password(&here).await;
    // The other session is over, and so is the one that changed the password: a new one took its place.
    place.until(&guard, &there, "revoked.session", &["good"]).await;
    place.until(&guard, &here, "revoked.session", &["good"]).await;
}

/// Each engine, two servers on one database: taken back at one, refused by a guard that follows the other.
#[tokio::test]
async fn what_one_server_takes_back_another_tells() {
    for engine in Engine::all() {
        let place = Place::with(engine, &[]).await;
        let ada = place.member("ada@example.com").await;
        let guard = started(place.guard()).await;
        let other = place.app.beside().await;
        let answer = other.post("/v1/logout", &json!({"refresh_token": ada.refresh})).send().await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        place.until(&guard, &ada, "revoked.session", &["good"]).await;
    }
}

#[tokio::test]
async fn each_of_two_issuers_has_its_own_feed() {
    let (one, two) = (Place::new().await, Place::new().await);
    let (ada, bob) = (one.member("ada@example.com").await, two.member("bob@example.com").await);
    let builder = Guard::new(&one.issuer, &one.issuer).trust(&two.issuer, &two.issuer);
    let guard = started(builder.clock(one.app.clock.clone()).monotonic(one.passing.clone())).await;
    two.log_out(&bob).await;
    two.until(&guard, &bob, "revoked.session", &["good"]).await;
    assert_eq!(one.said(&guard, &ada), "good");
    one.log_out(&ada).await;
    one.until(&guard, &ada, "revoked.session", &["good"]).await;
}

#[tokio::test]
async fn the_stream_ends_with_the_guard() {
    let place = Place::new().await;
    let guard = started(place.guard()).await;
    let clone = guard.clone();
    drop(guard);
    assert_eq!(place.app.app.feed.streams(), 1);
    drop(clone);
    eventually("the server is rid of the stream", || place.app.app.feed.streams() == 0).await;
}

#[tokio::test]
async fn without_a_feed_a_guard_needs_none() {
    let mut place = Place::new().await;
    let ada = place.member("ada@example.com").await;
    let guard = started(place.guard().without_feed()).await;
    place.kill().await;
    place.pass(60);
    assert_eq!(place.said(&guard, &ada), "good");
}

#[tokio::test]
async fn a_guard_that_accepts_silence_still_refuses_what_it_knows() {
    let mut place = Place::new().await;
    let (ada, bob) = (place.member("ada@example.com").await, place.member("bob@example.com").await);
    let guard = started(place.guard().stale(Staleness::Accept)).await;
    place.log_out(&ada).await;
    place.until(&guard, &ada, "revoked.session", &["good"]).await;
    place.kill().await;
    place.pass(60);
    assert_eq!((place.said(&guard, &ada), place.said(&guard, &bob)), ("revoked.session", "good"));
}

#[tokio::test]
async fn entries_leave_when_their_tokens_are_past() {
    let place = Place::new().await;
    let ada = place.member("ada@example.com").await;
    let guard = started(place.guard()).await;
    place.log_out(&ada).await;
    eventually("the entry is there", || counted(&guard, "jotgate_guard_revocations") == 1).await;
    // The lifetime of a token, as much as clocks may differ, and a little.
    place.pass(15 * 60 + 120 + 60);
    // The stream is too old by now and is opened anew; with its first event the guard looks what is over.
    eventually("the entry is gone", || counted(&guard, "jotgate_guard_revocations") == 0).await;
    place.until(&guard, &ada, "exp.expired", &[]).await;
}

/// `[revocations] access = "clients"`: a guard without a token learns nothing, one with a client's token everything.
#[tokio::test]
async fn a_feed_for_clients_is_read_with_a_token() {
    let place = Place::with(Engine::Sqlite, &[("revocations.access", "clients")]).await;
    let (ada, bob) = (place.member("ada@example.com").await, place.member("bob@example.com").await);
    let key = place.client("reports").await;
    let via = place.via(place.proxy.address);
    let tokens = TokenSource::with_key(&place.issuer, "reports", key);
    let tokens = tokens.fetch(Arc::new(via.clone())).clock(place.app.clock.clone()).start().unwrap();
    let guard = started(place.guard_by(via).feed_token(tokens)).await;
    place.log_out(&ada).await;
    place.until(&guard, &ada, "revoked.session", &["good"]).await;

    let stranger = place.guard().start().unwrap();
    eventually("it was turned away", || counted(&stranger, "jotgate_guard_feed_breaks_total") > 1).await;
    assert_eq!(place.said(&stranger, &bob), "revocations.stale");
}
