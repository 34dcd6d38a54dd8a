//! The verdict with a cache is the verdict without one, whatever is asked in whatever order.

use std::sync::OnceLock;
use std::time::Duration;

use jotgate_jose::jwt::{self, Audience, Cache, Issuer, Policy, Signer, Typ};
use jotgate_jose::{Algorithm, KeySet, SigningKey, jws};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::NOW;

/// Two names, three materials: one name is used twice, as after a rotation that forgot to rename.
fn signing_keys() -> &'static [SigningKey] {
    static KEYS: OnceLock<Vec<SigningKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        [(Algorithm::Hs256, "a"), (Algorithm::Hs256, "a"), (Algorithm::Hs384, "b"), (Algorithm::Ed25519, "e")]
            .into_iter()
            .map(|(algorithm, kid)| SigningKey::generate(algorithm).unwrap().with_kid(kid))
            .collect()
    })
}

/// Good ones by every key, of several types, lives and issuers, and some broken ones.
fn tokens() -> &'static [String] {
    static TOKENS: OnceLock<Vec<String>> = OnceLock::new();
    TOKENS.get_or_init(|| {
        let mut tokens = Vec::new();
        for key in signing_keys() {
            for (typ, claims) in [
                (
                    "at+jwt",
                    json!({"iss": "i", "aud": "api", "sub": "1", "exp": NOW + 60, "iat": NOW, "nonce": "n"}),
                ),
                (
                    "at+jwt",
                    json!({"iss": "j", "aud": ["api", "b"], "sub": "1", "exp": NOW + 120, "nbf": NOW + 30}),
                ),
                ("JWT", json!({"iss": "i", "aud": "api", "exp": NOW + 90})),
                ("at+jwt", json!({"iss": "i", "aud": "api", "exp": "soon"})),
                ("at+jwt", json!({"iss": "i", "aud": "api", "exp": NOW + 90, "sub": 17})),
            ] {
                let token = Signer::new(key.clone(), typ).unwrap().sign(&claims).unwrap();
                let (signed, _) = token.rsplit_once('.').unwrap();
                tokens.push(format!("{signed}.AAAA"));
                tokens.push(token);
            }
            let nested = jws::sign(b"a.b.c", key, &jws::Extras::typ("at+jwt").cty("JWT")).unwrap();
            tokens.push(nested);
        }
        tokens.push("not a token".to_owned());
        tokens
    })
}

#[derive(Debug, Clone)]
struct Question {
    token: usize,
    keys: Vec<usize>,
    policy: [u8; 6],
    now: i64,
}

fn question() -> impl Strategy<Value = Question> {
    let keys = prop::collection::vec(0..signing_keys().len(), 0..3);
    (0..tokens().len(), keys, any::<[u8; 6]>(), -70..130_i64).prop_map(|(token, keys, policy, at)| Question {
        token,
        keys,
        policy,
        now: NOW + at,
    })
}

fn policy(choice: [u8; 6]) -> Policy {
    let issuer = [Issuer::any(), Issuer::exact("i"), Issuer::exact("j")][usize::from(choice[0] % 3)].clone();
    let audience =
        [Audience::any(), Audience::any_of(["api"]), Audience::only("api"), Audience::any_of(["b"])]
            [usize::from(choice[1] % 4)]
        .clone();
    let typ = [Typ::any(), Typ::exact("at+jwt"), Typ::absent_or("JWT")][usize::from(choice[2] % 3)].clone();
    let policy = Policy::new(issuer, audience, typ);
    let policy = match choice[3] % 5 {
        0 => policy.require_exact("nonce", "n"),
        1 => policy.require("sub"),
        2 => policy.algorithms([Algorithm::Hs256]),
        3 => policy.max_len(100),
        _ => policy,
    };
    let policy = if choice[4].is_multiple_of(4) { policy.max_age(Duration::from_secs(30)) } else { policy };
    if choice[5].is_multiple_of(2) { policy.leeway(10).unwrap() } else { policy }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_verdict_is_the_same(questions in prop::collection::vec(question(), 1..80), room in 2_000..40_000_usize) {
        let cache = Cache::<Value>::new(room);
        for Question { token, keys, policy: choice, now } in questions {
            let keys = KeySet::new(keys.into_iter().map(|at| signing_keys()[at].verifying_key()));
            let (token, policy) = (&tokens()[token], policy(choice));
            let plain = jwt::verify::<Value>(token, &keys, &policy, now)
                .map(|verified| (verified.kid().map(str::to_owned), verified.key_thumbprint().to_owned(), verified.into_claims()));
            let cached = cache.verify(token, &keys, &policy, now)
                .map(|verified| (verified.kid().map(str::to_owned), verified.key_thumbprint().to_owned(), verified.into_claims()))
                .map(|(kid, thumbprint, claims)| (kid, thumbprint, Value::clone(&claims)));
            prop_assert_eq!(plain, cached);
        }
    }
}

#[test]
fn a_laxer_look_before_opens_nothing() {
    let key = &signing_keys()[0];
    let keys = KeySet::new([key.verifying_key()]);
    let token = Signer::new(key.clone(), "JWT").unwrap().sign(&json!({"sub": "1", "iss": "i"})).unwrap();
    let lax = Policy::new(Issuer::any(), Audience::any(), Typ::any()).without_exp();
    let cache = Cache::<Value>::new(1 << 20);
    let verdict = |keys: &KeySet, policy: Policy| {
        cache.verify(&token, keys, &policy, NOW).map(drop).map_err(|error| error.reason().code())
    };
    for _ in 0..2 {
        assert_eq!(verdict(&keys, lax.clone()), Ok(()));
        assert_eq!(cache.len(), 1);
        let with = |issuer, audience, typ| Policy::new(issuer, audience, typ).without_exp();
        for (stricter, code) in [
            (with(Issuer::exact("j"), Audience::any(), Typ::any()), "iss.mismatch"),
            (with(Issuer::any(), Audience::any_of(["api"]), Typ::any()), "aud.missing"),
            (with(Issuer::any(), Audience::any(), Typ::exact("at+jwt")), "typ.mismatch"),
            (Policy::new(Issuer::any(), Audience::any(), Typ::any()), "exp.missing"),
            (lax.clone().require("jti"), "claim.missing"),
            (lax.clone().require_exact("sub", "2"), "claim.mismatch"),
            (lax.clone().max_age(Duration::from_secs(1)), "claim.missing"),
            (lax.clone().algorithms([Algorithm::Es256]), "alg.not_allowed"),
            (lax.clone().max_len(10), "malformed.size"),
        ] {
            assert_eq!(verdict(&keys, stricter), Err(code));
        }
        // The key left the set, or another took its name.
        assert_eq!(verdict(&KeySet::default(), lax.clone()), Err("key.unknown_kid"));
        let replaced = KeySet::new([signing_keys()[1].verifying_key()]);
        assert_eq!(verdict(&replaced, lax.clone()), Err("signature.invalid"));
        let both = KeySet::new([signing_keys()[0].verifying_key(), signing_keys()[1].verifying_key()]);
        assert_eq!(verdict(&both, lax.clone()), Err("key.ambiguous"));
        let mixed = KeySet::new([signing_keys()[0].verifying_key(), signing_keys()[3].verifying_key()]);
        assert_eq!(verdict(&mixed, lax.clone()), Err("key.ambiguous"));
    }
}
