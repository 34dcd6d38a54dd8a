//! The life of a token, to be watched on a page: a throw-away account, and the steps that a client and a thief take.
//!
//! Every step is done by the flow that serves everybody; here stands only who holds which token and what came of it. Not
//! for people's accounts: whoever watches sees the tokens.

use jotgate_jose::primitive::base64url;
use jotgate_token::{
    reason::{self, Reason},
    refresh::RefreshToken,
};
use uuid::Uuid;

use super::{
    AccessToken, Client, Delivery, Session,
    authenticate::authenticate,
    log_in::{LogIn, Login, log_in},
    log_out::{LogOut, log_out},
    operator::{AddUser, add_user, delete_user},
    refresh::{Presented, Refresh, refresh},
};
use crate::{
    app::App,
    error::{Error, Result},
};

/// One account, its tokens, and what happened to them.
pub struct Life {
    user: Uuid,
    access: AccessToken,
    access_ends: i64,
    /// Every refresh token it got with its generation, the newest last.
    refresh: Vec<(u64, RefreshToken)>,
    moments: Vec<Moment>,
}

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The account logs in. Every life begins with it.
    LogIn,
    /// The client calls an API with the access token.
    Call,
    /// The client exchanges its newest refresh token.
    Refresh,
    /// A thief, or a client whose answer got lost, sends the refresh token before the newest.
    Replay,
    /// The client logs out.
    LogOut,
}

/// What was done, when, and what the server answered.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// What was done.
    pub act: Act,
    /// Unix milliseconds.
    pub at: i64,
    /// The status of the answer.
    pub status: u16,
    /// The reason of a refusal.
    pub reason: Option<&'static Reason>,
    /// The generation of the newest refresh token then.
    pub generation: u64,
}

impl Life {
    /// The access token in use.
    #[must_use]
    pub fn access(&self) -> &AccessToken {
        &self.access
    }

    /// When it ends, in Unix milliseconds.
    #[must_use]
    pub fn access_ends(&self) -> i64 {
        self.access_ends
    }

    /// What happened so far, the newest last.
    #[must_use]
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// Whether there is a refresh token that another one has superseded.
    #[must_use]
    pub fn has_superseded(&self) -> bool {
        self.refresh.len() > 1
    }

    /// Does one thing and notes what came of it.
    ///
    /// # Errors
    /// When the database does. A refusal is no error: it is what there is to see.
    pub async fn act(&mut self, app: &App, act: Act, client: Client) -> Result<()> {
        let outcome = match act {
            Act::LogIn => return Ok(()),
            Act::Call => authenticate(app, self.access.expose()).await.map(|_| None),
            Act::Refresh => present(app, self.refresh.last(), client).await.map(Some),
            Act::Replay => present(app, self.refresh.iter().rev().nth(1), client).await.map(Some),
            Act::LogOut => match self.refresh.last() {
                Some((_, token)) => {
                    let presented = Presented::Body(token.expose().into());
                    log_out(app, LogOut { presented, client }).await.map(|()| None)
                }
                None => Err((&reason::REFRESH_INVALID).into()),
            },
        };
        let (status, why) = match outcome {
            Ok(Some(session)) if act == Act::Refresh => {
                self.take(app, session);
                (200, None)
            }
            Ok(None) if act == Act::LogOut => (204, None),
            // What a thief gets, the client does not see.
            Ok(_) => (200, None),
            Err(Error::Refused(refused)) => (refused.reason.status, Some(refused.reason)),
            Err(error) => return Err(error),
        };
        self.note(app, act, status, why);
        Ok(())
    }

    fn take(&mut self, app: &App, session: Session) {
        self.access = session.access_token;
        self.access_ends = app.clock.now_ms() + session.expires_in * 1000;
        self.refresh.push((session.refresh_generation, session.refresh_token));
        if self.refresh.len() > MOST_TOKENS {
            self.refresh.remove(0);
        }
    }

    fn note(&mut self, app: &App, act: Act, status: u16, reason: Option<&'static Reason>) {
        let generation = self.refresh.last().map_or(0, |(generation, _)| *generation);
        if self.moments.len() >= MOST_MOMENTS {
            self.moments.remove(0);
        }
        self.moments.push(Moment { act, at: app.clock.now_ms(), status, reason, generation });
    }
}

/// Makes the account and logs it in.
///
/// # Errors
/// When the database does; `server.busy`.
pub async fn begin(app: &App, client: Client) -> Result<Life> {
    let name = base64url::encode(&app.random_bytes::<6>()).to_lowercase().replace(['-', '_'], "x");
    let email = format!("live-{name}@example.com");
    let password = base64url::encode(&app.random_bytes::<24>());
    let account = AddUser {
        email: email.clone(),
        username: None,
        name: None,
        password: password.clone().into(),
        roles: Vec::new(),
    };
    let user = add_user(app, account).await?.user.id;
    let input = LogIn {
        login: Login::Email(email),
        password: password.into(),
        delivery: Delivery::Body,
        audience: Some(vec![app.config.issuer.as_str().to_owned()]),
        replaces: Vec::new(),
        client,
    };
    let entered = log_in(app, input).await?.into_session();
    let session = entered.ok_or_else(|| Error::Internal("a new account has a second factor".into()))?;
    let mut life = Life {
        user,
        access: session.access_token.clone(),
        access_ends: 0,
        refresh: Vec::new(),
        moments: Vec::new(),
    };
    life.take(app, session);
    life.note(app, Act::LogIn, 200, None);
    Ok(life)
}

/// Takes the account away.
///
/// # Errors
/// When the database does.
pub async fn end(app: &App, life: Life) -> Result<()> {
    match delete_user(app, life.user).await {
        // Somebody else was faster, which is what was wanted.
        Err(Error::Refused(_)) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn present(app: &App, token: Option<&(u64, RefreshToken)>, client: Client) -> Result<Session> {
    let Some((_, token)) = token else { return Err((&reason::REFRESH_INVALID).into()) };
    // Without a key, as a thief has none, and a client that sends none shall be seen to be served as well.
    let presented = Presented::Body(token.expose().into());
    refresh(app, Refresh { presented, key: None, audience: None, client }).await
}

/// One that is superseded is enough for a theft; a few more show in the timeline.
const MOST_TOKENS: usize = 8;
const MOST_MOMENTS: usize = 40;
