//! What a guard counts: requests let through, refusals by reason, keys fetched.
//!
//! Plain counters that anybody's metrics library can read, and a ready text for Prometheus. The names of the series are
//! a fixed list, because nothing out of a request may become a time series.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use jotgate_token::reason::{self, Reason};

use crate::feed::Figures;

/// The counters of one guard, as they are now.
///
/// ```
/// # fn page(guard: &jotgate_guard::Guard) -> String {
/// let metrics = guard.metrics();
/// assert!(metrics.refused("exp.expired") <= metrics.refusals());
/// metrics.prometheus()
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    accepted: u64,
    refused: Vec<(&'static str, u64)>,
    key_fetches: u64,
    key_fetch_failures: u64,
    asked: u64,
    cached_tokens: u64,
    feeds: Vec<(String, Figures)>,
}

impl Metrics {
    /// Requests let through.
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) -> u64 {
    /// metrics.accepted()
    /// # }
    /// ```
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Refusals for the reason with this code.
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) -> u64 {
    /// metrics.refused("exp.expired")
    /// # }
    /// ```
    #[must_use]
    pub fn refused(&self, code: &str) -> u64 {
        self.refused.iter().find(|(known, _)| *known == code).map_or(0, |(_, count)| *count)
    }

    /// All refusals.
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) -> u64 {
    /// metrics.refusals()
    /// # }
    /// ```
    #[must_use]
    pub fn refusals(&self) -> u64 {
        self.refused.iter().map(|(_, count)| count).sum()
    }

    /// Every reason that occurred, and how often.
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) {
    /// for (code, count) in metrics.by_reason() {
    ///     println!("{code} {count}");
    /// }
    /// # }
    /// ```
    pub fn by_reason(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.refused.iter().copied()
    }

    /// How often keys were asked for, and how often in vain.
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) {
    /// let (fetches, failures) = metrics.key_fetches();
    /// # }
    /// ```
    #[must_use]
    pub fn key_fetches(&self) -> (u64, u64) {
        (self.key_fetches, self.key_fetch_failures)
    }

    /// How often the issuer was asked about one token: policy `Introspect` and [`fresh_within`](crate::fresh_within).
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) -> u64 {
    /// metrics.asked()
    /// # }
    /// ```
    #[must_use]
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// The followers of the revocation feeds, by issuer.
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) {
    /// for (issuer, figures) in metrics.feeds() {
    ///     println!("{issuer}: {} entries, age {:?}", figures.entries, figures.age);
    /// }
    /// # }
    /// ```
    pub fn feeds(&self) -> impl Iterator<Item = (&str, &Figures)> {
        self.feeds.iter().map(|(issuer, figures)| (issuer.as_str(), figures))
    }

    /// In the text format of Prometheus (version 0.0.4).
    ///
    /// ```
    /// # fn read(metrics: &jotgate_guard::Metrics) -> String {
    /// metrics.prometheus()
    /// # }
    /// ```
    #[must_use]
    pub fn prometheus(&self) -> String {
        let mut text = String::new();
        let mut series = |name: &str, kind: &str, help: &str, values: &[(String, u64)]| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, value) in values {
                let _ = writeln!(text, "{name}{labels} {value}");
            }
        };
        let plain = |value| [(String::new(), value)];
        let refused: Vec<_> =
            self.refused.iter().map(|(code, n)| (format!("{{reason=\"{code}\"}}"), *n)).collect();
        series("jotgate_guard_accepted_total", "counter", "Requests let through.", &plain(self.accepted));
        series("jotgate_guard_refused_total", "counter", "Requests refused, by reason.", &refused);
        series("jotgate_guard_key_fetches_total", "counter", "Key sets asked for.", &plain(self.key_fetches));
        series(
            "jotgate_guard_key_fetch_failures_total",
            "counter",
            "Key sets asked for in vain.",
            &plain(self.key_fetch_failures),
        );
        series(
            "jotgate_guard_asked_total",
            "counter",
            "Tokens the issuer was asked about.",
            &plain(self.asked),
        );
        series(
            "jotgate_guard_cached_tokens",
            "gauge",
            "Tokens known from before.",
            &plain(self.cached_tokens),
        );
        for (name, kind, help, value) in FEED_SERIES {
            let label = |issuer: &str| format!("{{issuer=\"{issuer}\"}}");
            let values: Vec<_> =
                self.feeds.iter().map(|(issuer, figures)| (label(issuer), value(figures))).collect();
            series(name, kind, help, &values);
        }
        text
    }
}

