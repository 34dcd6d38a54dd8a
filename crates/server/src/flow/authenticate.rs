//! Who calls: an access token for this server, or the cookie of its pages, checked against the session and the account as
//! they are now.
//!
//! Other services check tokens locally; the server itself reads both rows, so that what was ended or changed a moment ago
//! counts at once here. RFC 6750, RFC 9068 section 4.

use jotgate_jose::jwt::Unverified;
use jotgate_token::{
    access::{AccessClaims, Verified, Verifier},
    reason,
};
use secrecy::SecretString;
use uuid::Uuid;

use super::{User, open_session::page_hash, refresh::LAST_SEEN_STEP, throttle::millis};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    flow::keys,
    rule::authentication,
    store::{
        SessionId, Tx,
        sessions::{self, SessionRow},
        users::UserRow,
    },
};

/// Whoever holds a good token or cookie of a live session.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account.
    pub user: User,
    /// The account's row, for the flows.
    pub(crate) row: UserRow,
    /// The session it belongs to.
    pub session: SessionRow,
    /// The roles that this session has: those that want a second factor only where one was shown in it.
    pub roles: Vec<String>,
    /// What the caller may be taken for: the audience of the token; with the cookie of the pages this server alone.
    pub audience: Vec<String>,
}

/// Checks an access token whose audience is this server.
///
/// # Errors
/// The reason the token failed for, `revoked.session`, `revoked.subject`, or the database's error.
pub async fn authenticate(app: &App, token: &str) -> Result<Caller> {
    let issuer = app.config.issuer.as_str();
    let checked = signed_by_us(app, token, &Verifier::new(issuer, issuer)).await;
    judge(app, &checked.map_err(|error| for_apis_only(app, error))?).await
}

/// Checks the cookie of the pages. Looking at pages keeps a session alive as refreshing does, noted at most hourly.
///
/// # Errors
/// `revoked.session` when the session was ended or is unknown, `exp.expired` when its time was over, or the database's
/// error.
pub async fn by_page_token(app: &App, token: &SecretString) -> Result<Caller> {
    let hash = page_hash(token);
    let found = app.store.read(async move |tx: &mut Tx<'_>| sessions::by_page_hash(tx, &hash).await).await?;
    let Some((session, row)) = found else { return Err((&reason::REVOKED_SESSION).into()) };
    if is_ended(&session, &row) {
        return Err(Refused::new(&reason::REVOKED_SESSION).session(session.id).into());
    }
    let now = app.clock.now_ms();
    if session.idle_until.min(session.absolute_until) <= now {
        return Err(Refused::new(&reason::EXP_EXPIRED).session(session.id).into());
    }
    if now - session.last_seen_at >= LAST_SEEN_STEP {
        let (id, idle_until) = (session.id, now + millis(app.config.sessions.idle_lifetime));
        app.store.write(async move |tx: &mut Tx<'_>| sessions::visit(tx, id, now, idle_until).await).await?;
    }
    let audience = vec![app.config.issuer.as_str().to_owned()];
    Ok(caller(app, session, row, audience))
}

fn caller(app: &App, session: SessionRow, row: UserRow, audience: Vec<String>) -> Caller {
    let roles = authentication::granted(&row.roles, &app.config.mfa.required_for, &session.amr);
    Caller { user: User::from(&row), row, session, roles, audience }
}

fn is_ended(session: &SessionRow, row: &UserRow) -> bool {
    session.revoked_at.is_some()
        || row.disabled_at.is_some()
        || row.credential_epoch != session.credential_epoch
}

/// Holds the claims of a good token against its session and its user, as they are now.
pub(super) async fn judge(app: &App, claims: &AccessClaims) -> Result<Caller> {
    let sid = claims.sid.as_deref().and_then(|sid| Uuid::parse_str(sid).ok());
    let Some(sid) = sid.map(SessionId) else {
        return Err(Refused::new(&reason::CLAIM_MISSING).expected("the claim sid").into());
    };
    let found = app.store.read(async move |tx: &mut Tx<'_>| sessions::with_user(tx, sid).await).await?;
    let ended = || Refused::new(&reason::REVOKED_SESSION).session(sid);
    let Some((session, row)) = found else { return Err(ended().into()) };
    let over = session.idle_until.min(session.absolute_until) <= app.clock.now_ms();
    if over || is_ended(&session, &row) {
        return Err(ended().into());
    }
    if claims.sub != row.id.0.to_string() {
        return Err(Error::from(&reason::CLAIM_MISMATCH));
    }
    if claims.epoch < row.authz_epoch {
        let refused = Refused::new(&reason::REVOKED_SUBJECT).session(sid);
        return Err(refused.hint("refresh: the new token carries the new roles").into());
    }
    Ok(caller(app, session, row, claims.aud.clone()))
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
        if self.audience.len() == 1 && self.audience[0] == issuer {
            return Ok(());
        }
        Err(Refused::new(&reason::AUD_MISMATCH)
            .expected(issuer)
            .received(self.audience.join(" "))
            .hint("refresh with \"audience\" set to the issuer to get a token for this server alone")
            .into())
    }

    /// Demands a login not long ago, because an unattended session must not be able to do what cannot be undone.
    ///
    /// # Errors
    /// `stepup.required`.
    pub fn require_recent(&self, app: &App) -> Result<()> {
        let window = millis(app.config.sessions.recent_login);
        if app.clock.now_ms() - self.session.auth_time < window {
            return Ok(());
        }
        Err(Refused::new(&reason::STEPUP_REQUIRED).hint("log in again, then repeat the request").into())
    }

    /// Whether the account has a password; others are shown to be theirs by a passkey or a mail.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.row.password_hash.is_some()
    }

    /// Whether this session has all roles of the account: those that want a second factor too.
    #[must_use]
    pub fn has_all_roles(&self) -> bool {
        self.roles.len() == self.row.roles.len()
    }

    /// Demands a role, as the database has it now.
    ///
    /// # Errors
    /// `role.missing`; `mfa.required_by_policy` when the account has the role and this session does not.
    pub fn require_role(&self, role: &str) -> Result<()> {
        if self.roles.iter().any(|one| one == role) {
            return Ok(());
        }
        if self.row.roles.iter().any(|one| one == role) {
            return Err(Refused::new(&reason::MFA_REQUIRED_BY_POLICY)
                .expected(format!("the role {role}"))
                .into());
        }
        Err(Refused::new(&reason::ROLE_MISSING).expected(format!("the role {role}")).into())
    }
}
