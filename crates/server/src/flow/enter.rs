//! The single way into a session: whatever was shown, a password, a mailed code, a passkey, ends here.
//!
//! What every entrance has in common is done here and nowhere else: it asks for the second factor where one is enrolled,
//! ends the sessions the new one takes the place of, writes row and audit, and remembers where the account was used
//! from. All of it in one transaction with what the way in itself has to settle.

use jotgate_token::reason::{self, Reason};
use secrecy::SecretString;

use super::{
    Client, Delivery, Session, device,
    end_session::{EndReason, Ending, end_session},
    log_out::Leaving,
    open_session, passkey,
    second_factor::{
        self, Demand,
        challenge::{self, Asked, Pending},
    },
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    rule::authentication::{Method, is_multi_factor},
    store::{
        SessionId, StoreError, Tx,
        challenges::{self, ChallengeRow},
        factors::Enrolled,
        passkeys,
        users::{self, UserRow},
    },
};

/// Somebody at the door, who has shown enough to be let in or to be asked for the second factor.
#[derive(Debug)]
pub struct Entrance {
    /// The account, as read before what was shown was checked.
    pub user: UserRow,
    /// Whether the account is made in this same transaction.
    pub is_new: bool,
    /// What was shown.
    pub methods: Vec<Method>,
    /// How the tokens are to travel.
    pub delivery: Delivery,
    /// The audience of the tokens, as [`audience`](super::issue::audience) accepted it.
    pub audience: Vec<String>,
    /// The refresh tokens the same browser held, whose sessions end: they could come back when this one is over.
    pub replaces: Vec<SecretString>,
    /// The session that the new one continues, as after a step-up: it ends.
    pub continues: Option<SessionId>,
    /// What to answer when the account was disabled or got other credentials since it was read.
    pub stale: &'static Reason,
    /// Who asks.
    pub client: Client,
}

/// What became of a login.
#[derive(Debug)]
pub enum LoggedIn {
    /// A session is open.
    In(Box<Session>),
    /// What was shown was right, and a second factor is wanted.
    NeedsFactor(Demand),
}

impl LoggedIn {
    /// The session, if one was opened.
    #[must_use]
    pub fn into_session(self) -> Option<Session> {
        match self {
            Self::In(session) => Some(*session),
            Self::NeedsFactor(_) => None,
        }
    }
}

/// Opens the session, or says what is still missing. `settle` makes what was shown count, in the transaction that opens
/// the session and before it does: it uses up a code, or clears a counter. A refusal of its own is committed with
/// whatever it wrote, such as a failure it counted. It may run twice.
///
/// # Errors
/// `settle`'s refusals, [`Entrance::stale`], and the database's.
pub async fn enter<F>(app: &App, entrance: Entrance, settle: F) -> Result<LoggedIn>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<Result<()>, StoreError> + Send + 'static,
{
    let now = app.clock.now_ms();
    let demanded = demand(app, &entrance).await?;
    let Entrance { user, is_new, methods, delivery, audience, replaces, continues, stale, client } = entrance;
    let device = device::of(app, delivery, &client);
    let opening = open_session::Opening { delivery, audience, methods, at: now };
    let session = open_session::prepare(app, &user, &client, opening);
    let leaving = Leaving::replaced(app, replaces, now, &client).await;
    let (challenge, demand) = demanded.unzip();
    let settled = {
        let (of, user, session, kept) = (app.clone(), user.clone(), session.clone(), device.clone());
        app.store.write(async move |tx: &mut Tx<'_>| {
            // First of all, so that nothing of old credentials gets in, whatever changes them meanwhile (I8).
            if !is_new && !users::hold(tx, user.id, user.credential_epoch).await? {
                return Ok(Err(Error::from(stale)));
            }
            let is_strange = !is_new && device::is_strange(&of, tx, &user, &client, now).await?;
            if let Err(refused) = settle(tx).await? {
                return Ok(Err(refused));
            }
            if let Some(challenge) = &challenge {
                return challenges::insert(tx, challenge).await.map(Ok);
            }
            let request_id = Some(client.request_id.clone());
            let ending = Ending { user: user.id, reason: EndReason::Replaced, at: now, request_id };
            // Whoever logged out meanwhile must not be in again because of an answer that comes late.
            if let Some(id) = continues
                && !end_session(&of, tx, id, &ending).await?
            {
                return Ok(Err(Refused::new(&reason::REVOKED_SESSION).session(id).into()));
            }
            leaving.end(&of, tx).await?;
            open_session::write(&of, tx, &session, &client).await?;
            device::remember(&of, tx, (user.id, &client), kept.as_ref(), now).await?;
            if is_strange {
                device::tell(&of, tx, &user, &client, now).await?;
            }
            Ok(Ok(()))
        })
    };
    settled.await??;
    if let Some(demand) = demand {
        return Ok(LoggedIn::NeedsFactor(demand));
    }
    app.counters.sessions_opened.add();
    let session = open_session::hand_out(app, &user, session, now).await?;
    Ok(LoggedIn::In(Box::new(Session { device, ..session })))
}

/// What is asked for beside what was shown, if anything.
async fn demand(app: &App, entrance: &Entrance) -> Result<Option<(ChallengeRow, Demand)>> {
    if entrance.is_new || is_multi_factor(&entrance.methods) {
        return Ok(None);
    }
    let enrolled = second_factor::enrolled(app, entrance.user.id).await?;
    if !enrolled.any() {
        return Ok(None);
    }
    let id = entrance.user.id;
    let held = app.store.read(async move |tx: &mut Tx<'_>| passkeys::list_by_user(tx, id).await).await?;
    let pending = Pending {
        methods: entrance.methods.clone(),
        delivery: entrance.delivery.name().into(),
        audience: entrance.audience.clone(),
        continues: entrance.continues.map(|id| id.0),
        credential_epoch: entrance.user.credential_epoch,
        passkey: passkey::ask_for(app, &held),
    };
    // At an address there is nothing to ask a passkey for.
    let passkeys = if pending.passkey.is_some() { enrolled.passkeys } else { 0 };
    let asked = Asked { enrolled: Enrolled { passkeys, ..enrolled }, pending };
    Ok(Some(challenge::prepare(app, &entrance.user, asked)))
}
