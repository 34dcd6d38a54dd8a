//! What a good token permits: scopes and roles, as layers for routes and as a question to a checked token.
//!
//! These come after the check: outside of `Guard::layer` they refuse everything, because nobody is known there.

use jotgate_token::{access::AccessClaims, reason};

use crate::{Refused, address::shown};

/// What a token must have: made by [`require_scope`], [`require_role`] and [`any_of`], used as a layer on routes or
/// with [`Checked::require`](crate::Checked::require). Several layers on a route are all demanded.
///
/// ```
/// # #[cfg(feature = "axum")]
/// # fn app(guard: &jotgate_guard::Guard) -> axum::Router {
/// use axum::{Router, routing::{delete, get}};
/// use jotgate_guard::{any_of, require_role, require_scope};
///
/// Router::new()
///     .route("/posts", get(async || "posts").route_layer(require_scope("posts:read")))
///     .route("/posts/1", delete(async || "gone").route_layer(any_of([require_role("editor"), require_role("admin")])))
///     .layer(guard.layer())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Require(Need);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Need {
    Scope(String),
    Role(String),
    AnyOf(Vec<Require>),
}

/// Demands this scope; several words with spaces between are all demanded. Compared whole, letter by letter.
///
/// ```
/// let layer = jotgate_guard::require_scope("posts:write");
/// ```
#[must_use]
pub fn require_scope(scope: impl Into<String>) -> Require {
    Require(Need::Scope(scope.into()))
}

/// Demands this role, compared letter by letter.
///
/// ```
/// let layer = jotgate_guard::require_role("editor");
/// ```
#[must_use]
pub fn require_role(role: impl Into<String>) -> Require {
    Require(Need::Role(role.into()))
}

/// Demands one of these. None is met by nobody.
///
/// ```
/// use jotgate_guard::{any_of, require_role, require_scope};
///
/// let layer = any_of([require_role("editor"), require_scope("posts:write")]);
/// ```
#[must_use]
pub fn any_of(choices: impl IntoIterator<Item = Require>) -> Require {
    Require(Need::AnyOf(choices.into_iter().collect()))
}

impl Require {
    pub(crate) fn check(&self, claims: &AccessClaims) -> Result<(), Refused> {
        if self.is_met(claims) {
            return Ok(());
        }
        let needs_role = !self.is_scope();
        let refused = Refused::new(if needs_role { &reason::ROLE_MISSING } else { &reason::SCOPE_MISSING });
        let refused = match &self.0 {
            // Of a choice the challenge cannot speak: what it names is all wanted (RFC 6750 section 3).
            Need::Scope(words) => refused.scope(words.as_str()),
            _ => refused,
        };
        let received = match needs_role {
            true => format!("the roles [{}]", claims.roles.join(", ")),
            false => format!("the scope `{}`", claims.scope),
        };
        Err(refused.expected(self.to_string()).received(shown(&received)))
    }

    fn is_met(&self, claims: &AccessClaims) -> bool {
        match &self.0 {
            // No word is no demand anybody can mean.
            Need::Scope(words) => {
                let mut words = words.split(' ').filter(|word| !word.is_empty()).peekable();
                words.peek().is_some() && words.all(|word| claims.scope.has(word))
            }
            Need::Role(role) => !role.is_empty() && claims.has_role(role),
            Need::AnyOf(choices) => choices.iter().any(|choice| choice.is_met(claims)),
        }
    }

    /// Whether nothing but scopes would do.
    fn is_scope(&self) -> bool {
        match &self.0 {
            Need::Scope(_) => true,
            Need::Role(_) => false,
            Need::AnyOf(choices) => choices.iter().all(Self::is_scope),
        }
    }
}

impl std::fmt::Display for Require {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Need::Scope(words) => write!(f, "the scope {words}"),
            Need::Role(role) => write!(f, "the role {role}"),
            Need::AnyOf(choices) => {
                let choices: Vec<_> = choices.iter().map(ToString::to_string).collect();
                f.write_str(&choices.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(scope: &str, roles: &[&str]) -> AccessClaims {
        serde_json::from_value(json!({"iss": "i", "sub": "17", "aud": "api", "exp": 2, "iat": 0, "jti": "j",
            "client_id": "first-party", "epoch": 0, "scope": scope, "roles": roles}))
        .unwrap()
    }

    fn code(needs: &Require, scope: &str, roles: &[&str]) -> Option<&'static str> {
        needs.check(&claims(scope, roles)).err().map(|refused| refused.code())
    }

    #[test]
    fn row_92_words_are_compared_whole() {
        let scope = require_scope("admin");
        assert_eq!(code(&scope, "read admin", &[]), None);
        for other in ["administrator", "Admin", "adm", "admin:read", ""] {
            assert_eq!(code(&scope, other, &["admin"]), Some("scope.missing"), "{other}");
            assert_eq!(code(&require_role("admin"), "admin", &[other]), Some("role.missing"), "{other}");
        }
        assert_eq!(code(&require_role("admin"), "", &["editor", "admin"]), None);
    }

    #[test]
    fn several_words_are_all_demanded_and_no_word_is_never_met() {
        assert_eq!(code(&require_scope("a b"), "b c a", &[]), None);
        assert_eq!(code(&require_scope("a b"), "a", &[]), Some("scope.missing"));
        for nothing in [require_scope(""), require_scope(" "), require_role(""), any_of([])] {
            assert!(code(&nothing, "a", &["", "a"]).is_some(), "{nothing}");
        }
    }

    #[test]
    fn any_of_takes_the_first_that_is_met() {
        let either = any_of([require_role("editor"), require_scope("posts:write")]);
        assert_eq!(code(&either, "", &["editor"]), None);
        assert_eq!(code(&either, "posts:write", &[]), None);
        assert_eq!(code(&either, "posts:read", &["reader"]), Some("role.missing"));
        let scopes = any_of([require_scope("a"), any_of([require_scope("b")])]);
        assert_eq!(code(&scopes, "c", &[]), Some("scope.missing"));
        assert_eq!(either.to_string(), "the role editor or the scope posts:write");
    }

    #[test]
    fn the_challenge_names_a_scope_that_would_do() {
        let challenge = |needs: Require| needs.check(&claims("x", &[])).unwrap_err().challenge().unwrap();
        assert!(challenge(require_scope("a b")).contains("insufficient_scope"));
        assert!(challenge(require_scope("a b")).contains("scope=\"a b\""));
        assert!(!challenge(any_of([require_scope("a")])).contains("scope=\"a\""));
        assert!(!challenge(require_role("a")).contains(", scope="));
    }
}
