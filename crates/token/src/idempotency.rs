//! The `Idempotency-Key` of a refresh: one key for all tries of one refresh, made by the client before it sends.
//!
//! Two tries with the same key are the same refresh, so a lost reply costs nobody the session. What follows from a
//! key is decided by the refresh rule, not here. Spec: RFC 9651 §3.3.3 (string), §4.2 (space around).

use std::fmt;

use jotgate_jose::primitive::HmacKey;
use zeroize::Zeroizing;

/// A key of 22 to 128 characters, taken out of its header field.
///
/// `Debug` does not show it, and nothing but [`digest`](Self::digest) leaves it: together with a superseded
/// refresh token it would win the current one.
///
/// ```
/// use jotgate_token::idempotency::IdempotencyKey;
///
/// let bare = IdempotencyKey::parse("8e03978e-40d5-43dd-bc93-6894a57f9324")?;
/// let quoted = IdempotencyKey::parse("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"")?;
/// let salt = [7; 16];
/// assert_eq!(bare.digest(&salt), quoted.digest(&salt));
/// assert!(IdempotencyKey::parse("too-short").is_err());
/// # Ok::<(), jotgate_token::idempotency::UnusableKey>(())
/// ```
#[derive(Clone)]
pub struct IdempotencyKey(Zeroizing<String>);

/// The header field does not hold one key of 22 to 128 characters: 400 `request.idempotency_key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an Idempotency-Key is one key of 22 to 128 characters, bare or as a quoted string")]
pub struct UnusableKey;

impl IdempotencyKey {
    /// Reads the value of the header field: the bare key, or the key as a quoted string.
    ///
    /// A bare key is made of visible ASCII characters other than `"`, `\`, `,` and `;`, because with those the field
    /// could be read as a list or as a string with parameters, and two readers would see two keys.
    ///
    /// ```
    /// # use jotgate_token::IdempotencyKey;
    /// assert!(IdempotencyKey::parse("8e03978e-40d5-43dd-bc93-6894a57f9324").is_ok());
    /// assert!(IdempotencyKey::parse("one, two").is_err());
    /// ```
    ///
    /// # Errors
    /// [`UnusableKey`] for everything else, an unfinished string and text after the string included.
    pub fn parse(field: &str) -> Result<Self, UnusableKey> {
        let field = field.trim_matches([' ', '\t']);
        // More than an escaped key of full length and its two quotes can never be right, so it is not copied.
        if field.len() > 2 * LONGEST + 2 {
            return Err(UnusableKey);
        }
        let key = match field.strip_prefix('"') {
            Some(rest) => unquoted(rest)?,
            None if field.bytes().all(is_bare) => Zeroizing::new(field.to_owned()),
            None => return Err(UnusableKey),
        };
        if (SHORTEST..=LONGEST).contains(&key.len()) { Ok(Self(key)) } else { Err(UnusableKey) }
    }

    /// What the session row remembers of this key: an HMAC of it under the row's salt.
    ///
    /// The salt ties it to one session: the same key used in two sessions looks different in the database. It is not
    /// tied to a refresh key, because a client must be able to repeat itself across a change of refresh keys.
    ///
    /// ```
    /// # use jotgate_token::IdempotencyKey;
    /// let key = IdempotencyKey::parse("8e03978e-40d5-43dd-bc93-6894a57f9324")?;
    /// assert_eq!(key.digest(&[7; 16]), key.digest(&[7; 16]));
    /// assert_ne!(key.digest(&[7; 16]), key.digest(&[8; 16]), "another session");
    /// # Ok::<(), jotgate_token::idempotency::UnusableKey>(())
    /// ```
    pub fn digest(&self, salt: &[u8; 16]) -> [u8; 16] {
        let tag = HmacKey::new(salt).sign(&[LABEL, self.0.as_bytes()]);
        let mut digest = [0; 16];
        digest.copy_from_slice(&tag[..16]);
        digest
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdempotencyKey(..)")
    }
}

