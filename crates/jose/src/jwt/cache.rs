//! Tokens seen before: a second look at one costs no signature check.
//!
//! Remembered is one fact only: this very text had a good signature under this very key. Everything else (the key is
//! offered now, the policy allows its algorithm, type, issuer, audience, times, other claims) is judged anew each
//! time by the code that judges unknown tokens, so that the verdict is always the one without a cache. Refusals are
//! not remembered, because anybody can make as many bad tokens as they like.

mod shard;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;

use self::shard::{Entry, Shard};
use super::policy::Policy;
use super::verify::{Verified, accept};
use crate::error::Reason;
use crate::hash::hash;
use crate::jws::{Scratch, compact};
use crate::{KeySet, Result, VerifyingKey, crypto};

/// Verified tokens, in bounded memory, for any number of threads.
///
/// `C` is what is kept of each: its claims, or whatever [`Cache::verify_with`] makes of them. Tokens are secrets, and
/// their text is overwritten when it leaves.
///
/// ```
/// use jotgate_jose::jwt::{Audience, Cache, Issuer, Policy, Signer, Typ};
/// use jotgate_jose::{Algorithm, KeySet, Reason, SigningKey};
/// use serde_json::{Value, json};
///
/// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
/// let keys = KeySet::new([key.verifying_key()]);
/// let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
/// let claims = json!({"iss": "https://id.example", "aud": "api", "sub": "17", "exp": 1_800_000_000});
/// let token = Signer::new(key, "at+jwt")?.sign(&claims)?;
///
/// let cache = Cache::<Value>::new(1 << 20);
/// cache.verify(&token, &keys, &policy, 1_700_000_000)?;
/// let again = cache.verify(&token, &keys, &policy, 1_700_000_000)?;
/// assert_eq!(again.claims()["sub"], "17");
///
/// // Time, keys and policy count as if the token were new.
/// let late = cache.verify(&token, &keys, &policy, 1_800_000_000).unwrap_err();
/// assert_eq!(late.reason(), Reason::ExpExpired);
/// assert!(cache.verify(&token, &KeySet::default(), &policy, 1_700_000_000).is_err());
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
pub struct Cache<C> {
    /// Secret, so that nobody can choose tokens that fall on one place.
    hash_key: [u64; 2],
    shards: Box<[Mutex<Shard<C>>]>,
}

