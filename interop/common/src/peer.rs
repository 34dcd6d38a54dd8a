//! One JWT library, seen from outside: it signs, it verifies, it judges bad tokens.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::files::{AUDIENCE, ISSUER, file};
use crate::probe::{Probe, Verdict, probes};

/// A library under test, used as its documentation says.
pub trait Peer {
    /// Its name on crates.io, which is also that of its package here.
    const NAME: &'static str;

    /// The names of the algorithms it has and Jotgate has.
    const ALGORITHMS: &'static [&'static str];

    /// A token with these claims (`iss`, `sub`, `aud`, `exp`, `iat`, `jti`, `scope`) and the key's name, or with the
    /// library's own times where it insists on them.
    fn sign(algorithm: &str, claims: &Value) -> String;

    /// The public key (for HMAC, the secret) as a JWK of its making; `None` where it writes none.
    fn public_jwk(algorithm: &str) -> Option<Value>;

    /// The claims of a good token, with issuer, audience and expiry checked.
    ///
    /// # Errors
    /// The library's words.
    fn verify(algorithm: &str, token: &str) -> Result<Value, String>;

    /// What it makes of a bad token.
    fn judge(probe: &Probe) -> Verdict;
}

/// The program of each package: `tokens` writes `interop/tokens/NAME.json`, `probes` prints a verdict a line.
///
/// # Panics
/// On any other argument, and when a file cannot be written.
pub fn main<P: Peer>() {
    match std::env::args().nth(1).as_deref() {
        Some("tokens") => write_tokens::<P>(),
        Some("probes") => {
            for probe in probes() {
                println!("{}\t{}\t{}", P::NAME, probe.name, P::judge(&probe).word());
            }
        }
        _ => panic!("tokens or probes"),
    }
}

/// Their tokens pass here, ours pass there, for every algorithm both know.
///
/// # Panics
/// When one does not.
pub fn both_ways<P: Peer>() {
    use crate::ours::Ours;
    for algorithm in P::ALGORITHMS {
        let claims = claims(now());
        let theirs = P::sign(algorithm, &claims);
        let read = Ours::verify(algorithm, &theirs).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        assert_eq!((&read["sub"], &read["scope"]), (&claims["sub"], &claims["scope"]), "{algorithm}");

        let ours = Ours::sign(algorithm, &claims);
        let read = P::verify(algorithm, &ours).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        assert_eq!((&read["sub"], &read["scope"]), (&claims["sub"], &claims["scope"]), "{algorithm}");

        // The same token with one byte of the signature changed passes nowhere.
        for token in [&theirs, &ours] {
            let (signed, signature) = token.rsplit_once('.').expect("a token has dots");
            let first = if signature.starts_with('A') { "B" } else { "A" };
            let forged = format!("{signed}.{first}{}", &signature[1..]);
            assert!(P::verify(algorithm, &forged).is_err(), "{algorithm}");
            assert!(Ours::verify(algorithm, &forged).is_err(), "{algorithm}");
        }

        if let Some(jwk) = P::public_jwk(algorithm) {
            Ours::with_jwk(algorithm, &jwk, &theirs).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
        }
    }
}

/// Seconds since 1970.
///
/// # Panics
/// Before that.
#[must_use]
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs().cast_signed()
}

fn claims(now: i64) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user-17", "jti": "token-1", "scope": "read write",
        "iat": now, "exp": now + 3600,
    })
}

fn write_tokens<P: Peer>() {
    let now = now();
    let tokens: Vec<_> = P::ALGORITHMS
        .iter()
        .map(|algorithm| {
            let token = P::sign(algorithm, &claims(now));
            json!({"alg": algorithm, "jwk": P::public_jwk(algorithm), "token": token})
        })
        .collect();
    let text = json!({
        "note": "Tokens for tests under the public test keys of interop/keys; they protect nothing.",
        "made_by": format!("{} {}", P::NAME, version(P::NAME)),
        "made_with": format!("cargo run --manifest-path interop/Cargo.toml -p jotgate-interop-{} -- tokens", P::NAME),
        "now": now,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "tokens": tokens,
    });
    let text = serde_json::to_string_pretty(&text).expect("plain values") + "\n";
    let name = format!("tokens/{}.json", P::NAME);
    fs::write(file(&name), text).expect("interop/tokens can be written");
    println!("interop/{name}: {} tokens", tokens.len());
}

/// As the lock file has it.
fn version(name: &str) -> String {
    let lock = fs::read_to_string(file("Cargo.lock")).expect("the workspace is locked");
    let after = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1).expect("a locked package");
    after.split('"').next().unwrap_or_default().to_owned()
}
