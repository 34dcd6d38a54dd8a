//! The verdict of a policy against a model of it: plain code over parsed JSON, one rule after the other.

use std::time::Duration;

use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Typ};
use jotgate_jose::{Algorithm, KeySet};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{NOW, forge, forged_keys, key, keys};

/// What a policy was told, in words the model understands.
#[derive(Debug, Clone)]
struct Rules {
    issuer: Option<&'static str>,
    audience: Option<(bool, Vec<&'static str>)>,
    typ: Option<(bool, &'static str)>,
    wants_exp: bool,
    leeway: u32,
    max_age: Option<u64>,
    wanted: Vec<(&'static str, Option<&'static str>)>,
}

const WORDS: [&str; 5] = ["a", "b", "A", "", "a/"];
const NAMES: [&str; 9] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "x"];

fn rules() -> impl Strategy<Value = Rules> {
    let word = prop::sample::select(&WORDS[..]);
    let typ = prop::sample::select(vec!["JWT", "at+jwt", "application/at+jwt"]);
    let wanted = (prop::sample::select(&NAMES[..]), prop::option::of(word.clone()));
    (
        prop::option::weighted(0.5, word.clone()),
        prop::option::weighted(0.5, (any::<bool>(), prop::collection::vec(word, 1..3))),
        prop::option::weighted(0.5, (any::<bool>(), typ)),
        any::<bool>(),
        0..40_u32,
        prop::option::weighted(0.3, 0..100_u64),
        prop::collection::vec(wanted, 0..2),
    )
        .prop_map(|(issuer, audience, typ, wants_exp, leeway, max_age, wanted)| Rules {
            issuer,
            audience,
            typ,
            wants_exp,
            leeway,
            max_age,
            wanted,
        })
}

fn policy(rules: &Rules) -> Policy {
    let audience = match &rules.audience {
        None => Audience::any(),
        Some((true, names)) => Audience::only(names[0]),
        Some((false, names)) => Audience::any_of(names.iter().copied()),
    };
    let typ = match rules.typ {
        None => Typ::any(),
        Some((true, typ)) => Typ::exact(typ),
        Some((false, typ)) => Typ::absent_or(typ),
    };
    let policy = Policy::new(rules.issuer.map_or_else(Issuer::any, Issuer::exact), audience, typ);
    let policy = policy.leeway(rules.leeway).unwrap();
    let policy = if rules.wants_exp { policy } else { policy.without_exp() };
    let policy =
        rules.max_age.into_iter().fold(policy, |policy, age| policy.max_age(Duration::from_secs(age)));
    rules.wanted.iter().fold(policy, |policy, (name, value)| match value {
        Some(value) => policy.require_exact(*name, *value),
        None => policy.require(*name),
    })
}

/// The reason by the book, in the documented order.
fn verdict(
    rules: &Rules,
    typ: Option<&str>,
    claims: &Map<String, Value>,
    now: i64,
) -> Result<(), &'static str> {
    let short = |typ: &str| {
        let typ = typ.to_ascii_lowercase();
        typ.strip_prefix("application/").map_or(typ.clone(), str::to_owned)
    };
    match (rules.typ, typ) {
        (None, _) | (Some((false, _)), None) => {}
        (Some((_, wanted)), Some(typ)) if short(typ) == short(wanted) => {}
        _ => return Err("typ.mismatch"),
    }
    match (claims.get("iss"), rules.issuer) {
        (None, None) | (Some(Value::String(_)), None) => {}
        (None, Some(_)) => return Err("iss.missing"),
        (Some(Value::String(issuer)), Some(wanted)) if issuer == wanted => {}
        (Some(Value::String(_)), Some(_)) => return Err("iss.mismatch"),
        (Some(_), _) => return Err("iss.malformed"),
    }
    audience(rules, claims.get("aud"))?;
    let (leeway, now) = (f64::from(rules.leeway), now as f64);
    let time = |name: &str, malformed| match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => number.as_f64().filter(|n| n.abs() < 2e11).map(Some).ok_or(malformed),
        Some(_) => Err(malformed),
    };
    let exp = time("exp", "exp.malformed")?;
    match exp {
        None if rules.wants_exp => return Err("exp.missing"),
        Some(exp) if now >= exp + leeway => return Err("exp.expired"),
        _ => {}
    }
    let nbf = time("nbf", "claim.malformed")?;
    if nbf.is_some_and(|nbf| nbf > now + leeway) {
        return Err("nbf.not_yet");
    }
    let iat = time("iat", "claim.malformed")?;
    if iat.is_some_and(|iat| iat > now + leeway) {
        return Err("iat.in_future");
    }
    if let Some(age) = rules.max_age {
        let iat = iat.ok_or("claim.missing")?;
        if iat.floor() < now - leeway - age as f64 {
            return Err("iat.too_old");
        }
    }
    if exp.is_some_and(|exp| [nbf, iat].into_iter().flatten().any(|start| exp < start)) {
        return Err("claim.mismatch");
    }
    for name in ["sub", "jti"] {
        if claims.get(name).is_some_and(|value| value.as_str().is_none_or(str::is_empty)) {
            return Err("claim.malformed");
        }
    }
    rules.wanted.iter().try_for_each(|(name, wanted)| match (claims.get(*name), wanted) {
        (None | Some(Value::Null), _) => Err("claim.missing"),
        (Some(_), None) => Ok(()),
        (Some(Value::String(text)), Some(wanted)) if text == wanted => Ok(()),
        (Some(Value::String(_)), Some(_)) => Err("claim.mismatch"),
        (Some(_), Some(_)) => Err("claim.malformed"),
    })
}

