//! A world around the rules: an issuer that numbers and signs, and a network that loses, repeats, keeps back and
//! rearranges whatever was ever signed, but cannot sign.

use std::collections::BTreeSet;

use jotgate_token::revocation::Lists;
use proptest::prelude::*;

use super::*;

/// The issuer with its numbered entries, the way and the guard.
#[derive(Default)]
struct World {
    /// Milliseconds on the guard's monotonic clock.
    now_ms: u64,
    /// What the issuer's clock says beyond that, in seconds.
    issuer_ahead: i64,
    era: u32,
    /// Of this era: the number of each entry, which one it is, and when it was committed, in ms.
    log: Vec<(u64, u64, u64)>,
    entries: u64,
    head: u64,
    /// How far the open stream has sent, and what it echoes first.
    stream: Option<(u64, Option<String>)>,
    /// On the way to the guard, in order.
    outbox: Vec<Signed>,
    /// Everything ever signed.
    archive: Vec<Signed>,
    nonces: u32,
    progress: Progress,
    /// Which entries the guard has learned.
    learned: BTreeSet<u64>,
    alarms: Vec<Alarm>,
}

#[derive(Debug, Clone)]
enum Signed {
    /// With the entries it lists.
    Event(Vec<u64>, Event),
    Snapshot(Vec<u64>, Snapshot),
}

#[derive(Debug, Clone)]
enum Step {
    /// The issuer takes so much back, some numbers being skipped.
    Revoke(u64, u64),
    Pass(u64),
    /// The issuer signs an event for the open stream.
    Send,
    /// What is first on the way arrives, is lost, or changes places with the next.
    Arrive,
    Lose,
    Swap,
    /// Something that was signed at any time arrives again.
    Replay(prop::sample::Index),
    LoadSnapshot,
    Connect,
    /// The issuer is restored to an earlier number, and says so.
    Restore(prop::sample::Index),
    IssuerClock(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..4u64, 0..3u64).prop_map(|(entries, skipped)| Step::Revoke(entries, skipped)),
        4 => (0..6000u64).prop_map(Step::Pass),
        8 => Just(Step::Send),
        8 => Just(Step::Arrive),
        2 => Just(Step::Lose),
        2 => Just(Step::Swap),
        3 => any::<prop::sample::Index>().prop_map(Step::Replay),
        3 => Just(Step::LoadSnapshot),
        2 => Just(Step::Connect),
        1 => any::<prop::sample::Index>().prop_map(Step::Restore),
        1 => (-700..700i64).prop_map(Step::IssuerClock),
    ]
}

impl World {
    fn instant(&self) -> Duration {
        Duration::from_millis(self.now_ms)
    }

    fn iat(&self) -> i64 {
        // The guard's beginning is in the middle of a second.
        (i64::try_from(self.now_ms).unwrap() + 300).div_euclid(1000) + 1_700_000_000 + self.issuer_ahead
    }

    fn era_name(&self) -> String {
        format!("{:022}", self.era)
    }

    fn send(&mut self) {
        let Some((sent, nonce)) = &mut self.stream else { return };
        let (prev_seq, nonce) = (std::mem::replace(sent, self.head), nonce.take());
        let entries = self.entries_above(prev_seq);
        let event = Event {
            iss: "https://id.example".into(),
            iat: self.iat(),
            era: self.era_name(),
            prev_seq,
            seq: self.head,
            feed_leeway: 120,
            nonce,
            lists: Lists::default(),
        };
        self.outbox.push(Signed::Event(entries.clone(), event.clone()));
        self.archive.push(Signed::Event(entries, event));
    }

    fn sign_snapshot(&mut self) -> Signed {
        let snapshot = Snapshot {
            iss: "https://id.example".into(),
            iat: self.iat(),
            era: self.era_name(),
            seq: self.head,
            feed_leeway: 120,
            lists: Lists::default(),
        };
        let signed = Signed::Snapshot(self.entries_above(0), snapshot);
        self.archive.push(signed.clone());
        signed
    }

    fn entries_above(&self, prev_seq: u64) -> Vec<u64> {
        self.log.iter().filter(|(seq, ..)| *seq > prev_seq).map(|(_, entry, _)| *entry).collect()
    }

    /// As the follower does it: merge, then judge.
    fn arrive(&mut self, message: &Signed) {
        let (Signed::Event(entries, _) | Signed::Snapshot(entries, _)) = message;
        self.learned.extend(entries);
        let now = self.instant();
        match message {
            Signed::Event(_, event) => {
                let (next, alarm) = self.progress.event(event, now);
                self.alarms.extend(alarm);
                if let Next::Leave(_) = next {
                    self.hang_up();
                }
            }
            Signed::Snapshot(_, snapshot) => {
                self.alarms.extend(self.progress.snapshot(snapshot).ok().flatten());
            }
        }
    }

