//! What both programs need: an issuer in process with its feed, a guard of it, and tokens that last the whole run.

use jotgate_guard::Guard;
use jotgate_jose::{Algorithm, SigningKey, jwt::Signer};
use jotgate_testkit::TestIssuer;
use jotgate_token::{Clock, SystemClock, access};
use serde_json::json;

pub const ISSUER: &str = "https://id.example";
pub const AUDIENCE: &str = "https://api.example";
pub const SECRET: &[u8; 64] = b"3f9a1c5e7b2d4860f1e2d3c4b5a697880123456789abcdef0fedcba987654321";

/// An issuer's key for one algorithm, and a guard that follows the issuer's feed by the machine's clock.
pub struct Side {
    pub key: SigningKey,
    pub guard: Guard,
}

impl Side {
    pub async fn start(algorithm: Algorithm, cache_bytes: usize) -> Result<Self, Box<dyn std::error::Error>> {
        let is_shared = algorithm == Algorithm::Hs256;
        let public = if is_shared { Algorithm::Es256 } else { algorithm };
        let issuer = TestIssuer::with_algorithm(ISSUER, AUDIENCE, public);
        issuer.clock().set(SystemClock.now());
        let builder = issuer.guard_builder().clock(SystemClock).cache_bytes(cache_bytes);
        let builder = if is_shared { builder.shared_secret(SECRET) } else { builder };
        let guard = builder.start()?;
        guard.ready().await;
        let key = match is_shared {
            true => SigningKey::hmac(algorithm, SECRET)?,
            false => issuer.signing_key(),
        };
        // The name by which jsonwebtoken knows it.
        let key = if algorithm == Algorithm::Ed25519 { key.with_eddsa_name() } else { key };
        Ok(Self { key, guard })
    }

    /// A token as Jotgate issues them, but good for a day.
    pub fn token(&self, n: usize) -> Result<String, jotgate_jose::Error> {
        let now = SystemClock.now();
        let signer = Signer::new(self.key.clone(), access::TYP)?;
        signer.sign(&json!({
            "iss": ISSUER, "sub": format!("019a2b3c-4d5e-7f60-8192-{n:012}"), "aud": AUDIENCE, "exp": now + 86_400,
            "iat": now, "jti": format!("019a2b3c-4d5e-7f60-9192-{n:012}"), "client_id": access::FIRST_PARTY,
            "sid": format!("019a2b3c-4d5e-7f60-a192-{n:012}"), "roles": ["editor"], "epoch": 1, "auth_time": now,
            "amr": ["pwd"],
        }))
    }
}
