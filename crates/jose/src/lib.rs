//! Signed JSON Web Tokens where the dangerous mistakes cannot be written down.
//!
//! A key carries exactly one algorithm, a [`jwt::Policy`] cannot be built without deciding issuer, audience and
//! type, and claims only ever come out of a token whose signature and claims were checked. The crate is
//! synchronous and does no I/O; the time is an argument, and so there is no clock and no global state.
//!
//! Five things people do with it:
//!
//! # Sign a token
//!
//! A [`SigningKey`] knows its algorithm and its name, so there is no header to fill in. A [`jwt::Signer`] adds the
//! type of token and is made once.
//!
//! ```
//! use jotgate_jose::{Algorithm, SigningKey, jwt::Signer};
//! use serde_json::json;
//!
//! let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
//! let signer = Signer::new(key, "at+jwt")?;
//! let token = signer.sign(&json!({
//!     "iss": "https://id.example", "aud": "api", "sub": "17", "iat": 1_800_000_000, "exp": 1_800_000_900,
//! }))?;
//! assert_eq!(token.split('.').count(), 3);
//! # Ok::<(), jotgate_jose::Error>(())
//! ```
//!
//! # Verify it
//!
//! With keys, a policy and the time. What comes back is the only way to the claims. A refusal says why, with a
//! [`Reason`] that does not change between versions.
//!
//! ```
//! use jotgate_jose::{Algorithm, KeySet, Reason, SigningKey, jwt};
//! use jotgate_jose::jwt::{Audience, Issuer, Policy, Signer, Typ};
//!
//! #[derive(serde::Deserialize)]
//! struct Claims {
//!     sub: String,
//! }
//!
//! # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11");
//! # let keys = KeySet::new([key.verifying_key()]);
//! # let claims = serde_json::json!({"iss": "https://id.example", "aud": "api", "sub": "17", "exp": 1_800_000_900});
//! # let token = Signer::new(key, "at+jwt")?.sign(&claims)?;
//! let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
//! let verified = jwt::verify::<Claims>(&token, &keys, &policy, 1_800_000_000)?;
//! assert_eq!(verified.claims().sub, "17");
//!
//! let late = jwt::verify::<Claims>(&token, &keys, &policy, 1_800_000_900).err().map(|error| error.reason());
//! assert_eq!(late, Some(Reason::ExpExpired));
//! # Ok::<(), jotgate_jose::Error>(())
//! ```
//!
//! # Read keys from files and key sets
//!
//! [`VerifyingKey`] and [`SigningKey`] read PEM and DER, [`Jwk`] and [`JwkSet`] read JSON. A key is judged when it is
//! read: one that is too small, off its curve or known to everybody never gets as far as a token. In a set a broken
//! key costs only itself.
//!
//! ```
//! use jotgate_jose::{Algorithm, JwkSet, KeySet, SigningKey, VerifyingKey};
//!
//! let pem = "-----BEGIN PUBLIC KEY-----
//! MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
//! -----END PUBLIC KEY-----";
//! let key = VerifyingKey::from_pem(pem, Algorithm::Ed25519)?;
//! assert_eq!(key.algorithm(), Algorithm::Ed25519);
//!
//! let published = JwkSet::parse(r#"{"keys":[
//!     {"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
//!     {"kty":"RSA","kid":"b","alg":"RS256","n":"AQAB","e":"AQAB"}
//! ]}"#)?;
//! let keys = KeySet::from(&published);
//! assert_eq!((keys.keys().len(), keys.unusable().len()), (1, 1));
//!
//! let too_short = SigningKey::hmac(Algorithm::Hs256, b"your-256-bit-secret").unwrap_err();
//! assert_eq!(too_short.reason().code(), "key.too_small");
//! # Ok::<(), jotgate_jose::Error>(())
//! ```
//!
//! # Look inside, and find out why
//!
//! [`jwt::Unverified`] shows a token without trusting it, as a type that no code takes for the real thing.
//! [`explain`](mod@explain) runs every check of the verifier and tells what failed, what was expected and how to
//! mend it. [`lint`] judges a token nobody has refused yet.
//!
//! ```
//! use jotgate_jose::explain::{Outcome, Question, Step, explain};
//! use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
//!
//! let key = SigningKey::generate(Algorithm::Ed25519)?.with_kid("k1");
//! let token = jwt::sign(&serde_json::json!({"sub": "17"}), &key)?;
//! assert_eq!(jwt::Unverified::parse(&token)?.kid(), Some("k1"));
//!
//! let keys = KeySet::new([key.verifying_key()]);
//! let report = explain(&Question::new(&token, 1_800_000_000).keys(&keys));
//! assert_eq!(report.check(Step::Signature).map(|check| check.outcome), Some(Outcome::Passed));
//! # Ok::<(), jotgate_jose::Error>(())
//! ```
//!
//! # Serve several issuers, and many requests
//!
//! [`jwt::Issuers`] keeps the keys and the policy of each issuer together, so that the key of one never vouches for
//! another. [`jwt::Cache`] remembers signatures it has checked; everything else is checked every time.
//!
//! ```
//! use jotgate_jose::{Algorithm, KeySet, SigningKey};
//! use jotgate_jose::jwt::{Audience, Cache, Issuer, Issuers, Policy, Signer, Typ};
//! use serde_json::{Value, json};
//!
//! let policy = |issuer| Policy::new(Issuer::exact(issuer), Audience::any_of(["api"]), Typ::exact("at+jwt"));
//! let (a, b) = (SigningKey::generate(Algorithm::Es256)?, SigningKey::generate(Algorithm::Ed25519)?);
//! let issuers = Issuers::new()
//!     .trust(KeySet::new([a.verifying_key()]), policy("https://a.example"))?
//!     .trust(KeySet::new([b.verifying_key()]), policy("https://b.example"))?;
//! let claims = json!({"iss": "https://b.example", "aud": "api", "sub": "17", "exp": 1_800_000_900});
//! let token = Signer::new(b, "at+jwt")?.sign(&claims)?;
//!
//! let cache = Cache::<Value>::new(1 << 20);
//! for _ in 0..2 {
//!     let issuer = issuers.of(&token)?;
//!     let verified = cache.verify(&token, issuer.keys(), issuer.policy(), 1_800_000_000)?;
//!     assert_eq!(verified.claims()["sub"], "17");
//! }
//! # Ok::<(), jotgate_jose::Error>(())
//! ```
//!
//! # And besides
//!
//! [`jws`] signs bytes of any kind: compact or JSON, with the payload inside or detached. [`inspect`] and [`diff`]
//! look at keys and at pairs of tokens, [`claims`] knows the registered names, and [`primitive`] has what the rest
//! of Jotgate needs of cryptography. Not here: what a token *means* (which claims an access token has, when a session
//! ends), fetching of keys, and encrypted tokens (JWE).
//!
//! Specifications: RFC 7515 (JWS), 7517 (JWK), 7518 (JWA), 7519 (JWT), 7638 (thumbprints), 7797 (unencoded payload),
//! 8037 and 9864 (Ed25519), 8725 (best current practice).
#![forbid(unsafe_code)]

mod algorithm;
mod base64url;
pub mod claims;
mod crypto;
mod der;
pub mod diff;
mod error;
pub mod explain;
#[cfg(doctest)]
mod guarantees;
mod hash;
pub mod inspect;
mod json;
mod jwk;
pub mod jws;
pub mod jwt;
mod key;
mod keys;
mod known_secret;
pub mod lint;
mod material;
mod pem;
pub mod primitive;
mod secret;
#[cfg(test)]
mod test_vectors;

pub use algorithm::Algorithm;
pub use error::{Error, Reason};
pub use jwk::{Jwk, JwkSet, UnusableKey};
pub use key::{SigningKey, VerifyingKey};
pub use keys::KeySet;
pub use known_secret::is_known_secret;
pub use secret::{SecretBytes, SecretText};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The page of the package, so that its example is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
