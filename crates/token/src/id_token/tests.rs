use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://id.example";
const NOW: i64 = 1_700_000_000;

fn claims() -> IdClaims {
    let mut claims = IdClaims::new(ISSUER, "0197", "app", NOW, 300);
    claims.nonce = Some("n".into());
    claims.auth_time = Some(NOW - 100);
    claims
}

fn signer(algorithm: Algorithm) -> Signer {
    Signer::new(SigningKey::generate(algorithm).expect("a new key").with_kid("k")).expect("a good type")
}

fn verifier() -> Verifier {
    Verifier::new(ISSUER, "app")
}

fn login() -> Login {
    Login::with_nonce("n")
}

/// The reason for which a token with these claims, whatever they are, is refused.
fn judged(claims: &impl serde::Serialize, verifier: &Verifier, login: &Login) -> &'static str {
    let signer = signer(Algorithm::Ed25519);
    let token = signer.0.sign(claims).expect("claims are JSON");
    let keys = KeySet::new([signer.verifying_key()]);
    verifier.verify(&token, &keys, login, NOW).map_or_else(|error| error.reason().code(), |_| "good")
}

fn changed(name: &str, value: Value) -> Value {
    let mut all = serde_json::to_value(claims()).expect("claims are JSON");
    all[name] = value;
    all
}

fn without(name: &str) -> Value {
    let mut all = serde_json::to_value(claims()).expect("claims are JSON");
    all.as_object_mut().expect("an object").remove(name).expect("there before");
    all
}

#[test]
fn what_is_signed_comes_back() {
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Ed25519, Algorithm::Hs256] {
        let signer = signer(algorithm);
        let mut full = claims();
        (full.acr, full.amr, full.azp) =
            (Some("2".into()), vec!["pwd".into(), "otp".into()], Some("app".into()));
        (full.at_hash, full.c_hash) = (Some(signer.hash("token")), Some(signer.hash("code")));
        full.sid = Some("0199".into());
        full.extra.insert("email", "ada@example.com").expect("text");
        let token = signer.sign(&full).expect("signed");
        let keys = KeySet::new([signer.verifying_key()]);
        let asked = login().access_token("token").code("code").max_age(100).one_acr_of(["1", "2"]);
        let read = verifier().verify(&token, &keys, &asked, NOW).expect("good");
        assert_eq!(read.claims(), &full);
    }
}

#[test]
fn every_required_claim_is_missed_by_name() {
    let wanted = [
        ("iss", "iss.missing"),
        ("aud", "aud.missing"),
        ("exp", "exp.missing"),
        ("sub", "claim.missing"),
        ("iat", "claim.missing"),
        ("nonce", "claim.missing"),
    ];
    for (name, reason) in wanted {
        assert_eq!(judged(&without(name), &verifier(), &login()), reason, "{name}");
    }
    assert_eq!(judged(&without("auth_time"), &verifier(), &login()), "good");
}

#[test]
fn a_claim_of_the_wrong_type_is_malformed() {
    for (name, value, reason) in [
        ("sub", json!(17), "claim.malformed"),
        ("sub", json!(""), "claim.malformed"),
        ("sub", json!("ä"), "claim.malformed"),
        ("sub", json!("x".repeat(256)), "claim.malformed"),
        ("nonce", json!(["n"]), "claim.malformed"),
        ("auth_time", json!("1700000000"), "claim.malformed"),
        ("amr", json!("pwd"), "claim.malformed"),
        ("acr", json!(2), "claim.malformed"),
        ("azp", json!(["app"]), "claim.malformed"),
        ("at_hash", json!(true), "claim.malformed"),
        ("aud", json!([1]), "aud.malformed"),
    ] {
        assert_eq!(judged(&changed(name, value.clone()), &verifier(), &login()), reason, "{name} {value}");
    }
    assert_eq!(judged(&changed("sub", json!("x".repeat(255))), &verifier(), &login()), "good");
}

#[test]
fn the_nonce_is_the_one_of_this_login() {
    for other in ["N", "n ", "", "nn"] {
        assert_eq!(
            judged(&changed("nonce", json!(other)), &verifier(), &login()),
            "claim.mismatch",
            "{other}"
        );
    }
    assert_eq!(judged(&claims(), &verifier(), &Login::without_nonce()), "claim.mismatch", "not asked for");
    assert_eq!(judged(&without("nonce"), &verifier(), &Login::without_nonce()), "good");
    let empty = Login::with_nonce("");
    assert_eq!(
        judged(&changed("nonce", json!("")), &verifier(), &empty),
        "claim.mismatch",
        "no nonce at all"
    );
}

#[test]
fn only_this_client_and_those_it_trusts_are_named() {
    let several = |azp: Value| {
        let mut all = changed("aud", json!(["app", "api"]));
        all["azp"] = azp;
        all
    };
    let trusting = verifier().trusting(["api"]);
    assert_eq!(judged(&several(json!("app")), &verifier(), &login()), "aud.mismatch");
    assert_eq!(judged(&several(json!("app")), &trusting, &login()), "good");
    assert_eq!(judged(&several(json!("api")), &trusting, &login()), "claim.mismatch");
    assert_eq!(judged(&changed("aud", json!(["app", "api"])), &trusting, &login()), "claim.missing");
    assert_eq!(judged(&changed("aud", json!("api")), &trusting, &login()), "aud.mismatch");
    assert_eq!(judged(&changed("azp", json!("other")), &verifier(), &login()), "claim.mismatch");
    assert_eq!(judged(&changed("azp", json!("app")), &verifier(), &login()), "good");
}

