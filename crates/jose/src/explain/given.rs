//! The key of a question, whatever form it came in, and what it says about the signature.
//!
//! Whether a signature matches a key and whether the key can be trusted are two questions. Only the first is answered
//! here, and only for keys that the asker gave: a key inside the token is never looked at. A secret the rules refuse
//! (too short, public) is still tried, so that its owner learns both things.

use std::borrow::Cow;

use super::pieces::Pieces;
use super::report::{KeyNote, Remark};
use super::secrets::Tried;
use super::text::quoted;
use super::words::count;
use super::{Question, text};
use crate::error::{Error, Reason};
use crate::material::Material;
use crate::{Algorithm, Jwk, JwkSet, KeySet, VerifyingKey, der, is_known_secret, pem};

/// What there is to check with.
pub(super) struct Given<'a> {
    /// Nothing, a set, or why there is none.
    pub(super) keys: Option<Result<Cow<'a, KeySet>, Error>>,
    /// The bytes of a shared secret, for trying its usual mistakes.
    secret: Option<Cow<'a, [u8]>>,
    /// In words.
    what: String,
}

impl<'a> Given<'a> {
    pub(super) fn of(question: &Question<'a>, pieces: &Pieces) -> Self {
        if let Some(keys) = question.keys {
            return Self { keys: Some(Ok(Cow::Borrowed(keys))), secret: None, what: describe(keys) };
        }
        if let Some(secret) = question.secret {
            return Self::secret(Cow::Borrowed(secret), pieces);
        }
        match question.key {
            Some(bytes) => Self::text(bytes, pieces),
            None => Self { keys: None, secret: None, what: String::new() },
        }
    }

    fn secret(secret: Cow<'a, [u8]>, pieces: &Pieces) -> Self {
        // Only a symmetric algorithm can come of it: a secret never verifies anything else.
        let algorithm = pieces.algorithm().filter(|algorithm| algorithm.is_symmetric());
        let key = VerifyingKey::hmac(algorithm.unwrap_or(Algorithm::Hs256), &secret);
        let what = format!("a shared secret of {}", count(secret.len(), "byte"));
        Self { keys: Some(key.map(|key| Cow::Owned(KeySet::new([key])))), secret: Some(secret), what }
    }

    /// A JWK, a JWK Set, PEM or DER; anything else is a secret.
    fn text(bytes: &'a [u8], pieces: &Pieces) -> Self {
        let text = bytes.trim_ascii();
        let refused =
            |error| Self { keys: Some(Err(error)), secret: None, what: "a key that cannot be used".into() };
        if text.starts_with(b"{") {
            let set = JwkSet::parse(text);
            return match set {
                Ok(set) => {
                    Self::keys(set.keys(), set.unusable().first().map(|key| key.error().clone()), pieces)
                }
                Err(error) if error.reason() != Reason::KeyMalformed => refused(error),
                Err(_) => match Jwk::parse(text) {
                    Ok(jwk) => Self::keys(&[jwk], None, pieces),
                    Err(error) => refused(error),
                },
            };
        }
        if !(pem::is_key(bytes) || pem::is_wrapped_key(bytes) || der::is_key(bytes)) {
            return Self::secret(Cow::Borrowed(bytes), pieces);
        }
        let jwk = Jwk::from_der(bytes).or_else(|error| match std::str::from_utf8(bytes) {
            Ok(_) => Jwk::from_pem(text),
            Err(_) => Err(error),
        });
        match jwk {
            Ok(jwk) => Self::keys(&[jwk], None, pieces),
            Err(error) => refused(error),
        }
    }

    /// Here, for looking only, a key without `alg` takes the token's if it is of the kind. No verifier does that.
    fn keys(jwks: &[Jwk], mut first_error: Option<Error>, pieces: &Pieces) -> Self {
        let mut keys = KeySet::default();
        for jwk in jwks {
            let key = match (VerifyingKey::from_jwk(jwk), pieces.algorithm()) {
                (Err(error), Some(named)) if error.reason() == Reason::KeyMissingAlg => {
                    VerifyingKey::from_jwk_with(jwk, named)
                }
                (key, _) => key,
            };
            match key {
                Ok(key) => keys.push(key),
                Err(error) => drop(first_error.get_or_insert(error)),
            }
        }
        let secret = match jwks {
            [one] => match &one.material {
                Material::Oct(bytes) => Some(Cow::Owned(bytes.to_vec())),
                _ => None,
            },
            _ => None,
        };
        let what = match jwks {
            [one] => one.description(),
            many => format!("a set of {}", count(many.len(), "key")),
        };
        let keys = match first_error {
            Some(error) if keys.keys().is_empty() => Err(error),
            _ => Ok(Cow::Owned(keys)),
        };
        Self { keys: Some(keys), secret, what }
    }

    /// The shared secret, if it is one.
    pub(super) fn secret_bytes(&self) -> Option<&[u8]> {
        self.secret.as_deref()
    }

    /// What the key, or the lack of one, tells about the signature.
    pub(super) fn note(&self, question: &Question<'_>, pieces: &Pieces) -> Option<KeyNote> {
        let tried = tried(pieces);
        let Some(keys) = &self.keys else { return without_key(question, tried.as_ref()) };
        let mut note = KeyNote { given: self.what.clone(), chosen: None, matches: None, remarks: Vec::new() };
        if let (Ok(keys), Some(algorithm)) = (keys, pieces.algorithm()) {
            ask(keys, algorithm, pieces, &mut note);
        }
        if let Some(secret) = &self.secret {
            ask_secret(secret, tried.as_ref(), pieces, &mut note);
        }
        Some(note)
    }
}

