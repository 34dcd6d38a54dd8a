//! The task that follows one issuer's feed: asks, waits, reads, and does what `progress` says.
//!
//! Not here: the rules. This file only moves bytes and keeps time.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{Error, Reason};
use jotgate_token::random;
use jotgate_token::revocation::{Event, Kind, Lists};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::figures::add;
use super::keys::FeedKeys;
use super::progress::{Alarm, Next, Progress, Sent, Why};
use super::wait::Waits;
use super::{Edge, Following, State, snapshot, sse};
use crate::discovery::{FeedAddress, Metadata};
use crate::fetch::{self, Bounds, FetchBody, FetchError};
use crate::{SourceError, SourceToken};

/// Follows until it is dropped.
pub(super) struct Follower {
    state: Arc<State>,
    following: Following,
    edge: Edge,
    progress: Progress,
    keys: FeedKeys,
    waits: Waits,
    swept_at: Duration,
    /// Whether the last stream that was tried began well, so that one trouble is one line in the log.
    is_well: bool,
}

impl Follower {
    pub(super) fn new(state: Arc<State>, following: Following, edge: Edge) -> Self {
        Self {
            progress: Progress::new(following.leeway),
            keys: FeedKeys::new(following.issuer.clone()),
            waits: Waits::default(),
            swept_at: edge.monotonic.now(),
            is_well: true,
            state,
            following,
            edge,
        }
    }

    pub(super) async fn run(mut self, mut metadata: watch::Receiver<Option<Arc<Metadata>>>) {
        // An error means that whoever would tell where the feed is has gone, and the guard with it.
        while let Ok(known) = metadata.wait_for(Option::is_some).await.map(|known| known.clone()) {
            let feed = known.and_then(|metadata| metadata.feed.clone());
            let outcome = match &feed {
                Some(at) => self.stream(at).await,
                None => Err(Trouble::NoFeed),
            };
            let Err(trouble) = outcome;
            self.lament(&trouble);
            sleep(self.waits.next(&*self.edge.random)).await;
        }
    }

    /// Opens a stream and reads it until it ends, which is always a trouble.
    async fn stream(&mut self, at: &FeedAddress) -> Result<Infallible, Trouble> {
        if at.leeway < u64::from(self.following.leeway) {
            return Err(Why::Leeway.into());
        }
        self.keys.current(&self.edge, &at.keys_uri).await?;
        let mut body = self.open(at).await?;
        let mut parser = sse::Parser::default();
        loop {
            let piece = self.piece(&mut body).await?;
            let mut piece = &piece[..];
            while let Some(message) = parser.next(&mut piece)? {
                if message.event == "revocations" {
                    self.hear(at, &message.data).await?;
                }
            }
        }
    }

    async fn open(&mut self, at: &FeedAddress) -> Result<FetchBody, Trouble> {
        let nonce = base64url::encode(&random::array::<16>(&*self.edge.random));
        let separator = if at.uri.contains('?') { '&' } else { '?' };
        let url = format!("{}{separator}nonce={nonce}", at.uri);
        let position = self.progress.position();
        let bearer = self.bearer().await?;
        let mut request = request(&url, HeaderValue::from_static("text/event-stream"), bearer.as_ref())?;
        if let Some(position) = position.and_then(|position| HeaderValue::try_from(position.to_string()).ok())
        {
            request.headers_mut().insert("last-event-id", position);
        }
        let (instant, wall) = (self.edge.monotonic.now(), self.edge.clock.now());
        self.progress.opened(nonce, Sent { instant, wall });
        let answer = timeout(HEAD, self.edge.fetch.fetch(request)).await;
        let answer = answer.map_err(|_| FetchError::TimedOut(HEAD))??;
        if answer.status() != StatusCode::OK {
            return Err(self.refused(answer.status(), bearer.as_ref()));
        }
        if !is_event_stream(answer.headers()) {
            return Err(Trouble::NotAStream);
        }
        Ok(answer.into_body())
    }

    /// The next piece of the stream, unless the last word of the issuer gets too old before.
    async fn piece(&self, body: &mut FetchBody) -> Result<Bytes, Trouble> {
        let heard_at = self.progress.heard_at().unwrap_or_else(|| self.edge.monotonic.now());
        let next = body.chunk();
        tokio::pin!(next);
        // In small steps, because how long a step took is what the monotonic clock says and not the timer; and before
        // each piece, because a stream that repeats old events is as good as a silent one.
        while self.edge.monotonic.now().saturating_sub(heard_at) <= SILENCE {
            if let Ok(piece) = timeout(STEP, &mut next).await {
                return piece?.ok_or(Trouble::Closed);
            }
        }
        Err(Trouble::Silent)
    }