    fn hang_up(&mut self) {
        self.stream = None;
        self.outbox.clear();
        // What comes after this belongs to no stream until the next request.
        self.progress.opened("closed".into(), Sent { instant: self.instant(), wall: 0 });
    }

    fn connect(&mut self) {
        self.hang_up();
        self.nonces += 1;
        let nonce = format!("nonce-{:012}", self.nonces);
        let resumed = self.progress.position().filter(|position| position.era == self.era_name());
        let from = resumed.map(|position| position.seq).filter(|seq| *seq <= self.head);
        self.progress
            .opened(nonce.clone(), Sent { instant: self.instant(), wall: self.iat() - self.issuer_ahead });
        self.stream = Some((from.unwrap_or(self.head), Some(nonce)));
        self.send();
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Revoke(entries, skipped) => {
                for _ in 0..*entries {
                    self.head += 1;
                    self.entries += 1;
                    self.log.push((self.head, self.entries, self.now_ms));
                }
                self.head += skipped;
            }
            Step::Pass(ms) => self.now_ms += ms,
            Step::Send => self.send(),
            Step::Arrive | Step::Lose if self.outbox.is_empty() => {}
            Step::Arrive => {
                let first = self.outbox.remove(0);
                self.arrive(&first);
            }
            Step::Lose => drop(self.outbox.remove(0)),
            Step::Swap if self.outbox.len() < 2 => {}
            Step::Swap => self.outbox.swap(0, 1),
            Step::Replay(_) if self.archive.is_empty() => {}
            Step::Replay(which) => {
                let message = which.get(&self.archive).clone();
                self.arrive(&message);
            }
            Step::LoadSnapshot => {
                let snapshot = self.sign_snapshot();
                self.arrive(&snapshot);
            }
            Step::Connect => self.connect(),
            Step::Restore(to) => {
                self.stream = None;
                self.outbox.clear();
                let kept = to.index(self.log.len() + 1);
                self.log.truncate(kept);
                self.head = self.log.last().map_or(0, |(seq, ..)| *seq);
                self.era += 1;
            }
            Step::IssuerClock(by) => self.issuer_ahead += by,
        }
    }

    /// Everything that was committed well before the instant to which the guard believes itself fresh is known to it.
    fn assert_honest(&self) {
        let Some(fresh_at) = self.progress.fresh_at() else { return };
        assert!(fresh_at <= self.instant(), "fresh in the future");
        for (seq, entry, committed_ms) in &self.log {
            let committed = Duration::from_millis(*committed_ms);
            if committed + Duration::from_secs(1) + TOLERANCE < fresh_at {
                assert!(self.learned.contains(entry), "{seq} of {committed:?} at {fresh_at:?}");
            }
        }
    }

    /// What the follower does when nothing disturbs it.
    fn recover(&mut self) {
        self.connect();
        while !self.outbox.is_empty() {
            let first = self.outbox.remove(0);
            self.arrive(&first);
        }
        if self.progress.needs_snapshot() {
            let snapshot = self.sign_snapshot();
            self.arrive(&snapshot);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("JOTGATE_DEEP").is_some() { 100_000 } else { 1000 }))]

    /// While the issuer's clock is not set: by as much as it is, events can be kept back.
    #[test]
    fn nothing_on_the_way_makes_it_believe_too_much(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::default();
        world.connect();
        for step in steps.iter().filter(|step| !matches!(step, Step::IssuerClock(_))) {
            world.step(step);
            world.assert_honest();
        }
        world.recover();
        world.assert_honest();
    }

    #[test]
    fn one_honest_stream_mends_everything(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::default();
        world.connect();
        steps.iter().for_each(|step| world.step(step));
        let asked_at = world.instant();
        world.recover();
        prop_assert!(!world.progress.needs_snapshot());
        prop_assert!(world.progress.fresh_at() >= Some(asked_at));
        for (seq, entry, _) in &world.log {
            prop_assert!(world.learned.contains(entry), "{} was missed", seq);
        }
    }

    /// Without anybody on the way but a bad line, there is never an alarm, except for a restore.
    #[test]
    fn a_bad_line_is_no_alarm(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::default();
        world.connect();
        for step in steps.iter().filter(|step| !matches!(step, Step::Replay(_) | Step::Restore(_))) {
            world.step(step);
        }
        world.recover();
        prop_assert_eq!(&world.alarms, &[]);
    }
}

fn followed() -> World {
    let mut world = World::default();
    world.step(&Step::Revoke(5, 0));
    world.recover();
    world
}