/// Where the requests count.
#[derive(Debug)]
pub(crate) struct Counters {
    accepted: AtomicU64,
    refused: Box<[AtomicU64]>,
    pub(crate) asked: AtomicU64,
}

impl Counters {
    pub(crate) fn new() -> Self {
        let refused = reason::ALL.iter().map(|_| AtomicU64::new(0)).collect();
        Self { accepted: AtomicU64::new(0), refused, asked: AtomicU64::new(0) }
    }

    pub(crate) fn accept(&self) {
        self.accepted.fetch_add(1, Relaxed);
    }

    pub(crate) fn refuse(&self, reason: &Reason) {
        if let Some(at) = reason::ALL.iter().position(|known| known.code == reason.code) {
            self.refused[at].fetch_add(1, Relaxed);
        }
    }

    /// The counts now; what others count is added by the caller.
    pub(crate) fn read(&self) -> Metrics {
        let counts = reason::ALL.iter().zip(&self.refused).map(|(reason, n)| (reason.code, n.load(Relaxed)));
        Metrics {
            accepted: self.accepted.load(Relaxed),
            refused: counts.filter(|(_, count)| *count > 0).collect(),
            asked: self.asked.load(Relaxed),
            ..Metrics::default()
        }
    }
}

impl Metrics {
    pub(crate) fn with_keys(mut self, fetches: u64, failures: u64, cached: usize) -> Self {
        self.key_fetches += fetches;
        self.key_fetch_failures += failures;
        self.cached_tokens += cached as u64;
        self
    }

    pub(crate) fn with_feed(mut self, issuer: &str, figures: Figures) -> Self {
        self.feeds.push((issuer.to_owned(), figures));
        self
    }
}

type Series = (&'static str, &'static str, &'static str, fn(&Figures) -> u64);

const FEED_SERIES: [Series; 8] = [
    ("jotgate_guard_revocations", "gauge", "Entries taken back and in force.", |f| f.entries as u64),
    ("jotgate_guard_revocations_bytes", "gauge", "Bytes the entries take.", |f| f.bytes as u64),
    // Never loaded is as old as can be.
    ("jotgate_guard_revocations_age_seconds", "gauge", "Seconds since all was known.", |f| {
        f.age.map_or(u64::MAX, |age| age.as_secs())
    }),
    ("jotgate_guard_feed_streams_total", "counter", "Streams of the feed that began well.", |f| f.streams),
    ("jotgate_guard_feed_breaks_total", "counter", "Streams that ended or never began.", |f| f.breaks),
    ("jotgate_guard_feed_snapshots_total", "counter", "Snapshots loaded.", |f| f.snapshots),
    ("jotgate_guard_feed_refused_total", "counter", "Messages of the feed that were not genuine.", |f| {
        f.refused
    }),
    ("jotgate_guard_feed_alarms_total", "counter", "Times the feed began anew or went back.", |f| {
        f.new_eras + f.went_back
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_reason() {
        let counters = Counters::new();
        counters.accept();
        counters.refuse(&reason::EXP_EXPIRED);
        counters.refuse(&reason::EXP_EXPIRED);
        counters.refuse(&reason::TOKEN_MISSING);
        let metrics = counters.read().with_keys(3, 1, 9);
        assert_eq!((metrics.accepted(), metrics.refusals(), metrics.refused("exp.expired")), (1, 3, 2));
        assert_eq!(metrics.refused("made.up"), 0);
        let text = metrics.prometheus();
        assert!(text.contains("jotgate_guard_refused_total{reason=\"exp.expired\"} 2\n"), "{text}");
        assert!(text.contains("jotgate_guard_key_fetch_failures_total 1\n"), "{text}");
        assert!(text.lines().all(|line| line.starts_with('#') || line.rsplit_once(' ').is_some()));
    }
}
