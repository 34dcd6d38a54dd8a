//! Honest clients on a bad network are never logged out (I2), and a thief and a victim cannot both go on (I3).
//!
//! A browser's tabs take turns under a Web Lock and share the jar and, where they send one, the key; an attempt that is
//! given up is aborted. Requests and replies get lost, late and reordered, tabs close, time passes, the server's clock
//! jumps and the server restarts. A program with its token in a file is a browser of one tab without cookies.

mod browser;

use jotgate_harness::Engine;
use proptest::collection::vec;
use proptest::prelude::*;

use self::browser::Browser;
use super::world::row;
use super::{holds, postgres};

#[test]
fn an_honest_client_stays_logged_in_on_sqlite() {
    holds(Engine::Sqlite, &lives(), |life| stays_in(Engine::Sqlite, life));
}

#[test]
fn an_honest_client_stays_logged_in_on_postgres() {
    if let Some(engine) = postgres() {
        holds(engine, &lives(), |life| stays_in(engine, life));
    }
}

#[test]
fn a_thief_and_a_victim_do_not_both_go_on_on_sqlite() {
    holds(Engine::Sqlite, &thefts(), |theft| is_noticed(Engine::Sqlite, theft));
}

#[test]
fn a_thief_and_a_victim_do_not_both_go_on_on_postgres() {
    if let Some(engine) = postgres() {
        holds(engine, &thefts(), |theft| is_noticed(engine, theft));
    }
}

/// How a client keeps what it gets.
#[derive(Debug, Clone, Copy)]
struct Habits {
    /// Four cookie slots; otherwise the token of the last body that was read.
    cookies: bool,
    /// Sends an Idempotency-Key.
    keys: bool,
    /// A late reply to an attempt that was given up does not touch the jar.
    abort: bool,
}

/// What happens next. Numbers that name something are taken modulo how many there are.
#[derive(Debug, Clone)]
enum Event {
    /// A tab wants a fresh access token and asks, or waits for its turn.
    Want {
        tab: usize,
    },
    /// A request on its way reaches the server.
    Serve {
        request: usize,
    },
    LoseRequest {
        request: usize,
    },
    /// A reply on its way reaches its tab.
    Deliver {
        reply: usize,
    },
    /// Only its head does: the cookies are set, the body is lost.
    DeliverHead {
        reply: usize,
    },
    LoseReply {
        reply: usize,
    },
    /// A tab waits no longer.
    GiveUp {
        tab: usize,
    },
    /// A tab is closed and another opened.
    Close {
        tab: usize,
    },
    Pass {
        milliseconds: i64,
    },
    /// The server's clock jumps.
    Jump {
        milliseconds: i64,
    },
    Restart,
    CleanUp,
}

type Life = (Habits, usize, Vec<Event>);

fn lives() -> impl Strategy<Value = Life> {
    let habits = (any::<bool>(), any::<bool>(), any::<bool>());
    let habits = habits.prop_map(|(cookies, keys, abort)| Habits { cookies, keys, abort });
    (habits, 1..5_usize, vec(events(), 1..80))
}

fn events() -> impl Strategy<Value = Event> {
    let which = || 0..6_usize;
    let passing = prop_oneof![
        4 => 0..1_000_i64,
        4 => Just(5_000),
        2 => 0..30_000_i64,
        2 => 0..900_000_i64,
        1 => 0..10_000_000_000_i64,
    ];
    prop_oneof![
        8 => which().prop_map(|tab| Event::Want { tab }),
        9 => which().prop_map(|request| Event::Serve { request }),
        1 => which().prop_map(|request| Event::LoseRequest { request }),
        6 => which().prop_map(|reply| Event::Deliver { reply }),
        1 => which().prop_map(|reply| Event::DeliverHead { reply }),
        2 => which().prop_map(|reply| Event::LoseReply { reply }),
        3 => which().prop_map(|tab| Event::GiveUp { tab }),
        1 => which().prop_map(|tab| Event::Close { tab }),
        8 => passing.prop_map(|milliseconds| Event::Pass { milliseconds }),
        1 => (-500_000_000..500_000_000_i64).prop_map(|milliseconds| Event::Jump { milliseconds }),
        1 => Just(Event::Restart),
        1 => Just(Event::CleanUp),
    ]
}

async fn stays_in(engine: Engine, (habits, tabs, events): Life) {
    let mut browser = Browser::log_in(engine, habits, tabs).await;
    for event in &events {
        browser.take(event).await;
        assert_eq!(browser.refused, None, "an honest client was refused");
    }
    browser.ask_until_answered().await;
    assert_eq!(browser.refused, None, "an honest client was refused in the end");
    assert!(!browser.is_behind(), "and it has the live token");
}

/// A life, when in it the token is copied, and when the copy is presented.
fn thefts() -> impl Strategy<Value = (Life, usize, Vec<usize>)> {
    (lives(), 0..40_usize, vec(0..80_usize, 0..6))
}

/// With two holders somebody is out of turn sooner or later, and then neither goes on.
async fn is_noticed(
    engine: Engine,
    ((habits, tabs, events), copied_at, presented_at): (Life, usize, Vec<usize>),
) {
    let mut browser = Browser::log_in(engine, habits, tabs).await;
    let mut copy = None;
    for (n, event) in events.iter().enumerate() {
        if n == copied_at {
            copy = Some(browser.newest_token());
        }
        if let (Some(token), true) = (&copy, presented_at.contains(&n)) {
            copy = Some(browser.thief_presents(token.clone()).await);
        }
        browser.take(event).await;
    }
    let mut copy = copy.unwrap_or_else(|| browser.newest_token());
    // Both hold on. Three rounds suffice: one to catch up with lost replies, one for each to take its turn.
    for _ in 0..3 {
        browser.pass(120_000).await;
        browser.ask_until_answered().await;
        browser.pass(120_000).await;
        copy = browser.thief_presents(copy).await;
    }
    assert!(browser.refused.is_some(), "two holders went on side by side");
    let row = row(&browser.server.app, browser.session).await.expect("an ended session keeps its row");
    assert_eq!(row.revoke_reason.as_deref(), Some("reuse"));
}