#[test]
fn a_stream_that_answers_somebody_else_is_left() {
    let mut world = followed();
    world.connect();
    let Some(Signed::Event(_, mut event)) = world.outbox.pop() else { panic!("an event was sent") };
    event.nonce = Some("nonce-000000000000".into());
    assert_eq!(world.progress.event(&event, world.instant()), (Next::Leave(Why::Nonce), None));
    event.nonce = None;
    assert_eq!(world.progress.event(&event, world.instant()), (Next::Leave(Why::Nonce), None));
}

#[test]
fn an_event_kept_back_does_not_refresh() {
    let mut world = followed();
    let fresh_at = world.progress.fresh_at();
    world.now_ms += 1000;
    world.send();
    world.now_ms += 60_000; // kept back for a minute
    world.step(&Step::Arrive);
    assert_eq!(world.progress.fresh_at(), fresh_at.map(|at| at + Duration::from_secs(1)));
}

#[test]
fn an_event_from_the_future_ends_the_stream() {
    let mut world = followed();
    world.issuer_ahead += 600;
    world.send();
    let Some(Signed::Event(_, event)) = world.outbox.pop() else { panic!("an event was sent") };
    assert_eq!(world.progress.event(&event, world.instant()), (Next::Leave(Why::ClockMoved), None));
    // The next stream knows the clock as it is now.
    world.recover();
    world.send();
    world.step(&Step::Arrive);
    assert_eq!(world.progress.fresh_at(), Some(world.instant()));
}

#[test]
fn a_restore_is_an_alarm_and_forgets_nothing() {
    let mut world = followed();
    world.step(&Step::Revoke(3, 0));
    world.step(&Step::Send);
    world.step(&Step::Arrive);
    let learned = world.learned.clone();
    world.era += 1;
    world.log.truncate(2);
    world.head = 2;
    world.recover();
    assert_eq!(world.alarms, [Alarm::NewEra]);
    assert!(world.learned.is_superset(&learned));
    assert_eq!(world.progress.position().map(|position| position.seq), Some(2));
}

#[test]
fn numbers_that_go_back_within_an_era_are_an_alarm() {
    let mut world = followed();
    world.log.truncate(2);
    world.head = 2;
    world.recover();
    assert_eq!(world.alarms, [Alarm::WentBack { known: 5, told: 2 }]);
    assert_eq!(world.progress.position().map(|position| position.seq), Some(2));
    world.step(&Step::Revoke(1, 0));
    world.step(&Step::Send);
    world.step(&Step::Arrive);
    assert!(world.learned.contains(&6) && !world.progress.needs_snapshot());
}

#[test]
fn an_old_snapshot_fills_no_gap() {
    let mut world = followed();
    let old = world.sign_snapshot();
    world.step(&Step::Revoke(1, 0));
    world.step(&Step::Send);
    world.step(&Step::Lose);
    world.step(&Step::Revoke(1, 0));
    world.step(&Step::Send);
    world.step(&Step::Arrive);
    assert!(world.progress.needs_snapshot());
    let Signed::Snapshot(_, old) = old else { panic!("a snapshot") };
    assert_eq!(world.progress.snapshot(&old), Err(Why::SnapshotBehind));
    let other = Snapshot { era: "another era of the feed".into(), seq: 99, ..old };
    assert_eq!(world.progress.snapshot(&other), Err(Why::EraOfSnapshot));
    assert!(world.progress.needs_snapshot());
    world.step(&Step::LoadSnapshot);
    assert!(!world.progress.needs_snapshot());
}

#[test]
fn a_feed_with_less_leeway_than_the_guard_is_refused() {
    let mut world = followed();
    assert!(world.progress.fresh_at().is_some());
    world.progress.leeway = 121;
    world.connect();
    let Some(Signed::Event(_, event)) = world.outbox.pop() else { panic!("an event was sent") };
    assert_eq!(world.progress.event(&event, world.instant()), (Next::Leave(Why::Leeway), None));
    assert_eq!(world.progress.fresh_at(), None);
}

#[test]
fn entries_leave_by_the_slower_of_two_clocks() {
    let world = followed();
    let (now, iat) = (world.instant(), world.iat());
    let later = now + Duration::from_secs(100);
    assert_eq!(world.progress.forgettable(later, iat + 100), Some(iat + 100 - GRACE));
    // The clock on the wall stands ten minutes back: so do the tokens that it judges.
    assert_eq!(world.progress.forgettable(later, iat - 500), Some(iat - 500 - GRACE));
    // It jumps ahead, perhaps to come back.
    assert_eq!(world.progress.forgettable(later, iat + 9000), Some(iat + 100 - GRACE));
    assert_eq!(Progress::default().forgettable(later, iat), None);
}
