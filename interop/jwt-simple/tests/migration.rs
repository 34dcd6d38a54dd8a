//! Both sides of docs/from-jwt-simple.md, compiled and run. A test of the main workspace compares the page's blocks
//! with the passages between `page:` and `page end` here.

use std::collections::HashSet;

use jotgate_interop_common::{KID, now, private_pem, public_pem, secret};
use jotgate_jose::{Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey, jwt};
use jwt_simple::prelude::*;
use serde_json::json;

type Tested = std::result::Result<(), Box<dyn std::error::Error>>;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rights {
    admin: bool,
}

fn policy() -> jwt::Policy {
    use jwt::{Audience, Issuer, Policy, Typ};
    Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("JWT"))
}

#[test]
fn keys() -> Tested {
    let (secret, private_pem, public_pem) = (secret(), private_pem("ES256"), public_pem("ES256"));
    {
        // page: keys, theirs
        let shared = HS256Key::from_bytes(&secret);
        let private = ES256KeyPair::from_pem(&private_pem)?.with_key_id("interop");
        let public = ES256PublicKey::from_pem(&public_pem)?;
        let jwk = private.public_key().to_jwk();
        // page end
        let _ = (shared, public, jwk);
    }
    // page: keys
    use jotgate_jose::Algorithm;

    let shared = SigningKey::hmac(Algorithm::Hs256, &secret)?;
    let private = SigningKey::from_pem(&private_pem, Algorithm::Es256)?.with_kid("interop");
    let public = VerifyingKey::from_pem(&public_pem, Algorithm::Es256)?;
    let jwk = private.public_jwk()?.to_json()?;
    // page end
    assert_eq!(VerifyingKey::from_jwk(&Jwk::parse(&jwk)?)?.thumbprint(), public.thumbprint());
    assert_eq!(shared.algorithm(), Algorithm::Hs256);
    Ok(())
}

#[test]
fn signing_and_verifying() -> Tested {
    let pair = ES256KeyPair::from_pem(&private_pem("ES256"))?.with_key_id(KID);
    let theirs = {
        // page: sign, theirs
        let claims = Claims::with_custom_claims(Rights { admin: true }, Duration::from_mins(15))
            .with_issuer("https://id.example")
            .with_audience("api")
            .with_subject("17");
        let token = pair.sign(claims)?;
        // page end
        token
    };
    let key = SigningKey::from_pem(private_pem("ES256"), jotgate_jose::Algorithm::Es256)?.with_kid(KID);
    // page: sign
    #[derive(Serialize, Deserialize)]
    struct AccessClaims {
        iss: String,
        aud: String,
        sub: String,
        iat: i64,
        exp: i64,
        admin: bool,
    }

    let claims = AccessClaims {
        iss: "https://id.example".into(),
        aud: "api".into(),
        sub: "17".into(),
        iat: now(),
        exp: now() + 15 * 60,
        admin: true,
    };
    let signer = jwt::Signer::new(key, "JWT")?;
    let token = signer.sign(&claims)?;
    // page end

    for token in [token, theirs] {
        {
            let public = pair.public_key();
            // page: verify, theirs
            let options = VerificationOptions {
                allowed_issuers: Some(HashSet::from_strings(&["https://id.example"])),
                allowed_audiences: Some(HashSet::from_strings(&["api"])),
                ..VerificationOptions::default()
            };
            let claims = public.verify_token::<Rights>(&token, Some(options))?;
            let (user, admin) = (claims.subject, claims.custom.admin);
            // page end
            assert_eq!((user.as_deref(), admin), (Some("17"), true));
        }
        let public =
            VerifyingKey::from_pem(public_pem("ES256"), jotgate_jose::Algorithm::Es256)?.with_kid(KID);
        // page: verify
        use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};

        let policy =
            Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("JWT"));
        let keys = KeySet::from(public);
        let claims = jwt::verify::<AccessClaims>(&token, &keys, &policy, now())?.into_claims();
        let (user, admin) = (claims.sub, claims.admin);
        // page end
        assert_eq!((user.as_str(), admin), ("17", true));
    }
    Ok(())
}

