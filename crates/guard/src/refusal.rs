//! A refusal and its one way to the outside: status, challenge (RFC 6750 section 3) and problem document (RFC 9457).
//!
//! What stands in an answer comes from the catalogue of reasons and from escaped, shortened pieces of the request;
//! never a token. Not here: when a request is refused.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jotgate_token::reason::{self, Reason};
use serde::Serialize;

/// Why a request does not go through: a reason of the catalogue, and what helps to mend it.
///
/// ```
/// use jotgate_guard::Refused;
/// use jotgate_token::reason;
///
/// let refused = Refused::new(&reason::ROLE_MISSING).expected("the role editor");
/// assert_eq!((refused.code(), refused.status()), ("role.missing", 403));
/// let answer: http::Response<bytes::Bytes> = refused.into_http();
/// assert_eq!(answer.headers()["content-type"], "application/problem+json");
/// assert!(answer.headers()["www-authenticate"].to_str()?.contains("insufficient_scope"));
/// # Ok::<(), http::header::ToStrError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Refused(Box<Facts>);

#[derive(Clone, PartialEq, Eq)]
struct Facts {
    reason: &'static Reason,
    detail: Option<String>,
    expected: Option<String>,
    received: Option<String>,
    hint: Option<String>,
    retry_after: Option<u32>,
    /// The words for `scope` in the challenge.
    scope: Option<String>,
    house: Option<Arc<House>>,
}

/// What every refusal of one guard has in common.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct House {
    /// Where the pages of the reasons are.
    pub(crate) issuer: String,
    /// Where the metadata of RFC 9728 is, when it is served.
    pub(crate) resource_metadata: Option<String>,
}

impl Refused {
    /// A refusal for this reason.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let refused = Refused::new(&jotgate_token::reason::TOKEN_MISSING);
    /// assert_eq!(refused.challenge().as_deref(), Some("Bearer realm=\"jotgate\""));
    /// ```
    #[must_use]
    pub fn new(reason: &'static Reason) -> Self {
        Self(Box::new(Facts {
            reason,
            detail: None,
            expected: None,
            received: None,
            hint: None,
            // 503 without a time makes some clients give up and others hammer.
            retry_after: (reason.status == 503).then_some(1),
            scope: None,
            house: None,
        }))
    }

    /// Says what happened, for people.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let refused = Refused::new(&jotgate_token::reason::TOKEN_MISSING).detail("The header is empty.");
    /// ```
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Says what would have been accepted.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let refused = Refused::new(&jotgate_token::reason::ROLE_MISSING).expected("the role editor");
    /// ```
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Says what came instead. Never a token, secret or password.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let refused = Refused::new(&jotgate_token::reason::TOKEN_SCHEME).received("Basic");
    /// ```
    #[must_use]
    pub fn received(mut self, received: impl Into<String>) -> Self {
        self.0.received = Some(received.into());
        self
    }

    /// Says what to do, where that is known better than in general.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let refused = Refused::new(&jotgate_token::reason::TOKEN_MISSING).hint("The variable was empty.");
    /// ```
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says after how many seconds trying again makes sense.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let refused = Refused::new(&jotgate_token::reason::KEYS_UNREACHABLE).retry_after(5);
    /// ```
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    pub(crate) fn scope(mut self, words: impl Into<String>) -> Self {
        self.0.scope = Some(words.into());
        self
    }

    pub(crate) fn of(mut self, house: &Arc<House>) -> Self {
        self.0.house = Some(Arc::clone(house));
        self
    }

