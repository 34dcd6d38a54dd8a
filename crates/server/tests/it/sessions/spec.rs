//! The refresh rules a second time, word for word after the executable specification and without a look at the server's
//! own, so that the flows are held against something else than themselves.

use std::collections::BTreeMap;

/// How the rules are set, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) race_window: i64,
    pub(super) retry_window: i64,
    pub(super) idle_lifetime: i64,
    pub(super) absolute_lifetime: i64,
}

/// A session as the specification has it. Keys are numbers; which text they stand for is the test's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spec {
    rules: Rules,
    pub(super) generation: u64,
    recent: BTreeMap<u64, (i64, By)>,
    last_key: Option<usize>,
    key_run: u32,
    pub(super) idle_until: i64,
    pub(super) absolute_until: i64,
    pub(super) ended: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Nobody,
    Key(usize),
    Spent,
}

/// What a refresh answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Said {
    /// This generation, and the word of the log.
    Live(u64, &'static str),
    /// The reason.
    Refused(&'static str),
}

impl Rules {
    /// The defaults.
    pub(super) const DEFAULT: Rules = Rules {
        race_window: 10_000,
        retry_window: 60_000,
        idle_lifetime: 7 * 86_400_000,
        absolute_lifetime: 30 * 86_400_000,
    };

    /// As `jotgate.toml` would say it. The idle lifetime is cut at the absolute one, which changes no verdict and which
    /// the configuration asks for.
    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let seconds = |milliseconds: i64| format!("{}s", milliseconds / 1000);
        vec![
            ("sessions.race_window", seconds(self.race_window)),
            ("sessions.retry_window", seconds(self.retry_window)),
            ("sessions.idle_lifetime", seconds(self.idle_lifetime.min(self.absolute_lifetime))),
            ("sessions.absolute_lifetime", seconds(self.absolute_lifetime)),
        ]
    }
}

impl Spec {
    /// A session opened now.
    pub(super) fn new(rules: Rules, now: i64) -> Self {
        Spec {
            rules,
            generation: 0,
            recent: BTreeMap::new(),
            last_key: None,
            key_run: 0,
            idle_until: now + rules.idle_lifetime,
            absolute_until: now + rules.absolute_lifetime,
            ended: false,
        }
    }

    /// Generation `g` is presented.
    pub(super) fn refresh(&mut self, now: i64, g: u64, key: Option<usize>) -> Said {
        if self.ended {
            return Said::Refused("refresh.revoked");
        }
        if self.is_expired(now) {
            return Said::Refused("refresh.expired");
        }
        if g == self.generation {
            return self.rotate(now, key, "rotate");
        }
        if g > self.generation {
            self.generation = g;
            self.recent.clear();
            return self.rotate(now, key, "store_behind");
        }
        if let Some((at, by)) = self.recent.get(&g) {
            if key.is_some_and(|key| *by == By::Key(key)) {
                return Said::Live(self.generation, "benign_retry");
            }
            let window = if *by == By::Nobody { self.rules.retry_window } else { self.rules.race_window };
            if (now - at).max(0) < window {
                return Said::Live(self.generation, "benign_race");
            }
        }
        self.ended = true;
        Said::Refused("refresh.reused")
    }

    /// Whether it is over by time.
    pub(super) fn is_expired(&self, now: i64) -> bool {
        now >= self.idle_until.min(self.absolute_until)
    }

    fn rotate(&mut self, now: i64, key: Option<usize>, log: &'static str) -> Said {
        self.key_run = if key.is_some() && key == self.last_key { self.key_run + 1 } else { 1 };
        self.last_key = key;
        let by = match key {
            None => By::Nobody,
            Some(key) if self.key_run <= KEY_RUN => By::Key(key),
            Some(_) => By::Spent,
        };
        self.recent.insert(self.generation, (now, by));
        self.generation += 1;
        let kept_from = self.generation.saturating_sub(KEPT);
        self.recent.retain(|generation, _| *generation >= kept_from);
        self.idle_until = now + self.rules.idle_lifetime;
        Said::Live(self.generation, log)
    }
}

/// Superseded generations remembered.
const KEPT: u64 = 8;
/// Rotations in a row that one key covers.
const KEY_RUN: u32 = 4;
