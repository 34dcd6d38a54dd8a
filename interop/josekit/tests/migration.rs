//! Both sides of docs/from-josekit.md, compiled and run. A test of the main workspace compares the page's blocks with
//! the passages between `page:` and `page end` here.

use std::time::{Duration, SystemTime};

use josekit::JoseError;
use josekit::jws::{ES256, HS256, JwsHeader, JwsVerifier};
use josekit::jwt::{JwtPayload, JwtPayloadValidator};
use jotgate_interop_common::{KID, now, private_pem, public_pem, secret};
use jotgate_jose::{KeySet, Reason, SigningKey, VerifyingKey, jwt};
use serde::{Deserialize, Serialize};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    /// With fractions, because josekit writes them.
    exp: f64,
    admin: bool,
}

fn claims() -> Claims {
    Claims {
        iss: "https://id.example".into(),
        aud: "api".into(),
        sub: "17".into(),
        exp: (now() + 600) as f64,
        admin: true,
    }
}

fn policy() -> jwt::Policy {
    use jwt::{Audience, Issuer, Policy, Typ};
    Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("JWT"))
}

#[test]
fn keys() -> Tested {
    let (secret, private_pem, public_pem) = (secret(), private_pem("ES256"), public_pem("ES256"));
    let jwk = {
        use josekit::jwk::KeyPair;
        // page: keys, theirs
        let shared = HS256.signer_from_bytes(&secret)?;
        let private = ES256.signer_from_pem(&private_pem)?;
        let public = ES256.verifier_from_pem(&public_pem)?;
        let jwk = ES256.key_pair_from_pem(&private_pem)?.to_jwk_public_key();
        let from_jwk = ES256.verifier_from_jwk(&jwk)?;
        // page end
        let _ = (shared, private, public, from_jwk);
        jwk.to_string()
    };
    // page: keys
    use jotgate_jose::{Algorithm, Jwk};

    let shared = SigningKey::hmac(Algorithm::Hs256, &secret)?;
    let private = SigningKey::from_pem(&private_pem, Algorithm::Es256)?;
    let public = VerifyingKey::from_pem(&public_pem, Algorithm::Es256)?;
    let from_jwk = VerifyingKey::from_jwk(&Jwk::parse(&jwk)?)?;
    // page end
    assert_eq!(from_jwk.thumbprint(), public.thumbprint());
    assert_eq!(private.thumbprint(), public.thumbprint());
    assert_eq!(shared.algorithm(), Algorithm::Hs256);
    Ok(())
}

#[test]
fn signing_and_verifying() -> Tested {
    let theirs = {
        let signer = ES256.signer_from_pem(private_pem("ES256"))?;
        let in_ten_minutes = SystemTime::now() + Duration::from_secs(600);
        // page: sign, theirs
        let mut header = JwsHeader::new();
        header.set_token_type("JWT");
        header.set_key_id("interop");
        let mut payload = JwtPayload::new();
        payload.set_issuer("https://id.example");
        payload.set_audience(vec!["api"]);
        payload.set_subject("17");
        payload.set_expires_at(&in_ten_minutes);
        payload.set_claim("admin", Some(true.into()))?;
        let token = josekit::jwt::encode_with_signer(&payload, &header, &signer)?;
        // page end
        token
    };
    let (claims, key) =
        (claims(), SigningKey::from_pem(private_pem("ES256"), jotgate_jose::Algorithm::Es256)?);
    // page: sign
    let signer = jwt::Signer::new(key.with_kid("interop"), "JWT")?;
    let token = signer.sign(&claims)?; // any type that is `Serialize`
    // page end

    for token in [token, theirs] {
        {
            let verifier = ES256.verifier_from_pem(public_pem("ES256"))?;
            // page: verify, theirs
            let (payload, _header) = josekit::jwt::decode_with_verifier(&token, &verifier)?;
            let mut validator = JwtPayloadValidator::new();
            validator.set_issuer("https://id.example");
            validator.set_audience("api");
            validator.validate(&payload)?;
            let admin = payload.claim("admin").and_then(|admin| admin.as_bool());
            // page end
            assert_eq!(admin, Some(true));
        }
        let public =
            VerifyingKey::from_pem(public_pem("ES256"), jotgate_jose::Algorithm::Es256)?.with_kid(KID);
        // page: verify
        use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};

        let policy =
            Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("JWT"));
        let keys = KeySet::from(public);
        let admin = jwt::verify::<Claims>(&token, &keys, &policy, now())?.claims().admin;
        // page end
        assert!(admin);
    }
    Ok(())
}

