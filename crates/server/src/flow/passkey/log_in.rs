//! Logging in with a passkey alone, without a name: the device knows whose it is.
//!
//! No throttle stands before it, because there is nothing to guess: so an account under attack by password stays open to
//! its owner's passkey from anywhere.

use jotgate_token::reason;
use secrecy::SecretString;
use serde_json::Value;

use super::{Kind, Proven, prove, take};
use crate::{
    app::App,
    error::Result,
    flow::{
        Client, Delivery,
        authenticate::Caller,
        enter::{Entrance, LoggedIn, enter},
        issue, step_up,
    },
    store::Tx,
};

/// What such a login brings.
#[derive(Debug)]
pub struct LogInWithPasskey {
    /// Which challenge is answered.
    pub challenge_token: SecretString,
    /// The answer.
    pub passkey: Value,
    /// How the tokens are to travel.
    pub delivery: Delivery,
    /// For which APIs.
    pub audience: Option<Vec<String>>,
    /// The refresh tokens the same browser held, whose sessions end.
    pub replaces: Vec<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// Opens a session for whoever holds the passkey.
///
/// # Errors
/// `passkey.invalid`, `passkey.unsupported_host`, `link.expired`, `request.body`.
pub async fn log_in_with_passkey(app: &App, input: LogInWithPasskey) -> Result<LoggedIn> {
    let audience = issue::audience(app, input.audience.as_deref())?;
    let state = take(app, Kind::Prove, None, &input.challenge_token).await?;
    let proven = prove(app, &state, input.passkey, None, &input.client)
        .await
        .inspect_err(|_| app.counters.logins_failed.add())?;
    let entrance = Entrance {
        user: proven.user.clone(),
        is_new: false,
        methods: vec![proven.method()],
        delivery: input.delivery,
        audience,
        replaces: input.replaces,
        continues: None,
        stale: &reason::PASSKEY_INVALID,
        client: input.client,
    };
    let now = app.clock.now_ms();
    let entered = enter(app, entrance, async move |tx: &mut Tx<'_>| proven.settle(tx, now).await).await?;
    app.counters.logins.add();
    Ok(entered)
}

/// Proves that whoever is logged in holds one of the account's passkeys, for a step-up.
///
/// # Errors
/// `passkey.invalid`, `link.expired`.
pub async fn prove_again(
    app: &App,
    caller: &Caller,
    challenge_token: &SecretString,
    passkey: Value,
    client: &Client,
) -> Result<Proven> {
    let state = take(app, Kind::Prove, None, challenge_token).await?;
    prove(app, &state, passkey, Some(caller.row.id), client).await
}

/// What a step-up with a passkey brings.
#[derive(Debug)]
pub struct StepUpWithPasskey {
    /// Which challenge is answered.
    pub challenge_token: SecretString,
    /// The answer.
    pub passkey: Value,
    /// The refresh tokens the same browser holds, whose sessions end.
    pub replaces: Vec<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// Opens a new session for a caller who shows one of the account's passkeys; the one before ends.
///
/// # Errors
/// `passkey.invalid`, `link.expired`, `revoked.session` when the session ended meanwhile.
pub async fn step_up_with_passkey(app: &App, caller: &Caller, input: StepUpWithPasskey) -> Result<LoggedIn> {
    let StepUpWithPasskey { challenge_token, passkey, replaces, client } = input;
    let proven = prove_again(app, caller, &challenge_token, passkey, &client).await?;
    let entrance = step_up::entrance(app, caller, vec![proven.method()], replaces, client);
    let now = app.clock.now_ms();
    enter(app, entrance, async move |tx: &mut Tx<'_>| proven.settle(tx, now).await).await
}
