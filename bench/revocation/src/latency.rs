//! Guards in this process, each with a connection of its own, and one thread that asks all of them about the session
//! that is being logged out, again and again, until the last refuses.

use std::{
    error::Error,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    task::{Context, Poll},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::Request;
use http_body::Frame;
use jotgate_guard::{Answering, Fetch, FetchBody, FetchError, Guard, HttpFetch};
use serde_json::json;

use crate::{Options, sessions::Sessions};

pub async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let (issuer, count) = (options.text("--issuer")?, options.number("--count", 1000)?);
    let wire = Wire::new()?;
    let mut guards = Vec::new();
    for _ in 0..options.number("--guards", 1)? {
        guards.push(Guard::new(issuer, issuer).fetch(wire.clone()).start()?);
    }
    for guard in &guards {
        tokio::time::timeout(Duration::from_secs(30), guard.ready()).await?;
    }
    let place = Sessions::begin(options).await?;
    let mut sessions = Vec::with_capacity(count);
    for _ in 0..count {
        sessions.push(place.open().await?);
    }
    for guard in &guards {
        for session in &sessions {
            guard
                .check(&session.access, now())
                .map_err(|refused| format!("not accepted: {}", refused.code()))?;
        }
    }
    let before = wire.counts();
    let (mut first_to_last, mut answers) = (Vec::new(), Vec::new());
    for (n, session) in sessions.iter().enumerate() {
        let watch = watch(guards.clone(), session.access.clone());
        let sent = Instant::now();
        place.end(session).await?;
        answers.push(sent.elapsed());
        let refused = watch.recv_timeout(Duration::from_secs(20)).map_err(|_| "a guard never refused")?;
        first_to_last
            .push(refused.into_iter().map(|at| at.saturating_duration_since(sent)).collect::<Vec<_>>());
        // Not in step with anything the server does every so often.
        tokio::time::sleep(Duration::from_millis(5 + (n as u64 * 7919) % 41)).await;
    }
    let after = wire.counts();
    let mut accepted_later = 0;
    for guard in &guards {
        accepted_later +=
            sessions.iter().filter(|session| guard.check(&session.access, now()).is_ok()).count();
    }
    let all: Vec<Duration> = first_to_last.iter().flatten().copied().collect();
    let last = first_to_last.iter().filter_map(|of_guards| of_guards.iter().max().copied()).collect();
    println!(
        "{}",
        json!({
            "guards": guards.len(),
            "revocations": count,
            "each_guard_ms": spread(all),
            "last_guard_ms": spread(last),
            "logout_answered_ms": spread(answers),
            "requests_while_checking": after.requests - before.requests,
            "stream_bytes_per_revocation": (after.bytes - before.bytes) as f64 / (count * guards.len()) as f64,
            "accepted_after_refused": accepted_later,
        })
    );
    Ok(())
}

/// Asks every guard about a token until all have refused it; the moments at which they first did.
fn watch(guards: Vec<Guard>, token: String) -> mpsc::Receiver<Vec<Instant>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut refused: Vec<Option<Instant>> = vec![None; guards.len()];
        while refused.contains(&None) {
            for (guard, refused) in guards.iter().zip(&mut refused) {
                if refused.is_none() && guard.check(&token, now()).is_err() {
                    *refused = Some(Instant::now());
                }
            }
            thread::sleep(Duration::from_micros(100));
        }
        let _ = sender.send(refused.into_iter().flatten().collect());
    });
    receiver
}

fn spread(mut times: Vec<Duration>) -> serde_json::Value {
    times.sort_unstable();
    let at = |part: f64| times.get(((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1)));
    let ms = |time: Option<&Duration>| time.map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0);
    json!({"p50": ms(at(0.5)), "p99": ms(at(0.99)), "worst": ms(times.last())})
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

/// The network, counted.
#[derive(Clone)]
struct Wire {
    inner: HttpFetch,
    requests: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

struct Counts {
    requests: u64,
    bytes: u64,
}

impl Wire {
    fn new() -> Result<Self, FetchError> {
        Ok(Self { inner: HttpFetch::new()?, requests: Arc::default(), bytes: Arc::default() })
    }

    fn counts(&self) -> Counts {
        Counts { requests: self.requests.load(Relaxed), bytes: self.bytes.load(Relaxed) }
    }
}

impl Fetch for Wire {
    fn fetch(&self, request: Request<Bytes>) -> Answering<'_> {
        self.requests.fetch_add(1, Relaxed);
        let bytes = Arc::clone(&self.bytes);
        Box::pin(async move {
            let answer = self.inner.fetch(request).await?;
            Ok(answer.map(|body| FetchBody::new(Counted { body, bytes })))
        })
    }
}

struct Counted {
    body: FetchBody,
    bytes: Arc<AtomicU64>,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = FetchError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FetchError>>> {
        let next = std::pin::pin!(self.body.chunk()).poll(cx);
        next.map(|piece| {
            let piece = piece.transpose()?;
            Some(piece.map(|piece| {
                self.bytes.fetch_add(piece.len() as u64, Relaxed);
                Frame::data(piece)
            }))
        })
    }
}
