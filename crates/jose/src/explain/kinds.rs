//! What a text is when it is no signed token: people paste all sorts of things where a token is wanted.
//!
//! Told by shape alone. Nothing opaque is decoded, and nothing is repeated, because it may be somebody's password.

use super::find::{self, After, Candidate, REFRESH};
use super::report::Kind;
use crate::base64url;
use crate::json::{self, Limits};
use crate::jws::MAX_LEN;

/// A kind, and the same in words.
pub(super) type Named = (Kind, String);

/// What a candidate is.
pub(super) fn of_candidate(candidate: &Candidate) -> Named {
    let token = candidate.token.as_str();
    if token.as_bytes().starts_with(REFRESH) {
        return (Kind::RefreshToken, REFRESH_WORDS.to_owned());
    }
    let parts: Vec<&str> = token.split('.').collect();
    let names = base64url::decode(parts[0]).map(|bytes| names(&bytes)).unwrap_or_default();
    let has = |name: &str| names.iter().any(|known| known == name);
    let words = match parts.len() {
        3 if !has("alg") && is_stamp(parts[1]) => {
            return other("a signed cookie of Flask (itsdangerous): payload, time stamp, signature");
        }
        3 if is_unsigned(parts[0]) => "a token that says it is unsigned (compact JWS with `alg` none)",
        3 if has("enc") => "a signed token whose header is that of an encrypted one",
        3 if candidate.after == After::Tilde => "a signed token (JWS) with disclosures behind it (SD-JWT)",
        3 => "a signed token (compact JWS)",
        5 => {
            return (Kind::Jwe, "an encrypted token (compact JWE); decryption is not offered yet".to_owned());
        }
        1 if candidate.after == After::Ellipsis => {
            "the beginning of a token: the rest was cut off for display"
        }
        1 if has("alg") => "only the header of a token: payload and signature are missing",
        1 if candidate.after == After::Colon => {
            return other("a signed value of Django: payload, time stamp and signature joined by colons");
        }
        1 if has("iv") && has("mac") => return other("a cookie encrypted by Laravel"),
        1 => return other("JSON in base64url, without header and signature"),
        2 if candidate.after == After::Ellipsis => {
            "the beginning of a token: the rest was cut off for display"
        }
        2 => "a token without its third part, the signature",
        _ => return other("parts joined by dots, but neither three nor five of them"),
    };
    (Kind::Jws, words.to_owned())
}

/// What a text is in which nothing looks like a token.
pub(super) fn of_text(text: &str) -> Named {
    let text = text.trim().trim_matches(['"', '\'', '`']);
    if text.is_empty() {
        return other("nothing: the text is empty");
    }
    if text.len() > MAX_LEN {
        return other("a text longer than any token");
    }
    if text.starts_with('{') {
        return of_json(text);
    }
    if let Some(words) = by_beginning(text).or_else(|| by_shape(text)) {
        return other(words);
    }
    let dots = text.matches('.').count();
    match dots {
        2 => (Kind::Jws, "three parts joined by dots, as a signed token has them".to_owned()),
        4 => (Kind::Jwe, "five parts joined by dots, as an encrypted token has them".to_owned()),
        _ => other("no token: nothing in it begins like one"),
    }
}

fn of_json(text: &str) -> Named {
    let names = names(text.as_bytes());
    let has = |name: &str| names.iter().any(|known| known == name);
    if has("payload") && has("signatures") {
        return (
            Kind::JsonJws,
            "a signed object with several signatures (general JSON form of JWS)".to_owned(),
        );
    }
    if has("payload") && has("signature") {
        return (Kind::JsonJws, "a signed object (flattened JSON form of JWS)".to_owned());
    }
    other(if has("ciphertext") {
        "an encrypted object (JSON form of JWE); decryption is not offered yet"
    } else if has("kty") && (has("d") || has("k")) {
        "a private key (JWK), and no token. Whoever has seen it can sign: treat it as lost"
    } else if has("kty") {
        "a public key (JWK), and no token"
    } else if has("keys") {
        "a set of keys (JWK Set), and no token"
    } else if has("alg") && (has("typ") || names.len() == 1) {
        "the header of a token, already decoded"
    } else if has("exp") || has("iss") || has("sub") {
        "the claims of a token, already decoded; without header and signature there is nothing to check"
    } else if has("error") {
        "an error answer, and no token in it"
    } else {
        "JSON without a token in it"
    })
}

