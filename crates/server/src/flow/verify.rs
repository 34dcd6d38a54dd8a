//! Is this token good right now? For proxies that know no JWT, and for guards that want to be sure.
//!
//! Beside signature and time it reads session and user, so what was ended a moment ago counts at once. It takes tokens of
//! every audience this server issues for, because it is asked in the name of all of them; whoever asks for one API names
//! that API. Not for the server's own endpoints: those demand a token for the server itself (`authenticate`).

use jotgate_jose::jwt::{Signer, Unverified};
use jotgate_token::{
    access::{AccessClaims, ExtraClaims, FIRST_PARTY, Scope, Subject, Verifier},
    reason,
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    authenticate::{Caller, by_page_token, judge, signed_by_us},
    client_token::usual,
};
use crate::{
    app::App,
    error::{Refused, Result},
    store::{Tx, clients},
};

/// What was shown.
#[derive(Debug)]
pub enum Shown {
    /// An access token, as it came.
    Token(SecretString),
    /// The cookie of the pages.
    Page(SecretString),
}

/// A question about a token.
#[derive(Debug)]
pub struct Verify {
    /// What stands for the caller.
    pub shown: Shown,
    /// Every word of this scope is needed.
    pub scope: Scope,
    /// Every one of these roles is needed.
    pub roles: Vec<String>,
    /// The token must be for one of these; empty for any audience of this server.
    pub audience: Vec<String>,
}

/// A token that is good right now.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What the token says.
    pub claims: AccessClaims,
    /// The roles in the database; a client acting for itself has none.
    pub roles: Vec<String>,
    /// The epoch below which tokens of this subject no longer count.
    pub epoch: i64,
}

/// Answers it.
///
/// # Errors
/// The reason the token failed for, `revoked.session`, `revoked.subject`, `scope.missing`, `role.missing`, or the
/// database's error.
pub async fn verify(app: &App, question: Verify) -> Result<Verified> {
    let claims = match &question.shown {
        Shown::Token(token) => check(app, token.expose_secret()).await?,
        Shown::Page(token) => claims_of(app, &by_page_token(app, token).await?),
    };
    let configured = app.config.tokens.audience.iter().map(String::as_str);
    let mut ours: Vec<String> = configured.chain([app.config.issuer.as_str()]).map(Into::into).collect();
    let found = match claims.subject() {
        Subject::User(_) => {
            let caller = judge(app, &claims).await?;
            Verified { roles: caller.roles, epoch: caller.row.authz_epoch, claims }
        }
        Subject::Client(id) => {
            let epoch = of_client(app, id, &claims, &mut ours).await?;
            Verified { roles: Vec::new(), epoch, claims }
        }
    };
    require_audience(&found.claims, &question.audience, &ours)?;
    if !question.scope.words().all(|word| found.claims.scope.has(word)) {
        return Err(Refused::new(&reason::SCOPE_MISSING).expected(question.scope.to_string()).into());
    }
    match question.roles.iter().find(|role| !found.roles.contains(role)) {
        Some(role) => Err(Refused::new(&reason::ROLE_MISSING).expected(format!("the role {role}")).into()),
        None => Ok(found),
    }
}

/// What a token of this session would say now.
fn claims_of(app: &App, caller: &Caller) -> AccessClaims {
    let (session, row) = (&caller.session, &caller.row);
    AccessClaims {
        iss: app.config.issuer.as_str().into(),
        sub: row.id.0.to_string(),
        aud: session.audience.clone().unwrap_or_else(|| app.config.tokens.audience.clone()),
        exp: session.idle_until.min(session.absolute_until).div_euclid(1000),
        iat: session.created_at.div_euclid(1000),
        jti: String::new(),
        client_id: FIRST_PARTY.into(),
        sid: Some(session.id.0.to_string()),
        scope: Scope::default(),
        roles: row.roles.clone(),
        epoch: row.authz_epoch,
        auth_time: Some(session.auth_time.div_euclid(1000)),
        amr: session.amr.clone(),
        acr: None,
        status: None,
        extra: ExtraClaims::default(),
    }
}

/// The key's kind decides, not the token: what says HS256 meets the shared secret and nothing else, all others meet the
/// server's own keys and never the secret.
async fn check(app: &App, token: &str) -> Result<AccessClaims> {
    let verifier = Verifier::for_any_audience(app.config.issuer.as_str());
    let keys = app.keyring.signing();
    let shared = keys.shared.as_ref().map(Signer::verifying_key);
    let fits = |alg: &str| Unverified::parse(token).is_ok_and(|token| token.alg() == Some(alg));
    match shared.filter(|key| fits(key.algorithm().name())) {
        Some(key) => Ok(verifier.verify(token, &key.into(), app.clock.now())?.into_claims()),
        None => signed_by_us(app, token, &verifier).await,
    }
}

/// A client's token counts as long as the client is there and enabled, in its newest epoch, for the audiences that it
/// has now.
async fn of_client(app: &App, id: &str, claims: &AccessClaims, ours: &mut Vec<String>) -> Result<i64> {
    let name = id.to_owned();
    let found = app.store.read(async move |tx: &mut Tx<'_>| clients::by_id(tx, &name).await).await?;
    let Some(client) = found.filter(|client| client.disabled_at.is_none() && claims.epoch >= client.epoch)
    else {
        return Err((&reason::REVOKED_SUBJECT).into());
    };
    *ours = usual(app, &client.audiences).to_vec();
    Ok(client.epoch)
}

/// An audience that was taken out of the configuration is nobody's any more, although its tokens have not expired.
fn require_audience(claims: &AccessClaims, asked: &[String], ours: &[String]) -> Result<()> {
    let wanted = if asked.is_empty() { ours } else { asked };
    if claims.aud.iter().any(|one| wanted.contains(one)) {
        return Ok(());
    }
    let refused = Refused::new(&reason::AUD_MISMATCH).expected(wanted.join(" or "));
    Err(refused.received(claims.aud.join(" ")).into())
}
