//! Both sides of docs/from-jsonwebtoken.md, compiled and run. A test of the main workspace compares the page's blocks
//! with the passages between `page:` and `page end` here.

use jotgate_interop_common::{KID, now, private_pem, public_pem, secret};
use jotgate_jose::{Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey, jwt};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};

type Tested = Result<(), Box<dyn std::error::Error>>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
}

fn claims() -> Claims {
    Claims { iss: "https://id.example".into(), aud: "api".into(), sub: "17".into(), exp: now() + 600 }
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
        let shared = EncodingKey::from_secret(&secret);
        let private = EncodingKey::from_ec_pem(private_pem.as_bytes())?;
        let public = DecodingKey::from_ec_pem(public_pem.as_bytes())?;
        // page end
        let _ = (shared, private, public);
    }
    // page: keys
    use jotgate_jose::Algorithm;

    let shared = SigningKey::hmac(Algorithm::Hs256, &secret)?;
    let private = SigningKey::from_pem(&private_pem, Algorithm::Es256)?;
    let public = VerifyingKey::from_pem(&public_pem, Algorithm::Es256)?;
    // page end
    assert_eq!(private.verifying_key().thumbprint(), public.thumbprint());
    assert_eq!(shared.algorithm(), Algorithm::Hs256);
    Ok(())
}

#[test]
fn signing_and_verifying() -> Tested {
    use jotgate_jose::Algorithm;
    let (private_pem, public_pem, claims) = (private_pem("ES256"), public_pem("ES256"), claims());
    let theirs = {
        use jsonwebtoken::Algorithm;
        let key = EncodingKey::from_ec_pem(private_pem.as_bytes())?;
        // page: sign, theirs
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some("interop".into());
        let token = encode(&header, &claims, &key)?;
        // page end
        token
    };
    let key = SigningKey::from_pem(&private_pem, Algorithm::Es256)?;
    // page: sign
    let signer = jwt::Signer::new(key.with_kid("interop"), "JWT")?;
    let token = signer.sign(&claims)?;
    // page end

    for token in [token, theirs] {
        let public = DecodingKey::from_ec_pem(public_pem.as_bytes())?;
        {
            use jsonwebtoken::Algorithm;
            // page: verify, theirs
            let mut validation = Validation::new(Algorithm::ES256);
            validation.set_issuer(&["https://id.example"]);
            validation.set_audience(&["api"]);
            validation.set_required_spec_claims(&["exp", "iss", "aud"]);
            validation.validate_nbf = true;
            let read = decode::<Claims>(&token, &public, &validation)?.claims;
            // page end
            assert_eq!(read, claims);
        }
        let public = VerifyingKey::from_pem(&public_pem, Algorithm::Es256)?.with_kid(KID);
        // page: verify
        use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};

        let policy =
            Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("JWT"));
        let keys = KeySet::from(public);
        let read = jwt::verify::<Claims>(&token, &keys, &policy, now())?.into_claims();
        // page end
        assert_eq!(read, claims);
    }
    Ok(())
}

#[test]
fn rules() -> Tested {
    {
        let mut validation = Validation::default();
        // page: rules, theirs
        validation.leeway = 5;
        validation.sub = Some("17".into());
        validation.set_required_spec_claims(&["exp", "sub"]);
        // page end
        assert_eq!(validation.leeway, 5);
    }
    // page: rules
    let policy = policy().leeway(5)?.require_exact("sub", "17").require("jti");
    // page end
    let key = SigningKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?;
    let token = jwt::sign(&claims(), &key)?;
    let refused = jwt::verify::<Claims>(&token, &key.verifying_key().into(), &policy, now()).unwrap_err();
    assert_eq!(refused.reason(), Reason::ClaimMissing);
    Ok(())
}

#[test]
fn key_sets() -> Tested {
    let key = SigningKey::from_pem(private_pem("ES256"), jotgate_jose::Algorithm::Es256)?.with_kid(KID);
    let json = JwkSet::new([key.public_jwk()?]).to_json()?;
    let token = jwt::sign(&claims(), &key)?;
    let policy = policy();
    {
        use jsonwebtoken::Algorithm;
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["api"]);
        // page: jwks, theirs
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&json)?;
        let kid = decode_header(&token)?.kid.ok_or("no kid")?;
        let jwk = set.find(&kid).ok_or("unknown kid")?;
        let read = decode::<Claims>(&token, &DecodingKey::from_jwk(jwk)?, &validation)?;
        // page end
        assert_eq!(read.claims.sub, "17");
    }
    // page: jwks
    let keys = KeySet::from(&JwkSet::parse(&json)?);
    let read = jwt::verify::<Claims>(&token, &keys, &policy, now())?;
    // page end
    assert_eq!((read.claims().sub.as_str(), keys.unusable().len()), ("17", 0));
    let one = Jwk::parse(key.public_jwk()?.to_json()?)?;
    assert_eq!(VerifyingKey::from_jwk(&one)?.kid(), Some(KID));
    Ok(())
}

#[test]
fn errors() -> Tested {
    let key = SigningKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?;
    let late = Claims { exp: now() - 600, ..claims() };
    let token = jwt::sign(&late, &key)?;
    let (keys, policy) = (KeySet::from(key.verifying_key()), policy());
    {
        let (key, mut validation) = (DecodingKey::from_secret(&secret()), Validation::default());
        validation.set_audience(&["api"]);
        // page: errors, theirs
        let expired = match decode::<Claims>(&token, &key, &validation) {
            Err(error) => matches!(error.kind(), ErrorKind::ExpiredSignature),
            Ok(_) => false,
        };
        // page end
        assert!(expired);
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

#[test]
fn looking_inside() -> Tested {
    let key = SigningKey::hmac(jotgate_jose::Algorithm::Hs256, &secret())?.with_kid(KID);
    let token = jwt::sign(&claims(), &key)?;
    // page: peek, theirs
    let kid = decode_header(&token)?.kid;
    // page end
    assert_eq!(kid.as_deref(), Some(KID));
    // page: peek
    let peek = jwt::Unverified::parse(&token)?;
    let (kid, issuer) = (peek.kid(), peek.iss());
    // page end
    assert_eq!((kid, issuer), (Some(KID), Some("https://id.example")));
    Ok(())
}
