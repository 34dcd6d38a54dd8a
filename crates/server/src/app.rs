//! What every request needs, in one place: configuration, store, keys, clock, randomness.
//!
//! Not for: decisions (`rule`) or steps (`flow`); `App` only holds.

pub mod counters;
pub mod feed;
pub mod hasher;
pub mod keyring;
pub mod mailer;
pub mod passkeys;
pub mod refusals;
pub mod status_lists;

use std::{ops::Deref, sync::Arc};

use jotgate_token::{Clock, Id, Random, random};
use uuid::Uuid;

use crate::{config::Config, store::Store};

pub use counters::Counters;
pub use feed::Feed;
pub use hasher::Hasher;
pub use keyring::Keyring;
pub use mailer::Mailer;
pub use passkeys::Passkeys;
pub use refusals::RefusalLog;
pub use status_lists::StatusLists;

/// The server's state, shared by all requests; a clone is a pointer.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] holds.
pub struct Parts {
    /// The checked configuration.
    pub config: Config,
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids, salts and link tokens.
    pub random: Arc<dyn Random>,
    /// The bounded pool that hashes passwords.
    pub hasher: Hasher,
    /// The relying party of passkeys.
    pub passkeys: Passkeys,
    /// The keys in use.
    pub keyring: Keyring,
    /// What is known of the revocation feed, and who listens to it.
    pub feed: Feed,
    /// The status lists as they were last made, and the one that is being filled.
    pub status_lists: StatusLists,
    /// Says that somebody has asked for a mail.
    pub mail_requests: tokio::sync::Notify,
    /// What happened so far, for `/metrics`.
    pub counters: Counters,
    /// Who sends mails; none when `[mail]` names no server.
    pub mailer: Option<Arc<Mailer>>,
    /// The last refusals, for `jotgate why`.
    pub refusals: RefusalLog,
}

impl App {
    /// Puts the parts together; `flow::open` makes them.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// A new UUIDv7 (RFC 9562 section 5.7) from the server's clock and randomness.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        Uuid::from_bytes(Id::new(&*self.random, self.clock.now_ms()).into())
    }

    /// Fresh random bytes.
    #[must_use]
    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        random::array(&*self.random)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("issuer", &self.config.issuer).finish_non_exhaustive()
    }
}
