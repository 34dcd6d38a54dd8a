//! What a row of the table of endpoints says: what can be called, with what, and what comes back.

mod factors;
mod mail;
mod passkeys;
mod table;

use jotgate_token::reason::{self, Reason};

/// Every endpoint, in the order in which somebody new meets them.
pub(super) fn all() -> impl Iterator<Item = &'static Endpoint> {
    table::ALL.iter().chain(factors::ALL).chain(mail::ALL).chain(passkeys::ALL)
}

/// One call.
pub(super) struct Endpoint {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    /// `operationId`
    pub(super) id: &'static str,
    pub(super) tag: Tag,
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    pub(super) caller: Caller,
    /// The shape of the JSON body.
    pub(super) body: Option<&'static str>,
    pub(super) status: u16,
    pub(super) answer: Answer,
    pub(super) parameters: &'static [Parameter],
    /// The refusals of this call besides those of every call.
    pub(super) refusals: &'static [&'static Reason],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Account,
    Session,
    Admin,
    Discovery,
    Operation,
}

/// What the caller shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Anybody,
    /// An access token as `Authorization: Bearer`.
    Bearer,
    /// A refresh token in the body or in the cookie.
    Refresh,
    /// A refresh token in the body or in the cookie, or an access token.
    RefreshOrBearer,
    /// A client with its secret as `Authorization: Basic` or in the form, or with an assertion. It sends forms.
    Client,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Empty,
    Json(&'static str),
    Text,
    /// A signed message, or a stream of them.
    Feed,
    /// A Status List Token.
    StatusList,
}

/// A parameter outside the body.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) place: &'static str,
    pub(super) about: &'static str,
    pub(super) required: bool,
    /// JSON Schema format of the string, or `integer`.
    pub(super) form: &'static str,
}

impl Endpoint {
    /// Every refusal of this call, each once, in the order of the catalogue.
    pub(super) fn all_refusals(&self) -> Vec<&'static Reason> {
        let body: &[_] = match (self.body, self.caller) {
            (None, _) => &[],
            (Some(_), Caller::Client) => &[&reason::REQUEST_TOO_LARGE],
            (Some(_), _) => WITH_BODY,
        };
        let caller: &[_] = match self.caller {
            Caller::Anybody => &[],
            Caller::Bearer => BEARER,
            Caller::Refresh => REFRESH,
            Caller::RefreshOrBearer => BEARER_OR_REFRESH,
            Caller::Client => CLIENT,
        };
        let groups: [&[&Reason]; 4] = [EVERYWHERE, body, caller, self.refusals];
        let names =
            |reason: &Reason| groups.iter().any(|group| group.iter().any(|named| named.code == reason.code));
        reason::ALL.iter().copied().filter(|reason| names(reason)).collect()
    }
}

impl Tag {
    pub(super) const ALL: [Self; 5] =
        [Self::Account, Self::Session, Self::Admin, Self::Discovery, Self::Operation];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Session => "session",
            Self::Admin => "admin",
            Self::Discovery => "discovery",
            Self::Operation => "operation",
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Account => "Signing up, and one's own data",
            Self::Session => "Logging in, staying logged in, logging out",
            Self::Admin => "For people with the role `admin`",
            Self::Discovery => "What a verifier of the tokens needs",
            Self::Operation => "For whoever runs the server",
        }
    }
}

const EVERYWHERE: &[&Reason] = &[
    &reason::REQUEST_HOST,
    &reason::REQUEST_TIMEOUT,
    &reason::SERVER_BUSY,
    &reason::SERVER_DATABASE,
    &reason::SERVER_INTERNAL,
];

const WITH_BODY: &[&Reason] =
    &[&reason::REQUEST_CONTENT_TYPE, &reason::REQUEST_BODY, &reason::REQUEST_TOO_LARGE];

