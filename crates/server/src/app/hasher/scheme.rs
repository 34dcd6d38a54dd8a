//! How a password was hashed: the kind and its cost, without salt and hash. Two hashes of one scheme take equally long.
//!
//! A scheme is also a text, the beginning of the stored string, because the database notes which schemes are present.
//! Limits stand here: a table or a file written by somebody else must not be able to take the machine's memory.

use std::{fmt, num::NonZeroU32};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use jotgate_jose::primitive::{self, Pbkdf2};

use super::stored::{Stored, Unusable};
use crate::config::Argon2Cost;

/// The kind of a hash and what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// RFC 9106.
    Argon2 {
        /// Which of the three; new passwords get Argon2id.
        algorithm: Argon2Kind,
        /// Memory, passes and lanes.
        cost: Argon2Cost,
    },
    /// bcrypt with this logarithm of its rounds.
    Bcrypt {
        /// 4 to 31.
        cost: u32,
    },
    /// RFC 7914.
    Scrypt(ScryptCost),
    /// scrypt as Firebase has it: its key encrypts the project's signer key, and the ciphertext is the hash.
    Firebase(ScryptCost),
    /// RFC 8018.
    Pbkdf2 {
        /// The hash inside.
        hash: Pbkdf2,
        /// How often.
        iterations: NonZeroU32,
        /// How many bytes come out: each block of them costs all iterations.
        length: usize,
    },
}

/// Variant and version of Argon2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Kind {
    pub(super) algorithm: Algorithm,
    /// 19, or the 16 of before 2016.
    pub(super) version: Version,
}

/// The cost of scrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScryptCost {
    /// The logarithm of N.
    pub log_n: u8,
    /// The block size.
    pub r: u32,
    /// The parallelism.
    pub p: u32,
}

/// What new passwords are hashed with.
pub(super) const OWN: Argon2Kind = Argon2Kind { algorithm: Algorithm::Argon2id, version: Version::V0x13 };

impl Scheme {
    /// The scheme of new passwords at this cost.
    #[must_use]
    pub(super) fn own(cost: Argon2Cost) -> Self {
        Self::Argon2 { algorithm: OWN, cost }
    }

    /// Whether passwords were brought into NFKC before this hash was made. Other systems hash what was typed.
    #[must_use]
    pub(super) fn may_be_own(self) -> bool {
        matches!(self, Self::Argon2 { algorithm: OWN, .. })
    }

    /// Refuses what would cost more than any honest configuration asks for.
    ///
    /// # Errors
    /// [`Unusable::TooDear`].
    pub(super) fn within_limits(self) -> Result<Self, Unusable> {
        let good = match self {
            Self::Argon2 { cost, .. } => {
                cost.memory_kib <= 1 << 20 && cost.iterations <= 64 && cost.parallelism <= 16
            }
            Self::Bcrypt { cost } => cost <= 15,
            Self::Scrypt(cost) | Self::Firebase(cost) => {
                cost.log_n <= 24 && cost.memory() <= 256 << 20 && cost.memory() * u64::from(cost.p) <= 1 << 30
            }
            Self::Pbkdf2 { iterations, length, .. } => iterations.get() <= 2_000_000 && length <= 64,
        };
        if good { Ok(self) } else { Err(Unusable::TooDear(self.to_string())) }
    }

    /// The same for a hash that somebody brings: every wrong password waits as long as the slowest scheme takes, so one
    /// row must not be able to make all of them wait for many seconds.
    ///
    /// # Errors
    /// [`Unusable::TooDear`].
    pub(super) fn admit(self) -> Result<Self, Unusable> {
        match self {
            Self::Argon2 { cost, .. }
                if u64::from(cost.memory_kib) * u64::from(cost.iterations) > 4 << 20 =>
            {
                Err(Unusable::TooDear(self.to_string()))
            }
            _ => self.within_limits(),
        }
    }

