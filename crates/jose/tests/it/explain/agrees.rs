//! The first failed check of a report has the reason the verifier gives, whatever is wrong with the token.

use jotgate_jose::explain::{Question, explain};
use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
use jotgate_jose::{Algorithm, KeySet, Reason, jwt};
use proptest::prelude::*;
use serde_json::Value;
use std::time::Duration;

use crate::support::{ISSUER, NOW, forge, forged_keys, key, keys};

fn header() -> impl Strategy<Value = String> {
    let member = prop_oneof![
        Just(r#""alg":"HS256""#),
        Just(r#""alg":"HS256""#),
        Just(r#""alg":"HS256""#),
        Just(r#""alg":"ES256""#),
        Just(r#""alg":"none""#),
        Just(r#""alg":"hs256""#),
        Just(r#""alg":7"#),
        Just(r#""kid":"h""#),
        Just(r#""kid":"other""#),
        Just(r#""kid":7"#),
        Just(r#""kid":"""#),
        Just(r#""typ":"at+jwt""#),
        Just(r#""typ":"JWT""#),
        Just(r#""typ":null"#),
        Just(r#""cty":1"#),
        Just(r#""crit":[]"#),
        Just(r#""crit":["exp"]"#),
        Just(r#""b64":false"#),
        Just(r#""jku":"https://evil.example""#),
    ];
    prop_oneof![
        3 => prop::collection::vec(member, 1..5).prop_map(|members| format!("{{{}}}", members.join(","))),
        1 => Just(String::from("{\"alg\":\"HS256\"")),
        4 => Just(String::from(r#"{"alg":"HS256","typ":"at+jwt","kid":"h"}"#)),
    ]
}

fn payload() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec!["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "nonce"]);
    let value = prop::sample::select(vec![
        "\"https://id.example\"",
        "\"https://id.example/\"",
        "\"api\"",
        "[\"api\",\"b\"]",
        "[7]",
        "[]",
        "1800000600",
        "1799999000",
        "1800000000",
        "1900000000",
        "1.8e9",
        "1e300",
        "\"1800000600\"",
        "null",
        "\"\"",
        "{}",
    ]);
    let changed = prop::collection::vec((name, value), 0..4).prop_map(|changes| {
        let mut members = vec![
            ("iss", "\"https://id.example\""),
            ("aud", "\"api\""),
            ("exp", "1800000600"),
            ("sub", "\"17\""),
        ];
        for (name, value) in changes {
            members.retain(|(known, _)| *known != name);
            if value != "{}" {
                members.push((name, value));
            }
        }
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    prop_oneof![
        8 => changed,
        1 => prop::sample::select(vec!["[]", "\"x\"", "", "{", "{\"a\":1,\"a\":2}"]).prop_map(str::to_owned),
    ]
}

/// What happens to a token on its way; mostly nothing.
fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        8 => Just(Damage::None),
        1 => (0..3_usize).prop_map(Damage::Empty),
        1 => (0..400_usize, prop::sample::select(vec!['A', 'z', '.', '*'])).prop_map(|(at, to)| Damage::Put(at, to)),
        1 => (0..400_usize).prop_map(Damage::Cut),
    ]
}

#[derive(Debug, Clone)]
enum Damage {
    None,
    Empty(usize),
    Put(usize, char),
    Cut(usize),
}

impl Damage {
    fn to(&self, token: &str) -> String {
        match *self {
            Self::None => token.to_owned(),
            Self::Empty(which) => {
                let parts = token.split('.').enumerate();
                parts.map(|(at, part)| if at == which { "" } else { part }).collect::<Vec<_>>().join(".")
            }
            Self::Put(at, to) => {
                let mut characters: Vec<_> = token.chars().collect();
                let at = at % characters.len();
                characters[at] = to;
                characters.into_iter().collect()
            }
            Self::Cut(at) => token[..at % token.len()].to_owned(),
        }
    }
}

fn policy() -> impl Strategy<Value = Policy> {
    let issuer = prop_oneof![Just(Issuer::any()), Just(Issuer::exact(ISSUER))];
    let audience = prop_oneof![
        Just(Audience::any()),
        Just(Audience::any_of(["api"])),
        Just(Audience::any_of(["api", "c"])),
        Just(Audience::only("api")),
    ];
    let typ = prop_oneof![Just(Typ::any()), Just(Typ::exact("at+jwt")), Just(Typ::absent_or("JWT"))];
    (issuer, audience, typ, 0..2_u32, 0..5_u8).prop_map(|(issuer, audience, typ, leeway, more)| {
        let policy = Policy::new(issuer, audience, typ).leeway(leeway * 60).unwrap();
        match more {
            1 => policy.without_exp(),
            2 => policy.max_age(Duration::from_secs(100)),
            3 => policy.require("sub").require_exact("nonce", "n"),
            4 => policy.algorithms([Algorithm::Es256]).max_len(200),
            _ => policy,
        }
    })
}

fn key_set() -> impl Strategy<Value = KeySet> {
    prop_oneof![
        5 => Just(forged_keys()),
        1 => Just(keys(Algorithm::Hs256)),
        1 => Just(keys(Algorithm::Es256)),
        1 => Just(KeySet::default()),
        1 => Just(KeySet::new([key(Algorithm::Hs256).verifying_key(), key(Algorithm::Es256).verifying_key()])),
    ]
}

fn agrees(token: &str, keys: &KeySet, policy: &Policy) {
    let verdict = jwt::verify::<Value>(token, keys, policy, NOW).err().map(|error| error.reason());
    let report = explain(&Question::new(token, NOW).keys(keys).policy(policy));
    // What was repaired is another token.
    if report.token() == token {
        assert_eq!(report.first_failed().and_then(|check| check.reason), verdict, "{report:?} {token}");
    } else {
        assert!(verdict.is_some(), "a token that verifies was repaired: {token}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_first_failed_check_has_the_verifiers_reason(
        header in header(),
        payload in payload(),
        damage in damage(),
        policy in policy(),
        keys in key_set(),
    ) {
        agrees(&damage.to(&forge(header, payload)), &keys, &policy);
    }

    #[test]
    fn so_it_has_for_any_text(text in "[ -~\n]{0,80}", policy in policy()) {
        agrees(&text, &forged_keys(), &policy);
    }
}

#[test]
fn a_good_token_passes_every_check() {
    let policy = crate::support::policy();
    let token = forge(crate::support::HEADER, crate::support::claims().to_string());
    let report = explain(&Question::new(&token, NOW).keys(&forged_keys()).policy(&policy));
    assert_eq!(report.first_failed().map(|check| check.step), None);
    let reasons: Vec<Reason> = report.checks.iter().filter_map(|check| check.reason).collect();
    assert_eq!(reasons, []);
}
