//! The header: what RFC 7515, RFC 8725 and its successor say about its members.

use serde_json::Value;

use super::catalogue::header::*;
use super::finding::{Findings, characters};
use super::shape;
use super::subject::{ID_TOKEN_ONLY, Kind, Object, Subject};
use crate::Algorithm;
use crate::error::shown;
use crate::json::path::member;

pub(super) fn check(subject: &Subject<'_>, out: &mut Findings) {
    let Some(header) = &subject.header else { return };
    algorithm(subject, header, out);
    typ(subject, out);
    confusion(subject, out);
    kid(subject, out);
    keys_in_the_header(subject, header, out);
    extensions(header, out);
    // RFC 7519 section 5.3: in the header of an encrypted token claims repeat what is inside.
    for name in CLAIMS.into_iter().filter(|name| !is_encrypted(header) && header.contains_key(*name)) {
        out.add(&HEADER_CLAIM, member("header", name), "a claim");
    }
}

fn is_encrypted(header: &Object) -> bool {
    header.contains_key("enc")
}

fn algorithm(subject: &Subject<'_>, header: &Object, out: &mut Findings) {
    let Some(name) = subject.alg() else {
        let seen = header.get("alg").map_or("absent", kind_of);
        return out.add(&ALG_MISSING, "header.alg", seen);
    };
    let rule = match name {
        "none" => &ALG_NONE,
        "EdDSA" => &ALG_EDDSA,
        _ if PROHIBITED.contains(&name) => &ALG_PROHIBITED,
        _ if is_encrypted(header) || Algorithm::from_name(name).is_some() || REGISTERED.contains(&name) => {
            return;
        }
        // Spelled in another way it is no less meant: the reader should see which danger this is.
        _ if name.trim().eq_ignore_ascii_case("none") => &ALG_NONE,
        _ => &ALG_UNKNOWN,
    };
    out.add(rule, "header.alg", shown(name));
}

fn typ(subject: &Subject<'_>, out: &mut Findings) {
    // For what looks like an access token there is a rule that says which type is missing.
    let is_told = subject.kind() == Kind::LikeAccess;
    let Some(value) = subject.header("typ") else {
        if !is_told {
            out.add(&TYP_MISSING, "header.typ", "absent");
        }
        return;
    };
    let Some(typ) = value.as_str() else {
        return out.add(&TYP_MALFORMED, "header.typ", kind_of(value));
    };
    let is_media_type = !typ.is_empty()
        && typ.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),:;<>=?@[\\]{}".contains(&byte));
    if !is_media_type {
        out.add(&TYP_MALFORMED, "header.typ", shown(typ));
    } else if subject.typ().as_deref() == Some("jwt") && !is_told {
        out.add(&TYP_GENERIC, "header.typ", shown(typ));
    }
    if subject
        .header("cty")
        .and_then(Value::as_str)
        .is_some_and(|cty| cty.eq_ignore_ascii_case("jwt") || cty.eq_ignore_ascii_case("application/jwt"))
        && subject.header("enc").is_none()
    {
        out.add(&CTY_NESTED, "header.cty", "JWT");
    }
}

