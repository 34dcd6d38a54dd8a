//! `jotgate token verify`: one token, one answer.

use jotgate_jose::explain::{Question, explain};
use jotgate_jose::jwt::{self, Policy, Verified};
use jotgate_jose::{Algorithm, Error, KeySet, Reason};
use serde_json::json;
use serde_json::value::RawValue;

use super::{now, policy};
use crate::args::token::Verify;
use crate::command::key_file::{self, KeyFile};
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Verify, output: &Output) -> Result<(), Failure> {
    let token = args.token.read(output)?;
    let now = now(args.demands.now);
    let policy = policy(args, args.demands.alg)?;
    let verified = match &args.secret {
        Some(source) => {
            let secret = source.read("--secret")?;
            check_with_secret(&token, &secret, args.demands.alg, &policy, now)
                .map_err(|error| explained(&error, &token, &secret, &policy, now))?
        }
        None => {
            let source = args.key.as_ref().ok_or_else(|| Failure::usage("--key or --secret is needed"))?;
            let keys = KeyFile::parse(&source.read("--key")?)?.for_token(&token, args.demands.alg)?;
            check(&token, &keys, &policy, now)?
        }
    };
    let value = json!({
        "ok": true, "alg": verified.algorithm().name(), "kid": verified.kid(), "claims": verified.claims(),
    });
    output.answer(&value, || verified.claims().get().to_owned());
    Ok(())
}

/// What the options demand of every token.
pub(super) fn policy(args: &Verify, alg: Option<Algorithm>) -> Result<Policy, Failure> {
    policy::of(args.iss.as_deref(), &args.aud, &args.demands, alg)
}

/// The claims stay the text that was signed.
pub(super) fn check(
    token: &str,
    keys: &KeySet,
    policy: &Policy,
    now: i64,
) -> Result<Verified<Box<RawValue>>, Error> {
    jwt::verify(token, keys, policy, now)
}

fn check_with_secret(
    token: &str,
    secret: &[u8],
    alg: Option<Algorithm>,
    policy: &Policy,
    now: i64,
) -> Result<Verified<Box<RawValue>>, Error> {
    check(token, &key_file::keys_of_secret(secret, token, alg)?, policy, now)
}

/// A refusal, and for a signature that does not match in which form the secret would fit.
fn explained(error: &Error, token: &str, secret: &[u8], policy: &Policy, now: i64) -> Failure {
    let failure = Failure::from(error.clone());
    if error.reason() != Reason::SignatureInvalid || error.hint().is_some() {
        return failure;
    }
    let report = explain(&Question::new(token, now).secret(secret).policy(policy));
    match report.first_failed().and_then(|check| check.hint.as_deref()) {
        Some(hint) => failure.and(hint),
        None => failure,
    }
}
