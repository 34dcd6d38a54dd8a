//! Secrets people get wrong, secrets everybody knows, and the sample tokens made with them.
//!
//! Tried on a token only to tell its owner what is the matter. A match proves nothing about who made the token: with a
//! public secret anybody can. Origin and licence of the list: `data/well-known-secrets/README.md`.

use crate::Algorithm;
use crate::base64url;
use crate::crypto::MacKey;

/// What an HMAC is checked against, for trying secrets without the rules a key must keep.
pub(crate) struct Tried<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) signed: &'a str,
    pub(crate) signature: &'a [u8],
}

impl Tried<'_> {
    pub(crate) fn fits(&self, secret: &[u8]) -> bool {
        MacKey::new(self.algorithm, secret)
            .is_some_and(|key| key.verify(self.signed.as_bytes(), self.signature))
    }

    /// The public secret that made the signature.
    pub(crate) fn famous(&self) -> Option<&'static str> {
        FAMOUS.lines().chain([""]).find(|secret| self.fits(secret.as_bytes()))
    }

    /// The number of the line of a word list that made the signature, counted from 1.
    pub(super) fn line_of(&self, words: &[u8]) -> Option<usize> {
        let lines = words.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.enumerate().find(|(_, line)| !line.is_empty() && self.fits(line)).map(|(at, _)| at + 1)
    }

    /// The form in which the secret that was given would fit.
    pub(super) fn form(&self, secret: &[u8]) -> Option<&'static Form> {
        FORMS.iter().find(|form| (form.make)(secret).is_some_and(|made| made != secret && self.fits(&made)))
    }
}

/// A way to write a secret down that makes another secret of it.
pub(super) struct Form {
    /// The hint of the catalogue.
    pub(super) code: &'static str,
    pub(super) words: &'static str,
    make: fn(&[u8]) -> Option<Vec<u8>>,
}

/// The usual mistakes, the likeliest first.
static FORMS: [Form; 16] = [
    Form {
        code: "signature.trailing_newline",
        words: "without the line end after the secret it matches",
        make: |secret| {
            Some(secret.strip_suffix(b"\n").map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest))?.to_vec())
        },
    },
    Form {
        code: "signature.trailing_newline",
        words: "with a line end after the secret it matches: the signer read its secret from a file",
        make: |secret| Some([secret, b"\n"].concat()),
    },
    Form {
        code: "signature.trailing_newline",
        words: "with a line end as Windows writes it (CR LF) after the secret it matches",
        make: |secret| Some([secret.strip_suffix(b"\n").unwrap_or(secret), b"\r\n"].concat()),
    },
    Form {
        code: "signature.trailing_newline",
        words: "with a carriage return after the secret it matches: the signer's file has line ends of Windows",
        make: |secret| Some([secret.trim_ascii_end(), b"\r"].concat()),
    },
    Form {
        code: "signature.base64_secret",
        words: "decoded from base64 the secret matches: the signer decodes it first",
        make: |secret| from_base64(secret),
    },
    Form {
        code: "signature.base64_secret",
        words: "written in base64 the secret matches: the signer uses the text without decoding it",
        make: |secret| Some(to_base64(secret).into_bytes()),
    },
    Form {
        code: "signature.base64_secret",
        words: "written in base64url the secret matches: the signer uses the text without decoding it",
        make: |secret| Some(base64url::encode(secret).into_bytes()),
    },
    Form {
        code: "signature.hex_secret",
        words: "decoded from hexadecimal the secret matches: the signer decodes it first",
        make: |secret| from_hex(secret),
    },
    Form {
        code: "signature.hex_secret",
        words: "written in hexadecimal the secret matches: the signer uses the text without decoding it",
        make: |secret| Some(to_hex(secret).into_bytes()),
    },
    Form {
        code: "signature.hex_secret",
        words: "written in hexadecimal with capitals the secret matches",
        make: |secret| Some(to_hex(secret).to_ascii_uppercase().into_bytes()),
    },
    Form {
        code: "signature.quoted_secret",
        words: "without the quotes around it the secret matches",
        make: |secret| {
            let text = secret.trim_ascii();
            let quote = text.first().filter(|quote| b"\"'`".contains(quote))?;
            Some(text.strip_prefix(&[*quote])?.strip_suffix(&[*quote])?.to_vec())
        },
    },
    Form {
        code: "signature.quoted_secret",
        words: "with double quotes around it the secret matches: the signer took them from its `.env` file",
        make: |secret| Some([b"\"", secret.trim_ascii(), b"\""].concat()),
    },
    Form {
        code: "signature.quoted_secret",
        words: "with single quotes around it the secret matches: the signer took them from its `.env` file",
        make: |secret| Some([b"'", secret.trim_ascii(), b"'"].concat()),
    },
    Form {
        code: "signature.trailing_space",
        words: "without the white space around it the secret matches",
        make: |secret| Some(secret.trim_ascii().to_vec()),
    },
    Form {
        code: "signature.trailing_space",
        words: "with a space after it the secret matches",
        make: |secret| Some([secret, b" "].concat()),
    },
    Form {
        code: "signature.quoted_secret",
        words: "without `NAME=` before it the secret matches: a whole line of an `.env` file was given",
        make: |secret| {
            let at = secret.iter().position(|byte| *byte == b'=')?;
            let is_name = secret[..at].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
            is_name.then(|| secret[at + 1..].trim_ascii().trim_ascii_end().to_vec())
        },
    },
];