#[test]
fn rules() -> Tested {
    let token = jwt::sign(&claims(), &SigningKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?)?;
    {
        let verifier = HS256.verifier_from_bytes(secret())?;
        let (payload, _) = josekit::jwt::decode_with_verifier(&token, &verifier)?;
        let mut validator = JwtPayloadValidator::new();
        // page: rules, theirs
        validator.set_base_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
        validator.set_min_issued_time(SystemTime::now() - Duration::from_secs(3600));
        validator.set_subject("17");
        validator.set_claim("admin", true.into());
        if payload.expires_at().is_none() {
            return Err("the token never expires".into());
        }
        // page end
        assert_eq!(validator.subject(), Some("17"));
    }
    // page: rules
    let policy = policy() // `exp` is demanded without being asked for
        .max_age(Duration::from_secs(3600))
        .require_exact("sub", "17")
        .require("admin");
    let now = 1_800_000_000; // the last argument of `verify`
    // page end
    let keys = KeySet::from(VerifyingKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?);
    assert!(jwt::verify::<Claims>(&token, &keys, &policy, now).is_err());
    Ok(())
}

#[test]
fn key_sets() -> Tested {
    let key = SigningKey::from_pem(private_pem("ES256"), jotgate_jose::Algorithm::Es256)?.with_kid(KID);
    let json = jotgate_jose::JwkSet::new([key.public_jwk()?]).to_json()?;
    let token = jwt::sign(&claims(), &key)?;
    let policy = policy();
    {
        // page: jwks, theirs
        let set = josekit::jwk::JwkSet::from_bytes(&json)?;
        let verifiers: Vec<_> = set.keys().into_iter().flat_map(|jwk| ES256.verifier_from_jwk(jwk)).collect();
        let (payload, _) = josekit::jwt::decode_with_verifier_selector(&token, |header| {
            let named = verifiers.iter().find(|verifier| verifier.key_id() == header.key_id());
            Ok(named.map(|verifier| verifier as &dyn JwsVerifier))
        })?;
        // page end
        assert_eq!(payload.subject(), Some("17"));
    }
    // page: jwks
    use jotgate_jose::JwkSet;

    let keys = KeySet::from(&JwkSet::parse(&json)?);
    let verified = jwt::verify::<Claims>(&token, &keys, &policy, now())?;
    // page end
    assert_eq!(verified.kid(), Some(KID));
    Ok(())
}

#[test]
fn errors() -> Tested {
    let key = SigningKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?;
    let token = jwt::sign(&Claims { exp: (now() - 600) as f64, ..claims() }, &key)?;
    let (keys, policy) = (KeySet::from(key.verifying_key()), policy());
    {
        let (payload, _) = josekit::jwt::decode_with_verifier(&token, &HS256.verifier_from_bytes(secret())?)?;
        let validator = JwtPayloadValidator::new();
        // page: errors, theirs
        let refused = match validator.validate(&payload) {
            Err(JoseError::InvalidClaim(why)) => Some(why.to_string()), // which claim, only its words say
            _ => None,
        };
        // page end
        assert!(refused.is_some());
    }
    // page: errors
    let expired = match jwt::verify::<Claims>(&token, &keys, &policy, now()) {
        Err(error) => error.reason() == Reason::ExpExpired,
        Ok(_) => false,
    };
    // page end
    assert!(expired);
    Ok(())
}
