//! Whether this server should get requests: database reachable, keys loaded, clock near the database's.

use crate::app::App;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What was looked at.
    pub check: &'static str,
    /// What was found.
    pub found: String,
}

/// Looks at everything and answers what is wrong.
///
/// # Errors
/// The problems found; never empty.
pub async fn ready(app: &App) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    let keys = app.keyring.signing();
    if keys.jwks.is_empty() {
        problems.push(Problem { check: "keys", found: "no signing key is loaded".into() });
    }
    let before = app.clock.now_ms();
    match app.store.ping().await {
        Err(error) => problems.push(Problem { check: "database", found: error.to_string() }),
        Ok(theirs) => problems.extend(theirs.and_then(|theirs| clock(app, before, theirs))),
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// A server whose clock is off would judge windows and expiry wrongly; two seconds is far more than NTP leaves.
fn clock(app: &App, before: i64, theirs: i64) -> Option<Problem> {
    let off = theirs - before.midpoint(app.clock.now_ms());
    (off.abs() > MAX_OFF)
        .then(|| Problem { check: "clock", found: format!("{off} ms off the database's clock") })
}

const MAX_OFF: i64 = 2_000;
