//! What a refusal costs, and what choosing a key costs: an attacker sends these for nothing.

use std::hint::black_box;

use jotgate_bench_common::{Algorithm, Cases, Claims, KID, Keys, damaged, now};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{KeySet, Reason, SigningKey, jwt};

use super::{known, policy, signer, verifying};

const HS256: Algorithm = Algorithm::ALL[0];
const RS256: Algorithm = Algorithm::ALL[3];

pub(super) fn add(cases: &mut Cases, keys: &Keys) {
    for algorithm in [HS256, RS256] {
        let forged = damaged(&keys.token(algorithm));
        refused(
            cases,
            format!("forged/{}", algorithm.name),
            algorithm,
            keys,
            (forged, Reason::SignatureInvalid),
        );
    }
    for (name, token, reason) in malformed(keys) {
        refused(cases, format!("refused/{name}"), HS256, keys, (token, reason));
    }
    foreign_header(cases, keys);
    for count in [1, 100] {
        among(cases, count, keys);
    }
}

fn refused(
    cases: &mut Cases,
    name: String,
    algorithm: Algorithm,
    keys: &Keys,
    (token, reason): (String, Reason),
) {
    let (set, policy) = (KeySet::new([verifying(algorithm, keys)]), policy());
    cases.add(name, move || {
        let error = jwt::verify::<Claims>(black_box(&token), &set, &policy, now()).expect_err("a bad token");
        assert_eq!(error.reason(), reason);
    });
}

fn malformed(keys: &Keys) -> Vec<(&'static str, String, Reason)> {
    let good = keys.token(HS256);
    let (header, rest) = good.split_once('.').expect("a token has dots");
    let (payload, signature) = rest.split_once('.').expect("a token has dots");
    let headed = |header: &str| format!("{}.{rest}", base64url::encode(header.as_bytes()));
    vec![
        ("one-mebibyte", "A".repeat(1 << 20), Reason::MalformedSize),
        ("one-mebibyte-of-dots", ".".repeat(1 << 20), Reason::MalformedSize),
        ("no-dots", "A".repeat(good.len()), Reason::MalformedParts),
        ("not-base64", format!("{header}.{payload}.{}*", &signature[1..]), Reason::MalformedBase64),
        ("header-not-json", headed(r#"{"alg":"HS256""#), Reason::MalformedJson),
        ("header-twice", headed(r#"{"alg":"HS256","alg":"HS256"}"#), Reason::MalformedDuplicateMember),
        ("alg-none", headed(r#"{"alg":"none"}"#), Reason::AlgNone),
        ("alg-of-another-key", headed(r#"{"alg":"RS256","kid":"2026-11"}"#), Reason::AlgKeyMismatch),
        ("unknown-kid", headed(r#"{"alg":"HS256","kid":"another"}"#), Reason::KeyUnknownKid),
    ]
}

/// A good token whose header was not written by this library, so that it has to be parsed.
fn foreign_header(cases: &mut Cases, keys: &Keys) {
    let header = format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{KID}"}}"#);
    let payload = keys.token(HS256).split('.').nth(1).expect("a token has dots").to_owned();
    let signed = format!("{}.{payload}", base64url::encode(header.as_bytes()));
    let tag = jotgate_jose::primitive::HmacKey::new(&keys.secret()).sign(&[signed.as_bytes()]);
    let token = format!("{signed}.{}", base64url::encode(&tag));
    let (set, policy) = (KeySet::new([verifying(HS256, keys)]), policy());
    cases.add("foreign-header/HS256", move || {
        let verified = jwt::verify::<Claims>(black_box(&token), &set, &policy, now());
        black_box(verified.expect("a good token"));
    });
}

/// The named key is the last of so many.
fn among(cases: &mut Cases, count: usize, keys: &Keys) {
    let others = (1..count).map(|n| {
        let key = SigningKey::generate(known(HS256)).expect("keys can be made");
        key.with_kid(format!("key-{n}")).verifying_key()
    });
    let set = KeySet::new(others.chain([signer(HS256, keys).verifying_key()]));
    let (token, policy) = (keys.token(HS256), policy());
    cases.add(format!("among/{count}"), move || {
        let verified = jwt::verify::<Claims>(black_box(&token), &set, &policy, now());
        black_box(verified.expect("a good token"));
    });
}