/// A token that everybody has seen, recognised by its signature wherever it was put.
pub(super) struct Sample {
    pub(super) name: &'static str,
    pub(super) signed: &'static str,
    pub(super) signature: &'static str,
}

impl Sample {
    pub(super) fn with_signature(signature: &str) -> Option<&'static Self> {
        SAMPLES.iter().find(|sample| sample.signature == signature)
    }
}

/// Computed from their secrets by the test below, which names them.
static SAMPLES: [Sample; 4] = [
    Sample {
        name: "the John Doe token of jwt.io, made with the secret `your-256-bit-secret`",
        signed: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ",
        signature: "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    },
    Sample {
        name: "the newer John Doe token of jwt.io, made with the secret `a-string-secret-at-least-256-bits-long`",
        signed: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWUsImlhdCI6MTUxNjIzOTAyMn0",
        signature: "KMUFsIDTnFmyG3nMiGM6H9FNFUROf3wh7SmqJp-QV30",
    },
    Sample {
        name: "the oldest John Doe token of jwt.io, made with the secret `secret`",
        signed: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9",
        signature: "TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ",
    },
    Sample {
        name: "the example of RFC 7515 appendix A.1, whose key stands in the RFC",
        signed: "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        signature: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    },
];

fn from_base64(secret: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(secret.trim_ascii()).ok()?;
    let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
    base64url::decode(&text).ok().filter(|bytes| !bytes.is_empty())
}

/// The alphabet and padding of RFC 4648 section 4.
fn to_base64(bytes: &[u8]) -> String {
    let text = base64url::encode(bytes).replace('-', "+").replace('_', "/");
    let padding = "=".repeat(text.len().next_multiple_of(4) - text.len());
    text + &padding
}

fn from_hex(secret: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(secret.trim_ascii()).ok()?;
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = !digits.is_empty()
        && digits.len().is_multiple_of(2)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let byte = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    if is_hex { (0..digits.len()).step_by(2).map(byte).collect() } else { None }
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Secrets that documentation, tutorials and token debuggers print as samples.
static FAMOUS: &str = include_str!("../../data/well-known-secrets/samples.txt");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitive::HmacKey;

    fn tried<'a>(signed: &'a str, signature: &'a [u8]) -> Tried<'a> {
        Tried { algorithm: Algorithm::Hs256, signed, signature }
    }

    #[test]
    fn each_mistake_is_recognised_and_a_wrong_secret_is_not() {
        for (given, signers, code) in [
            ("text\n", "text", "signature.trailing_newline"),
            ("text\r\n", "text", "signature.trailing_newline"),
            ("text", "text\n", "signature.trailing_newline"),
            ("text", "text\r\n", "signature.trailing_newline"),
            ("text", "text\r", "signature.trailing_newline"),
            ("c2VjcmV0", "secret", "signature.base64_secret"),
            ("c2VjcmV0cw==\n", "secrets", "signature.base64_secret"),
            ("~~~???", "fn5+Pz8/", "signature.base64_secret"),
            ("~~~???", "fn5-Pz8_", "signature.base64_secret"),
            ("6869", "hi", "signature.hex_secret"),
            ("0x6869\n", "hi", "signature.hex_secret"),
            ("hi~", "68697e", "signature.hex_secret"),
            ("hi~", "68697E", "signature.hex_secret"),
            ("\"text\"\n", "text", "signature.quoted_secret"),
            ("'text'", "text", "signature.quoted_secret"),
            ("text", "\"text\"", "signature.quoted_secret"),
            ("text", "'text'", "signature.quoted_secret"),
            ("JWT_SECRET=text\n", "text", "signature.quoted_secret"),
            ("  text ", "text", "signature.trailing_space"),
            ("text", "text ", "signature.trailing_space"),
        ] {
            let tag = HmacKey::new(signers.as_bytes()).sign(&[b"a.b"]);
            let found = tried("a.b", &tag).form(given.as_bytes());
            assert_eq!(found.map(|form| form.code), Some(code), "{given:?} for {signers:?}");
        }
        let tag = HmacKey::new(b"other").sign(&[b"a.b"]);
        for given in ["text", "", "\"", "=", "0x", "%"] {
            assert!(tried("a.b", &tag).form(given.as_bytes()).is_none(), "{given:?}");
        }
    }

    #[test]
    fn famous_secrets_and_lines_of_a_list_are_found() {
        for secret in ["secret", "your-256-bit-secret", "shhhhh", ""] {
            let tag = HmacKey::new(secret.as_bytes()).sign(&[b"a.b"]);
            assert_eq!(tried("a.b", &tag).famous(), Some(secret));
        }
        let tag = HmacKey::new(b"three").sign(&[b"a.b"]);
        assert_eq!(tried("a.b", &tag).famous(), None);
        assert_eq!(tried("a.b", &tag).line_of(b"one\r\ntwo\n\nthree\r\nfour"), Some(4));
        assert_eq!(tried("a.b", &tag).line_of(b"one\ntwo"), None);
    }

    #[test]
    fn the_samples_are_what_they_are_said_to_be() {
        let rfc = base64url::decode(
            "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
        )
        .unwrap();
        let secrets: [&[u8]; 4] =
            [b"your-256-bit-secret", b"a-string-secret-at-least-256-bits-long", b"secret", &rfc];
        for (sample, secret) in SAMPLES.iter().zip(secrets) {
            let tag = HmacKey::new(secret).sign(&[sample.signed.as_bytes()]);
            assert_eq!(base64url::encode(&tag), sample.signature, "{}", sample.name);
        }
    }
}
