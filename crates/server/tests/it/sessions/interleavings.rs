//! Whatever happens to sessions, in any order: every answer is the one the specification gives, on both engines.
//!
//! Presenters of any generation (tabs, retries, a thief) with and without keys, late cookies, time that passes or jumps,
//! restarts, a store that lost writes, and everything that ends sessions. After each step the rows are looked at.

mod ending;
mod life;
mod presenting;

use std::time::Duration;

use jotgate_harness::Engine;
use proptest::collection::vec;
use proptest::prelude::*;

use self::life::Life;
use super::spec::Rules;
use super::{holds, postgres};

#[test]
fn every_interleaving_is_answered_as_specified_on_sqlite() {
    holds(Engine::Sqlite, &histories(), |history| live(Engine::Sqlite, history));
}

#[test]
fn every_interleaving_is_answered_as_specified_on_postgres() {
    if let Some(engine) = postgres() {
        holds(engine, &histories(), |history| live(engine, history));
    }
}

/// What may happen. Numbers that name something are taken modulo how many there are.
#[derive(Debug, Clone)]
enum Step {
    /// One token in a body.
    Present {
        who: Who,
        key: Option<usize>,
    },
    /// A jar: the token, older ones in other slots, and rubbish.
    PresentJar {
        who: Who,
        older: u64,
        key: Option<usize>,
    },
    /// A jar in which every session left something.
    PresentAll {
        back: u64,
        key: Option<usize>,
        server: usize,
    },
    /// Several at once, spread over the servers.
    PresentAtOnce {
        who: Who,
        key: Option<usize>,
        presenters: usize,
    },
    LogIn {
        server: usize,
    },
    LogOut {
        who: Who,
    },
    LogOutCaller {
        who: Who,
    },
    LogOutEverywhere {
        who: Who,
    },
    EndOther {
        who: Who,
        other: usize,
    },
    ChangePassword {
        who: Who,
    },
    SetPassword,
    SetRoles,
    Disable,
    Enable,
    /// Remember a row, as a backup would.
    Save {
        session: usize,
    },
    /// Put it back, if the session still lives: everything since is a lost write.
    Restore {
        session: usize,
    },
    Pass {
        milliseconds: i64,
    },
    /// The server's clock jumps, mostly back.
    Jump {
        milliseconds: i64,
    },
    Restart {
        server: usize,
    },
    CleanUp {
        server: usize,
    },
}

/// Which session's token, of a generation so far behind the newest one, at which server.
#[derive(Debug, Clone, Copy)]
struct Who {
    session: usize,
    back: u64,
    server: usize,
}

fn histories() -> impl Strategy<Value = (Rules, Vec<Step>)> {
    let rules = prop_oneof![
        3 => Just(Rules::DEFAULT),
        1 => Just(Rules { race_window: 0, retry_window: 0, ..Rules::DEFAULT }),
        1 => Just(Rules { retry_window: 5_000, ..Rules::DEFAULT }),
        1 => Just(Rules { idle_lifetime: 3_600_000, ..Rules::DEFAULT }),
        1 => Just(Rules { idle_lifetime: 3_600_000, absolute_lifetime: 7_200_000, ..Rules::DEFAULT }),
    ];
    (rules, vec(steps(), 1..40))
}

fn steps() -> impl Strategy<Value = Step> {
    let back = || prop_oneof![5 => Just(0), 3 => Just(1), 1 => Just(2), 1 => 3..13_u64];
    let who = move || {
        (0..4_usize, back(), 0..2_usize).prop_map(|(session, back, server)| Who { session, back, server })
    };
    let key = || proptest::option::of(0..4_usize);
    let passing = prop_oneof![
        Just(0),
        Just(10),
        0..70_000_i64,
        Just(9_000),
        Just(11_000),
        Just(59_999),
        Just(60_000),
        0..4_000_000_i64,
        Just(900_000),
        0..700_000_000_i64,
    ];
    prop_oneof![
        16 => (who(), key()).prop_map(|(who, key)| Step::Present { who, key }),
        4 => (who(), 1..4_u64, key()).prop_map(|(who, older, key)| Step::PresentJar { who, older, key }),
        2 => (back(), key(), 0..2_usize).prop_map(|(back, key, server)| Step::PresentAll { back, key, server }),
        3 => (who(), key(), 2..6_usize).prop_map(|(who, key, presenters)| Step::PresentAtOnce { who, key, presenters }),
        2 => (0..2_usize).prop_map(|server| Step::LogIn { server }),
        1 => who().prop_map(|who| Step::LogOut { who }),
        1 => who().prop_map(|who| Step::LogOutCaller { who }),
        1 => who().prop_map(|who| Step::LogOutEverywhere { who }),
        1 => (who(), 0..4_usize).prop_map(|(who, other)| Step::EndOther { who, other }),
        1 => who().prop_map(|who| Step::ChangePassword { who }),
        1 => prop_oneof![Just(Step::SetPassword), Just(Step::SetRoles), Just(Step::Disable), Just(Step::Enable)],
        2 => (0..4_usize).prop_map(|session| Step::Save { session }),
        2 => (0..4_usize).prop_map(|session| Step::Restore { session }),
        10 => passing.prop_map(|milliseconds| Step::Pass { milliseconds }),
        2 => (-200_000_000..3_000_000_i64).prop_map(|milliseconds| Step::Jump { milliseconds }),
        1 => (0..2_usize).prop_map(|server| Step::Restart { server }),
        1 => (0..2_usize).prop_map(|server| Step::CleanUp { server }),
    ]
}

async fn live(engine: Engine, (rules, steps): (Rules, Vec<Step>)) {
    let mut life = Life::begin(engine, rules).await;
    for step in &steps {
        life.take(step).await;
        life.look_at_rows().await;
    }
}

impl Life {
    async fn take(&mut self, step: &Step) {
        match *step {
            Step::Present { who, key } => self.present(who, key).await,
            Step::PresentJar { who, older, key } => self.present_jar(who, older, key).await,
            Step::PresentAll { back, key, server } => self.present_all(back, key, server).await,
            Step::PresentAtOnce { who, key, presenters } => self.present_at_once(who, key, presenters).await,
            Step::LogIn { server } => self.log_in(server).await,
            Step::LogOut { who } => self.log_out(who).await,
            Step::LogOutCaller { who } => self.log_out_caller(who).await,
            Step::LogOutEverywhere { who } => self.log_out_everywhere(who).await,
            Step::EndOther { who, other } => self.end_other(who, other).await,
            Step::ChangePassword { who } => self.change_password(who).await,
            Step::SetPassword | Step::SetRoles | Step::Disable | Step::Enable => self.operate(step).await,
            Step::Save { session } => self.save(session).await,
            Step::Restore { session } => self.restore(session).await,
            Step::Pass { milliseconds } => self.servers[0].clock.advance(duration(milliseconds)),
            Step::Jump { milliseconds } => self.servers[0].clock.set(self.now() + milliseconds),
            Step::Restart { server } => self.restart(server).await,
            Step::CleanUp { server } => self.clean_up(server).await,
        }
    }
}

fn duration(milliseconds: i64) -> Duration {
    Duration::from_millis(milliseconds.unsigned_abs())
}
