//! How many mails somebody may have sent to an address: every one counts, not only failures, because the inbox that is
//! flooded is seldom that of who asks.
//!
//! A network that asks too often is told so. An address that was asked for too often is not: the answer would be the
//! same for everybody, but the mails would stop, and that is all that has to happen. The limit of an address from one
//! network is below that of the address, so that nobody alone can keep the owner from getting a mail.

use std::net::IpAddr;

use super::{Limit, Then, counter, failed, network, row, wait};
use crate::{
    app::App,
    store::{StoreError, Tx, UserId, attempts},
};

/// The three counters of one mail.
#[derive(Debug, Clone)]
pub(in crate::flow) struct CountedMail {
    network: [u8; 32],
    pair: [u8; 32],
    address: [u8; 32],
}

/// Whether there is room for one mail more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::flow) enum Room {
    /// There is, and it has been taken.
    Taken,
    /// Not for this address: say nothing and send nothing.
    NotForAddress,
    /// Not for this network, for so many milliseconds.
    NotForNetwork(i64),
}

impl CountedMail {
    /// The counters of a mail to this address, by its key, asked for from there.
    pub(in crate::flow) fn new(app: &App, key: &str, ip: IpAddr) -> Self {
        let (master, network) = (app.keyring.master(), network(ip));
        Self {
            network: master.counter("mail network", &[&network]),
            pair: master.counter("mail pair", &[key, &network]),
            address: master.counter("mail address", &[key]),
        }
    }

    /// Takes room for one mail. The same statements whatever is found, because each can be timed.
    pub(in crate::flow) async fn take(&self, tx: &mut Tx<'_>, now: i64) -> Result<Room, StoreError> {
        let keys: [&[u8]; 3] = [&self.network, &self.pair, &self.address];
        let held: Vec<_> = attempts::hold(tx, &keys).await?.into_iter().map(counter).collect();
        let waits: Vec<_> = held.iter().map(|one| wait(Some(one), now)).collect();
        let room = match waits[..] {
            [Some(left), ..] => Room::NotForNetwork(left),
            [None, None, None] => Room::Taken,
            _ => Room::NotForAddress,
        };
        for (place, ((key, before), limit)) in keys.into_iter().zip(held).zip(LIMITS).enumerate() {
            // A mail that is not sent takes no room of its address; asking for it counts for the network.
            let counts = room == Room::Taken || (place == 0 && room == Room::NotForAddress);
            let after = if counts { failed(Some(before), limit, now) } else { before };
            attempts::record(tx, key, &row(after)).await?;
        }
        Ok(room)
    }
}

/// Whether an account may be reminded of its unproven address now, which counts as done.
pub(in crate::flow) async fn take_reminder(
    app: &App,
    tx: &mut Tx<'_>,
    user: UserId,
    now: i64,
) -> Result<bool, StoreError> {
    let key = app.keyring.master().counter("mail reminder", &[&user.0.to_string()]);
    let before = attempts::hold(tx, &[&key]).await?.first().copied().map(counter);
    let due = wait(before.as_ref(), now).is_none();
    if due {
        attempts::record(tx, &key, &row(failed(before, REMINDER, now))).await?;
    }
    Ok(due)
}

const REMINDER: Limit = Limit { failures: 1, window: 5 * MINUTE, then: Then::WaitForWindow };
const MINUTE: i64 = 60_000;

/// Of a network, of an address from one network, of an address.
const LIMITS: [Limit; 3] = [
    Limit { failures: 60, window: 15 * MINUTE, then: Then::WaitForWindow },
    Limit { failures: 4, window: 60 * MINUTE, then: Then::WaitForWindow },
    Limit { failures: 12, window: 60 * MINUTE, then: Then::WaitForWindow },
];
