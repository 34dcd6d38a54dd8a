//! jwt-simple, with BoringSSL.

use std::collections::HashSet;

use jotgate_interop_common::{
    AUDIENCE, ISSUER, KID, Peer, Probe, Setting, Verdict, caught, private_pem, public_pem, secret,
};
use jwt_simple::prelude::*;
use serde_json::{Value, json};

pub struct JwtSimple;

/// Each algorithm is a pair of types there: `$with` is expanded for the one that is named.
macro_rules! each {
    ($algorithm:expr, $mac:ident, $signature:ident) => {
        match $algorithm {
            "HS256" => $mac!(HS256Key),
            "HS384" => $mac!(HS384Key),
            "HS512" => $mac!(HS512Key),
            "RS256" => $signature!(RS256KeyPair, RS256PublicKey),
            "RS384" => $signature!(RS384KeyPair, RS384PublicKey),
            "RS512" => $signature!(RS512KeyPair, RS512PublicKey),
            "PS256" => $signature!(PS256KeyPair, PS256PublicKey),
            "PS384" => $signature!(PS384KeyPair, PS384PublicKey),
            "PS512" => $signature!(PS512KeyPair, PS512PublicKey),
            "ES256" => $signature!(ES256KeyPair, ES256PublicKey),
            "ES384" => $signature!(ES384KeyPair, ES384PublicKey),
            "EdDSA" => $signature!(Ed25519KeyPair, Ed25519PublicKey),
            other => panic!("{other} is none of its algorithms"),
        }
    };
}

impl Peer for JwtSimple {
    const NAME: &'static str = "jwt-simple";
    const ALGORITHMS: &'static [&'static str] = &[
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
        "EdDSA",
    ];

    fn sign(algorithm: &str, wanted: &Value) -> String {
        let text = |name: &str| wanted[name].as_str().unwrap_or_default().to_owned();
        // Its times are its own: from now, for an hour.
        let claims = Claims::with_custom_claims(json!({"scope": wanted["scope"]}), Duration::from_hours(1))
            .with_issuer(text("iss"))
            .with_subject(text("sub"))
            .with_audience(text("aud"))
            .with_jwt_id(text("jti"));
        macro_rules! mac {
            ($key:ty) => {
                <$key>::from_bytes(&secret()).with_key_id(KID).authenticate(claims)
            };
        }
        macro_rules! signature {
            ($pair:ty, $public:ty) => {
                <$pair>::from_pem(&private_pem(algorithm)).expect("a test key").with_key_id(KID).sign(claims)
            };
        }
        each!(algorithm, mac, signature).expect("sound claims")
    }

    fn public_jwk(algorithm: &str) -> Option<Value> {
        // Shared secrets it does not write as JWK.
        macro_rules! mac {
            ($key:ty) => {
                return None
            };
        }
        macro_rules! signature {
            ($pair:ty, $public:ty) => {
                <$public>::from_pem(&public_pem(algorithm)).expect("a test key").with_key_id(KID).to_jwk()
            };
        }
        serde_json::from_str(&each!(algorithm, mac, signature)).ok()
    }

    fn verify(algorithm: &str, token: &str) -> Result<Value, String> {
        macro_rules! mac {
            ($key:ty) => {
                <$key>::from_bytes(&secret()).verify_token::<Value>(token, Some(options()))
            };
        }
        macro_rules! signature {
            ($pair:ty, $public:ty) => {
                <$public>::from_pem(&public_pem(algorithm))
                    .expect("a test key")
                    .verify_token::<Value>(token, Some(options()))
            };
        }
        let claims = each!(algorithm, mac, signature).map_err(|error| error.to_string())?;
        Ok(json!({"sub": claims.subject, "scope": claims.custom["scope"]}))
    }

    fn judge(probe: &Probe) -> Verdict {
        let mut options = options();
        match probe.setting {
            Setting::Jwk(_) | Setting::JwkSet(_) | Setting::OneCall => return Verdict::NotThere,
            Setting::NoAudience => options.allowed_audiences = None,
            Setting::EndlessLeeway => options.time_tolerance = Some(Duration::from_secs(u64::MAX)),
            Setting::Usual => {}
        }
        caught(|| HS256Key::from_bytes(&probe.secret).verify_token::<Value>(&probe.token, Some(options)))
    }
}

/// As the documentation shows it: what is expected is set, the rest is left as it comes.
fn options() -> VerificationOptions {
    VerificationOptions {
        allowed_issuers: Some(HashSet::from([ISSUER.to_owned()])),
        allowed_audiences: Some(HashSet::from([AUDIENCE.to_owned()])),
        ..VerificationOptions::default()
    }
}
