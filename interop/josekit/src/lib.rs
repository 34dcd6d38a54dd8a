//! josekit, with OpenSSL.

use std::time::{Duration, SystemTime};

use josekit::JoseError;
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, JwkSet, KeyPair};
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};
use josekit::jwt::{self, JwtPayload, JwtPayloadValidator};
use jotgate_interop_common::{
    AUDIENCE, ISSUER, KID, Peer, Probe, Setting, Verdict, caught, private_pem, public_pem, secret,
};
use serde_json::Value;

pub struct Josekit;

/// Each algorithm is a constant of one of five types there.
macro_rules! each {
    ($algorithm:expr, $mac:ident, $signature:ident, $pss:ident) => {
        match $algorithm {
            "HS256" => $mac!(jws::HS256),
            "HS384" => $mac!(jws::HS384),
            "HS512" => $mac!(jws::HS512),
            "RS256" => $signature!(jws::RS256),
            "RS384" => $signature!(jws::RS384),
            "RS512" => $signature!(jws::RS512),
            "PS256" => $pss!(jws::PS256),
            "PS384" => $pss!(jws::PS384),
            "PS512" => $pss!(jws::PS512),
            "ES256" => $signature!(jws::ES256),
            "ES384" => $signature!(jws::ES384),
            "ES512" => $signature!(jws::ES512),
            "EdDSA" => $signature!(jws::EdDSA),
            other => panic!("{other} is none of its algorithms"),
        }
    };
}

impl Peer for Josekit {
    const NAME: &'static str = "josekit";
    const ALGORITHMS: &'static [&'static str] = &[
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
        "ES512", "EdDSA",
    ];

    fn sign(algorithm: &str, claims: &Value) -> String {
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        header.set_key_id(KID);
        let payload = JwtPayload::from_map(claims.as_object().expect("claims are an object").clone());
        let signer = signer(algorithm);
        jwt::encode_with_signer(&payload.expect("sound claims"), &header, &*signer).expect("sound claims")
    }

    fn public_jwk(algorithm: &str) -> Option<Value> {
        macro_rules! mac {
            ($known:expr) => {
                $known.to_jwk(&secret())
            };
        }
        macro_rules! signature {
            ($known:expr) => {{
                let pair = $known.key_pair_from_pem(private_pem(algorithm)).expect("a test key");
                pair.to_jwk_public_key()
            }};
        }
        macro_rules! pss {
            ($known:expr) => {
                rsa_jwk().to_public_key().expect("a test key")
            };
        }
        let mut jwk = each!(algorithm, mac, signature, pss);
        jwk.set_algorithm(algorithm);
        jwk.set_key_id(KID);
        serde_json::to_value(jwk.as_ref()).ok()
    }

    fn verify(algorithm: &str, token: &str) -> Result<Value, String> {
        let check = || {
            let (payload, _) = jwt::decode_with_verifier(token, &*verifier(algorithm))?;
            validator(true).validate(&payload)?;
            Ok(payload)
        };
        let payload: JwtPayload = check().map_err(|error: JoseError| error.to_string())?;
        Ok(Value::Object(payload.claims_set().clone()))
    }

    fn judge(probe: &Probe) -> Verdict {
        if matches!(probe.setting, Setting::EndlessLeeway) {
            return Verdict::NotThere;
        }
        caught(|| judge(probe))
    }
}

fn judge(probe: &Probe) -> Result<(), JoseError> {
    let (payload, _) = match &probe.setting {
        Setting::Jwk(jwk) => {
            jwt::decode_with_verifier(&probe.token, &jws::HS256.verifier_from_jwk(&Jwk::from_bytes(jwk)?)?)?
        }
        Setting::JwkSet(set) => {
            let set = JwkSet::from_bytes(set)?;
            let verifiers: Vec<_> =
                set.get("h").into_iter().filter_map(|jwk| jws::HS256.verifier_from_jwk(jwk).ok()).collect();
            let first = verifiers.first().map(|verifier| verifier as &dyn JwsVerifier);
            jwt::decode_with_verifier_selector(&probe.token, |header| {
                Ok(first.filter(|verifier| verifier.key_id() == header.key_id()))
            })?
        }
        _ => jwt::decode_with_verifier(&probe.token, &jws::HS256.verifier_from_bytes(&probe.secret)?)?,
    };
    match probe.setting {
        Setting::OneCall => Ok(()),
        Setting::NoAudience => validator(false).validate(&payload),
        _ => validator(true).validate(&payload),
    }
}

/// As the documentation shows it: what is expected is set, the rest is left as it comes.
fn validator(with_audience: bool) -> JwtPayloadValidator {
    let mut validator = JwtPayloadValidator::new();
    validator.set_base_time(SystemTime::now());
    // Its clock for `iat` is another one than for `exp`; a second of difference is nobody's fault.
    validator.set_max_issued_time(SystemTime::now() + Duration::from_secs(1));
    validator.set_issuer(ISSUER);
    if with_audience {
        validator.set_audience(AUDIENCE);
    }
    validator
}

fn signer(algorithm: &str) -> Box<dyn JwsSigner> {
    macro_rules! mac {
        ($known:expr) => {
            Box::new($known.signer_from_bytes(secret()).expect("a test key"))
        };
    }
    macro_rules! signature {
        ($known:expr) => {
            Box::new($known.signer_from_pem(private_pem(algorithm)).expect("a test key"))
        };
    }
    macro_rules! pss {
        ($known:expr) => {
            Box::new($known.signer_from_jwk(&rsa_jwk()).expect("a test key"))
        };
    }
    each!(algorithm, mac, signature, pss)
}

fn verifier(algorithm: &str) -> Box<dyn JwsVerifier> {
    macro_rules! mac {
        ($known:expr) => {
            Box::new($known.verifier_from_bytes(secret()).expect("a test key"))
        };
    }
    macro_rules! signature {
        ($known:expr) => {
            Box::new($known.verifier_from_pem(public_pem(algorithm)).expect("a test key"))
        };
    }
    macro_rules! pss {
        ($known:expr) => {
            Box::new($known.verifier_from_jwk(&rsa_jwk()).expect("a test key"))
        };
    }
    each!(algorithm, mac, signature, pss)
}

/// For RSASSA-PSS it takes PEM only where that says so itself; a JWK says nothing and fits.
fn rsa_jwk() -> Jwk {
    RsaKeyPair::from_pem(private_pem("RS256")).expect("a test key").to_jwk_key_pair()
}
