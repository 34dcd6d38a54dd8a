//! jotgate-jose: the same work as the other libraries, and what only it promises.

mod refusals;
mod seen;

use std::borrow::Cow;
use std::hint::black_box;

use jotgate_bench_common::{AUDIENCE, Algorithm, Cases, Claims, ISSUER, KID, Keys, now};
use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Scratch, Signer, Typ};
use jotgate_jose::{Algorithm as Known, KeySet, SigningKey, VerifyingKey};
use serde::Deserialize;

/// What [`Claims`] holds, borrowed from the scratch buffer.
#[derive(Deserialize)]
#[expect(dead_code, reason = "only reading them in is measured")]
struct Borrowed<'a> {
    #[serde(borrow)]
    iss: Cow<'a, str>,
    #[serde(borrow)]
    sub: Cow<'a, str>,
    #[serde(borrow)]
    aud: Cow<'a, str>,
    exp: i64,
    nbf: i64,
    iat: i64,
    #[serde(borrow)]
    jti: Cow<'a, str>,
    #[serde(borrow)]
    scope: Cow<'a, str>,
}

pub fn cases() -> Cases {
    let keys = Keys::of_this_run();
    if std::env::args().nth(2).is_some_and(|argument| argument == "tokens") {
        write_tokens(&keys);
    }
    let mut cases = Cases::default();
    for algorithm in Algorithm::ALL {
        sign(&mut cases, algorithm, &keys);
        verify(&mut cases, algorithm, &keys);
    }
    refusals::add(&mut cases, &keys);
    seen::add(&mut cases, &keys);
    cases
}

/// The tokens that every worker checks.
fn write_tokens(keys: &Keys) {
    for algorithm in Algorithm::ALL {
        let token = signer(algorithm, keys).sign(&Claims::new()).expect("signing works");
        keys.write_token(algorithm, &token);
    }
}

fn sign(cases: &mut Cases, algorithm: Algorithm, keys: &Keys) {
    let claims = Claims::new();
    let (signer, again) = (signer(algorithm, keys), claims.clone());
    let signer_into = signer.clone();
    cases.add(format!("sign/{}", algorithm.name), move || {
        black_box(signer.sign(black_box(&claims)).expect("signing works"));
    });
    let mut out = String::new();
    cases.add(format!("sign_into/{}", algorithm.name), move || {
        signer_into.sign_into(&mut out, black_box(&again)).expect("signing works");
        black_box(&out);
    });
}

fn verify(cases: &mut Cases, algorithm: Algorithm, keys: &Keys) {
    let (set, policy) = (KeySet::new([verifying(algorithm, keys)]), policy());
    let (token, again) = (keys.token(algorithm), keys.token(algorithm));
    let (set_in, policy_in) = (set.clone(), policy.clone());
    cases.add(format!("verify/{}", algorithm.name), move || {
        let verified = jwt::verify::<Claims>(black_box(&token), &set, &policy, now());
        black_box(verified.expect("a good token"));
    });
    let mut scratch = Scratch::new();
    cases.add(format!("verify_in/{}", algorithm.name), move || {
        let verified =
            jwt::verify_in::<Borrowed<'_>>(black_box(&again), &mut scratch, &set_in, &policy_in, now());
        black_box(verified.expect("a good token"));
    });
}

fn policy() -> Policy {
    Policy::new(Issuer::exact(ISSUER), Audience::any_of([AUDIENCE]), Typ::exact("JWT"))
}

fn signer(algorithm: Algorithm, keys: &Keys) -> Signer {
    let known = known(algorithm);
    let key = if algorithm.is_hmac() {
        SigningKey::hmac(known, &keys.secret())
    } else {
        SigningKey::from_pem(keys.private_pem(algorithm), known)
    };
    // The name EdDSA, because that is the one the other libraries know.
    let key = key.expect("a key of the run").with_kid(KID).with_eddsa_name();
    Signer::new(key, "JWT").expect("a media type")
}

fn verifying(algorithm: Algorithm, keys: &Keys) -> VerifyingKey {
    signer(algorithm, keys).verifying_key()
}

fn known(algorithm: Algorithm) -> Known {
    Known::from_name(algorithm.name).expect("Jotgate has them all")
}
