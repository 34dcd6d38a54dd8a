//! A signature worked out by hand, for people who want to see that there is no magic in it (RFC 7515 section 5).

use super::pieces::Pieces;
use super::report::Working;
use super::secrets::to_hex;
use super::text::quoted;
use crate::crypto::{MacKey, digest};
use crate::{Algorithm, base64url};

/// The steps for this token; `secret` only if it is a shared one that was given.
pub(super) fn steps(pieces: &Pieces, secret: Option<&[u8]>, matches: Option<bool>) -> Vec<Working> {
    let (Some(algorithm), Some(signature)) = (pieces.algorithm(), pieces.signature.as_deref()) else {
        return Vec::new();
    };
    let (header, payload) = pieces.signed.split_once('.').unwrap_or((&pieces.signed, ""));
    let mut steps = vec![
        step("write the header as JSON, and that in base64url", [shown(&pieces.header), header.to_owned()]),
        step(
            "write the payload as JSON, and that in base64url",
            [shown(&pieces.payload), payload.to_owned()],
        ),
        step("join the two with a dot: this is what gets signed", [pieces.signed.clone()]),
    ];
    if algorithm.is_symmetric() {
        shared(algorithm, pieces, signature, secret, &mut steps);
    } else {
        pair(algorithm, pieces, signature, matches, &mut steps);
    }
    steps
}

fn shared(
    algorithm: Algorithm,
    pieces: &Pieces,
    signature: &[u8],
    secret: Option<&[u8]>,
    steps: &mut Vec<Working>,
) {
    let hash = algorithm.name().trim_start_matches("HS");
    let formula = format!("HMAC-SHA{hash}(secret, base64url(header) + \".\" + base64url(payload))");
    let received = format!("the token has  {}", pieces.signature_text);
    let Some(secret) = secret else {
        steps.push(step(format!("compute {formula}"), ["this needs the secret, which was not given"]));
        steps.push(step("compare with the third part", [received]));
        return;
    };
    let Some(key) = MacKey::new(algorithm, secret) else { return };
    let tag = key.sign(pieces.signed.as_bytes());
    let tag = tag.as_ref();
    steps.push(step(
        format!("compute {formula} with the secret of {} bytes", secret.len()),
        [format!("in hexadecimal {}", to_hex(tag)), format!("in base64url   {}", base64url::encode(tag))],
    ));
    let verdict = match tag.iter().zip(signature).position(|(ours, theirs)| ours != theirs) {
        None if tag.len() == signature.len() => "equal: whoever knows the secret made this token".to_owned(),
        None => format!("not equal: {} bytes against {}", signature.len(), tag.len()),
        Some(at) => format!("not equal, from byte {} on: another secret, or another text was signed", at + 1),
    };
    steps.push(step("compare with the third part", [received, verdict]));
}

fn pair(
    algorithm: Algorithm,
    pieces: &Pieces,
    signature: &[u8],
    matches: Option<bool>,
    steps: &mut Vec<Working>,
) {
    if let Some(hash) = digest(algorithm, pieces.signed.as_bytes()) {
        let bits = hash.len() * 8;
        steps.push(step(format!("hash it with SHA-{bits}"), [to_hex(&hash)]));
    }
    let halves = signature.split_at(signature.len() / 2);
    let (title, lines) = match algorithm.name().get(..2) {
        Some("ES") => (
            "take the third part apart: an ECDSA signature is two numbers, r and s",
            vec![format!("r {}", to_hex(halves.0)), format!("s {}", to_hex(halves.1))],
        ),
        Some("Ed") => (
            "take the third part apart: an Ed25519 signature is a point R and a number S",
            vec![format!("R {}", to_hex(halves.0)), format!("S {}", to_hex(halves.1))],
        ),
        _ => (
            "take the third part: an RSA signature is one number, as long as the key",
            vec![format!("{} bits: {}", signature.len() * 8, to_hex(signature))],
        ),
    };
    steps.push(Working { title: title.to_owned(), lines });
    let verdict = match matches {
        Some(true) => "it does: whoever has the private half of this key made this token",
        Some(false) => "it does not: another key signed, or another text was signed",
        None => "this needs the public key, which was not given or not found",
    };
    let title = match algorithm.name().get(..2) {
        Some("RS" | "PS") => {
            "raise the number to the key's exponent, modulo its modulus: does the padded hash come out?"
        }
        _ => "put these and the public key into the equation of the curve: does it hold?",
    };
    steps.push(step(title, [verdict]));
}

fn step<const N: usize>(title: impl Into<String>, lines: [impl Into<String>; N]) -> Working {
    Working { title: title.into(), lines: lines.into_iter().map(Into::into).collect() }
}

/// The whole JSON, escaped.
fn shown(bytes: &Option<Vec<u8>>) -> String {
    match bytes.as_deref().map(std::str::from_utf8) {
        Some(Ok(text)) => super::text::line(text),
        _ => quoted("not text"),
    }
}
