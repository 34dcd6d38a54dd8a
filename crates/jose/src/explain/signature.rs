//! What the bytes of a signature give away without any key: a wrong length, another encoding, a text, another token's.

use super::pieces::Pieces;
use super::report::{Remark, SignatureNote};
use super::secrets::Sample;
use super::text::quoted;
use super::words::count;
use crate::Algorithm;
use crate::jws::compact::is_der;

pub(super) fn note(pieces: &Pieces) -> Option<SignatureNote> {
    let signature = pieces.signature.as_deref()?;
    let algorithm = pieces.algorithm();
    let expected = algorithm.and_then(Algorithm::signature_len);
    let mut remarks = Vec::new();
    if let Some(sample) = Sample::with_signature(&pieces.signature_text) {
        remarks.push(of_sample(sample, &pieces.signed));
    }
    if let Some(algorithm) = algorithm {
        remarks.extend(wrong_length(algorithm, signature));
    }
    if pieces.alg.as_deref().is_some_and(|alg| alg.eq_ignore_ascii_case("none")) && !signature.is_empty() {
        remarks.push(Remark::careful(
            "the header says there is none, and here is one: `alg` was changed, perhaps",
        ));
    }
    if let Some(text) = readable(signature) {
        remarks.push(of_text(&text, expected));
    } else if signature.len() > 1 && signature.iter().all(|byte| *byte == signature[0]) {
        remarks.push(Remark::bad("every byte of it is the same: nobody's signature"));
    }
    Some(SignatureNote { bytes: signature.len(), expected, remarks })
}

/// Whether the signature is known to belong to another token.
pub(super) fn is_borrowed(pieces: &Pieces) -> bool {
    Sample::with_signature(&pieces.signature_text).is_some_and(|sample| sample.signed != pieces.signed)
}

fn of_sample(sample: &Sample, signed: &str) -> Remark {
    if sample.signed == signed {
        return Remark::careful(format!(
            "this is {}: a sample for everybody, and nobody's proof",
            sample.name
        ));
    }
    Remark::bad(format!(
        "the signature is not this token's: it was copied from {}, and put behind another header or payload",
        sample.name
    ))
    .coded("signature.known_sample")
}

fn wrong_length(algorithm: Algorithm, signature: &[u8]) -> Option<Remark> {
    let bytes = signature.len();
    let has = count(bytes, "byte");
    if bytes == 0 {
        return Some(Remark::bad("there is no signature: the third part is empty").coded("signature.length"));
    }
    let Some(wanted) = algorithm.signature_len() else { return of_rsa(algorithm, bytes) };
    if bytes == wanted {
        return None;
    }
    if is_der(algorithm, signature) {
        let text =
            format!("{has} in ASN.1 (DER): {algorithm} in a token is r and s side by side, {wanted} bytes");
        return Some(Remark::bad(text).coded("signature.der_encoding"));
    }
    let mut text =
        format!("{has}, and {algorithm} always makes {wanted}: this was not signed with {algorithm}");
    let others: Vec<_> = Algorithm::ALL
        .iter()
        .filter(|other| other.signature_len() == Some(bytes))
        .map(|other| other.name())
        .collect();
    if !others.is_empty() {
        text.push_str(&format!("; {bytes} bytes is what {} makes", others.join(" or ")));
    } else if bytes > wanted && bytes.is_multiple_of(wanted) && algorithm.is_symmetric() {
        text.push_str("; it was perhaps encoded twice");
    }
    Some(Remark::bad(text).coded("signature.length"))
}

/// An RSA signature is as long as its key.
fn of_rsa(algorithm: Algorithm, bytes: usize) -> Option<Remark> {
    match bytes {
        256..=1024 if bytes.is_multiple_of(32) => None,
        64..256 if bytes.is_multiple_of(32) => Some(Remark::bad(format!(
            "{bytes} bytes: the signature of an RSA key of {} bits, and below 2048 bits none is safe",
            bytes * 8
        ))),
        _ => {
            let text = format!(
                "{}, and {algorithm} makes 256 or more, as many as the key has",
                count(bytes, "byte")
            );
            Some(Remark::bad(text).coded("signature.length"))
        }
    }
}

/// Real signatures are never text: the odds against even 18 printable bytes are millions to one.
fn readable(signature: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(signature).ok()?;
    let is_readable = text.len() >= 8 && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    is_readable.then(|| text.to_owned())
}

fn of_text(text: &str, expected: Option<usize>) -> Remark {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex && expected.is_none_or(|wanted| text.len() == wanted * 2) {
        return Remark::bad(
            "the signature was written in hexadecimal before it was encoded: encode its bytes",
        );
    }
    let is_base64 =
        expected.is_some_and(|wanted| text.trim_end_matches('=').len() == (wanted * 4).div_ceil(3));
    if is_base64 && !text.contains(' ') {
        return Remark::bad("the signature was encoded twice: base64 of base64");
    }
    Remark::bad(format!("it decodes to the text {}: made up, and never computed", quoted(text)))
}
