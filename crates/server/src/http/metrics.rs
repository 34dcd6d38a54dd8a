//! Prometheus metrics. Every label comes from a fixed list (routes, methods, statuses, reasons), so that no client
//! can make new time series; counters of other rooms are read when they are asked for.

use std::{fmt::Write as _, time::Duration};

use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use crate::app::App;

type Histograms = Family<Request, Histogram, fn() -> Histogram>;

/// What this room measures itself.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Histograms,
    refusals: Family<Refusal, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Request {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Refusal {
    reason: &'static str,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("jotgate");
        let requests = Histograms::new_with_constructor(|| Histogram::new(SECONDS));
        let refusals = Family::default();
        registry.register(
            "http_request_seconds",
            "Time from the head of a request to its answer",
            requests.clone(),
        );
        registry.register("refusals", "Requests refused, by reason", refusals.clone());
        Self { registry, requests, refusals }
    }

    pub(super) fn answered(&self, method: &'static str, route: &str, status: u16, elapsed: Duration) {
        let labels = Request { method, route: route.to_owned(), status };
        self.requests.get_or_create(&labels).observe(elapsed.as_secs_f64());
    }

    pub(super) fn refused(&self, reason: &'static str) {
        self.refusals.get_or_create(&Refusal { reason }).inc();
    }

    /// The exposition in OpenMetrics text.
    pub(super) fn text(&self, app: &App) -> String {
        let mut out = String::with_capacity(16 * 1024);
        // Writing to a String cannot fail.
        let _ = text::encode_registry(&mut out, &self.registry);
        counters(&mut out, app);
        let _ = text::encode_eof(&mut out);
        out
    }
}

/// From a cached answer to a hash that waited its turn.
const SECONDS: [f64; 12] = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

fn counters(out: &mut String, app: &App) {
    let c = &app.counters;
    family(
        out,
        "logins",
        "Logins, by outcome",
        "outcome",
        &[
            ("opened", c.logins.value()),
            ("failed", c.logins_failed.value()),
            ("throttled", c.logins_throttled.value()),
        ],
    );
    family(
        out,
        "refreshes",
        "Refreshes, by outcome",
        "outcome",
        &[
            ("rotated", c.refresh_rotated.value()),
            ("retried", c.refresh_retried.value()),
            ("raced", c.refresh_raced.value()),
            ("reused", c.refresh_reused.value()),
            ("store_behind", c.refresh_store_behind.value()),
        ],
    );
    family(
        out,
        "sessions",
        "Sessions opened and ended",
        "event",
        &[("opened", c.sessions_opened.value()), ("ended", c.sessions_ended.value())],
    );
    family(out, "client_tokens", "Tokens made for clients", "", &[("", c.client_tokens.value())]);
    mails(out, app);
    family(out, "sign_ups", "Accounts made", "", &[("", c.sign_ups.value())]);
    family(out, "store_queries", "Statements the database executed", "", &[("", app.store.queries())]);
    gauge(
        out,
        "jotgate_hashes_waiting",
        "Passwords that wait for a hashing thread",
        app.hasher.waiting() as u64,
    );
    feed(out, app);
    if let Some(bytes) = resident_bytes() {
        gauge(out, "process_resident_memory_bytes", "Memory in use", bytes);
    }
}

fn mails(out: &mut String, app: &App) {
    let c = &app.counters;
    let outcomes = [
        ("sent", c.mails_sent.value()),
        ("failed", c.mails_failed.value()),
        ("given_up", c.mails_given_up.value()),
    ];
    family(out, "mails", "Mails, by what became of a try to send one", "outcome", &outcomes);
    if let Some(mailer) = &app.mailer {
        let oldest = mailer.queue.oldest_age(app.clock.now_ms()) / 1000;
        gauge(out, "jotgate_mails_waiting", "Mails still to be sent", mailer.queue.waiting());
        gauge(
            out,
            "jotgate_mail_oldest_age_seconds",
            "How long the oldest of them has waited",
            oldest.unsigned_abs(),
        );
    }
}

fn feed(out: &mut String, app: &App) {
    let (feed, c) = (&app.feed, &app.counters);
    family(
        out,
        "revocation_feed",
        "What the revocation feed did",
        "event",
        &[("sent", c.feed_events.value()), ("began_anew", c.feed_resets.value())],
    );
    gauge(out, "jotgate_revocation_streams", "Followers of the revocation feed", feed.streams() as u64);
    gauge(out, "jotgate_revocation_entries", "Revocations in force", feed.entries() as u64);
    if let Some(known) = feed.last_known() {
        gauge(out, "jotgate_revocation_seq", "The last number of the revocation feed", known.head.seq);
        let age = known.read_at.elapsed().as_secs();
        gauge(out, "jotgate_revocation_head_age_seconds", "Time since the feed was read", age);
    }
}

fn gauge(out: &mut String, name: &str, help: &str, value: u64) {
    let _ = writeln!(out, "# HELP {name} {help}.\n# TYPE {name} gauge\n{name} {value}");
}

fn family(out: &mut String, name: &str, help: &str, label: &str, values: &[(&str, u64)]) {
    let _ = writeln!(out, "# HELP jotgate_{name} {help}.\n# TYPE jotgate_{name} counter");
    for (value, count) in values {
        let _ = match label {
            "" => writeln!(out, "jotgate_{name}_total {count}"),
            _ => writeln!(out, "jotgate_{name}_total{{{label}=\"{value}\"}} {count}"),
        };
    }
}

/// From Linux; elsewhere the line is missing.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kb| kb * 1024)
}
