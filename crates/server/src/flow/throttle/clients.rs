//! The throttle of clients: how often one may fail to show who it is. The same rule and the same table as for logins.
//!
//! No counter per client alone: 32 random bytes need no protection from guessing, and an attacker who fails in a client's
//! name must not be able to lock the service out.

use std::net::IpAddr;

use jotgate_token::reason;

use super::{Then, counter, failed, limit, millis, network, row, wait};
use crate::{
    app::App,
    error::{Refused, Result},
    store::{StoreError, Tx, attempts},
};

/// The two counters of one try.
#[derive(Debug, Clone)]
pub(in crate::flow) struct CountedClient {
    pair: [u8; 32],
    address: [u8; 32],
}

/// What they say.
#[derive(Debug, Clone, Copy)]
pub(in crate::flow) struct LookedClient {
    /// How long nothing is tried, in milliseconds.
    wait: Option<i64>,
    /// Whether there is a failure to forget.
    pub(in crate::flow) has_failed: bool,
}

impl CountedClient {
    /// The counters of a try in this client's name from this address.
    pub(in crate::flow) fn new(app: &App, client: &str, ip: IpAddr) -> Self {
        let (master, network) = (app.keyring.master(), network(ip));
        Self {
            pair: master.counter("client", &[client, &network]),
            address: master.counter("address", &[&network]),
        }
    }

    pub(in crate::flow) async fn look(&self, tx: &mut Tx<'_>, now: i64) -> Result<LookedClient, StoreError> {
        let rows = attempts::by_keys(tx, &[&self.pair, &self.address]).await?;
        let wait = rows.iter().flatten().filter_map(|row| wait(Some(&counter(*row)), now)).max();
        Ok(LookedClient { wait, has_failed: rows.first().is_some_and(Option::is_some) })
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

impl LookedClient {
    /// Refuses when a counter says so.
    ///
    /// # Errors
    /// `oauth.throttled` with the time to wait.
    pub(in crate::flow) fn admit(&self) -> Result<()> {
        match self.wait {
            Some(left) => Err(Refused::new(&reason::OAUTH_THROTTLED).retry_after_ms(left).into()),
            None => Ok(()),
        }
    }
}
