//! Doing what the life of the signing keys asks for: by the schedule, and because the operator says so.
//!
//! Any server does it, without a leader: who changes keys first takes the row of the generation, so that of two at once
//! the second waits, looks again and finds nothing left to do. Keys are made before, because an RSA key takes longer
//! than a transaction may. The rules are `rule::key_life`.

use std::collections::HashMap;

use jotgate_jose::Algorithm;
use jotgate_token::revocation::Kind;
use serde_json::json;

use super::{
    ACCESS, FEED, FEED_ALGORITHM, GENERATION, KeysError, Needs, WATCHED_AT, life_of, make, own_algorithm,
    refresh, reload,
};
use crate::{
    app::App,
    flow::{audit::Event, operator::By, revocations::announce, throttle::millis},
    rule::key_life::{self, Key, Moment, Schedule, State, Step, WATCH_EVERY},
    store::{
        StoreError, Tx,
        keys::{self, SigningKeyRow},
        meta,
    },
};

/// What a signing key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Access tokens.
    Access,
    /// The revocation feed.
    Feed,
}

/// What is wanted of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// What the schedule asks for.
    Due,
    /// A new key of this purpose; `at_once` without waiting until everybody can know it.
    Rotate {
        /// Of what.
        purpose: Purpose,
        /// Whether it signs before everybody can know it.
        at_once: bool,
    },
    /// This key void.
    Revoke {
        /// Its id.
        kid: String,
    },
    /// All keys that sign or signed access tokens void.
    RevokeAll,
}

/// One key with the step that concerns it, or a key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Of what.
    pub purpose: Purpose,
    /// What is done.
    pub step: Step,
}

/// A key as the operator sees it. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyView {
    /// Its id, which is its RFC 7638 thumbprint.
    pub kid: String,
    /// `access` or `feed`.
    pub purpose: Purpose,
    /// Its JOSE algorithm.
    pub algorithm: String,
    /// Where it is in its life.
    pub state: State,
    /// When it was made.
    pub created_at: i64,
    /// From when on it signs, while it is `next`.
    pub signs_from: Option<i64>,
    /// When it began to sign.
    pub activated_at: Option<i64>,
    /// When it stopped.
    pub retired_at: Option<i64>,
    /// When it goes.
    pub expires_at: Option<i64>,
}