#[test]
fn max_age_wants_a_recent_proof() {
    let aged = |seconds| login().max_age(seconds);
    assert_eq!(judged(&claims(), &verifier(), &aged(100)), "good");
    assert_eq!(judged(&claims(), &verifier(), &aged(99)), "claim.mismatch");
    assert_eq!(judged(&claims(), &verifier().leeway(1).expect("little"), &aged(99)), "good");
    assert_eq!(judged(&without("auth_time"), &verifier(), &aged(100)), "claim.missing");
    assert_eq!(judged(&changed("auth_time", json!(NOW + 1)), &verifier(), &login()), "claim.mismatch");
    assert_eq!(judged(&changed("auth_time", json!(NOW)), &verifier(), &aged(0)), "good");
}

#[test]
fn acr_is_one_of_those_asked_for() {
    assert_eq!(judged(&changed("acr", json!("2")), &verifier(), &login().one_acr_of(["1", "2"])), "good");
    assert_eq!(
        judged(&changed("acr", json!("22")), &verifier(), &login().one_acr_of(["2"])),
        "claim.mismatch"
    );
    assert_eq!(judged(&claims(), &verifier(), &login().one_acr_of(["2"])), "claim.missing");
}

/// The values of OpenID Connect Core, appendices A.3, A.4 and A.6; the last two from Python's `hashlib`.
#[test]
fn half_hashes_are_those_of_the_specification() {
    let token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    let code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
    assert_eq!(half_hash(Algorithm::Rs256, token), "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(half_hash(Algorithm::Rs256, code), "LDktKdoQak3Pk0cnXxCltA");
    assert_eq!(half_hash(Algorithm::Es384, token), ES384);
    for algorithm in [Algorithm::Es512, Algorithm::Ed25519, Algorithm::Hs512, Algorithm::Ps512] {
        assert_eq!(half_hash(algorithm, token), SHA512, "{algorithm}");
    }
}

#[test]
fn a_hash_is_of_what_came_with_the_token() {
    let own = half_hash(Algorithm::Ed25519, "token");
    let with_hash = changed("at_hash", json!(own));
    assert_eq!(judged(&with_hash, &verifier(), &login().access_token("token")), "good");
    assert_eq!(judged(&with_hash, &verifier(), &login().access_token("other")), "claim.mismatch");
    assert_eq!(judged(&claims(), &verifier(), &login().access_token("token")), "good", "no issuer has to");
    let by_another_hash = changed("at_hash", json!(half_hash(Algorithm::Es256, "token")));
    assert_eq!(judged(&by_another_hash, &verifier(), &login().access_token("token")), "claim.mismatch");
    let with_code = changed("c_hash", json!(own));
    assert_eq!(judged(&with_code, &verifier(), &login().code("token")), "good");
    assert_eq!(judged(&with_code, &verifier(), &login().code("other")), "claim.mismatch");
    assert_eq!(
        judged(&claims(), &verifier(), &login().code("token")),
        "claim.missing",
        "with a code it must"
    );
}

#[test]
fn a_refresh_changes_nothing_but_times() {
    let refresh = Login::refreshed(&claims());
    assert_eq!(judged(&claims(), &verifier(), &refresh), "good");
    assert_eq!(judged(&without("nonce"), &verifier(), &refresh), "good");
    assert_eq!(judged(&without("auth_time"), &verifier(), &refresh), "good");
    for (name, value) in [
        ("nonce", json!("other")),
        ("sub", json!("other")),
        ("azp", json!("app")),
        ("auth_time", json!(NOW - 99)),
    ] {
        assert_eq!(judged(&changed(name, value), &verifier(), &refresh), "claim.mismatch", "{name}");
    }
    let trusting = verifier().trusting(["api"]);
    let mut wider = changed("aud", json!(["app", "api"]));
    wider["azp"] = json!("app");
    assert_eq!(judged(&wider, &trusting, &refresh), "claim.mismatch");
}

#[test]
fn what_would_not_be_taken_is_not_made() {
    let signer = signer(Algorithm::Es256);
    for name in ["sub", "nonce", "events", "scope", "client_id"] {
        let mut claims = claims();
        claims.extra.insert(name, "x").expect("text");
        assert_eq!(signer.sign(&claims).expect_err("refused").reason(), Reason::ClaimMalformed, "{name}");
    }
    for sub in ["", "ä", &"x".repeat(256)] {
        let claims = IdClaims::new(ISSUER, sub, "app", NOW, 300);
        assert_eq!(signer.sign(&claims).expect_err("refused").reason(), Reason::ClaimMalformed, "{sub}");
    }
}

#[test]
fn debug_shows_neither_token_nor_code() {
    let shown = format!("{:?}", login().access_token("sesame").code("sesame"));
    assert!(!shown.contains("sesame"), "{shown}");
}

const ES384: &str = "jtAeDp945y1dDqU3nkIVGNZP1HjH_MFs";
const SHA512: &str = "q7nS86GgvvFaZkzALLWqJYaJIKw2wCDAVfCAsm5CrBM";
