//! The signature, and the key or secret given beside the token (RFC 7518 section 3, RFC 8725 section 3.5).

use super::Question;
use super::catalogue::key::*;
use super::finding::{Findings, characters};
use super::subject::Subject;
use crate::error::{Reason, shown};
use crate::explain::secrets::Tried;
use crate::jws;
use crate::{Algorithm, VerifyingKey, is_known_secret};

pub(super) fn check(question: &Question<'_>, subject: &Subject<'_>, out: &mut Findings) {
    signature(subject, out);
    if let Some(secret) = question.secret {
        weaknesses(secret, subject.algorithm().filter(|algorithm| algorithm.is_symmetric()), out);
        if subject.signature.is_some() && !tried(subject).is_some_and(|tried| tried.fits(secret)) {
            out.add(&SIGNATURE_MISMATCH, "signature", "the secret does not fit");
        }
    } else if let Some(famous) = tried(subject).and_then(|tried| tried.famous()) {
        out.add(&SECRET_KNOWN, "signature", format!("signed with {}", shown(famous)));
    }
    if let Some(error) = question.refused {
        out.add(&KEY_REFUSED, "key", error.to_string());
    }
    if let Some(keys) = question.keys {
        match jws::verify(subject.token, keys) {
            Ok(_) => {}
            Err(error) if error.reason().code().starts_with("malformed.") => {}
            Err(error) => out.add(&SIGNATURE_MISMATCH, "signature", error.to_string()),
        }
        for key in keys.unusable() {
            out.add(&KEY_REFUSED, "key", key.error().to_string());
        }
    }
}

fn signature(subject: &Subject<'_>, out: &mut Findings) {
    let (Some(length), Some(name)) = (subject.signature.as_ref().map(Vec::len), subject.alg()) else {
        return;
    };
    if name.eq_ignore_ascii_case("none") {
        return;
    }
    if length == 0 {
        return out.add(&SIGNATURE_EMPTY, "signature", "0 bytes");
    }
    let wanted = subject.algorithm().map(|algorithm| match algorithm {
        Algorithm::Hs256 => (32, 32),
        Algorithm::Hs384 => (48, 48),
        Algorithm::Hs512 | Algorithm::Es256 | Algorithm::Ed25519 => (64, 64),
        Algorithm::Es384 => (96, 96),
        Algorithm::Es512 => (132, 132),
        // As long as the modulus: 2048 to 8192 bits.
        _ => (256, 1024),
    });
    if let Some((least, most)) = wanted
        && !(least..=most).contains(&length)
    {
        let wanted = if least == most { least.to_string() } else { format!("at least {least}") };
        out.add(&SIGNATURE_LENGTH, "signature", format!("{length} bytes, {name} makes {wanted}"));
    }
}

fn weaknesses(secret: &[u8], algorithm: Option<Algorithm>, out: &mut Findings) {
    let algorithm = algorithm.unwrap_or(Algorithm::Hs256);
    if secret.ends_with(b"\n") {
        out.add(&SECRET_NEWLINE, "secret", "a line break at the end");
    }
    if is_known_secret(secret) {
        return out.add(&SECRET_KNOWN, "secret", "a secret everybody knows");
    }
    match VerifyingKey::hmac(algorithm, secret).map_err(|error| error.reason()) {
        Err(Reason::KeyWrongUse) => return out.add(&SECRET_IS_KEY, "secret", "a key"),
        Err(Reason::KeyTooSmall) => {
            out.add(&SECRET_SHORT, "secret", format!("{} bytes for {algorithm}", secret.len()));
        }
        Err(_) | Ok(_) => {}
    }
    let bits = chance(secret.trim_ascii_end());
    if bits < ENOUGH_BITS && secret.len() >= 16 {
        out.add(&SECRET_GUESSABLE, "secret", format!("{}, not evenly spread", characters(secret.len())));
    }
}

/// What secrets are tried on, for a token with an HMAC of its own length.
pub(super) fn tried<'a>(subject: &'a Subject<'_>) -> Option<Tried<'a>> {
    let algorithm = subject.algorithm().filter(|algorithm| algorithm.is_symmetric())?;
    let signed = subject.token.get(..subject.token.rfind('.')?)?;
    Some(Tried { algorithm, signed, signature: subject.signature.as_deref()? })
}

/// An upper bound of the chance in a text, in bits: Shannon's measure of its bytes. Words have less than it says.
fn chance(secret: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    secret.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let total = secret.len() as f64;
    let each = |count: &u32| f64::from(*count) * (total / f64::from(*count)).log2();
    counts.iter().filter(|count| **count > 0).map(each).sum()
}

/// 32 hexadecimal digits have 128 bits and look like 115 to this measure.
const ENOUGH_BITS: f64 = 100.0;
