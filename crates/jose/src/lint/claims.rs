//! The claims of every token: who issued it, for whom, and whether the names mean one thing (RFC 7519 section 4,
//! RFC 8725 sections 3.8 and 3.9).

use serde_json::Value;

use super::catalogue::claims::*;
use super::catalogue::form::size::LIST_LONG;
use super::finding::Findings;
use super::header::kind_of;
use super::names::{SAME, near_miss, plain};
use super::shape;
use super::subject::{Kind, Object, Subject};
use crate::claims::may_collide;
use crate::error::shown;
use crate::json::path::{element, member};

pub(super) fn check(subject: &Subject<'_>, agreed: &[&str], out: &mut Findings) {
    let Some(claims) = &subject.claims else { return };
    parties(subject, out);
    audience(subject, out);
    scope(subject, out);
    lists(claims, out);
    names(claims, agreed, out);
    for (name, value) in claims {
        values(value, &member("claims", name), out);
    }
}

fn parties(subject: &Subject<'_>, out: &mut Findings) {
    // The profiles have rules of their own for what they require.
    let is_required = |name: &str| match subject.kind() {
        Kind::Access | Kind::Id => true,
        // A proof speaks for a key; a logout token may name a session instead of a user.
        Kind::Proof | Kind::Statement => true,
        Kind::Logout => name == "sub",
        Kind::LikeAccess | Kind::Other => false,
    };
    let missing = [("iss", &ISS_MISSING), ("aud", &AUD_MISSING), ("sub", &SUB_MISSING)];
    for (name, rule) in missing {
        if subject.claim(name).is_none() && !is_required(name) {
            out.add(rule, member("claims", name), "absent");
        }
    }
    for (name, rule) in [("iss", &ISS_MALFORMED), ("sub", &SUB_MALFORMED), ("jti", &JTI_MALFORMED)] {
        if let Some(value) = subject.claim(name)
            && value.as_str().is_none_or(str::is_empty)
        {
            out.add(rule, member("claims", name), kind_of(value));
        }
    }
}

fn audience(subject: &Subject<'_>, out: &mut Findings) {
    let Some(aud) = subject.claim("aud") else { return };
    let names: Option<Vec<&str>> = match aud {
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        one => one.as_str().map(|one| vec![one]),
    };
    let Some(names) = names.filter(|names| !names.is_empty() && !names.contains(&"")) else {
        return out.add(&AUD_MALFORMED, "claims.aud", kind_of(aud));
    };
    if let Some(wild) = names.iter().find(|name| {
        name.contains('*')
            || ["any", "all", "everyone", "public"].contains(&name.to_ascii_lowercase().as_str())
    }) {
        out.add(&AUD_WILDCARD, "claims.aud", shown(wild));
    }
    if names.len() > 1 {
        out.add(&AUD_MANY, "claims.aud", format!("{} audiences", names.len()));
    }
}

fn scope(subject: &Subject<'_>, out: &mut Findings) {
    let Some(scope) = subject.claim("scope") else { return };
    match scope.as_str() {
        None if subject.kind() == Kind::Access => {}
        None => out.add(&SCOPE_ARRAY, "claims.scope", kind_of(scope)),
        // RFC 6749 section 3.3: %x21 / %x23-5B / %x5D-7E, one space between. An empty one grants nothing.
        Some(text) => {
            let is_word = |word: &str| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
            };
            let is_list = text.contains(',') && !text.contains(' ') && !text.contains(':');
            if !text.is_empty() && (is_list || !text.split(' ').all(is_word)) {
                out.add(&SCOPE_MALFORMED, "claims.scope", shown(text));
            }
        }
    }
}

fn lists(claims: &Object, out: &mut Findings) {
    for name in ["roles", "groups", "entitlements", "permissions", "authorities"] {
        if claims.get(name).is_some_and(Value::is_string) {
            out.add(&ROLES_STRING, member("claims", name), "a text");
        }
    }
    if let Some(amr) = claims.get("amr")
        && !amr.as_array().is_some_and(|list| list.iter().all(Value::is_string))
    {
        out.add(&AMR_TYPE, "claims.amr", kind_of(amr));
    }
}

fn names(claims: &Object, agreed: &[&str], out: &mut Findings) {
    let mut bare = Vec::new();
    for name in claims.keys() {
        if let Some(meant) = near_miss(name) {
            out.add(&CLAIM_NEAR_MISS, member("claims", name), format!("where {meant} is meant"));
        }
        if name.chars().any(shape::is_deceptive) || !name.is_ascii() {
            out.add(&CLAIM_HOMOGRAPH, member("claims", name), "letters beyond ASCII");
        } else if may_collide(name) && !agreed.contains(&name.as_str()) {
            bare.push(shown(name));
        }
    }
    if !bare.is_empty() {
        out.add(&CLAIM_UNREGISTERED, "claims", bare.join(", "));
    }
    for (meaning, same) in SAME {
        let found: Vec<&String> = claims.keys().filter(|name| same.contains(&plain(name).as_str())).collect();
        if let [_, second, ..] = found[..] {
            let names: Vec<_> = found.iter().map(|name| shown(name)).collect();
            out.add(&CLAIM_TWICE, member("claims", second), format!("{} for {meaning}", names.join(" and ")));
        }
    }
}

/// What may be wrong with a value at any depth.
fn values(value: &Value, place: &str, out: &mut Findings) {
    match value {
        Value::Null => out.add(&CLAIM_NULL, place, "null"),
        Value::String(text) if text.chars().any(shape::is_deceptive) => {
            out.add(&CLAIM_CONTROL, place, "characters that do not print");
        }
        Value::Number(number) => {
            let size = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
            if size.is_some_and(|size| size > LAST_SAFE) {
                out.add(&NUMBER_UNSAFE, place, number.to_string());
            }
        }
        Value::Array(list) => {
            if list.len() > 20 {
                out.add(&LIST_LONG, place, format!("{} entries", list.len()));
            }
            list.iter().enumerate().for_each(|(at, value)| values(value, &element(place, at), out));
        }
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| values(value, &member(place, name), out));
        }
        Value::String(_) | Value::Bool(_) => {}
    }
}

/// 2^53.
const LAST_SAFE: u64 = 9_007_199_254_740_992;
