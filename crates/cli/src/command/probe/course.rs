//! The order of things: controls, the catalogue, the control again, then what takes tokens back.

use std::time::{Duration, Instant};

use jotgate_testkit::catalogue::{self, BadToken, Framework};
use jotgate_testkit::{Forge, Sent};

use super::listener::Listener;
use super::outcome::{Outcome, Seen};
use super::target::{GONE, Reply, Target};
use super::world::World;
use crate::args::probe::Probe;
use crate::failure::Failure;
use crate::output::Output;

/// What was done so far. It can be left at any point and then holds what is known.
pub(super) struct Course {
    pub(super) outcomes: Vec<Outcome>,
    /// What the answers looked like.
    pub(super) framework: Option<Framework>,
    /// Why it ended early, if it did.
    pub(super) cut_short: Option<&'static str>,
    only: Vec<String>,
    bound: Duration,
    requests: usize,
}

/// Refuses names of entries that do not exist.
pub(super) fn check_only(only: &[String]) -> Result<(), Failure> {
    match only.iter().find(|id| catalogue::by_id(id).is_none()) {
        None => Ok(()),
        Some(id) => {
            let known: Vec<_> = catalogue::all().map(|case| case.id).collect();
            Err(Failure::usage(format!("the catalogue has no entry {id:?}"))
                .mend(format!("one of {}", known.join(", "))))
        }
    }
}

impl Course {
    pub(super) fn new(args: &Probe) -> Self {
        Self {
            outcomes: Vec::new(),
            framework: None,
            cut_short: None,
            only: args.only.clone(),
            bound: args.bounds.revocation_bound,
            requests: 0,
        }
    }

    pub(super) async fn go(
        &mut self,
        on: &Ground<'_>,
        mut world: Option<&mut World<'_>>,
        output: &Output,
    ) -> Result<(), Failure> {
        self.control(on).await?;
        let wanted =
            |case: &&'static BadToken| self.only.is_empty() || self.only.iter().any(|id| id == case.id);
        let (still, changing): (Vec<&'static BadToken>, Vec<_>) = catalogue::all()
            .filter(|case| !CONTROLS.contains(&case.id))
            .filter(wanted)
            .partition(|case| case.change.is_none());
        let count = still.len() + changing.len();
        for (at, case) in still.into_iter().enumerate() {
            output.progress(format_args!("{} of {count}: {}", at + 1, case.id));
            let outcome = self.try_still(on, case).await;
            self.outcomes.push(outcome);
            if self.cut_short.is_some() {
                return Ok(());
            }
        }
        self.control_again(on).await?;
        for case in changing {
            output.progress(format_args!("{} of {count}: {}", self.outcomes.len(), case.id));
            let outcome = self.try_changing(on.target, world.as_deref_mut(), case).await?;
            self.outcomes.push(outcome);
        }
        Ok(())
    }

    /// Everything not yet tried stays untried, for this reason.
    pub(super) fn end_early(&mut self, why: &'static str) {
        self.cut_short = Some(why);
    }

    /// A route that needs no token, or takes none, tells nothing.
    async fn control(&mut self, on: &Ground<'_>) -> Result<(), Failure> {
        let Ground { target, .. } = on;
        let bare = self.send(target, &Sent::nothing()).await.map_err(|why| silent(target, why))?;
        if target.accepts(bare.status) {
            return Err(Failure::environment(format!(
                "{} answers {} without any token",
                target.uri, bare.status
            ))
            .mend("name a route that needs a token; if this one should, that is the first thing to mend"));
        }
        let good = self.first_good(on).await?;
        if !target.accepts(good.status) {
            return Err(refuses_the_good(target, &good));
        }
        for (id, seen, reply) in [("good", Seen::Accepted, good), ("token.missing", Seen::Refused, bare)] {
            let case = catalogue::by_id(id).expect("the controls are part of the catalogue");
            self.outcomes.push(Outcome::answered(case, seen, &reply));
        }
        Ok(())
    }

    /// What a good token gets. An API that has just started may say for a while that it cannot tell.
    async fn first_good(&mut self, on: &Ground<'_>) -> Result<Reply, Failure> {
        for _ in 0..STARTING {
            let reply = self.send(on.target, &good(on.forge)).await.map_err(|why| silent(on.target, why))?;
            if reply.status != 503 {
                return Ok(reply);
            }
            tokio::time::sleep(START_PAUSE).await;
        }
        self.send(on.target, &good(on.forge)).await.map_err(|why| silent(on.target, why))
    }

    /// Whoever refuses everything from some request on, as a limit of requests does, refuses no token by it.
    async fn control_again(&mut self, on: &Ground<'_>) -> Result<(), Failure> {
        let reply = self.send(on.target, &good(on.forge)).await.map_err(|why| silent(on.target, why))?;
        if on.target.accepts(reply.status) {
            return Ok(());
        }
        let text = format!(
            "a good token was let in at first, and after {} requests gets {}",
            self.requests, reply.status
        );
        Err(Failure::environment(text).mend(
            "its refusals mean nothing then; lift the limit of requests for this machine while probing",
        ))
    }

    /// A token that is wrong from the start.
    async fn try_still(&mut self, on: &Ground<'_>, case: &'static BadToken) -> Outcome {
        let Some(sent) = case.make(on.forge) else {
            return Outcome::new(case, Seen::Skipped("the good tokens of this API leave no room for it"));
        };
        let asked = on.listener.asked();
        let reply = match self.send(on.target, &sent).await {
            Ok(reply) => reply,
            Err(GONE) if self.requests > 2 => {
                self.cut_short = Some("the API takes no connection any more");
                return Outcome::new(case, Seen::Crashed);
            }
            Err(why) => return Outcome::new(case, Seen::Inconclusive(why)),
        };
        let seen = match judge(on.target, reply.status) {
            Seen::Refused | Seen::Crashed if on.listener.asked() > asked => Seen::Fetched,
            seen => seen,
        };
        Outcome::answered(case, seen, &reply)
    }

    /// A good token that something happens to.
    async fn try_changing(
        &mut self,
        target: &Target,
        world: Option<&mut World<'_>>,
        case: &'static BadToken,
    ) -> Result<Outcome, Failure> {
        let Some((world, change)) = world.zip(case.change) else {
            return Ok(Outcome::new(case, Seen::Skipped("only a Jotgate can be asked to take a token back")));
        };
        if let Some(why) = World::avoids(change) {
            return Ok(Outcome::new(case, Seen::Skipped(why)));
        }
        let sent = world.token().await?;
        match self.send(target, &sent).await {
            Ok(reply) if target.accepts(reply.status) => {}
            _ => return Ok(Outcome::new(case, Seen::Inconclusive("its token was not let in before either"))),
        }
        world.bring_about(change).await?;
        let outcome = self.until_refused(target, &sent, case).await;
        world.recover(change).await?;
        Ok(outcome)
    }

    /// Tries again, at growing intervals, until it is refused or the bound is reached.
    async fn until_refused(&mut self, target: &Target, sent: &Sent, case: &'static BadToken) -> Outcome {
        #[expect(clippy::disallowed_methods, reason = "only a duration is measured")]
        let taken_back = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let reply = match self.send(target, sent).await {
                Ok(reply) => reply,
                Err(why) => return Outcome::new(case, Seen::Inconclusive(why)),
            };
            let elapsed = taken_back.elapsed();
            let seen = judge(target, reply.status);
            if seen != Seen::Accepted {
                return Outcome { delay: Some(elapsed), ..Outcome::answered(case, seen, &reply) };
            }
            if elapsed >= self.bound || self.requests >= MOST_REQUESTS {
                return Outcome::answered(case, seen, &reply);
            }
            tokio::time::sleep(pause.min(self.bound.saturating_sub(elapsed))).await;
            pause *= 2;
        }
    }

