//! The throttle of clients and of mailed codes: how often one may fail to show them. The same rule and the same table as
//! for logins.
//!
//! No counter for the name alone: 32 random bytes, and codes that are void after five tries, need no protection from
//! guessing, and an attacker who fails in somebody's name must not be able to lock that one out.

use std::net::IpAddr;

use jotgate_token::reason::{self, Reason};

use super::{Then, counter, failed, limit, millis, network, row, wait};
use crate::{
    app::App,
    error::{Refused, Result},
    store::{StoreError, Tx, attempts},
};

/// The two counters of one try.
#[derive(Debug, Clone)]
pub(in crate::flow) struct CountedPair {
    pair: [u8; 32],
    address: [u8; 32],
    reason: &'static Reason,
}

/// What they say.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct LookedPair {
    /// How long nothing is tried, in milliseconds.
    wait: Option<i64>,
    /// Whether there is a failure to forget.
    pub(in crate::flow) has_failed: bool,
    reason: &'static Reason,
}

impl CountedPair {
    /// The counters of a try in this client's name from this address.
    pub(in crate::flow) fn of_client(app: &App, client: &str, ip: IpAddr) -> Self {
        Self::new(app, ("client", client), ip, &reason::OAUTH_THROTTLED)
    }

    /// The counters of a code that is said to have come to this mail address.
    pub(in crate::flow) fn of_code(app: &App, email: &str, ip: IpAddr) -> Self {
        Self::new(app, ("code", email), ip, &reason::LOGIN_THROTTLED)
    }

    fn new(app: &App, (kind, name): (&str, &str), ip: IpAddr, reason: &'static Reason) -> Self {
        let (master, network) = (app.keyring.master(), network(ip));
        Self {
            pair: master.counter(kind, &[name, &network]),
            address: master.counter("address", &[&network]),
            reason,
        }
    }

    pub(in crate::flow) async fn look(&self, tx: &mut Tx<'_>, now: i64) -> Result<LookedPair, StoreError> {
        let rows = attempts::by_keys(tx, &[&self.pair, &self.address]).await?;
        let wait = rows.iter().flatten().filter_map(|row| wait(Some(&counter(*row)), now)).max();
        Ok(LookedPair { wait, has_failed: rows.first().is_some_and(Option::is_some), reason: self.reason })
    }

    /// Counts a failure on both.
    pub(in crate::flow) async fn failed(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        now: i64,
    ) -> Result<(), StoreError> {
        let login = &app.config.login;
        let doubling =
            Then::Double { first: millis(login.pair_wait_first), longest: millis(login.pair_wait_longest) };
        let keys: [&[u8]; 2] = [&self.pair, &self.address];
        let limits = [limit(login.pair, doubling), limit(login.ip, Then::WaitForWindow)];
        let held = attempts::hold(tx, &keys).await?;
        for ((key, before), limit) in keys.into_iter().zip(held).zip(limits) {
            attempts::record(tx, key, &row(failed(Some(counter(before)), limit, now))).await?;
        }
        Ok(())
    }

    /// Forgets the pair.
    pub(in crate::flow) async fn succeeded(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        attempts::clear(tx, &self.pair).await.map(drop)
    }
}

impl LookedPair {
    /// Refuses when a counter says so.
    ///
    /// # Errors
    /// `oauth.throttled` or `login.throttled`, with the time to wait.
    pub(in crate::flow) fn admit(&self) -> Result<()> {
        match self.wait {
            Some(left) => Err(Refused::new(self.reason).retry_after_ms(left).into()),
            None => Ok(()),
        }
    }
}
