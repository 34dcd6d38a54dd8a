//! jsonwebtoken, with aws-lc-rs.

use std::str::FromStr;

use jotgate_interop_common::{
    AUDIENCE, ISSUER, KID, Peer, Probe, Setting, Verdict, caught, private_pem, public_pem, secret,
};
use jsonwebtoken::errors::Result;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde_json::Value;

pub struct Jsonwebtoken;

impl Peer for Jsonwebtoken {
    const NAME: &'static str = "jsonwebtoken";
    const ALGORITHMS: &'static [&'static str] = &[
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
        "EdDSA",
    ];

    fn sign(algorithm: &str, claims: &Value) -> String {
        let mut header = Header::new(known(algorithm));
        header.kid = Some(KID.into());
        encode(&header, claims, &signing(algorithm)).expect("sound claims")
    }

    fn public_jwk(algorithm: &str) -> Option<Value> {
        let mut jwk = Jwk::from_encoding_key(&signing(algorithm), known(algorithm)).expect("a test key");
        jwk.common.key_id = Some(KID.into());
        serde_json::to_value(jwk).ok()
    }

    fn verify(algorithm: &str, token: &str) -> std::result::Result<Value, String> {
        let verified = decode::<Value>(token, &verifying(algorithm), &validation(known(algorithm)));
        verified.map(|data| data.claims).map_err(|error| error.to_string())
    }

    fn judge(probe: &Probe) -> Verdict {
        caught(|| judge(probe))
    }
}

fn judge(probe: &Probe) -> Result<Value> {
    let key = match &probe.setting {
        Setting::Jwk(jwk) => DecodingKey::from_jwk(&serde_json::from_str::<Jwk>(jwk)?)?,
        Setting::JwkSet(set) => {
            let set: JwkSet = serde_json::from_str(set)?;
            let kid = decode_header(&probe.token)?.kid.unwrap_or_default();
            DecodingKey::from_jwk(set.find(&kid).expect("the good key"))?
        }
        _ => DecodingKey::from_secret(&probe.secret),
    };
    let mut validation = validation(Algorithm::HS256);
    match probe.setting {
        Setting::NoAudience => validation.aud = None,
        Setting::EndlessLeeway => validation.leeway = u64::MAX,
        _ => {}
    }
    decode(&probe.token, &key, &validation).map(|data| data.claims)
}

/// As the documentation shows it: what is expected is set, the rest is left as it comes.
fn validation(algorithm: Algorithm) -> Validation {
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation
}

fn signing(algorithm: &str) -> EncodingKey {
    let pem = || private_pem(algorithm).into_bytes();
    match &algorithm[..2] {
        "HS" => Ok(EncodingKey::from_secret(&secret())),
        "ES" => EncodingKey::from_ec_pem(&pem()),
        "Ed" => EncodingKey::from_ed_pem(&pem()),
        _ => EncodingKey::from_rsa_pem(&pem()),
    }
    .expect("a test key")
}

fn verifying(algorithm: &str) -> DecodingKey {
    let pem = || public_pem(algorithm).into_bytes();
    match &algorithm[..2] {
        "HS" => Ok(DecodingKey::from_secret(&secret())),
        "ES" => DecodingKey::from_ec_pem(&pem()),
        "Ed" => DecodingKey::from_ed_pem(&pem()),
        _ => DecodingKey::from_rsa_pem(&pem()),
    }
    .expect("a test key")
}

fn known(algorithm: &str) -> Algorithm {
    Algorithm::from_str(algorithm).expect("one of its algorithms")
}
