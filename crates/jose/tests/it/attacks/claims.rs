//! Rows 40 to 56, 89 to 93 and 108: what the claims say.

use std::time::Duration;

use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
use jotgate_jose::{Reason, jwt};
use serde_json::{Value, json};

use crate::support::{
    HEADER, ISSUER, NOW, claims, forge, forged_keys, policy, verdict, verdict_raw, verdict_with,
};

fn at(token: &str, policy: &Policy, now: i64) -> Result<(), Reason> {
    jwt::verify::<Value>(token, &forged_keys(), policy, now).map(drop).map_err(|error| error.reason())
}

/// The changed claims under another policy and clock.
fn judged(changes: Value, policy: &Policy, now: i64) -> Result<(), Reason> {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    at(&forge(HEADER, claims.to_string()), policy, now)
}

#[test]
fn row_40_exp_of_another_type() {
    for exp in [json!("1900000000"), json!(true), json!(null), json!([]), json!({}), json!([1_900_000_000])] {
        assert_eq!(verdict_with(json!({ "exp": exp })), Err(Reason::ExpMalformed), "{exp}");
    }
    for name in ["nbf", "iat"] {
        for value in [json!("1700000000"), json!(true), json!(null), json!([])] {
            assert_eq!(verdict_with(json!({ name: value })), Err(Reason::ClaimMalformed), "{name} {value}");
        }
    }
}

