//! Why a shared secret does not fit: mostly it is the right one in another form than the signer's.

use jotgate_jose::primitive::base64url;

/// In which form the secret would fit, if in any. The names are those of the catalogue's hints.
pub(super) fn hint(secret: &[u8], fits: impl Fn(&[u8]) -> bool) -> Option<&'static str> {
    let text = secret.trim_ascii_end();
    if text.len() < secret.len() && fits(text) {
        return Some("signature.trailing_newline: without the line end after the secret it is good");
    }
    if fits(&[text, b"\n"].concat()) {
        return Some("signature.trailing_newline: the signer's secret had a line end after it");
    }
    let text = std::str::from_utf8(text).ok()?;
    if base64(text).is_some_and(|bytes| fits(&bytes)) {
        return Some("signature.base64_secret: the signer decoded the secret from base64 first");
    }
    hex(text)
        .is_some_and(|bytes| fits(&bytes))
        .then_some("the signer decoded the secret from hexadecimal first")
}

/// Bytes of base64 in either alphabet, with padding or without.
fn base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64url::decode(&text).ok()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = |at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    if is_hex { (0..text.len()).step_by(2).map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_recognised_and_a_wrong_secret_is_not() {
        let cases: [(&[u8], &[u8], &str); 5] = [
            (b"text\n", b"text", "without the line end"),
            (b"text", b"text\n", "had a line end"),
            (b"_-8=", b"\xff\xef", "base64"),
            (b"/+8", b"\xff\xef", "base64"),
            (b"00ff", b"\x00\xff", "hexadecimal"),
        ];
        for (ours, theirs, words) in cases {
            let found = hint(ours, |tried| tried == theirs);
            assert!(found.is_some_and(|found| found.contains(words)), "{ours:?}: {found:?}");
        }
        assert_eq!(hint(b"text", |tried| tried == b"other"), None);
    }
}
