//! A password as it stands in the database, and the many ways in which other systems write theirs.
//!
//! [`Stored`] is the one form that is kept; [`accept`] takes the others at an import and says what is wrong with those it
//! does not take. The PHC string format, crypt(5), and what Django, passlib and Firebase make of them.

use std::{fmt, num::NonZeroU32};

use argon2::{Algorithm, Version};
use jotgate_jose::primitive::{Pbkdf2, base64url, sha256};
use zeroize::Zeroizing;

use super::{
    scheme::{Argon2Kind, BCRYPT_LENGTH, Scheme, ScryptCost},
    text::{base64, bcrypt64, crypt64, crypt64_number, number, parameter, to_base64, to_bcrypt64},
};
use crate::config::Argon2Cost;

/// A hashed password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// How it was hashed.
    pub scheme: Scheme,
    /// The id of the Firebase signer key.
    pub key: Option<String>,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

/// What [`accept`] took.
#[derive(Debug)]
pub struct Accepted {
    /// The form to store.
    pub stored: Stored,
    /// The signer key of the Firebase project, to be sealed and kept under [`Stored::key`].
    pub signer_key: Option<Zeroizing<Vec<u8>>>,
}

/// Why a hash cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unusable {
    /// No kind that is checked here.
    #[error("a hash of an unknown kind ({0})")]
    Unknown(String),
    /// The kind is known and the rest is not.
    #[error("a damaged hash: {0}")]
    Malformed(&'static str),
    /// It would cost too much to check.
    #[error("a hash beyond the limits of cost ({0})")]
    TooDear(String),
}

impl Stored {
    /// Reads the form that is kept.
    ///
    /// # Errors
    /// [`Unusable`].
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        let fields: Vec<&str> = text.split('$').collect();
        let stored = match fields.as_slice() {
            ["", "argon2id" | "argon2i" | "argon2d", ..] => argon2(&fields),
            ["", "2a" | "2b" | "2y", cost, body] => bcrypt(cost, body),
            ["", "scrypt", parameters, salt, hash] => scrypt(parameters, salt, hash),
            ["", "firebase-scrypt", parameters, salt, hash] => firebase(parameters, salt, hash),
            ["", id, parameters, salt, hash] if id.starts_with("pbkdf2") => {
                pbkdf2(id, parameters, [salt, hash])
            }
            _ => Err(Unusable::Unknown(kind_of(text))),
        }?;
        stored.scheme.within_limits().map(|_| stored)
    }

    /// A Firebase hash with its project's signer key in it, as Supabase writes it: for another place that has no such key.
    #[must_use]
    pub fn with_signer_key(&self, key: &[u8]) -> Option<String> {
        let Scheme::Firebase(ScryptCost { log_n, r, p }) = self.scheme else { return None };
        let (key, salt, hash) = (to_base64(key), to_base64(&self.salt), to_base64(&self.hash));
        Some(format!("$fbscrypt$v=1,n={log_n},r={r},p={p},ss=,sk={key}${salt}${hash}"))
    }
}

/// Takes a hash that another system made, in whatever form that is known.
///
/// # Errors
/// [`Unusable`], never with the hash in it.
pub fn accept(text: &str) -> Result<Accepted, Unusable> {
    let text = text.trim();
    let fields: Vec<&str> = text.split('$').collect();
    let mut signer_key = None;
    let stored = match fields.as_slice() {
        ["", "fbscrypt", parameters, salt, hash] => {
            let key =
                parameter(parameters, "sk").and_then(base64).ok_or(Unusable::Malformed("no signer key"))?;
            let separator = parameter(parameters, "ss").and_then(base64).unwrap_or_default();
            let cost = ScryptCost {
                log_n: number(parameters, "n").ok_or(Unusable::Malformed("no n"))?,
                r: number(parameters, "r").ok_or(Unusable::Malformed("no r"))?,
                p: number(parameters, "p").unwrap_or(1),
            };
            let accepted = of_firebase(&Project { key, separator, cost }, salt, hash)?;
            signer_key = accepted.signer_key;
            accepted.stored
        }
        ["", "firebase-scrypt", ..] => {
            return Err(Unusable::Malformed("a Firebase hash without the signer key of its project"));
        }
        ["", id, salt, hash] if id.starts_with("pbkdf2-") => {
            pbkdf2(id, &format!("i={AUTH0_ITERATIONS}"), [salt, hash])?
        }
        ["", "7", settings, hash] => modular_scrypt(settings, hash)?,
        // Django: the salt is a text and no base64.
        [id @ ("pbkdf2_sha256" | "pbkdf2_sha1"), iterations, salt, hash] => {
            let iterations =
                iterations.parse().map_err(|_| Unusable::Malformed("no number of iterations"))?;
            let hash = base64(hash).ok_or(NO_BASE64)?;
            let kind = if id.ends_with('1') { Pbkdf2::Sha1 } else { Pbkdf2::Sha256 };
            pbkdf2_of(kind, iterations, salt.as_bytes().to_vec(), hash)?
        }
        _ => Stored::parse(text)?,
    };
    stored.scheme.admit()?;
    Ok(Accepted { stored, signer_key })
}

