use super::*;
use proptest::prelude::*;

const WINDOWS: Windows = Windows { race: 10_000, retry: 60_000, idle: 7 * 86_400_000 };

fn fresh() -> State {
    State {
        generation: 0,
        recent: Vec::new(),
        last_key: None,
        key_run: 0,
        idle_until: WINDOWS.idle,
        absolute_until: 30 * 86_400_000,
        ended: false,
    }
}

fn apply(state: &mut State, successor: Successor) {
    state.generation = successor.generation;
    state.recent = successor.recent;
    state.last_key = successor.last_key;
    state.key_run = successor.key_run;
    state.idle_until = successor.idle_until;
}

fn present(generation: u64, key: Option<u8>) -> Presented {
    Presented { generation, key: key.map(|k| [k; 16]), proof: Proof::Unbound }
}

/// Presents and carries the verdict out, as the flow would.
fn step(state: &mut State, now: i64, presented: Presented) -> Verdict {
    let verdict = judge(state, now, presented, WINDOWS);
    match &verdict {
        Verdict::Rotate(next) | Verdict::StoreBehind(next) => apply(state, next.clone()),
        Verdict::Reused => state.ended = true,
        _ => {}
    }
    verdict
}

#[test]
fn the_live_generation_rotates_and_its_parent_is_forgiven_inside_the_window() {
    let mut state = fresh();
    assert!(matches!(step(&mut state, 1_000, present(0, None)), Verdict::Rotate(_)));
    assert_eq!(step(&mut state, 60_999, present(0, None)), Verdict::Again(Because::Race));
    assert_eq!(step(&mut state, 61_000, present(0, None)), Verdict::Reused);
    assert_eq!(step(&mut state, 61_000, present(1, None)), Verdict::Ended);
}

#[test]
fn a_key_proves_a_retry_at_any_age_and_shortens_the_window_for_others() {
    let mut state = fresh();
    step(&mut state, 0, present(0, Some(1)));
    assert_eq!(step(&mut state, 86_400_000, present(0, Some(1))), Verdict::Again(Because::Retry));
    assert_eq!(judge(&state, 9_999, present(0, None), WINDOWS), Verdict::Again(Because::Race));
    assert_eq!(judge(&state, 10_000, present(0, Some(2)), WINDOWS), Verdict::Reused);
}

#[test]
fn a_key_that_never_changes_stops_proving_anything() {
    let mut state = fresh();
    let run = KEY_RUN as u64;
    for n in 0..=run {
        step(&mut state, 0, present(n, Some(9)));
    }
    assert_eq!(judge(&state, 20_000, present(run - 1, Some(9)), WINDOWS), Verdict::Again(Because::Retry));
    assert_eq!(judge(&state, 20_000, present(run, Some(9)), WINDOWS), Verdict::Reused);
}

#[test]
fn a_clock_that_went_back_counts_as_age_zero() {
    let mut state = fresh();
    step(&mut state, 500_000, present(0, None));
    assert_eq!(judge(&state, 100, present(0, None), WINDOWS), Verdict::Again(Because::Race));
}

#[test]
fn a_token_newer_than_the_row_goes_on_from_there_and_forgets_the_rest() {
    let mut state = fresh();
    step(&mut state, 0, present(0, None));
    assert!(matches!(step(&mut state, 1, present(5, None)), Verdict::StoreBehind(_)));
    assert_eq!(state.generation, 6);
    assert_eq!(state.recent.iter().map(|entry| entry.generation).collect::<Vec<_>>(), [5]);
    assert_eq!(step(&mut state, 2, present(0, None)), Verdict::Reused);
}

#[test]
fn a_bound_session_forgives_whoever_proves_its_key_and_ignores_who_does_not() {
    let mut state = fresh();
    step(&mut state, 0, present(0, None));
    let good = Presented { proof: Proof::Good, ..present(0, None) };
    let missing = Presented { proof: Proof::Missing, ..present(0, None) };
    assert_eq!(judge(&state, 86_000_000, good, WINDOWS), Verdict::Again(Because::Retry));
    assert_eq!(judge(&state, 86_000_000, missing, WINDOWS), Verdict::ProofMissing);
}

#[test]
fn strict_windows_forgive_only_keys() {
    let strict = Windows { race: 0, retry: 0, ..WINDOWS };
    let mut state = fresh();
    step(&mut state, 0, present(0, Some(1)));
    assert_eq!(judge(&state, 0, present(0, None), strict), Verdict::Reused);
    assert_eq!(judge(&state, 0, present(0, Some(1)), strict), Verdict::Again(Because::Retry));
}

