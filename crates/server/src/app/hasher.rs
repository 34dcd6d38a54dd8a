//! The bounded pool that hashes passwords: one thread a core, each owning its memory, and a short queue.
//!
//! A hash costs 19 MiB and some 20 ms on purpose. On the request threads it would stop every other answer, and
//! unbounded it would take the machine's memory; so past the queue a login is refused (`server.busy`) at once.
//! Argon2id, RFC 9106; parameters after the OWASP password storage page.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::phc::{Output, ParamsString, PasswordHash, Salt},
};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use crate::{
    config::Argon2Cost as Cost,
    error::{Error, Refused, Result},
    rule::password::normalize,
};

/// A handle to the pool; clones share it.
#[derive(Clone)]
pub struct Hasher {
    jobs: Sender<Job>,
    cost: Cost,
    /// How long a verification of each cost takes, so that all failing logins answer after the slowest.
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

/// Memory, iterations and parallelism, and how long such a hash takes.
type Spans = Arc<Mutex<HashMap<(u32, u32, u32), Duration>>>;
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
        Self { jobs, cost, spans: Arc::default() }
    }

    /// Hashes a password into a PHC string with this salt.
    ///
    /// # Errors
    /// `server.busy` when the queue is full.
    pub async fn hash(&self, password: SecretString, salt: [u8; 16]) -> Result<String> {
        let cost = self.cost;
        self.run(move |memory| encode(&password, &salt, cost, memory)).await?
    }

    /// Checks a password against a stored PHC string.
    ///
    /// # Errors
    /// `server.busy` when the queue is full; internal when the stored string is not one of ours.
    pub async fn verify(&self, password: SecretString, stored: String) -> Result<Checked> {
        let (wanted, spans) = (self.cost, Arc::clone(&self.spans));
        self.run(move |memory| {
            let hash = PasswordHash::new(&stored).map_err(|e| corrupt(&e))?;
            let cost = cost_of(&hash)?;
            let (right, span) = timed(|| matches(&password, &hash, cost, memory));
            remember_span(&spans, cost, span);
            Ok(match (right?, cost == wanted) {
                (false, _) => Checked::Wrong,
                (true, true) => Checked::Right,
                (true, false) => Checked::RightButOld,
            })
        })
        .await?
    }

    /// Does the work of a verification for an account that does not exist, so that the answer takes as long.
    ///
    /// # Errors
    /// `server.busy` when the queue is full.
    pub async fn verify_nobody(&self, password: SecretString) -> Result<()> {
        let (cost, spans) = (self.cost, Arc::clone(&self.spans));
        self.run(move |memory| {
            let (hash, span) = timed(|| derive(&password, &[0; 16], cost, memory).map(drop));
            remember_span(&spans, cost, span);
            hash
        })
        .await?
    }

    /// How long the slowest kind of hash in use takes; no failing login answers before.
    #[must_use]
    pub fn slowest(&self) -> Duration {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).values().max().copied().unwrap_or_default()
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

fn encode(password: &SecretString, salt: &[u8; 16], cost: Cost, memory: &mut Vec<Block>) -> Result<String> {
    let hash = derive(password, salt, cost, memory)?;
    let params = ParamsString::try_from(params(cost)?).map_err(|e| corrupt(&e))?;
    Ok(PasswordHash {
        algorithm: argon2::ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params,
        salt: Some(Salt::new(salt).map_err(|e| corrupt(&e))?),
        hash: Some(Output::new(&hash).map_err(|e| corrupt(&e))?),
    }
    .to_string())
}

fn matches(
    password: &SecretString,
    stored: &PasswordHash,
    cost: Cost,
    memory: &mut Vec<Block>,
) -> Result<bool> {
    let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) else {
        return Err(Error::Internal("a stored password has no salt or hash".into()));
    };
    let derived = derive(password, salt, cost, memory)?;
    Ok(jotgate_jose::primitive::constant_time_eq(&derived, hash.as_bytes()))
}

