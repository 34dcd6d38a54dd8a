//! Who calls: an access token for this server, checked against the session and the account as they are now.
//!
//! Other services check tokens locally; the server itself reads both rows, so that what was ended or changed a moment ago
//! counts at once here. RFC 6750, RFC 9068 section 4.

use jotgate_jose::jwt::Unverified;
use jotgate_token::{
    access::{AccessClaims, Verified, Verifier},
    reason,
};
use uuid::Uuid;

use super::User;
use crate::{
    app::App,
    error::{Error, Refused, Result},
    flow::keys,
    store::{
        SessionId, Tx,
        sessions::{self, SessionRow},
        users::UserRow,
    },
};

/// Whoever holds a good token of a live session.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub user: User,
    /// The account's row, for the flows.
    pub(crate) row: UserRow,
    /// The session the token belongs to.
    pub session: SessionRow,
    /// What the token says.
    pub claims: AccessClaims,
}

/// Checks an access token whose audience is this server.
///
/// # Errors
/// The reason the token failed for, `revoked.session`, `revoked.subject`, or the database's error.
pub async fn authenticate(app: &App, token: &str) -> Result<Caller> {
    let issuer = app.config.issuer.as_str();
    let checked = signed_by_us(app, token, &Verifier::new(issuer, issuer)).await;
    judge(app, checked.map_err(|error| for_apis_only(app, error))?).await
}

/// Holds the claims of a good token against its session and its user, as they are now.
pub(super) async fn judge(app: &App, claims: AccessClaims) -> Result<Caller> {
    let sid = claims.sid.as_deref().and_then(|sid| Uuid::parse_str(sid).ok());
    let Some(sid) = sid.map(SessionId) else {
        return Err(Refused::new(&reason::CLAIM_MISSING).expected("the claim sid").into());
    };
    let found = app.store.read(async move |tx: &mut Tx<'_>| sessions::with_user(tx, sid).await).await?;
    let ended = || Refused::new(&reason::REVOKED_SESSION).session(sid);
    let Some((session, row)) = found else { return Err(ended().into()) };
    let over = session.idle_until.min(session.absolute_until) <= app.clock.now_ms();
    if session.revoked_at.is_some()
        || over
        || row.disabled_at.is_some()
        || row.credential_epoch != session.credential_epoch
    {
        return Err(ended().into());
    }
    if claims.sub != row.id.0.to_string() {
        return Err(Error::from(&reason::CLAIM_MISMATCH));
    }
    if claims.epoch < row.authz_epoch {
        let refused = Refused::new(&reason::REVOKED_SUBJECT).session(sid);
        return Err(refused.hint("refresh: the new token carries the new roles").into());
    }
    Ok(Caller { user: User::from(&row), row, session, claims })
}

/// Checks a token against the server's own keys. A key that another server made a moment ago is looked for once.
///
/// # Errors
/// The reason the token failed for; `revoked.key` when its key was voided.
pub(super) async fn signed_by_us(app: &App, token: &str, verifier: &Verifier) -> Result<AccessClaims> {
    let error = match verifier.verify(token, &app.keyring.signing().verifying, app.clock.now()) {
        Ok(verified) => return Ok(verified.into_claims()),
        Err(error) => error,
    };
    if error.reason().code() != reason::KEY_UNKNOWN_KID.code {
        return Err(error.into());
    }
    if app.keyring.may_reload(app.clock.now_ms()) && keys::reload(app).await.is_ok() {
        let again = verifier.verify(token, &app.keyring.signing().verifying, app.clock.now());
        return again.map(Verified::into_claims).map_err(|error| void_or(app, token, error));
    }
    Err(void_or(app, token, error))
}

/// A token of a key that was voided gets the reason for it: its holder is to fetch another one, not to log in again.
fn void_or(app: &App, token: &str, error: jotgate_jose::Error) -> Error {
    let named = Unverified::parse(token).ok();
    let kid = named.as_ref().and_then(Unverified::kid);
    let keys = app.keyring.signing();
    match kid.is_some_and(|kid| keys.revoked.iter().any(|revoked| revoked == kid)) {
        true => (&reason::REVOKED_KEY).into(),
        false => error.into(),
    }
}

/// Most often a token signed with the shared secret: good at the APIs, and not for this server.
fn for_apis_only(app: &App, error: Error) -> Error {
    match error {
        Error::Refused(refused)
            if refused.reason == &reason::ALG_NOT_ALLOWED && app.config.tokens.secret.is_some() =>
        {
            let hint = "tokens signed with the shared secret are for your APIs; for this server refresh with \
                        \"audience\" set to the issuer";
            refused.hint(hint).into()
        }
        other => other,
    }
}

impl Caller {
    /// Demands a token for this server and nothing else, because a token that other services see must not be able to
    /// change the account from there.
    ///
    /// # Errors
    /// `aud.mismatch`.
    pub fn require_exact_audience(&self, app: &App) -> Result<()> {
        let issuer = app.config.issuer.as_str();
        if self.claims.aud.len() == 1 && self.claims.aud[0] == issuer {
            return Ok(());
        }
        Err(Refused::new(&reason::AUD_MISMATCH)
            .expected(issuer)
            .received(self.claims.aud.join(" "))
            .hint("refresh with \"audience\" set to the issuer to get a token for this server alone")
            .into())
    }

    /// Demands a login not long ago, because an unattended session must not be able to do what cannot be undone.
    ///
    /// # Errors
    /// `stepup.required`.
    pub fn require_recent(&self, app: &App) -> Result<()> {
        let window = super::throttle::millis(app.config.sessions.recent_login);
        if app.clock.now_ms() - self.session.auth_time < window {
            return Ok(());
        }
        Err(Refused::new(&reason::STEPUP_REQUIRED).hint("log in again, then repeat the request").into())
    }

    /// Demands a role, as the database has it now.
    ///
    /// # Errors
    /// `role.missing`.
    pub fn require_role(&self, role: &str) -> Result<()> {
        if self.row.roles.iter().any(|one| one == role) {
            return Ok(());
        }
        Err(Refused::new(&reason::ROLE_MISSING).expected(format!("the role {role}")).into())
    }
}
