//! Making a passkey: asked for by a user who logged in a moment ago, with a token that no other service has seen.
//!
//! Because a thief with a stolen access token could otherwise make a way in that outlives every password change.

use jotgate_token::reason;
use secrecy::SecretString;
use serde_json::Value;

use super::{Given, Kind, PasskeyView, give, take};
use crate::{
    app::{
        App,
        passkeys::{Owner, invalid},
    },
    error::{Error, Refused, Result},
    flow::{
        Client,
        authenticate::Caller,
        second_factor::{Factor, demand, enrol::Added, recovery::NewCodes},
    },
    rule::device,
    store::{
        Tx, factors,
        passkeys::{self, PasskeyRow},
        users,
    },
};

/// What a new passkey brings.
#[derive(Debug)]
pub struct Enrol {
    /// Which challenge is answered.
    pub challenge_token: SecretString,
    /// The answer.
    pub passkey: Value,
    /// What to call it; named after the browser when nothing is said.
    pub name: Option<String>,
    /// Who asks.
    pub client: Client,
}

/// What became of it.
#[derive(Debug)]
pub struct Enrolled {
    /// The passkey.
    pub passkey: PasskeyView,
    /// The recovery codes, when it is the first factor of the account: shown once.
    pub recovery_codes: Option<Vec<String>>,
}

/// Asks for a new passkey, on a device that has none of this account.
///
/// # Errors
/// `passkey.unsupported_host`, `aud.mismatch`, `stepup.required`.
pub async fn ask_to_enrol(app: &App, caller: &Caller) -> Result<Given> {
    demand(app, caller).await?;
    let id = caller.row.id;
    let held = app.store.read(async move |tx: &mut Tx<'_>| passkeys::list_by_user(tx, id).await).await?;
    if held.len() >= MOST {
        return Err(full().into());
    }
    let owner = Owner {
        id: id.0,
        name: &caller.row.email,
        shown: caller.row.name.as_deref().unwrap_or(&caller.row.email),
    };
    let asked = app.passkeys.ask_new(owner, held.into_iter().map(|one| one.credential_id).collect())?;
    give(app, Kind::Enrol, Some(id), asked).await
}

/// Keeps the new passkey.
///
/// # Errors
/// `passkey.invalid`, `link.expired`, `aud.mismatch`, `stepup.required`, `request.body`.
pub async fn enrol(app: &App, caller: &Caller, input: Enrol) -> Result<Enrolled> {
    demand(app, caller).await?;
    let name = name(input.name, input.client.user_agent.as_deref())?;
    let state = take(app, Kind::Enrol, Some(caller.row.id), &input.challenge_token).await?;
    let new = app.passkeys.check_new(&state, input.passkey)?;
    let now = app.clock.now_ms();
    let row = PasskeyRow {
        id: app.new_id(),
        user_id: caller.row.id,
        credential_id: new.credential_id,
        credential: new.credential,
        name,
        created_at: now,
        last_used_at: None,
    };
    let codes = NewCodes::make(app, caller.row.id);
    let added = Added { factor: Factor::Passkey, codes, client: input.client };
    let of = app.clone();
    let (user, passkey) = (caller.row.clone(), row.clone());
    let enrolled = app.store.write(async move |tx: &mut Tx<'_>| {
        // A password changed meanwhile takes the right to add a key with it.
        if !users::hold(tx, user.id, user.credential_epoch).await? {
            return Ok(Err(Error::from(&reason::REVOKED_SESSION)));
        }
        if passkeys::list_by_user(tx, user.id).await?.len() >= MOST {
            return Ok(Err(full().into()));
        }
        let before = factors::by_user(tx, user.id).await?;
        if !passkeys::insert(tx, &passkey).await? {
            return Ok(Err(invalid("This passkey is stored already.").into()));
        }
        added.settle(&of, tx, &user, before).await.map(Ok)
    });
    let recovery_codes = enrolled.await??;
    Ok(Enrolled { passkey: row.into(), recovery_codes })
}

/// A name as it is stored.
pub(super) fn name(given: Option<String>, user_agent: Option<&str>) -> Result<String> {
    let given = given.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let Some(name) = given else {
        let device = user_agent.and_then(device::known);
        return Ok(device.map_or_else(|| UNNAMED.into(), |d| format!("{} · {}", d.browser, d.system)));
    };
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Refused::new(&reason::REQUEST_BODY)
            .detail("The name of a passkey has at most 60 characters, and no control characters.")
            .into());
    }
    Ok(name)
}

fn full() -> Refused {
    Refused::new(&reason::MFA_ALREADY)
        .detail("An account has at most 20 passkeys.")
        .hint("Remove one that is not used any more.")
}

/// Every login with a second factor sends their ids to the browser.
const MOST: usize = 20;
const LONGEST_NAME: usize = 60;
const UNNAMED: &str = "Passkey";
