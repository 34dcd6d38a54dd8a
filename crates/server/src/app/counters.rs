//! Counts of what flows did, read by `/metrics`. Not for: anything about HTTP.

use std::sync::atomic::{AtomicU64, Ordering};

/// One number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add(&self) {
        self.add_many(1);
    }

    /// So many more.
    pub fn add_many(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The count so far.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What flows count since the server started.
#[derive(Debug, Default)]
pub struct Counters {
    /// Logins that opened a session.
    pub logins: Counter,
    /// Logins refused for a wrong name or password.
    pub logins_failed: Counter,
    /// Logins refused before hashing.
    pub logins_throttled: Counter,
    /// Tokens made for clients that act for themselves.
    pub client_tokens: Counter,
    /// Mails that the mail server took.
    pub mails_sent: Counter,
    /// Tries to send a mail that failed.
    pub mails_failed: Counter,
    /// Mails that are not tried again.
    pub mails_given_up: Counter,
    /// Accounts made.
    pub sign_ups: Counter,
    /// Sessions opened.
    pub sessions_opened: Counter,
    /// Sessions ended, for any reason.
    pub sessions_ended: Counter,
    /// Refreshes that made a new generation.
    pub refresh_rotated: Counter,
    /// Lost replies answered again.
    pub refresh_retried: Counter,
    /// Parallel requests answered with the same successor.
    pub refresh_raced: Counter,
    /// Tokens out of turn: a theft, or a copy of a session.
    pub refresh_reused: Counter,
    /// Events of the revocation feed that brought something new.
    pub feed_events: Counter,
    /// How often the revocation feed began anew: after a restore, else a sign of a database that lost writes.
    pub feed_resets: Counter,
    /// Tokens newer than the database: it was restored or lost a write. Should be zero.
    pub refresh_store_behind: Counter,
}
