//! Which client is this? By its secret or by an assertion signed with its key.
//!
//! RFC 6749 section 2.3, RFC 7523 section 3. Not for: what the client then gets (`client_token`).

use jotgate_jose::{
    JwkSet, KeySet,
    jwt::Unverified,
    primitive::{constant_time_eq, sha256},
};
use jotgate_token::{assertion, reason};
use secrecy::{ExposeSecret, SecretString};

use super::{Client as From, throttle::CountedPair};
use crate::{
    app::App,
    error::{Refused, Result},
    store::{
        Tx,
        clients::{self, ClientRow, used_assertions},
    },
};

/// What a client showed.
#[derive(Debug)]
pub enum Credentials {
    /// Its name and its secret.
    Secret {
        /// The `client_id`.
        id: String,
        /// The secret.
        secret: SecretString,
    },
    /// An assertion.
    Assertion {
        /// The `client_id` beside it, which then must be the same client.
        id: Option<String>,
        /// The assertion.
        text: SecretString,
    },
}

/// Finds the client and holds it to what it showed. `now` was read before its row is.
///
/// # Errors
/// `oauth.invalid_client`, `oauth.throttled`, or the database's error.
pub(super) async fn authenticate_client(
    app: &App,
    credentials: &Credentials,
    from: &From,
    now: i64,
) -> Result<ClientRow> {
    let name = credentials.name();
    let counted = CountedPair::of_client(app, &name, from.ip);
    let counters = counted.clone();
    let read = app.store.read(async move |tx: &mut Tx<'_>| {
        Ok((counters.look(tx, now).await?, clients::by_id(tx, &name).await?))
    });
    let (looked, row) = read.await?;
    looked.admit()?;
    let judged = match credentials {
        Credentials::Secret { secret, .. } => judge_secret(row, secret, now),
        Credentials::Assertion { text, .. } => judge_assertion(app, row, text, now),
    };
    let shown = match &judged {
        Ok((_, None)) if !looked.has_failed => Shown::Nothing,
        Ok((_, once)) => Shown::Good(*once),
        Err(_) => Shown::Bad,
    };
    if !settle(app, counted, shown, now).await? {
        judged?;
        return Err(invalid().detail("This assertion was used before: each is good once.").into());
    }
    let (client, _) = judged?;
    match client.disabled_at {
        Some(_) => Err(invalid().detail("This client is disabled.").into()),
        None => Ok(client),
    }
}

/// What to write down about a try.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Nothing,
    Good(Option<Once>),
    Bad,
}

/// An assertion to be used up.
#[derive(Debug, Clone, Copy)]
struct Once {
    digest: [u8; 32],
    until: i64,
}

/// Counts a failure, or forgets those before and uses the assertion up; false when the try failed.
async fn settle(app: &App, counted: CountedPair, shown: Shown, now: i64) -> Result<bool> {
    if matches!(shown, Shown::Nothing) {
        return Ok(true);
    }
    let of = app.clone();
    let settled = app.store.write(async move |tx: &mut Tx<'_>| {
        let is_good = match shown {
            Shown::Bad => false,
            Shown::Good(Some(Once { digest, until })) => {
                used_assertions::use_once(tx, &digest, until).await?
            }
            Shown::Good(None) | Shown::Nothing => true,
        };
        match is_good {
            true => counted.succeeded(tx).await?,
            false => counted.failed(&of, tx, now).await?,
        }
        Ok(is_good)
    });
    Ok(settled.await?)
}

/// The same work whether there is such a client or not, because the time must not tell (catalogue row 106).
fn judge_secret(
    row: Option<ClientRow>,
    secret: &SecretString,
    now: i64,
) -> Result<(ClientRow, Option<Once>)> {
    let shown = digest_of_secret(secret);
    let known = row.as_ref().and_then(|row| row.secret_hash);
    let before = row.as_ref().and_then(|row| row.previous_hash.filter(|_| now < row.previous_until));
    // Nothing has this digest.
    let is = |stored: Option<[u8; 32]>| constant_time_eq(&stored.unwrap_or([0; 32]), &shown);
    match (is(known) | is(before), row) {
        (true, Some(row)) => Ok((row, None)),
        _ => Err(invalid().into()),
    }
}

/// What is wrong with an assertion is told to whoever signed it with the client's key, and to nobody else.
fn judge_assertion(
    app: &App,
    row: Option<ClientRow>,
    text: &SecretString,
    now: i64,
) -> Result<(ClientRow, Option<Once>)> {
    let row = row.ok_or_else(invalid)?;
    let jwks = row.jwks.as_deref().ok_or_else(invalid)?;
    let keys = JwkSet::parse(jwks).map(|set| KeySet::from(&set)).map_err(|_| invalid())?;
    let issuer = app.config.issuer.as_str();
    let checked = assertion::verify(text.expose_secret(), &row.id, issuer, &keys, now.div_euclid(1000));
    let claims = checked.map_err(|error| {
        let group = error.reason().code().split('.').next().unwrap_or_default();
        match ["iss", "aud", "exp", "nbf", "iat", "typ", "claim"].contains(&group) {
            true => explained(&error),
            false => invalid(),
        }
    })?;
    let until = (claims.exp + i64::from(assertion::LEEWAY) + 1).saturating_mul(1000);
    Ok((row, Some(Once { digest: digest_of_assertion(&claims), until })))
}

fn explained(error: &jotgate_jose::Error) -> Refused {
    let mut refused = invalid().detail(format!("The assertion is not good: {error}."));
    refused.expected = error.expected().map(Into::into);
    refused.received = error.received().map(Into::into);
    refused
}

/// One digest a client and `jti`, whatever is in them.
fn digest_of_assertion(claims: &assertion::Claims) -> [u8; 32] {
    let mut framed = Vec::new();
    for part in [&claims.iss, &claims.jti] {
        framed.extend((part.len() as u64).to_be_bytes());
        framed.extend(part.as_bytes());
    }
    sha256(&framed)
}

/// What is stored of a secret. A plain hash, because 32 random bytes cannot be guessed however fast it is; a slow one
/// would only let strangers keep the server busy.
pub(super) fn digest_of_secret(secret: &SecretString) -> [u8; 32] {
    sha256(secret.expose_secret().as_bytes())
}

fn invalid() -> Refused {
    Refused::new(&reason::OAUTH_INVALID_CLIENT)
}

impl Credentials {
    /// The client that is named, whoever sends it. What cannot be a name is nobody's, and counted as one.
    fn name(&self) -> String {
        let named = match self {
            Self::Secret { id, .. } => Some(id.clone()),
            Self::Assertion { id, text } => {
                let says = Unverified::parse(text.expose_secret())
                    .ok()
                    .and_then(|says| says.iss().map(str::to_owned));
                says.filter(|iss| id.as_ref().is_none_or(|id| id == iss))
            }
        };
        named.and_then(|name| crate::rule::client::id(&name).ok()).unwrap_or_default()
    }
}
