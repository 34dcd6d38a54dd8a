//! What goes over the wire: header lines and a query, because a token can also be wrong by how it is sent.

use std::fmt;

/// How a token is sent: header lines in their order, and members of the query.
///
/// Its `Debug` shows no token, because what a test prints ends in the log of a build server.
///
/// ```
/// use jotgate_testkit::Sent;
///
/// let sent = Sent::bearer("eyJ.e30.c2ln");
/// assert_eq!(sent.token(), Some("eyJ.e30.c2ln"));
/// assert_eq!(sent.headers(), [("authorization", "Bearer eyJ.e30.c2ln".to_owned())]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Sent {
    headers: Vec<(&'static str, String)>,
    query: Vec<(&'static str, String)>,
    token: Option<String>,
}

impl Sent {
    /// As it should be: `Authorization: Bearer TOKEN`.
    ///
    /// ```
    /// assert!(jotgate_testkit::Sent::bearer("eyJ.e30.c2ln").query().is_empty());
    /// ```
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        let token = token.into();
        Self {
            headers: vec![(AUTHORIZATION, format!("Bearer {token}"))],
            query: Vec::new(),
            token: Some(token),
        }
    }

    /// Without any token.
    ///
    /// ```
    /// assert!(jotgate_testkit::Sent::nothing().headers().is_empty());
    /// ```
    #[must_use]
    pub fn nothing() -> Self {
        Self { headers: Vec::new(), query: Vec::new(), token: None }
    }

    /// In these `Authorization` header lines.
    pub(crate) fn authorization(lines: impl IntoIterator<Item = String>) -> Self {
        Self { headers: lines.into_iter().map(|line| (AUTHORIZATION, line)).collect(), ..Self::nothing() }
    }

    /// In the query of the address.
    pub(crate) fn query_member(name: &'static str, token: String) -> Self {
        Self { query: vec![(name, token)], ..Self::nothing() }
    }

    /// The header lines, names in lower case.
    ///
    /// ```
    /// # use jotgate_testkit::Sent;
    /// assert_eq!(Sent::bearer("t").headers()[0].0, "authorization");
    /// ```
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The members of the query. Their values are tokens, which need no escaping there.
    ///
    /// ```
    /// assert!(jotgate_testkit::Sent::nothing().query().is_empty());
    /// ```
    #[must_use]
    pub fn query(&self) -> &[(&'static str, String)] {
        &self.query
    }

    /// The token, when it is sent as it should be: what to hand to a check without HTTP.
    ///
    /// ```
    /// # use jotgate_testkit::Sent;
    /// assert_eq!(Sent::nothing().token(), None);
    /// ```
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sent")
            .field("headers", &self.headers.len())
            .field("query", &self.query.len())
            .finish_non_exhaustive()
    }
}

const AUTHORIZATION: &str = "authorization";
