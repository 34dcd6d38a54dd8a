//! RFC 9068: what an access token must have, for tokens that say they are one and for those that look like one.

use serde_json::Value;

use super::catalogue::access_token::*;
use super::finding::Findings;
use super::header::kind_of;
use super::subject::{ID_TOKEN_ONLY, Kind, Subject};
use crate::Algorithm;
use crate::error::shown;

pub(super) fn check(subject: &Subject<'_>, out: &mut Findings) {
    match subject.kind() {
        Kind::Access => {}
        Kind::LikeAccess => {
            let typ = subject.header("typ").and_then(Value::as_str);
            return out.add(&ACCESS_TYP, "header.typ", typ.map_or_else(|| "absent".to_owned(), shown));
        }
        _ => return,
    }
    let required = [
        ("iss", &ACCESS_ISS),
        ("exp", &ACCESS_EXP),
        ("aud", &ACCESS_AUD),
        ("sub", &ACCESS_SUB),
        ("client_id", &ACCESS_CLIENT_ID),
        ("iat", &ACCESS_IAT),
        ("jti", &ACCESS_JTI),
    ];
    for (name, rule) in required {
        if subject.claim(name).is_none_or(Value::is_null) {
            out.add(rule, format!("claims.{name}"), "absent");
        }
    }
    match (subject.claim("scope"), subject.claim("scp")) {
        (Some(Value::String(_)), _) | (None, None) => {}
        (Some(other), _) => out.add(&ACCESS_SCOPE, "claims.scope", kind_of(other)),
        (None, Some(scp)) => out.add(&ACCESS_SCOPE, "claims.scp", kind_of(scp)),
    }
    if subject.algorithm().is_some_and(Algorithm::is_symmetric) {
        out.add(&ACCESS_SYMMETRIC, "header.alg", subject.alg().unwrap_or_default());
    }
    let foreign: Vec<_> = ID_TOKEN_ONLY.into_iter().filter(|name| subject.claim(name).is_some()).collect();
    if !foreign.is_empty() {
        out.add(&ACCESS_ID_CLAIMS, "claims", foreign.join(", "));
    }
}