/// What all hashes of a Firebase project share.
#[derive(Debug, Clone)]
pub struct Project {
    /// `base64_signer_key`, decoded.
    pub key: Vec<u8>,
    /// `base64_salt_separator`, decoded.
    pub separator: Vec<u8>,
    /// `mem_cost` is the logarithm of N, `rounds` the block size.
    pub cost: ScryptCost,
}

/// A hash of a Firebase export: salt and hash in base64.
///
/// # Errors
/// [`Unusable`].
pub fn of_firebase(project: &Project, salt: &str, hash: &str) -> Result<Accepted, Unusable> {
    let mut salt = base64(salt).ok_or(NO_BASE64)?;
    let hash = base64(hash).ok_or(NO_BASE64)?;
    if hash.len() != project.key.len() || hash.len() < 16 {
        return Err(Unusable::Malformed("a Firebase hash is as long as the signer key"));
    }
    // Only both together are ever used, so only both together are kept.
    salt.extend(&project.separator);
    let scheme = Scheme::Firebase(project.cost).admit()?;
    let stored = Stored { scheme, key: Some(id_of(&project.key)), salt, hash };
    Ok(Accepted { stored, signer_key: Some(Zeroizing::new(project.key.clone())) })
}

/// A name of the key that says nothing of it: so a second import of the project finds the first one's key.
fn id_of(key: &[u8]) -> String {
    base64url::encode(&sha256(&[b"jotgate firebase signer key", key].concat())[..12])
}

fn argon2(fields: &[&str]) -> Result<Stored, Unusable> {
    // Version 16 had no version in its strings.
    let (version, parameters, salt, hash) = match fields {
        [_, _, version, parameters, salt, hash] => {
            (version.strip_prefix("v=").and_then(|v| v.parse().ok()), parameters, salt, hash)
        }
        [_, _, parameters, salt, hash] => (Some(16), parameters, salt, hash),
        _ => return Err(Unusable::Malformed("argon2 has parameters, a salt and a hash")),
    };
    let algorithm = Algorithm::new(fields[1]).map_err(|_| Unusable::Unknown(fields[1].into()))?;
    let version = version.and_then(|v: u32| Version::try_from(v).ok());
    let version = version.ok_or(Unusable::Malformed("the version of argon2 is 16 or 19"))?;
    let cost = Argon2Cost {
        memory_kib: number(parameters, "m").ok_or(Unusable::Malformed("no m"))?,
        iterations: number(parameters, "t").ok_or(Unusable::Malformed("no t"))?,
        parallelism: number(parameters, "p").ok_or(Unusable::Malformed("no p"))?,
    };
    if parameter(parameters, "keyid").is_some() || parameter(parameters, "data").is_some() {
        return Err(Unusable::Malformed("an argon2 hash with a key or data of its own"));
    }
    let (salt, hash) = (base64(salt).ok_or(NO_BASE64)?, base64(hash).ok_or(NO_BASE64)?);
    let good = cost.parallelism > 0
        && cost.iterations > 0
        && cost.memory_kib / 8 >= cost.parallelism
        && (8..=64).contains(&salt.len())
        && (16..=64).contains(&hash.len());
    if !good {
        return Err(Unusable::Malformed("parameters that argon2 does not have"));
    }
    Ok(Stored {
        scheme: Scheme::Argon2 { algorithm: Argon2Kind { algorithm, version }, cost },
        key: None,
        salt,
        hash,
    })
}