fn derive(password: &SecretString, salt: &[u8], cost: Cost, memory: &mut Vec<Block>) -> Result<[u8; 32]> {
    let params = params(cost)?;
    memory.resize(params.block_count().max(memory.len()), Block::default());
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            normalize(password.expose_secret()).as_bytes(),
            salt,
            &mut out,
            memory.as_mut_slice(),
        )
        .map_err(|e| corrupt(&e))?;
    Ok(out)
}

/// The cost written in a stored hash, refused beyond what any honest configuration asks for, because a table written by
/// somebody else must not be able to take the machine's memory.
fn cost_of(hash: &PasswordHash) -> Result<Cost> {
    let known = hash.algorithm == argon2::ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into());
    let params = Params::try_from(hash).map_err(|e| corrupt(&e))?;
    let cost =
        Cost { memory_kib: params.m_cost(), iterations: params.t_cost(), parallelism: params.p_cost() };
    if known && cost.memory_kib <= 1 << 20 && cost.iterations <= 64 && cost.parallelism <= 16 {
        Ok(cost)
    } else {
        Err(Error::Internal("a stored password hash is not Argon2id within the limits".into()))
    }
}

fn params(cost: Cost) -> Result<Params> {
    Params::new(cost.memory_kib, cost.iterations, cost.parallelism, Some(32)).map_err(|e| corrupt(&e))
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
fn remember_span(spans: &Spans, cost: Cost, span: Duration) {
    let mut spans = spans.lock().unwrap_or_else(PoisonError::into_inner);
    let average = spans.entry((cost.memory_kib, cost.iterations, cost.parallelism)).or_insert(span);
    *average = (*average * 7 + span) / 8;
}

/// A thread with nothing to do gives its memory back after so long: reuse saves page faults under load, and a server
/// that nobody logs in to stays small.
const KEEP_MEMORY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { memory_kib: 64, iterations: 1, parallelism: 1 };

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let hasher = Hasher::start(CHEAP, 2, 8);
        let stored = hasher.hash(secret("correct horse"), [7; 16]).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert_eq!(hasher.verify(secret("correct horse"), stored.clone()).await.unwrap(), Checked::Right);
        assert_eq!(hasher.verify(secret("wrong horse"), stored).await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn a_hash_of_other_cost_verifies_and_asks_to_be_renewed() {
        let stored = Hasher::start(CHEAP, 1, 1).hash(secret("pw"), [1; 16]).await.unwrap();
        let dearer = Hasher::start(Cost { iterations: 2, ..CHEAP }, 1, 1);
        assert_eq!(dearer.verify(secret("pw"), stored.clone()).await.unwrap(), Checked::RightButOld);
        assert_eq!(dearer.verify(secret("no"), stored).await.unwrap(), Checked::Wrong);
    }

    /// The default cost, against a hash another implementation made (Debian's `argon2` command, libargon2).
    #[tokio::test]
    async fn the_default_cost_agrees_with_the_reference_implementation() {
        let hasher = Hasher::start(Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 }, 1, 1);
        let reference = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk";
        assert_eq!(hasher.verify(secret("correct horse"), reference.into()).await.unwrap(), Checked::Right);
    }

    #[tokio::test]
    async fn a_stored_hash_beyond_the_limits_is_refused_without_hashing() {
        let hasher = Hasher::start(CHEAP, 1, 1);
        let greedy = "$argon2id$v=19$m=4000000,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
        assert!(matches!(hasher.verify(secret("x"), greedy.into()).await, Err(Error::Internal(_))));
    }

    #[tokio::test]
    async fn past_the_queue_a_hash_is_refused_at_once() {
        let hasher = Hasher::start(Cost { memory_kib: 8_192, iterations: 8, parallelism: 1 }, 1, 1);
        let many: Vec<_> = (0..20)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.verify_nobody(secret("x")).await })
            })
            .collect();
        let mut refused = 0;
        for one in many {
            if matches!(one.await.unwrap(), Err(Error::Refused(r)) if r.reason.code == "server.busy") {
                refused += 1;
            }
        }
        assert!(refused > 0, "twenty at once must overflow a queue of one");
    }
}
