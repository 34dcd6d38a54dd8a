//! Showing again who one is, within a session: before what cannot be undone.
//!
//! A step-up opens a new session with its own authentication time and ends the one that was presented, in one transaction,
//! because a claim that changes in a token that goes on would be true for the thief of that token as well (ASVS 7.2.4).
//! Where a second factor is enrolled it is asked for, as at every login.

use jotgate_token::reason;
use secrecy::SecretString;

use super::{
    Client, Delivery,
    authenticate::Caller,
    enter::{Entrance, LoggedIn, enter},
    prove_password::{Attempt, prove_password},
};
use crate::{app::App, error::Result, rule::authentication::Method, store::Tx};

/// What a step-up brings.
#[derive(Debug)]
pub struct StepUp {
    /// The password.
    pub password: SecretString,
    /// The refresh tokens the same browser holds, whose sessions end.
    pub replaces: Vec<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// Opens a new session for the caller, or asks for the second factor.
///
/// # Errors
/// `password.wrong`, `login.throttled`, `revoked.session` when the session ended meanwhile, `server.busy`.
pub async fn step_up(app: &App, caller: &Caller, input: StepUp) -> Result<LoggedIn> {
    let attempt = Attempt {
        user: Some(caller.row.clone()),
        named: &caller.row.email_key,
        password: input.password,
        client: &input.client,
        wrong: &reason::PASSWORD_WRONG,
    };
    let proven = prove_password(app, attempt).await?;
    let entrance = entrance(app, caller, vec![Method::Password], input.replaces, input.client);
    enter(app, entrance, async move |tx: &mut Tx<'_>| proven.count(tx).await.map(Ok)).await
}

/// The entrance of a step-up of this caller, whatever was shown: the new session is like the one before.
pub(super) fn entrance(
    app: &App,
    caller: &Caller,
    methods: Vec<Method>,
    replaces: Vec<SecretString>,
    client: Client,
) -> Entrance {
    let session = &caller.session;
    Entrance {
        user: caller.row.clone(),
        is_new: false,
        methods,
        delivery: Delivery::parse(&session.delivery).unwrap_or(Delivery::Body),
        audience: session.audience.clone().unwrap_or_else(|| app.config.tokens.audience.clone()),
        replaces,
        continues: Some(session.id),
        stale: &reason::REVOKED_SESSION,
        client,
    }
}