    async fn send(&mut self, target: &Target, sent: &Sent) -> Result<Reply, &'static str> {
        self.requests += 1;
        let reply = target.send(sent).await?;
        self.framework = self.framework.or(reply.framework);
        Ok(reply)
    }
}

/// Where a course is gone.
pub(super) struct Ground<'a> {
    pub(super) target: &'a Target,
    pub(super) forge: &'a Forge,
    pub(super) listener: &'a Listener,
}

fn good(forge: &Forge) -> Sent {
    Sent::bearer(forge.draft().token())
}

fn judge(target: &Target, status: u16) -> Seen {
    match status {
        status if target.accepts(status) => Seen::Accepted,
        429 => Seen::Inconclusive("too many requests for this API"),
        503 => Seen::Inconclusive("the API says it cannot tell now"),
        500.. => Seen::Crashed,
        _ => Seen::Refused,
    }
}

fn silent(target: &Target, why: &str) -> Failure {
    Failure::environment(format!("{}: {why}", target.uri)).mend("start the API, or name its address")
}

/// Why a good token may have been refused, by what the answer says.
fn refuses_the_good(target: &Target, reply: &Reply) -> Failure {
    let Reply { status, reason, .. } = reply;
    let mend = match (*reason, *status) {
        (Some("aud.mismatch" | "aud.missing"), _) => "say for whom the API takes tokens: --aud",
        (Some("iss.mismatch" | "iss.missing"), _) => {
            "say whose tokens the API takes: --iss, or the settings of that Jotgate"
        }
        (Some("role.missing"), _) => "say which role the route asks for: --role",
        (Some("keys.unreachable" | "revocations.stale"), _) => {
            "let the API reach its login server, for its keys and for what was revoked"
        }
        (_, 403) => "the route asks for more than a token: give a --role, or --claim, or name another route",
        (_, 404 | 405) => "name a route that exists, and its --method",
        (_, 300..400) => "name the address that it redirects to; redirects are not followed",
        (_, 500..) => "the API fails with a good token; its log says why",
        _ => "check --aud, --iss, the key, and with --good-token FILE how the API's own tokens look",
    };
    let named = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    Failure::environment(format!(
        "{} answers {status}{named} to a good token, so a refusal of a wrong one would mean nothing",
        target.uri
    ))
    .mend(mend)
}

/// The entries that are tried before all others.
const CONTROLS: [&str; 2] = ["good", "token.missing"];
/// How often a good token is tried again while the API answers 503: five seconds in all.
const STARTING: u32 = 10;
const START_PAUSE: Duration = Duration::from_millis(500);
/// Doubled with each try, so that two seconds take eight requests.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// All requests together, so that nobody's API is run over.
const MOST_REQUESTS: usize = 150;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_entry_is_a_mistake() {
        assert!(check_only(&["aud.other".to_owned()]).is_ok());
        let failure = check_only(&["aud.otter".to_owned()]).unwrap_err();
        assert!(failure.mend.is_some_and(|mend| mend.contains("aud.other")));
    }

    #[test]
    fn the_whole_course_stays_within_its_bound() {
        let still = catalogue::all().filter(|case| case.change.is_none()).count();
        let changes = catalogue::all().filter_map(|case| case.change);
        let changing = changes.filter(|change| World::avoids(*change).is_none()).count();
        let most = still + STARTING as usize + 2 + changing * 9;
        assert!(most <= MOST_REQUESTS, "{most}");
    }
}
