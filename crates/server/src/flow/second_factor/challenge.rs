//! A login that waits for its second factor: named by a token that only the browser has, and of which the server keeps the
//! digest. Ten minutes, five tries, good once; void as soon as the account's credentials change (`credential_epoch`).

use jotgate_jose::primitive::{base64url, sha256};
use jotgate_token::reason;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Demand, Factor};
use crate::{
    app::{App, passkeys},
    error::{Error, Refused, Result},
    flow::Delivery,
    rule::authentication::Method,
    store::{
        SessionId, StoreError, Tx,
        challenges::{self, ChallengeRow},
        factors::Enrolled,
        users::{self, UserRow},
    },
};

/// What the login was about to open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::flow) struct Pending {
    pub(in crate::flow) methods: Vec<Method>,
    pub(in crate::flow) delivery: String,
    pub(in crate::flow) audience: Vec<String>,
    pub(in crate::flow) continues: Option<Uuid>,
    pub(in crate::flow) credential_epoch: i64,
    /// What was asked of a passkey, and what its answer is held against.
    pub(in crate::flow) passkey: Option<passkeys::Asked>,
}

/// A login that waits, as the answer to it finds it.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Whose it is, as read just now.
    pub user: UserRow,
    /// How its tokens are to travel.
    pub delivery: Delivery,
    /// What would do.
    pub methods: Vec<Factor>,
    /// How many tries are left.
    pub tries_left: i64,
    pub(in crate::flow) pending: Pending,
    pub(in crate::flow) hash: [u8; 32],
}

impl Waiting {
    /// The session that this login would continue, as after a step-up.
    #[must_use]
    pub fn continues(&self) -> Option<SessionId> {
        self.pending.continues.map(SessionId)
    }

    /// What the browser's passkey function is called with, where a passkey will do.
    #[must_use]
    pub fn passkey_options(&self) -> Option<&serde_json::Value> {
        self.pending.passkey.as_ref().map(|asked| &asked.options)
    }
}

/// A row to be written and the demand that names it. Made before the transaction, which may run twice.
pub(in crate::flow) fn prepare(app: &App, user: &UserRow, asked: Asked) -> (ChallengeRow, Demand) {
    let token = base64url::encode(&app.random_bytes::<32>());
    let now = app.clock.now_ms();
    let row = ChallengeRow {
        token_hash: digest(&token),
        kind: KIND.into(),
        user_id: Some(user.id),
        state: serde_json::to_string(&asked.pending).expect("texts and numbers always have a JSON form"),
        tries: 0,
        created_at: now,
        expires_at: now + LIFETIME,
    };
    let passkey_options = asked.pending.passkey.map(|passkey| passkey.options);
    let demand = Demand {
        mfa_token: token.into(),
        methods: methods(asked.enrolled),
        expires_in: LIFETIME / 1000,
        passkey_options,
    };
    (row, demand)
}

/// What a demand is made from.
pub(in crate::flow) struct Asked {
    pub(in crate::flow) enrolled: Enrolled,
    pub(in crate::flow) pending: Pending,
}

/// Finds the login that a token names; changes nothing.
///
/// # Errors
/// `link.expired` when there is none: answered, over, out of tries, or of credentials that are no longer good.
pub async fn look(app: &App, mfa_token: &SecretString) -> Result<Waiting> {
    let (hash, now) = (digest(mfa_token.expose_secret()), app.clock.now_ms());
    let found = app.store.read(async move |tx: &mut Tx<'_>| read(tx, &hash, now).await);
    found.await?.ok_or_else(over)
}

async fn read(tx: &mut Tx<'_>, hash: &[u8; 32], now: i64) -> Result<Option<Waiting>, StoreError> {
    let row = challenges::by_hash(tx, hash).await?;
    let good = |row: &ChallengeRow| row.kind == KIND && row.expires_at > now && row.tries < TRIES;
    let Some((row, id)) = row.filter(good).and_then(|row| row.user_id.map(|id| (row, id))) else {
        return Ok(None);
    };
    let pending: Pending = serde_json::from_str(&row.state)
        .map_err(|error| StoreError::Corrupt(format!("the state of a challenge: {error}")))?;
    let Some(user) = users::by_id(tx, id).await? else { return Ok(None) };
    if user.disabled_at.is_some() || user.credential_epoch != pending.credential_epoch {
        return Ok(None);
    }
    Ok(Some(Waiting {
        methods: methods(crate::store::factors::by_user(tx, id).await?),
        delivery: Delivery::parse(&pending.delivery).unwrap_or(Delivery::Body),
        tries_left: TRIES - row.tries,
        user,
        pending,
        hash: *hash,
    }))
}

/// What to answer when the login is over.
pub(in crate::flow) fn over() -> Error {
    Refused::new(&reason::LINK_EXPIRED)
        .detail(
            "This login is over: it was finished, had five wrong codes, or began more than ten minutes ago.",
        )
        .hint("Log in again.")
        .into()
}

fn methods(enrolled: Enrolled) -> Vec<Factor> {
    [
        (enrolled.totp, Factor::Totp),
        (enrolled.passkeys > 0, Factor::Passkey),
        (enrolled.recovery_codes > 0, Factor::RecoveryCode),
    ]
    .into_iter()
    .filter_map(|(there, factor)| there.then_some(factor))
    .collect()
}

fn digest(token: &str) -> [u8; 32] {
    sha256(token.as_bytes())
}

const KIND: &str = "mfa";

/// As NIST SP 800-63B-4 section 3.1.3.3 has it for codes sent by other ways, in milliseconds.
pub(in crate::flow) const LIFETIME: i64 = 600_000;

/// Six digits and three of a million good at any time: five tries guess one login in 67,000. What bounds the guessing
/// across logins is `throttle::CountedFactor`.
pub const TRIES: i64 = 5;