#[test]
fn what_is_remembered_survives_the_database() {
    let mut state = fresh();
    step(&mut state, 5, present(0, Some(3)));
    step(&mut state, 6, present(1, None));
    let text = serde_json::to_string(&state.recent).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Superseded>>(&text).unwrap(), state.recent);
}

/// The traces of the executable specification: equal verdicts, step by step.
#[test]
fn replays_the_traces_of_the_specification() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = match (std::env::var_os("JOTGATE_TRACES"), std::env::var_os("JOTGATE_VECTORS")) {
        (Some(traces), _) => root.join(traces),
        (None, Some(vectors)) => root.join(vectors).join("refresh-traces"),
        (None, None) => root.join("../shared/vectors/refresh-traces"),
    };
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("skipped: no refresh traces at {} (set JOTGATE_TRACES)", folder.display());
        return;
    };
    let mut replayed = 0;
    for file in files.map(|file| file.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl"))
    {
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            replay(&serde_json::from_str(line).unwrap());
            replayed += 1;
        }
    }
    println!("replayed {replayed} traces from {}", folder.display());
    assert!(replayed > 0, "the folder {} holds no trace", folder.display());
}

fn replay(trace: &serde_json::Value) {
    let seconds = |name: &str| trace["settings"][name].as_i64().unwrap() * 1000;
    let windows = Windows {
        race: seconds("race_window"),
        retry: seconds("retry_window"),
        idle: seconds("idle_lifetime"),
    };
    let mut state =
        State { idle_until: windows.idle, absolute_until: seconds("absolute_lifetime"), ..fresh() };
    for (n, step) in trace["steps"].as_array().unwrap().iter().enumerate() {
        let now = (step["t"].as_f64().unwrap() * 1000.0).round() as i64;
        let presented = Presented {
            generation: step["present"].as_u64().unwrap(),
            key: step["key"]
                .as_str()
                .map(|key| jotgate_jose::primitive::sha256(key.as_bytes())[..16].try_into().unwrap()),
            proof: match step["proof"].as_bool() {
                None => Proof::Unbound,
                Some(true) => Proof::Good,
                Some(false) => Proof::Missing,
            },
        };
        let verdict = judge(&state, now, presented, windows);
        let (status, reason, log) = match &verdict {
            Verdict::Ended => (401, Some("refresh.revoked"), None),
            Verdict::Expired => (401, Some("refresh.expired"), None),
            Verdict::ProofMissing => (400, Some("dpop.missing"), None),
            Verdict::Rotate(_) => (200, None, Some("rotate")),
            Verdict::StoreBehind(_) => (200, None, Some("store_behind")),
            Verdict::Again(Because::Retry) => (200, None, Some("benign_retry")),
            Verdict::Again(Because::Race) => (200, None, Some("benign_race")),
            Verdict::Reused => (401, Some("refresh.reused"), Some("reuse")),
        };
        match &verdict {
            Verdict::Rotate(next) | Verdict::StoreBehind(next) => apply(&mut state, next.clone()),
            Verdict::Reused => state.ended = true,
            _ => {}
        }
        let generation = (status == 200).then_some(state.generation);
        assert_eq!(
            (Some(status), reason, log, generation),
            (
                step["status"].as_u64(),
                step["reason"].as_str(),
                step["log"].as_str(),
                step["generation"].as_u64()
            ),
            "step {n} of {trace}"
        );
    }
}

proptest! {
    /// I1 and I3 on the rule: the live generation only grows by one, at most eight are remembered, and nothing older
    /// than what is remembered is ever forgiven without proof.
    #[test]
    fn generations_only_grow_and_the_memory_is_bounded(
        steps in proptest::collection::vec((0i64..200_000, 0u64..12, proptest::option::of(0u8..3)), 1..60)
    ) {
        let mut state = fresh();
        let mut now = 0;
        for (pause, back, key) in steps {
            now += pause;
            let before = state.clone();
            let presented = present(state.generation.saturating_sub(back), key);
            match step(&mut state, now, presented) {
                Verdict::Rotate(next) => {
                    prop_assert_eq!(presented.generation, before.generation);
                    prop_assert_eq!(next.generation, before.generation + 1);
                    prop_assert!(next.recent.len() <= REMEMBERED as usize);
                }
                Verdict::Again(_) => {
                    prop_assert!(presented.generation < before.generation);
                    prop_assert!(presented.generation + REMEMBERED >= before.generation);
                    prop_assert_eq!(&state, &before);
                }
                Verdict::Reused => prop_assert!(presented.generation < before.generation),
                Verdict::Ended => prop_assert!(before.ended),
                other => prop_assert!(false, "unexpected {:?}", other),
            }
        }
    }
}
