//! Tokens that are wrong and bear a good signature, and settings in which a mistake shows.
//!
//! All are HS256, because every library has it and what is probed lies outside the mathematics. The sender knows the
//! secret: what is asked is whether the checks around the signature hold.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jotgate_jose::primitive::{HmacKey, base64url};
use serde_json::{Value, json};

use crate::files::{AUDIENCE, ISSUER, public_pem, secret};
use crate::peer::now;

/// One row of the table.
pub struct Probe {
    /// What is wrong, as the table says it.
    pub name: &'static str,
    pub token: String,
    /// The bytes it is signed with, which the verifier has too.
    pub secret: Vec<u8>,
    pub setting: Setting,
}

/// How the verifier is set up. Unless said otherwise it expects the issuer, the audience and HS256, and has every other
/// setting as its library comes.
pub enum Setting {
    Usual,
    /// Nothing is said about the audience.
    NoAudience,
    /// The call that checks the signature, without the second call that checks claims, where there are two.
    OneCall,
    /// As much leeway as the type holds.
    EndlessLeeway,
    /// The key comes as this JWK.
    Jwk(String),
    /// The keys come as this JWK Set.
    JwkSet(String),
}

/// What a library made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Refused,
    Accepted,
    Panicked,
    /// The library has nothing that could be tried.
    NotThere,
}

impl Verdict {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Accepted => "accepted",
            Self::Panicked => "panics",
            Self::NotThere => "–",
        }
    }
}

/// The verdict of code that says whether it accepts, and may panic.
pub fn caught<T, E>(judge: impl FnOnce() -> Result<T, E>) -> Verdict {
    match catch_unwind(AssertUnwindSafe(judge)) {
        Ok(Ok(_)) => Verdict::Accepted,
        Ok(Err(_)) => Verdict::Refused,
        Err(_) => Verdict::Panicked,
    }
}

/// The key set of two probes holds this one, under which their token is good.
#[must_use]
pub fn good_key() -> Value {
    json!({"kty": "oct", "kid": "h", "alg": "HS256", "k": base64url::encode(&secret())})
}

/// The rows in the order of the table. The last two hold a good token: there, refusing is the mistake.
#[must_use]
pub fn probes() -> Vec<Probe> {
    let mut probes = vec![
        claim("`aud` is absent", "aud", Value::Null),
        claim("`aud` is a number", "aud", json!(123)),
        claim("`aud` is an array with a number in it", "aud", json!(["other", 1])),
        claim("`iss` is absent", "iss", Value::Null),
        claim("`iss` is an object", "iss", json!({"name": ISSUER})),
        claim("`iss` is an array with the right name in it", "iss", json!(["https://evil.example", ISSUER])),
        claim("`exp` is absent", "exp", Value::Null),
        claim("expired 50 seconds ago", "exp", json!(now() - 50)),
        claim("expired 800 seconds ago", "exp", json!(now() - 800)),
        claim("`exp` is 1e300", "exp", json!(1e300)),
        claim("`nbf` is in two hours", "nbf", json!(now() + 7200)),
        header("`crit` names an unknown extension", r#""crit":["x"],"x":1"#),
        header("`crit` names `b64`, which is false", r#""crit":["b64"],"b64":false"#),
        header("`crit` is empty", r#""crit":[]"#),
        text("the claims are an array of values in the right order", &array()),
        text(
            "`sub` stands there twice",
            &format!("{}{}", &claims().to_string()[..claims().to_string().len() - 1], r#","sub":"admin"}"#),
        ),
    ];
    probes.extend(secrets());
    probes.extend(settings());
    probes
}

fn secrets() -> [Probe; 3] {
    [
        ("the secret is empty", Vec::new()),
        ("the secret has 12 bytes", b"twelve bytes".to_vec()),
        ("the secret is an RSA public key in PEM", public_pem("RS256").into_bytes()),
    ]
    .map(|(name, secret)| Probe {
        token: forge(&secret, HEADER, &claims().to_string()),
        secret,
        ..usual(name)
    })
}

fn settings() -> Vec<Probe> {
    let jwk =
        json!({"kty": "oct", "use": "enc", "alg": "HS512", "k": base64url::encode(&secret())}).to_string();
    let mut numeric = good_key();
    numeric["kid"] = json!(1);
    let future = json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "pq", "pub": base64url::encode(&[7; 1312])});
    let set = |odd: &Value| Setting::JwkSet(json!({"keys": [odd, good_key()]}).to_string());
    let named = forge(&secret(), r#"{"alg":"HS256","typ":"JWT","kid":"h"}"#, &claims().to_string());
    let good = |name, odd| Probe { token: named.clone(), setting: set(odd), ..usual(name) };
    let expired = claim("expired, and only the first of two calls is made", "exp", json!(now() - 7200));
    vec![
        Probe {
            setting: Setting::NoAudience,
            ..usual("the token has an `aud`, and the verifier was told of none")
        },
        Probe { setting: Setting::OneCall, ..expired },
        Probe { setting: Setting::EndlessLeeway, ..usual("the leeway is the greatest number there is") },
        Probe {
            token: named.clone(),
            setting: Setting::Jwk(jwk),
            ..usual("the JWK is for encryption, and for HS512")
        },
        good("*good token*; another key of the set has a number as `kid`", &numeric),
        good("*good token*; another key of the set is of a kind to come", &future),
    ]
}

fn usual(name: &'static str) -> Probe {
    Probe {
        name,
        token: forge(&secret(), HEADER, &claims().to_string()),
        secret: secret(),
        setting: Setting::Usual,
    }
}

/// Good claims but for one; null takes it away.
fn claim(name: &'static str, claim: &str, value: Value) -> Probe {
    let mut claims = claims();
    let object = claims.as_object_mut().expect("claims are an object");
    if value.is_null() {
        object.remove(claim);
    } else {
        object.insert(claim.into(), value);
        if claim == "exp" {
            // Not after `exp`, which would be another mistake.
            object.remove("iat");
        }
    }
    text(name, &claims.to_string())
}

fn header(name: &'static str, members: &str) -> Probe {
    let header = format!(r#"{{"alg":"HS256","typ":"JWT",{members}}}"#);
    Probe { token: forge(&secret(), &header, &claims().to_string()), ..usual(name) }
}

fn text(name: &'static str, claims: &str) -> Probe {
    Probe { token: forge(&secret(), HEADER, claims), ..usual(name) }
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "user-17", "exp": now() + 600, "iat": now() - 10})
}

/// What serde reads into a struct of these five fields as well as an object.
fn array() -> String {
    json!([now() + 600, now() - 10, "user-17", ISSUER, AUDIENCE]).to_string()
}

fn forge(secret: &[u8], header: &str, claims: &str) -> String {
    let signed = format!("{}.{}", base64url::encode(header.as_bytes()), base64url::encode(claims.as_bytes()));
    let tag = HmacKey::new(secret).sign(&[signed.as_bytes()]);
    format!("{signed}.{}", base64url::encode(&tag))
}

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
