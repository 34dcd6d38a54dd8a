//! josekit as its documentation uses it: decode with a verifier, then validate. Its claims are a JSON map.

use std::hint::black_box;
use std::time::SystemTime;

use josekit::jwk::KeyPair;
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};
use josekit::jwt::{self, JwtPayload, JwtPayloadValidator};
use jotgate_bench_common::{AUDIENCE, Algorithm, Cases, ISSUER, KID, Keys, SCOPE, damaged};

pub fn cases() -> Cases {
    let keys = Keys::of_this_run();
    let mut cases = Cases::default();
    for algorithm in Algorithm::ALL {
        let (signer, _) = pair(algorithm, &keys).expect("a key of the run");
        let (payload, header) = (payload(), header());
        cases.add(format!("sign/{}", algorithm.name), move || {
            let token = jwt::encode_with_signer(black_box(&payload), &header, &*signer);
            black_box(token.expect("signing works"));
        });

        let (_, verifier) = pair(algorithm, &keys).expect("a key of the run");
        let validator = validator();
        let token = keys.token(algorithm);
        cases.add(format!("verify/{}", algorithm.name), move || {
            let (payload, _) =
                jwt::decode_with_verifier(black_box(&token), &*verifier).expect("a good signature");
            validator.validate(&payload).expect("good claims");
            black_box(payload.claim("scope").and_then(|scope| scope.as_str()).expect("a scope"));
        });
        if matches!(algorithm.name, "HS256" | "RS256") {
            let (_, verifier) = pair(algorithm, &keys).expect("a key of the run");
            let forged = damaged(&keys.token(algorithm));
            cases.add(format!("forged/{}", algorithm.name), move || {
                black_box(
                    jwt::decode_with_verifier(black_box(&forged), &*verifier).expect_err("a forged token"),
                );
            });
        }
    }
    cases
}

type Pair = (Box<dyn JwsSigner>, Box<dyn JwsVerifier>);

fn pair(algorithm: Algorithm, keys: &Keys) -> Result<Pair, josekit::JoseError> {
    /// Signer and verifier of one algorithm are types without a common constructor.
    macro_rules! from_pem {
        ($known:expr) => {
            (
                Box::new($known.signer_from_pem(keys.private_pem(algorithm))?),
                Box::new($known.verifier_from_pem(keys.public_pem(algorithm))?),
            )
        };
    }
    /// For RSASSA-PSS it takes PEM only where that says so itself; a JWK says nothing and fits.
    macro_rules! from_jwk {
        ($known:expr) => {{
            let jwk = RsaKeyPair::from_pem(keys.private_pem(algorithm))?.to_jwk_key_pair();
            (Box::new($known.signer_from_jwk(&jwk)?), Box::new($known.verifier_from_jwk(&jwk)?))
        }};
    }
    macro_rules! from_bytes {
        ($known:expr) => {
            (
                Box::new($known.signer_from_bytes(keys.secret())?),
                Box::new($known.verifier_from_bytes(keys.secret())?),
            )
        };
    }
    Ok(match algorithm.name {
        "HS256" => from_bytes!(jws::HS256),
        "HS384" => from_bytes!(jws::HS384),
        "HS512" => from_bytes!(jws::HS512),
        "RS256" => from_pem!(jws::RS256),
        "RS384" => from_pem!(jws::RS384),
        "RS512" => from_pem!(jws::RS512),
        "PS256" => from_jwk!(jws::PS256),
        "PS384" => from_jwk!(jws::PS384),
        "PS512" => from_jwk!(jws::PS512),
        "ES256" => from_pem!(jws::ES256),
        "ES384" => from_pem!(jws::ES384),
        "ES512" => from_pem!(jws::ES512),
        _ => from_pem!(jws::EdDSA),
    })
}

fn header() -> JwsHeader {
    let mut header = JwsHeader::new();
    header.set_token_type("JWT");
    header.set_key_id(KID);
    header
}

fn payload() -> JwtPayload {
    let claims = jotgate_bench_common::Claims::new();
    let at = |seconds: i64| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds.unsigned_abs());
    let mut payload = JwtPayload::new();
    payload.set_issuer(claims.iss);
    payload.set_subject(claims.sub);
    payload.set_audience(vec![claims.aud]);
    payload.set_expires_at(&at(claims.exp));
    payload.set_not_before(&at(claims.nbf));
    payload.set_issued_at(&at(claims.iat));
    payload.set_jwt_id(claims.jti);
    payload.set_claim("scope", Some(SCOPE.into())).expect("no registered name");
    payload
}

fn validator() -> JwtPayloadValidator {
    let mut validator = JwtPayloadValidator::new();
    validator.set_issuer(ISSUER);
    validator.set_audience(AUDIENCE);
    validator
}
