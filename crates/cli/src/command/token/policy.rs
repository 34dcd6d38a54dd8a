//! From options to a policy, for every command that judges a token.

use jotgate_jose::Algorithm;
use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};

use crate::args::token::Demands;
use crate::failure::Failure;

/// What the options demand of every token. Without an issuer any will do, and so with audiences.
pub(super) fn of(
    iss: Option<&str>,
    aud: &[String],
    demands: &Demands,
    alg: Option<Algorithm>,
) -> Result<Policy, Failure> {
    let issuer = iss.map_or_else(Issuer::any, Issuer::exact);
    let audience = if aud.is_empty() { Audience::any() } else { Audience::any_of(aud) };
    let typ = demands.typ.as_deref().map_or_else(Typ::any, Typ::exact);
    let policy = Policy::new(issuer, audience, typ)
        .leeway(demands.leeway)
        .map_err(|error| Failure::from(error).blaming_usage())?;
    let policy = if demands.allow_no_expiry { policy.without_exp() } else { policy };
    Ok(match alg {
        Some(alg) => policy.algorithms([alg]),
        None => policy,
    })
}
