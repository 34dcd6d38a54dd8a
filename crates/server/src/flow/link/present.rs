//! A link or a code as somebody presents it: the throttle of codes, then the look.
//!
//! Wrong codes count for the address in the mail and the network they come from, like wrong passwords, whoever that
//! address is. The same statements are run whether there is such an account, such a mail, or neither.

use secrecy::SecretString;

use super::{Good, Purpose, Shown, Unusable, key_of, look};
use crate::{
    app::App,
    error::Error,
    flow::{Client, audit::Event, throttle::CountedPair},
    store::{StoreError, Tx},
};

/// Looks at what was shown. Wants a transaction that commits whatever the answer is, because tries are counted.
///
/// # Errors
/// When the database does. The inner refusal is `link.used`, `link.expired`, `link.code_wrong` or `login.throttled`.
pub(in crate::flow) async fn present(
    app: &App,
    tx: &mut Tx<'_>,
    purposes: &[Purpose],
    shown: &Shown,
    client: &Client,
) -> Result<Result<Good, Error>, StoreError> {
    // Nobody guesses 32 random bytes, so links are not counted.
    let Shown::Code { email, .. } = shown else {
        return Ok(look(app, tx, purposes, shown).await?.map_err(Error::from));
    };
    let now = app.clock.now_ms();
    let counted = CountedPair::of_code(app, &key_of(email), client.ip);
    let before = counted.look(tx, now).await?;
    if let Err(refused) = before.admit() {
        return Ok(Err(refused));
    }
    let looked = look(app, tx, purposes, shown).await?;
    if looked.is_err() {
        counted.failed(app, tx, now).await?;
        Event::new("link.code_wrong", now).request(&client.request_id).write(app, tx).await?;
    } else if before.has_failed {
        counted.succeeded(tx).await?;
    }
    Ok(looked.map_err(Error::from))
}

impl Shown {
    /// What a form or a body holds: the link's secret, or address and code.
    #[must_use]
    pub fn of(
        token: Option<SecretString>,
        email: Option<String>,
        code: Option<SecretString>,
    ) -> Option<Self> {
        match (token, email, code) {
            (Some(token), _, _) => Some(Self::Token(token)),
            (None, Some(email), Some(code)) => Some(Self::Code { email, code }),
            _ => None,
        }
    }
}

impl From<Unusable> for Error {
    fn from(unusable: Unusable) -> Self {
        use jotgate_token::reason;
        match unusable {
            Unusable::Used => (&reason::LINK_USED).into(),
            Unusable::Expired => (&reason::LINK_EXPIRED).into(),
            Unusable::WrongCode => (&reason::LINK_CODE_WRONG).into(),
        }
    }
}
