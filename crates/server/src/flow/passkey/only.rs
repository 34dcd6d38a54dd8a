//! An account without a password: from then on only its passkeys let anybody in.
//!
//! The passkey has to prove itself in the same request, because one that does not work any more would lock its owner out;
//! recovery codes have to be there for the day the device is lost. A password can be set again by a reset mail.

use jotgate_token::reason;
use secrecy::SecretString;
use serde_json::Value;

use super::log_in::prove_again;
use crate::{
    app::App,
    error::{Error, Refused, Result},
    flow::{
        Client, Delivery, Session,
        audit::Event,
        authenticate::Caller,
        end_session::{EndReason, Ending, end_all_sessions},
        open_session,
        second_factor::demand,
    },
    store::{Tx, recovery_codes, users},
};

/// What giving up the password brings.
#[derive(Debug)]
pub struct RemovePassword {
    /// Which challenge is answered.
    pub challenge_token: SecretString,
    /// The answer of the passkey that is to take the password's place.
    pub passkey: Value,
    /// Who asks.
    pub client: Client,
}

/// Removes the caller's password and answers a new session; all others end, as with any change of the password.
///
/// # Errors
/// `mfa.not_enrolled` without recovery codes, `passkey.invalid`, `link.expired`, `aud.mismatch`, `stepup.required`.
pub async fn remove_password(app: &App, caller: &Caller, input: RemovePassword) -> Result<Session> {
    demand(app, caller).await?;
    let RemovePassword { challenge_token, passkey, client } = input;
    let proven = prove_again(app, caller, &challenge_token, passkey, &client).await?;
    let now = app.clock.now_ms();
    let mut user = proven.user.clone();
    let from = user.credential_epoch;
    user.credential_epoch += 1;
    let opening = open_session::Opening {
        delivery: Delivery::parse(&caller.session.delivery).unwrap_or(Delivery::Body),
        audience: caller.session.audience.clone().unwrap_or_else(|| app.config.tokens.audience.clone()),
        methods: vec![proven.method()],
        at: now,
    };
    let session = open_session::prepare(app, &user, &client, opening);
    let removed = {
        let (of, session, id) = (app.clone(), session.clone(), user.id);
        app.store.write(async move |tx: &mut Tx<'_>| {
            if !users::hold(tx, id, from).await? {
                return Ok(Err(Error::from(&reason::REVOKED_SESSION)));
            }
            if let Err(refused) = proven.settle(tx, now).await? {
                return Ok(Err(refused));
            }
            if recovery_codes::left(tx, id).await?.is_none_or(|codes| codes.left == 0) {
                return Ok(Err(Refused::new(&reason::MFA_NOT_ENROLLED)
                    .detail(
                        "The account has no recovery codes, which let its owner in when the passkey is lost.",
                    )
                    .hint("Make recovery codes first: `POST /v1/mfa/recovery-codes`.")
                    .into()));
            }
            users::remove_password(tx, id, from, now).await?;
            let request_id = Some(client.request_id.clone());
            let ending = Ending { user: id, reason: EndReason::PasswordChange, at: now, request_id };
            end_all_sessions(&of, tx, None, &ending).await?;
            Event::new("password.removed", now).user(id).request(&client.request_id).write(&of, tx).await?;
            open_session::write(&of, tx, &session, &client).await?;
            Ok(Ok(()))
        })
    };
    removed.await??;
    app.counters.sessions_opened.add();
    open_session::hand_out(app, &user, session, now).await
}
