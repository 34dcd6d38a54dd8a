//! Confirming an address with what came by mail: the one an account has, or another one it is to have.
//!
//! Who made the account need not be who owns the address. So when it is proven for the first time everything that was
//! set up before is swept away: sessions, second factors, outstanding links ("pre-hijacking", Sudhodanan and Paverd,
//! USENIX Security 2022). And another address is confirmed only by whoever is logged in to the account, because else
//! a stranger's account would be handed to the owner of the address with the stranger's key still under the mat.

use jotgate_token::reason;
use uuid::Uuid;

use super::{
    Client, User,
    audit::Event,
    end_session::{EndReason, Ending, end_all_sessions},
    link::{self, Good, Made, Purpose, Shown, present, use_up},
    mail::{self, Letter, To},
    second_factor::reset::remove_all,
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    store::{
        StoreError, Tx, links,
        users::{self, UserRow},
    },
};

/// What confirms.
#[derive(Debug, Clone)]
pub struct ConfirmEmail {
    /// The link or the code.
    pub shown: Shown,
    /// Who is logged in, if anybody.
    pub caller: Option<Uuid>,
    /// Who asks.
    pub client: Client,
}

/// What came of it.
#[derive(Debug)]
pub struct Confirmed {
    /// The account.
    pub user: User,
    /// Whether it is the address the account had before.
    pub is_change: bool,
    /// Where to choose a password, when two people had chosen one for this address and neither counts.
    pub choose_password: Option<Made>,
}

/// Confirms the address.
///
/// # Errors
/// `link.used`, `link.expired`, `link.code_wrong`, `login.throttled`; for a change also `token.missing` and
/// `signup.taken`.
pub async fn confirm_email(app: &App, input: ConfirmEmail) -> Result<Confirmed> {
    let of = app.clone();
    let confirmed = app.store.write(async move |tx: &mut Tx<'_>| {
        let good = match present(&of, tx, &PURPOSES, &input.shown, &input.client).await? {
            Ok(good) => good,
            Err(refused) => return Ok(Err(refused)),
        };
        let is_change = good.purpose == Purpose::ChangeEmail;
        if is_change && input.caller != Some(good.user.id.0) {
            return Ok(Err(not_logged_in()));
        }
        if !use_up(&of, tx, &good).await? {
            return Ok(Err((&reason::LINK_USED).into()));
        }
        if is_change { change(&of, tx, &good, &input).await } else { confirm(&of, tx, &good, &input).await }
    });
    confirmed.await?
}

/// What may be confirmed here.
pub const PURPOSES: [Purpose; 2] = [Purpose::VerifyEmail, Purpose::ChangeEmail];

type Inner = std::result::Result<Result<Confirmed>, StoreError>;

async fn confirm(app: &App, tx: &mut Tx<'_>, good: &Good, input: &ConfirmEmail) -> Inner {
    let user = prove_first(app, tx, &good.user, &input.client).await?;
    let choose_password = match good.user.password_hash.is_some() && user.password_hash.is_none() {
        true => Some(link::make(app, tx, Purpose::ResetPassword, &user, &good.to).await?),
        false => None,
    };
    Ok(Ok(Confirmed { user: User::from(&user), is_change: false, choose_password }))
}

/// Notes that the address is the user's, and sweeps away what was there before if it is the first time. Answers the
/// account as it is from now on.
pub(super) async fn prove_first(
    app: &App,
    tx: &mut Tx<'_>,
    user: &UserRow,
    client: &Client,
) -> Result<UserRow, StoreError> {
    let now = app.clock.now_ms();
    if users::verify_email(tx, user.id, now).await? {
        let request_id = Some(client.request_id.clone());
        let ending = Ending { user: user.id, reason: EndReason::EmailVerified, at: now, request_id };
        end_all_sessions(app, tx, None, &ending).await?;
        links::void_all(tx, user.id).await?;
        remove_all(tx, user.id).await?;
        Event::new("email.verified", now).user(user.id).request(&client.request_id).write(app, tx).await?;
    }
    users::by_id(tx, user.id).await?.ok_or(StoreError::Conflict)
}

async fn change(app: &App, tx: &mut Tx<'_>, good: &Good, input: &ConfirmEmail) -> Inner {
    let (now, old) = (app.clock.now_ms(), &good.user);
    if !users::set_email(tx, old.id, &good.to.shown, &good.to.key, now).await? {
        let taken = Refused::new(&reason::SIGNUP_TAKEN).detail("this e-mail address has an account by now");
        return Ok(Err(taken.into()));
    }
    // Whoever reads the old address must not get in by what went there.
    links::void_all(tx, old.id).await?;
    Event::new("email.changed", now).user(old.id).request(&input.client.request_id).write(app, tx).await?;
    let letter = Letter::EmailChanged { new: good.to.shown.clone(), seen: mail::seen(&input.client, now) };
    mail::post(app, tx, To::owner(old, input.client.language), letter).await?;
    let user = users::by_id(tx, old.id).await?.ok_or(StoreError::Conflict)?;
    Ok(Ok(Confirmed { user: User::from(&user), is_change: true, choose_password: None }))
}

fn not_logged_in() -> Error {
    Refused::new(&reason::TOKEN_MISSING)
        .detail("another address is confirmed by whoever is logged in to the account")
        .hint("log in and open the link again, or type the code where the change was asked for")
        .into()
}
