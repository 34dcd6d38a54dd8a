//! What the test issuer took back, and the streams through which guards hear of it.
//!
//! A stream knows when its reader has taken in what it was sent: a follower asks for the next piece only when it is done
//! with the last. So a test can wait for that instead of sleeping.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, JwkSet, SigningKey};
use jotgate_token::revocation::{self, Digest, Entry, Event, Kind, Lists, Position, Signer, Snapshot};
use jotgate_token::{OsRandom, random};
use tokio::sync::Notify;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::forge::CRYPTO;

/// What was taken back, in the order in which it was.
pub(crate) struct Feed {
    issuer: String,
    signer: Signer,
    key: SigningKey,
    era: String,
    entries: Vec<Entry>,
    streams: Vec<Stream>,
    moved: Arc<Notify>,
}

/// The sending end of one stream.
struct Stream {
    sender: UnboundedSender<(u64, Bytes)>,
    reader: Arc<Reader>,
}

/// How far the reader of one stream is.
#[derive(Default)]
struct Reader {
    /// Everything up to here was taken in, and one more for the first event.
    done: AtomicU64,
    is_gone: AtomicBool,
}

impl Feed {
    pub(crate) fn new(issuer: &str) -> Self {
        let key = SigningKey::generate(Algorithm::Es256).expect(CRYPTO);
        let bytes: [u8; 16] = random::array(&OsRandom);
        Self {
            issuer: issuer.to_owned(),
            signer: revocation::signer(key.clone()).expect("an ES256 key may sign the feed"),
            key,
            era: base64url::encode(&bytes),
            entries: Vec::new(),
            streams: Vec::new(),
            moved: Arc::default(),
        }
    }

    /// What stands at `/v1/revocations/keys`.
    pub(crate) fn jwks(&self) -> String {
        let kid = self.key.thumbprint();
        let published = self.key.clone().with_kid(kid).public_jwk();
        JwkSet::new(published).to_json().expect("a public key may be published")
    }

    /// Takes something back, and tells every stream.
    pub(crate) fn announce(&mut self, (kind, id): (Kind, &str), value: i64, now: i64) {
        let digest = Digest::of(&self.issuer, kind, id);
        let entry = Entry { value, ..Entry::new(kind, digest, now.saturating_add(LONGEST)) };
        self.entries.push(entry);
        let event = self.event(self.head() - 1, Lists::pack([entry]), None, now);
        let (seq, told) = (self.head(), self.told(&event));
        self.streams.retain(|stream| stream.sender.send((seq, told.clone())).is_ok());
    }

    /// Everything taken back so far, signed.
    pub(crate) fn snapshot(&self, now: i64) -> String {
        let snapshot = Snapshot {
            iss: self.issuer.clone(),
            iat: now,
            era: self.era.clone(),
            seq: self.head(),
            feed_leeway: LEEWAY,
            lists: Lists::pack(self.entries.iter().copied()),
        };
        self.signer.sign_snapshot(&snapshot).expect(CRYPTO)
    }

    /// A new stream for a follower that knows everything up to `from`.
    pub(crate) fn stream(&mut self, nonce: Option<String>, from: Option<Position>, now: i64) -> EventStream {
        let head = self.head();
        let known =
            from.filter(|from| from.era == self.era && from.seq <= head).map_or(head, |from| from.seq);
        let new = self.entries.iter().skip(usize::try_from(known).unwrap_or(usize::MAX)).copied();
        let first = self.event(known, Lists::pack(new), nonce, now);
        let (sender, queue) = mpsc::unbounded_channel();
        let reader = Arc::<Reader>::default();
        // The receiver is at hand, so this cannot fail.
        let _ = sender.send((head, self.told(&first)));
        self.streams.push(Stream { sender, reader: reader.clone() });
        EventStream { queue, reader, moved: self.moved.clone(), last: None }
    }

    /// Whether every open stream's reader has taken in everything.
    pub(crate) fn is_heard(&self) -> bool {
        let wanted = self.head() + 1;
        let is_done = |reader: &Reader| reader.done.load(Ordering::Acquire) >= wanted;
        self.streams
            .iter()
            .all(|Stream { reader, .. }| reader.is_gone.load(Ordering::Acquire) || is_done(reader))
    }

    /// How many guards follow.
    pub(crate) fn followers(&self) -> usize {
        let is_here = |stream: &&Stream| !stream.reader.is_gone.load(Ordering::Acquire);
        self.streams.iter().filter(is_here).count()
    }

    /// Told whenever a reader got further.
    pub(crate) fn moved(&self) -> Arc<Notify> {
        self.moved.clone()
    }

    /// Whether the entry is there, for an issuer that is asked about one token.
    pub(crate) fn has(&self, kind: Kind, id: &str) -> bool {
        let digest = Digest::of(&self.issuer, kind, id);
        self.entries.iter().any(|entry| entry.kind == kind && entry.digest == digest)
    }

    fn head(&self) -> u64 {
        self.entries.len() as u64
    }

    fn event(&self, prev_seq: u64, lists: Lists, nonce: Option<String>, now: i64) -> Event {
        let (iss, era, seq) = (self.issuer.clone(), self.era.clone(), self.head());
        Event { iss, iat: now, era, prev_seq, seq, feed_leeway: LEEWAY, nonce, lists }
    }

    fn told(&self, event: &Event) -> Bytes {
        let message = self.signer.sign_event(event).expect(CRYPTO);
        format!("id: {}:{}\nevent: revocations\ndata: {message}\n\n", event.era, event.seq).into()
    }
}

/// The body of an event stream.
pub(crate) struct EventStream {
    queue: UnboundedReceiver<(u64, Bytes)>,
    reader: Arc<Reader>,
    moved: Arc<Notify>,
    /// The number of what was handed out last.
    last: Option<u64>,
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        // Whoever asks for more is done with what came before.
        if let Some(last) = self.last {
            self.reader.done.store(last + 1, Ordering::Release);
            self.moved.notify_waiters();
        }
        match self.queue.poll_recv(context) {
            Poll::Ready(Some((seq, bytes))) => {
                self.last = Some(seq);
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.reader.is_gone.store(true, Ordering::Release);
        self.moved.notify_waiters();
    }
}

/// Seconds that entries outlast tokens, as Jotgate's own feed has it.
pub(crate) const LEEWAY: u32 = 120;
/// Seconds for which an entry counts: a day of the longest tokens, and the leeway.
const LONGEST: i64 = 24 * 3600 + LEEWAY as i64;
