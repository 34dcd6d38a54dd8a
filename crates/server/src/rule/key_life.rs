//! The life of a signing key: `next` (published, not signing yet), `active`, `retired` (only verifying), gone.
//!
//! From the keys of one purpose, the schedule and the time it follows what is to be done; doing it is
//! `flow::keys::life`. A key signs only after everybody could learn of it, and goes only after the last of its tokens.
//! Spec: `design/sessions.md`, "Signing keys".

/// A key, as far as its life is concerned. Times are Unix milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub kid: String,
    /// Its JOSE algorithm.
    pub algorithm: String,
    /// Where it is in its life.
    pub state: State,
    /// When it began to sign.
    pub activated_at: Option<i64>,
    /// From when on a `next` key may sign.
    pub signs_from: Option<i64>,
    /// When a `retired` or `revoked` key goes.
    pub expires_at: Option<i64>,
    /// For how long, in milliseconds, a token that it signed may be taken somewhere, at the most.
    pub longest_lifetime: i64,
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Published, so that everybody knows it when it begins to sign.
    Next,
    /// It signs. There is one of a purpose.
    Active,
    /// Its tokens are still good.
    Retired,
    /// Its tokens are void; only its name is left, so that they can be refused by their reason.
    Revoked,
}

impl Step {
    /// Whether a key has to be made for it.
    #[must_use]
    pub fn makes(&self) -> bool {
        matches!(self, Self::MakeActive | Self::MakeNext { .. })
    }
}

impl State {
    /// The word used in the database and in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Revoked => "revoked",
        }
    }

    /// Reads that word.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Next, Self::Active, Self::Retired, Self::Revoked]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// What the operator chose, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// A new key so often; none is never.
    pub rotate_every: Option<i64>,
    /// How long a key is published before it signs.
    pub publish_before: i64,
    /// For how long a token that this server signs may be taken somewhere: its life, and the leeway of the clocks.
    pub lifetime: i64,
}

/// The time, and when somebody last looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Now.
    pub now: i64,
    /// When a server last noted that it looks after the keys, at most [`WATCH_EVERY`] late; none when none ever did.
    pub watched_at: Option<i64>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Make a key that signs at once.
    MakeActive,
    /// Make a key that is published and signs from then on.
    MakeNext {
        /// From when on; none is when the operator says so.
        signs_from: Option<i64>,
    },
    /// Let a `next` key sign.
    Activate {
        /// Which.
        kid: String,
    },
    /// Let an `active` key sign no more.
    Retire {
        /// Which.
        kid: String,
        /// When its last token is over.
        expires_at: i64,
    },
    /// Count the publication of a `next` key anew.
    PublishAgain {
        /// Which.
        kid: String,
        /// From when on it may sign.
        signs_from: i64,
    },
    /// Keep a `retired` key longer.
    Keep {
        /// Which.
        kid: String,
        /// Until when.
        expires_at: i64,
    },
    /// Count the age of the `active` key from now, because it lies in the future.
    CountFromNow {
        /// Which.
        kid: String,
    },
    /// Note how long the tokens of a key live, because it has to outlive them.
    NoteLifetime {
        /// Which.
        kid: String,
        /// In milliseconds.
        lifetime: i64,
    },
    /// Void a key.
    Revoke {
        /// Which.
        kid: String,
        /// When its name may be forgotten.
        expires_at: i64,
    },
    /// Delete a key.
    Delete {
        /// Which.
        kid: String,
    },
}

