//! Logging in with a code or a link that came by mail.
//!
//! It is also how the owner gets in from a new device while somebody guesses at the password: the throttle of passwords
//! does not apply, because a code is void after five tries.

use jotgate_token::reason;
use secrecy::SecretString;

use super::{
    Client, Delivery,
    confirm_email::prove_first,
    enter::{Entrance, LoggedIn, enter},
    issue,
    link::{Good, Purpose, Shown, present, use_up},
    throttle::Counted,
};
use crate::{
    app::App,
    error::Result,
    rule::authentication::Method,
    store::{Tx, users::UserRow},
};

/// What such a login brings.
#[derive(Debug)]
pub struct LogInByMail {
    /// The link or the code.
    pub shown: Shown,
    /// How the tokens are to travel.
    pub delivery: Delivery,
    /// For which APIs.
    pub audience: Option<Vec<String>>,
    /// The refresh tokens the same browser held, whose sessions end.
    pub replaces: Vec<SecretString>,
    /// Who asks.
    pub client: Client,
}

/// Opens a session for whoever reads the mail of the account, or asks for the second factor.
///
/// # Errors
/// `link.used`, `link.expired`, `link.code_wrong`, `login.throttled`, `request.body`.
pub async fn log_in_by_mail(app: &App, input: LogInByMail) -> Result<LoggedIn> {
    let LogInByMail { shown, delivery, audience, replaces, client } = input;
    let audience = issue::audience(app, audience.as_deref())?;
    let (good, user) = check(app, shown, client.clone()).await?;
    let counted = Counted::new(app, &user.id.0.to_string(), client.ip);
    let entrance = Entrance {
        user,
        is_new: false,
        methods: vec![Method::MailedCode],
        delivery,
        audience,
        replaces,
        continues: None,
        stale: &reason::LINK_EXPIRED,
        client,
    };
    let of = app.clone();
    let entered = enter(app, entrance, async move |tx: &mut Tx<'_>| {
        // A link that proved the address is used up by then.
        if let Some(good) = &good
            && !use_up(&of, tx, good).await?
        {
            return Ok(Err((&reason::LINK_USED).into()));
        }
        counted.succeeded(tx).await.map(Ok)
    });
    let entered = entered.await?;
    app.counters.logins.add();
    Ok(entered)
}

/// The account, and the link that is still to be used up. Where the address was never proven, this proves it, which
/// changes the account's credentials: that is done first, and the session opened for the account as it is then.
async fn check(app: &App, shown: Shown, client: Client) -> Result<(Option<Good>, UserRow)> {
    let of = app.clone();
    let looked = app.store.write(async move |tx: &mut Tx<'_>| {
        let good = match present(&of, tx, &[Purpose::LogIn], &shown, &client).await? {
            Ok(good) => good,
            Err(refused) => return Ok(Err(refused)),
        };
        if good.user.email_verified {
            let user = good.user.clone();
            return Ok(Ok((Some(good), user)));
        }
        if !use_up(&of, tx, &good).await? {
            return Ok(Err((&reason::LINK_USED).into()));
        }
        Ok(Ok((None, prove_first(&of, tx, &good.user, &client).await?)))
    });
    looked.await?
}