impl<C> Cache<C> {
    /// Empty, holding at most about this many bytes: token texts, table, and the kept claims, whose memory behind
    /// pointers is taken to be as long as the payload they were read from.
    ///
    /// ```
    /// let cache = jotgate_jose::jwt::Cache::<String>::new(16 << 20);
    /// assert!(cache.is_empty());
    /// ```
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let mut random = [[0; 8]; 2];
        random.iter_mut().for_each(|half| crypto::fill_random(half));
        let count = (bytes / SHARD).clamp(1, MAX_SHARDS);
        let shards = (0..count).map(|_| Mutex::new(Shard::new(bytes / count))).collect();
        Self { hash_key: random.map(u64::from_ne_bytes), shards }
    }

    /// As [`super::verify()`], with the same verdict for every token, set of keys, policy and time.
    ///
    /// For tokens of several issuers, [`super::Issuers::of`] says which keys and policy to give.
    ///
    /// ```
    /// use jotgate_jose::{KeySet, jwt::{Audience, Cache, Issuer, Policy, Typ}};
    ///
    /// let policy = Policy::new(Issuer::any(), Audience::any(), Typ::exact("at+jwt"));
    /// let cache = Cache::<serde_json::Value>::new(1 << 20);
    /// assert!(cache.verify("not a token", &KeySet::default(), &policy, 0).is_err());
    /// assert!(cache.is_empty());
    /// ```
    ///
    /// # Errors
    /// As [`super::verify()`].
    pub fn verify(&self, token: &str, keys: &KeySet, policy: &Policy, now: i64) -> Result<Verified<Arc<C>>>
    where
        C: DeserializeOwned,
    {
        self.verify_with(token, keys, policy, now, |claims, _| Ok(claims))
    }

    /// As [`Self::verify`], keeping what `keep` makes of the claims and the key that signed them when the token is seen
    /// for the first time: what each request needs, such as digests to look up among revoked sessions, is then worked
    /// out once. What `keep`
    /// refuses is refused and not kept. Every call on one cache must come with the same `keep`.
    ///
    /// ```
    /// use jotgate_jose::jwt::{self, Audience, Cache, Issuer, Policy, Typ};
    /// use jotgate_jose::{Algorithm, KeySet, SigningKey, primitive};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Claims {
    ///     sid: String,
    /// }
    ///
    /// struct Known {
    ///     sid: String,
    ///     revocation_id: [u8; 32],
    /// }
    ///
    /// let key = SigningKey::generate(Algorithm::Hs256)?;
    /// let token = jwt::sign(&serde_json::json!({"sid": "s-1", "exp": 1_800_000_000}), &key)?;
    /// let keys = KeySet::new([key.verifying_key()]);
    /// let policy = Policy::new(Issuer::any(), Audience::any(), Typ::exact("JWT"));
    ///
    /// let cache = Cache::<Known>::new(1 << 20);
    /// for _ in 0..2 {
    ///     let verified = cache.verify_with(&token, &keys, &policy, 1_700_000_000, |claims: Claims, _| {
    ///         Ok(Known { revocation_id: primitive::sha256(claims.sid.as_bytes()), sid: claims.sid })
    ///     })?;
    ///     assert_eq!(verified.claims().revocation_id, primitive::sha256(b"s-1"));
    ///     assert_eq!(verified.claims().sid, "s-1");
    /// }
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`super::verify()`], then as `keep`.
    pub fn verify_with<D: DeserializeOwned>(
        &self,
        token: &str,
        keys: &KeySet,
        policy: &Policy,
        now: i64,
        keep: impl FnOnce(D, &VerifyingKey) -> Result<C>,
    ) -> Result<Verified<Arc<C>>> {
        let hash = hash(self.hash_key, token.as_bytes());
        let mut known = None;
        let mut scratch = Scratch::new();
        let checked = compact::check_unless(token, keys, &policy.limits(), &mut scratch, |key| {
            known = self.find(hash, token, key);
            known.is_some()
        })?;
        let key = checked.key;
        let accepted = accept(checked, policy, now).inspect_err(|error| {
            // An expired token is good for nothing any more, and a secret is not kept for nothing.
            if error.reason() == Reason::ExpExpired && known.is_some() {
                self.shard(hash).forget(hash, |entry| entry.token() == token);
            }
        })?;
        let claims = match known {
            Some(claims) => claims,
            None => {
                let claims = Arc::new(keep(accepted.typed()?, key)?);
                let entry = Entry::new(hash, token, key, Arc::clone(&claims), accepted.text.len());
                self.shard(hash).insert(entry);
                claims
            }
        };
        Ok(Verified::new(claims, key.clone()))
    }

    /// Forgets every token, for example when a signing key was stolen.
    ///
    /// ```
    /// let cache = jotgate_jose::jwt::Cache::<String>::new(1 << 20);
    /// cache.clear();
    /// assert_eq!(cache.len(), 0);
    /// ```
    pub fn clear(&self) {
        self.shards.iter().for_each(|shard| lock(shard).clear());
    }

    /// How many tokens are known.
    ///
    /// ```
    /// assert_eq!(jotgate_jose::jwt::Cache::<String>::new(1 << 20).len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Whether none is.
    ///
    /// ```
    /// assert!(jotgate_jose::jwt::Cache::<String>::new(1 << 20).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes in use, counted as [`Self::new`] says.
    ///
    /// ```
    /// let cache = jotgate_jose::jwt::Cache::<String>::new(1 << 20);
    /// assert!(cache.bytes() < 1 << 20);
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).bytes()).sum()
    }

    fn find(&self, hash: u64, token: &str, key: &VerifyingKey) -> Option<Arc<C>> {
        self.shard(hash).find(hash, |entry| entry.is(token, key))
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard<C>> {
        lock(&self.shards[(hash >> 48) as usize % self.shards.len()])
    }
}

impl<C> fmt::Debug for Cache<C> {
    /// Never what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache").field("tokens", &self.len()).finish_non_exhaustive()
    }
}

/// A thread that panicked left nothing half done: each change is one assignment and one sum.
fn lock<C>(shard: &Mutex<Shard<C>>) -> MutexGuard<'_, Shard<C>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Below this a further shard would hold too few tokens to be worth its lock.
const SHARD: usize = 64 * 1024;
/// Threads that meet at one lock are then few, and it is held for a comparison.
const MAX_SHARDS: usize = 64;

#[cfg(test)]
mod tests;