#[test]
fn rules() -> Tested {
    let claims =
        Claims::create(Duration::from_mins(10)).with_issuer("https://id.example").with_audience("api");
    let token = HS256Key::from_bytes(&secret()).authenticate(claims)?;
    {
        // page: rules, theirs
        let options = VerificationOptions {
            time_tolerance: Some(Duration::from_secs(5)),
            max_validity: Some(Duration::from_hours(1)),
            required_subject: Some("17".into()),
            required_nonce: Some("n-0S6".into()),
            required_signature_type: Some("JWT".into()),
            artificial_time: Some(UnixTimeStamp::from_secs(1_800_000_000)),
            ..VerificationOptions::default()
        };
        // page end
        assert!(
            HS256Key::from_bytes(&secret()).verify_token::<NoCustomClaims>(&token, Some(options)).is_err()
        );
    }
    let hour = std::time::Duration::from_secs(3600);
    // page: rules
    let policy = policy() // made with `Typ::exact("JWT")`
        .leeway(5)?
        .max_age(hour)
        .require_exact("sub", "17")
        .require_exact("nonce", "n-0S6");
    let now = 1_800_000_000; // the last argument of `verify`
    // page end
    let keys = KeySet::from(VerifyingKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?);
    assert!(jwt::verify::<serde_json::Value>(&token, &keys, &policy, now).is_err());
    Ok(())
}

#[test]
fn key_sets() -> Tested {
    let key = SigningKey::from_pem(private_pem("ES256"), jotgate_jose::Algorithm::Es256)?.with_kid(KID);
    let json = JwkSet::new([key.public_jwk()?]).to_json()?;
    let token = ES256KeyPair::from_pem(&private_pem("ES256"))?.with_key_id(KID).sign(
        Claims::create(Duration::from_mins(10)).with_issuer("https://id.example").with_audience("api"),
    )?;
    let policy = policy();
    {
        // page: jwks, theirs
        let set: serde_json::Value = serde_json::from_str(&json)?;
        let metadata = Token::decode_metadata(&token)?;
        let kid = metadata.key_id().ok_or("no kid")?;
        let keys = set["keys"].as_array().ok_or("no keys")?;
        let jwk = keys.iter().find(|jwk| jwk["kid"] == kid).ok_or("unknown kid")?;
        let key = ES256PublicKey::from_jwk(&jwk.to_string())?; // the type says which algorithm is expected
        let claims = key.verify_token::<NoCustomClaims>(&token, None)?;
        // page end
        assert!(claims.expires_at.is_some());
    }
    // page: jwks
    let keys = KeySet::from(&JwkSet::parse(&json)?);
    let claims = jwt::verify::<serde_json::Value>(&token, &keys, &policy, now())?;
    // page end
    assert_eq!(claims.claims()["iss"], "https://id.example");
    Ok(())
}

#[test]
fn errors() -> Tested {
    let key = SigningKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?;
    let token = jwt::sign(&json!({"iss": "https://id.example", "aud": "api", "exp": now() - 3600}), &key)?;
    let (keys, policy) = (KeySet::from(key.verifying_key()), policy());
    {
        let key = HS256Key::from_bytes(&secret());
        // page: errors, theirs
        let expired = match key.verify_token::<NoCustomClaims>(&token, None) {
            Err(error) => matches!(error.downcast_ref(), Some(jwt_simple::JWTError::TokenHasExpired)),
            Ok(_) => false,
        };
        // page end
        assert!(expired);
    }
    // page: errors
    let expired = match jwt::verify::<serde_json::Value>(&token, &keys, &policy, now()) {
        Err(error) => error.reason() == Reason::ExpExpired,
        Ok(_) => false,
    };
    // page end
    assert!(expired);
    Ok(())
}
