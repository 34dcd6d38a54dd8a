//! biscuit as its documentation uses it: decode with the algorithm, then validate. It takes the validation options by
//! value, so each call holds a clone of them.

use std::hint::black_box;

use biscuit::jwa::SignatureAlgorithm as Known;
use biscuit::jws::{RegisteredHeader, Secret};
use biscuit::{
    ClaimPresenceOptions, ClaimsSet, Empty, JWT, Presence, RegisteredClaims, SingleOrMultiple, Validation,
    ValidationOptions,
};
use jotgate_bench_common::{AUDIENCE, Algorithm, Cases, Claims, ISSUER, KID, Keys, damaged};
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize)]
struct Scope {
    scope: String,
}

type Token = JWT<Scope, Empty>;

pub fn cases() -> Cases {
    let keys = Keys::of_this_run();
    let mut cases = Cases::default();
    for algorithm in Algorithm::ALL {
        // No ES512 key and no EdDSA.
        let Some((known, signing, verifying)) = pair(algorithm, &keys) else { continue };
        let header = RegisteredHeader { algorithm: known, key_id: Some(KID.into()), ..Default::default() };
        let claims = claims();
        cases.add(format!("sign/{}", algorithm.name), move || {
            let token = Token::new_decoded(header.clone().into(), black_box(claims.clone()));
            let token = token.into_encoded(&signing).expect("signing works");
            black_box(token.unwrap_encoded().to_string());
        });

        let (token, options) = (keys.token(algorithm), options());
        let (forged, key) = (damaged(&token), verifying.clone());
        cases.add(format!("verify/{}", algorithm.name), move || {
            let token = Token::new_encoded(black_box(&token)).into_decoded(&verifying, known);
            let token = token.expect("a good signature");
            token.validate(options.clone()).expect("good claims");
            black_box(token);
        });
        if matches!(algorithm.name, "HS256" | "RS256") {
            cases.add(format!("forged/{}", algorithm.name), move || {
                let token = Token::new_encoded(black_box(&forged)).into_decoded(&key, known);
                black_box(token.err().expect("a forged token"));
            });
        }
    }
    cases
}

fn pair(algorithm: Algorithm, keys: &Keys) -> Option<(Known, Secret, Secret)> {
    let known = match algorithm.name {
        "HS256" => Known::HS256,
        "HS384" => Known::HS384,
        "HS512" => Known::HS512,
        "RS256" => Known::RS256,
        "RS384" => Known::RS384,
        "RS512" => Known::RS512,
        "PS256" => Known::PS256,
        "PS384" => Known::PS384,
        "PS512" => Known::PS512,
        "ES256" => Known::ES256,
        "ES384" => Known::ES384,
        _ => return None,
    };
    if algorithm.is_hmac() {
        return Some((known, Secret::Bytes(keys.secret()), Secret::Bytes(keys.secret())));
    }
    // ring wants PKCS#1 for RSA and the bare point for curves, which are the ends of the SubjectPublicKeyInfo.
    let public = keys.public_der(algorithm);
    let (signing, verifying) = match algorithm.name {
        "ES256" => (
            Secret::ecdsa_keypair_from_file(known, &keys.path("p256.der")),
            public[public.len() - 65..].to_vec(),
        ),
        "ES384" => (
            Secret::ecdsa_keypair_from_file(known, &keys.path("p384.der")),
            public[public.len() - 97..].to_vec(),
        ),
        _ => (Secret::rsa_keypair_from_file(&keys.path("rsa.pkcs1.der")), public[24..].to_vec()),
    };
    Some((known, signing.expect("a key of the run"), Secret::PublicKey(verifying)))
}

fn claims() -> ClaimsSet<Scope> {
    let claims = Claims::new();
    ClaimsSet {
        registered: RegisteredClaims {
            issuer: Some(claims.iss),
            subject: Some(claims.sub),
            audience: Some(SingleOrMultiple::Single(claims.aud)),
            expiry: Some(claims.exp.into()),
            not_before: Some(claims.nbf.into()),
            issued_at: Some(claims.iat.into()),
            id: Some(claims.jti),
        },
        private: Scope { scope: claims.scope },
    }
}

fn options() -> ValidationOptions {
    ValidationOptions {
        claim_presence_options: ClaimPresenceOptions {
            expiry: Presence::Required,
            issuer: Presence::Required,
            audience: Presence::Required,
            ..Default::default()
        },
        issuer: Validation::Validate(ISSUER.into()),
        audience: Validation::Validate(AUDIENCE.into()),
        ..Default::default()
    }
}
