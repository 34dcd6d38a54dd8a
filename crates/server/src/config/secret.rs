//! Secrets that are no secrets: too short, known to everybody, or simple enough to be guessed.
//!
//! An HS256 token lets anybody who holds it try secrets at home at billions a second, so what would do for a
//! throttled login is far too weak here (RFC 7518 section 3.2, RFC 8725 section 3.5). Also the master key's text.

use std::fmt;

use jotgate_jose::{is_known_secret, primitive::base64url};
use zeroize::Zeroizing;

use super::{
    MasterKey,
    key::{Fault, Raw, Setting},
};

/// Why a secret must not sign tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weakness {
    /// It stands in a public list or in the tutorials.
    WellKnown,
    /// It is an example's text that was meant to be replaced.
    Placeholder,
    /// It has so many bytes, fewer than 32.
    Short(usize),
    /// It is so many bytes, over and over.
    Repeats(usize),
    /// It has hardly any different bytes.
    FewSigns,
    /// Its bytes count up or down.
    Sequence,
    /// It is made of words, names or dates.
    Guessable,
}

/// The first thing wrong with `secret` as an HMAC key of 256 bits.
pub fn weakness(secret: &[u8]) -> Option<Weakness> {
    let rules = [well_known, placeholder, short, repeats, few_signs, sequence, guessable];
    rules.into_iter().find_map(|rule| rule(secret))
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WellKnown => f.write_str("is well known: it stands in public lists of secrets to try"),
            Self::Placeholder => f.write_str("is the placeholder of an example"),
            Self::Short(bytes) => write!(f, "has {bytes} bytes; HS256 needs at least 32"),
            Self::Repeats(1) => f.write_str("is one byte over and over"),
            Self::Repeats(period) => write!(f, "is the same {period} bytes over and over"),
            Self::FewSigns => f.write_str("has hardly any different bytes"),
            Self::Sequence => f.write_str("counts up or down"),
            Self::Guessable => f.write_str("is made of words, names or dates that can be guessed"),
        }
    }
}

impl MasterKey {
    /// Reads a master key as the configuration does.
    ///
    /// # Errors
    /// What is wrong with it, without the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(&Raw::Text(text.to_owned())).map_err(|fault| format!("{}. {}", fault.what, fault.mend))
    }
}

impl Setting for MasterKey {
    const KIND: &'static str = "32 bytes as 64 hex characters or base64";
    const SECRET: bool = true;

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let text = raw.text()?;
        let bytes = from_hex(text).or_else(|| from_base64(text)).ok_or_else(|| {
            Fault::new(
                "is neither 64 hex characters nor base64 of 32 bytes",
                "`jotgate secret` prints a new one.",
            )
        })?;
        let flawed = [repeats, few_signs, sequence].into_iter().find_map(|rule| rule(bytes.as_slice()));
        match flawed.or_else(|| is_known_secret(text.as_bytes()).then_some(Weakness::WellKnown)) {
            Some(weakness) => Err(Fault::new(weakness.to_string(), "`jotgate secret` prints a random one.")),
            None => Ok(Self::new(&bytes)),
        }
    }
}

fn well_known(secret: &[u8]) -> Option<Weakness> {
    let plain = letters_and_digits(secret);
    (is_known_secret(secret) || FAVOURITES.contains(&plain.as_str())).then_some(Weakness::WellKnown)
}

fn placeholder(secret: &[u8]) -> Option<Weakness> {
    let plain = letters_and_digits(secret);
    PLACEHOLDERS.iter().any(|words| plain.contains(words)).then_some(Weakness::Placeholder)
}

fn short(secret: &[u8]) -> Option<Weakness> {
    (secret.len() < 32).then_some(Weakness::Short(secret.len()))
}

/// A pattern of fewer than 32 bytes that comes again: the secret is worth no more than the pattern. Eight
/// bytes have to agree, which in random hexadecimal text happens once in 10^8 secrets.
fn repeats(secret: &[u8]) -> Option<Weakness> {
    let longest = secret.len().saturating_sub(8).min(31);
    (1..=longest).find(|period| secret[*period..] == secret[..secret.len() - period]).map(Weakness::Repeats)
}

fn few_signs(secret: &[u8]) -> Option<Weakness> {
    let mut signs = secret.to_vec();
    signs.sort_unstable();
    signs.dedup();
    (signs.len() < 6).then_some(Weakness::FewSigns)
}

fn sequence(secret: &[u8]) -> Option<Weakness> {
    let steps = secret.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) <= 1).count();
    (steps * 4 >= secret.len() * 3).then_some(Weakness::Sequence)
}

/// Words with numbers and years between them. zxcvbn's estimate of one text ends at 2^64, so parts are added up;
/// random text of 32 signs comes to 10^28 or more.
fn guessable(secret: &[u8]) -> Option<Weakness> {
    let text = std::str::from_utf8(secret).ok()?;
    let signs: Vec<char> = text.chars().collect();
    let guesses_log10 = |part: &[char]| zxcvbn::zxcvbn(&part.iter().collect::<String>(), &[]).guesses_log10();
    let guessable = is_words(text) || signs.chunks(16).map(guesses_log10).sum::<f64>() < 22.0;
    guessable.then_some(Weakness::Guessable)
}

/// Letters in words, spaced, joined or in CamelCase, maybe with a number before or behind. Random base64 looks
/// like this once in 40,000 secrets of 32 signs; random letters of one case always do, and are refused with them.
fn is_words(text: &str) -> bool {
    let core = text.trim_matches(|c: char| !c.is_ascii_alphabetic());
    let plain = core.chars().all(|c| c.is_ascii_alphabetic() || " -_.,'".contains(c));
    let one_case =
        !core.contains(|c: char| c.is_ascii_lowercase()) || !core.contains(|c: char| c.is_ascii_uppercase());
    let camel = !core.as_bytes().windows(2).any(|pair| pair.iter().all(u8::is_ascii_uppercase));
    plain && (one_case || camel) && text.len() - core.len() <= 8
}

fn letters_and_digits(secret: &[u8]) -> String {
    let kept = secret.iter().filter(|byte| byte.is_ascii_alphanumeric());
    kept.map(|byte| byte.to_ascii_lowercase() as char).collect()
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digit = |sign: u8| (sign as char).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(bytes)
}

/// Either alphabet of RFC 4648, padded or not.
fn from_base64(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let text = Zeroizing::new(text.trim_end_matches('=').replace('+', "-").replace('/', "_"));
    let bytes = Zeroizing::new(base64url::decode(&text).ok()?);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

/// What tutorials sign with, as letters and digits.
const FAVOURITES: [&str; 22] = [
    "secret",
    "your256bitsecret",
    "your384bitsecret",
    "your512bitsecret",
    "yoursecret",
    "yoursecretkey",
    "secretkey",
    "mysecret",
    "mysecretkey",
    "supersecret",
    "supersecretkey",
    "topsecret",
    "jwtsecret",
    "yourjwtsecret",
    "jwtsecretkey",
    "accesstokensecret",
    "refreshtokensecret",
    "shhhhh",
    "keyboardcat",
    "changeme",
    "astringsecretatleast256bitslong",
    "avalidstringsecretthatisatleast512bitslongwhichisverylong",
];

/// Words that only a text meant to be replaced holds; random text of 64 signs holds one once in 10^7 secrets.
const PLACEHOLDERS: [&str; 11] = [
    "changeme",
    "changethis",
    "replaceme",
    "replacethis",
    "placeholder",
    "yoursecret",
    "yourjwt",
    "supersecret",
    "secretkey",
    "jwtsecret",
    "insertyour",
];

#[cfg(test)]
mod tests;
