//! A token for a client that acts for itself: the grant `client_credentials` (RFC 6749 section 4.4, RFC 9068).
//!
//! The token has no session and no refresh token: a client that holds its secret can ask again at any time.

use jotgate_token::{
    access::{AccessClaims, CLIENT_PREFIX, ExtraClaims, Scope},
    reason,
};

use super::{
    AccessToken, Client,
    authenticate_client::{Credentials, authenticate_client},
    issue::sign,
};
use crate::{
    app::App,
    error::{Refused, Result},
    rule::client::{self as rule, NoTarget},
    store::clients::ClientRow,
};

/// What a client asks for.
#[derive(Debug)]
pub struct ClientToken {
    /// Who it says it is.
    pub credentials: Credentials,
    /// The scope; none for all that is registered.
    pub scope: Option<String>,
    /// For whom the token is to be: `audience` and `resource` alike; none for the only one registered.
    pub audience: Vec<String>,
    /// From where it asks.
    pub from: Client,
}

/// What it gets.
#[derive(Debug)]
pub struct ClientTokenIssued {
    /// The JWT.
    pub access_token: AccessToken,
    /// Its lifetime in seconds.
    pub expires_in: i64,
    /// The scope granted.
    pub scope: Scope,
}

/// Makes the token.
///
/// # Errors
/// `oauth.invalid_client`, `oauth.throttled`, `oauth.invalid_scope`, `oauth.invalid_target`.
pub async fn client_token(app: &App, asked: ClientToken) -> Result<ClientTokenIssued> {
    // Read before the row, so that a token is never younger than the epoch it carries.
    let now = app.clock.now_ms();
    let client = authenticate_client(app, &asked.credentials, &asked.from, now).await?;
    let scope = rule::grant(&client.scopes, asked.scope.as_deref()).ok_or_else(|| {
        let refused = Refused::new(&reason::OAUTH_INVALID_SCOPE);
        refused.expected(match client.scopes.is_empty() {
            true => "no scope: none is registered".to_owned(),
            false => client.scopes.join(" "),
        })
    })?;
    let audience = target(app, &client, &asked.audience)?;
    let expires_in = i64::try_from(app.config.tokens.access_lifetime.as_secs()).unwrap_or(i64::MAX);
    let iat = now.div_euclid(1000);
    let claims = AccessClaims {
        iss: app.config.issuer.as_str().into(),
        sub: format!("{CLIENT_PREFIX}{}", client.id),
        aud: vec![audience],
        exp: iat + expires_in,
        iat,
        jti: app.new_id().to_string(),
        client_id: client.id,
        sid: None,
        scope: scope.clone(),
        roles: Vec::new(),
        epoch: client.epoch,
        auth_time: None,
        amr: Vec::new(),
        acr: None,
        status: None,
        extra: ExtraClaims::default(),
    };
    let access_token = sign(app, &claims).await?;
    app.counters.client_tokens.add();
    Ok(ClientTokenIssued { access_token, expires_in, scope })
}

/// The audiences a client may ask for: its own, or without any the configured ones.
pub(super) fn usual<'a>(app: &'a App, own: &'a [String]) -> &'a [String] {
    if own.is_empty() { &app.config.tokens.audience } else { own }
}

fn target(app: &App, client: &ClientRow, asked: &[String]) -> Result<String> {
    let may_have = usual(app, &client.audiences);
    rule::target(may_have, asked).map(str::to_owned).map_err(|why| {
        let refused = Refused::new(&reason::OAUTH_INVALID_TARGET).expected(may_have.join(" or "));
        match why {
            NoTarget::Several => refused.detail("A token is for one API: name one audience."),
            NoTarget::Foreign => refused.detail("This audience is not registered for the client."),
        }
        .into()
    })
}
