//! The second step of a login: the factor is shown, and the session opens.
//!
//! Trying, counting, using the code up and opening the session are one transaction that holds the account's row, so that
//! answers at once, on one server or on two, come one by one: five tries are five, and of two that bring one code one
//! gets in.

use jotgate_token::reason;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{
    Factor,
    challenge::{TRIES, Waiting, over},
    recovery, tell, totp,
};
use crate::{
    app::{App, passkeys::invalid},
    error::{Error, Refused, Result},
    flow::{
        Client,
        audit::Event,
        enter::{Entrance, LoggedIn, enter},
        mail::{self, FactorChange},
        passkey::{Proven, prove},
        throttle::CountedFactor,
    },
    rule::authentication::Method,
    store::{StoreError, Tx, challenges, recovery_codes, users::UserRow},
};

/// What is shown.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A code of the authenticator app.
    Totp(SecretString),
    /// A recovery code.
    RecoveryCode(SecretString),
    /// A passkey that was believed: [`show_passkey`].
    Passkey(Box<Proven>),
}

/// An answer to a waiting login.
#[derive(Debug)]
pub struct Answer {
    /// The login, as [`look`](super::challenge::look) found it.
    pub waiting: Waiting,
    /// What is shown.
    pub shown: Shown,
    /// The refresh tokens the same browser holds, whose sessions end.
    pub replaces: Vec<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// Opens the session that the login was about to open, if the factor is right.
///
/// # Errors
/// `mfa.code_wrong`, `link.expired`, `login.throttled`.
pub async fn answer(app: &App, answer: Answer) -> Result<LoggedIn> {
    let Answer { waiting, shown, replaces, client } = answer;
    let try_ = Try {
        hash: waiting.hash,
        user: waiting.user.clone(),
        counted: CountedFactor::new(app, waiting.user.id, client.ip),
        client: client.clone(),
        shown,
    };
    let continues = waiting.continues();
    let mut methods = waiting.pending.methods;
    methods.push(try_.shown.method());
    let entrance = Entrance {
        user: waiting.user,
        is_new: false,
        methods,
        delivery: waiting.delivery,
        audience: waiting.pending.audience,
        replaces,
        continues,
        stale: &reason::LINK_EXPIRED,
        client,
    };
    let of = app.clone();
    let entered = enter(app, entrance, async move |tx: &mut Tx<'_>| try_.settle(&of, tx).await).await;
    entered.inspect_err(|_| app.counters.logins_failed.add())
}

/// Believes the answer of a passkey to this login, or takes one of its tries.
///
/// # Errors
/// `passkey.invalid`.
pub async fn show_passkey(app: &App, waiting: &Waiting, answer: Value, client: &Client) -> Result<Shown> {
    let Some(asked) = &waiting.pending.passkey else {
        return Err(invalid("This login does not ask for a passkey.").into());
    };
    match prove(app, &asked.state, answer, Some(waiting.user.id), client).await {
        Ok(proven) => Ok(Shown::Passkey(Box::new(proven))),
        Err(error) => {
            let (hash, now) = (waiting.hash, app.clock.now_ms());
            app.counters.logins_failed.add();
            app.store
                .write(async move |tx: &mut Tx<'_>| challenges::take_try(tx, &hash, TRIES, now).await)
                .await?;
            Err(error)
        }
    }
}

impl Shown {
    fn factor(&self) -> Factor {
        match self {
            Self::Totp(_) => Factor::Totp,
            Self::RecoveryCode(_) => Factor::RecoveryCode,
            Self::Passkey(_) => Factor::Passkey,
        }
    }

    fn method(&self) -> Method {
        match self {
            Self::Totp(_) => Method::Totp,
            Self::RecoveryCode(_) => Method::RecoveryCode,
            Self::Passkey(proven) => proven.method(),
        }
    }
}

#[derive(Debug)]
struct Try {
    hash: [u8; 32],
    user: UserRow,
    shown: Shown,
    counted: CountedFactor,
    client: Client,
}

impl Try {
    async fn settle(&self, app: &App, tx: &mut Tx<'_>) -> Result<Result<()>, StoreError> {
        let now = app.clock.now_ms();
        // Before a try is taken: a wait that somebody else caused must not use up the owner's five.
        if let Err(throttled) = self.counted.admit(app, tx, self.shown.factor(), now).await? {
            return Ok(Err(throttled));
        }
        let Some(tries) = challenges::take_try(tx, &self.hash, TRIES, now).await? else {
            return Ok(Err(over()));
        };
        let right = match &self.shown {
            Shown::Totp(code) => totp::take(app, tx, self.user.id, code).await?,
            Shown::RecoveryCode(code) => recovery::take(tx, self.user.id, code, now).await?,
            Shown::Passkey(proven) => match proven.settle(tx, now).await? {
                Ok(()) => true,
                Err(refused) => return Ok(Err(refused)),
            },
        };
        if !right {
            return self.wrong(app, tx, tries).await.map(Err);
        }
        if !challenges::use_up(tx, &self.hash, now).await? {
            return Ok(Err(over()));
        }
        self.counted.succeeded(tx).await?;
        if self.shown.factor() == Factor::RecoveryCode {
            self.note_recovery(app, tx).await?;
        }
        Ok(Ok(()))
    }

    /// Counted, written down and told with the tries that are left.
    async fn wrong(&self, app: &App, tx: &mut Tx<'_>, tries: i64) -> Result<Error, StoreError> {
        let now = app.clock.now_ms();
        let in_a_row = self.counted.failed(app, tx, now).await?;
        let factor = self.shown.factor().name();
        self.event("mfa.failed", now, json!({ "factor": factor, "in_a_row": in_a_row }))
            .write(app, tx)
            .await?;
        let detail = match TRIES - tries {
            0 => "This code is not right, and it was the last try. Log in again.".to_owned(),
            1 => "This code is not right. One try is left.".to_owned(),
            left => format!("This code is not right. {left} tries are left."),
        };
        Ok(Refused::new(&reason::MFA_CODE_WRONG).detail(detail).into())
    }

    async fn note_recovery(&self, app: &App, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let now = app.clock.now_ms();
        let left = recovery_codes::left(tx, self.user.id).await?.map_or(0, |codes| codes.left);
        let change = FactorChange::CodeUsed { left: u32::try_from(left).unwrap_or(0) };
        tell(app, tx, &self.user, change, mail::seen(&self.client, now)).await?;
        self.event("recovery_code.used", now, json!({ "left": left })).write(app, tx).await
    }

    fn event(&self, kind: &'static str, at: i64, detail: Value) -> Event {
        Event::new(kind, at).user(self.user.id).request(&self.client.request_id).detail(detail)
    }
}
