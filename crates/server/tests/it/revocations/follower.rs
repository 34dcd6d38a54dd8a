//! A follower as simple as can be: it checks every message and does what the wire format says.

use std::collections::HashMap;
use std::time::Duration;

use axum::body::Body;
use http_body_util::BodyExt;
use jotgate_harness::TestApp;
use jotgate_jose::{JwkSet, KeySet};
use jotgate_server::flow::revocations::{Turn, turn};
use jotgate_token::revocation::{Digest, Entry, Event, FeedVerifier, Kind, Position, Snapshot};

pub(super) const ISSUER: &str = "http://localhost:8080";
pub(super) const NONCE: &str = "nonce-of-the-test";

/// Everything the feed has said so far.
pub(super) struct Follower {
    verifier: FeedVerifier,
    body: Body,
    pub(super) entries: HashMap<(Kind, Digest), Entry>,
    pub(super) era: String,
    pub(super) seq: u64,
}

impl Follower {
    /// Connects and loads the snapshot.
    pub(super) async fn new(app: &TestApp) -> Self {
        let (body, first) = connect(app, None).await;
        let verifier = verifier(app).await;
        let mut follower = Self { verifier, body, entries: HashMap::new(), era: first.era, seq: 0 };
        follower.load(app, first.seq).await;
        follower
    }

    /// Loads until the snapshot holds what the stream goes on from: one that was made before is kept for a second.
    async fn load(&mut self, app: &TestApp, seq: u64) {
        let mut snapshot = snapshot(app, &self.verifier).await;
        for _ in 0..200 {
            if snapshot.seq >= seq {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            snapshot = self::snapshot(app, &self.verifier).await;
        }
        assert!(snapshot.seq >= seq, "{} was promised, {} came", seq, snapshot.seq);
        (self.era, self.seq) = (snapshot.era, snapshot.seq);
        snapshot.lists.iter().for_each(|entry| self.merge(entry));
    }

    /// Connects anew, perhaps to another node, and goes on from where it was.
    pub(super) async fn resume(&mut self, app: &TestApp) -> Event {
        let last = Position { era: self.era.clone(), seq: self.seq };
        let (body, first) = connect(app, Some(&last)).await;
        self.body = body;
        if first.era != self.era || first.prev_seq > self.seq {
            self.load(app, first.seq).await;
        }
        self.take(&first);
        first
    }

    /// The next event; none when the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Event> {
        let event = next(&mut self.body, &self.verifier).await?;
        assert_eq!(event.nonce, None, "only the first event echoes");
        assert!(event.prev_seq <= self.seq, "a gap: {} after {}", event.prev_seq, self.seq);
        self.take(&event);
        Some(event)
    }

    fn take(&mut self, event: &Event) {
        assert_eq!((event.iss.as_str(), event.feed_leeway), (ISSUER, 120));
        self.seq = self.seq.max(event.seq);
        event.lists.iter().for_each(|entry| self.merge(entry));
    }

    fn merge(&mut self, entry: Entry) {
        let kept = self.entries.entry((entry.kind, entry.digest)).or_insert(entry);
        *kept = Entry { value: kept.value.max(entry.value), until: kept.until.max(entry.until), ..entry };
    }

    pub(super) fn find(&self, kind: Kind, id: &str) -> Option<Entry> {
        self.entries.get(&(kind, Digest::of(ISSUER, kind, id))).copied()
    }
}

/// Looks at the database as often as there is something to do.
pub(super) async fn settle(app: &TestApp) {
    while turn(&app.app).await.expect("the feed can be read") == Turn::Again {}
}

/// Everything in force, as a new follower of this node would load it.
pub(super) async fn everything(app: &TestApp) -> Follower {
    settle(app).await;
    Follower::new(app).await
}

pub(super) async fn verifier(app: &TestApp) -> FeedVerifier {
    let keys = app.get("/v1/revocations/keys").send().await;
    let set = JwkSet::parse(keys.text()).expect("a key set");
    assert_eq!(set.keys().len(), 1);
    FeedVerifier::new(ISSUER, KeySet::from(&set))
}

pub(super) async fn snapshot(app: &TestApp, verifier: &FeedVerifier) -> Snapshot {
    let answer = app.get("/v1/revocations").header("accept", "application/jwt").send().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/jwt"), "{}", answer.text());
    verifier.verify_snapshot(&answer.text()).expect("a snapshot that is good")
}

/// The body of a stream, and its first event.
pub(super) async fn connect(app: &TestApp, last: Option<&Position>) -> (Body, Event) {
    let path = format!("/v1/revocations?nonce={NONCE}");
    let call = app.get(&path).header("accept", "text/event-stream");
    let call = match last {
        Some(last) => call.header("last-event-id", &last.to_string()),
        None => call,
    };
    let answer = call.open().await;
    assert_eq!(answer.status(), 200);
    let mut body = answer.into_body();
    let first = next(&mut body, &verifier(app).await).await.expect("a stream begins with an event");
    assert_eq!(first.nonce.as_deref(), Some(NONCE));
    (body, first)
}

async fn next(body: &mut Body, verifier: &FeedVerifier) -> Option<Event> {
    let frame = body.frame().await?.expect("a stream does not fail");
    let text = String::from_utf8(frame.into_data().expect("an event is data").to_vec()).expect("of text");
    let lines: Vec<&str> = text.split('\n').collect();
    let [id, event, data, "", ""] = lines[..] else { panic!("no whole event: {text}") };
    assert_eq!(event, "event: revocations");
    let event =
        verifier.verify_event(data.strip_prefix("data: ").expect("data")).expect("an event that is good");
    assert_eq!(id, format!("id: {}:{}", event.era, event.seq));
    Some(event)
}