    /// The entry of the catalogue.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// # use jotgate_token::reason;
    /// assert_eq!(Refused::new(&reason::TOKEN_MISSING).reason(), &reason::TOKEN_MISSING);
    /// ```
    #[must_use]
    pub fn reason(&self) -> &'static Reason {
        self.0.reason
    }

    /// The stable code, such as `exp.expired`: branch on this.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// assert_eq!(Refused::new(&jotgate_token::reason::TOKEN_MISSING).code(), "token.missing");
    /// ```
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.reason.code
    }

    /// The HTTP status of the answer.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// assert_eq!(Refused::new(&jotgate_token::reason::TOKEN_REPEATED).status(), 400);
    /// ```
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.reason.status
    }

    /// The value of `WWW-Authenticate` (RFC 6750 section 3, RFC 9728 section 5.1), where one belongs. Without a token
    /// there is no `error`, because nothing was wrong with one.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// # use jotgate_token::reason;
    /// let challenge = Refused::new(&reason::EXP_EXPIRED).challenge().expect("a 401 has one");
    /// assert!(challenge.contains("error=\"invalid_token\""));
    /// assert_eq!(Refused::new(&reason::KEYS_UNREACHABLE).challenge(), None);
    /// ```
    #[must_use]
    pub fn challenge(&self) -> Option<String> {
        let error = match (self.status(), self.code()) {
            (401, "token.missing" | "token.scheme") => None,
            (401, "stepup.required") => Some("insufficient_user_authentication"),
            (401, _) => Some("invalid_token"),
            (400, "token.repeated") => Some("invalid_request"),
            (403, "scope.missing" | "role.missing") => Some("insufficient_scope"),
            _ => return None,
        };
        let mut challenge = String::from("Bearer realm=\"jotgate\"");
        let mut add = |name: &str, value: &str| {
            challenge.push_str(&format!(", {name}=\"{}\"", quotable(value)));
        };
        if let Some(error) = error {
            add("error", error);
            add("error_description", self.0.reason.title);
        }
        if let Some(scope) = &self.0.scope {
            add("scope", scope);
        }
        if let Some(at) = self.0.house.as_ref().and_then(|house| house.resource_metadata.as_deref()) {
            add("resource_metadata", at);
        }
        Some(challenge)
    }

    /// The body of the answer: `application/problem+json` with the members of Jotgate's own answers.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let problem = Refused::new(&jotgate_token::reason::TOKEN_MISSING).problem();
    /// assert!(problem.contains("\"reason\":\"token.missing\""));
    /// ```
    #[must_use]
    pub fn problem(&self) -> String {
        let facts = &*self.0;
        let Reason { code, status, title, meaning, mend, .. } = *facts.reason;
        let issuer = facts.house.as_ref().map_or("", |house| house.issuer.as_str());
        let problem = Problem {
            r#type: format!("{issuer}/reasons/{code}"),
            title,
            status,
            detail: facts.detail.as_deref().unwrap_or(meaning),
            reason: code,
            expected: facts.expected.as_deref(),
            received: facts.received.as_deref(),
            hint: facts.hint.as_deref().unwrap_or(mend),
        };
        serde_json::to_string(&problem).unwrap_or_default()
    }

    /// The whole answer.
    ///
    /// ```
    /// # use jotgate_guard::Refused;
    /// let answer: http::Response<bytes::Bytes> = Refused::new(&jotgate_token::reason::KEYS_UNREACHABLE).into_http();
    /// assert_eq!(answer.status(), 503);
    /// assert_eq!(answer.headers()["retry-after"], "1");
    /// ```
    #[must_use]
    pub fn into_http<B: From<Bytes>>(self) -> Response<B> {
        let mut answer = Response::new(B::from(Bytes::from(self.problem())));
        *answer.status_mut() =
            StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        // A shared cache must not answer the next caller with this one's refusal.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let challenge = self.challenge().and_then(|text| HeaderValue::try_from(text).ok());
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        answer
    }
}

/// A token that did not pass keeps its reason, what was expected and what came.
impl From<jotgate_jose::Error> for Refused {
    fn from(error: jotgate_jose::Error) -> Self {
        let known = reason::by_code(error.reason().code());
        let mut refused = Self::new(known.unwrap_or(&reason::SERVER_INTERNAL));
        refused.0.expected = error.expected().map(Into::into);
        refused.0.received = error.received().map(Into::into);
        refused.0.hint = error.hint().map(Into::into);
        refused
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.0.detail.as_deref().unwrap_or(self.0.reason.title))
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refused({self})")
    }
}

impl std::error::Error for Refused {}

/// RFC 9457; the order of members is the order of reading.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    received: Option<&'a str>,
    hint: &'a str,
}

/// RFC 6750 section 3: `error_description` holds neither quotes, backslashes nor anything beyond ASCII.
fn quotable(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '\'' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_401_has_a_challenge_and_every_503_a_time() {
        for reason in reason::ALL {
            let answer: Response<Bytes> = Refused::new(reason).into_http();
            assert_eq!(answer.status().as_u16(), reason.status);
            let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
            assert!(challenge.is_some() || reason.status != 401, "{reason}");
            if let Some(challenge) = challenge {
                let text = challenge.to_str().unwrap();
                assert!(text.starts_with("Bearer realm=") && text.matches('"').count() % 2 == 0, "{text}");
            }
            assert!(answer.headers().contains_key(header::RETRY_AFTER) || reason.status != 503, "{reason}");
            let problem: serde_json::Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(problem["reason"], reason.code);
            assert_eq!(problem["status"], reason.status);
            assert!(problem["hint"].is_string() && problem["title"].is_string());
        }
    }

    #[test]
    fn no_token_is_challenged_without_an_error() {
        for reason in [&reason::TOKEN_MISSING, &reason::TOKEN_SCHEME] {
            assert_eq!(Refused::new(reason).challenge().unwrap(), "Bearer realm=\"jotgate\"");
        }
        assert_eq!(quotable("a \"b\" \\ é"), "a 'b' ' '");
    }

    #[test]
    fn the_house_is_named() {
        let house = Arc::new(House {
            issuer: "https://id.example".into(),
            resource_metadata: Some("https://api.example/.well-known/oauth-protected-resource".into()),
        });
        let refused = Refused::new(&reason::SCOPE_MISSING).scope("read write").of(&house);
        let challenge = refused.challenge().unwrap();
        assert!(
            challenge.contains("scope=\"read write\"")
                && challenge.contains("resource_metadata=\"https://api")
        );
        assert!(refused.problem().starts_with("{\"type\":\"https://id.example/reasons/scope.missing\""));
    }
}
