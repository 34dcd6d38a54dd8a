//! Counting failed passwords in the database, so that the limits hold across restarts and servers.
//!
//! The decisions are `rule::throttle`; here is what is counted, under which keys, and what a device the account knows
//! may do. Order: pair, address, account; all before any hashing.

mod factors;
mod mails;
mod pair;

use std::{net::IpAddr, time::Duration};

use jotgate_token::reason;
use secrecy::SecretString;
use uuid::Uuid;

pub(super) use factors::CountedFactor;
pub(super) use mails::{CountedMail, Room, take_reminder};
pub(super) use pair::CountedPair;

use super::{device, mail};
use crate::{
    app::App,
    config::Limit as Configured,
    error::{Error, Refused},
    rule::throttle::{Attempts, Limit, Then, failed, wait},
    store::{
        StoreError, Tx, UserId,
        attempts::{self, AttemptRow, known_addresses},
    },
};

/// The three counters of one try.
#[derive(Debug, Clone)]
pub struct Counted {
    pair: [u8; 32],
    address: [u8; 32],
    account: [u8; 32],
    /// The address in the form in which an account knows it.
    known_as: [u8; 32],
    /// What the browser shows of an earlier login.
    device: Option<SecretString>,
}

/// What the counters say.
#[derive(Debug, Clone, Copy)]
pub struct Looked {
    pair: Option<Attempts>,
    address: Option<Attempts>,
    account: Option<Attempts>,
    known_device: bool,
}

impl Counted {
    /// The counters of a try at this account (its id, or the name somebody tried) from this address.
    #[must_use]
    pub fn new(app: &App, account: &str, ip: IpAddr) -> Self {
        let (master, network) = (app.keyring.master(), network(ip));
        Self {
            pair: master.counter("pair", &[account, &network]),
            address: master.counter("address", &[&network]),
            account: master.counter("account", &[account]),
            known_as: master.counter("known", &[&network]),
            device: None,
        }
    }

    /// The same for a browser that shows the cookie of an earlier login.
    #[must_use]
    pub fn with_device(self, device: Option<&SecretString>) -> Self {
        Self { device: device.cloned(), ..self }
    }

    /// Whether the account was used from this address lately.
    ///
    /// # Errors
    /// When the database does.
    pub async fn knows_address(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        user: UserId,
        now: i64,
    ) -> Result<bool, StoreError> {
        let since = now - millis(app.config.login.known_address_lifetime);
        known_addresses::is_known(tx, user, &self.known_as, since).await
    }

    /// Reads the counters.
    ///
    /// # Errors
    /// When the database does.
    pub async fn look(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        user: Option<UserId>,
        now: i64,
    ) -> Result<Looked, StoreError> {
        // Asked for an account that does not exist too, because a round trip less can be timed from afar.
        let asked = user.unwrap_or(UserId(Uuid::nil()));
        let known_address = self.knows_address(app, tx, asked, now).await?;
        let known_device = known_address || device::is_known(tx, asked, self.device.as_ref(), now).await?;
        let rows = attempts::by_keys(tx, &self.keys()).await?;
        let [pair, address, account] = [0, 1, 2].map(|n| rows.get(n).copied().flatten().map(counter));
        Ok(Looked { pair, address, account, known_device })
    }

    /// The failures counted for an account, whatever the address.
    ///
    /// # Errors
    /// When the database does.
    pub(super) async fn failures_of(
        app: &App,
        tx: &mut Tx<'_>,
        account: &str,
    ) -> Result<Option<AttemptRow>, StoreError> {
        let key = app.keyring.master().counter("account", &[account]);
        Ok(attempts::by_keys(tx, &[&key]).await?.pop().flatten())
    }

    /// Forgets the failures counted for an account that is no more.
    ///
    /// # Errors
    /// When the database does.
    pub(super) async fn forget_account(app: &App, tx: &mut Tx<'_>, account: &str) -> Result<(), StoreError> {
        let master = app.keyring.master();
        for kind in ["account", "factor account"] {
            attempts::clear(tx, &master.counter(kind, &[account])).await?;
        }
        Ok(())
    }