fn ask(keys: &KeySet, algorithm: Algorithm, pieces: &Pieces, note: &mut KeyNote) {
    let signature = pieces.signature.as_deref().unwrap_or_default();
    let fits = |key: &VerifyingKey| {
        signature.len() == key.signature_len() && key.verify(pieces.signed.as_bytes(), signature)
    };
    let chosen = keys.select(algorithm, pieces.kid.as_deref()).ok();
    if let Some(key) = chosen {
        let why = match (&pieces.kid, key.kid()) {
            (Some(kid), Some(own)) if kid == own => "the token names it by its `kid`",
            (Some(_), _) => "it has no name, so it stands for any",
            (None, _) if keys.keys().len() == 1 => "it is the only one, and the token names none",
            (None, _) => "it is the only one of the token's algorithm, and the token names none",
        };
        note.chosen = Some(format!("{}, because {why}", name(key)));
        note.matches = Some(fits(key));
    }
    if note.matches != Some(true) {
        let other = keys.keys().iter().find(|key| key.algorithm() == algorithm && fits(key));
        note.remarks.extend(other.map(|key| {
            Remark::careful(format!(
                "the signature matches {}, which the token does not name: the signer writes another `kid`",
                name(key)
            ))
        }));
    }
}

fn ask_secret(secret: &[u8], tried: Option<&Tried<'_>>, pieces: &Pieces, note: &mut KeyNote) {
    if is_known_secret(secret) {
        let text = "this secret stands in public lists: anybody can sign with it, so make a new one";
        note.remarks.push(Remark::bad(text).coded("signature.known_public_secret"));
    }
    let Some(tried) = tried.filter(|_| note.matches != Some(true)) else { return };
    if tried.fits(secret) {
        note.matches = Some(true);
        note.remarks.push(Remark::careful(
            "the signature matches this secret; but verifiers refuse the secret itself, see the check of the key",
        ));
        return;
    }
    note.matches = Some(false);
    if let Some(form) = tried.form(secret) {
        note.remarks.push(Remark::careful(form.words).coded(form.code));
    } else if let Some(other) = other_hash(secret, tried) {
        note.remarks.push(Remark::careful(format!(
            "with {other} the secret matches: the signer used {other}, and the header says {}",
            text::plain(pieces.alg.as_deref().unwrap_or_default())
        )));
    } else if let Some(famous) = tried.famous() {
        note.remarks.push(of_famous(famous));
    } else {
        note.remarks.push(Remark::note(
            "tried as well: base64, base64url and hexadecimal both ways, line ends, quotes and spaces; none matches",
        ));
    }
}

/// The signature was made with another hash than the header says.
fn other_hash(secret: &[u8], tried: &Tried<'_>) -> Option<Algorithm> {
    [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512]
        .into_iter()
        .find(|&algorithm| Tried { algorithm, ..*tried }.fits(secret))
}

fn without_key(question: &Question<'_>, tried: Option<&Tried<'_>>) -> Option<KeyNote> {
    let tried = tried?;
    let mut note = KeyNote {
        given: "no key; the secrets everybody knows were tried".to_owned(),
        chosen: None,
        matches: None,
        remarks: Vec::new(),
    };
    if let Some(famous) = tried.famous() {
        note.remarks.push(of_famous(famous));
    } else if let Some(words) = question.guesses {
        note.remarks.push(match tried.line_of(words) {
            Some(line) => Remark::bad(format!(
                "the secret stands in line {line} of the word list: anybody with such a list can sign this token"
            ))
            .coded("signature.known_public_secret"),
            None => Remark::note("no line of the word list is the secret"),
        });
    }
    Some(note)
}

fn of_famous(secret: &str) -> Remark {
    let shown = if secret.is_empty() { "the empty text".to_owned() } else { quoted(secret) };
    Remark::bad(format!("the secret is {shown}, which everybody knows: anybody can sign this token"))
        .coded("signature.known_public_secret")
}

fn tried(pieces: &Pieces) -> Option<Tried<'_>> {
    let algorithm = pieces.algorithm().filter(|algorithm| algorithm.is_symmetric())?;
    Some(Tried { algorithm, signed: &pieces.signed, signature: pieces.signature.as_deref()? })
}

fn describe(keys: &KeySet) -> String {
    match keys.keys() {
        [one] => name(one),
        many => format!("a set of {}", count(many.len(), "key")),
    }
}

fn name(key: &VerifyingKey) -> String {
    match key.kid() {
        Some(kid) => format!("the {} key {}", key.algorithm(), quoted(kid)),
        None => format!("the {} key without a name", key.algorithm()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base64url;
    use crate::crypto::MacKey;
    use crate::explain::explain;

    #[test]
    fn another_hash_than_the_header_says_is_found() {
        let secret = b"a secret of more than 64 bytes, as it takes for the longest of hashes";
        let signed = format!("{}.e30", base64url::encode(br#"{"alg":"HS256"}"#));
        let tag = MacKey::new(Algorithm::Hs512, secret).unwrap().sign(signed.as_bytes());
        let token = format!("{signed}.{}", base64url::encode(tag.as_ref()));
        let report = explain(&Question::new(&token, 0).secret(secret));
        assert!(report.key.unwrap().remarks[0].text.starts_with("with HS512 the secret matches"));
        assert!(report.signature.unwrap().remarks[0].text.contains("64 bytes is what HS512"));
    }
}
