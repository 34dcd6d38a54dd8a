//! Making access tokens: which audience, which claims, which key.
//!
//! RFC 9068 section 2. Tokens whose audience is this server itself are always signed by its own asymmetric key, because
//! whoever shares the HS256 secret could otherwise mint tokens that administer the server.

use jotgate_token::{
    access::{self, AccessClaims, ExtraClaims, FIRST_PARTY, NotAClaim, Scope},
    reason,
};
use serde_json::{Map, Value};

use super::{AccessToken, Delivery, Session, User, keys, status_list};
use crate::{
    app::App,
    config::{ClaimPath, TokenAlgorithm},
    error::{Error, Refused, Result},
    rule::authentication,
    store::{sessions::SessionRow, users::UserRow},
};

/// The audience of a new token: what was asked for, if this server issues for it, else what is configured.
///
/// # Errors
/// `request.body` naming what is allowed.
pub fn audience(app: &App, asked: Option<&[String]>) -> Result<Vec<String>> {
    let tokens = &app.config.tokens;
    let Some(asked) = asked.filter(|asked| !asked.is_empty()) else {
        return Ok(tokens.audience.clone());
    };
    let issuer = app.config.issuer.as_str();
    let known = |one: &String| one == issuer || tokens.audience.contains(one);
    let mixed =
        asked.len() > 1 && tokens.algorithm == TokenAlgorithm::Hs256 && asked.iter().any(|one| one == issuer);
    if mixed || !asked.iter().all(known) {
        let mut allowed = tokens.audience.clone();
        if !allowed.iter().any(|one| one == issuer) {
            allowed.push(issuer.into());
        }
        let refused =
            Refused::new(&reason::REQUEST_BODY).expected(allowed.join(" or ")).received(asked.join(" "));
        let refused = if mixed {
            refused.detail("a token for this server cannot also be signed with the shared secret")
        } else {
            refused
                .detail("this server issues no tokens for that audience")
                .hint("list it in [tokens] audience")
        };
        return Err(refused.into());
    }
    Ok(asked.to_vec())
}

/// Everything a client gets for a live session. `now` was read before the rows were.
///
/// # Errors
/// When the claims do not fit into a token; `keys.unavailable`.
pub async fn hand_out(app: &App, user: &UserRow, session: &SessionRow, now: i64) -> Result<Session> {
    let expires_in = i64::try_from(app.config.tokens.access_lifetime.as_secs()).unwrap_or(i64::MAX);
    let unsigned = |e: &dyn std::error::Error| Error::Internal(format!("an access token: {e}"));
    let mut claims = claims(app, user, session, now, expires_in).map_err(|e| unsigned(&e))?;
    claims.status = status_list::reference(app, session).await?;
    let access_token = sign(app, &claims).await?;
    let until = session.idle_until.min(session.absolute_until);
    Ok(Session {
        access_token,
        expires_in,
        refresh_token: app.keyring.refresh().mint(session.id.into(), session.generation, &session.salt),
        refresh_expires_in: (until - now).max(0) / 1000,
        refresh_generation: session.generation,
        page_token: None,
        device: None,
        delivery: Delivery::parse(&session.delivery).unwrap_or(Delivery::Body),
        user: User::from(user),
    })
}

/// Signs an access token: with the shared secret for the configured audiences where there is one, else with the server's
/// own key.
pub(super) async fn sign(app: &App, claims: &AccessClaims) -> Result<AccessToken> {
    let keys = keys::to_sign_with(app).await?;
    let for_us = claims.aud.iter().any(|one| one == app.config.issuer.as_str());
    let signer = keys.shared.as_ref().filter(|_| !for_us).unwrap_or(&keys.own);
    let issued =
        access::sign(claims, signer).map_err(|error| Error::Internal(format!("an access token: {error}")))?;
    if issued.size_warning {
        tracing::warn!(
            bytes = issued.token.len(),
            "an access token is over 1 kB; keep roles, scope and mapped claims short"
        );
    }
    Ok(AccessToken::new(issued.token))
}

fn claims(
    app: &App,
    user: &UserRow,
    session: &SessionRow,
    now: i64,
    expires_in: i64,
) -> Result<AccessClaims, NotAClaim> {
    let iat = now.div_euclid(1000);
    let roles = authentication::granted(&user.roles, &app.config.mfa.required_for, &session.amr);
    Ok(AccessClaims {
        iss: app.config.issuer.as_str().into(),
        sub: user.id.0.to_string(),
        aud: session.audience.clone().unwrap_or_else(|| app.config.tokens.audience.clone()),
        exp: iat + expires_in,
        iat,
        jti: app.new_id().to_string(),
        client_id: FIRST_PARTY.into(),
        sid: Some(session.id.0.to_string()),
        scope: Scope::default(),
        extra: mapped(app, user, &roles)?,
        roles,
        epoch: user.authz_epoch,
        auth_time: Some(session.auth_time.div_euclid(1000)),
        amr: session.amr.clone(),
        acr: Some(authentication::acr(&session.amr).into()),
        status: None,
    })
}

fn mapped(app: &App, user: &UserRow, roles: &[String]) -> Result<ExtraClaims, NotAClaim> {
    let mut extra = ExtraClaims::default();
    if app.config.tokens.claims.is_empty() {
        return Ok(extra);
    }
    let of = User::from(user);
    let value = |path: &ClaimPath| -> Option<Value> {
        Some(match path {
            ClaimPath::Id => user.id.0.to_string().into(),
            ClaimPath::Email => user.email.clone().into(),
            ClaimPath::Username => user.username.clone()?.into(),
            ClaimPath::Name => user.name.clone()?.into(),
            ClaimPath::EmailVerified => user.email_verified.into(),
            ClaimPath::Roles => roles.to_vec().into(),
            ClaimPath::FirstRole => roles.first()?.clone().into(),
            ClaimPath::Data(keys) => return in_data(&of.data, keys),
        })
    };
    for claim in &app.config.tokens.claims {
        if let Some(value) = value(&claim.path) {
            extra.insert(claim.name.as_str(), &value)?;
        }
    }
    Ok(extra)
}

fn in_data(data: &Map<String, Value>, keys: &[String]) -> Option<Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(data.get(first)?, |at, key| at.get(key)).cloned()
}
