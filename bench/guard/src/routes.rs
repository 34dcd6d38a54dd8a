//! One server on one thread: an open route, and for each algorithm a guarded one and one that checks the token with
//! jsonwebtoken as its documentation and axum's own example do. Prints a line of JSON with its port and the tokens.

mod issuer;

use std::{collections::BTreeMap, error::Error, sync::Arc};

use axum::{
    Router,
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    routing::get,
};
use issuer::{AUDIENCE, ISSUER, SECRET, Side};
use jotgate_guard::Caller;
use jotgate_jose::{Algorithm, SigningKey};
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde::Deserialize;
use serde_json::{Value, json};

const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("HS256", Algorithm::Hs256),
    ("RS256", Algorithm::Rs256),
    ("ES256", Algorithm::Es256),
    ("EdDSA", Algorithm::Ed25519),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut app = Router::new().route("/open", get(open));
    let mut tokens = BTreeMap::new();
    for (name, algorithm) in ALGORITHMS {
        let side = Side::start(algorithm, 32 << 20).await?;
        tokens.insert(name, side.token(1)?);
        app =
            app.merge(Router::new().route(&format!("/guard/{name}"), get(guarded)).layer(side.guard.layer()));
        let theirs = Arc::new(Theirs::new(name, &side.key)?);
        app =
            app.merge(Router::new().route(&format!("/jsonwebtoken/{name}"), get(decoded)).with_state(theirs));
        // The guard lives in its layer.
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", json!({"port": listener.local_addr()?.port(), "tokens": tokens}));
    Ok(axum::serve(listener, app).await?)
}

async fn open() -> &'static str {
    "hello"
}

async fn guarded(caller: Caller) -> &'static str {
    assert!(!caller.claims().sub.is_empty());
    "hello"
}

async fn decoded(claims: Claims) -> &'static str {
    assert!(!claims.sub.is_empty());
    "hello"
}

/// The claims an application reads: fewer than the guard checks, as is usual.
#[derive(Deserialize)]
#[expect(dead_code, reason = "read from the token, as applications do")]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    roles: Vec<String>,
}

/// Key and validation made once, which not everybody does.
struct Theirs {
    key: DecodingKey,
    validation: Validation,
}

impl Theirs {
    fn new(name: &str, key: &SigningKey) -> Result<Self, Box<dyn Error>> {
        let public =
            if name == "HS256" { Value::Null } else { serde_json::from_str(&key.public_jwk()?.to_json()?)? };
        let member = |member: &str| public[member].as_str().unwrap_or_default();
        let key = match name {
            "HS256" => DecodingKey::from_secret(SECRET),
            "RS256" => DecodingKey::from_rsa_components(member("n"), member("e"))?,
            "ES256" => DecodingKey::from_ec_components(member("x"), member("y"))?,
            _ => DecodingKey::from_ed_components(member("x"))?,
        };
        let mut validation = Validation::new(name.parse()?);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        Ok(Self { key, validation })
    }
}

impl FromRequestParts<Arc<Theirs>> for Claims {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Theirs>) -> Result<Self, StatusCode> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|line| line.to_str().ok()?.strip_prefix("Bearer "))
            .ok_or(StatusCode::UNAUTHORIZED)?;
        let data =
            decode::<Self>(token, &state.key, &state.validation).map_err(|_| StatusCode::UNAUTHORIZED)?;
        Ok(data.claims)
    }
}