fn by_beginning(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let starts = |beginning: &str| text.starts_with(beginning);
    Some(if text.contains("-----BEGIN ") {
        match text.contains("PRIVATE KEY") {
            true => "a private key (PEM), and no token. Whoever has seen it can sign: treat it as lost",
            false => "a public key or certificate (PEM), and no token",
        }
    } else if ["v1.", "v2.", "v3.", "v4."].iter().any(|version| {
        text.strip_prefix(version)
            .is_some_and(|rest| rest.starts_with("public.") || rest.starts_with("local."))
    }) {
        "a PASETO, another kind of token that needs a PASETO library"
    } else if starts("gAAAA") {
        "a Fernet token (symmetric, opaque without its key)"
    } else if starts("<") && (lower.contains("saml") || lower.contains("assertion")) {
        "SAML, an older kind of signed statement in XML"
    } else if starts("PHNhbWx") || starts("PD94bWwg") {
        "SAML or other XML in base64"
    } else if starts("<!doctype") || lower.starts_with("<!doctype") || lower.starts_with("<html") {
        "a page of HTML: probably the error page of the server that was asked for a token"
    } else if lower.starts_with("basic ") || lower.contains("authorization: basic ") {
        "Basic credentials: user name and password, only encoded. Keep them out of tickets and logs"
    } else if starts("CfDJ8") {
        "a value protected by ASP.NET (Data Protection), opaque to everybody else"
    } else if ["ghp_", "gho_", "ghu_", "ghs_", "github_pat_"].iter().any(|beginning| starts(beginning)) {
        "a token of GitHub, which is opaque. It is a secret: revoke it if others have seen it"
    } else if ["sk_live_", "rk_live_", "sk_test_"].iter().any(|beginning| starts(beginning)) {
        "a key of Stripe, which is opaque. It is a secret: revoke it if others have seen it"
    } else if ["xoxb-", "xoxp-", "xapp-", "glpat-", "ya29.", "AKIA", "sk-"]
        .iter()
        .any(|beginning| starts(beginning))
    {
        "an API key or token of another service, which is opaque. It is a secret: revoke it if others have seen it"
    } else if starts("$2") || starts("$argon2") || starts("pbkdf2_") || starts("$scrypt") {
        "the hash of a password, and no token"
    } else if starts("s:") || starts("s%3A") {
        "a signed session id of Express (cookie-signature), which is opaque"
    } else if lower.starts_with("http://") || lower.starts_with("https://") {
        "an address without a token in it"
    } else {
        return None;
    })
}

fn by_shape(text: &str) -> Option<&'static str> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    Some(if groups == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-') {
        "a UUID: an opaque id that only its issuer can look up"
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        "a number"
    } else if is_hex && text.len() >= 16 {
        "an opaque token or id in hexadecimal: only its issuer knows what it stands for"
    } else if text.len() == 26 && text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    {
        "a ULID: an opaque id that only its issuer can look up"
    } else if text.contains('@') && text.contains('.') && !text.contains(char::is_whitespace) {
        "an e-mail address"
    } else if text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=~".contains(&byte))
    {
        "an opaque token or id: only its issuer knows what it stands for"
    } else {
        return None;
    })
}

/// The names of an object's members, as far as it can be read.
fn names(bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let _ = json::object(bytes, Limits::STRICT, |member| names.push(member.name.decode().into_owned()));
    names
}

fn is_unsigned(header: &str) -> bool {
    let header = find::decoded(header).and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
    header.is_some_and(|header| header["alg"].as_str().is_some_and(|alg| alg.eq_ignore_ascii_case("none")))
}

/// The time stamp of itsdangerous: a few bytes of a number.
fn is_stamp(part: &str) -> bool {
    (4..=8).contains(&part.len()) && find::decoded(part).is_none()
}

