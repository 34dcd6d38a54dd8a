//! The keys in use, in memory: signing keys, refresh keys, and what is derived from the master key.
//!
//! Readers take a snapshot without a lock; `flow::keys` loads, makes and replaces them. Private keys are sealed in the
//! database with AES-256-GCM under a key derived from the master key, with issuer and key id as associated data,
//! so that a sealed key copied to another row or another deployment does not open.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};
use jotgate_jose::{
    KeySet, SecretBytes,
    jwt::Signer,
    primitive::{HmacKey, Sealer, hkdf_sha256},
};
use jotgate_token::{refresh::RefreshKeys, revocation};
use tokio::sync::{Mutex, MutexGuard};
use zeroize::Zeroizing;

use crate::error::Error;

/// All keys of a running server.
pub struct Keyring {
    master: ArcSwap<MasterKeys>,
    signing: ArcSwap<SigningKeys>,
    refresh: ArcSwap<RefreshKeys>,
    ended: ArcSwap<Vec<[u8; 8]>>,
    generation: ArcSwapOption<Vec<u8>>,
    /// When the keys were last known to be those of the database.
    compared_at: AtomicI64,
    reloaded_at: AtomicI64,
    turn: Mutex<()>,
}

/// What is loaded from the database at once.
pub struct Keys {
    /// The signing keys.
    pub signing: SigningKeys,
    /// The refresh keys.
    pub refresh: RefreshKeys,
    /// The ids of refresh keys of which no token counts any more.
    pub ended: Vec<[u8; 8]>,
    /// The database's mark of this state of the keys.
    pub generation: Option<Vec<u8>>,
}

/// Signing keys: what signs, what verifies, what is published.
pub struct SigningKeys {
    /// The server's own asymmetric key: signs every token whose audience holds the issuer.
    pub own: Signer,
    /// HS256 with the operator's secret, for configured audiences only.
    pub shared: Option<Signer>,
    /// What verifies the server's own tokens.
    pub verifying: KeySet,
    /// The ids of keys whose tokens are void.
    pub revoked: Vec<String>,
    /// The published key set as JSON; never holds a symmetric or private key, nor one of the feed.
    pub jwks: String,
    /// The revocation feed's own key, which verifies nothing else: whoever has it can hide a revocation, not make a
    /// token.
    pub feed: revocation::Signer,
    /// The key set of the feed as JSON, published apart from that of tokens.
    pub feed_jwks: String,
}

/// What the master key is used for, each use with its own key (RFC 5869).
pub struct MasterKeys {
    sealer: Sealer,
    counters: HmacKey,
    key_ids: HmacKey,
    check: [u8; 32],
}

impl Keyring {
    /// Puts the loaded keys together.
    #[must_use]
    pub fn new(master: MasterKeys, keys: Keys, now: i64) -> Self {
        Self {
            master: ArcSwap::from_pointee(master),
            signing: ArcSwap::from_pointee(keys.signing),
            refresh: ArcSwap::from_pointee(keys.refresh),
            ended: ArcSwap::from_pointee(keys.ended),
            generation: ArcSwapOption::from_pointee(keys.generation),
            compared_at: AtomicI64::new(now),
            reloaded_at: AtomicI64::new(now),
            turn: Mutex::new(()),
        }
    }

    /// The signing keys now.
    #[must_use]
    pub fn signing(&self) -> Arc<SigningKeys> {
        self.signing.load_full()
    }

    /// The refresh keys now.
    #[must_use]
    pub fn refresh(&self) -> Arc<RefreshKeys> {
        self.refresh.load_full()
    }

    /// Whether a refresh key of this id was there and is over, so that no look at the database brings it back.
    #[must_use]
    pub fn has_ended(&self, id: [u8; 8]) -> bool {
        self.ended.load().contains(&id)
    }

    /// What is derived from the master key.
    #[must_use]
    pub fn master(&self) -> Arc<MasterKeys> {
        self.master.load_full()
    }

    /// Takes another master key, with which the keys that follow were opened.
    pub fn replace_master(&self, master: MasterKeys) {
        self.master.store(Arc::new(master));
    }

    /// Replaces what was loaded before. `now` was read before the database was.
    pub fn replace(&self, keys: Keys, now: i64) {
        self.signing.store(Arc::new(keys.signing));
        self.refresh.store(Arc::new(keys.refresh));
        self.ended.store(Arc::new(keys.ended));
        self.generation.store(keys.generation.map(Arc::new));
        self.compared_at.store(now, Ordering::Release);
    }

    /// Waits until nobody else is loading keys.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Whether the keys are those of this generation, which the database was just asked for; then they count as fresh.
    #[must_use]
    pub fn confirm(&self, generation: Option<&[u8]>, now: i64) -> bool {
        let same = self.generation.load().as_deref().map(Vec::as_slice) == generation;
        if same {
            self.compared_at.store(now, Ordering::Release);
        }
        same
    }

    /// Whether the keys were compared with the database within so many milliseconds.
    #[must_use]
    pub fn is_fresh(&self, now: i64, within: i64) -> bool {
        (0..within).contains(&(now - self.compared_at.load(Ordering::Acquire)))
    }

