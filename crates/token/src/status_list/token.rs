//! The Status List Token: a list, signed by its issuer (section 5.1), and the check of it (section 8.3).
//! Not here: how it is fetched. A verifier looks only after the token that names the list was found good.

use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey, VerifyingKey, jwt};
use serde::{Deserialize, Serialize};

use super::{Status, StatusList, StatusReference, malformed};
use crate::wire::whole_seconds;

/// What a Status List Token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListToken {
    /// Who vouches for it.
    pub iss: Option<String>,
    /// The address of the list.
    pub sub: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// From when it must not be used any more.
    pub exp: i64,
    /// For how many seconds it may be kept before it is fetched again.
    pub ttl: Option<u64>,
    /// The statuses.
    pub list: StatusList,
}

impl StatusListToken {
    /// The status of a token that points here.
    ///
    /// ```
    /// # use jotgate_token::status_list::{StatusList, StatusListToken, StatusReference};
    /// # let token = StatusListToken { iss: None, sub: "https://id.example/1".into(), iat: 0, exp: 1, ttl: None,
    /// #     list: StatusList::new(16) };
    /// let elsewhere = StatusReference { idx: 0, uri: "https://id.example/2".into() };
    /// assert_eq!(token.status(&elsewhere).unwrap_err().reason().code(), "claim.mismatch");
    /// ```
    ///
    /// # Errors
    /// `claim.mismatch` when the token points at another list or beyond the end of this one.
    pub fn status(&self, of: &StatusReference) -> Result<Status, Error> {
        // Because a list signed for another address would say nothing about this token, and an attacker may choose
        // which of several good lists is delivered.
        if self.sub != of.uri {
            return Err(Error::new(Reason::ClaimMismatch, "the status list is of another address"));
        }
        let status = self.list.status(of.idx);
        status.ok_or_else(|| Error::new(Reason::ClaimMismatch, "the status list has no such index"))
    }
}

/// Signs Status List Tokens.
#[derive(Debug, Clone)]
pub struct Signer(jwt::Signer);

/// A signer with the key that signs the tokens themselves, so that whoever can check those can check this.
///
/// ```
/// # use jotgate_jose::{Algorithm, SigningKey};
/// use jotgate_token::status_list;
///
/// let shared = SigningKey::generate(Algorithm::Hs256)?;
/// assert_eq!(status_list::signer(shared).unwrap_err().reason().code(), "alg.not_allowed");
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
///
/// # Errors
/// `alg.not_allowed` for a symmetric key: every API that shares it could declare tokens good.
pub fn signer(key: SigningKey) -> Result<Signer, Error> {
    if key.algorithm().is_symmetric() {
        return Err(Error::new(Reason::AlgNotAllowed, "a status list is not signed with a shared secret"));
    }
    jwt::Signer::new(key, TYP).map(Signer)
}

impl Signer {
    /// The key to check its messages with.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_token::status_list;
    /// let signer = status_list::signer(SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11"))?;
    /// assert_eq!(signer.verifying_key().kid(), Some("2026-11"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// A token, signed.
    ///
    /// ```
    /// # use jotgate_jose::Error;
    /// # use jotgate_token::status_list::{Signer, StatusListToken};
    /// fn a_minute_later(signer: &Signer, last: &StatusListToken) -> Result<String, Error> {
    ///     signer.sign(&StatusListToken { iat: last.iat + 60, exp: last.exp + 60, ..last.clone() })
    /// }
    /// ```
    ///
    /// # Errors
    /// `keys.unavailable` when the crypto library fails.
    pub fn sign(&self, token: &StatusListToken) -> Result<String, Error> {
        let StatusListToken { iss, sub, iat, exp, ttl, list } = token;
        let status_list = Packed { bits: list.bits().into(), lst: list.encode()? };
        self.0.sign(&Wire {
            iss: iss.clone(),
            sub: sub.clone(),
            iat: *iat,
            exp: *exp,
            ttl: *ttl,
            status_list,
        })
    }
}

/// Checks the Status List Tokens of one issuer.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: KeySet,
    issuer: String,
    policy: jwt::Policy,
}

