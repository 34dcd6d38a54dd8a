//! The configuration of the server: typed, checked, and the same for `serve`, the tests and `config show`.
//!
//! [`Settings::load`] gathers what flags, environment and `jotgate.toml` say; [`Settings::check`] makes a
//! [`Config`] of it or says everything that is wrong. One table ([`KEYS`]) names every key once, so that the
//! parser, the environment names, the errors and the reference page cannot disagree. Nothing here reads the
//! process's environment or arguments: they are handed in as [`Sources`].

use std::{
    collections::BTreeMap, fmt, net::SocketAddr, num::NonZeroUsize, path::PathBuf, sync::Arc, time::Duration,
};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretBox, SecretString};

pub use self::{
    check::Checked,
    claims::{ClaimPath, MappedClaim},
    describe::Described,
    error::{ConfigError, Problem, Source},
    key::{Fallback, KeyInfo},
    mail::{Mail, MailLogin, MailSecurity},
    origin::{Issuer, IssuerError, Origin, OriginError},
    reference::reference_markdown,
    settings::{Settings, Sources},
    table::KEYS,
};
pub use crate::store::Database;

mod check;
mod choice;
mod claims;
mod describe;
pub mod duration;
mod env;
mod error;
mod file;
mod item;
mod key;
mod mail;
mod nearest;
mod origin;
mod reference;
pub mod secret;
mod settings;
mod table;
mod value;

/// Everything the server was told, after checking. Share it in an [`Arc`].
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the server accepts connections; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The public address of this server, the `iss` of every token, and the only own origin.
    pub issuer: Issuer,
    /// The folder of the SQLite database and the master key.
    pub data: PathBuf,
    /// Where users and sessions are kept.
    pub database: Database,
    /// `[tokens]`
    pub tokens: Tokens,
    /// `[sessions]`
    pub sessions: Sessions,
    /// `[signup]`
    pub signup: Signup,
    /// `[passwords]`
    pub passwords: Passwords,
    /// `[login]`
    pub login: Login,
    /// `[mfa]`
    pub mfa: Mfa,
    /// `[passkeys]`
    pub passkeys: Passkeys,
    /// `[http]`
    pub http: Http,
    /// `[keys]`
    pub keys: Keys,
    /// `[revocations]`
    pub revocations: Revocations,
    /// `[pages]`
    pub pages: Pages,
    /// `[mail]`; none when it names no server.
    pub mail: Option<Mail>,
    /// `[metrics]`
    pub metrics: Metrics,
    /// `[log]`
    pub log: Log,
    /// `[audit]`
    pub audit: Audit,
    /// Whether `--demo-lifetimes` shortened the lifetimes: the banner says so as long as the server runs.
    pub demo_lifetimes: bool,
    sources: Arc<BTreeMap<&'static str, Source>>,
}

/// `[tokens]`: the access tokens.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// How long an access token is good.
    pub access_lifetime: Duration,
    /// The APIs the tokens are for (`aud`): never empty.
    pub audience: Vec<String>,
    /// What signs tokens for the configured audiences.
    pub algorithm: TokenAlgorithm,
    /// The secret shared with the APIs: present exactly when `algorithm` is HS256.
    pub secret: Option<SecretString>,
    /// Claims added from the user's row.
    pub claims: Vec<MappedClaim>,
}

/// The algorithms that may sign access tokens: a closed choice out of those the library knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the IANA registry")]
pub enum TokenAlgorithm {
    Es256,
    Es384,
    Rs256,
    Ps256,
    Ed25519,
    Hs256,
}

/// `[sessions]`: lifetimes of a session and the two windows of the refresh rule.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// A session not refreshed for so long is over.
    pub idle_lifetime: Duration,
    /// A session is over after so long, however busy.
    pub absolute_lifetime: Duration,
    /// How late a superseded token is still answered when its successor was asked for without a key.
    pub retry_window: Duration,
    /// The same when the successor was asked for with an `Idempotency-Key`.
    pub race_window: Duration,
    /// How long the row of an ended session is kept.
    pub keep_ended: Duration,
    /// How long after a login what cannot be undone needs no new one.
    pub recent_login: Duration,
}

/// `[signup]`
#[derive(Clone, Debug)]
pub struct Signup {
    /// Who may make an account.
    pub mode: SignupMode,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignupMode {
    /// Everybody, at once.
    Open,
    /// Everybody who proves the address first.
    Verified,
    /// Nobody but an administrator.
    Closed,
}

/// `[passwords]`: what is accepted and how it is hashed.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// Fewest characters; with profile `nist` at least 15.
    pub min_length: usize,
    /// Most characters.
    pub max_length: usize,
    /// A published set of rules, when one is asked for.
    pub profile: Option<PasswordProfile>,
    /// The cost of one Argon2id hash.
    pub argon2: Argon2Cost,
    /// Threads that hash; `None` is one per core.
    pub hash_threads: Option<NonZeroUsize>,
    /// Hashes that may wait; past it the answer is 503 `server.busy`.
    pub hash_queue: usize,
}