    /// Takes in the message of one event.
    async fn hear(&mut self, at: &FeedAddress, message: &str) -> Result<(), Trouble> {
        let mut read = self.keys.current(&self.edge, &at.keys_uri).await?.verify_event(message);
        if names_unknown_key(&read) && self.keys.again(&self.edge, &at.keys_uri).await? {
            read = self.keys.current(&self.edge, &at.keys_uri).await?.verify_event(message);
        }
        let event = read.map_err(|error| Trouble::Message(error.reason()))?;
        self.state.set.merge(event.lists.iter());
        self.drop_keys(&event.lists);
        let was_first = self.progress.offset().is_none();
        let (next, alarm) = self.progress.event(&event, self.edge.monotonic.now());
        self.raise(alarm);
        self.count(&event);
        self.publish();
        match next {
            Next::Read => {}
            Next::Load => self.load(at).await?,
            Next::Leave(why) => return Err(why.into()),
        }
        if was_first {
            self.began();
        }
        self.sweep();
        Ok(())
    }

    /// Loads the snapshot until it reaches what the stream told of: the issuer makes one at most every second.
    async fn load(&mut self, at: &FeedAddress) -> Result<(), Trouble> {
        let mut pause = FIRST_PAUSE;
        loop {
            let accept = HeaderValue::from_static("application/jwt");
            let bearer = self.bearer().await?;
            let message = ask(&self.edge, &at.uri, accept, bearer.as_ref(), SNAPSHOT).await?;
            let verifier = self.keys.current(&self.edge, &at.keys_uri).await?.clone();
            let snapshot = snapshot::take(self.state.clone(), verifier, message).await?;
            self.drop_keys(&snapshot.lists);
            match self.progress.snapshot(&snapshot) {
                Ok(alarm) => break self.raise(alarm),
                Err(Why::EraOfSnapshot | Why::SnapshotBehind) if pause <= LAST_PAUSE => {
                    sleep(pause).await;
                    pause *= 2;
                }
                Err(why) => return Err(why.into()),
            }
        }
        add(&self.state.counters.snapshots);
        self.publish();
        Ok(())
    }

    /// The token for a feed that is for clients only.
    async fn bearer(&self) -> Result<Option<SourceToken>, Trouble> {
        match &self.following.tokens {
            Some(tokens) => Ok(Some(tokens.token().await?)),
            None => Ok(None),
        }
    }

    /// What a status other than 200 means; a token that was not good is not shown again.
    fn refused(&self, status: StatusCode, bearer: Option<&SourceToken>) -> Trouble {
        if let (StatusCode::UNAUTHORIZED, Some(tokens), Some(token)) =
            (status, &self.following.tokens, bearer)
        {
            tokens.forget(token);
        }
        FetchError::Status(status.as_u16()).into()
    }

    fn drop_keys(&self, lists: &Lists) {
        let keys = lists.iter().filter(|entry| entry.kind == Kind::Key);
        keys.for_each(|entry| (self.following.key_revoked)(entry.digest));
    }

    /// Shows the readers how far this is.
    fn publish(&self) {
        use std::sync::atomic::Ordering::Relaxed;
        let State { freshness, counters, .. } = &*self.state;
        freshness.set(self.progress.fresh_at());
        counters.offset.store(self.progress.offset().unwrap_or(0), Relaxed);
        counters.seq.store(self.progress.position().map_or(0, |position| position.seq), Relaxed);
    }

    fn count(&self, event: &Event) {
        let State { counters, .. } = &*self.state;
        add(if event.lists.is_empty() { &counters.heartbeats } else { &counters.events });
    }

    /// The stream answers our request and everything before it is known.
    fn began(&mut self) {
        self.waits.restart();
        add(&self.state.counters.streams);
        let issuer = &*self.following.issuer;
        if !std::mem::replace(&mut self.is_well, true) {
            tracing::info!(target: TARGET, issuer, "the revocation feed is followed again");
        }
        if let Some(offset) = self.progress.offset().filter(|offset| offset.abs() > WIDE_OFFSET) {
            tracing::warn!(target: TARGET, issuer, offset, "the issuer's clock and this machine's differ; tokens are judged by this machine's");
        }
    }