fn other(words: &str) -> Named {
    (Kind::Other, words.to_owned())
}

const REFRESH_WORDS: &str = "a refresh token of Jotgate. It is opaque on purpose: only the server that issued it can \
read it, and it belongs into `POST /v1/refresh` and nowhere else";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pasted_is_recognised() {
        for (text, word) in [
            ("", "empty"),
            ("0190f5b2-7b7c-7e3f-9a55-0c5d9f3e1a77", "UUID"),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "ULID"),
            ("v4.public.eyJzdWIiOiI3In0abc", "PASETO"),
            (
                "v2.local.QAxIpVe-ECVNI1z4xQbm_qQYomyT3h8FtV8bxkz8pBJWkT8f7HtlOpbroPDEZUKop_vaglyp76CzYy375cHmKCW8e1CCkV0Lflu4GTDyXMqQdpZMM1E6OaoQW27gaRSvWBrR3IgbFIa0AkuUFw",
                "PASETO",
            ),
            ("gAAAAABl_something_like_fernet", "Fernet"),
            ("<samlp:Response xmlns=\"x\">", "SAML"),
            ("PHNhbWxwOlJlc3BvbnNl", "SAML"),
            ("d41d8cd98f00b204e9800998ecf8427e", "hexadecimal"),
            ("ghp_0123456789abcdef", "GitHub"),
            ("sk_live_0123456789", "Stripe"),
            ("Basic dXNlcjpwYXNz", "Basic"),
            ("-----BEGIN PRIVATE KEY-----\nMIIB", "lost"),
            ("-----BEGIN PUBLIC KEY-----\nMIIB", "public key"),
            ("{\"kty\":\"EC\",\"d\":\"x\"}", "lost"),
            ("{\"kty\":\"EC\"}", "public key"),
            ("{\"keys\":[]}", "set of keys"),
            ("{\"sub\":\"7\"}", "claims of a token"),
            ("{\"alg\":\"HS256\",\"typ\":\"JWT\"}", "header of a token"),
            ("{\"error\":\"invalid_grant\"}", "error answer"),
            ("$2b$12$abcdefghijklmnopqrstuv", "hash of a password"),
            ("s:4T7dXk.abc", "Express"),
            ("<!DOCTYPE html><p>Not found", "HTML"),
            ("CfDJ8NrAkS", "ASP.NET"),
            ("123456", "number"),
            ("ada@example.com", "e-mail"),
            ("https://example.com/", "address"),
            ("tGzv3JOkF0XG5Qx2TlKWIA", "opaque"),
            ("not a token", "no token"),
        ] {
            let (kind, words) = of_text(text);
            assert!(kind == Kind::Other && words.contains(word), "{text}: {words}");
        }
        assert_eq!(of_text("a.b.c").0, Kind::Jws);
        assert_eq!(of_text("a.b.c.d.e").0, Kind::Jwe);
        assert_eq!(of_text("{\"payload\":\"\",\"signature\":\"\"}").0, Kind::JsonJws);
        assert_eq!(of_text("{\"payload\":\"\",\"signatures\":[]}").0, Kind::JsonJws);
    }

    #[test]
    fn what_looks_like_a_token_and_is_none_is_named() {
        let word = |text: &str| of_candidate(&find::all(text).remove(0)).1;
        assert!(word("eyJ1c2VyIjoxfQ.ZSo7Xw.c2lnbmF0dXJlc2lnbmF0dXJlc2k").contains("Flask"));
        assert!(word("eyJ1c2VyIjoxfQ:1rAbcd:c2lnbmF0dXJl").contains("Django"));
        assert!(word("eyJpdiI6IngiLCJ2YWx1ZSI6IngiLCJtYWMiOiJ4In0").contains("Laravel"));
        assert!(word("eyJhbGciOiJIUzI1NiJ9").contains("only the header"));
        assert!(word("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0").contains("without its third part"));
        assert!(word("eyJhbGciOiJIUzI1NiJ9.eyJz...").contains("cut off"));
        assert!(word("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..a.b.c").contains("encrypted"));
        assert!(word("jgr_AbCdEf").contains("opaque on purpose"));
    }
}
