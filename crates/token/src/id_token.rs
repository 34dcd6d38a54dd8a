//! The ID token: what a client learns about a login, and nobody else may take for anything (OpenID Connect Core 1.0,
//! sections 2, 3.1.3.7, 3.3.2.11 and 12.2).
//!
//! It goes to the client that asked for the login, and never to an API: an access token is for that. So a checked one
//! is an [`IdToken`], a type no function for access tokens takes, and a [`Verifier`] refuses what bears the marks of
//! another kind, whatever its `typ`.
//!
//! ```
//! use jotgate_jose::{Algorithm, KeySet, SigningKey};
//! use jotgate_token::id_token::{IdClaims, Login, Signer, Verifier};
//!
//! let signer = Signer::new(SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11"))?;
//! let keys = KeySet::new([signer.verifying_key()]);
//! let mut claims = IdClaims::new("https://id.example", "0197", "app", 1_700_000_000, 300);
//! claims.nonce = Some("n-0S6_WzA2Mj".into());
//! let token = signer.sign(&claims)?;
//!
//! // The client remembers what it asked for, and the answer must be the answer to that.
//! let verifier = Verifier::new("https://id.example", "app");
//! let id_token = verifier.verify(&token, &keys, &Login::with_nonce("n-0S6_WzA2Mj"), 1_700_000_010)?;
//! assert_eq!(id_token.claims().sub, "0197");
//!
//! let other = verifier.verify(&token, &keys, &Login::with_nonce("another login"), 1_700_000_010).unwrap_err();
//! assert_eq!(other.reason().code(), "claim.mismatch");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod claims;
mod login;

use jotgate_jose::{Algorithm, Error, KeySet, Reason, SigningKey, VerifyingKey, jwt, primitive};

pub use claims::IdClaims;
pub use login::Login;

use crate::access::is_reserved;

/// Signs ID tokens: a key under the type `JWT`, which is what clients in the field know.
#[derive(Debug, Clone)]
pub struct Signer(jwt::Signer);

impl Signer {
    /// A signer with this key.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, SigningKey};
    /// use jotgate_token::id_token::Signer;
    ///
    /// let signer = Signer::new(SigningKey::generate(Algorithm::Es256)?)?;
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// As `jwt::Signer::new`.
    pub fn new(key: SigningKey) -> Result<Self, Error> {
        jwt::Signer::new(key, TYP).map(Self)
    }

    /// The key to check its tokens with.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_token::id_token::Signer;
    /// let signer = Signer::new(SigningKey::generate(Algorithm::Es256)?)?;
    /// assert_eq!(signer.verifying_key().algorithm(), Algorithm::Es256);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    pub fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// What `at_hash` or `c_hash` says about a token or code that is handed out together with the ID token.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_token::id_token::Signer;
    /// // The token and the hash of OpenID Connect Core, appendix A.3.
    /// let signer = Signer::new(SigningKey::generate(Algorithm::Rs256)?)?;
    /// assert_eq!(signer.hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    pub fn hash(&self, token_or_code: &str) -> String {
        half_hash(self.0.key().algorithm(), token_or_code)
    }

    /// An ID token.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, SigningKey};
    /// # use jotgate_token::id_token::{IdClaims, Signer};
    /// let signer = Signer::new(SigningKey::generate(Algorithm::Es256)?)?;
    /// let mut claims = IdClaims::new("https://id.example", "0197", "app", 1_700_000_000, 300);
    /// claims.extra.insert("email", "ada@example.com")?;
    /// assert!(signer.sign(&claims).is_ok());
    ///
    /// claims.extra.insert("sub", "somebody else")?;
    /// assert_eq!(signer.sign(&claims).unwrap_err().reason().code(), "claim.malformed");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `claim.malformed` when a claim has a name that verifiers rely on (see [`crate::access::RESERVED`]), or `sub`
    /// is not 1 to 255 ASCII characters; else as `jwt::Signer::sign`.
    pub fn sign(&self, claims: &IdClaims) -> Result<String, Error> {
        if claims.extra.names().any(is_reserved) {
            return Err(Error::new(
                Reason::ClaimMalformed,
                "an extra claim would stand in for one that verifiers rely on",
            ));
        }
        claims.check_sub()?;
        self.0.sign(claims)
    }
}

/// Checks the ID tokens that one issuer makes for one client.
///
/// Issuer, audience, expiry, `sub`, `iat` and the type are always demanded; the rest is in the [`Login`].
#[derive(Debug, Clone)]
pub struct Verifier {
    policy: jwt::Policy,
    client_id: String,
    trusted: Vec<String>,
    leeway: i64,
}

impl Verifier {
    /// Accepts ID tokens of `issuer` for the client `client_id` and nobody else; both compared exactly.
    ///
    /// ```
    /// let verifier = jotgate_token::id_token::Verifier::new("https://id.example", "app");
    /// ```
    pub fn new(issuer: &str, client_id: &str) -> Self {
        let policy = jwt::Policy::new(
            jwt::Issuer::exact(issuer),
            jwt::Audience::any_of([client_id]),
            // Core is older than explicit types, so most issuers write JWT and some nothing; every kind that came
            // later has a type of its own, and that is what is refused here (RFC 8725 section 3.11).
            jwt::Typ::absent_or(TYP),
        )
        .require("sub")
        .require("iat");
        Self { policy, client_id: client_id.to_owned(), trusted: Vec::new(), leeway: 0 }
    }