fn bcrypt(cost: &str, body: &str) -> Result<Stored, Unusable> {
    let cost = cost.parse().ok().filter(|cost| (4..=31).contains(cost));
    let cost = cost.ok_or(Unusable::Malformed("the cost of bcrypt is 04 to 31"))?;
    if body.len() != 53 || !body.is_ascii() {
        return Err(Unusable::Malformed("a bcrypt hash has 60 characters"));
    }
    let (salt, hash) = body.split_at(22);
    let letters = Unusable::Malformed("letters that bcrypt does not use");
    let (Some(salt), Some(hash)) = (bcrypt64(salt), bcrypt64(hash)) else { return Err(letters) };
    debug_assert_eq!((salt.len(), hash.len()), (16, BCRYPT_LENGTH));
    Ok(Stored { scheme: Scheme::Bcrypt { cost }, key: None, salt, hash })
}

fn scrypt_cost(parameters: &str) -> Result<ScryptCost, Unusable> {
    let cost = (number(parameters, "ln"), number(parameters, "r"), number(parameters, "p"));
    let (Some(log_n), Some(r), Some(p)) = cost else {
        return Err(Unusable::Malformed("scrypt has ln, r and p"));
    };
    Ok(ScryptCost { log_n, r, p })
}

fn scrypt(parameters: &str, salt: &str, hash: &str) -> Result<Stored, Unusable> {
    let (salt, hash) = (base64(salt).ok_or(NO_BASE64)?, base64(hash).ok_or(NO_BASE64)?);
    scrypt_of(scrypt_cost(parameters)?, salt, hash)
}

/// crypt(5): one letter of cost, five each of block size and parallelism, and the salt as it stands.
fn modular_scrypt(settings: &str, hash: &str) -> Result<Stored, Unusable> {
    let bad = Unusable::Malformed("a $7$ hash has a cost, a salt and 43 letters");
    let parts = settings.split_at_checked(1).and_then(|(n, rest)| {
        let (r, rest) = rest.split_at_checked(5)?;
        rest.split_at_checked(5).map(|(p, salt)| (n, r, p, salt))
    });
    let Some((n, r, p, salt)) = parts.filter(|_| hash.len() == 43) else { return Err(bad) };
    let (Some(log_n), Some(r), Some(p)) = (crypt64_number(n), crypt64_number(r), crypt64_number(p)) else {
        return Err(bad);
    };
    let (Ok(log_n), Some(hash)) = (u8::try_from(log_n), crypt64(hash)) else { return Err(bad) };
    scrypt_of(ScryptCost { log_n, r, p }, salt.as_bytes().to_vec(), hash)
}

fn scrypt_of(cost: ScryptCost, salt: Vec<u8>, hash: Vec<u8>) -> Result<Stored, Unusable> {
    if !(16..=64).contains(&hash.len()) || cost.p == 0 || cost.r == 0 || cost.log_n == 0 {
        return Err(Unusable::Malformed("parameters that scrypt does not have"));
    }
    Ok(Stored { scheme: Scheme::Scrypt(cost), key: None, salt, hash })
}

fn firebase(parameters: &str, salt: &str, hash: &str) -> Result<Stored, Unusable> {
    let key = parameter(parameters, "k").ok_or(Unusable::Malformed("no signer key"))?;
    let (salt, hash) = (base64(salt).ok_or(NO_BASE64)?, base64(hash).ok_or(NO_BASE64)?);
    let scheme = Scheme::Firebase(scrypt_cost(parameters)?);
    Ok(Stored { scheme, key: Some(key.to_owned()), salt, hash })
}

