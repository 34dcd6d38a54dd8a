use super::*;
use proptest::prelude::*;

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;
const SCHEDULE: Schedule =
    Schedule { rotate_every: Some(30 * DAY), publish_before: DAY, lifetime: 15 * MINUTE };

fn key(kid: &str, state: State) -> Key {
    Key {
        kid: kid.to_owned(),
        algorithm: "ES256".to_owned(),
        state,
        activated_at: (state == State::Active).then_some(0),
        signs_from: None,
        expires_at: None,
        longest_lifetime: SCHEDULE.lifetime,
    }
}

fn next(kid: &str, signs_from: i64) -> Key {
    Key { signs_from: Some(signs_from), ..key(kid, State::Next) }
}

fn at(now: i64) -> Moment {
    Moment { now, watched_at: Some(now) }
}

#[test]
fn without_a_key_one_is_made_that_signs() {
    assert_eq!(due(&[], "ES256", &SCHEDULE, at(5)), [Step::MakeActive]);
    assert_eq!(due(&[next("n", 9)], "ES256", &SCHEDULE, at(5)), [Step::MakeActive]);
}

#[test]
fn the_next_key_is_published_so_early_that_it_signs_on_the_day() {
    let keys = [key("a", State::Active)];
    assert_eq!(due(&keys, "ES256", &SCHEDULE, at(29 * DAY - 1)), []);
    assert_eq!(due(&keys, "ES256", &SCHEDULE, at(29 * DAY)), [Step::MakeNext { signs_from: Some(30 * DAY) }]);
    let keys = [key("a", State::Active), next("n", 30 * DAY)];
    assert_eq!(due(&keys, "ES256", &SCHEDULE, at(30 * DAY - 1)), []);
    assert_eq!(
        due(&keys, "ES256", &SCHEDULE, at(30 * DAY)),
        [
            Step::Retire { kid: "a".into(), expires_at: 30 * DAY + 15 * MINUTE + 360_000 },
            Step::Activate { kid: "n".into() }
        ]
    );
    let never = Schedule { rotate_every: None, ..SCHEDULE };
    assert_eq!(due(&keys[..1], "ES256", &never, at(300 * DAY)), []);
}

#[test]
fn another_algorithm_is_published_before_it_signs() {
    let keys = [key("a", State::Active)];
    assert_eq!(due(&keys, "RS256", &SCHEDULE, at(7)), [Step::MakeNext { signs_from: Some(7 + DAY) }]);
    let rsa = Key { algorithm: "RS256".into(), ..next("r", DAY) };
    let keys = [key("a", State::Active), rsa.clone()];
    assert_eq!(due(&keys, "RS256", &SCHEDULE, at(DAY - 1)), []);
    assert!(due(&keys, "RS256", &SCHEDULE, at(DAY)).contains(&Step::Activate { kid: "r".into() }));
    // A server that is to use the other algorithm leaves it alone, and throws it away when nobody came for it.
    assert_eq!(due(&keys, "ES256", &SCHEDULE, at(2 * DAY - 1)), []);
    assert_eq!(due(&keys, "ES256", &SCHEDULE, at(2 * DAY)), [Step::Delete { kid: "r".into() }]);
}

#[test]
fn a_server_that_was_off_publishes_again_before_it_signs() {
    let keys = [key("a", State::Active), next("n", 30 * DAY)];
    let moment = Moment { now: 70 * DAY, watched_at: Some(29 * DAY + 1) };
    assert_eq!(
        due(&keys, "ES256", &SCHEDULE, moment),
        [Step::PublishAgain { kid: "n".into(), signs_from: 71 * DAY }]
    );
    // After a short break only what is missing, and never less than every cache's age.
    let moment = Moment { now: 30 * DAY, watched_at: Some(30 * DAY - 3 * MINUTE) };
    assert_eq!(
        due(&keys, "ES256", &SCHEDULE, moment),
        [Step::PublishAgain { kid: "n".into(), signs_from: 30 * DAY + SHORTEST_PUBLICATION }]
    );
    let moment = Moment { now: 30 * DAY, watched_at: None };
    assert_eq!(
        due(&keys, "ES256", &SCHEDULE, moment),
        [Step::PublishAgain { kid: "n".into(), signs_from: 31 * DAY }]
    );
}