    /// Also takes tokens that name these audiences beside the client. Such a token must say by `azp` that it was made
    /// for this client.
    ///
    /// ```
    /// # use jotgate_token::id_token::Verifier;
    /// let verifier = Verifier::new("https://id.example", "app").trusting(["https://api.example"]);
    /// ```
    #[must_use]
    pub fn trusting<N: Into<String>>(mut self, audiences: impl IntoIterator<Item = N>) -> Self {
        self.trusted.extend(audiences.into_iter().map(Into::into));
        self
    }

    /// By how many seconds clocks may differ; not at all by default.
    ///
    /// ```
    /// # use jotgate_token::id_token::Verifier;
    /// assert!(Verifier::new("https://id.example", "app").leeway(30).is_ok());
    /// assert!(Verifier::new("https://id.example", "app").leeway(86_400).is_err());
    /// ```
    ///
    /// # Errors
    /// `policy.invalid` for more than clocks ever differ.
    pub fn leeway(self, seconds: u32) -> Result<Self, Error> {
        Ok(Self { policy: self.policy.leeway(seconds)?, leeway: seconds.into(), ..self })
    }

    /// Checks the answer to a login at the time `now`, in seconds since 1970.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey};
    /// # use jotgate_token::id_token::{IdClaims, Login, Signer, Verifier};
    /// # let signer = Signer::new(SigningKey::generate(Algorithm::Es256)?)?;
    /// # let keys = KeySet::new([signer.verifying_key()]);
    /// # let token = signer.sign(&IdClaims::new("https://id.example", "0197", "app", 1_700_000_000, 300))?;
    /// let verifier = Verifier::new("https://id.example", "app");
    /// let id_token = verifier.verify(&token, &keys, &Login::without_nonce(), 1_700_000_010)?;
    /// assert_eq!(id_token.claims().aud, ["app"]);
    ///
    /// let other_client = Verifier::new("https://id.example", "other");
    /// assert!(other_client.verify(&token, &keys, &Login::without_nonce(), 1_700_000_010).is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first check that fails: those of every JWT (`malformed.*` to `aud.*`, `exp.*`), then `claim.*` for what an
    /// ID token must say and must not say, and for what does not fit the login.
    pub fn verify(&self, token: &str, keys: &KeySet, login: &Login, now: i64) -> Result<IdToken, Error> {
        let verified: jwt::Verified<IdClaims> = jwt::verify(token, keys, &self.policy, now)?;
        let claims = verified.claims();
        claims.check_kind()?;
        claims.check_sub()?;
        self.check_parties(claims)?;
        login.check(claims, verified.algorithm(), now, self.leeway)?;
        Ok(IdToken(verified))
    }

    /// Section 3.1.3.7, steps 3 to 5.
    fn check_parties(&self, claims: &IdClaims) -> Result<(), Error> {
        let is_known = |name: &String| *name == self.client_id || self.trusted.contains(name);
        if !claims.aud.iter().all(is_known) {
            return Err(Error::new(
                Reason::AudMismatch,
                "the token is also meant for somebody not trusted here",
            ));
        }
        match &claims.azp {
            Some(azp) if *azp != self.client_id => Err(Error::new(
                Reason::ClaimMismatch,
                "`azp` says that the token was made for another client",
            )),
            None if claims.aud.len() > 1 => Err(Error::new(
                Reason::ClaimMissing,
                "a token with several audiences says by `azp` for which client it was made",
            )),
            _ => Ok(()),
        }
    }
}

/// An ID token that passed every check of its [`Verifier`]. There is no other way to come by one, and nothing that
/// wants an access token takes it:
///
/// ```
/// # use jotgate_token::id_token::IdToken;
/// fn greet(token: &IdToken) -> &str {
///     &token.claims().sub
/// }
/// ```
///
/// ```compile_fail,E0308
/// # use jotgate_token::{access::{AccessClaims, Verified}, id_token::IdToken};
/// fn api(token: &Verified<AccessClaims>) {}
/// fn greet(token: &IdToken) {
///     api(token)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct IdToken(jwt::Verified<IdClaims>);

impl IdToken {
    /// The claims.
    ///
    /// ```
    /// # use jotgate_token::id_token::IdToken;
    /// fn who(token: &IdToken) -> (&str, &str) {
    ///     (&token.claims().iss, &token.claims().sub) // together they name a person, `sub` alone does not
    /// }
    /// ```
    pub fn claims(&self) -> &IdClaims {
        self.0.claims()
    }

    /// The claims, to keep.
    ///
    /// ```
    /// # use jotgate_token::id_token::{IdClaims, IdToken};
    /// fn remember(token: IdToken) -> IdClaims {
    ///     token.into_claims()
    /// }
    /// ```
    pub fn into_claims(self) -> IdClaims {
        self.0.into_claims()
    }
}

/// The left half of the hash that the signature algorithm uses, in base64url (Core section 3.1.3.6). Ed25519 has
/// SHA-512 inside.
fn half_hash(algorithm: Algorithm, text: &str) -> String {
    let name = algorithm.name();
    let left = |hash: &[u8]| primitive::base64url::encode(&hash[..hash.len() / 2]);
    if name.ends_with("256") {
        left(&primitive::sha256(text.as_bytes()))
    } else if name.ends_with("384") {
        left(&primitive::sha384(text.as_bytes()))
    } else {
        left(&primitive::sha512(text.as_bytes()))
    }
}

/// The `typ` of an ID token.
pub const TYP: &str = "JWT";

#[cfg(test)]
mod tests;
