//! What a verifier demands. A policy does not exist without a decision on issuer, audience and type, because every
//! check that could be forgotten has been forgotten by somebody (RFC 8725 sections 3.8, 3.9, 3.11).

use std::time::Duration;

use crate::error::{Error, Reason};
use crate::jws::compact;
use crate::{Algorithm, Result};

/// Whose tokens.
#[derive(Debug, Clone)]
pub struct Issuer(pub(crate) Option<String>);

impl Issuer {
    /// This issuer, compared exactly: no normalising of case, slash or port.
    ///
    /// ```
    /// # use jotgate_jose::jwt::Issuer;
    /// let issuer = Issuer::exact("https://id.example"); // not with a slash behind, not in capitals
    /// ```
    #[must_use]
    pub fn exact(issuer: impl Into<String>) -> Self {
        Self(Some(issuer.into()))
    }

    /// Any or none: only where the key alone says who speaks. A present `iss` must still be a string.
    ///
    /// ```
    /// # use jotgate_jose::jwt::Issuer;
    /// let issuer = Issuer::any();
    /// ```
    #[must_use]
    pub fn any() -> Self {
        Self(None)
    }
}

/// For whom tokens must be meant.
#[derive(Debug, Clone)]
pub struct Audience(pub(crate) Audiences);

#[derive(Debug, Clone)]
pub(crate) enum Audiences {
    Unchecked,
    AnyOf(Vec<String>),
    Only(String),
}

impl Audience {
    /// `aud` holds at least one of these names.
    ///
    /// ```
    /// # use jotgate_jose::jwt::Audience;
    /// let audience = Audience::any_of(["https://api.example", "https://old.example"]);
    /// ```
    #[must_use]
    pub fn any_of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(Audiences::AnyOf(names.into_iter().map(Into::into).collect()))
    }

    /// `aud` holds this name and no other.
    ///
    /// ```
    /// # use jotgate_jose::jwt::Audience;
    /// let audience = Audience::only("https://api.example"); // `[ours, theirs]` is refused
    /// ```
    #[must_use]
    pub fn only(name: impl Into<String>) -> Self {
        Self(Audiences::Only(name.into()))
    }

    /// Any or none: only for tokens that by their nature have no audience. A present `aud` must still be well-formed.
    ///
    /// ```
    /// # use jotgate_jose::jwt::Audience;
    /// let audience = Audience::any();
    /// ```
    #[must_use]
    pub fn any() -> Self {
        Self(Audiences::Unchecked)
    }
}

/// What kind of token, by the header's `typ`.
#[derive(Debug, Clone)]
pub struct Typ(pub(crate) Types);

#[derive(Debug, Clone)]
pub(crate) enum Types {
    Unchecked,
    Exact(String),
    AbsentOr(String),
}

impl Typ {
    /// This media type. `at+jwt` also takes `application/at+jwt`, and case does not matter (RFC 7515 section 4.1.9).
    ///
    /// ```
    /// # use jotgate_jose::jwt::Typ;
    /// let typ = Typ::exact("at+jwt");
    /// ```
    #[must_use]
    pub fn exact(typ: impl Into<String>) -> Self {
        Self(Types::Exact(typ.into()))
    }

    /// This media type, or no `typ` at all: for formats older than explicit typing, such as ID tokens.
    ///
    /// ```
    /// # use jotgate_jose::jwt::Typ;
    /// let typ = Typ::absent_or("JWT");
    /// ```
    #[must_use]
    pub fn absent_or(typ: impl Into<String>) -> Self {
        Self(Types::AbsentOr(typ.into()))
    }

    /// Any or none: only where no other kind of token is signed with these keys.
    ///
    /// ```
    /// # use jotgate_jose::jwt::Typ;
    /// let typ = Typ::any();
    /// ```
    #[must_use]
    pub fn any() -> Self {
        Self(Types::Unchecked)
    }
}

/// Everything a token must satisfy besides its signature.
///
/// ```
/// use jotgate_jose::{Algorithm, jwt::{Audience, Issuer, Policy, Typ}};
///
/// let policy = Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"))
///     .algorithms([Algorithm::Es256])
///     .leeway(5)?;
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Policy {
    pub(crate) issuer: Issuer,
    pub(crate) audience: Audience,
    pub(crate) typ: Typ,
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    pub(crate) leeway: i64,
    pub(crate) wants_exp: bool,
    pub(crate) max_age: Option<i64>,
    pub(crate) wanted: Vec<Wanted>,
    pub(crate) max_len: usize,
}

