//! biscuit, with ring.

use biscuit::errors::Error;
use biscuit::jwa::SignatureAlgorithm as Known;
use biscuit::jwk::{JWK, JWKSet};
use biscuit::jws::{RegisteredHeader, Secret};
use biscuit::{
    ClaimsSet, Empty, JWT, RegisteredClaims, SingleOrMultiple, TemporalOptions, Validation, ValidationOptions,
};
use jotgate_interop_common::{
    AUDIENCE, ISSUER, KID, Peer, Probe, Setting, Verdict, caught, file, private_der, public_der, secret,
};
use serde_json::{Value, json};

pub struct Biscuit;

type Token = JWT<Value, Empty>;

impl Peer for Biscuit {
    const NAME: &'static str = "biscuit";
    const ALGORITHMS: &'static [&'static str] =
        &["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384"];

    fn sign(algorithm: &str, claims: &Value) -> String {
        let header = RegisteredHeader {
            algorithm: known(algorithm),
            key_id: Some(KID.into()),
            media_type: Some("JWT".into()),
            ..Default::default()
        };
        let text = |name: &str| claims[name].as_str().map(str::to_owned);
        let time = |name: &str| claims[name].as_i64().map(Into::into);
        let claims = ClaimsSet {
            registered: RegisteredClaims {
                issuer: text("iss"),
                subject: text("sub"),
                audience: text("aud").map(SingleOrMultiple::Single),
                expiry: time("exp"),
                not_before: None,
                issued_at: time("iat"),
                id: text("jti"),
            },
            private: json!({"scope": claims["scope"]}),
        };
        let token = Token::new_decoded(header.into(), claims).into_encoded(&signing(algorithm));
        token.expect("sound claims").unwrap_encoded().to_string()
    }

    fn public_jwk(_: &str) -> Option<Value> {
        // It writes keys that somebody filled in, but reads none from PEM or DER.
        None
    }

    fn verify(algorithm: &str, token: &str) -> Result<Value, String> {
        let check = || {
            let token = Token::new_encoded(token).into_decoded(&verifying(algorithm), known(algorithm))?;
            token.validate(options())?;
            Ok(token.unwrap_decoded().1)
        };
        let claims: ClaimsSet<Value> = check().map_err(|error: Error| error.to_string())?;
        Ok(json!({"sub": claims.registered.subject, "scope": claims.private["scope"]}))
    }

    fn judge(probe: &Probe) -> Verdict {
        caught(|| judge(probe))
    }
}

fn judge(probe: &Probe) -> Result<(), Error> {
    let encoded = Token::new_encoded(&probe.token);
    let token = match &probe.setting {
        Setting::Jwk(jwk) => {
            let jwk: JWK<Empty> = serde_json::from_str(jwk)?;
            encoded.decode_with_jwks(&JWKSet { keys: vec![jwk] }, Some(Known::HS256))?
        }
        Setting::JwkSet(set) => {
            let set: JWKSet<Empty> = serde_json::from_str(set)?;
            encoded.decode_with_jwks(&set, Some(Known::HS256))?
        }
        _ => encoded.into_decoded(&Secret::Bytes(probe.secret.clone()), Known::HS256)?,
    };
    let mut options = options();
    match probe.setting {
        Setting::OneCall => return Ok(()),
        Setting::NoAudience => options.audience = Validation::default(),
        Setting::EndlessLeeway => {
            options.temporal_options = TemporalOptions { epsilon: chrono::Duration::MAX, now: None };
        }
        _ => {}
    }
    token.validate(options)
}

/// As the documentation shows it: what is expected is set, the rest is left as it comes.
fn options() -> ValidationOptions {
    ValidationOptions {
        issuer: Validation::Validate(ISSUER.into()),
        audience: Validation::Validate(AUDIENCE.into()),
        ..ValidationOptions::default()
    }
}

fn signing(algorithm: &str) -> Secret {
    if algorithm.starts_with("HS") {
        return Secret::Bytes(secret());
    }
    if algorithm.starts_with("ES") {
        // It reads files only, and DER only.
        let name = format!("jotgate-interop-{algorithm}-{}.der", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, private_der(algorithm)).expect("a temporary file");
        let secret = Secret::ecdsa_keypair_from_file(known(algorithm), &path.display().to_string());
        std::fs::remove_file(path).expect("our own file");
        return secret.expect("a test key");
    }
    Secret::rsa_keypair_from_file(&file("keys/rsa.pkcs1.der").display().to_string()).expect("a test key")
}

fn verifying(algorithm: &str) -> Secret {
    let public = public_der(algorithm);
    // ring wants the bare point or the bare RSAPublicKey, which are the ends of the SubjectPublicKeyInfo.
    let skipped = match algorithm {
        "ES256" => public.len() - 65,
        "ES384" => public.len() - 97,
        _ => 24,
    };
    if algorithm.starts_with("HS") {
        Secret::Bytes(secret())
    } else {
        Secret::PublicKey(public[skipped..].to_vec())
    }
}

fn known(algorithm: &str) -> Known {
    serde_json::from_value(json!(algorithm)).expect("one of its algorithms")
}