fn audience(rules: &Rules, aud: Option<&Value>) -> Result<(), &'static str> {
    let names: Vec<&str> = match aud {
        None if rules.audience.is_none() => return Ok(()),
        None => return Err("aud.missing"),
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(list)) => {
            list.iter().map(Value::as_str).collect::<Option<_>>().ok_or("aud.malformed")?
        }
        Some(_) => return Err("aud.malformed"),
    };
    let is_met = match &rules.audience {
        None => true,
        Some((true, wanted)) => !wanted[0].is_empty() && names == [wanted[0]],
        Some((false, wanted)) => wanted.iter().any(|name| !name.is_empty() && names.contains(name)),
    };
    if is_met { Ok(()) } else { Err("aud.mismatch") }
}

fn claims() -> impl Strategy<Value = Map<String, Value>> {
    let word = || prop::sample::select(&WORDS[..]).prop_map(Value::from);
    let odd = || {
        prop::sample::select(vec![json!(null), json!(true), json!([]), json!({}), json!(1e300), json!([1])])
    };
    let time = || {
        prop_oneof![
            6 => (-80..80_i64).prop_map(|at| json!(NOW + at)),
            2 => (-80..80_i64).prop_map(|at| json!((NOW + at) as f64 + 0.5)),
            1 => odd(),
            1 => word(),
        ]
    };
    let name = || prop_oneof![9 => word(), 1 => odd(), 1 => time()];
    let list = prop::collection::vec(prop_oneof![9 => word(), 1 => odd()], 0..3).prop_map(Value::from);
    let maybe = |value: BoxedStrategy<Value>| prop::option::weighted(0.7, value);
    (
        maybe(name().boxed()),
        maybe(name().boxed()),
        maybe(prop_oneof![2 => name(), 1 => list].boxed()),
        maybe(time().boxed()),
        prop::option::weighted(0.3, time()),
        prop::option::weighted(0.5, time()),
        prop::option::weighted(0.3, name()),
        prop::option::weighted(0.3, name()),
    )
        .prop_map(|(iss, sub, aud, exp, nbf, iat, jti, nonce)| {
            let members = [iss, sub, aud, exp, nbf, iat, jti, nonce];
            NAMES.iter().zip(members).filter_map(|(name, value)| Some(((*name).to_owned(), value?))).collect()
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_policy_says_what_its_model_says(
        rules in rules(),
        claims in claims(),
        typ in prop::option::of(prop::sample::select(vec!["JWT", "jwt", "at+jwt", "Application/AT+jwt", "x/at+jwt"])),
    ) {
        let mut header = json!({"alg": "HS256", "kid": "h"});
        if let Some(typ) = typ {
            header["typ"] = typ.into();
        }
        let token = forge(header.to_string(), Value::from(claims.clone()).to_string());
        let ours = jwt::verify::<Value>(&token, &forged_keys(), &policy(&rules), NOW);
        let ours = ours.map(drop).map_err(|error| error.reason().code());
        prop_assert_eq!(ours, verdict(&rules, typ, &claims, NOW));
    }
}

/// One token of every algorithm, and each of its bits.
#[test]
fn no_bit_can_be_changed() {
    for &algorithm in Algorithm::ALL {
        let signer = jwt::Signer::new(key(algorithm).clone(), "at+jwt").unwrap();
        let token = signer.sign(&crate::support::claims()).unwrap();
        let keys: KeySet = keys(algorithm);
        // Slow signatures are probed at every seventh bit, which meets every place of a byte.
        let step = if algorithm.is_symmetric() { 1 } else { 7 };
        for bit in (0..token.len() * 8).step_by(step) {
            let mut bytes = token.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let verdict = crate::support::verify(&changed, &keys);
            assert!(verdict.is_err(), "{algorithm}: bit {bit} of {}", token.len());
        }
    }
}
