//! The keys of an issuer: when they are fetched, how long they count, and what happens without them. Time is paused, so
//! that hours pass in a moment.

use std::time::Duration;

use crate::support::*;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn the_guard_starts_while_the_issuer_is_down() {
    let key = key("a");
    let issuer = Issuer::with(&[&key]);
    issuer.set_down(true);
    let guard = builder(&issuer).start().unwrap();
    let app = app(&guard);
    for _ in 0..3 {
        let answer = ask(&app, bearer(&good(&key))).await;
        assert_eq!(answer.short(), (503, "keys.unreachable"));
        assert_eq!((answer.challenge, answer.retry_after), (None, Some(2)));
    }
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(ask(&app, bearer(&good(&key))).await.status, 503);
    issuer.set_down(false);
    tokio::time::timeout(Duration::from_secs(6), guard.ready()).await.expect("its return is noticed soon");
    assert_eq!(ask(&app, bearer(&good(&key))).await.short(), (200, "0197"));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_comes_before_the_first_keys_waits_for_them() {
    let key = key("a");
    let guard = builder(&Issuer::with(&[&key])).start().unwrap();
    assert_eq!(ask(&app(&guard), bearer(&good(&key))).await.short(), (200, "0197"));
}

#[tokio::test(start_paused = true)]
async fn keys_are_renewed_ahead_of_their_end() {
    let key = key("a");
    let issuer = Issuer::with(&[&key]);
    let _guard = started(&issuer).await;
    issuer.seen();
    // max-age is 300 s; by then the next set is there.
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_secs(300)).await;
        let fetches = issuer.key_fetches();
        issuer.seen();
        assert!((1..=2).contains(&fetches), "{fetches}");
    }
}
