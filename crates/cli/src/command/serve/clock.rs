//! A server that lives in another time, for testing expiry from any language: it signs and judges by a shifted clock.
//!
//! Loopback only, because a server in the past calls expired tokens good.

use std::sync::Arc;
use std::time::Duration;

use jotgate_server::config::{Config, duration};
use jotgate_server::flow::open::Edge;
use jotgate_token::{Clock, SystemClock};

use crate::command::beside::real_edge;
use crate::failure::Failure;
use crate::words::span;

/// By how much, ahead or behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offset {
    by: Duration,
    is_behind: bool,
}

impl Offset {
    /// `16m` or `-16m`.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let (is_behind, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let by = duration::read(rest)?;
        if by > LONGEST {
            return Err("is longer than ten years".to_owned());
        }
        Ok(Self { by, is_behind })
    }

    pub(super) fn seconds(self) -> i64 {
        let seconds = i64::try_from(self.by.as_secs()).unwrap_or(i64::MAX);
        if self.is_behind { -seconds } else { seconds }
    }

    pub(super) fn banner(self) -> String {
        let span = span(self.by.as_secs()).to_uppercase();
        let side = if self.is_behind { "BEHIND" } else { "AHEAD" };
        format!(" CLOCK OFFSET: THIS SERVER'S CLOCK IS {span} {side}. FOR TESTS ONLY, NOT FOR REAL USERS. ")
    }
}

/// The clock and the randomness of this machine, the clock shifted where that was asked for.
pub(super) fn edge(offset: Option<Offset>, config: &Config) -> Result<Edge, Failure> {
    let Some(offset) = offset else { return Ok(real_edge()) };
    if !config.issuer.is_loopback() {
        return Err(Failure::environment("--clock-offset is only for a loopback issuer")
            .mend("leave it out, or test with http://localhost"));
    }
    Ok(Edge { clock: Arc::new(Shifted { by_ms: offset.seconds() * 1000 }), ..real_edge() })
}

struct Shifted {
    by_ms: i64,
}

impl Clock for Shifted {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.by_ms
    }
}

const LONGEST: Duration = Duration::from_secs(3_650 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_a_sign_or_none() {
        let seconds = |text| Offset::read(text).map(Offset::seconds).ok();
        assert_eq!((seconds("16m"), seconds("+16m"), seconds("-90s")), (Some(960), Some(960), Some(-90)));
        for bad in ["", "-", "16", "--1m", "99999d", "soon"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_banner_shouts() {
        let banner = Offset::read("-16m").unwrap().banner();
        assert_eq!(banner, banner.to_uppercase());
        assert!(banner.contains("16 MINUTES BEHIND"), "{banner}");
    }
}
