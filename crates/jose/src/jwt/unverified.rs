//! Looking into a token without trusting it: for choosing a key set and for people who debug.

use std::fmt;

use super::claims::Claims;
use crate::json::{self, Limits, Str};
use crate::jws::{compact, header};
use crate::{Result, base64url};

/// The contents of a token that nobody has checked: anybody may have written them.
///
/// It gives out names to look a key up by, and the two JSON texts for display; never typed claims, so that code
/// which wants [`super::Verified`] cannot be handed this instead.
///
/// ```
/// use jotgate_jose::{Algorithm, SigningKey, jwt};
///
/// let key = SigningKey::generate(Algorithm::Es256)?.with_kid("k1");
/// let token = jwt::sign(&serde_json::json!({"iss": "https://id.example"}), &key)?;
/// let peek = jwt::Unverified::parse(&token)?;
/// assert_eq!((peek.kid(), peek.alg(), peek.iss()), (Some("k1"), Some("ES256"), Some("https://id.example")));
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Clone)]
pub struct Unverified {
    header: String,
    payload: String,
    alg: Option<String>,
    kid: Option<String>,
    typ: Option<String>,
    iss: Option<String>,
}

impl Unverified {
    /// Splits and decodes. The header may be one that [`super::verify()`] would refuse (`none`, unknown `crit`), as
    /// long as it is strict JSON; that is what a debugger is for.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"iss": "i"}), &key)?;
    /// let peek = jwt::Unverified::parse(&token)?;
    /// assert!(jwt::Unverified::parse("a.b").is_err());
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `malformed.*`.
    pub fn parse(token: &str) -> Result<Self> {
        let parts = compact::split(token, MAX_LEN)?;
        let header = decode(parts.header, header::PLACE)?;
        let (mut alg, mut kid, mut typ) = (None, None, None);
        let header_text = json::object(&header, Limits::STRICT, |member| {
            for (name, slot) in [("alg", &mut alg), ("kid", &mut kid), ("typ", &mut typ)] {
                if member.name.is(name) {
                    *slot = member.value.as_str();
                }
            }
        })
        .map_err(|flaw| flaw.within(header::PLACE))?;
        let payload = decode(parts.payload, "the payload")?;
        let claims = Claims::read(&payload)?;
        let own = |text: Option<Str<'_>>| text.map(|text| text.decode().into_owned());
        Ok(Self {
            alg: own(alg),
            kid: own(kid),
            typ: own(typ),
            iss: own(claims.iss.and_then(json::Value::as_str)),
            header: header_text.to_owned(),
            payload: claims.text.to_owned(),
        })
    }

    /// What the header says the algorithm is.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"iss": "i"}), &key)?;
    /// let peek = jwt::Unverified::parse(&token)?;
    /// assert_eq!(peek.alg(), Some("ES256"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn alg(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The key the header names.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"iss": "i"}), &key)?;
    /// let peek = jwt::Unverified::parse(&token)?;
    /// assert_eq!(peek.kid(), Some("a"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What the header says the token is.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"iss": "i"}), &key)?;
    /// let peek = jwt::Unverified::parse(&token)?;
    /// assert_eq!(peek.typ(), Some("JWT"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Who the payload says issued it.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"iss": "i"}), &key)?;
    /// let peek = jwt::Unverified::parse(&token)?;
    /// assert_eq!(peek.iss(), Some("i"));
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        self.iss.as_deref()
    }

    /// The header as it stands, for display.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"iss": "i"}), &key)?;
    /// let peek = jwt::Unverified::parse(&token)?;
    /// assert_eq!(peek.header_json(), r#"{"alg":"ES256","typ":"JWT","kid":"a"}"#);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn header_json(&self) -> &str {
        &self.header
    }

    /// The payload as it stands, for display.
    ///
    /// ```
    /// # use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
    /// # let key = SigningKey::generate(Algorithm::Es256)?.with_kid("a");
    /// # let token = jwt::sign(&serde_json::json!({"iss": "i"}), &key)?;
    /// let peek = jwt::Unverified::parse(&token)?;
    /// assert_eq!(peek.payload_json(), r#"{"iss":"i"}"#);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn payload_json(&self) -> &str {
        &self.payload
    }
}

impl fmt::Debug for Unverified {
    /// Not the payload, which holds somebody's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}

fn decode(segment: &str, place: &'static str) -> Result<Vec<u8>> {
    base64url::decode(segment).map_err(|_| compact::not_base64(segment, place))
}

/// A debugger may look at longer tokens than a verifier accepts.
const MAX_LEN: usize = 256 * 1024;
