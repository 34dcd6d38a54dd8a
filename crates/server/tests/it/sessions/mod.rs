//! Sessions under everything that can go wrong: the invariants I1 to I8 of `design/sessions.md`, on both engines.
//!
//! The flows run for real, with a clock under the test's control; what they answer is held against [`spec`], the
//! executable specification written a second time. `JOTGATE_DEEP=1` runs more cases than CI has time for.

mod backup;
mod browsers;
mod clock;
mod forgeries;
mod in_flight;
mod interleavings;
mod parallel;
mod replaced;
mod rows;
mod spec;
mod throttle;
mod timing;
mod traces;
mod world;

use jotgate_harness::Engine;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};

/// Whether the time of CI does not matter.
pub(crate) fn is_deep() -> bool {
    std::env::var_os("JOTGATE_DEEP").is_some()
}

/// PostgreSQL, where the machine has one; that it has none is printed by the harness.
pub(crate) fn postgres() -> Option<Engine> {
    Engine::all().into_iter().find(|engine| *engine == Engine::Postgres)
}

/// What a reader of the tests' output must know.
#[expect(clippy::print_stdout, reason = "what a test leaves out, and how much it did, is said plainly")]
fn say(words: &str) {
    println!("{words}");
}

/// Runs a property: 64 cases on SQLite and 16 on PostgreSQL, in depth 2,000 and 200. A failure is shrunk and printed.
pub(super) fn holds<S>(engine: Engine, strategy: &S, property: impl AsyncFn(S::Value))
where
    S: Strategy,
{
    let cases = match (engine, is_deep()) {
        (Engine::Sqlite, false) => 64,
        (Engine::Postgres, false) => 16,
        (Engine::Sqlite, true) => 2_000,
        (Engine::Postgres, true) => 200,
    };
    let runtime = runtime();
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 2_000,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    let run = |value| {
        runtime.block_on(property(value));
        Ok(())
    };
    if let Err(failure) = TestRunner::new(config).run(strategy, run) {
        panic!("{engine:?}: {failure}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime of four threads starts")
}
