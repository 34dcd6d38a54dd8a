//! Exchanging a refresh token for its successor.
//!
//! `rule::refresh` decides; here the verdict is carried out with a conditional UPDATE, which is the only point at which
//! parallel presenters are put in order. An UPDATE of no row means somebody was faster: read again, decide again.
//! A token with a wrong tag is refused before any query (I4).

use jotgate_token::{IdempotencyKey, reason, reason::Reason, refresh::Opened};
use serde_json::json;

use super::{
    Client, Session,
    audit::Event,
    end_session::{EndReason, Ending, end_session},
    issue,
    mail::{self, Letter, To},
    presented::find,
    throttle::millis,
};
use crate::{
    app::App,
    error::{Error, Refused, Result},
    rule::refresh::{Because, Presented as Judged, Proof, State, Successor, Verdict, Windows, judge},
    store::{
        SessionId, StoreError, Tx,
        sessions::{self, Rotation, SessionRow},
        users::UserRow,
    },
    text::Language,
};

pub use super::presented::Presented;

/// What a refresh brings.
#[derive(Debug)]
pub struct Refresh {
    /// The token.
    pub presented: Presented,
    /// The client's proof that a repeated request is its own.
    pub key: Option<IdempotencyKey>,
    /// Another audience than the session's.
    pub audience: Option<Vec<String>>,
    /// Who asks.
    pub client: Client,
}

/// Rotates the session, or answers its live token again.
///
/// # Errors
/// `refresh.*`, `keys.unavailable`, `request.body`.
pub async fn refresh(app: &App, input: Refresh) -> Result<Session> {
    let now = app.clock.now_ms();
    let audience = input.audience.as_deref().map(|asked| issue::audience(app, Some(asked))).transpose()?;
    let mut answer = Err(Error::from(&reason::REFRESH_INVALID));
    let mut judged = None;
    for opened in find(app, &input.presented).await.all()? {
        let session = opened.session();
        if judged == Some(session) {
            continue;
        }
        let asked = Asked { opened, key: input.key.clone(), client: input.client.clone(), now };
        let outcome = exchange(app, asked).await?;
        report(app, &outcome);
        answer = match outcome {
            Outcome::Live(live) => {
                let mut session = live.session;
                session.audience = audience.or(session.audience);
                return issue::hand_out(app, &live.user, &session, now).await;
            }
            Outcome::Refused(refused) => Err(refused.into()),
        };
        match &answer {
            // Made by nobody here after all: it does not speak for its session, another copy may.
            Err(Error::Refused(refused)) if refused.reason == &reason::REFRESH_INVALID => {}
            Err(Error::Refused(refused)) if refused.reason == &reason::REFRESH_REUSED => break,
            // An older session in another cookie slot may be alive.
            _ => judged = Some(session),
        }
    }
    answer
}

#[derive(Debug, Clone)]
struct Asked {
    opened: Opened,
    key: Option<IdempotencyKey>,
    client: Client,
    now: i64,
}

enum Outcome {
    Live(Box<Live>),
    Refused(Refused),
}

struct Live {
    session: SessionRow,
    user: UserRow,
    how: How,
}

/// How a live token came to be answered.
#[derive(Clone, Copy)]
enum How {
    Rotated,
    StoreBehind,
    Again(Because),
}

async fn exchange(app: &App, asked: Asked) -> Result<Outcome> {
    let of = app.clone();
    let outcome = app
        .store
        .write(async move |tx: &mut Tx<'_>| {
            for _ in 0..ATTEMPTS {
                if let Some(outcome) = once(&of, tx, &asked).await? {
                    return Ok(outcome);
                }
            }
            Err(StoreError::Conflict)
        })
        .await?;
    Ok(outcome)
}

/// Reads, decides, carries out. `None` when another request changed the row in between.
async fn once(app: &App, tx: &mut Tx<'_>, asked: &Asked) -> Result<Option<Outcome>, StoreError> {
    let id = SessionId::from(asked.opened.session());
    let Some((session, user)) = sessions::with_user(tx, id).await? else {
        return Ok(refused(&reason::REFRESH_UNKNOWN, id));
    };
    if app.keyring.refresh().confirm(&asked.opened, &session.salt).is_err() {
        return Ok(refused(&reason::REFRESH_INVALID, id));
    }
    if user.disabled_at.is_some() || user.credential_epoch != session.credential_epoch {
        return Ok(refused(&reason::REFRESH_REVOKED, id));
    }
    let presented = Judged {
        generation: asked.opened.generation(),
        key: asked.key.as_ref().map(|key| key.digest(&session.salt)),
        proof: Proof::Unbound,
    };
    match judge(&state(&session)?, asked.now, presented, windows(app)) {
        Verdict::Ended => Ok(refused(&reason::REFRESH_REVOKED, id)),
        Verdict::Expired => Ok(refused(&reason::REFRESH_EXPIRED, id)),
        Verdict::ProofMissing => Ok(refused(&reason::DPOP_MISSING, id)),
        Verdict::Again(because) => {
            Ok(Some(Outcome::Live(Box::new(Live { session, user, how: How::Again(because) }))))
        }
        Verdict::Rotate(next) => {
            rotate(app, tx, Live { session, user, how: How::Rotated }, next, asked).await
        }
        Verdict::StoreBehind(next) => {
            rotate(app, tx, Live { session, user, how: How::StoreBehind }, next, asked).await
        }
        Verdict::Reused => end_as_stolen(app, tx, (&session, &user), asked).await,
    }
}

