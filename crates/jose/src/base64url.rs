//! base64url without padding, as every JOSE format wants it (RFC 7515 section 2).
//!
//! Strict: no padding, no white space, no other alphabet, and the unused bits of the last character zero, because
//! a second spelling of the same bytes is a second token. The one module that names the base64 crate.

use std::fmt;

use base64_simd::{AsOut, STANDARD, URL_SAFE_NO_PAD};

/// Not canonical base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidBase64;

impl fmt::Display for InvalidBase64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not canonical base64url without padding")
    }
}

impl std::error::Error for InvalidBase64 {}

/// Encodes bytes.
///
/// ```
/// use jotgate_jose::primitive::base64url;
///
/// assert_eq!(base64url::encode(b"\xff\xef"), "_-8");
/// ```
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

/// Decodes text, refusing every spelling but the canonical one.
///
/// ```
/// use jotgate_jose::primitive::base64url;
///
/// assert_eq!(base64url::decode("_-8"), Ok(vec![0xff, 0xef]));
/// for wrong in ["_-8=", "/+8", "_-9", "_", "_- 8"] {
///     assert!(base64url::decode(wrong).is_err(), "{wrong}");
/// }
/// ```
///
/// # Errors
/// [`InvalidBase64`] for anything else than canonical base64url.
pub fn decode(text: &str) -> Result<Vec<u8>, InvalidBase64> {
    URL_SAFE_NO_PAD.decode_to_vec(text.as_bytes()).map_err(|_| InvalidBase64)
}

pub(crate) fn encode_into(bytes: &[u8], out: &mut String) {
    URL_SAFE_NO_PAD.encode_append(bytes, out);
}

/// Decodes into the front of `out`, which must hold [`decoded_len`] bytes.
pub(crate) fn decode_into<'out>(text: &str, out: &'out mut [u8]) -> Result<&'out [u8], InvalidBase64> {
    if out.len() < decoded_len(text) {
        return Err(InvalidBase64);
    }
    URL_SAFE_NO_PAD.decode(text.as_bytes(), out.as_out()).map(|decoded| &*decoded).map_err(|_| InvalidBase64)
}

/// The padded alphabet of RFC 4648 section 4, which `x5c` uses.
pub(crate) fn decode_standard(text: &[u8]) -> Result<Vec<u8>, InvalidBase64> {
    STANDARD.decode_to_vec(text).map_err(|_| InvalidBase64)
}

/// Room enough for the decoded text, whether or not it turns out to be valid.
pub(crate) const fn decoded_len(text: &str) -> usize {
    URL_SAFE_NO_PAD.estimated_decoded_length(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A decoder that can be checked by eye, to hold the fast one against.
    fn by_the_book(text: &str) -> Option<Vec<u8>> {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let (mut bits, mut count, mut out) = (0_u32, 0, Vec::new());
        for character in text.chars() {
            bits = (bits << 6) | u32::try_from(ALPHABET.find(character)?).ok()?;
            count += 6;
            if count >= 8 {
                count -= 8;
                out.push(u8::try_from((bits >> count) & 0xff).ok()?);
            }
        }
        let rest = bits & ((1 << count) - 1);
        (count < 6 && rest == 0).then_some(out)
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_book(text in "[A-Za-z0-9_=+/ -]{0,70}") {
            assert_eq!(decode(&text).ok(), by_the_book(&text));
            let mut out = vec![0; decoded_len(&text)];
            assert_eq!(decode_into(&text, &mut out).map(<[u8]>::to_vec), decode(&text));
        }

        #[test]
        fn round_trips(bytes: Vec<u8>) {
            let text = encode(&bytes);
            let mut appended = String::from("x");
            encode_into(&bytes, &mut appended);
            assert_eq!(appended[1..], text);
            assert_eq!(decode(&text), Ok(bytes));
        }
    }

    #[test]
    fn one_spelling_only() {
        for text in ["A", "AA=", "AA==", "AB", "AAB", "AA\n", "A A", "+A", "/A", "\u{e9}A"] {
            assert_eq!(decode(text), Err(InvalidBase64), "{text}");
        }
    }
}
