use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;

use super::*;

/// Digests that crowd: the ends of the range, the free mark, and many that begin their search in the same line.
fn digest() -> impl Strategy<Value = Digest> {
    let crowded = (0..4u64, 0..40u64).prop_map(|(home, low)| (home << 62) | low);
    let word = prop_oneof![3 => crowded, 1 => Just(0), 1 => Just(u64::MAX), 1 => any::<u64>()];
    word.prop_map(|word| Digest(word.to_be_bytes()))
}

fn entry() -> impl Strategy<Value = Entry> {
    let until = prop_oneof![9 => 0..60u32, 1 => Just(u32::MAX)];
    (0..4usize, digest(), -3..4i64, until).prop_map(|(kind, digest, value, until)| {
        let kind = Kind::ALL[kind];
        Entry { kind, digest, value: if kind == Kind::Subject { value } else { 0 }, until }
    })
}

#[derive(Debug, Clone)]
enum Step {
    Merge(Vec<Entry>),
    Expect(usize, usize),
    Forget(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => prop::collection::vec(entry(), 0..60).prop_map(Step::Merge),
        1 => (0..4usize, 0..300usize).prop_map(|(kind, all)| Step::Expect(kind, all)),
        2 => prop_oneof![-2..62i64, Just(i64::from(u32::MAX)), Just(i64::MAX)].prop_map(Step::Forget),
    ]
}

type Model = BTreeMap<(Kind, Digest), (i64, u32)>;

fn step_of_model(model: &mut Model, step: &Step) {
    match step {
        Step::Merge(entries) => {
            for Entry { kind, digest, value, until } in entries {
                let held = model.entry((*kind, *digest)).or_insert((*value, *until));
                *held = (held.0.max(*value), held.1.max(*until));
            }
        }
        Step::Expect(..) => {}
        Step::Forget(time) if *time > i64::from(u32::MAX) => {}
        Step::Forget(time) => {
            model.retain(|_, (_, until)| *until == u32::MAX || i64::from(*until) > *time);
        }
    }
}

/// A token that only this entry can concern.
fn token_of(kind: Kind, digest: Digest, other: Digest) -> Digests {
    let pick = |one| if kind == one { digest } else { other };
    Digests {
        session: Some(pick(Kind::Session)),
        token: pick(Kind::Token),
        subject: pick(Kind::Subject),
        key: Some(pick(Kind::Key)),
    }
}

/// Never drawn by [`digest`] but once in 2^64.
const NOBODY: Digest = Digest(*b"nobody's");

proptest! {
    #[test]
    fn the_set_does_what_a_map_does(
        steps in prop::collection::vec(step(), 1..30),
        asked in prop::collection::vec((0..4usize, digest(), -4..5i64), 40),
    ) {
        let (set, mut model) = (RevocationSet::new(), Model::new());
        for step in &steps {
            match step {
                Step::Merge(entries) => set.merge(entries.iter().copied()),
                Step::Expect(kind, all) => set.expect(Kind::ALL[*kind], *all),
                Step::Forget(time) => { set.forget_until(*time); }
            }
            step_of_model(&mut model, step);
            prop_assert_eq!(set.len(), model.len());
        }
        let asked = asked.into_iter().map(|(kind, digest, epoch)| (Kind::ALL[kind], digest, epoch));
        let held = model.iter().map(|((kind, digest), (value, _))| (*kind, *digest, *value));
        let below = held.clone().map(|(kind, digest, value)| (kind, digest, value - 1));
        for (kind, digest, epoch) in asked.chain(held).chain(below) {
            let expected = model.get(&(kind, digest)).filter(|(value, _)| kind != Kind::Subject || *value > epoch);
            let found = set.revoked(&token_of(kind, digest, NOBODY), epoch);
            prop_assert_eq!(found, expected.map(|_| kind), "{:?} {:?}", kind, digest);
        }
    }
}

#[test]
fn one_digest_of_another_kind_is_not_found() {
    let set = RevocationSet::new();
    set.merge([Entry::new(Kind::Session, Digest([1; 8]), 9)]);
    for kind in [Kind::Token, Kind::Subject, Kind::Key] {
        assert_eq!(set.revoked(&token_of(kind, Digest([1; 8]), NOBODY), 0), None);
    }
    let without = Digests { session: None, key: None, ..token_of(Kind::Session, Digest([1; 8]), NOBODY) };
    assert_eq!(set.revoked(&without, 0), None);
}

#[test]
fn an_entry_takes_at_most_sixteen_bytes_at_every_size() {
    let set = RevocationSet::new();
    let other_kinds = set.bytes();
    for n in 0..200_000u64 {
        set.merge([Entry::new(Kind::Session, spread(n), 9)]);
        if n >= 10_000 && n.is_multiple_of(97) {
            let bytes = (set.bytes() - other_kinds) as f64 / (n + 1) as f64;
            assert!(bytes <= 16.0, "{bytes} bytes an entry with {n} of them");
        }
    }
}

/// Readers watch while a writer adds, grows and forgets: what was in before a search began is found by it, what never
/// was is not.
#[test]
fn readers_miss_nothing_while_the_set_grows() {
    const ENTRIES: usize = 30_000;
    let (set, written) = (RevocationSet::new(), AtomicUsize::new(0));
    let subject = |n: usize| token_of(Kind::Subject, spread(n as u64), NOBODY);
    std::thread::scope(|scope| {
        for reader in 0..3 {
            let (set, written) = (&set, &written);
            scope.spawn(move || {
                let (mut last, mut n) = (0, reader);
                while last < ENTRIES {
                    last = written.load(Ordering::Acquire);
                    if last > 0 {
                        n = (n * 31 + 7) % last;
                        assert_eq!(set.revoked(&subject(n), 4), Some(Kind::Subject), "{n} of {last}");
                        assert_eq!(set.revoked(&subject(n), 5), None, "{n} of {last}");
                    }
                    assert_eq!(set.revoked(&subject(n + ENTRIES), 4), None);
                }
            });
        }
        for n in 0..ENTRIES {
            set.merge([Entry::subject(spread(n as u64), 5, 100)]);
            written.store(n + 1, Ordering::Release);
            if n % 500 == 0 {
                // Entries that are over make the table move, with readers in it.
                set.merge((0..50).map(|m| Entry::subject(spread((9 * ENTRIES + n + m) as u64), 9, 50)));
                assert_eq!(set.forget_until(50), 50);
            }
        }
    });
    assert_eq!(set.len(), ENTRIES);
}

/// Numbers spread over all digests, each its own.
fn spread(n: u64) -> Digest {
    Digest((n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes())
}