/// All signing keys: of access tokens first, those that sign before those that do not.
///
/// # Errors
/// When the database does.
pub async fn list(app: &App) -> Result<Vec<KeyView>, KeysError> {
    let rows = app.store.read(async |tx: &mut Tx<'_>| keys::list_signing(tx).await).await?;
    let mut views: Vec<_> = rows.iter().filter_map(view).collect();
    views.sort_by_key(|view| (view.purpose == Purpose::Feed, order(view.state), -view.created_at));
    Ok(views)
}

/// What would be done now.
///
/// # Errors
/// When the database does.
pub async fn plan(app: &App, wanted: &Wanted) -> Result<Vec<Planned>, KeysError> {
    let (rows, watched_at) = app.store.read(async |tx: &mut Tx<'_>| state(tx).await).await?;
    Ok(decide(app, &rows, watched_at, wanted))
}

/// Does it, and loads the keys anew here; the other servers notice by themselves.
///
/// # Errors
/// When the database does, or when a key cannot be made.
pub async fn carry_out(app: &App, wanted: &Wanted, by: &By) -> Result<Vec<Planned>, KeysError> {
    let mut made = Spares::default();
    loop {
        made.make(app, &plan(app, wanted).await?).await?;
        match write(app, wanted, by, &made).await? {
            // Another server was faster and something else is to be done now.
            None => {}
            Some(done) => {
                if !done.is_empty() {
                    reload(app).await?;
                }
                return Ok(done);
            }
        }
    }
}

/// What the schedule asks for, and the note that somebody looks after the keys.
///
/// # Errors
/// As [`carry_out`].
pub async fn look_after(app: &App) -> Result<Vec<Planned>, KeysError> {
    // First, because what follows notes that the time until now was watched.
    refresh::look_after(app).await?;
    let (rows, watched_at) = app.store.read(async |tx: &mut Tx<'_>| state(tx).await).await?;
    let steps = decide(app, &rows, watched_at, &Wanted::Due);
    let since = watched_at.map_or(i64::MAX, |at| app.clock.now_ms() - at);
    if steps.is_empty() && (0..WATCH_EVERY).contains(&since) {
        return Ok(steps);
    }
    carry_out(app, &Wanted::Due, &By::default()).await
}

/// Keys made before the transaction that may need them.
#[derive(Default)]
struct Spares(HashMap<(Purpose, bool), SigningKeyRow>);

impl Spares {
    async fn make(&mut self, app: &App, steps: &[Planned]) -> Result<(), KeysError> {
        for Planned { purpose, step } in steps {
            let is_next = matches!(step, Step::MakeNext { .. });
            let name = (*purpose, is_next);
            if !step.makes() || self.0.contains_key(&name) {
                continue;
            }
            let algorithm = purpose.algorithm(app);
            let master = app.keyring.master();
            let mut row = make::make_signing(needs(app), &master, purpose.name(), algorithm).await?;
            if is_next {
                row = SigningKeyRow { state: State::Next.name().into(), activated_at: None, ..row };
            }
            self.0.insert(name, row);
        }
        Ok(())
    }

    fn of(&self, planned: &Planned) -> Option<SigningKeyRow> {
        let row = |next| self.0.get(&(planned.purpose, next)).cloned();
        match planned.step {
            Step::MakeActive => row(false),
            Step::MakeNext { signs_from } => row(true).map(|row| SigningKeyRow { signs_from, ..row }),
            _ => None,
        }
    }
}

/// Decides again and does it in one transaction; none when a key is needed that was not made.
async fn write(
    app: &App,
    wanted: &Wanted,
    by: &By,
    spares: &Spares,
) -> Result<Option<Vec<Planned>>, KeysError> {
    let author = if *wanted == Wanted::Due { "schedule".to_owned() } else { by.name() };
    let (of, wanted, request_id) = (app.clone(), wanted.clone(), by.request_id.clone());
    let spares = Spares(spares.0.clone());
    let done = app.store.write(async move |tx: &mut Tx<'_>| {
        let now = of.clock.now_ms();
        let before = meta::value(tx, GENERATION).await?;
        meta::set(tx, GENERATION, &of.random_bytes::<16>()).await?;
        let (rows, watched_at) = state(tx).await?;
        let steps = decide(&of, &rows, watched_at, &wanted);
        let lacks = |planned: &&Planned| planned.step.makes() && spares.of(planned).is_none();
        if steps.iter().find(lacks).is_some() {
            return Ok(None);
        }
        for planned in &steps {
            do_one(&of, tx, planned, spares.of(planned), now).await?;
            if let Some(event) = event(planned, now, &author, spares.of(planned).as_ref()) {
                request_id.iter().fold(event, Event::request).write(&of, tx).await?;
            }
        }
        if let (true, Some(before)) = (steps.is_empty(), before) {
            // Nothing changed, so nobody has to load anything.
            meta::set(tx, GENERATION, &before).await?;
        }
        meta::set(tx, WATCHED_AT, &now.to_be_bytes()).await?;
        Ok(Some(steps))
    });
    Ok(done.await?)
}

async fn do_one(
    app: &App,
    tx: &mut Tx<'_>,
    planned: &Planned,
    made: Option<SigningKeyRow>,
    now: i64,
) -> Result<(), StoreError> {
    let done = match &planned.step {
        Step::MakeActive | Step::MakeNext { .. } => match made {
            Some(row) => keys::insert_signing(tx, &SigningKeyRow { created_at: now, ..row }).await?,
            None => false,
        },
        Step::Activate { kid } => keys::mark_active(tx, kid, now).await?,
        Step::Retire { kid, expires_at } => keys::mark_retired(tx, kid, now, *expires_at).await?,
        Step::PublishAgain { kid, signs_from } => keys::set_signs_from(tx, kid, *signs_from).await?,
        Step::Keep { kid, expires_at } => keys::set_expires_at(tx, kid, *expires_at).await?,
        Step::CountFromNow { kid } => keys::set_activated_at(tx, kid, now).await?,
        Step::NoteLifetime { kid, lifetime } => keys::raise_lifetime(tx, kid, *lifetime).await?,
        Step::Revoke { kid, expires_at } => {
            // Verifiers that never ask drop the key, and take it back from no cached key set.
            announce(app, tx, Kind::Key, kid, 0).await?;
            keys::mark_revoked(tx, kid, now, *expires_at).await?
        }
        Step::Delete { kid } => keys::delete_signing(tx, kid).await?,
    };
    // Everybody who changes keys waits for the generation first, so nothing can have come between.
    if done { Ok(()) } else { Err(StoreError::Conflict) }
}

/// What is worth remembering of a step, for years.
fn event(planned: &Planned, now: i64, by: &str, made: Option<&SigningKeyRow>) -> Option<Event> {
    let (kind, kid) = match &planned.step {
        Step::MakeActive => ("key.active", &made?.kid),
        Step::Activate { kid } => ("key.active", kid),
        Step::MakeNext { .. } => ("key.next", &made?.kid),
        Step::Retire { kid, .. } => ("key.retired", kid),
        Step::Revoke { kid, .. } => ("key.revoked", kid),
        Step::Delete { kid } => ("key.deleted", kid),
        Step::PublishAgain { .. }
        | Step::Keep { .. }
        | Step::CountFromNow { .. }
        | Step::NoteLifetime { .. } => return None,
    };
    let detail = json!({ "kid": kid, "purpose": planned.purpose.name(), "by": by });
    Some(Event::new(kind, now).detail(detail))
}

/// The rows and when somebody last looked after them.
async fn state(tx: &mut Tx<'_>) -> Result<(Vec<SigningKeyRow>, Option<i64>), StoreError> {
    let watched_at = watched_at(tx).await?;
    Ok((keys::list_signing(tx).await?, watched_at))
}

/// When a server last noted that it looks after the keys.
pub(super) async fn watched_at(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    let noted = meta::value(tx, WATCHED_AT).await?;
    Ok(noted.and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes))
}

fn decide(app: &App, rows: &[SigningKeyRow], watched_at: Option<i64>, wanted: &Wanted) -> Vec<Planned> {
    let (now, schedule) = (app.clock.now_ms(), schedule(app));
    let mut planned = Vec::new();
    for purpose in [Purpose::Access, Purpose::Feed] {
        let lives: Vec<Key> =
            rows.iter().filter(|row| row.purpose == purpose.name()).filter_map(life_of).collect();
        let algorithm = purpose.algorithm(app).name();
        let steps = match wanted {
            Wanted::Due => key_life::due(&lives, algorithm, &schedule, Moment { now, watched_at }),
            Wanted::Rotate { purpose: of, at_once } if *of == purpose => {
                key_life::rotate(&lives, algorithm, &schedule, now, *at_once)
            }
            Wanted::Revoke { kid } => key_life::revoke(&lives, now, |key| key.kid == *kid),
            Wanted::RevokeAll if purpose == Purpose::Access => key_life::revoke(&lives, now, |_| true),
            Wanted::Rotate { .. } | Wanted::RevokeAll => Vec::new(),
        };
        planned.extend(steps.into_iter().map(|step| Planned { purpose, step }));
    }
    planned
}

fn schedule(app: &App) -> Schedule {
    Schedule {
        rotate_every: rotate_every(app),
        publish_before: millis(app.config.keys.publish_before),
        lifetime: make::reach(&app.config),
    }
}

/// How often a new key is due; none is never.
pub(super) fn rotate_every(app: &App) -> Option<i64> {
    Some(millis(app.config.keys.rotate_every)).filter(|every| *every > 0)
}

fn view(row: &SigningKeyRow) -> Option<KeyView> {
    Some(KeyView {
        kid: row.kid.clone(),
        purpose: Purpose::parse(&row.purpose)?,
        algorithm: row.algorithm.clone(),
        state: State::parse(&row.state)?,
        created_at: row.created_at,
        signs_from: row.signs_from,
        activated_at: row.activated_at,
        retired_at: row.retired_at,
        expires_at: row.expires_at,
    })
}

fn order(state: State) -> u8 {
    match state {
        State::Active => 0,
        State::Next => 1,
        State::Retired => 2,
        State::Revoked => 3,
    }
}

pub(super) fn needs(app: &App) -> Needs<'_> {
    Needs { store: &app.store, config: &app.config, clock: &*app.clock, random: &*app.random }
}

impl Purpose {
    /// The word used in the database and in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => ACCESS,
            Self::Feed => FEED,
        }
    }

    /// Reads that word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Access, Self::Feed].into_iter().find(|purpose| purpose.name() == name)
    }

    fn algorithm(self, app: &App) -> Algorithm {
        match self {
            Self::Access => own_algorithm(app.config.tokens.algorithm),
            Self::Feed => FEED_ALGORITHM,
        }
    }
}