/// The content of a structured-field string whose opening quote has been read, up to the end of the field.
fn unquoted(rest: &str) -> Result<Zeroizing<String>, UnusableKey> {
    let mut content = Zeroizing::new(String::with_capacity(rest.len()));
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' if characters.as_str().is_empty() => return Ok(content),
            '\\' => match characters.next() {
                Some(escaped @ ('"' | '\\')) => content.push(escaped),
                _ => return Err(UnusableKey),
            },
            ' '..='~' if character != '"' => content.push(character),
            _ => return Err(UnusableKey),
        }
    }
    Err(UnusableKey)
}

fn is_bare(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b',' | b';')
}

const SHORTEST: usize = 22;
const LONGEST: usize = 128;
const LABEL: &[u8] = b"jotgate idempotency-key v1\0";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "0123456789abcdefghij_-";
    const SALT: [u8; 16] = [7; 16];

    fn digest(field: &str) -> Option<[u8; 16]> {
        IdempotencyKey::parse(field).ok().map(|key| key.digest(&SALT))
    }

    #[test]
    fn the_length_counts_without_quotes_and_escapes() {
        for (length, good) in [(21, false), (22, true), (128, true), (129, false), (10_000, false)] {
            let key = "k".repeat(length);
            assert_eq!(digest(&key).is_some(), good, "{length} bare");
            assert_eq!(digest(&format!("\"{key}\"")).is_some(), good, "{length} quoted");
            let escaped = "\\\\".repeat(length);
            assert_eq!(digest(&format!("\"{escaped}\"")).is_some(), good, "{length} escaped");
        }
        assert_eq!(digest(""), None);
    }

    #[test]
    fn bare_quoted_and_surrounded_by_white_space_are_one_key() {
        let digest_of_key = digest(KEY);
        assert!(digest_of_key.is_some());
        assert_eq!(digest(&format!("\"{KEY}\"")), digest_of_key);
        assert_eq!(digest(&format!(" \t{KEY}\t ")), digest_of_key);
        assert_ne!(digest(&KEY.to_uppercase()), digest_of_key, "upper and lower case are two keys");
    }

    #[test]
    fn whatever_two_readers_could_read_differently_is_refused() {
        for wrong in [
            &format!("{KEY}, {KEY}"),
            &format!("{KEY};a=1"),
            &format!("\"{KEY}\";a=1"),
            &format!("\"{KEY}\", \"{KEY}\""),
            &format!("\"{KEY}"),
            &format!("{KEY}\""),
            &format!("\"{KEY}\\\""),
            &format!("\"{KEY}\\n\""),
            &format!("\"{KEY}\n\""),
            &format!("\"{KEY}\u{e9}\""),
            &format!("{KEY} {KEY}"),
            &format!("{KEY}\u{e9}"),
            &format!("{KEY}\0"),
            &format!(":{KEY}\"\":"),
        ] {
            assert_eq!(digest(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn the_digest_belongs_to_one_session() {
        let key = IdempotencyKey::parse(KEY).expect("a good key");
        assert_ne!(key.digest(&SALT), key.digest(&[8; 16]));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", IdempotencyKey::parse(KEY)), "Ok(IdempotencyKey(..))");
    }

    proptest! {
        #[test]
        fn any_printable_text_survives_quoting(content in "[ -~]{22,128}", other in "[ -~]{22,128}") {
            let quote = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            let digest_of_content = digest(&quote(&content));
            prop_assert!(digest_of_content.is_some());
            prop_assert_eq!(digest_of_content == digest(&quote(&other)), content == other);
            if content.bytes().all(is_bare) {
                prop_assert_eq!(digest(&content), digest_of_content);
            }
        }

        #[test]
        fn no_field_makes_it_panic(field in any::<String>()) {
            if let Ok(key) = IdempotencyKey::parse(&field) {
                prop_assert!((SHORTEST..=LONGEST).contains(&key.0.len()));
            }
        }
    }
}