/// A claim beyond the registered checks.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    /// A string it must equal.
    pub(crate) value: Option<String>,
}

impl Policy {
    /// Demands `exp`, and whatever issuer, audience and type say. No leeway.
    ///
    /// ```
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// let policy =
    ///     Policy::new(Issuer::exact("https://id.example"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// ```
    #[must_use]
    pub fn new(issuer: Issuer, audience: Audience, typ: Typ) -> Self {
        Self {
            issuer,
            audience,
            typ,
            algorithms: None,
            leeway: 0,
            wants_exp: true,
            max_age: None,
            wanted: Vec::new(),
            max_len: MAX_LEN,
        }
    }

    /// Narrows the algorithms; keys already carry theirs, so this is for sets that hold more than the caller wants.
    ///
    /// ```
    /// # use jotgate_jose::Algorithm;
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// # let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let policy = policy.algorithms([Algorithm::Es256, Algorithm::Ed25519]);
    /// ```
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = Some(algorithms.into_iter().collect());
        self
    }

    /// Seconds by which clocks may differ, for `exp`, `nbf` and `iat`. None by default; 60 is plenty.
    ///
    /// ```
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// # let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// assert!(policy.clone().leeway(30).is_ok());
    /// assert_eq!(policy.leeway(3600).unwrap_err().reason().code(), "policy.invalid");
    /// ```
    ///
    /// # Errors
    /// `policy.invalid` above 300, because that is no difference of clocks any more but a longer token life.
    pub fn leeway(mut self, seconds: u32) -> Result<Self> {
        if seconds > MAX_LEEWAY {
            return Err(Error::new(Reason::PolicyInvalid, "the leeway is longer than clocks differ")
                .with_expected("at most 300 seconds")
                .with_received(format!("{seconds} seconds")));
        }
        self.leeway = seconds.into();
        Ok(self)
    }

    /// Accepts tokens that never expire. A present `exp` still counts.
    ///
    /// ```
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// # let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let policy = policy.without_exp();
    /// ```
    #[must_use]
    pub fn without_exp(mut self) -> Self {
        self.wants_exp = false;
        self
    }

    /// Demands `iat`, not longer ago than this.
    ///
    /// ```
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// # let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let policy = policy.max_age(std::time::Duration::from_secs(600));
    /// ```
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
        self
    }

    /// Demands a claim, of any type but null.
    ///
    /// ```
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// # let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let policy = policy.require("sub").require("jti");
    /// ```
    #[must_use]
    pub fn require(mut self, name: impl Into<String>) -> Self {
        self.wanted.push(Wanted { name: name.into(), value: None });
        self
    }

    /// Demands a claim that is this string, such as `nonce` or `sub`.
    ///
    /// ```
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// # let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let policy = policy.require_exact("nonce", "n-0S6_WzA2Mj");
    /// ```
    #[must_use]
    pub fn require_exact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.wanted.push(Wanted { name: name.into(), value: Some(value.into()) });
        self
    }

    /// Another cap than 16 KiB on the token, before anything is decoded; at most 64 MiB counts.
    ///
    /// ```
    /// # use jotgate_jose::jwt::{Audience, Issuer, Policy, Typ};
    /// # let policy = Policy::new(Issuer::exact("i"), Audience::any_of(["api"]), Typ::exact("at+jwt"));
    /// let policy = policy.max_len(4 * 1024);
    /// ```
    #[must_use]
    pub fn max_len(mut self, bytes: usize) -> Self {
        self.max_len = bytes.min(LARGEST);
        self
    }

    pub(super) fn limits(&self) -> compact::Limits<'_> {
        compact::Limits { max_len: self.max_len, algorithms: self.algorithms.as_deref() }
    }
}

/// The cap on a token unless a policy says otherwise: more than any proxy lets through in a header.
pub(super) const MAX_LEN: usize = 16 * 1024;
/// The most a policy can ask for: what a million-odd entries of a revocation list take. The header names the type, so
/// nobody reads this much by surprise; whoever asks for it also bounds what is fetched.
const LARGEST: usize = 64 << 20;
const MAX_LEEWAY: u32 = 300;
