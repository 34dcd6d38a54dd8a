//! What a verification costs in memory: nothing, where claims borrow.
//!
//! Counted on this thread, after one warm-up that lets the crypto library set itself up.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

use std::borrow::Cow;

use jotgate_jose::jwt::{Audience, Cache, Issuer, Issuers, Policy, Scratch, Signer, Typ, Verified};
use jotgate_jose::{Algorithm, KeySet, SigningKey, jws, jwt};
use serde_json::json;

const NOW: i64 = 1_800_000_000;

#[derive(serde::Deserialize)]
struct Borrowed<'a> {
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    scope: Cow<'a, str>,
    exp: i64,
}

#[derive(serde::Deserialize)]
struct Owned {
    sub: String,
    scope: String,
    exp: i64,
}

/// A token with a header the key set knows beforehand, or with one it has to parse.
fn token(key: &SigningKey, typ: &str) -> String {
    let claims = json!({
        "iss": "https://id.example", "aud": ["api", "other"], "sub": "01993f1c-9c4e-7c33-a5ad-5a3f7b0f8c11",
        "exp": NOW + 600, "nbf": NOW, "iat": NOW, "jti": "7f3c", "scope": "read write", "roles": ["admin", "editor"],
        "cnf": {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}, "epoch": 3,
    });
    Signer::new(key.clone(), typ).unwrap().sign(&claims).unwrap()
}

fn policy(typ: &str) -> Policy {
    Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact(typ))
        .algorithms(Algorithm::ALL.iter().copied())
}

fn allocations(mut work: impl FnMut()) -> u64 {
    work();
    allocation_counter::measure(work).count_total
}

#[test]
fn verify_in_allocates_nothing() {
    for &algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap().with_kid("2026-11");
        let keys = KeySet::new([key.verifying_key()]);
        for typ in ["at+jwt", "secevent+jwt"] {
            let token = token(&key, typ);
            let strict = ["sub", "iat", "jti", "epoch", "scope"]
                .iter()
                .fold(policy(typ), |policy, name| policy.require(*name));
            for policy in [policy(typ), strict.require_exact("jti", "7f3c")] {
                let mut scratch = Scratch::new();
                let count = allocations(|| {
                    let verified: Verified<Borrowed<'_>> =
                        jwt::verify_in(&token, &mut scratch, &keys, &policy, NOW).unwrap();
                    assert_eq!(verified.claims().sub.len(), 36);
                    assert!(matches!(verified.claims().scope, Cow::Borrowed("read write")));
                    assert_eq!(verified.claims().exp, NOW + 600);
                    assert_eq!(verified.kid(), Some("2026-11"));
                });
                assert_eq!(count, 0, "{algorithm} {typ}");
            }
        }
    }
}

#[test]
fn several_issuers_and_a_hundred_keys_allocate_nothing() {
    let signing: Vec<_> = (0..100)
        .map(|n| SigningKey::generate(Algorithm::Hs256).unwrap().with_kid(format!("key-{n}")))
        .collect();
    let keys = KeySet::new(signing.iter().map(SigningKey::verifying_key));
    let issuers = Issuers::new().trust(keys, policy("at+jwt")).unwrap();
    let token = token(&signing[57], "at+jwt");
    let mut scratch = Scratch::new();
    let count = allocations(|| {
        let verified: Verified<Borrowed<'_>> = issuers.verify_in(&token, &mut scratch, NOW).unwrap();
        assert_eq!(verified.kid(), Some("key-57"));
    });
    assert_eq!(count, 0);
}

#[test]
fn a_token_seen_before_allocates_nothing() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("2026-11");
    let keys = KeySet::new([key.verifying_key()]);
    let (token, policy) = (token(&key, "at+jwt"), policy("at+jwt"));
    let cache = Cache::<Owned>::new(1 << 20);
    let count = allocations(|| {
        let verified = cache.verify(&token, &keys, &policy, NOW).unwrap();
        assert_eq!(verified.claims().scope, "read write");
    });
    assert_eq!(count, 0);
}

#[test]
fn verify_allocates_what_the_claims_need() {
    let key = SigningKey::generate(Algorithm::Hs256).unwrap().with_kid("2026-11");
    let keys = KeySet::new([key.verifying_key()]);
    let (token, policy) = (token(&key, "at+jwt"), policy("at+jwt"));
    let count = allocations(|| {
        let verified: Verified<Owned> = jwt::verify(&token, &keys, &policy, NOW).unwrap();
        let Owned { sub, scope, exp } = verified.claims();
        assert_eq!((sub.len(), scope.as_str(), *exp), (36, "read write", NOW + 600));
    });
    assert_eq!(count, 2);
}

#[test]
fn oversized_tokens_cost_only_the_error() {
    let keys = KeySet::new([SigningKey::generate(Algorithm::Hs256).unwrap().verifying_key()]);
    let policy = policy("at+jwt");
    let huge = "a".repeat(10 << 20);
    let measured = allocation_counter::measure(|| {
        assert!(jwt::verify::<Owned>(&huge, &keys, &policy, NOW).is_err());
    });
    assert!(measured.bytes_total < 1024, "{measured:?}");
}

#[test]
fn an_oversized_jws_costs_only_the_error_in_any_form() {
    let keys = KeySet::new([SigningKey::generate(Algorithm::Hs256).unwrap().verifying_key()]);
    let huge = format!("{{\"payload\":\"{}\"}}", "a".repeat(10 << 20));
    let measured = allocation_counter::measure(|| {
        assert!(jws::verify(&huge, &keys).is_err());
        assert!(jws::verify_json(&huge, &keys).is_err());
        assert!(jws::verify_json_detached(&huge, b"", &keys).is_err());
        assert!(jws::verify_detached(&huge, b"", &keys).is_err());
        assert!(jws::Unverified::parse(&huge).is_err());
    });
    assert!(measured.bytes_total < 4096, "{measured:?}");
    // Within the size, but with more signatures than anybody makes: none of them is kept.
    let many = format!("{{\"payload\":\"\",\"signatures\":[{}{{}}]}}", "{},".repeat(10_000));
    let measured = allocation_counter::measure(|| assert!(jws::verify_json(&many, &keys).is_err()));
    assert!(measured.bytes_total < 4096, "{measured:?}");
}

#[test]
fn signing_into_a_buffer_allocates_only_the_json() {
    let key = SigningKey::generate(Algorithm::Hs256).unwrap().with_kid("2026-11");
    let signer = Signer::new(key, "at+jwt").unwrap();
    let claims = [("sub", "17"), ("scope", "read")].into_iter().collect::<std::collections::BTreeMap<_, _>>();
    let mut out = String::with_capacity(512);
    let count = allocations(|| signer.sign_into(&mut out, &claims).unwrap());
    assert_eq!(count, 1);
}