/// A published set of password rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordProfile {
    /// NIST SP 800-63B-4 for passwords that are the only factor: 15 characters.
    Nist,
}

/// Parameters of Argon2id (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Cost {
    /// Memory in KiB (m).
    pub memory_kib: u32,
    /// Passes over the memory (t).
    pub iterations: u32,
    /// Lanes (p).
    pub parallelism: u32,
}

/// `[login]`: the throttles. Only failures count.
#[derive(Clone, Debug)]
pub struct Login {
    /// Failures of one address at one account before it has to wait.
    pub pair: Limit,
    /// The first wait of a pair; each further failure doubles it.
    pub pair_wait_first: Duration,
    /// The longest wait of a pair.
    pub pair_wait_longest: Duration,
    /// Failures of one address (IPv6: one /64) at any accounts.
    pub ip: Limit,
    /// Failures at one account from devices it does not know.
    pub account: Limit,
    /// Failures in a row at one account after which unknown devices are refused.
    pub lock_unknown_after: u32,
    /// How long an address stays known after a successful login.
    pub known_address_lifetime: Duration,
    /// Counters kept at most; the oldest go first.
    pub max_counters: u64,
}

/// So many within so long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Failures allowed in one window.
    pub failures: u32,
    /// The window.
    pub window: Duration,
}

/// `[mfa]`
#[derive(Clone, Debug)]
pub struct Mfa {
    /// Roles that a session has only once a second factor was shown in it.
    pub required_for: Vec<String>,
}

/// `[passkeys]`
#[derive(Clone, Debug)]
pub struct Passkeys {
    /// The domain that passkeys are bound to; none when the issuer's host is an address, which has no passkeys.
    pub rp_id: Option<String>,
}

/// `[http]`: who may ask, and how much.
#[derive(Clone, Debug)]
pub struct Http {
    /// Browser origins besides the issuer.
    pub origins: Vec<Origin>,
    /// `Host` values accepted besides the issuer's, lower case, with a port unless it is the scheme's own.
    pub hosts: Vec<String>,
    /// Networks whose forwarding headers count.
    pub trusted_proxies: Vec<IpNet>,
    /// Longest request body.
    pub max_body_bytes: usize,
    /// Longest request head.
    pub max_header_bytes: usize,
    /// Connections open at once.
    pub max_connections: usize,
    /// From the first byte of a request to the end of its head.
    pub header_timeout: Duration,
    /// From the end of the head to the answer.
    pub request_timeout: Duration,
    /// How long a quiet connection stays open.
    pub idle_timeout: Duration,
    /// How long requests in flight may take once the server was told to stop.
    pub drain_timeout: Duration,
}

/// `[keys]`
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key that seals private keys in the database; `None` is the file in the data folder.
    pub master_key: Option<MasterKey>,
    /// A new key so often; zero is never.
    pub rotate_every: Duration,
    /// How long a key is published before it signs.
    pub publish_before: Duration,
}

/// `[revocations]`: the feed for verifiers that never ask.
#[derive(Clone, Debug)]
pub struct Revocations {
    /// Who may read it.
    pub access: RevocationsAccess,
    /// Event streams open at once, at most half of `[http] max_connections`.
    pub max_streams: usize,
    /// Of these from one network address (IPv6: one /64).
    pub max_streams_of_network: usize,
    /// By how much the clocks of this server and of a verifier may differ.
    pub feed_leeway: Duration,
    /// Whether tokens also point into a Token Status List.
    pub status_list: bool,
}

/// Who may read the revocation feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationsAccess {
    /// Everybody.
    Public,
    /// Clients with the scope `revocations`.
    Clients,
}

/// `[pages]`: what people see.
#[derive(Clone, Debug)]
pub struct Pages {
    /// What the operator calls the service, on pages and in mails.
    pub service_name: String,
}

/// `[metrics]`
#[derive(Clone, Debug)]
pub struct Metrics {
    /// A listener of its own for `/metrics`; `None` serves it to administrators only.
    pub listen: Option<SocketAddr>,
}

/// `[log]`
#[derive(Clone, Debug)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// What is worth a line.
    pub level: LogLevel,
    /// Refusals that `jotgate why` can explain.
    pub refusals_kept: usize,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// What is worth a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the five levels of `tracing`")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// `[audit]`
#[derive(Clone, Debug)]
pub struct Audit {
    /// How long an audit event is kept.
    pub keep: Duration,
}

/// The 32 bytes that seal private keys at rest.
#[derive(Clone)]
pub struct MasterKey(Arc<SecretBox<[u8; 32]>>);

impl MasterKey {
    /// Takes 32 bytes, which the caller wipes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(Arc::new(SecretBox::init_with(|| *bytes)))
    }

    /// The bytes, for the sealer only.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([REDACTED])")
    }
}

#[cfg(test)]
mod tests;
