//! What happens to keys and when, in words.

use jotgate_jose::explain::words::distance;
use jotgate_server::config::Keys;
use jotgate_server::flow::keys::life::{KeyView, Planned};
use jotgate_server::rule::key_life::{State, Step};

/// One line of a plan.
pub(super) struct Told {
    /// When, in Unix milliseconds.
    pub(super) at: i64,
    /// Which key, where it has a name already.
    pub(super) kid: Option<String>,
    /// What happens.
    pub(super) what: String,
}

/// What the steps do now and what follows from them, in order of time.
pub(super) fn tell(planned: &[Planned], now: i64) -> Vec<Told> {
    let mut told: Vec<Told> = planned.iter().flat_map(|planned| of_step(planned, now)).collect();
    told.sort_by_key(|told| told.at);
    told
}

fn of_step(planned: &Planned, now: i64) -> Vec<Told> {
    let one = |at: i64, kid: Option<&str>, what: String| Told { at, kid: kid.map(str::to_owned), what };
    let what_it_signs = match planned.purpose.name() {
        "feed" => "the revocation feed",
        _ => "access tokens",
    };
    match &planned.step {
        Step::MakeActive => vec![one(
            now,
            None,
            format!(
                "a new key is made and signs {what_it_signs} at once; a verifier that does not fetch the key set \
                 for an unknown `kid` refuses what it signs for up to 5 minutes"
            ),
        )],
        Step::MakeNext { signs_from } => {
            let published = format!("a new key for {what_it_signs} is published; it signs nothing yet");
            let begins =
                |at: i64| one(at, None, format!("it signs {what_it_signs}; the one before only verifies"));
            [one(now, None, published)].into_iter().chain(signs_from.map(begins)).collect()
        }
        Step::Activate { kid } => vec![one(now, Some(kid), format!("{kid} signs {what_it_signs}"))],
        Step::Retire { kid, expires_at } => vec![
            one(now, Some(kid), format!("{kid} signs no more; what it signed stays good")),
            one(
                *expires_at,
                Some(kid),
                format!("{kid} leaves the key set, as nothing it signed is good any more"),
            ),
        ],
        Step::Revoke { kid, .. } => vec![one(now, Some(kid), voided(kid, what_it_signs))],
        Step::Delete { kid } => vec![one(now, Some(kid), format!("{kid} is deleted"))],
        Step::PublishAgain { kid, signs_from } => {
            vec![one(*signs_from, Some(kid), format!("{kid} signs {what_it_signs}"))]
        }
        Step::Keep { .. } | Step::CountFromNow { .. } | Step::NoteLifetime { .. } => Vec::new(),
    }
}

fn voided(kid: &str, what_it_signs: &str) -> String {
    format!(
        "{kid} is void and leaves the key set. All {what_it_signs} it signed are refused: by this server at once, by \
         verifiers that follow the revocation feed within a second, by others when they fetch the key set again, \
         which they do within 5 minutes if they keep to its age. Nobody is logged out"
    )
}

/// What comes next for a key.
pub(super) fn then(key: &KeyView, schedule: &Keys, now: i64) -> String {
    let when = |at: Option<i64>| distance(at.unwrap_or(now) / 1000, now / 1000);
    match key.state {
        State::Next if key.signs_from.is_none() => "signs when it is told to".to_owned(),
        State::Next => format!("signs {}", when(key.signs_from)),
        State::Active if schedule.rotate_every.is_zero() => "signs until it is rotated by hand".to_owned(),
        State::Active => {
            let every = i64::try_from(schedule.rotate_every.as_millis()).unwrap_or(i64::MAX);
            let due = key.activated_at.unwrap_or(now).saturating_add(every);
            format!("signs; the next key does {}", when(Some(due.max(now))))
        }
        State::Retired => format!("verifies; goes {}", when(key.expires_at)),
        State::Revoked => format!("void; its name is forgotten {}", when(key.expires_at)),
    }
}