#[test]
fn a_clock_that_jumps_neither_drops_a_key_nor_ages_one() {
    let retired = Key { expires_at: Some(21 * MINUTE), ..key("r", State::Retired) };
    let ahead = Moment { now: 40 * DAY, watched_at: Some(MINUTE) };
    assert_eq!(
        due(&[key("a", State::Active), retired.clone()], "ES256", &SCHEDULE, ahead),
        [Step::Keep { kid: "r".into(), expires_at: 40 * DAY + 20 * MINUTE }],
        "what nobody has seen does not count"
    );
    let late = Key { activated_at: Some(40 * DAY), ..key("a", State::Active) };
    let back = Moment { now: 2 * MINUTE, watched_at: Some(40 * DAY) };
    assert_eq!(
        due(&[late, retired], "ES256", &SCHEDULE, back),
        [
            Step::NoteLifetime { kid: "a".into(), lifetime: 40 * DAY + 13 * MINUTE },
            Step::CountFromNow { kid: "a".into() }
        ],
        "tokens of the time ahead are good for so long"
    );
}

#[test]
fn a_rotation_by_hand_publishes_first_unless_told_otherwise() {
    let active = key("a", State::Active);
    let retire = Step::Retire { kid: "a".into(), expires_at: 7 + retention(15 * MINUTE) };
    let after = Step::MakeNext { signs_from: Some(7 + 30 * DAY) };
    let of = |keys: &[Key], at_once| rotate(keys, "ES256", &SCHEDULE, 7, at_once);
    assert_eq!(of(std::slice::from_ref(&active), false), [Step::MakeNext { signs_from: Some(7 + DAY) }]);
    assert_eq!(of(&[active.clone(), next("n", DAY)], false), []);
    assert_eq!(
        of(&[active.clone(), next("n", DAY)], true),
        [retire.clone(), Step::Activate { kid: "n".into() }, after.clone()]
    );
    assert_eq!(of(std::slice::from_ref(&active), true), [retire, Step::MakeActive, after]);
    // A key that waits for its turn in a month is brought forward, but not before everybody can know it.
    let sooner = Step::PublishAgain { kid: "n".into(), signs_from: 7 + DAY };
    assert_eq!(of(&[active.clone(), next("n", 30 * DAY)], false), std::slice::from_ref(&sooner));
    let waits = Key { signs_from: None, ..next("n", 0) };
    assert_eq!(of(&[active.clone(), waits.clone()], false), [sooner]);
    let never = Schedule { rotate_every: None, ..SCHEDULE };
    assert_eq!(due(&[active, waits], "ES256", &never, at(300 * DAY)), [], "it signs when somebody says so");
}

#[test]
fn a_leaked_key_that_signs_is_replaced_and_not_by_the_next() {
    let keys = [key("a", State::Active), next("n", DAY), key("r", State::Retired), key("v", State::Revoked)];
    let forgotten = 7 + retention(15 * MINUTE);
    let voided = |kid: &str| Step::Revoke { kid: kid.into(), expires_at: forgotten };
    let of = |kid: &'static str| revoke(&keys, 7, move |key| key.kid == kid);
    assert_eq!(of("a"), [voided("a"), Step::MakeActive]);
    assert_eq!(of("n"), [voided("n")]);
    assert_eq!(of("r"), [voided("r")]);
    assert_eq!(of("v"), []);
    assert_eq!(revoke(&keys, 7, |_| true), [voided("a"), voided("n"), voided("r"), Step::MakeActive]);
}

#[test]
fn a_longer_token_lifetime_is_noted_before_the_key_retires() {
    let longer = Schedule { lifetime: DAY, ..SCHEDULE };
    assert_eq!(
        due(&[key("a", State::Active)], "ES256", &longer, at(0)),
        [Step::NoteLifetime { kid: "a".into(), lifetime: DAY }]
    );
    let shorter = Schedule { lifetime: MINUTE, ..SCHEDULE };
    assert_eq!(due(&[key("a", State::Active)], "ES256", &shorter, at(0)), []);
}

