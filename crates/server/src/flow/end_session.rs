//! The only door through which a session ends: state, audit, the revocation feed and the status list.
//!
//! All of it in the caller's transaction, because a session that is over in one place and alive in another is the bug
//! people fear most in token systems. The feed's entry belongs in `announce` and nowhere else.

use jotgate_token::revocation::Kind;
use serde_json::json;

use super::{audit::Event, revocations, status_list};
use crate::{
    app::App,
    store::{SessionId, StoreError, Tx, UserId, sessions},
};

/// Why a session ends. The word is stored and shown by `jotgate why`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// The user logged out.
    LogOut,
    /// The user logged out everywhere.
    LogOutEverywhere,
    /// The user ended it from the session list.
    EndedByUser,
    /// Somebody logged in anew in the same browser.
    Replaced,
    /// The password was changed; a session opened with the old one is over.
    PasswordChange,
    /// An operator set a new password.
    PasswordSet,
    /// The forgotten password was set anew.
    PasswordReset,
    /// The address was shown to be the user's for the first time; who signed in before may have been another.
    EmailVerified,
    /// The account was disabled.
    Disabled,
    /// The account was deleted.
    Deleted,
    /// A second factor was removed, or all of them.
    FactorRemoved,
    /// A refresh token came out of turn.
    Reuse,
}

impl EndReason {
    /// The stored word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LogOut => "logout",
            Self::LogOutEverywhere => "logout_everywhere",
            Self::EndedByUser => "ended_by_user",
            Self::Replaced => "replaced",
            Self::PasswordChange => "password_change",
            Self::PasswordSet => "password_set",
            Self::PasswordReset => "password_reset",
            Self::EmailVerified => "email_verified",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
            Self::FactorRemoved => "factor_removed",
            Self::Reuse => "reuse",
        }
    }
}

/// Whose sessions end, why and when.
#[derive(Debug, Clone)]
pub struct Ending {
    /// The owner.
    pub user: UserId,
    /// Why.
    pub reason: EndReason,
    /// Unix milliseconds.
    pub at: i64,
    /// The request that caused it, if one did.
    pub request_id: Option<String>,
}

/// Ends one session. `false` when it had ended before: then nothing is written a second time.
///
/// # Errors
/// When the database does.
pub async fn end_session(
    app: &App,
    tx: &mut Tx<'_>,
    session: SessionId,
    ending: &Ending,
) -> Result<bool, StoreError> {
    if !sessions::end(tx, session, ending.at, ending.reason.name()).await? {
        return Ok(false);
    }
    announce(app, tx, &[session], ending).await?;
    Ok(true)
}

/// Ends all live sessions of an account but one, and answers how many.
///
/// # Errors
/// When the database does.
pub async fn end_all_sessions(
    app: &App,
    tx: &mut Tx<'_>,
    except: Option<SessionId>,
    ending: &Ending,
) -> Result<usize, StoreError> {
    let ended = sessions::end_all(tx, ending.user, except, ending.at, ending.reason.name()).await?;
    announce(app, tx, &ended, ending).await?;
    Ok(ended.len())
}

/// Everybody who must learn of it learns of it here.
async fn announce(
    app: &App,
    tx: &mut Tx<'_>,
    ended: &[SessionId],
    ending: &Ending,
) -> Result<(), StoreError> {
    let ids: Vec<String> = ended.iter().map(ToString::to_string).collect();
    revocations::announce_all(app, tx, Kind::Session, &ids, 0).await?;
    for session in ended {
        status_list::end(app, tx, *session).await?;
        let mut event = Event::new("session.ended", ending.at)
            .user(ending.user)
            .session(*session)
            .detail(json!({ "reason": ending.reason.name() }));
        if let Some(request_id) = &ending.request_id {
            event = event.request(request_id);
        }
        event.write(app, tx).await?;
        app.counters.sessions_ended.add();
    }
    Ok(())
}
