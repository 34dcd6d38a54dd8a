//! What came of each entry of the catalogue, and the sum of it.

use std::time::Duration;

use jotgate_testkit::catalogue::{BadToken, Verdict};

use super::target::Reply;

/// One entry and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) case: &'static BadToken,
    pub(super) seen: Seen,
    /// The status of the last answer, if one came.
    pub(super) status: Option<u16>,
    /// The reason of the catalogue that the answer named, if it did.
    pub(super) reason: Option<&'static str>,
    /// From the moment the token was taken back until it was refused.
    pub(super) delay: Option<Duration>,
}

/// What the route did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// It let the token in.
    Accepted,
    /// It asked the address that the token named, whatever it answered then.
    Fetched,
    /// It refused.
    Refused,
    /// It failed, with a 5xx.
    Crashed,
    /// Nothing can be said.
    Inconclusive(&'static str),
    /// It was not tried.
    Skipped(&'static str),
}

impl Seen {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Fetched => "fetched",
            Self::Refused => "refused",
            Self::Crashed => "crashed",
            Self::Inconclusive(_) => "unclear",
            Self::Skipped(_) => "skipped",
        }
    }
}

impl Outcome {
    pub(super) const fn new(case: &'static BadToken, seen: Seen) -> Self {
        Self { case, seen, status: None, reason: None, delay: None }
    }

    pub(super) const fn answered(case: &'static BadToken, seen: Seen, reply: &Reply) -> Self {
        Self { case, seen, status: Some(reply.status), reason: reply.reason, delay: None }
    }

    /// Whether the API let something in that it must not.
    pub(super) const fn is_fault(&self) -> bool {
        self.case.must_be_refused() && matches!(self.seen, Seen::Accepted | Seen::Fetched)
    }

    /// Whether a good token was turned away that is only unusual.
    pub(super) fn is_too_strict(&self) -> bool {
        self.case.verdict == Verdict::Accept && self.seen == Seen::Refused
    }

    /// Whether it says something about the API.
    pub(super) const fn is_tried(&self) -> bool {
        matches!(self.seen, Seen::Accepted | Seen::Fetched | Seen::Refused | Seen::Crashed)
    }
}

/// The sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary {
    /// Wrong tokens let in.
    pub(super) accepted: usize,
    /// Wrong tokens tried, and answered so that something can be said.
    pub(super) tried: usize,
    pub(super) crashed: usize,
    pub(super) inconclusive: usize,
    pub(super) skipped: usize,
}

impl Summary {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        let wrong = || outcomes.iter().filter(|one| one.case.must_be_refused());
        Self {
            accepted: wrong().filter(|one| one.is_fault()).count(),
            tried: wrong().filter(|one| one.is_tried()).count(),
            crashed: wrong().filter(|one| one.seen == Seen::Crashed).count(),
            inconclusive: outcomes.iter().filter(|one| matches!(one.seen, Seen::Inconclusive(_))).count(),
            skipped: outcomes.iter().filter(|one| matches!(one.seen, Seen::Skipped(_))).count(),
        }
    }
}