    fn keys(&self) -> [&[u8]; 3] {
        [&self.pair, &self.address, &self.account]
    }

    /// Counts a failure on all three.
    ///
    /// # Errors
    /// When the database does.
    pub async fn failed(&self, app: &App, tx: &mut Tx<'_>, now: i64) -> Result<(), StoreError> {
        let login = &app.config.login;
        let doubling =
            Then::Double { first: millis(login.pair_wait_first), longest: millis(login.pair_wait_longest) };
        let limits = [
            limit(login.pair, doubling),
            limit(login.ip, Then::WaitForWindow),
            limit(login.account, Then::WaitForWindow),
        ];
        let held = attempts::hold(tx, &self.keys()).await?;
        for ((key, before), limit) in self.keys().into_iter().zip(held).zip(limits) {
            attempts::record(tx, key, &row(failed(Some(counter(before)), limit, now))).await?;
        }
        Ok(())
    }

    /// Forgets the pair and begins the account's row of failures anew.
    ///
    /// # Errors
    /// When the database does.
    pub async fn succeeded(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        attempts::clear(tx, &self.pair).await?;
        if let [Some(account)] = attempts::by_keys(tx, &[&self.account]).await?[..] {
            attempts::record(tx, &self.account, &AttemptRow { consecutive: 0, ..account }).await?;
        }
        Ok(())
    }

    /// Notes that the account was used from this address, which makes it a device the account knows.
    ///
    /// # Errors
    /// When the database does.
    pub async fn remember_address(&self, tx: &mut Tx<'_>, user: UserId, now: i64) -> Result<(), StoreError> {
        known_addresses::remember(tx, user, &self.known_as, now).await
    }
}

impl Looked {
    /// Refuses when a counter says so.
    ///
    /// # Errors
    /// `login.throttled` with the time to wait.
    pub fn admit(&self, app: &App, now: i64) -> Result<(), Error> {
        let login = &app.config.login;
        if let Some(left) = wait(self.pair.as_ref(), now).or_else(|| wait(self.address.as_ref(), now)) {
            return Err(throttled(left, "too many wrong passwords from this address"));
        }
        // A device the account knows goes on, because an attacker must not be able to lock the owner out.
        let Some(account) = self.account.filter(|_| !self.known_device) else { return Ok(()) };
        let mut left = wait(Some(&account), now).unwrap_or(0);
        let locked = account.consecutive >= i64::from(login.lock_unknown_after);
        if locked && mail::require(app).is_ok() {
            // The owner needs no password to get in, so there is no try left for a guesser.
            let left = millis(login.account.window);
            return Err(unknown_device(left).hint("log in with a code by mail or a passkey").into());
        }
        if locked {
            // One try per window from then on: guessing is hopeless, and an owner without a known device still gets in.
            left = left.max(account.last_failed_at + millis(login.account.window) - now);
        }
        if left > 0 {
            return Err(unknown_device(left).into());
        }
        Ok(())
    }
}

fn unknown_device(left: i64) -> Refused {
    Refused::new(&reason::LOGIN_THROTTLED)
        .detail("too many wrong passwords for this account from unknown devices")
        .retry_after_ms(left)
}

fn throttled(left: i64, detail: &str) -> Error {
    Refused::new(&reason::LOGIN_THROTTLED).detail(detail).retry_after_ms(left).into()
}

fn limit(configured: Configured, then: Then) -> Limit {
    Limit { failures: i64::from(configured.failures), window: millis(configured.window), then }
}

/// One household or office has one IPv4 address or one IPv6 /64; counting single IPv6 addresses would count nothing.
pub(super) fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn counter(row: AttemptRow) -> Attempts {
    let AttemptRow { failures, window_started_at, consecutive, blocked_until, last_failed_at } = row;
    Attempts { failures, window_started_at, consecutive, blocked_until, last_failed_at }
}

fn row(counter: Attempts) -> AttemptRow {
    let Attempts { failures, window_started_at, consecutive, blocked_until, last_failed_at } = counter;
    AttemptRow { failures, window_started_at, consecutive, blocked_until, last_failed_at }
}

pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
