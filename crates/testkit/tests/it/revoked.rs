//! What was taken back: the messages of the test issuer, as a follower reads them.

use bytes::Bytes;
use http::Request;
use jotgate_guard::{Fetch as _, FetchBody};
use jotgate_jose::{JwkSet, KeySet};
use jotgate_testkit::TestIssuer;
use jotgate_token::revocation::{Digest, Event, FeedVerifier, Kind};

use super::guard::{API, ISSUER};

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