    /// Whether an unknown key id may cause a look at the database now: once per cool-down, for all requests together,
    /// because otherwise whoever invents key ids makes the database work.
    #[must_use]
    pub fn may_reload(&self, now: i64) -> bool {
        let last = self.reloaded_at.load(Ordering::Acquire);
        (now - last >= RELOAD_COOL_DOWN || now < last)
            && self.reloaded_at.compare_exchange(last, now, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

impl MasterKeys {
    /// Derives the keys from the 32 bytes of the master key.
    #[must_use]
    pub fn derive(master: &[u8; 32]) -> Self {
        let key = |label: &str| {
            let mut out = Zeroizing::new([0; 32]);
            hkdf_sha256(master, b"jotgate", label.as_bytes(), out.as_mut());
            out
        };
        Self {
            sealer: Sealer::new(&key("seal v1")),
            counters: HmacKey::new(key("counters v1").as_ref()),
            key_ids: HmacKey::new(key("key ids v1").as_ref()),
            check: HmacKey::new(key("check v1").as_ref()).sign(&[b"check"]),
        }
    }

    /// A value that tells this master key from any other and says nothing about it.
    #[must_use]
    pub fn check_value(&self) -> &[u8; 32] {
        &self.check
    }

    /// Seals a private key for the database.
    #[must_use]
    pub fn seal(&self, nonce: [u8; 12], name: SealedName<'_>, plain: &[u8]) -> Vec<u8> {
        let mut sealed = nonce.to_vec();
        sealed.extend(self.sealer.seal(nonce, &name.associated_data(), plain));
        sealed
    }

    /// Opens what [`MasterKeys::seal`] sealed.
    ///
    /// # Errors
    /// When it was sealed under another master key, issuer or id, or was damaged.
    pub fn open(&self, name: SealedName<'_>, sealed: &[u8]) -> Result<SecretBytes, Error> {
        let unopened = || Error::Internal(format!("the key {} does not open with this master key", name.id));
        let (nonce, rest) = sealed.split_first_chunk::<12>().ok_or_else(unopened)?;
        self.sealer.open(*nonce, &name.associated_data(), rest).map_err(|_| unopened())
    }

    /// The key of a throttle counter: an HMAC, so that the table holds no address and no name.
    #[must_use]
    pub fn counter(&self, kind: &str, parts: &[&str]) -> [u8; 32] {
        let mut framed: Vec<u8> = Vec::new();
        for part in std::iter::once(&kind).chain(parts) {
            framed.extend((part.len() as u64).to_be_bytes());
            framed.extend(part.as_bytes());
        }
        self.counters.sign(&[&framed])
    }

    /// A refresh key's id from four random bytes: the other four authenticate them, so that an invented id is told from
    /// one another node has just made, without a query.
    #[must_use]
    pub fn key_id(&self, random: [u8; 4]) -> [u8; 8] {
        let tag = self.key_ids.sign(&[&random]);
        let mut id = [0; 8];
        id[..4].copy_from_slice(&random);
        id[4..].copy_from_slice(&tag[..4]);
        id
    }

    /// Whether a server with this master key made the id.
    #[must_use]
    pub fn made_key_id(&self, id: [u8; 8]) -> bool {
        let [a, b, c, d, ..] = id;
        self.key_id([a, b, c, d]) == id
    }
}

/// Which sealed key is meant.
#[derive(Debug, Clone, Copy)]
pub struct SealedName<'a> {
    /// The issuer it serves.
    pub issuer: &'a str,
    /// Its id.
    pub id: &'a str,
}

impl SealedName<'_> {
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(16 + self.issuer.len() + self.id.len());
        for part in [self.issuer, self.id] {
            data.extend((part.len() as u64).to_be_bytes());
            data.extend(part.as_bytes());
        }
        data
    }
}

/// Least time between two looks at the database for an unknown key, in milliseconds.
const RELOAD_COOL_DOWN: i64 = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: SealedName<'_> = SealedName { issuer: "https://id.example", id: "k1" };

    #[test]
    fn a_sealed_key_opens_only_under_its_own_name_and_master_key() {
        let keys = MasterKeys::derive(&[1; 32]);
        let sealed = keys.seal([9; 12], NAME, b"private");
        assert_eq!(keys.open(NAME, &sealed).unwrap().as_ref(), b"private");
        assert!(keys.open(SealedName { id: "k2", ..NAME }, &sealed).is_err());
        assert!(keys.open(SealedName { issuer: "https://other.example", ..NAME }, &sealed).is_err());
        assert!(MasterKeys::derive(&[2; 32]).open(NAME, &sealed).is_err());
        assert!(keys.open(NAME, &sealed[..11]).is_err());
    }

    #[test]
    fn counters_of_different_parts_never_meet() {
        let keys = MasterKeys::derive(&[1; 32]);
        assert_ne!(keys.counter("pair", &["ab", "c"]), keys.counter("pair", &["a", "bc"]));
        assert_ne!(keys.counter("ip", &["x"]), keys.counter("account", &["x"]));
    }

    #[test]
    fn an_invented_key_id_is_told_from_a_made_one() {
        let keys = MasterKeys::derive(&[1; 32]);
        assert!(keys.made_key_id(keys.key_id([1, 2, 3, 4])));
        assert!(!keys.made_key_id([1, 2, 3, 4, 0, 0, 0, 0]));
    }
}