/// Cross-JWT confusion: claims that belong to another kind than the type.
fn confusion(subject: &Subject<'_>, out: &mut Findings) {
    let has = |name: &str| subject.claim(name).is_some();
    let found = |names: &[&str]| {
        let found: Vec<_> = names.iter().copied().filter(|name| has(name)).collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
    let seen = match subject.kind() {
        Kind::Id => found(&["scope", "scp"]).map(|names| format!("an ID token with {names}")),
        Kind::Logout => found(&["nonce", "scope"]).map(|names| format!("a logout token with {names}")),
        Kind::Proof => found(&["scope", "roles", "client_id"]).map(|names| format!("a proof with {names}")),
        // `nonce` belongs to many protocols, the hashes of other tokens only to an ID token.
        Kind::Other => found(&ID_TOKEN_ONLY[1..])
            .filter(|_| !subject.typ().is_some_and(|typ| typ.contains("id")))
            .map(|names| format!("{} with {names}", shown(&subject.typ().unwrap_or_default()))),
        Kind::Access | Kind::LikeAccess | Kind::Statement => None,
    };
    if let Some(seen) = seen {
        out.add(&TYP_CONFUSED, "header.typ", seen);
    }
}

fn kid(subject: &Subject<'_>, out: &mut Findings) {
    let Some(value) = subject.header("kid") else {
        let is_one_of_many = subject.algorithm().is_some_and(|algorithm| !algorithm.is_symmetric());
        if is_one_of_many && subject.kind() != Kind::Proof {
            out.add(&KID_MISSING, "header.kid", "absent");
        }
        return;
    };
    let Some(kid) = value.as_str().filter(|kid| !kid.is_empty()) else {
        return out.add(&KID_MALFORMED, "header.kid", kind_of(value));
    };
    if shape::is_injection(kid) {
        out.add(&KID_INJECTION, "header.kid", shown(kid));
    } else if kid.chars().count() > 128 {
        out.add(&KID_LONG, "header.kid", characters(kid.chars().count()));
    }
}

fn keys_in_the_header(subject: &Subject<'_>, header: &Object, out: &mut Findings) {
    if let Some(jwk) = header.get("jwk") {
        if ["d", "k", "p", "q", "priv"].iter().any(|name| jwk.get(name).is_some()) {
            out.add(&HEADER_PRIVATE_KEY, "header.jwk", "a key with its secret part");
        } else if subject.kind() != Kind::Proof {
            out.add(&HEADER_JWK, "header.jwk", "a public key");
        }
    }
    for name in ["jku", "x5u"] {
        let Some(url) = header.get(name) else { continue };
        let place = member("header", name);
        match url.as_str().and_then(shape::unsafe_to_fetch) {
            Some(why) => out.add(&HEADER_KEY_URL_UNSAFE, place, why),
            None => {
                out.add(&HEADER_KEY_URL, place, url.as_str().map_or_else(|| kind_of(url).to_owned(), shown));
            }
        }
    }
    if header.contains_key("x5c") && subject.kind() != Kind::Proof {
        out.add(&HEADER_X5C, "header.x5c", "certificates");
    }
    if header.contains_key("x5t") && !header.contains_key("x5t#S256") {
        out.add(&HEADER_X5T, "header.x5t", "a SHA-1 thumbprint");
    }
}

fn extensions(header: &Object, out: &mut Findings) {
    if let Some(value) = header.get("b64") {
        out.add(
            &HEADER_B64,
            "header.b64",
            value.as_bool().map_or(kind_of(value), |on| if on { "true" } else { "false" }),
        );
    }
    if let Some(value) = header.get("zip") {
        out.add(&HEADER_ZIP, "header.zip", value.as_str().map_or_else(|| kind_of(value).to_owned(), shown));
    }
    let Some(crit) = header.get("crit") else { return };
    let names = crit.as_array().map(|list| list.iter().map(Value::as_str).collect::<Vec<_>>());
    let wrong = match names.as_deref() {
        None => Some("no list"),
        Some([]) => Some("an empty list"),
        Some(names) if names.contains(&None) => Some("an entry that is no text"),
        Some(names) => names.iter().flatten().enumerate().find_map(|(at, name)| match name {
            _ if BASE.contains(name) => Some("a name of the base specifications"),
            _ if names[..at].contains(&Some(name)) => Some("a name twice"),
            _ if !header.contains_key(*name) => Some("a name that is not in the header"),
            _ => None,
        }),
    };
    match wrong {
        Some(wrong) => out.add(&CRIT_MALFORMED, "header.crit", wrong),
        None => out.add(
            &CRIT_EXTENSION,
            "header.crit",
            shown(&names.unwrap_or_default().into_iter().flatten().collect::<Vec<_>>().join(", ")),
        ),
    }
}

/// The JSON type in words, for values whose text is of no use.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Registered for signatures and not among those this library offers (IANA, RFC 8812, 9864, 9964).
const REGISTERED: [&str; 11] = [
    "ES256K",
    "Ed448",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "ESP256",
    "ESP384",
    "ESP512",
    "ESB256",
    "ESB384",
    "ESB512",
];
const PROHIBITED: [&str; 4] = ["RS1", "RSA1_5", "HS1", "SHA1"];
const CLAIMS: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];
/// RFC 7515 section 4.1, RFC 7516 section 4.1.
const BASE: [&str; 13] =
    ["alg", "jku", "jwk", "kid", "x5u", "x5c", "x5t", "x5t#S256", "typ", "cty", "crit", "enc", "zip"];