#[test]
fn row_41_exp_with_exponent_or_fraction() {
    let young = |exp: &str, now: i64| {
        at(&forge(HEADER, format!(r#"{{"iss":"{ISSUER}","aud":"api","exp":{exp}}}"#)), &policy(), now)
    };
    assert_eq!(young("1.5e9", 1_499_999_999), Ok(()));
    assert_eq!(young("1.5e9", 1_500_000_000), Err(Reason::ExpExpired));
    assert_eq!(young("15e8", 1_499_999_999), Ok(()));
    assert_eq!(young("1700000000.5", 1_700_000_000), Ok(()));
    assert_eq!(young("1700000000.5", 1_700_000_001), Err(Reason::ExpExpired));
}

#[test]
fn row_42_exp_long_ago() {
    for exp in ["-1", "0", "-0", "-0.5", "-1e9"] {
        assert_eq!(verdict_raw("exp", exp), Err(Reason::ExpExpired), "{exp}");
    }
}

#[test]
fn row_43_exp_out_of_range() {
    for exp in [
        "1e300",
        "1e400",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551616",
        "1e-400",
        "-1e300",
    ] {
        assert_eq!(verdict_raw("exp", exp), Err(Reason::ExpMalformed), "{exp}");
        assert_eq!(verdict_raw("nbf", exp), Err(Reason::ClaimMalformed), "{exp}");
        assert_eq!(verdict_raw("iat", exp), Err(Reason::ClaimMalformed), "{exp}");
    }
}

#[test]
fn row_44_exp_absent() {
    let eternal = forge(HEADER, json!({"iss": ISSUER, "aud": "api"}).to_string());
    assert_eq!(at(&eternal, &policy(), NOW), Err(Reason::ExpMissing));
    assert_eq!(at(&eternal, &policy().without_exp(), NOW), Ok(()));
    // Waived is not ignored.
    assert_eq!(judged(json!({"exp": NOW}), &policy().without_exp(), NOW), Err(Reason::ExpExpired));
    assert_eq!(judged(json!({"exp": "soon"}), &policy().without_exp(), NOW), Err(Reason::ExpMalformed));
}

#[test]
fn row_45_borders_of_time() {
    let strict = policy();
    assert_eq!(judged(json!({"exp": NOW}), &strict, NOW), Err(Reason::ExpExpired));
    assert_eq!(judged(json!({"exp": NOW + 1}), &strict, NOW), Ok(()));
    assert_eq!(judged(json!({"nbf": NOW}), &strict, NOW), Ok(()));
    assert_eq!(judged(json!({"nbf": NOW + 1}), &strict, NOW), Err(Reason::NbfNotYet));
    assert_eq!(judged(json!({"iat": NOW + 1}), &strict, NOW), Err(Reason::IatInFuture));
    assert_eq!(
        judged(json!({"iat": NOW + 86_400 * 365, "exp": NOW + 86_400 * 366}), &strict, NOW),
        Err(Reason::IatInFuture)
    );

    let lenient = policy().leeway(30).unwrap();
    assert_eq!(judged(json!({"iat": NOW - 600, "exp": NOW - 29}), &lenient, NOW), Ok(()));
    assert_eq!(judged(json!({"iat": NOW - 600, "exp": NOW - 30}), &lenient, NOW), Err(Reason::ExpExpired));
    assert_eq!(judged(json!({"nbf": NOW + 30}), &lenient, NOW), Ok(()));
    assert_eq!(judged(json!({"nbf": NOW + 31}), &lenient, NOW), Err(Reason::NbfNotYet));
    assert_eq!(judged(json!({"iat": NOW + 31}), &lenient, NOW), Err(Reason::IatInFuture));

    let fresh = policy().max_age(Duration::from_secs(60));
    assert_eq!(judged(json!({"iat": NOW - 60}), &fresh, NOW), Ok(()));
    assert_eq!(judged(json!({"iat": NOW - 61}), &fresh, NOW), Err(Reason::IatTooOld));
    let undated = forge(HEADER, json!({"iss": ISSUER, "aud": "api", "exp": NOW + 1}).to_string());
    assert_eq!(at(&undated, &fresh, NOW), Err(Reason::ClaimMissing));
    let ageless = policy().max_age(Duration::MAX);
    assert_eq!(judged(json!({"iat": -5_000_000_000_i64}), &ageless, NOW), Ok(()));
}

#[test]
fn row_46_an_end_before_the_beginning() {
    let lenient = policy().leeway(300).unwrap();
    assert_eq!(judged(json!({"exp": NOW + 10, "nbf": NOW + 11}), &lenient, NOW), Err(Reason::ClaimMismatch));
    assert_eq!(judged(json!({"exp": NOW + 10, "iat": NOW + 11}), &lenient, NOW), Err(Reason::ClaimMismatch));
    assert_eq!(judged(json!({"exp": NOW + 10, "iat": NOW + 10, "nbf": NOW + 10}), &lenient, NOW), Ok(()));
    assert!(judged(json!({"exp": NOW - 5, "nbf": NOW + 5}), &policy(), NOW).is_err());
}

#[test]
fn row_47_leeway_beyond_reason() {
    assert!(policy().leeway(0).is_ok());
    assert!(policy().leeway(300).is_ok());
    for seconds in [301, 900, 86_400, u32::MAX] {
        assert_eq!(policy().leeway(seconds).unwrap_err().reason(), Reason::PolicyInvalid);
    }
}

#[test]
fn row_48_aud_of_another_shape() {
    for (aud, reason) in [
        (json!([]), Reason::AudMismatch),
        (json!([""]), Reason::AudMismatch),
        (json!(""), Reason::AudMismatch),
        (json!([1]), Reason::AudMalformed),
        (json!(["api", 1]), Reason::AudMalformed),
        (json!([1, "api"]), Reason::AudMalformed),
        (json!([["api"]]), Reason::AudMalformed),
        (json!({"api": true}), Reason::AudMalformed),
        (json!(null), Reason::AudMalformed),
        (json!(123), Reason::AudMalformed),
        (json!(true), Reason::AudMalformed),
    ] {
        assert_eq!(verdict_with(json!({ "aud": aud })), Err(reason), "{aud}");
    }
    let absent = forge(HEADER, json!({"iss": ISSUER, "exp": NOW + 1}).to_string());
    assert_eq!(at(&absent, &policy(), NOW), Err(Reason::AudMissing));
    // A policy that was given nothing is met by nothing.
    for empty in [Audience::any_of([""]), Audience::only(""), Audience::any_of::<&str>([])] {
        let policy = Policy::new(Issuer::exact(ISSUER), empty, Typ::exact("at+jwt"));
        assert_eq!(judged(json!({"aud": [""]}), &policy, NOW), Err(Reason::AudMismatch));
    }
    // Even where any audience is good, it must be one.
    let any = Policy::new(Issuer::exact(ISSUER), Audience::any(), Typ::exact("at+jwt"));
    assert_eq!(judged(json!({"aud": 1}), &any, NOW), Err(Reason::AudMalformed));
    assert_eq!(judged(json!({"aud": "whoever"}), &any, NOW), Ok(()));
    assert_eq!(at(&absent, &any, NOW), Ok(()));
}

#[test]
fn row_49_aud_that_is_almost_ours() {
    for aud in ["api.evil", "ap", "pi", "API", "api/", " api", "api ", "api\0", "аpi", "api,other", "*"] {
        assert_eq!(verdict_with(json!({ "aud": aud })), Err(Reason::AudMismatch), "{aud}");
        assert_eq!(verdict_with(json!({ "aud": [aud] })), Err(Reason::AudMismatch), "{aud}");
    }
    // Another spelling in JSON of the same text is the same text.
    assert!(verdict_raw("aud", r#""\u0061pi""#).is_ok());
}

#[test]
fn row_50_aud_with_ours_among_others() {
    assert!(verdict_with(json!({"aud": ["other", "api"]})).is_ok());
    let single = Policy::new(Issuer::exact(ISSUER), Audience::only("api"), Typ::exact("at+jwt"));
    assert_eq!(judged(json!({"aud": "api"}), &single, NOW), Ok(()));
    assert_eq!(judged(json!({"aud": ["api"]}), &single, NOW), Ok(()));
    assert_eq!(judged(json!({"aud": ["api", "other"]}), &single, NOW), Err(Reason::AudMismatch));
    assert_eq!(judged(json!({"aud": ["api", "api"]}), &single, NOW), Err(Reason::AudMismatch));
}

#[test]
fn row_51_iss_that_is_almost_right() {
    for iss in [
        "https://id.example/",
        "https://ID.example",
        "HTTPS://id.example",
        "https://id.example:443",
        "https://id%2Eexample",
        "http://id.example",
        "https://id.example.evil",
        "https://id.exampl\u{435}",
        "https://xn--id-example",
        " https://id.example",
        "",
    ] {
        assert_eq!(verdict_with(json!({ "iss": iss })), Err(Reason::IssMismatch), "{iss}");
    }
    for iss in
        [json!([ISSUER]), json!(["evil", ISSUER]), json!({"x": ISSUER}), json!(null), json!(1), json!(true)]
    {
        assert_eq!(verdict_with(json!({ "iss": iss })), Err(Reason::IssMalformed), "{iss}");
    }
    let absent = forge(HEADER, json!({"aud": "api", "exp": NOW + 1}).to_string());
    assert_eq!(at(&absent, &policy(), NOW), Err(Reason::IssMissing));
    let any = Policy::new(Issuer::any(), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    assert_eq!(at(&absent, &any, NOW), Ok(()));
    assert_eq!(judged(json!({"iss": ["x"]}), &any, NOW), Err(Reason::IssMalformed));
}

#[test]
fn row_53_sub_that_is_none() {
    for sub in [json!(""), json!(17), json!(null), json!(["17"]), json!({"id": 17})] {
        assert_eq!(verdict_with(json!({ "sub": sub })), Err(Reason::ClaimMalformed), "{sub}");
        assert_eq!(verdict_with(json!({ "jti": sub })), Err(Reason::ClaimMalformed), "{sub}");
    }
}

#[test]
fn row_55_typ() {
    let with =
        |typ: &str| verdict(format!(r#"{{"alg":"HS256","kid":"h"{typ}}}"#), claims().to_string()).map(drop);
    for (typ, verdict) in [
        (r#","typ":"JWT""#, Err(Reason::TypMismatch)),
        ("", Err(Reason::TypMismatch)),
        (r#","typ":"AT+JWT""#, Ok(())),
        (r#","typ":"at+jwt""#, Ok(())),
        (r#","typ":"application/at+jwt""#, Ok(())),
        (r#","typ":"Application/At+Jwt""#, Ok(())),
        (r#","typ":"\u0061t+jwt""#, Ok(())),
        (r#","typ":"at+jwt ""#, Err(Reason::TypMismatch)),
        (r#","typ":"jwt""#, Err(Reason::TypMismatch)),
        (r#","typ":"x/at+jwt""#, Err(Reason::TypMismatch)),
        (r#","typ":"application/application/at+jwt""#, Err(Reason::TypMismatch)),
        (r#","typ":"application/""#, Err(Reason::TypMismatch)),
        (r#","typ":"""#, Err(Reason::TypMismatch)),
        (r#","typ":null"#, Err(Reason::TypMismatch)),
        (r#","typ":["at+jwt"]"#, Err(Reason::TypMismatch)),
        (r#","typ":"at+jwt","cty":1"#, Err(Reason::TypMismatch)),
    ] {
        assert_eq!(with(typ), verdict, "{typ}");
    }
    let old = Policy::new(Issuer::exact(ISSUER), Audience::any_of(["api"]), Typ::absent_or("JWT"));
    let token = |header: &str| forge(header, claims().to_string());
    assert_eq!(at(&token(r#"{"alg":"HS256","kid":"h"}"#), &old, NOW), Ok(()));
    assert_eq!(at(&token(r#"{"alg":"HS256","kid":"h","typ":"jwt"}"#), &old, NOW), Ok(()));
    assert_eq!(at(&token(HEADER), &old, NOW), Err(Reason::TypMismatch));
    // The policy's own value may be the long form.
    let long =
        Policy::new(Issuer::exact(ISSUER), Audience::any_of(["api"]), Typ::exact("application/at+jwt"));
    assert_eq!(at(&token(HEADER), &long, NOW), Ok(()));
}

#[test]
fn row_89_look_alikes() {
    let policy = policy().require_exact("name", "admin").require_exact("caf\u{e9}", "1");
    let with = |name: &str, cafe: &str| judged(json!({"name": name, cafe: "1"}), &policy, NOW);
    assert_eq!(with("admin", "caf\u{e9}"), Ok(()));
    for twin in [
        "\u{430}dmin",
        "adm\u{131}n",
        "admin\u{200b}",
        "\u{202e}nimda",
        "\u{ff41}dmin",
        "Admin",
        "admin\u{301}",
    ] {
        assert_eq!(with(twin, "caf\u{e9}"), Err(Reason::ClaimMismatch), "{twin}");
    }
    assert_eq!(with("admin", "cafe\u{301}"), Err(Reason::ClaimMissing));
}

#[test]
fn row_90_nul_and_white_space_inside() {
    let policy = policy().require_exact("scope", "read write");
    assert_eq!(judged(json!({"scope": "read write"}), &policy, NOW), Ok(()));
    for scope in
        ["read\twrite", "read  write", "read write ", "read write\0", "\"read write\"", "read writ\u{e9}"]
    {
        assert_eq!(judged(json!({"scope": scope}), &policy, NOW), Err(Reason::ClaimMismatch), "{scope:?}");
    }
    // A name is stored whole, never cut off at a NUL.
    let sub = "17\0admin";
    assert_eq!(verdict_with(json!({"sub": sub})).unwrap()["sub"], sub);
    let cut = policy_for("sub", "17");
    assert_eq!(judged(json!({"sub": sub}), &cut, NOW), Err(Reason::ClaimMismatch));
    assert_eq!(judged(json!({"sub": sub}), &policy_for("sub", sub), NOW), Ok(()));
    assert_eq!(judge_kid("h\\u0000"), Err(Reason::KeyUnknownKid));
}

fn policy_for(name: &str, value: &str) -> Policy {
    policy().require_exact(name, value)
}

fn judge_kid(kid: &str) -> Result<(), Reason> {
    let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#);
    at(&forge(header, claims().to_string()), &policy(), NOW)
}

#[test]
fn row_91_text_that_would_take_over_a_terminal_or_a_page() {
    let evil = "\r\nSet-Cookie: a=b\u{1b}[2J<script>\u{202e}\u{9b}31m";
    let judge = |claims: Value, policy: &Policy| {
        jwt::verify::<Value>(&forge(HEADER, claims.to_string()), &forged_keys(), policy, NOW).unwrap_err()
    };
    let mut errors = Vec::new();
    for (name, value) in [("iss", json!(evil)), ("aud", json!(evil)), ("aud", json!([evil, evil]))] {
        let mut claims = claims();
        claims[name] = value;
        errors.push(judge(claims, &policy()));
    }
    errors.push(judge(claims(), &policy().require(evil)));
    errors.push(judge(claims(), &policy_for(evil, evil)));
    for header in [("typ", "HS256", "h"), ("alg", evil, "h"), ("kid", "HS256", evil)] {
        let (what, alg, kid) = header;
        let typ = if what == "typ" { evil } else { "at+jwt" };
        let header = json!({"alg": alg, "typ": typ, "kid": kid}).to_string();
        let token = forge(header, claims().to_string());
        errors.push(jwt::verify::<Value>(&token, &forged_keys(), &policy(), NOW).unwrap_err());
    }
    for error in errors {
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("Set-Cookie"), "{shown}");
        assert!(shown.chars().all(|character| (' '..='~').contains(&character)), "{shown:?}");
    }
}

#[test]
fn row_92_values_that_contain_the_wanted_one() {
    let policy = policy_for("scope", "admin");
    assert_eq!(judged(json!({"scope": "admin"}), &policy, NOW), Ok(()));
    for scope in ["administrator", "Admin", "ADMIN", "admi", "dmin", "admin admin", "user admin", ""] {
        assert_eq!(judged(json!({"scope": scope}), &policy, NOW), Err(Reason::ClaimMismatch), "{scope}");
    }
}

#[test]
fn row_93_claims_of_another_type() {
    #[derive(serde::Deserialize, Debug)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Profile {
        scope: String,
        roles: Vec<String>,
    }
    let profile = |scope: Value, roles: Value| {
        let mut claims = claims();
        (claims["scope"], claims["roles"]) = (scope, roles);
        let token = forge(HEADER, claims.to_string());
        jwt::verify::<Profile>(&token, &forged_keys(), &policy(), NOW)
            .map(drop)
            .map_err(|error| error.reason())
    };
    assert_eq!(profile(json!("read"), json!(["admin"])), Ok(()));
    for wrong in [json!(["read"]), json!(1), json!(1e300), json!({"read": true}), json!(null), json!([[[]]])]
    {
        assert_eq!(profile(wrong.clone(), json!(["admin"])), Err(Reason::ClaimMalformed), "{wrong}");
        let wanted = if wrong.is_null() { Reason::ClaimMissing } else { Reason::ClaimMalformed };
        assert_eq!(judged(json!({"scope": wrong}), &policy_for("scope", "read"), NOW), Err(wanted));
    }
    for wrong in [json!("admin"), json!([1]), json!(["admin", null]), json!({"0": "admin"}), json!(true)] {
        assert_eq!(profile(json!("read"), wrong.clone()), Err(Reason::ClaimMalformed), "{wrong}");
    }
}

/// Property 3 of every registered claim: absent, malformed and mismatching are told apart.
#[test]
fn three_errors_for_every_registered_claim() {
    let strict = policy().require("nbf").require("iat").require_exact("sub", "17").require_exact("jti", "j");
    let full = json!({
        "iss": ISSUER, "aud": "api", "sub": "17", "exp": NOW + 9, "iat": NOW, "nbf": NOW, "jti": "j"
    });
    assert_eq!(at(&forge(HEADER, full.to_string()), &strict, NOW), Ok(()));
    let (missing, malformed, mismatch) =
        (Reason::ClaimMissing, Reason::ClaimMalformed, Reason::ClaimMismatch);
    for (name, absent, malformed, other, mismatch) in [
        ("iss", Reason::IssMissing, Reason::IssMalformed, json!("b"), Reason::IssMismatch),
        ("aud", Reason::AudMissing, Reason::AudMalformed, json!("b"), Reason::AudMismatch),
        ("exp", Reason::ExpMissing, Reason::ExpMalformed, json!(NOW), Reason::ExpExpired),
        ("nbf", missing, malformed, json!(NOW + 1), Reason::NbfNotYet),
        ("iat", missing, malformed, json!(NOW + 1), Reason::IatInFuture),
        ("sub", missing, malformed, json!("b"), mismatch),
        ("jti", missing, malformed, json!("b"), mismatch),
    ] {
        let judged = |value: Option<Value>| {
            let mut claims = full.clone();
            match value {
                Some(value) => claims[name] = value,
                None => drop(claims.as_object_mut().unwrap().remove(name)),
            }
            at(&forge(HEADER, claims.to_string()), &strict, NOW)
        };
        assert_eq!(judged(None), Err(absent), "{name}");
        for wrong in [json!({}), json!([[]]), json!(null), json!(true)] {
            assert_eq!(judged(Some(wrong.clone())), Err(malformed), "{name} {wrong}");
        }
        assert_eq!(judged(Some(other)), Err(mismatch), "{name}");
    }
}

#[test]
fn more_wanted_claims_than_anybody_wants() {
    let names: Vec<_> = (0..100).map(|n| format!("claim-{n}")).collect();
    let policy = names.iter().fold(policy(), Policy::require);
    let mut full = json!({});
    names.iter().for_each(|name| full[name] = json!(1));
    assert_eq!(judged(full.clone(), &policy, NOW), Ok(()));
    for absent in [0, 63, 64, 99] {
        let mut lacking = full.clone();
        lacking.as_object_mut().unwrap().remove(&names[absent]);
        assert_eq!(judged(lacking, &policy, NOW), Err(Reason::ClaimMissing), "{absent}");
    }
}

#[test]
fn required_claims() {
    let policy = policy().require("jti").require("scope").require_exact("nonce", "n-1");
    assert_eq!(judged(json!({"scope": "read", "nonce": "n-1"}), &policy, NOW), Ok(()));
    assert_eq!(judged(json!({"nonce": "n-1"}), &policy, NOW), Err(Reason::ClaimMissing));
    assert_eq!(judged(json!({"scope": null, "nonce": "n-1"}), &policy, NOW), Err(Reason::ClaimMissing));
    assert_eq!(judged(json!({"scope": "read"}), &policy, NOW), Err(Reason::ClaimMissing));
    assert_eq!(judged(json!({"scope": "read", "nonce": "n-2"}), &policy, NOW), Err(Reason::ClaimMismatch));
    assert_eq!(judged(json!({"scope": "read", "nonce": ["n-1"]}), &policy, NOW), Err(Reason::ClaimMalformed));
}

#[test]
fn row_108_any_clock() {
    for now in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        for policy in
            [policy(), policy().leeway(300).unwrap().max_age(Duration::MAX), policy().max_age(Duration::ZERO)]
        {
            assert!(judged(json!({"nbf": NOW, "iat": NOW}), &policy, now).is_err(), "{now}");
        }
    }
    // 2038, 2100 and the leap second of 2016 are numbers like others.
    for moment in [i64::from(i32::MAX), i64::from(u32::MAX), 4_102_444_800, 1_483_228_799, 253_402_300_000] {
        let life = json!({"iat": moment, "nbf": moment, "exp": moment + 60});
        assert_eq!(judged(life.clone(), &policy(), moment), Ok(()));
        assert_eq!(judged(life.clone(), &policy(), moment - 1), Err(Reason::NbfNotYet));
        assert_eq!(judged(life, &policy(), moment + 60), Err(Reason::ExpExpired));
    }
}

#[test]
fn the_callers_type_fails_by_its_own_name() {
    #[derive(serde::Deserialize, Debug)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Strict {
        sub: u64,
    }
    let token = forge(HEADER, claims().to_string());
    let error = jwt::verify::<Strict>(&token, &forged_keys(), &policy(), NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::ClaimMalformed);
    assert_eq!(error.expected(), Some("u64"));
    assert!(!error.to_string().contains("17"), "{error}");
}
