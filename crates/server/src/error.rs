//! What a flow answers when it does not answer what was asked.
//!
//! A refusal is already named by the catalogue of reasons, so flows share one refusal type instead of an enum each
//! (ADR 0002). Not for: HTTP words (`http::problem` turns these into answers).

use jotgate_token::reason::{self, Reason};

use crate::store::{SessionId, StoreError};

/// Why a flow did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The caller's doing: refused by a rule, with the mend.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// The database's doing.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own doing. The text is for the log only.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// What the caller is told: refusals as they are, of everything else only whose fault it is, because causes name
    /// hosts, files and rows.
    #[must_use]
    pub fn refusal(&self) -> Refused {
        match self {
            Self::Refused(refused) => (**refused).clone(),
            Self::Store(StoreError::Busy) => Refused::new(&reason::SERVER_BUSY)
                .detail("the database has more to do than it can")
                .retry_after_ms(1_000),
            Self::Store(_) => Refused::new(&reason::SERVER_DATABASE).retry_after_ms(1_000),
            Self::Internal(_) => Refused::new(&reason::SERVER_INTERNAL),
        }
    }
}

impl Error {
    /// What the caller is told. The cause of a fault that is not the caller's is for the log only.
    #[must_use]
    pub fn into_refused(self) -> Refused {
        match self {
            Self::Refused(refused) => *refused,
            Self::Store(StoreError::Busy) => Refused::new(&reason::SERVER_BUSY),
            Self::Store(_) => Refused::new(&reason::SERVER_DATABASE),
            Self::Internal(_) => Refused::new(&reason::SERVER_INTERNAL),
        }
    }
}

/// Shorthand for what flows return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal: which reason, and what helps to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The catalogue entry; gives status, title and page.
    pub reason: &'static Reason,
    /// What happened here, in a sentence.
    pub detail: Option<String>,
    /// What would have been accepted.
    pub expected: Option<String>,
    /// What came instead. Never a token, secret or password.
    pub received: Option<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u64>,
    /// The session concerned, for `jotgate why`; never sent to the caller.
    pub session: Option<SessionId>,
}

impl Refused {
    /// A refusal for this reason.
    #[must_use]
    pub fn new(reason: &'static Reason) -> Self {
        Self {
            reason,
            detail: None,
            expected: None,
            received: None,
            hint: None,
            retry_after: None,
            session: None,
        }
    }

    /// Says what happened.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says what would have been accepted.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Says what came instead.
    #[must_use]
    pub fn received(mut self, received: impl Into<String>) -> Self {
        self.received = Some(received.into());
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says when to try again, from milliseconds, rounded up to whole seconds.
    #[must_use]
    pub fn retry_after_ms(mut self, milliseconds: i64) -> Self {
        self.retry_after = Some(u64::try_from((milliseconds + 999) / 1000).unwrap_or(0).max(1));
        self
    }

    /// Names the session concerned.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.reason.code, self.detail.as_deref().unwrap_or(self.reason.title))
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused))
    }
}

impl From<&'static Reason> for Error {
    fn from(reason: &'static Reason) -> Self {
        Refused::new(reason).into()
    }
}

/// A token that did not pass keeps its reason, what was expected and what came.
impl From<jotgate_jose::Error> for Error {
    fn from(error: jotgate_jose::Error) -> Self {
        let Some(reason) = reason::by_code(error.reason().code()) else {
            return Self::Internal(format!("the catalogue misses {}", error.reason().code()));
        };
        let mut refused = Refused::new(reason);
        refused.expected = error.expected().map(Into::into);
        refused.received = error.received().map(Into::into);
        refused.hint = error.hint().map(Into::into);
        refused.into()
    }
}