/// What is due for the keys of one purpose.
///
/// Of two servers that are told to use different algorithms each sees to its own key, so the keys take turns; a `next`
/// key that nobody is told to use goes in the end.
#[must_use]
pub fn due(keys: &[Key], algorithm: &str, schedule: &Schedule, moment: Moment) -> Vec<Step> {
    let Moment { now, .. } = moment;
    let Some(active) = signing(keys, algorithm) else { return vec![Step::MakeActive] };
    let gap = moment.watched_at.map_or(i64::MAX, |at| now - at);
    if gap.abs() > MAX_GAP {
        return keys.iter().flat_map(|key| after_gap(key, schedule, now, gap)).collect();
    }
    let mut steps: Vec<Step> =
        keys.iter().filter_map(|key| by_itself(key, algorithm, schedule, now)).collect();
    match of_state(keys, State::Next).find(|key| key.algorithm == algorithm) {
        Some(next) if next.signs_from.is_some_and(|from| from <= now) => {
            steps.extend(activate(keys, next, now));
        }
        Some(_) => {}
        None => steps.extend(next_of(active, algorithm, schedule, now)),
    }
    steps
}

/// What a rotation asked for by the operator takes: nothing when a key waits for its time already, and that is not later.
///
/// At once, the key that is published signs, and in the same breath another is published for the time after: whoever
/// fetches the keys because of the first knows the second too, however soon the next rotation comes.
#[must_use]
pub fn rotate(keys: &[Key], algorithm: &str, schedule: &Schedule, now: i64, at_once: bool) -> Vec<Step> {
    let next = of_state(keys, State::Next).find(|key| key.algorithm == algorithm);
    let published = now + schedule.publish_before;
    match (next, at_once) {
        (Some(next), false) if next.signs_from.is_some_and(|from| from <= published) => Vec::new(),
        (Some(next), false) => vec![Step::PublishAgain { kid: next.kid.clone(), signs_from: published }],
        (None, false) => vec![Step::MakeNext { signs_from: Some(published) }],
        (next, true) => {
            let mut steps: Vec<Step> =
                of_state(keys, State::Active).map(|active| retire(active, now)).collect();
            steps.push(next.map_or(Step::MakeActive, |next| Step::Activate { kid: next.kid.clone() }));
            let after = schedule.rotate_every.map(|every| now + every.max(schedule.publish_before));
            steps.push(Step::MakeNext { signs_from: after });
            steps
        }
    }
}

/// What it takes to void the keys that `is_leaked` names. One that signs is replaced at once by a new one and not by
/// the `next`, which lay in the same database.
#[must_use]
pub fn revoke(keys: &[Key], now: i64, is_leaked: impl Fn(&Key) -> bool) -> Vec<Step> {
    let leaked = || keys.iter().filter(|key| key.state != State::Revoked && is_leaked(key));
    let mut steps: Vec<Step> = leaked()
        .map(|key| Step::Revoke { kid: key.kid.clone(), expires_at: now + retention(key.longest_lifetime) })
        .collect();
    if leaked().any(|key| key.state == State::Active) {
        steps.push(Step::MakeActive);
    }
    steps
}

/// The key that signs: of this algorithm, or else any.
#[must_use]
pub fn signing<'a>(keys: &'a [Key], algorithm: &str) -> Option<&'a Key> {
    let active = || of_state(keys, State::Active);
    active().find(|key| key.algorithm == algorithm).or_else(|| active().next())
}

/// How long a key stays after it signed for the last time: its last token is taken somewhere, by a verifier that may
/// fetch the keys only then, and a server that has not heard yet goes on signing for a while.
#[must_use]
pub const fn retention(longest_lifetime: i64) -> i64 {
    longest_lifetime + JWKS_MAX_AGE + MAX_LAG
}

fn of_state(keys: &[Key], state: State) -> impl Iterator<Item = &Key> {
    keys.iter().filter(move |key| key.state == state)
}

