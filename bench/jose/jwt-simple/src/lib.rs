//! jwt-simple as its documentation uses it, keys parsed once. It takes options and claims by value, so each call
//! holds a clone of them.

use std::collections::HashSet;
use std::hint::black_box;

use jotgate_bench_common::{AUDIENCE, Algorithm, Cases, ISSUER, KID, Keys, SCOPE, damaged};
use jwt_simple::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Scope {
    scope: String,
}

pub fn cases() -> Cases {
    let keys = Keys::of_this_run();
    let mut cases = Cases::default();
    for algorithm in Algorithm::ALL {
        add(&mut cases, algorithm, &keys);
    }
    cases
}

/// Each algorithm is a type of its own there, so this cannot be a function of a value.
macro_rules! signatures {
    ($cases:expr, $algorithm:expr, $keys:expr, $pair:ty, $public:ty) => {{
        let pair = <$pair>::from_pem(&$keys.private_pem($algorithm)).expect("a private key").with_key_id(KID);
        let public = <$public>::from_pem(&$keys.public_pem($algorithm)).expect("a public key");
        let claims = claims();
        $cases.add(format!("sign/{}", $algorithm.name), move || {
            black_box(pair.sign(black_box(claims.clone())).expect("signing works"));
        });
        verifying!($cases, $algorithm, $keys, public);
    }};
}

macro_rules! secrets {
    ($cases:expr, $algorithm:expr, $keys:expr, $key:ty) => {{
        let key = <$key>::from_bytes(&$keys.secret()).with_key_id(KID);
        let again = key.clone();
        let claims = claims();
        $cases.add(format!("sign/{}", $algorithm.name), move || {
            black_box(key.authenticate(black_box(claims.clone())).expect("signing works"));
        });
        verifying!($cases, $algorithm, $keys, again);
    }};
}

macro_rules! verifying {
    ($cases:expr, $algorithm:expr, $keys:expr, $public:expr) => {{
        let public = $public;
        let token = $keys.token($algorithm);
        let forged = damaged(&token);
        let (options, again) = (options(), public.clone());
        $cases.add(format!("verify/{}", $algorithm.name), move || {
            let options = Some(options.clone());
            black_box(public.verify_token::<Scope>(black_box(&token), options).expect("a good token"));
        });
        if matches!($algorithm.name, "HS256" | "RS256") {
            let options = self::options();
            $cases.add(format!("forged/{}", $algorithm.name), move || {
                let options = Some(options.clone());
                black_box(
                    again.verify_token::<Scope>(black_box(&forged), options).err().expect("a forged token"),
                );
            });
        }
    }};
}

fn add(cases: &mut Cases, algorithm: Algorithm, keys: &Keys) {
    match algorithm.name {
        "HS256" => secrets!(cases, algorithm, keys, HS256Key),
        "HS384" => secrets!(cases, algorithm, keys, HS384Key),
        "HS512" => secrets!(cases, algorithm, keys, HS512Key),
        "RS256" => signatures!(cases, algorithm, keys, RS256KeyPair, RS256PublicKey),
        "RS384" => signatures!(cases, algorithm, keys, RS384KeyPair, RS384PublicKey),
        "RS512" => signatures!(cases, algorithm, keys, RS512KeyPair, RS512PublicKey),
        "PS256" => signatures!(cases, algorithm, keys, PS256KeyPair, PS256PublicKey),
        "PS384" => signatures!(cases, algorithm, keys, PS384KeyPair, PS384PublicKey),
        "PS512" => signatures!(cases, algorithm, keys, PS512KeyPair, PS512PublicKey),
        "ES256" => signatures!(cases, algorithm, keys, ES256KeyPair, ES256PublicKey),
        "ES384" => signatures!(cases, algorithm, keys, ES384KeyPair, ES384PublicKey),
        "EdDSA" => signatures!(cases, algorithm, keys, Ed25519KeyPair, Ed25519PublicKey),
        // ES512 it does not have.
        _ => {}
    }
}

fn claims() -> JWTClaims<Scope> {
    Claims::with_custom_claims(Scope { scope: SCOPE.into() }, Duration::from_hours(24))
        .with_issuer(ISSUER)
        .with_subject("user-018f6b2e41c7")
        .with_audience(AUDIENCE)
        .with_jwt_id("5b0c3f9ad7e14c6b")
}

fn options() -> VerificationOptions {
    VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        ..VerificationOptions::default()
    }
}
