//! The bounded pool that hashes passwords: one thread a core, each owning its memory, and a short queue.
//!
//! A hash costs 19 MiB and some 20 ms on purpose. On the request threads it would stop every other answer, and
//! unbounded it would take the machine's memory; so past the queue a login is refused (`server.busy`) at once.
//! New passwords get Argon2id (RFC 9106; parameters after the OWASP password storage page). Hashes that other systems
//! made are checked too, and asked to be renewed: `scheme` knows the kinds, `stored` their forms.

mod scheme;
mod stored;
#[cfg(test)]
mod tests;
mod text;

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use argon2::Block;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use jotgate_jose::{SecretBytes, primitive::constant_time_eq};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

pub use scheme::{Scheme, ScryptCost};
pub use stored::{Accepted, Project, Stored, Unusable, accept, of_firebase};

use crate::{
    config::Argon2Cost as Cost,
    error::{Error, Refused, Result},
    rule::password::normalize,
};
use scheme::Room;

/// A handle to the pool; clones share it.
#[derive(Clone)]
pub struct Hasher {
    jobs: Sender<Job>,
    own: Scheme,
    /// How long a verification of each scheme takes, so that all failing logins answer after the slowest.
    spans: Spans,
}

/// What verifying a password found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// The password is right.
    Right,
    /// The password is right and its stored form is out of date: hash it anew.
    RightButOld,
    /// The password is wrong.
    Wrong,
}

/// A handful at most: one for each scheme present.
type Spans = Arc<Mutex<Vec<(Scheme, Duration)>>>;
type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

impl Hasher {
    /// Starts `threads` threads with a queue of `queue` waiting hashes.
    #[must_use]
    pub fn start(cost: Cost, threads: usize, queue: usize) -> Self {
        let (jobs, inbox) = crossbeam_channel::bounded::<Job>(queue);
        for n in 0..threads.max(1) {
            let inbox = inbox.clone();
            let thread = std::thread::Builder::new().name(format!("hash-{n}"));
            // A machine that cannot start a thread serves with fewer; the queue still works through the others.
            let _ = thread.spawn(move || work(&inbox));
        }
        Self { jobs, own: Scheme::own(cost), spans: Arc::default() }
    }

    /// The scheme of new passwords.
    #[must_use]
    pub fn own(&self) -> Scheme {
        self.own
    }

    /// Hashes a password with this salt into the form to store.
    ///
    /// # Errors
    /// `server.busy` when the queue is full.
    pub async fn hash(&self, password: SecretString, salt: [u8; 16]) -> Result<String> {
        let scheme = self.own;
        self.run(move |memory| {
            let mut hash = vec![0; scheme.usual_length()];
            derive(
                scheme,
                normalize(password.expose_secret()).as_bytes(),
                &salt,
                Room { out: &mut hash, memory },
            )?;
            Ok(Stored { scheme, key: None, salt: salt.to_vec(), hash }.to_string())
        })
        .await?
    }

    /// Checks a password against a stored hash; `key` is the signer key of a Firebase project, where one is named.
    ///
    /// # Errors
    /// `server.busy` when the queue is full; internal when the key is not given.
    pub async fn verify(
        &self,
        password: SecretString,
        stored: Stored,
        key: Option<SecretBytes>,
    ) -> Result<Checked> {
        let (own, spans) = (self.own, Arc::clone(&self.spans));
        self.run(move |memory| {
            let Stored { scheme, salt, hash, .. } = &stored;
            let mut right = None;
            for form in forms(&password, *scheme) {
                let mut derived = vec![0; hash.len()];
                let room = Room { out: &mut derived, memory };
                let (result, span) = timed(|| {
                    scheme.derive(form.text.as_bytes(), salt, key.as_deref(), room).map_err(|e| corrupt(&e))
                });
                result?;
                remember_span(&spans, *scheme, span);
                // Both forms are tried even if the first was right, so that the time says nothing of which it was.
                if constant_time_eq(&derived, hash) {
                    right = right.or(Some(form));
                }
            }
            Ok(match right {
                None => Checked::Wrong,
                Some(form) if *scheme == own && form.normal => Checked::Right,
                Some(_) => Checked::RightButOld,
            })
        })
        .await?
    }

    /// Does the work of a verification for an account that does not exist, so that the answer takes as long.
    ///
    /// # Errors
    /// `server.busy` when the queue is full.
    pub async fn verify_nobody(&self, password: SecretString) -> Result<()> {
        let (own, spans) = (self.own, Arc::clone(&self.spans));
        self.run(move |memory| {
            for form in forms(&password, own) {
                measure(own, form.text.as_bytes(), memory, &spans)?;
            }
            Ok(())
        })
        .await?
    }

