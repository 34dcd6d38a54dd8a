//! JWK Sets (RFC 7517 section 5), read element by element.
//!
//! A set comes from somebody else and outlives this library's knowledge: a key of a new kind, or a broken one, must
//! not take the good ones with it. It is kept with its reason, so that a token naming it gets a true answer.

use super::{Jwk, write};
use crate::Result;
use crate::error::{Error, Reason};
use crate::json::{self, Flaw, Limits, Value};

/// A set of keys, as published at a `jwks_uri`.
///
/// ```
/// use jotgate_jose::{JwkSet, Reason};
///
/// let set = JwkSet::parse(r#"{"keys":[
///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty":"AKP","alg":"ML-DSA-44","pub":"AAAA","kid":"new"}
/// ]}"#)?;
/// assert_eq!(set.keys().len(), 1);
/// assert_eq!(set.unusable()[0].kid(), Some("new"));
/// assert_eq!(set.unusable()[0].error().reason(), Reason::KeyUnsupported);
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct JwkSet {
    keys: Vec<Jwk>,
    unusable: Vec<UnusableKey>,
}

/// An element of a set that is no usable key, and why.
#[derive(Debug, Clone)]
pub struct UnusableKey {
    pub(crate) kid: Option<String>,
    pub(crate) error: Error,
}

impl UnusableKey {
    /// Its `kid`, where that much could be read.
    ///
    /// ```
    /// use jotgate_jose::JwkSet;
    ///
    /// let set = JwkSet::parse(r#"{"keys":[
    ///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty":"AKP","kid":"new"}
    /// ]}"#)?;
    /// assert_eq!(set.unusable()[0].kid(), Some("new"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Why it cannot be used.
    ///
    /// ```
    /// use jotgate_jose::{JwkSet, Reason};
    ///
    /// let set = JwkSet::parse(r#"{"keys":[
    ///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty":"AKP","kid":"new"}
    /// ]}"#)?;
    /// assert_eq!(set.unusable()[0].error().reason(), Reason::KeyUnsupported);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

impl JwkSet {
    /// Reads a set; only a broken envelope is an error.
    ///
    /// ```
    /// use jotgate_jose::{JwkSet, Reason};
    ///
    /// let set = JwkSet::parse(r#"{"keys":[
    ///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty":"AKP","kid":"new"}
    /// ]}"#)?;
    /// assert_eq!((set.keys().len(), set.unusable().len()), (1, 1));
    /// assert_eq!(JwkSet::parse("[]").unwrap_err().reason(), Reason::MalformedJson);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `malformed.*` when the text is not a JSON object, `key.malformed` without an array `keys`, `malformed.size`
    /// beyond 1 MiB or 1000 keys.
    pub fn parse(json: impl AsRef<[u8]>) -> Result<Self> {
        let json = json.as_ref();
        if json.len() > MAX_BYTES {
            return Err(
                Error::new(Reason::MalformedSize, "the key set is too large").with_expected("at most 1 MiB")
            );
        }
        let mut keys = None;
        json::object(json, Limits::ENVELOPE, |member| {
            if member.name.is("keys") {
                keys = Some(member.value);
            }
        })
        .map_err(|flaw| flaw.within("the key set"))?;
        let Some(Value::Array(array)) = keys else {
            return Err(Error::new(Reason::KeyMalformed, "the key set has no array `keys`"));
        };
        let mut set = Self::default();
        for (at, element) in json::elements(array).enumerate() {
            if at == MAX_KEYS {
                return Err(Error::new(Reason::MalformedSize, "the key set has too many keys")
                    .with_expected("at most 1000 keys"));
            }
            set.add(element);
        }
        Ok(set)
    }

    /// A set of these keys.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, JwkSet, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// let set = JwkSet::new([key.public_jwk()?]);
    /// assert_eq!(set.keys()[0].kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        Self { keys: keys.into_iter().collect(), unusable: Vec::new() }
    }

    /// The keys that could be read.
    ///
    /// ```
    /// use jotgate_jose::JwkSet;
    ///
    /// let set = JwkSet::parse(r#"{"keys":[
    ///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty":"AKP","kid":"new"}
    /// ]}"#)?;
    /// assert_eq!(set.keys()[0].kty(), "OKP");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The elements that could not.
    ///
    /// ```
    /// use jotgate_jose::JwkSet;
    ///
    /// let set = JwkSet::parse(r#"{"keys":[
    ///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///     {"kty":"AKP","kid":"new"}
    /// ]}"#)?;
    /// assert_eq!(set.unusable().len(), 1);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn unusable(&self) -> &[UnusableKey] {
        &self.unusable
    }

    /// The set for publication.
    ///
    /// ```
    /// use jotgate_jose::{Algorithm, Jwk, JwkSet, Reason, SigningKey};
    ///
    /// let key = SigningKey::generate(Algorithm::Es256)?;
    /// assert!(JwkSet::new([key.public_jwk()?]).to_json()?.starts_with(r#"{"keys":[{"kty":"EC""#));
    /// let whole = Jwk::parse(key.private_jwk()?)?;
    /// assert_eq!(JwkSet::new([whole]).to_json().unwrap_err().reason(), Reason::KeyWrongUse);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `key.wrong_use` when a symmetric or private key is in it: whoever puts one into a set to be published has
    /// mixed something up, and the mistake must not pass in silence.
    pub fn to_json(&self) -> Result<String> {
        if let Some(jwk) = self.keys.iter().find(|jwk| jwk.is_private()) {
            return Err(Error::new(Reason::KeyWrongUse, "a key set for publication holds a secret")
                .with_expected("public keys only")
                .with_received(jwk.description()));
        }
        let mut out = String::from("{\"keys\":[");
        for (at, jwk) in self.keys.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            write::public(jwk, &mut out);
        }
        out.push_str("]}");
        Ok(out)
    }

    fn add(&mut self, element: Value<'_>) {
        let Value::Object(text) = element else {
            let error = Error::new(Reason::KeyMalformed, "an element of the key set is no object")
                .with_received(element.kind());
            self.unusable.push(UnusableKey { kid: None, error });
            return;
        };
        match Jwk::parse(text) {
            Ok(jwk) => self.keys.push(jwk),
            Err(error) => self.unusable.push(UnusableKey { kid: kid_of(text), error }),
        }
    }
}

/// The name of a key that does not read otherwise.
fn kid_of(text: &str) -> Option<String> {
    let mut kid = None;
    let scanned: Result<_, Flaw> = json::object(text.as_bytes(), Limits::STRICT, |member| {
        if member.name.is("kid") {
            kid = member.value.as_str();
        }
    });
    scanned.ok()?;
    kid.map(|kid| kid.decode().into_owned())
}

const MAX_BYTES: usize = 1 << 20;
const MAX_KEYS: usize = 1000;