    /// The hash of these bytes. `key` is the signer key of a Firebase project.
    ///
    /// # Errors
    /// When the parameters are none the algorithm has.
    pub(super) fn derive(
        self,
        password: &[u8],
        salt: &[u8],
        key: Option<&[u8]>,
        room: Room<'_>,
    ) -> Result<(), String> {
        let Room { out, memory } = room;
        match self {
            Self::Argon2 { algorithm: Argon2Kind { algorithm, version }, cost } => {
                let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, Some(out.len()))
                    .map_err(|e| e.to_string())?;
                memory.resize(params.block_count().max(memory.len()), Block::default());
                Argon2::new(algorithm, version, params)
                    .hash_password_into_with_memory(password, salt, out, memory.as_mut_slice())
                    .map_err(|e| e.to_string())
            }
            Self::Bcrypt { cost } => bcrypt(cost, password, salt, out),
            Self::Scrypt(cost) => cost.derive(password, salt, out),
            Self::Firebase(cost) => {
                let key = key.ok_or("its signer key is not known")?;
                let mut derived = zeroize::Zeroizing::new([0; 32]);
                cost.derive(password, salt, derived.as_mut())?;
                if key.len() != out.len() {
                    return Err("the signer key has another length than the hash".into());
                }
                out.copy_from_slice(key);
                primitive::aes_256_ctr(&derived, out);
                Ok(())
            }
            Self::Pbkdf2 { hash, iterations, .. } => {
                hash.derive(password, salt, iterations, out);
                Ok(())
            }
        }
    }

    /// A stored form of this scheme that no password fits, to note the scheme by.
    #[must_use]
    pub fn sample(self) -> String {
        let key = matches!(self, Self::Firebase(_)).then(|| "none".to_owned());
        Stored { scheme: self, key, salt: vec![0; 16], hash: vec![0; self.usual_length()] }.to_string()
    }

    /// How long a hash of this scheme is where it tells the work: to measure a scheme without a hash of it.
    pub(super) fn usual_length(self) -> usize {
        match self {
            Self::Bcrypt { .. } => BCRYPT_LENGTH,
            Self::Firebase(_) => 64,
            Self::Pbkdf2 { length, .. } => length,
            Self::Argon2 { .. } | Self::Scrypt(_) => 32,
        }
    }
}

/// Where a hash goes, and the blocks that Argon2 works in.
pub(super) struct Room<'a> {
    pub(super) out: &'a mut [u8],
    pub(super) memory: &'a mut Vec<Block>,
}

impl ScryptCost {
    /// The bytes it works in.
    fn memory(self) -> u64 {
        (128 * u64::from(self.r)).saturating_mul(1 << self.log_n)
    }

    fn derive(self, password: &[u8], salt: &[u8], out: &mut [u8]) -> Result<(), String> {
        let params = scrypt::Params::new(self.log_n, self.r, self.p).map_err(|e| e.to_string())?;
        scrypt::scrypt(password, salt, &params, out).map_err(|e| e.to_string())
    }
}

/// bcrypt takes 72 bytes at most and leaves out the rest, as everybody's does; a shorter password ends in a zero byte.
fn bcrypt(cost: u32, password: &[u8], salt: &[u8], out: &mut [u8]) -> Result<(), String> {
    let salt: [u8; 16] = salt.try_into().map_err(|_| "a bcrypt salt has 16 bytes")?;
    if !(4..=31).contains(&cost) || out.len() != BCRYPT_LENGTH {
        return Err("bcrypt has a cost of 4 to 31 and a hash of 23 bytes".into());
    }
    let mut typed = zeroize::Zeroizing::new([0; 72]);
    let used = password.len().min(72);
    typed[..used].copy_from_slice(&password[..used]);
    out.copy_from_slice(&bcrypt::bcrypt(cost, salt, &typed[..(used + 1).min(72)])[..BCRYPT_LENGTH]);
    Ok(())
}

/// Its last byte is left out of the string, for reasons of 1999.
pub(super) const BCRYPT_LENGTH: usize = 23;

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argon2 { algorithm: Argon2Kind { algorithm, version }, cost } => {
                let Argon2Cost { memory_kib, iterations, parallelism } = cost;
                let version = u32::from(*version);
                write!(f, "${algorithm}$v={version}$m={memory_kib},t={iterations},p={parallelism}")
            }
            Self::Bcrypt { cost } => write!(f, "$2b${cost:02}"),
            Self::Scrypt(ScryptCost { log_n, r, p }) => write!(f, "$scrypt$ln={log_n},r={r},p={p}"),
            Self::Firebase(ScryptCost { log_n, r, p }) => {
                write!(f, "$firebase-scrypt$ln={log_n},r={r},p={p}")
            }
            Self::Pbkdf2 { hash, iterations, length } => {
                let hash = match hash {
                    Pbkdf2::Sha1 => "sha1",
                    Pbkdf2::Sha256 => "sha256",
                    Pbkdf2::Sha512 => "sha512",
                };
                write!(f, "$pbkdf2-{hash}$i={iterations},l={length}")
            }
        }
    }
}
