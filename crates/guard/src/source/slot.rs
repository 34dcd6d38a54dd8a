//! One scope and audience: the token held, the one request at a time, and the pause after an error.

use std::{sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::Instant;

use super::{
    Wanted,
    grant::{Failed, Grant, Now},
    held::{Held, SourceError, SourceToken},
};

/// The state of one scope and audience.
#[derive(Default)]
pub(super) struct Slot {
    held: ArcSwapOption<Held>,
    /// Held by whoever asks the issuer; inside, what came of the last time.
    turn: Arc<Mutex<Pause>>,
}

/// Nobody asks before this is over.
#[derive(Default)]
pub(super) struct Pause {
    failures: u32,
    until: Option<(Instant, SourceError)>,
}

/// The right to ask the issuer.
pub(super) type Turn = OwnedMutexGuard<Pause>;

/// What a caller finds.
pub(super) enum Look {
    Good(SourceToken),
    /// Good, and old enough to be renewed.
    Renew(SourceToken),
    Nothing,
}

impl Slot {
    pub(super) fn look(&self, now: Now) -> Look {
        let Some(held) = self.held.load_full() else { return Look::Nothing };
        let Now { monotonic, wall } = now;
        if monotonic >= held.life.until || wall >= held.wall.until {
            return Look::Nothing;
        }
        match monotonic >= held.life.renew || wall >= held.wall.renew {
            true => Look::Renew(SourceToken(held)),
            false => Look::Good(SourceToken(held)),
        }
    }

    /// Waits for the turn, and asks only if nobody has got a token or an error meanwhile.
    pub(super) async fn obtain(&self, grant: &Grant, wanted: &Wanted) -> Result<SourceToken, SourceError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        match self.look(grant.now()) {
            Look::Good(token) | Look::Renew(token) => Ok(token),
            Look::Nothing => self.renew(turn, grant, wanted).await,
        }
    }

    /// The turn, if nobody has it.
    pub(super) fn take_turn(&self) -> Option<Turn> {
        Arc::clone(&self.turn).try_lock_owned().ok()
    }

    /// Asks, unless the pause after an error lasts.
    pub(super) async fn renew(
        &self,
        mut turn: Turn,
        grant: &Grant,
        wanted: &Wanted,
    ) -> Result<SourceToken, SourceError> {
        if let Some((until, error)) = &turn.until
            && grant.now().monotonic < *until
        {
            return Err(error.clone());
        }
        match grant.ask(wanted).await {
            Ok(token) => {
                *turn = Pause::default();
                self.held.store(Some(Arc::clone(&token.0)));
                Ok(token)
            }
            Err(Failed { error, retry_after }) => {
                let wait = pause(turn.failures, retry_after, grant.part());
                tracing::warn!(target: "jotgate_guard", %error, ?wait, "no new token; it is tried again later");
                turn.failures = turn.failures.saturating_add(1);
                turn.until = Some((grant.now().monotonic + wait, error.clone()));
                Err(error)
            }
        }
    }

    /// Drops the token, if it is this one and not brand new.
    pub(super) fn forget(&self, token: &SourceToken, now: Now) {
        let is_held = self.held.load().as_ref().is_some_and(|held| Arc::ptr_eq(held, &token.0));
        if is_held && now.monotonic.duration_since(token.0.life.since) >= BRAND_NEW {
            self.held.store(None);
        }
    }
}

/// A tenth of a second, doubling to half a minute, spread over its second half; what the issuer asks for where that is
/// longer, up to five minutes.
fn pause(failures: u32, asked: Option<Duration>, part: f64) -> Duration {
    let doubled = FIRST.saturating_mul(1 << failures.min(16)).min(LONGEST);
    let spread = doubled.mul_f64(0.5 + 0.5 * part);
    asked.map_or(spread, |asked| spread.max(asked.min(MOST_ASKED)))
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(30);
const MOST_ASKED: Duration = Duration::from_secs(300);
const BRAND_NEW: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_are_spread_and_listen_to_the_issuer() {
        assert_eq!(pause(0, None, 0.0), Duration::from_millis(50));
        assert_eq!(pause(3, None, 0.0), Duration::from_millis(400));
        assert!(pause(40, None, 0.999) <= LONGEST);
        assert_eq!(pause(40, None, 0.0), LONGEST / 2);
        assert_eq!(pause(0, Some(Duration::from_secs(7)), 0.5), Duration::from_secs(7));
        assert_eq!(pause(0, Some(Duration::from_secs(9_999)), 0.5), MOST_ASKED);
    }
}
