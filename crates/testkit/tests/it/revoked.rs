//! What was taken back: by our own guard, and in the messages that the test issuer sends.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use jotgate_guard::{Fetch as _, FetchBody};
use jotgate_jose::{JwkSet, KeySet};
use jotgate_testkit::catalogue::{self, Change};
use jotgate_testkit::{Sent, TestIssuer};
use jotgate_token::revocation::{Digest, Event, FeedVerifier, Kind};

use super::guard::{API, ISSUER, agrees, ask};

async fn body_of(issuer: &TestIssuer, path: &str, headers: &[(&str, &str)]) -> FetchBody {
    let request = Request::get(format!("{ISSUER}{path}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let request = request.body(Bytes::new()).expect("a good request");
    issuer.fetch(request).await.expect("no network is in between").into_body()
}

async fn chunk(body: &mut FetchBody) -> String {
    let chunk = body.chunk().await.expect("nothing breaks here").expect("there is more");
    String::from_utf8(chunk.to_vec()).expect("it is text")
}

async fn text(issuer: &TestIssuer, path: &str) -> String {
    chunk(&mut body_of(issuer, path, &[]).await).await
}

async fn verifier(issuer: &TestIssuer) -> FeedVerifier {
    let keys = JwkSet::parse(text(issuer, "/v1/revocations/keys").await).expect("a key set");
    FeedVerifier::new(ISSUER, KeySet::from(&keys))
}

async fn event(verifier: &FeedVerifier, stream: &mut FetchBody) -> Event {
    let text = chunk(stream).await;
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).expect("an event has data");
    verifier.verify_event(data).expect("it is signed by the feed's key")
}

const STREAM: &str = "/v1/revocations?nonce=0123456789abcdef";
const EVENTS: (&str, &str) = ("accept", "text/event-stream");

#[tokio::test]
async fn a_stream_echoes_the_nonce_tells_what_is_new_and_knows_when_it_was_heard() {
    let issuer = TestIssuer::new(ISSUER, API);
    let verifier = verifier(&issuer).await;
    issuer.revoke_session("old").await;

    let mut stream = body_of(&issuer, STREAM, &[EVENTS]).await;
    let first = event(&verifier, &mut stream).await;
    assert_eq!(first.nonce.as_deref(), Some("0123456789abcdef"));
    assert_eq!((first.prev_seq, first.seq, first.lists.len()), (1, 1, 0));

    let telling = {
        let issuer = issuer.clone();
        tokio::spawn(async move { issuer.revoke_session("phone").await })
    };
    let second = event(&verifier, &mut stream).await;
    assert_eq!((second.prev_seq, second.seq), (1, 2));
    let digests: Vec<_> = second.lists.iter().map(|entry| entry.digest).collect();
    assert_eq!(digests, [Digest::of(ISSUER, Kind::Session, "phone")]);
    assert!(!telling.is_finished(), "the reader is not done with it yet");
    drop(stream);
    telling.await.unwrap();
    assert_eq!(issuer.followers(), 0);

    let snapshot = verifier.verify_snapshot(&text(&issuer, "/v1/revocations").await).unwrap();
    assert_eq!((snapshot.seq, snapshot.lists.len(), snapshot.era), (2, 2, second.era));
}

#[tokio::test]
async fn a_follower_that_comes_back_is_told_what_it_missed() {
    let issuer = TestIssuer::new(ISSUER, API);
    let verifier = verifier(&issuer).await;
    for sid in ["a", "b", "c"] {
        issuer.revoke_session(sid).await;
    }
    let era = verifier.verify_snapshot(&text(&issuer, "/v1/revocations").await).unwrap().era;
    for (from, told) in
        [(format!("{era}:1"), (1, 2)), (format!("{era}:9"), (3, 0)), ("A".repeat(22) + ":1", (3, 0))]
    {
        let mut stream = body_of(&issuer, STREAM, &[EVENTS, ("last-event-id", &from)]).await;
        let first = event(&verifier, &mut stream).await;
        assert_eq!((first.prev_seq, first.lists.len()), told, "{from}");
    }
}

/// Refused in the moment in which the call returns: nothing here waits.
#[tokio::test]
async fn every_change_of_the_catalogue_reaches_every_guard_at_once() {
    let issuer = TestIssuer::new(ISSUER, API);
    let guards = [issuer.guard().await, issuer.guard().await];
    let changes = catalogue::all().filter_map(|case| Some((case, case.change?)));
    for (at, (case, change)) in changes.enumerate() {
        let (user, bystander) = (issuer.token(&format!("ada-{at}")), issuer.token("bob"));
        let (taken_back, untouched) = (Sent::bearer(user.valid()), Sent::bearer(bystander.valid()));
        for guard in &guards {
            assert!(ask(guard, &taken_back).await.0.is_success(), "{} before", case.id);
            assert!(ask(guard, &untouched).await.0.is_success(), "{} before", case.id);
        }
        issuer.bring_about(change, taken_back.token().expect("it is sent as it should be")).await;
        for guard in &guards {
            agrees(case, &ask(guard, &taken_back).await);
            let stays = ask(guard, &untouched).await.0.is_success();
            assert_eq!(stays, change != Change::KeyRevoked, "{}: somebody else's token", case.id);
        }
    }
    assert_eq!(issuer.followers(), 2);
}

#[tokio::test]
async fn after_a_key_was_revoked_tokens_of_the_new_one_are_good() {
    let issuer = TestIssuer::new(ISSUER, API);
    let guard = issuer.guard_builder().key_cool_down(Duration::ZERO).start().expect("sound settings");
    guard.ready().await;
    issuer.revoke_key().await;
    let sent = Sent::bearer(issuer.token("ada").valid());
    assert_eq!(ask(&guard, &sent).await, (StatusCode::OK, None));
}

#[tokio::test]
async fn without_an_issuer_a_guard_says_that_it_cannot_tell() {
    let issuer = TestIssuer::new(ISSUER, API);
    issuer.set_down(true);
    let guard = issuer.guard_builder().start().expect("sound settings");
    let sent = Sent::bearer(issuer.token("ada").valid());
    let (status, reason) = ask(&guard, &sent).await;
    assert_eq!((status.as_u16(), reason.as_deref()), (503, Some("keys.unreachable")));
}
