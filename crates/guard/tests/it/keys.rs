//! The keys of an issuer: when they are fetched, how long they count, and what happens without them. Time is paused, so
//! that hours pass in a moment.

use std::{future::Future as _, time::Duration};

use jotgate_guard::Guard;

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

#[tokio::test(start_paused = true)]
async fn the_last_good_keys_count_for_a_day_and_no_longer() {
    let key = key("a");
    let issuer = Issuer::with(&[&key]);
    let guard = started(&issuer).await;
    let app = app(&guard);
    issuer.set_down(true);
    tokio::time::sleep(24 * 60 * MINUTE - MINUTE).await;
    assert_eq!(ask(&app, bearer(&good(&key))).await.status, 200, "the issuer is not missed");
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(ask(&app, bearer(&good(&key))).await.short(), (503, "keys.unreachable"), "not 401");
    issuer.set_down(false);
    tokio::time::timeout(Duration::from_secs(6), guard.ready()).await.expect("its return is noticed soon");
    assert_eq!(ask(&app, bearer(&good(&key))).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn while_the_issuer_is_down_an_unknown_key_is_503_and_a_known_one_is_good() {
    let (old, new) = (key("a"), key("b"));
    let issuer = Issuer::with(&[&old]);
    let guard = started(&issuer).await;
    let app = app(&guard);
    tokio::time::sleep(Duration::from_secs(11)).await;
    issuer.set_down(true);
    for _ in 0..3 {
        assert_eq!(ask(&app, bearer(&good(&new))).await.short(), (503, "keys.unreachable"));
        assert_eq!(ask(&app, bearer(&good(&old))).await.status, 200);
    }
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "only a duration is measured, of paused time")]
async fn a_body_that_drips_ends_after_ten_seconds() {
    /// Metadata at once, keys a byte a second and never all.
    struct Dripping(Issuer);
    impl jotgate_guard::Fetch for Dripping {
        fn fetch(&self, request: http::Request<bytes::Bytes>) -> jotgate_guard::Answering<'_> {
            if !request.uri().path().ends_with("jwks.json") {
                return self.0.fetch(request);
            }
            Box::pin(async { Ok(http::Response::new(jotgate_guard::FetchBody::new(Drip::default()))) })
        }
    }
    let issuer = Issuer::with(&[&key("a")]);
    let started = tokio::time::Instant::now();
    let guard =
        Guard::new(ISSUER, AUDIENCE).without_feed().clock(Noon).fetch(Dripping(issuer)).start().unwrap();
    while guard.metrics().key_fetches().1 == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = started.elapsed();
    assert!((Duration::from_secs(10)..Duration::from_secs(11)).contains(&took), "{took:?}");
}

/// A space a second, for ever.
#[derive(Default)]
struct Drip(Option<std::pin::Pin<Box<tokio::time::Sleep>>>);

impl http_body::Body for Drip {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        let second = || Box::pin(tokio::time::sleep(Duration::from_secs(1)));
        std::task::ready!(self.0.get_or_insert_with(second).as_mut().poll(cx));
        self.0 = None;
        std::task::Poll::Ready(Some(Ok(http_body::Frame::data(bytes::Bytes::from_static(b" ")))))
    }
}

#[tokio::test(start_paused = true)]
async fn what_fetches_ends_with_the_last_clone() {
    let issuer = Issuer::with(&[&key("a")]);
    let guard = started(&issuer).await;
    let app = app(&guard);
    drop(guard);
    tokio::time::sleep(10 * MINUTE).await;
    assert!(issuer.key_fetches() > 0, "the layer is a clone");
    drop(app);
    issuer.seen();
    tokio::time::sleep(60 * MINUTE).await;
    assert_eq!(issuer.seen(), Vec::<String>::new());
}
