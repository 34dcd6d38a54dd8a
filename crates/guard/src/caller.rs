//! Who calls: the outcome of a check, which nothing but a check can make.

use std::sync::Arc;

use jotgate_jose::VerifyingKey;
use jotgate_token::access::{AccessClaims, ExtraClaims, NotAClaim, Subject};
use serde::de::DeserializeOwned;

use crate::{Refused, Require, feed::Digests, guard::Inner};

/// A token that passed every check. There is no other way to come by one.
///
/// ```compile_fail,E0451
/// # use jotgate_guard::Checked;
/// let forged = Checked { known: todo!(), guard: todo!(), issuer: 0 };
/// ```
#[derive(Clone)]
pub struct Checked {
    pub(crate) known: Arc<Known>,
    pub(crate) guard: Arc<Inner>,
    /// Which of the guard's issuers.
    pub(crate) issuer: usize,
}

/// What is kept of a token seen before.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) claims: AccessClaims,
    /// What to look up among that which was taken back.
    pub(crate) digests: Digests,
    /// Good only together with a proof that the client holds a key (`cnf`, RFC 7800).
    pub(crate) is_bound: bool,
}

impl Known {
    pub(crate) fn of(claims: AccessClaims, key: &VerifyingKey) -> Self {
        // A shared secret is not taken back by name: nobody publishes its thumbprint.
        let thumbprint = (!key.algorithm().is_symmetric()).then(|| key.thumbprint());
        let AccessClaims { iss, sid, jti, sub, .. } = &claims;
        let digests = Digests::of(iss, sid.as_deref(), jti, sub, thumbprint);
        let is_bound = claims.extra.names().any(|name| name == "cnf");
        Self { digests, is_bound, claims }
    }
}

impl Checked {
    /// Whom the token speaks for.
    ///
    /// ```
    /// # fn read(checked: &jotgate_guard::Checked) {
    /// use jotgate_token::access::Subject;
    /// match checked.subject() {
    ///     Subject::User(id) => println!("the user {id}"),
    ///     Subject::Client(id) => println!("the client {id}, for itself"),
    ///     }
    /// # }
    /// ```
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        self.claims().subject()
    }

    /// All of its claims.
    ///
    /// ```
    /// # fn read(checked: &jotgate_guard::Checked) {
    /// println!("good until {}", checked.claims().exp);
    /// # }
    /// ```
    #[must_use]
    pub fn claims(&self) -> &AccessClaims {
        &self.known.claims
    }

    /// Who issued it: one of those the guard trusts.
    ///
    /// ```
    /// # fn read(checked: &jotgate_guard::Checked) -> &str {
    /// checked.issuer()
    /// # }
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.guard.trusted[self.issuer].issuer
    }

    /// The session it belongs to; a client acting for itself has none.
    ///
    /// ```
    /// # fn read(checked: &jotgate_guard::Checked) -> Option<&str> {
    /// checked.session()
    /// # }
    /// ```
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.claims().sid.as_deref()
    }

    /// Demands what `needs` says, for decisions that a layer cannot take.
    ///
    /// ```
    /// use jotgate_guard::{Checked, Refused, require_role};
    ///
    /// fn publish(caller: &Checked, is_public: bool) -> Result<(), Refused> {
    ///     if is_public {
    ///         caller.require(&require_role("editor"))?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// `scope.missing`, `role.missing`, or what [`fresh_within`](crate::fresh_within) cannot answer without asking.
    pub fn require(&self, needs: &Require) -> Result<(), Refused> {
        needs.check(self.claims()).map_err(|refused| self.guard.refuse(refused))
    }
}

impl std::fmt::Debug for Checked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checked").field("subject", &self.subject()).finish_non_exhaustive()
    }
}

/// Who calls, in a handler: the checked token, and the extra claims as a type of yours.
///
/// ```
/// use jotgate_guard::Caller;
///
/// async fn hello(caller: Caller) -> String {
///     format!("Hello {:?}", caller.subject())
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Mine {
///     tenant: String,
/// }
///
/// async fn tenant(caller: Caller<Mine>) -> String {
///     caller.extra().tenant.clone()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Caller<C = NoExtra> {
    checked: Checked,
    extra: C,
}

impl<C: DeserializeOwned> Caller<C> {
    /// Reads the extra claims.
    ///
    /// ```
    /// # fn read(checked: jotgate_guard::Checked) -> Result<(), jotgate_guard::Refused> {
    /// let caller: jotgate_guard::Caller = jotgate_guard::Caller::of(checked)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `claim.malformed` when the token's extra claims do not fit `C`.
    pub fn of(checked: Checked) -> Result<Self, Refused> {
        match read(&checked.claims().extra) {
            Ok(extra) => Ok(Self { checked, extra }),
            Err(NotAClaim) => {
                let refused = Refused::new(&jotgate_token::reason::CLAIM_MALFORMED)
                    .detail("The token's extra claims are not those this address needs.")
                    .hint("Map the claims in `[tokens] claims` of Jotgate, and compare their names and types with the type in `Caller<...>`.");
                Err(checked.guard.refuse(refused))
            }
        }
    }
}

impl<C> Caller<C> {
    /// The extra claims.
    ///
    /// ```
    /// # fn read(caller: &jotgate_guard::Caller<std::collections::BTreeMap<String, serde_json::Value>>) {
    /// println!("{:?}", caller.extra().get("tenant"));
    /// # }
    /// ```
    #[must_use]
    pub fn extra(&self) -> &C {
        &self.extra
    }

    /// The checked token.
    ///
    /// ```
    /// # fn read(caller: &jotgate_guard::Caller) {
    /// let claims = caller.checked().claims();
    /// # }
    /// ```
    #[must_use]
    pub fn checked(&self) -> &Checked {
        &self.checked
    }
}

impl<C> std::ops::Deref for Caller<C> {
    type Target = Checked;

    fn deref(&self) -> &Checked {
        &self.checked
    }
}

/// The type of a caller's extra claims where none are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub struct NoExtra {}

/// Who calls, where nobody has to: `None` without a token. A bad token is refused all the same.
///
/// ```
/// use jotgate_guard::OptionalCaller;
///
/// async fn greet(OptionalCaller(caller): OptionalCaller) -> String {
///     caller.map_or("Hello stranger".into(), |caller| format!("Hello {:?}", caller.subject()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct OptionalCaller<C = NoExtra>(
    /// Who calls, if somebody does.
    pub Option<Caller<C>>,
);

fn read<C: DeserializeOwned>(extra: &ExtraClaims) -> Result<C, NotAClaim> {
    extra.read_all()
}