    /// Learns how long a hash of this scheme takes, before the first password is checked against one.
    ///
    /// # Errors
    /// `server.busy` when the queue is full.
    pub async fn learn(&self, scheme: Scheme) -> Result<()> {
        let spans = Arc::clone(&self.spans);
        self.run(move |memory| measure(scheme, b"a password to measure with", memory, &spans)).await?
    }

    /// Keeps the spans of these schemes and of its own, and answers which of them are not known yet.
    #[must_use]
    pub fn keep_only(&self, present: &[Scheme]) -> Vec<Scheme> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.retain(|(scheme, _)| *scheme == self.own || present.contains(scheme));
        present.iter().filter(|scheme| !spans.iter().any(|(known, _)| known == *scheme)).copied().collect()
    }

    /// How long the slowest scheme present takes for this password; no failing login answers before.
    #[must_use]
    pub fn slowest(&self, password: &SecretString) -> Duration {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let slowest = spans.iter().map(|(_, span)| *span).max().unwrap_or_default();
        // A password of two forms is hashed twice for some accounts, so for all it waits as long as two hashes.
        slowest * u32::try_from(forms(password, self.own).count()).unwrap_or(1)
    }

    /// How many hashes wait for a thread, for `/metrics`.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.jobs.len()
    }

    async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> R + Send + 'static,
    ) -> Result<R> {
        let (answer, reply) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            if !answer.is_closed() {
                let _ = answer.send(work(memory));
            }
        });
        self.jobs.try_send(job).map_err(|_| busy())?;
        reply.await.map_err(|_| Error::Internal("a hashing thread stopped".into()))
    }
}

fn work(inbox: &Receiver<Job>) {
    let mut memory = Vec::new();
    loop {
        match inbox.recv_timeout(KEEP_MEMORY) {
            Ok(job) => job(&mut memory),
            Err(RecvTimeoutError::Timeout) => memory = Vec::new(),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn busy() -> Error {
    Refused::new(&reason::SERVER_BUSY)
        .detail("too many passwords are being checked")
        .retry_after_ms(1_000)
        .into()
}

/// One way in which a typed password may have been hashed.
struct Form<'a> {
    text: Cow<'a, str>,
    /// Whether it is the form in which new passwords are hashed.
    normal: bool,
}

/// The raw bytes first, because that is what other systems hashed; NFKC only where the hash may be one of ours.
fn forms(password: &SecretString, scheme: Scheme) -> impl Iterator<Item = Form<'_>> {
    let raw = password.expose_secret();
    let normal = normalize(raw);
    let differs = normal != raw;
    let second = (differs && scheme.may_be_own()).then_some(Form { text: normal, normal: true });
    std::iter::once(Form { text: Cow::Borrowed(raw), normal: !differs }).chain(second)
}

fn measure(scheme: Scheme, password: &[u8], memory: &mut Vec<Block>, spans: &Spans) -> Result<()> {
    let mut out = vec![0; scheme.usual_length()];
    let (result, span) = timed(|| derive(scheme, password, &[0; 16], Room { out: &mut out, memory }));
    remember_span(spans, scheme, span);
    result
}

/// With a signer key of zeros, which costs as much as any.
fn derive(scheme: Scheme, password: &[u8], salt: &[u8], room: Room<'_>) -> Result<()> {
    scheme.derive(password, salt, Some(&[0; 64]), room).map_err(|e| corrupt(&e))
}

fn corrupt(error: &dyn std::fmt::Display) -> Error {
    Error::Internal(format!("a password hash: {error}"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures how long a hash takes; no decision about time rests on it"
)]
fn timed<R>(work: impl FnOnce() -> R) -> (R, Duration) {
    let start = std::time::Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// A moving average, so that one slow moment of the machine does not slow all later answers.
fn remember_span(spans: &Spans, scheme: Scheme, span: Duration) {
    let mut spans = spans.lock().unwrap_or_else(PoisonError::into_inner);
    match spans.iter_mut().find(|(known, _)| *known == scheme) {
        Some((_, average)) => *average = (*average * 7 + span) / 8,
        None => spans.push((scheme, span)),
    }
}

/// A thread with nothing to do gives its memory back after so long: reuse saves page faults under load, and a server
/// that nobody logs in to stays small.
const KEEP_MEMORY: Duration = Duration::from_secs(5);
