//! The letters in which hashes are written: base64 in its many alphabets, and the parameters of a PHC string. Lenient in
//! the alphabet, because every system has its own; what comes out is checked by whoever asks.

use jotgate_jose::primitive::base64url;

/// Base64 with or without padding, in the alphabet of RFC 4648, that of URLs, or that of passlib, which has a dot for the plus.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let text: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| match c {
            '+' | '.' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    base64url::decode(&text).ok()
}

/// Base64 without padding, as PHC strings have it.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    base64url::encode(bytes).replace('-', "+").replace('_', "/")
}

/// The alphabet of bcrypt; the last bits of a salt may be anything, as old libraries left them.
pub(super) fn bcrypt64(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut held) = (Vec::with_capacity(text.len()), 0_u32, 0);
    for c in text.bytes() {
        let six = BCRYPT_ALPHABET.iter().position(|&one| one == c)?;
        bits = (bits << 6) | u32::try_from(six).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

/// The reverse of [`bcrypt64`].
pub(super) fn to_bcrypt64(bytes: &[u8]) -> String {
    let standard = to_base64(bytes);
    let letter = |c: u8| STANDARD_ALPHABET.iter().position(|&one| one == c).map(|at| BCRYPT_ALPHABET[at]);
    standard.bytes().filter_map(letter).map(char::from).collect()
}

/// The alphabet of crypt(3), six bits a letter, the lowest first: numbers and bytes of `$7$`.
pub(super) fn crypt64_number(text: &str) -> Option<u32> {
    text.bytes().enumerate().try_fold(0_u32, |sum, (at, c)| {
        let six = u32::try_from(CRYPT_ALPHABET.iter().position(|&one| one == c)?).ok()?;
        Some(sum | six.checked_shl(6 * u32::try_from(at).ok()?)?)
    })
}

/// Bytes in the same alphabet, three to four letters.
pub(super) fn crypt64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for group in text.as_bytes().chunks(4) {
        let number = crypt64_number(std::str::from_utf8(group).ok()?)?;
        out.extend(&number.to_le_bytes()[..group.len() * 6 / 8]);
    }
    Some(out)
}

/// The value of a parameter in `a=1,b=2`.
pub(super) fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(',').find_map(|one| one.split_once('=').filter(|(key, _)| *key == name)).map(|(_, v)| v)
}

/// The same as a number.
pub(super) fn number<N: std::str::FromStr>(parameters: &str, name: &str) -> Option<N> {
    parameter(parameters, name)?.parse().ok()
}

const STANDARD_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BCRYPT_ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const CRYPT_ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