async fn rotate(
    app: &App,
    tx: &mut Tx<'_>,
    live: Live,
    next: Successor,
    asked: &Asked,
) -> Result<Option<Outcome>, StoreError> {
    let Live { session, user, how } = live;
    let seen_lately = asked.now - session.last_seen_at < LAST_SEEN_STEP;
    let rotation = Rotation {
        id: session.id,
        // The presented one: the live one, or after a lost write one the row has not reached.
        from: asked.opened.generation(),
        to: next.generation,
        rotated_at: asked.now,
        recent: serde_json::to_string(&next.recent).map_err(|e| StoreError::Corrupt(e.to_string()))?,
        last_key: next.last_key,
        key_run: next.key_run,
        idle_until: next.idle_until,
        last_seen_at: if seen_lately { session.last_seen_at } else { asked.now },
    };
    let done = match how {
        How::StoreBehind => sessions::rotate_ahead(tx, &rotation).await?,
        _ => sessions::rotate(tx, &rotation).await?,
    };
    if !done {
        return Ok(None);
    }
    if let How::StoreBehind = how {
        Event::new("refresh.store_behind", asked.now)
            .user(user.id)
            .session(session.id)
            .request(&asked.client.request_id)
            .detail(json!({ "stored": session.generation, "continued_as": next.generation }))
            .write(app, tx)
            .await?;
    }
    let session = SessionRow { generation: next.generation, idle_until: next.idle_until, ..session };
    Ok(Some(Outcome::Live(Box::new(Live { session, user, how }))))
}

async fn end_as_stolen(
    app: &App,
    tx: &mut Tx<'_>,
    (session, user): (&SessionRow, &UserRow),
    asked: &Asked,
) -> Result<Option<Outcome>, StoreError> {
    let ending = Ending {
        user: session.user_id,
        reason: EndReason::Reuse,
        at: asked.now,
        request_id: Some(asked.client.request_id.clone()),
    };
    if !end_session(app, tx, session.id, &ending).await? {
        return Ok(None);
    }
    Event::new("refresh.reuse", asked.now)
        .user(session.user_id)
        .session(session.id)
        .request(&asked.client.request_id)
        .detail(json!({ "presented": asked.opened.generation(), "stored": session.generation }))
        .write(app, tx)
        .await?;
    let alarm = Letter::ReuseAlarm { seen: mail::seen(&asked.client, asked.now) };
    // Not in the language of whoever asks: that may be the thief.
    mail::post(app, tx, To::owner(user, Language::default()), alarm).await?;
    let refused = Refused::new(&reason::REFRESH_REUSED)
        .detail("this refresh token was replaced before and came back out of turn; its session is ended")
        .session(session.id);
    Ok(Some(Outcome::Refused(refused)))
}

fn refused(reason: &'static Reason, session: SessionId) -> Option<Outcome> {
    Some(Outcome::Refused(Refused::new(reason).session(session)))
}

/// Counts and logs what was committed.
fn report(app: &App, outcome: &Outcome) {
    let counters = &app.counters;
    match outcome {
        Outcome::Live(live) => {
            let session = live.session.id;
            match live.how {
                How::Rotated => counters.refresh_rotated.add(),
                How::Again(Because::Retry) => {
                    counters.refresh_retried.add();
                    tracing::info!(%session, "benign_retry: a lost reply is answered again");
                }
                How::Again(Because::Race) => {
                    counters.refresh_raced.add();
                    tracing::info!(%session, "benign_race: parallel refreshes get the same successor");
                }
                How::StoreBehind => {
                    counters.refresh_store_behind.add();
                    tracing::error!(%session, "store_behind: the database is older than a token; was a backup restored?");
                }
            }
        }
        Outcome::Refused(refused) if refused.reason == &reason::REFRESH_REUSED => {
            counters.refresh_reused.add();
            let session = refused.session.map(|session| session.to_string());
            tracing::warn!(session, "reuse: a refresh token came out of turn; its session is ended");
        }
        Outcome::Refused(_) => {}
    }
}

fn state(session: &SessionRow) -> Result<State, StoreError> {
    Ok(State {
        generation: session.generation,
        recent: serde_json::from_str(&session.recent)
            .map_err(|e| StoreError::Corrupt(format!("the remembered generations of a session: {e}")))?,
        last_key: session.last_key,
        key_run: session.key_run,
        idle_until: session.idle_until,
        absolute_until: session.absolute_until,
        ended: session.revoked_at.is_some(),
    })
}

fn windows(app: &App) -> Windows {
    let sessions = &app.config.sessions;
    Windows {
        race: millis(sessions.race_window),
        retry: millis(sessions.retry_window),
        idle: millis(sessions.idle_lifetime),
    }
}

/// How often a request that finds the row changed under it decides again.
const ATTEMPTS: usize = 8;

/// What anybody with an access token can read moves at most so often, in milliseconds, because the moment of a rotation
/// is what a thief inside the retry window would have to know.
pub(super) const LAST_SEEN_STEP: i64 = 3_600_000;