/// The database, the servers on it and the verifiers outside, with the true time apart from the servers' clock.
struct World {
    keys: Vec<Key>,
    made: u32,
    /// The servers' clock is the true time and this.
    off: i64,
    time: i64,
    watched_at: Option<i64>,
    schedule: Schedule,
    algorithm: &'static str,
    /// Since when, in true time and without a break, each key has been published.
    published: Vec<(String, i64)>,
    /// Of each key: when its last token is over, by the servers' clock and in true time.
    tokens: Vec<(String, i64, i64)>,
    /// The key that signed, and until when a slow server may go on with it, by the servers' clock.
    before: Option<(String, i64)>,
}

#[derive(Debug, Clone)]
enum Happening {
    Runs { ticks: u8, seconds: i64 },
    Off { minutes: i64 },
    ClockJumps { minutes: i64 },
    Restarts { lifetime_minutes: i64, algorithm: &'static str, rotate_days: Option<i64> },
    Rotate { at_once: bool },
    Revoke { nth: usize },
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => (1..60u8, 5..=50i64).prop_map(|(ticks, seconds)| Happening::Runs { ticks, seconds }),
        3 => (0..90 * 1440i64).prop_map(|minutes| Happening::Off { minutes }),
        2 => (0..90i64).prop_map(|minutes| Happening::Off { minutes }),
        3 => (-90 * 1440..90 * 1440i64).prop_map(|minutes| Happening::ClockJumps { minutes }),
        2 => (1..1440i64, prop_oneof![Just("ES256"), Just("RS256")], prop::option::of(1..40i64)).prop_map(
            |(lifetime_minutes, algorithm, rotate_days)|
                Happening::Restarts { lifetime_minutes, algorithm, rotate_days }
        ),
        2 => any::<bool>().prop_map(|at_once| Happening::Rotate { at_once }),
        1 => (0..4usize).prop_map(|nth| Happening::Revoke { nth }),
    ]
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            keys: Vec::new(),
            made: 0,
            off: 0,
            time: 0,
            watched_at: None,
            schedule: SCHEDULE,
            algorithm: "ES256",
            published: Vec::new(),
            tokens: Vec::new(),
            before: None,
        };
        world.tick();
        world
    }

    fn now(&self) -> i64 {
        self.time + self.off
    }

    fn happens(&mut self, what: &Happening) {
        match *what {
            Happening::Runs { ticks, seconds } => {
                for _ in 0..ticks {
                    self.time += seconds * 1000;
                    self.tick();
                }
            }
            Happening::Off { minutes } => {
                self.time += minutes * MINUTE;
                if minutes * MINUTE > MAX_GAP {
                    // Whoever fetches again finds nobody, and what was cached has to be counted anew.
                    self.published.clear();
                }
                self.tick();
            }
            Happening::ClockJumps { minutes } => {
                self.off += minutes * MINUTE;
                self.tick();
            }
            Happening::Restarts { lifetime_minutes, algorithm, rotate_days } => {
                let rotate_every = rotate_days.map(|days| days * DAY);
                self.schedule =
                    Schedule { rotate_every, lifetime: lifetime_minutes * MINUTE, ..self.schedule };
                self.algorithm = algorithm;
                self.tick();
            }
            Happening::Rotate { at_once } => {
                let steps = rotate(&self.keys, self.algorithm, &self.schedule, self.now(), at_once);
                self.apply(&steps, at_once);
            }
            Happening::Revoke { nth } => {
                let Some(kid) = self.keys.get(nth).map(|key| key.kid.clone()) else { return };
                let steps = revoke(&self.keys, self.now(), |key| key.kid == kid);
                self.apply(&steps, true);
                self.tokens.retain(|(of, ..)| *of != kid);
                self.before = self.before.take().filter(|(of, _)| *of != kid);
            }
        }
        self.sign();
        let active = self.keys.iter().filter(|key| key.state == State::Active).count();
        assert_eq!(active, 1, "{:?}", self.keys);
    }

    fn tick(&mut self) {
        let moment = Moment { now: self.now(), watched_at: self.watched_at };
        let steps = due(&self.keys, self.algorithm, &self.schedule, moment);
        let first = self.keys.is_empty();
        self.apply(&steps, first);
        let gap = self.watched_at.map_or(i64::MAX, |at| self.now() - at);
        if !(0..WATCH_EVERY).contains(&gap) {
            self.watched_at = Some(self.now());
        }
        self.sign();
    }

    fn apply(&mut self, steps: &[Step], asked: bool) {
        for step in steps {
            self.one(step, asked);
        }
        for key in self.keys.iter().filter(|key| key.state != State::Revoked) {
            if !self.published.iter().any(|(kid, _)| *kid == key.kid) {
                self.published.push((key.kid.clone(), self.time));
            }
        }
    }

    fn one(&mut self, step: &Step, asked: bool) {
        let (now, time) = (self.now(), self.time);
        match step {
            Step::MakeActive => self.make(State::Active, None),
            Step::MakeNext { signs_from } => self.make(State::Next, *signs_from),
            Step::Activate { kid } => {
                let since = self.published.iter().find(|(of, _)| of == kid).map(|(_, since)| *since);
                let known = since.is_some_and(|since| time - since >= SHORTEST_PUBLICATION);
                assert!(known || asked, "{kid} signs, published only since {since:?}, at {time}");
                let key = self.key(kid);
                assert_eq!(key.state, State::Next);
                (key.state, key.activated_at) = (State::Active, Some(now));
            }
            Step::Retire { kid, expires_at } => {
                let key = self.key(kid);
                assert_eq!(key.state, State::Active);
                (key.state, key.expires_at) = (State::Retired, Some(*expires_at));
                self.before = Some((kid.clone(), now + MAX_LAG));
            }
            Step::PublishAgain { kid, signs_from } => self.key(kid).signs_from = Some(*signs_from),
            Step::Keep { kid, expires_at } => self.key(kid).expires_at = Some(*expires_at),
            Step::CountFromNow { kid } => self.key(kid).activated_at = Some(now),
            Step::NoteLifetime { kid, lifetime } => self.key(kid).longest_lifetime = *lifetime,
            Step::Revoke { kid, expires_at } => {
                let key = self.key(kid);
                (key.state, key.expires_at) = (State::Revoked, Some(*expires_at));
                self.published.retain(|(of, _)| of != kid);
            }
            Step::Delete { kid } => {
                for (of, by_clock, in_truth) in &self.tokens {
                    let over = *by_clock <= now && *in_truth <= time;
                    assert!(of != kid || over, "{kid} goes at {now} ({time}) before {by_clock} ({in_truth})");
                }
                self.keys.retain(|key| key.kid != *kid);
            }
        }
    }

    fn make(&mut self, state: State, signs_from: Option<i64>) {
        self.made += 1;
        let made = Key {
            algorithm: self.algorithm.into(),
            activated_at: (state == State::Active).then_some(self.now()),
            signs_from,
            longest_lifetime: self.schedule.lifetime,
            ..key(&self.made.to_string(), state)
        };
        self.keys.push(made);
    }

    fn key(&mut self, kid: &str) -> &mut Key {
        self.keys.iter_mut().find(|key| key.kid == kid).expect("steps name keys that are there")
    }

    /// Every server signs: with the active key, and a slow one with the key before.
    fn sign(&mut self) {
        let now = self.now();
        let active = signing(&self.keys, self.algorithm).map(|key| key.kid.clone());
        let slow = self.before.clone().filter(|(_, until)| (*until - MAX_LAG..=*until).contains(&now));
        for kid in active.into_iter().chain(slow.map(|(kid, _)| kid)) {
            // A token lives as long as whoever signed it was told; a slow server has noted that with the key.
            let lifetime = self.keys.iter().find(|key| key.kid == kid).map_or(0, |key| key.longest_lifetime);
            let lifetime = lifetime.min(self.schedule.lifetime);
            let entry = self.tokens.iter_mut().find(|(of, ..)| *of == kid);
            let (by_clock, in_truth) = (now + lifetime, self.time + lifetime);
            match entry {
                Some(entry) => (entry.1, entry.2) = (entry.1.max(by_clock), entry.2.max(in_truth)),
                None => self.tokens.push((kid, by_clock, in_truth)),
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("JOTGATE_DEEP").is_some() { 20_000 } else { 500 }))]

    #[test]
    fn no_key_signs_unknown_or_goes_too_early(happenings in prop::collection::vec(happening(), 1..60)) {
        let mut world = World::new();
        for happening in &happenings {
            world.happens(happening);
        }
    }
}