/// PHC has `i=...,l=...`, passlib the bare number of iterations.
fn pbkdf2(id: &str, parameters: &str, [salt, hash]: [&str; 2]) -> Result<Stored, Unusable> {
    let kind = match id {
        "pbkdf2" | "pbkdf2-sha1" => Pbkdf2::Sha1,
        "pbkdf2-sha256" => Pbkdf2::Sha256,
        "pbkdf2-sha512" => Pbkdf2::Sha512,
        _ => return Err(Unusable::Unknown(kind_of(id))),
    };
    let iterations = match (parameter(parameters, "i"), parameters.parse()) {
        (Some(named), _) => named.parse().ok(),
        (None, Ok(bare)) => Some(bare),
        (None, Err(_)) => parameter(parameters, "l").and(NonZeroU32::new(AUTH0_ITERATIONS)),
    };
    let iterations = iterations.ok_or(Unusable::Malformed("no number of iterations"))?;
    let (salt, hash) = (base64(salt).ok_or(NO_BASE64)?, base64(hash).ok_or(NO_BASE64)?);
    if number(parameters, "l").is_some_and(|length: usize| length != hash.len()) {
        return Err(Unusable::Malformed("the length of the hash is another one than l says"));
    }
    pbkdf2_of(kind, iterations, salt, hash)
}

fn pbkdf2_of(
    hash_inside: Pbkdf2,
    iterations: NonZeroU32,
    salt: Vec<u8>,
    hash: Vec<u8>,
) -> Result<Stored, Unusable> {
    if !(16..=64).contains(&hash.len()) {
        return Err(Unusable::Malformed("a hash of 16 to 64 bytes is wanted"));
    }
    let scheme = Scheme::Pbkdf2 { hash: hash_inside, iterations, length: hash.len() };
    Ok(Stored { scheme, key: None, salt, hash })
}

/// What to call a hash nobody takes: its kind if it is one of these, because anything else could be the secret itself.
fn kind_of(text: &str) -> String {
    let first = text.split(['$', ':', '{', '}']).find(|part| !part.is_empty()).unwrap_or_default();
    match NOT_TAKEN.iter().find(|(name, _)| first.eq_ignore_ascii_case(name)) {
        Some((_, what)) => (*what).to_owned(),
        None => format!("{} characters", text.len()),
    }
}

/// The first fields of hashes that are met and not taken.
const NOT_TAKEN: &[(&str, &str)] = &[
    ("1", "md5-crypt"),
    ("apr1", "apr1"),
    ("2", "bcrypt $2$"),
    ("2x", "bcrypt $2x$"),
    ("5", "sha256-crypt"),
    ("6", "sha512-crypt"),
    ("y", "yescrypt"),
    ("gy", "gost-yescrypt"),
    ("P", "phpass"),
    ("H", "phpass"),
    ("md5", "MD5"),
    ("sha1", "SHA-1"),
    ("sha256", "SHA-256"),
    ("sha512", "SHA-512"),
    ("SHA", "LDAP SHA"),
    ("SSHA", "LDAP SSHA"),
    ("SSHA256", "LDAP SSHA256"),
    ("SSHA512", "LDAP SSHA512"),
    ("CRYPT", "LDAP CRYPT"),
    ("hmac", "HMAC"),
    ("bcrypt-sha256", "bcrypt-sha256"),
    ("bcrypt_sha256", "bcrypt_sha256"),
    ("pbkdf2-sha384", "pbkdf2-sha384"),
    ("awscognito", "Amazon Cognito"),
];

/// Where an Auth0 hash does not say how often.
const AUTH0_ITERATIONS: u32 = 100_000;

const NO_BASE64: Unusable = Unusable::Malformed("salt or hash is not base64");

impl fmt::Display for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, key, salt, hash } = self;
        match (scheme, key) {
            (Scheme::Bcrypt { .. }, _) => write!(f, "{scheme}${}{}", to_bcrypt64(salt), to_bcrypt64(hash)),
            (_, Some(key)) => write!(f, "{scheme},k={key}${}${}", to_base64(salt), to_base64(hash)),
            (_, None) => write!(f, "{scheme}${}${}", to_base64(salt), to_base64(hash)),
        }
    }
}
