//! What must not stand in a payload: secrets and data about people, told by the name of a claim or by the form of its
//! value (RFC 7519 section 12). No value is ever repeated.

use serde_json::Value;

use super::catalogue::payload::personal::*;
use super::catalogue::payload::secrets::*;
use super::finding::{Findings, characters};
use super::header::kind_of;
use super::names::{Topic, topic};
use super::rule::Rule;
use super::scan::{self, Kind as Found};
use super::shape;
use super::subject::{Kind, Subject};
use crate::json::path::{element, member};

pub(super) fn check(subject: &Subject<'_>, out: &mut Findings) {
    let Some(claims) = &subject.claims else { return };
    let is_id_token = subject.kind() == Kind::Id;
    for (name, value) in claims.iter().filter(|(name, _)| !CARRIES_TOKENS.contains(&name.as_str())) {
        // An ID token is made to tell a client who logged in; the claims for that are registered.
        let is_meant = is_id_token && PROFILE.contains(&name.as_str());
        walk(name, value, &member("claims", name), is_meant, out);
    }
}

fn walk(name: &str, value: &Value, place: &str, is_meant: bool, out: &mut Findings) {
    let named = topic(name).filter(|_| says_something(value)).map(|topic| rule_of(topic, value));
    let formed = value.as_str().and_then(|text| by_form(text, name));
    // The form says more than the name: an e-mail address under `name` is an e-mail address.
    match (formed, named.flatten()) {
        (Some((rule, seen)), _) if !(is_meant && is_personal(rule)) => out.add(rule, place, seen),
        (None, Some(rule)) if !(is_meant && is_personal(rule)) => out.add(rule, place, described(value)),
        _ => {}
    }
    match value {
        Value::Array(list) => {
            for (at, value) in list.iter().enumerate().filter(|(_, value)| !value.is_null()) {
                walk("", value, &element(place, at), is_meant, out);
            }
        }
        Value::Object(object) if is_private_jwk(value) => {
            out.add(&SECRET_PRIVATE_KEY, place, format!("a JSON Web Key with {} members", object.len()));
        }
        Value::Object(object) => {
            for (name, value) in object {
                walk(name, value, &member(place, name), is_meant, out);
            }
        }
        _ => {}
    }
}

fn rule_of(topic: Topic, value: &Value) -> Option<&'static Rule> {
    let is_text = value.is_string();
    let is_leaf = !value.is_object();
    Some(match topic {
        Topic::Password if is_text => &SECRET_PASSWORD,
        Topic::PasswordHash if is_text => &SECRET_HASH,
        // A PIN is a number, recovery codes are a list.
        Topic::Secret if is_leaf => &SECRET_NAMED,
        Topic::Token if is_text => &SECRET_TOKEN,
        Topic::Email if is_leaf => &PERSONAL_EMAIL,
        Topic::Phone if is_leaf => &PERSONAL_PHONE,
        Topic::Profile if is_text => &PERSONAL_PROFILE,
        Topic::Birthdate if is_leaf => &PERSONAL_BIRTHDATE,
        Topic::Address => &PERSONAL_ADDRESS,
        Topic::NationalId if is_leaf => &PERSONAL_NATIONAL_ID,
        Topic::Card if is_leaf => &PERSONAL_CARD,
        Topic::Iban if is_leaf => &PERSONAL_IBAN,
        Topic::Ip if is_leaf => &PERSONAL_IP,
        Topic::Location => &PERSONAL_LOCATION,
        Topic::Special => &PERSONAL_SPECIAL,
        _ => return None,
    })
}

fn by_form(text: &str, name: &str) -> Option<(&'static Rule, String)> {
    if let Some(scheme) = shape::password_hash(text) {
        return Some((&SECRET_HASH, scheme.to_owned()));
    }
    if let Some(hit) = scan::first(text.as_bytes()) {
        let rule = match hit.kind {
            Found::ApiKey => &SECRET_API_KEY,
            Found::PrivateKey => &SECRET_PRIVATE_KEY,
            Found::Token => &SECRET_TOKEN,
            Found::Connection => &SECRET_CONNECTION,
            _ => return None,
        };
        return Some((rule, hit.what.into_owned()));
    }
    // Digits alone are an id more often than a card.
    let is_id = text.bytes().all(|byte| byte.is_ascii_digit()) && ["sub", "jti", "sid", "id"].contains(&name);
    let personal: Option<(&'static Rule, &str)> = match text {
        _ if shape::is_email(text) => Some((&PERSONAL_EMAIL, "an e-mail address")),
        _ if shape::is_phone(text) => Some((&PERSONAL_PHONE, "a phone number")),
        _ if shape::is_iban(text) => Some((&PERSONAL_IBAN, "an IBAN with good check digits")),
        _ if !is_id && shape::is_card(text) => {
            Some((&PERSONAL_CARD, "a card number with a good check digit"))
        }
        _ if shape::is_ssn(text) => Some((&PERSONAL_NATIONAL_ID, "the form of a US social security number")),
        _ if shape::is_cpf(text) => Some((&PERSONAL_NATIONAL_ID, "a Brazilian CPF with good check digits")),
        _ if shape::is_ip(text) => Some((&PERSONAL_IP, "an IP address")),
        _ => None,
    };
    personal.map(|(rule, seen)| (rule, seen.to_owned()))
}

/// `null`, `false`, `""` and an empty list give nothing away; `true` only says that there is one.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Number(_) => true,
    }
}

fn described(value: &Value) -> String {
    match value.as_str() {
        Some(text) => format!("a text of {}", characters(text.chars().count())),
        None => kind_of(value).to_owned(),
    }
}

fn is_private_jwk(value: &Value) -> bool {
    value.get("kty").is_some_and(Value::is_string)
        && ["d", "k", "priv"].iter().any(|name| value.get(name).is_some_and(Value::is_string))
}

fn is_personal(rule: &Rule) -> bool {
    rule.family == super::Family::Personal
}

/// OpenID Connect Core 1.0 section 5.1.
const PROFILE: [&str; 13] = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "picture",
    "gender",
    "birthdate",
    "email",
    "phone_number",
    "address",
    "profile",
];

/// Claims whose registered meaning is to hold tokens of others.
const CARRIES_TOKENS: [&str; 8] = [
    "_claim_sources",
    "vp",
    "vc",
    "verified_claims",
    "evidence",
    "trust_marks",
    "software_statement",
    "attestation",
];
