//! Doing what was asked: who is it, and what do they get. Each request in one transaction with its mail.

use super::{Asked, NewUser, Wanted, open};
use crate::{
    app::App,
    error::Result,
    flow::{
        link::{self, Purpose},
        mail::{self, Letter, To},
        sign_up,
    },
    rule::identity::Email,
    store::{
        StoreError, Tx, UserId,
        mail_requests::{self, MailRequestRow},
        users::{self, Inserted, UserRow},
    },
    text::Language,
};

/// Does everything that was asked so far, the oldest first; answers how much that was.
///
/// # Errors
/// When the database does: what is left is done the next time.
pub async fn answer_mail_requests(app: &App) -> Result<usize> {
    let mut done = 0;
    loop {
        let rows =
            app.store.read(async move |tx: &mut Tx<'_>| mail_requests::oldest(tx, AT_ONCE).await).await?;
        if rows.is_empty() {
            return Ok(done);
        }
        for row in rows {
            done += usize::from(answer(app, row).await?);
        }
    }
}

/// One request. `false` when another server had it.
async fn answer(app: &App, row: MailRequestRow) -> Result<bool> {
    let late = app.clock.now_ms() - row.created_at > TOO_LATE;
    if late {
        tracing::warn!(
            "a mail was asked for an hour ago, while no server could write it: it is not sent any more"
        );
    }
    let of = app.clone();
    let answered = app.store.write(async move |tx: &mut Tx<'_>| {
        if !mail_requests::take(tx, row.id).await? {
            return Ok(false);
        }
        match open(&of, &row) {
            Some(asked) if !late => act(&of, tx, &asked).await?,
            Some(_) => {}
            None => tracing::warn!("a mail was asked for under another master key: it is not sent"),
        }
        Ok(true)
    });
    Ok(answered.await?)
}

async fn act(app: &App, tx: &mut Tx<'_>, asked: &Asked) -> Result<(), StoreError> {
    let owner = users::by_email_key(tx, &asked.key).await?;
    let able = owner.as_ref().filter(|user| user.disabled_at.is_none());
    match &asked.wanted {
        Wanted::SignUp(new) => sign_up(app, tx, asked, new, owner).await,
        Wanted::AnotherAddress { user, credential_epoch } => {
            another_address(app, tx, asked, (UserId(*user), *credential_epoch), able).await
        }
        Wanted::Verification => match able.filter(|user| !user.email_verified) {
            Some(user) => send(app, tx, asked, user, Purpose::VerifyEmail).await,
            None => Ok(()),
        },
        Wanted::Reset => match able {
            Some(user) => send(app, tx, asked, user, Purpose::ResetPassword).await,
            None => Ok(()),
        },
        Wanted::LoginCode => match able {
            Some(user) => send(app, tx, asked, user, Purpose::LogIn).await,
            None => Ok(()),
        },
    }
}

/// The account is made when its address is free, and lets nobody in before the address is proven.
///
/// When somebody signed up with it before, nothing is replaced and nothing is believed: either of the two may be the
/// owner. If they chose the same password they are the same person. If not, the password is contested, and whoever
/// proves the address chooses a new one; so neither the first nor the second can have put a password of theirs beside
/// the mail that the other one opens (pre-hijacking).
async fn sign_up(
    app: &App,
    tx: &mut Tx<'_>,
    asked: &Asked,
    new: &NewUser,
    owner: Option<UserRow>,
) -> Result<(), StoreError> {
    let user = match owner {
        Some(user) if user.disabled_at.is_some() => return Ok(()),
        Some(user) if user.email_verified => {
            return post(app, tx, asked, &user, &user.email, registered(app)).await;
        }
        Some(user) => {
            if user.password_hash.as_ref() != Some(&new.password_hash) {
                users::contest_password(tx, user.id).await?;
            }
            user
        }
        None => match insert(app, tx, asked, new).await? {
            Some(user) => user,
            // Somebody took the address in this very moment: the next try finds them.
            None => return Err(StoreError::Conflict),
        },
    };
    send(app, tx, asked, &user, Purpose::VerifyEmail).await
}

async fn insert(
    app: &App,
    tx: &mut Tx<'_>,
    asked: &Asked,
    new: &NewUser,
) -> Result<Option<UserRow>, StoreError> {
    let email = Email { shown: asked.shown.clone(), key: asked.key.clone() };
    let mut user = sign_up::row(app, email, app.clock.now_ms());
    (user.username, user.username_key) = new.username.clone().unzip();
    user.name.clone_from(&new.name);
    user.password_hash = Some(new.password_hash.clone());
    let mut inserted = sign_up::insert(app, tx, &user, Some(&asked.request_id)).await?;
    if inserted == Inserted::UsernameTaken {
        // It was free when it was asked for. An account without it is worth more than none.
        (user.username, user.username_key) = (None, None);
        inserted = sign_up::insert(app, tx, &user, Some(&asked.request_id)).await?;
    }
    if inserted == Inserted::Done {
        app.counters.sign_ups.add();
        return Ok(Some(user));
    }
    Ok(None)
}

/// The new address proves itself. When it has an account its owner is told of that, and who asked is not.
async fn another_address(
    app: &App,
    tx: &mut Tx<'_>,
    asked: &Asked,
    (id, epoch): (UserId, i64),
    owner: Option<&UserRow>,
) -> Result<(), StoreError> {
    if let Some(owner) = owner.filter(|owner| owner.id != id) {
        return post(app, tx, asked, owner, &owner.email, registered(app)).await;
    }
    let user = users::by_id(tx, id).await?;
    let Some(user) = user.filter(|user| user.disabled_at.is_none() && user.credential_epoch == epoch) else {
        return Ok(());
    };
    send(app, tx, asked, &user, Purpose::ChangeEmail).await
}

/// Makes the link and posts it: to the address as the account has it and not as it was typed just now, because two
/// ways of writing that count as one address here may be two inboxes elsewhere.
async fn send(
    app: &App,
    tx: &mut Tx<'_>,
    asked: &Asked,
    user: &UserRow,
    purpose: Purpose,
) -> Result<(), StoreError> {
    let to = match purpose {
        Purpose::ChangeEmail => Email { shown: asked.shown.clone(), key: asked.key.clone() },
        _ => Email { shown: user.email.clone(), key: user.email_key.clone() },
    };
    let made = link::make(app, tx, purpose, user, &to).await?;
    post(app, tx, asked, user, &to.shown, made.letter(purpose)).await
}

async fn post(
    app: &App,
    tx: &mut Tx<'_>,
    asked: &Asked,
    user: &UserRow,
    address: &str,
    letter: Letter,
) -> Result<(), StoreError> {
    let otherwise = Language::parse(&asked.language).unwrap_or_default();
    mail::post(app, tx, To { address, ..To::owner(user, otherwise) }, letter).await
}

fn registered(app: &App) -> Letter {
    let page = |path: &str| format!("{}{path}", app.config.issuer.as_str());
    Letter::AlreadyRegistered { login_url: page("/login"), forgot_url: page("/forgot") }
}

const AT_ONCE: u32 = 50;

/// Whoever asked has long asked again, in milliseconds.
const TOO_LATE: i64 = 3_600_000;
