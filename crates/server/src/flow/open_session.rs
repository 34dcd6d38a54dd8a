//! Opening a session: a new row with a new id, salt and authentication time, never an old one revived.
//!
//! ASVS 7.2.4: every authentication makes a new session. The ids are made before the transaction, which may run twice.
//! Where cookies were asked for, the session gets one more token, for the pages: 32 random bytes, kept as a digest, that
//! no rotation changes and that is good at no API.

use jotgate_jose::primitive::{base64url, sha256};
use jotgate_token::access::FIRST_PARTY;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{Client, Delivery, Session, audit::Event, issue, status_list, throttle::millis};
use crate::{
    app::App,
    error::Result,
    rule::authentication::{self, Method},
    store::{
        SessionId, StoreError, Tx,
        sessions::{self, SessionRow},
        users::UserRow,
    },
};

/// What a new session starts with.
#[derive(Debug, Clone)]
pub struct Opening {
    /// How its tokens travel.
    pub delivery: Delivery,
    /// The audience of its access tokens.
    pub audience: Vec<String>,
    /// How the user proved who they are.
    pub methods: Vec<Method>,
    /// When, in Unix milliseconds.
    pub at: i64,
}

/// A session that is about to be written.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its row.
    pub row: SessionRow,
    page_token: Option<SecretString>,
}

/// Makes a new session of this user, not yet written.
#[must_use]
pub fn prepare(app: &App, user: &UserRow, client: &Client, opening: Opening) -> NewSession {
    let Opening { delivery, audience, methods, at } = opening;
    let sessions = &app.config.sessions;
    let page_token = (delivery != Delivery::Body).then(|| base64url::encode(&app.random_bytes::<32>()));
    let page_token = page_token.map(SecretString::from);
    let row = SessionRow {
        id: SessionId(app.new_id()),
        user_id: user.id,
        client: FIRST_PARTY.into(),
        generation: 0,
        salt: app.random_bytes(),
        rotated_at: at,
        recent: "[]".into(),
        last_key: None,
        key_run: 0,
        credential_epoch: user.credential_epoch,
        created_at: at,
        last_seen_at: at,
        idle_until: at + millis(sessions.idle_lifetime),
        absolute_until: at + millis(sessions.absolute_lifetime),
        revoked_at: None,
        revoke_reason: None,
        user_agent: client.user_agent.clone(),
        ip: Some(client.ip.to_string()),
        amr: authentication::amr(&methods),
        auth_time: at,
        delivery: delivery.name().into(),
        audience: Some(audience),
        dpop_jkt: None,
        page_hash: page_token.as_ref().map(page_hash),
    };
    NewSession { row, page_token }
}

/// How a page token is kept.
pub(super) fn page_hash(token: &SecretString) -> [u8; 32] {
    sha256(token.expose_secret().as_bytes())
}

/// Writes the row and its audit event.
///
/// # Errors
/// When the database does.
pub async fn write(
    app: &App,
    tx: &mut Tx<'_>,
    session: &NewSession,
    client: &Client,
) -> Result<(), StoreError> {
    let session = &session.row;
    sessions::insert(tx, session).await?;
    if app.config.revocations.status_list {
        status_list::take_place(app, tx, session, true).await?;
    }
    Event::new("session.opened", session.created_at)
        .user(session.user_id)
        .session(session.id)
        .request(&client.request_id)
        .detail(json!({ "amr": session.amr }))
        .write(app, tx)
        .await
}

/// Everything a client gets for the session, once it is written.
///
/// # Errors
/// As [`issue::hand_out`].
pub async fn hand_out(app: &App, user: &UserRow, session: NewSession, now: i64) -> Result<Session> {
    let NewSession { row, page_token } = session;
    Ok(Session { page_token, ..issue::hand_out(app, user, &row, now).await? })
}
