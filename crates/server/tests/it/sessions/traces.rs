//! Random lives of sessions, told by the executable specification, lived again by the real flow on a real database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_token::Clock;
use serde_json::Value;

use super::spec::Rules;
use super::world::{code, logged_in, logs, minted, refreshed, session_of, signed_up};
use super::{is_deep, postgres, runtime, say};

#[test]
fn every_trace_gets_the_verdicts_of_the_specification_on_sqlite() {
    replay_on(Engine::Sqlite, 1);
}

/// Every fourth one, because each step is a round trip; all of them in depth.
#[test]
fn traces_get_the_verdicts_of_the_specification_on_postgres() {
    if let Some(engine) = postgres() {
        replay_on(engine, if is_deep() { 1 } else { 4 });
    }
}

fn replay_on(engine: Engine, every: usize) {
    let Some(traces) = traces() else { return };
    let (bound, unbound): (Vec<_>, Vec<_>) =
        traces.into_iter().partition(|trace| trace["dpop_bound"] == true);
    let chosen: Vec<Value> = unbound.iter().step_by(every).cloned().collect();
    let steps: usize = chosen.iter().map(|trace| steps(trace).len()).sum();
    let count = chosen.len();
    runtime().block_on(async {
        let mut groups = tokio::task::JoinSet::new();
        for group in by_rules(chosen) {
            groups.spawn(async move { replay_group(engine, group).await });
        }
        groups.join_all().await;
    });
    say(&format!(
        "{engine:?}: replayed {count} of {} unbound traces, {steps} steps; left out {} of sessions bound to a DPoP key, \
         which no flow opens yet",
        unbound.len(),
        bound.len()
    ));
    assert!(count > 0, "no trace was replayed");
}

/// The traces, or nothing where this checkout has none, which is printed.
fn traces() -> Option<Vec<Value>> {
    let folder = folder();
    let Ok(entries) = std::fs::read_dir(&folder) else {
        say(&format!("skipped: no refresh traces at {} (set JOTGATE_TRACES)", folder.display()));
        return None;
    };
    let files = entries.map(|entry| entry.expect("a folder can be listed").path());
    let traces = files.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).flat_map(|path| {
        let text = std::fs::read_to_string(path).expect("a trace file can be read");
        text.lines().map(|line| serde_json::from_str(line).expect("a trace is JSON")).collect::<Vec<Value>>()
    });
    Some(traces.collect())
}

fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    match (std::env::var_os("JOTGATE_TRACES"), std::env::var_os("JOTGATE_VECTORS")) {
        (Some(traces), _) => root.join(traces),
        (None, Some(vectors)) => root.join(vectors).join("refresh-traces"),
        (None, None) => root.join("../shared/vectors/refresh-traces"),
    }
}

/// One server for each set of rules.
fn by_rules(traces: Vec<Value>) -> Vec<(Rules, Vec<Value>)> {
    let mut groups: Vec<(Rules, Vec<Value>)> = Vec::new();
    for trace in traces {
        let rules = rules(&trace);
        match groups.iter_mut().find(|(of, _)| *of == rules) {
            Some((_, group)) => group.push(trace),
            None => groups.push((rules, vec![trace])),
        }
    }
    groups
}

fn rules(trace: &Value) -> Rules {
    let milliseconds =
        |name: &str| trace["settings"][name].as_i64().expect("a trace names all its settings") * 1000;
    Rules {
        race_window: milliseconds("race_window"),
        retry_window: milliseconds("retry_window"),
        idle_lifetime: milliseconds("idle_lifetime"),
        absolute_lifetime: milliseconds("absolute_lifetime"),
    }
}

fn steps(trace: &Value) -> &[Value] {
    trace["steps"].as_array().expect("a trace has steps")
}

async fn replay_group(engine: Engine, (rules, traces): (Rules, Vec<Value>)) {
    let settings = rules.settings();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let server = TestApp::with(engine, &settings).await;
    signed_up(&server.app, "tracy@example.com").await;
    for trace in traces {
        replay(&server, &trace).await;
    }
}

async fn replay(server: &TestApp, trace: &Value) {
    let app = &server.app;
    let start = app.clock.now_ms();
    let opened = logged_in(app, "tracy@example.com", PASSWORD).await.expect("the password is right");
    let session = session_of(app, &opened).await;
    for (n, step) in steps(trace).iter().enumerate() {
        let seconds = step["t"].as_f64().expect("a step has a time");
        #[expect(clippy::cast_possible_truncation, reason = "a month has few milliseconds")]
        server.clock.set(start + (seconds * 1000.0).round() as i64);
        let token = minted(app, &session, step["present"].as_u64().expect("a step presents a generation"));
        let logs_before = logs(app);
        let answer = refreshed(app, &token, step["key"].as_str()).await;
        let log = logs(app).into_iter().zip(logs_before).find(|(now, before)| now != before);
        let verdict = Verdict {
            reason: answer.is_err().then(|| code(&answer)),
            generation: answer.as_ref().ok().map(|session| session.refresh_generation),
            log: log.map(|((word, _), _)| word),
        };
        let expected = Verdict {
            reason: step["reason"].as_str(),
            generation: step["generation"].as_u64(),
            log: step["log"].as_str(),
        };
        assert_eq!(verdict, expected, "step {n} of {trace}");
    }
    // The next life begins when this one is over, so that no reading of the clock goes back between them.
    server.clock.advance(Duration::from_secs(1));
}

#[derive(Debug, PartialEq, Eq)]
struct Verdict<'a> {
    reason: Option<&'a str>,
    generation: Option<u64>,
    log: Option<&'a str>,
}