    fn lament(&mut self, trouble: &Trouble) {
        add(&self.state.counters.breaks);
        if matches!(trouble, Trouble::Message(_) | Trouble::NotAMessage | Trouble::Why(_)) {
            add(&self.state.counters.refused);
        }
        self.publish();
        let issuer = &*self.following.issuer;
        if std::mem::replace(&mut self.is_well, false) {
            tracing::warn!(target: TARGET, issuer, %trouble, "the revocation feed broke off; asking again");
        } else {
            tracing::debug!(target: TARGET, issuer, %trouble, "the revocation feed is still away");
        }
    }

    fn raise(&self, alarm: Option<Alarm>) {
        let (issuer, counters) = (&*self.following.issuer, &self.state.counters);
        match alarm {
            None => {}
            Some(Alarm::NewEra) => {
                add(&counters.new_eras);
                tracing::error!(target: TARGET, issuer, "the revocation feed began anew: was the issuer restored from a backup?");
            }
            Some(Alarm::WentBack { known, told }) => {
                add(&counters.went_back);
                tracing::error!(target: TARGET, issuer, known, told, "the revocation feed went back: its database lost writes");
            }
        }
    }

    /// Now and then, forgets what is over.
    fn sweep(&mut self) {
        let now = self.edge.monotonic.now();
        if now.saturating_sub(self.swept_at) < SWEEP {
            return;
        }
        self.swept_at = now;
        if let Some(time) = self.progress.forgettable(now, self.edge.clock.now()) {
            self.state.set.forget_until(time);
        }
    }
}

/// Why a stream ended, in words fit for a log: nothing in them comes out of a message.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("the issuer publishes no revocation feed; a guard can do without one (`without_feed`)")]
    NoFeed,
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("no token to read the feed with: {0}")]
    Tokens(#[from] SourceError),
    #[error("the answer is no event stream")]
    NotAStream,
    #[error(transparent)]
    Malformed(#[from] sse::Malformed),
    #[error("the stream was closed")]
    Closed,
    #[error("nothing new came for {SILENCE:?}")]
    Silent,
    #[error("a message was refused: {}", .0.code())]
    Message(Reason),
    #[error("the answer is no message of the feed")]
    NotAMessage,
    #[error("the feed's keys are of no use: {}", .0.code())]
    Keys(Reason),
    #[error("the feed has no keys, or too many")]
    NoKeys,
    #[error(transparent)]
    Why(#[from] Why),
}

/// The whole answer to a GET, which must be a 200.
pub(super) async fn ask(
    edge: &Edge,
    url: &str,
    accept: HeaderValue,
    bearer: Option<&SourceToken>,
    bounds: Bounds,
) -> Result<Bytes, Trouble> {
    let answer = fetch::send(&*edge.fetch, request(url, accept, bearer)?, bounds).await?;
    match answer.status() {
        StatusCode::OK => Ok(answer.into_body()),
        other => Err(FetchError::Status(other.as_u16()).into()),
    }
}

fn request(url: &str, accept: HeaderValue, bearer: Option<&SourceToken>) -> Result<Request<Bytes>, Trouble> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = url.parse().map_err(|_| FetchError::Unusable("an address that is none".into()))?;
    request.headers_mut().insert(header::ACCEPT, accept);
    if let Some(token) = bearer {
        request.headers_mut().insert(header::AUTHORIZATION, token.header());
    }
    Ok(request)
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    named.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
}

fn names_unknown_key(read: &Result<Event, Error>) -> bool {
    matches!(read, Err(error) if error.reason() == Reason::KeyUnknownKid)
}

const TARGET: &str = "jotgate_guard";
const HEAD: Duration = Duration::from_secs(5);
/// A heartbeat comes every five seconds; two were lost, and there is still time before the guard is stale.
const SILENCE: Duration = Duration::from_secs(12);
const STEP: Duration = Duration::from_millis(500);
const SNAPSHOT: Bounds =
    Bounds { bytes: jotgate_token::revocation::MAX_SNAPSHOT, head: HEAD, body: Duration::from_secs(30) };
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Together with those before it some three seconds; after that a new stream is asked for.
const LAST_PAUSE: Duration = Duration::from_millis(1600);
const SWEEP: Duration = Duration::from_secs(60);
/// Seconds.
const WIDE_OFFSET: i64 = 60;
