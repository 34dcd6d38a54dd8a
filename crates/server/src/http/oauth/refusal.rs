//! A refusal in the words of OAuth (RFC 6749 section 5.2), for every route under `/oauth/`.

use http::HeaderValue;
use jotgate_token::reason::Reason;
use serde::Serialize;

use crate::error::Refused;

/// The members of RFC 6749, and ours behind them, which a client that does not know them ignores.
#[derive(Serialize)]
pub(in crate::http) struct Body<'a> {
    error: &'a str,
    error_description: String,
    error_uri: String,
    reason: &'a str,
    request_id: &'a str,
}

impl<'a> Body<'a> {
    pub(in crate::http) fn of(refused: &'a Refused, issuer: &str, request_id: &'a str) -> Self {
        let Reason { code, meaning, .. } = *refused.reason;
        let mut said = refused.detail.as_deref().unwrap_or(meaning).to_owned();
        for (word, what) in [("Expected", &refused.expected), ("Received", &refused.received)] {
            if let Some(what) = what {
                said += &format!(" {word}: {what}.");
            }
        }
        Self {
            error: error_of(refused.reason),
            error_description: described(&said),
            error_uri: format!("{issuer}/reasons/{code}"),
            reason: code,
            request_id,
        }
    }
}

/// The word for a refusal that is no reason of OAuth: whose fault it was.
fn error_of(reason: &Reason) -> &'static str {
    match (reason.code.strip_prefix("oauth."), reason.status) {
        (Some("throttled"), _) | (None, 408 | 429 | 503) => "temporarily_unavailable",
        (Some(error), _) => error,
        (None, 500..) => "server_error",
        (None, _) => "invalid_request",
    }
}

/// `error_description` holds printable ASCII without quotes and backslashes.
fn described(text: &str) -> String {
    text.chars().map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '\'' }).collect()
}

/// The challenge to a client that tried the Authorization header.
pub(super) const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"jotgate\", charset=\"UTF-8\"");

#[cfg(test)]
mod tests {
    use jotgate_token::reason;

    use super::*;

    #[test]
    fn every_reason_has_a_word() {
        for (reason, word) in [
            (&reason::OAUTH_INVALID_TARGET, "invalid_target"),
            (&reason::OAUTH_THROTTLED, "temporarily_unavailable"),
            (&reason::SERVER_BUSY, "temporarily_unavailable"),
            (&reason::SERVER_INTERNAL, "server_error"),
            (&reason::REQUEST_TOO_LARGE, "invalid_request"),
        ] {
            assert_eq!(error_of(reason), word, "{reason}");
        }
    }

    #[test]
    fn what_came_cannot_break_the_description() {
        let refused = Refused::new(&reason::OAUTH_INVALID_REQUEST).detail("a \"b\" \\ é\n");
        assert_eq!(Body::of(&refused, "i", "r").error_description, "a 'b' ' ''");
    }
}