impl Verifier {
    /// Accepts lists under the keys of `issuer`: those of its `jwks.json`. Shared secrets among them count for nothing.
    ///
    /// ```
    /// use jotgate_jose::{JwkSet, KeySet};
    /// use jotgate_token::status_list::Verifier;
    ///
    /// let published = JwkSet::parse(r#"{"keys":[]}"#)?;
    /// let verifier = Verifier::new("https://id.example", KeySet::from(&published));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn new(issuer: &str, keys: KeySet) -> Self {
        let policy = jwt::Policy::new(jwt::Issuer::any(), jwt::Audience::any(), jwt::Typ::exact(TYP))
            .algorithms(Algorithm::ALL.iter().copied().filter(|algorithm| !algorithm.is_symmetric()))
            .require("iat")
            .max_len(MAX_TOKEN);
        Self { keys, issuer: issuer.into(), policy }
    }

    /// Checks a token of at most [`MAX_TOKEN`] bytes that was fetched from `uri`.
    ///
    /// ```
    /// # use jotgate_jose::KeySet;
    /// # use jotgate_token::status_list::Verifier;
    /// # let verifier = Verifier::new("https://id.example", KeySet::default());
    /// let refused = verifier.verify("nonsense", "https://id.example/v1/status-lists/0", 0).unwrap_err();
    /// assert_eq!(refused.reason().code(), "malformed.parts");
    /// ```
    ///
    /// # Errors
    /// The first check that fails: `malformed.*`, `key.*`, `alg.*`, `signature.invalid`, `typ.mismatch`,
    /// `exp.*` (one without `exp` is refused, because it could be replayed for ever); `claim.mismatch` when `sub` is
    /// not `uri`; `iss.mismatch` when there is an `iss` and it is not the issuer; `claim.malformed` for what is no
    /// list.
    pub fn verify(&self, token: &str, uri: &str, now: i64) -> Result<StatusListToken, Error> {
        let wire: Wire = jwt::verify(token, &self.keys, &self.policy, now)?.into_claims();
        if wire.sub != uri {
            return Err(Error::new(Reason::ClaimMismatch, "the status list is of another address"));
        }
        if wire.iss.as_deref().is_some_and(|iss| iss != self.issuer) {
            return Err(Error::new(Reason::IssMismatch, "the status list is of another issuer"));
        }
        wire.open()
    }

    /// The status of a token, by the list it points at.
    ///
    /// ```
    /// # use jotgate_jose::Error;
    /// # use jotgate_token::status_list::{StatusReference, Verifier};
    /// fn may_pass(lists: &Verifier, fetched: &str, of: &StatusReference, now: i64) -> Result<bool, Error> {
    ///     Ok(lists.status(fetched, of, now)?.is_valid())
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`Self::verify`] and [`StatusListToken::status`].
    pub fn status(&self, token: &str, of: &StatusReference, now: i64) -> Result<Status, Error> {
        self.verify(token, &of.uri, now)?.status(of)
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Wire {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    sub: String,
    #[serde(deserialize_with = "whole_seconds")]
    iat: i64,
    #[serde(deserialize_with = "whole_seconds")]
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ttl: Option<u64>,
    status_list: Packed,
}

#[derive(Serialize, Deserialize)]
struct Packed {
    bits: u64,
    lst: String,
}

impl Wire {
    pub(super) fn open(self) -> Result<StatusListToken, Error> {
        if self.ttl == Some(0) {
            return Err(malformed("`ttl` of a status list is not positive"));
        }
        let list = StatusList::decode(self.status_list.bits, &self.status_list.lst)?;
        let Self { iss, sub, iat, exp, ttl, .. } = self;
        Ok(StatusListToken { iss, sub, iat, exp, ttl, list })
    }
}

/// The `typ` of a Status List Token; with `application/` before it, its media type.
pub const TYP: &str = "statuslist+jwt";

/// The longest token, in bytes: a full list that compresses not at all fits.
pub const MAX_TOKEN: usize = 4 << 20;
