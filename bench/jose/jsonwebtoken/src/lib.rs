//! jsonwebtoken as its documentation uses it, keys parsed once.

use std::hint::black_box;
use std::str::FromStr;

use jotgate_bench_common::{AUDIENCE, Algorithm, Cases, Claims, ISSUER, KID, Keys, damaged};
use jsonwebtoken::{self as jwt, DecodingKey, EncodingKey, Header, Validation};

pub fn cases() -> Cases {
    let keys = Keys::of_this_run();
    let mut cases = Cases::default();
    for algorithm in Algorithm::ALL {
        // ES512 it does not have.
        let Ok(known) = jwt::Algorithm::from_str(algorithm.name) else { continue };
        let (signing, verifying) = pair(algorithm, &keys);

        let mut header = Header::new(known);
        header.kid = Some(KID.into());
        let claims = Claims::new();
        cases.add(format!("sign/{}", algorithm.name), move || {
            black_box(jwt::encode(&header, black_box(&claims), &signing).expect("signing works"));
        });

        let mut validation = Validation::new(known);
        validation.validate_nbf = true;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let token = keys.token(algorithm);
        let forged = damaged(&token);
        let (key, rules) = (verifying.clone(), validation.clone());
        cases.add(format!("verify/{}", algorithm.name), move || {
            black_box(
                jwt::decode::<Claims>(black_box(&token), &verifying, &validation).expect("a good token"),
            );
        });
        if matches!(algorithm.name, "HS256" | "RS256") {
            cases.add(format!("forged/{}", algorithm.name), move || {
                black_box(
                    jwt::decode::<Claims>(black_box(&forged), &key, &rules).expect_err("a forged token"),
                );
            });
        }
    }
    cases
}

fn pair(algorithm: Algorithm, keys: &Keys) -> (EncodingKey, DecodingKey) {
    if algorithm.is_hmac() {
        return (EncodingKey::from_secret(&keys.secret()), DecodingKey::from_secret(&keys.secret()));
    }
    let (private, public) = (keys.private_pem(algorithm), keys.public_pem(algorithm));
    let (private, public) = (private.as_bytes(), public.as_bytes());
    let (private, public) = match &algorithm.name[..2] {
        "ES" => (EncodingKey::from_ec_pem(private), DecodingKey::from_ec_pem(public)),
        "Ed" => (EncodingKey::from_ed_pem(private), DecodingKey::from_ed_pem(public)),
        _ => (EncodingKey::from_rsa_pem(private), DecodingKey::from_rsa_pem(public)),
    };
    (private.expect("a private key"), public.expect("a public key"))
}
