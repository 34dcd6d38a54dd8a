//! OpenID Connect Core 1.0: what an ID token must have. It has no type of its own, so its claims give it away.

use serde_json::Value;

use super::catalogue::id_token::*;
use super::finding::{Findings, characters};
use super::subject::{Kind, Subject};
use crate::Algorithm;
use crate::error::shown;
use crate::json::path::member;

pub(super) fn check(subject: &Subject<'_>, out: &mut Findings) {
    if subject.kind() != Kind::Id {
        return;
    }
    for name in ["iss", "sub", "aud", "exp", "iat"] {
        if subject.claim(name).is_none_or(Value::is_null) && name != "exp" {
            out.add(&ID_CLAIM_MISSING, member("claims", name), "absent");
        }
    }
    if subject.claim("nonce").is_none() {
        out.add(&ID_NONCE, "claims.nonce", "absent");
    }
    if let Some(iss) = subject.claim("iss").and_then(Value::as_str)
        && !is_provider(iss)
    {
        out.add(&ID_ISS_URL, "claims.iss", shown(iss));
    }
    if let Some(sub) = subject.claim("sub").and_then(Value::as_str)
        && (sub.len() > 255 || !sub.is_ascii())
    {
        out.add(&ID_SUB_LONG, "claims.sub", characters(sub.chars().count()));
    }
    if subject.algorithm().is_some_and(Algorithm::is_symmetric) {
        out.add(&ID_SYMMETRIC, "header.alg", subject.alg().unwrap_or_default());
    }
    parties(subject, out);
}

fn parties(subject: &Subject<'_>, out: &mut Findings) {
    let audiences: Vec<&str> = match subject.claim("aud") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => return,
    };
    match subject.claim("azp").and_then(Value::as_str) {
        Some(azp) if !audiences.contains(&azp) => out.add(&ID_AZP_FOREIGN, "claims.azp", shown(azp)),
        None if audiences.len() > 1 => {
            out.add(&ID_AZP_MISSING, "claims.azp", format!("{} audiences", audiences.len()));
        }
        _ => {}
    }
}

/// https without query and fragment; http only on this machine, where providers are tried out.
fn is_provider(iss: &str) -> bool {
    let is_local =
        ["http://localhost", "http://127.0.0.1", "http://[::1]"].iter().any(|start| iss.starts_with(start));
    (iss.starts_with("https://") || is_local) && !iss.contains(['?', '#'])
}