/// Time that nobody watched counts for nothing: a server that was off published nothing, a restored database holds keys
/// that today's caches may not know, and a clock that jumped is no proof that a token is over.
fn after_gap(key: &Key, schedule: &Schedule, now: i64, gap: i64) -> Vec<Step> {
    let kid = || key.kid.clone();
    let mut steps = Vec::new();
    // Tokens of the time before the clock was set back live by so much longer.
    if gap < 0 && matches!(key.state, State::Active | State::Next) {
        steps.push(Step::NoteLifetime { kid: kid(), lifetime: key.longest_lifetime.saturating_sub(gap) });
    }
    match key.state {
        State::Next => steps.extend(key.signs_from.map(|from| Step::PublishAgain {
            kid: kid(),
            signs_from: publication_after(gap, from, schedule, now),
        })),
        State::Retired | State::Revoked if gap > 0 => {
            let whole = now + retention(key.longest_lifetime);
            let expires_at = key.expires_at.map_or(whole, |at| at.max(at.saturating_add(gap).min(whole)));
            steps.push(Step::Keep { kid: kid(), expires_at });
        }
        State::Active if key.activated_at.is_some_and(|at| at > now) => {
            steps.push(Step::CountFromNow { kid: kid() });
        }
        State::Retired | State::Revoked | State::Active => {}
    }
    steps
}

/// A short break is added to the time that a key has yet to be published, a long one or a jump starts it anew.
fn publication_after(gap: i64, signs_from: i64, schedule: &Schedule, now: i64) -> i64 {
    let whole = now + schedule.publish_before;
    match (0..schedule.publish_before).contains(&gap) {
        true if signs_from <= whole => (signs_from + gap).clamp(now + SHORTEST_PUBLICATION, whole),
        true => signs_from,
        false if gap > 0 => signs_from.max(whole),
        false => whole,
    }
}

/// What concerns one key alone.
fn by_itself(key: &Key, algorithm: &str, schedule: &Schedule, now: i64) -> Option<Step> {
    let kid = key.kid.clone();
    // A `next` that no server wanted when its time came never signed, so nobody misses it.
    let unwanted = key.algorithm != algorithm
        && key.signs_from.is_some_and(|from| from.saturating_add(schedule.publish_before) <= now);
    match key.state {
        State::Retired | State::Revoked if key.expires_at.is_some_and(|at| at <= now) => {
            Some(Step::Delete { kid })
        }
        State::Next if unwanted => Some(Step::Delete { kid }),
        State::Active | State::Next if key.longest_lifetime < schedule.lifetime => {
            Some(Step::NoteLifetime { kid, lifetime: schedule.lifetime })
        }
        _ => None,
    }
}

fn activate(keys: &[Key], next: &Key, now: i64) -> Vec<Step> {
    let mut steps: Vec<Step> = of_state(keys, State::Active).map(|active| retire(active, now)).collect();
    steps.push(Step::Activate { kid: next.kid.clone() });
    steps
}

fn retire(active: &Key, now: i64) -> Step {
    Step::Retire { kid: active.kid.clone(), expires_at: now + retention(active.longest_lifetime) }
}

fn next_of(active: &Key, algorithm: &str, schedule: &Schedule, now: i64) -> Option<Step> {
    let published = now + schedule.publish_before;
    if active.algorithm != algorithm {
        return Some(Step::MakeNext { signs_from: Some(published) });
    }
    let due = active.activated_at.unwrap_or(now) + schedule.rotate_every?;
    (due <= published).then_some(Step::MakeNext { signs_from: Some(published) })
}

/// How long a client may keep the published key set, in milliseconds.
pub const JWKS_MAX_AGE: i64 = 300_000;

/// For how long a server signs with keys it has not compared with the database, in milliseconds.
pub const MAX_LAG: i64 = 60_000;

/// The least time between a key's publication and its first token: no cache is older, on no server.
pub const SHORTEST_PUBLICATION: i64 = JWKS_MAX_AGE + MAX_LAG;

/// How often it is noted that somebody looks after the keys, in milliseconds.
pub const WATCH_EVERY: i64 = 60_000;

/// How old that note may be before the time since counts as unwatched, in milliseconds.
pub const MAX_GAP: i64 = 150_000;

#[cfg(test)]
mod tests;
