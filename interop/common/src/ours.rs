//! Jotgate's side of every comparison.

use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Signer, Typ};
use jotgate_jose::{Algorithm, Error, Jwk, JwkSet, KeySet, SigningKey, VerifyingKey};
use serde_json::Value;

use crate::files::{AUDIENCE, ISSUER, KID, private_pem, public_pem, secret};
use crate::peer::{Peer, now};
use crate::probe::{Probe, Setting, Verdict};

/// jotgate-jose.
pub struct Ours;

impl Peer for Ours {
    const NAME: &'static str = "jotgate-jose";
    const ALGORITHMS: &'static [&'static str] = &[
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
        "ES512", "EdDSA",
    ];

    fn sign(algorithm: &str, claims: &Value) -> String {
        let known = known(algorithm);
        let key = if known.is_symmetric() {
            SigningKey::hmac(known, &secret())
        } else {
            SigningKey::from_pem(private_pem(algorithm), known)
        };
        // EdDSA is the name the others know.
        let key = key.expect("a test key").with_kid(KID).with_eddsa_name();
        Signer::new(key, "JWT").expect("a media type").sign(claims).expect("sound claims")
    }

    fn public_jwk(_: &str) -> Option<Value> {
        None
    }

    fn verify(algorithm: &str, token: &str) -> Result<Value, String> {
        let known = known(algorithm);
        let key = if known.is_symmetric() {
            VerifyingKey::hmac(known, &secret())
        } else {
            VerifyingKey::from_pem(public_pem(algorithm), known)
        };
        let keys = KeySet::from(key.expect("a test key").with_kid(KID));
        let verified = jwt::verify(token, &keys, &policy(), now()).map_err(|error| error.to_string())?;
        Ok(verified.into_claims())
    }

    fn judge(probe: &Probe) -> Verdict {
        judge(probe).map_or(Verdict::Refused, |_| Verdict::Accepted)
    }
}

impl Ours {
    /// As [`Peer::verify`], with a JWK of another library's making.
    ///
    /// # Errors
    /// The library's words.
    pub fn with_jwk(algorithm: &str, jwk: &Value, token: &str) -> Result<Value, String> {
        let check = || -> Result<Value, Error> {
            let key = VerifyingKey::from_jwk_with(&Jwk::parse(jwk.to_string())?, known(algorithm))?;
            Ok(jwt::verify(token, &KeySet::from(key), &policy(), now())?.into_claims())
        };
        check().map_err(|error| error.to_string())
    }
}

fn judge(probe: &Probe) -> Result<Value, Error> {
    let keys = match &probe.setting {
        Setting::Jwk(jwk) => KeySet::from(VerifyingKey::from_jwk(&Jwk::parse(jwk)?)?),
        Setting::JwkSet(set) => KeySet::from(&JwkSet::parse(set)?),
        _ => KeySet::from(VerifyingKey::hmac(Algorithm::Hs256, &probe.secret)?),
    };
    let policy = match &probe.setting {
        Setting::NoAudience => {
            Policy::new(Issuer::exact(ISSUER), Audience::any_of([""; 0]), Typ::absent_or("JWT"))
        }
        Setting::EndlessLeeway => policy().leeway(u32::MAX)?,
        _ => policy(),
    };
    Ok(jwt::verify(&probe.token, &keys, &policy, now())?.into_claims())
}

fn policy() -> Policy {
    Policy::new(Issuer::exact(ISSUER), Audience::any_of([AUDIENCE]), Typ::absent_or("JWT"))
}

fn known(algorithm: &str) -> Algorithm {
    Algorithm::from_name(algorithm).expect("a registered name")
}
