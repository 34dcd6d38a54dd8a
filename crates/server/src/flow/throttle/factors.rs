//! The throttle of second factors: whoever has the password must not be able to guess codes, login after login.
//!
//! The same rule and table as for passwords, with counters of its own: per account and network, per network (the one that
//! passwords count on too), per account. Waits double past ten failures; after a hundred in a row (NIST SP 800-63B-4
//! section 3.2.2) an authenticator app is asked once a day. None of this holds for ever, recovery codes and passkeys are
//! not bound by the account's counters because nobody guesses them, and a network where the account was used before has a
//! counter of its own: so a guesser cannot lock the owner out.

use std::net::IpAddr;

use super::{Then, counter, failed, limit, millis, network, row, throttled, wait};
use crate::{
    app::App,
    error::Result,
    flow::second_factor::Factor,
    store::{
        StoreError, Tx, UserId,
        attempts::{self, AttemptRow, known_addresses},
    },
};

/// The counters of one try.
#[derive(Debug, Clone)]
pub(in crate::flow) struct CountedFactor {
    user: UserId,
    pair: [u8; 32],
    address: [u8; 32],
    account: [u8; 32],
    known_as: [u8; 32],
}

impl CountedFactor {
    /// The counters of a try at this account's factors from this address.
    pub(in crate::flow) fn new(app: &App, user: UserId, ip: IpAddr) -> Self {
        let (master, network, id) = (app.keyring.master(), network(ip), user.0.to_string());
        Self {
            user,
            pair: master.counter("factor pair", &[&id, &network]),
            address: master.counter("address", &[&network]),
            account: master.counter("factor account", &[&id]),
            known_as: master.counter("known", &[&network]),
        }
    }

    /// Refuses when a counter says so. The caller holds the account, so that tries at once come here one by one.
    ///
    /// # Errors
    /// When the database does; inside, `login.throttled` with the time to wait.
    pub(in crate::flow) async fn admit(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        factor: Factor,
        now: i64,
    ) -> Result<Result<()>, StoreError> {
        let since = now - millis(app.config.login.known_address_lifetime);
        let known = known_addresses::is_known(tx, self.user, &self.known_as, since).await?;
        let rows = attempts::by_keys(tx, &self.keys()).await?;
        let [pair, address, account] = [0, 1, 2].map(|n| rows.get(n).copied().flatten());
        let waiting =
            |row: Option<AttemptRow>| row.and_then(|row| wait(Some(&counter(row)), now)).unwrap_or(0);
        let mut left = waiting(pair).max(waiting(address));
        if factor == Factor::Totp {
            let account = account.filter(|_| !known);
            left = left.max(waiting(account));
            let bound = i64::from(app.config.login.lock_unknown_after);
            for row in [pair, account].into_iter().flatten().filter(|row| row.consecutive >= bound) {
                left = left.max(row.last_failed_at + DAY - now);
            }
        }
        if left > 0 {
            let what = "too many wrong codes for this account; a recovery code or a passkey may still do";
            return Ok(Err(throttled(left, what)));
        }
        Ok(Ok(()))
    }

    /// Counts a failure on all three; answers how many in a row there were on the account.
    ///
    /// # Errors
    /// When the database does.
    pub(in crate::flow) async fn failed(
        &self,
        app: &App,
        tx: &mut Tx<'_>,
        now: i64,
    ) -> Result<i64, StoreError> {
        let login = &app.config.login;
        let doubling =
            Then::Double { first: millis(login.pair_wait_first), longest: millis(login.pair_wait_longest) };
        let limits =
            [limit(login.pair, doubling), limit(login.ip, Then::WaitForWindow), limit(login.pair, doubling)];
        let held = attempts::hold(tx, &self.keys()).await?;
        let mut in_a_row = 0;
        for ((key, before), limit) in self.keys().into_iter().zip(held).zip(limits) {
            let after = failed(Some(counter(before)), limit, now);
            in_a_row = after.consecutive;
            attempts::record(tx, key, &row(after)).await?;
        }
        Ok(in_a_row)
    }

    /// Forgets what was counted on the account and on the pair.
    ///
    /// # Errors
    /// When the database does.
    pub(in crate::flow) async fn succeeded(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        attempts::clear(tx, &self.pair).await?;
        attempts::clear(tx, &self.account).await.map(drop)
    }

    fn keys(&self) -> [&[u8]; 3] {
        [&self.pair, &self.address, &self.account]
    }
}

const DAY: i64 = 86_400_000;