const BEARER: &[&Reason] = &[
    &reason::TOKEN_MISSING,
    &reason::TOKEN_SCHEME,
    &reason::TOKEN_REPEATED,
    &reason::MALFORMED_PARTS,
    &reason::MALFORMED_SIZE,
    &reason::MALFORMED_BASE64,
    &reason::MALFORMED_JSON,
    &reason::ALG_NONE,
    &reason::ALG_NOT_ALLOWED,
    &reason::KEY_UNKNOWN_KID,
    &reason::SIGNATURE_INVALID,
    &reason::EXP_EXPIRED,
    &reason::ISS_MISMATCH,
    &reason::AUD_MISMATCH,
    &reason::TYP_MISMATCH,
    &reason::REVOKED_SESSION,
    &reason::REVOKED_SUBJECT,
];

const REFRESH: &[&Reason] = &[
    &reason::REQUEST_ORIGIN,
    &reason::REFRESH_INVALID,
    &reason::REFRESH_UNKNOWN,
    &reason::REFRESH_EXPIRED,
    &reason::REFRESH_REVOKED,
    &reason::REFRESH_REUSED,
    &reason::KEYS_UNAVAILABLE,
];

/// Logging out with any genuine refresh token is answered with 204, whatever became of its session.
const BEARER_OR_REFRESH: &[&Reason] = &[
    &reason::REQUEST_ORIGIN,
    &reason::REFRESH_INVALID,
    &reason::KEYS_UNAVAILABLE,
    &reason::TOKEN_SCHEME,
    &reason::TOKEN_REPEATED,
    &reason::SIGNATURE_INVALID,
    &reason::EXP_EXPIRED,
];

const CLIENT: &[&Reason] =
    &[&reason::OAUTH_INVALID_REQUEST, &reason::OAUTH_INVALID_CLIENT, &reason::OAUTH_THROTTLED];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn calls_and_ids_are_unique() {
        let calls: BTreeSet<_> = all().map(|endpoint| (endpoint.method, endpoint.path)).collect();
        let ids: BTreeSet<_> = all().map(|endpoint| endpoint.id).collect();
        assert_eq!((calls.len(), ids.len()), (all().count(), all().count()));
    }

    #[test]
    fn the_table_holds_every_route_of_the_server_but_its_pages() {
        let ours: BTreeSet<_> =
            all().map(|endpoint| (endpoint.method.to_uppercase(), endpoint.path)).collect();
        let is_call = |path: &str| {
            ["/v1/", "/oauth/", "/.well-known/", "/livez", "/readyz", "/metrics"]
                .iter()
                .any(|folder| path.starts_with(folder))
        };
        // A route for every method is a signpost for people from a tutorial, not a call.
        let theirs: BTreeSet<_> = jotgate_server::http::routes()
            .into_iter()
            .filter(|(_, path)| is_call(path))
            .filter_map(|(method, path)| Some((method?.to_string(), path)))
            .collect();
        assert_eq!(ours, theirs);
    }

    #[test]
    fn every_parameter_of_a_path_is_described() {
        for endpoint in all() {
            let in_path = endpoint.path.matches('{').count();
            let described = endpoint.parameters.iter().filter(|parameter| parameter.place == "path");
            assert_eq!(described.clone().count(), in_path, "{}", endpoint.path);
            for parameter in described {
                assert!(endpoint.path.contains(&format!("{{{}}}", parameter.name)), "{}", endpoint.path);
            }
        }
    }

    #[test]
    fn refusals_follow_from_who_calls_and_what_is_sent() {
        let find = |id: &str| all().find(|endpoint| endpoint.id == id).expect("in the table").all_refusals();
        let has = |id: &str, code: &str| find(id).iter().any(|reason| reason.code == code);
        assert!(has("showMe", "token.missing") && !has("showMe", "request.content_type"));
        assert!(has("logIn", "request.content_type") && !has("logIn", "token.missing"));
        assert!(has("refresh", "refresh.reused") && !has("logOut", "refresh.reused"));
    }
}
