//! The table of endpoints, each once.

use jotgate_token::reason::{self, Reason};

use super::{Answer, Caller, Endpoint, Parameter, Tag};

/// Every endpoint, in the order in which somebody new meets them.
pub(super) const ALL: &[Endpoint] = &[
    Endpoint {
        method: "post",
        path: "/v1/signup",
        id: "signUp",
        tag: Tag::Account,
        summary: "Sign up and be logged in",
        about: "Makes the account and its first session. With `[signup] mode = \"verified\"` the answer is 202 with the shape `MailSent`, for known and unknown addresses alike, and the account lets nobody in before its address is confirmed. With `[signup] mode = \"closed\"` only administrators make accounts.",
        body: Some("SignUp"),
        status: 201,
        answer: Answer::Json("Session"),
        refusals: &[
            &reason::SIGNUP_CLOSED,
            &reason::SIGNUP_TAKEN,
            &reason::SIGNUP_EMAIL_INVALID,
            &reason::MAIL_THROTTLED,
            &reason::MAIL_NOT_CONFIGURED,
            NEW_PASSWORD[0],
            NEW_PASSWORD[1],
            NEW_PASSWORD[2],
            NEW_PASSWORD[3],
            NEW_PASSWORD[4],
            NEW_PASSWORD[5],
            &reason::REQUEST_ORIGIN,
            &reason::REQUEST_COOKIE_CROSS_SITE,
        ],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/login",
        id: "logIn",
        tag: Tag::Session,
        summary: "Log in with e-mail or user name",
        about: "Unknown users and wrong passwords are answered alike. `delivery` says how the tokens travel: `body`, `cookie` (the refresh token as HttpOnly cookies) or `cookies` (the access token too).",
        body: Some("LogIn"),
        answer: Answer::Json("Session"),
        refusals: &[
            &reason::LOGIN_FAILED,
            &reason::LOGIN_MFA_REQUIRED,
            &reason::LOGIN_THROTTLED,
            &reason::LOGIN_EMAIL_UNVERIFIED,
            &reason::REQUEST_ORIGIN,
            &reason::REQUEST_COOKIE_CROSS_SITE,
        ],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/refresh",
        id: "refresh",
        tag: Tag::Session,
        summary: "Trade the refresh token for a new pair",
        about: "Each refresh token is good for one successor. Repeating a request whose answer was lost gives the same successor again; an old token out of turn is taken for theft and ends the session. A token in the body beats the cookie.",
        caller: Caller::Refresh,
        body: Some("Refresh"),
        answer: Answer::Json("Session"),
        parameters: &[Parameter {
            name: "Idempotency-Key",
            place: "header",
            about: "22 to 128 characters made by the client before sending; makes the request repeatable for as long as it takes",
            required: false,
            form: "",
        }],
        refusals: &[&reason::REQUEST_IDEMPOTENCY_KEY],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/logout",
        id: "logOut",
        tag: Tag::Session,
        summary: "Log out of this session",
        about: "Ends the session of the refresh token, the cookie or the access token, and clears the cookies.",
        caller: Caller::RefreshOrBearer,
        body: Some("LogOut"),
        status: 204,
        refusals: &[&reason::TOKEN_MISSING],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/logout/all",
        id: "logOutEverywhere",
        tag: Tag::Session,
        summary: "Log out everywhere",
        about: "Ends every session of the user. Wants a recent login.",
        caller: Caller::Bearer,
        status: 204,
        refusals: &[&reason::STEPUP_REQUIRED],
        ..BARE
    },
    Endpoint {
        path: "/v1/me",
        id: "showMe",
        tag: Tag::Account,
        summary: "Who am I",
        about: "The user of the access token, as the database has it now.",
        caller: Caller::Bearer,
        answer: Answer::Json("User"),
        ..BARE
    },
    Endpoint {
        method: "patch",
        path: "/v1/me",
        id: "changeMe",
        tag: Tag::Account,
        summary: "Change name, user name or data",
        about: "Members that are left out stay as they are; `null` empties `name` and `username`.",
        caller: Caller::Bearer,
        body: Some("ChangeMe"),
        answer: Answer::Json("User"),
        refusals: &[&reason::SIGNUP_TAKEN],
        ..BARE
    },
    Endpoint {
        method: "delete",
        path: "/v1/me",
        id: "deleteMe",
        tag: Tag::Account,
        summary: "Delete the account",
        about: "Removes the user and every session; wants the password once more, or a recent login where there is none.",
        caller: Caller::Bearer,
        body: Some("Password"),
        status: 204,
        refusals: &[
            &reason::PASSWORD_WRONG,
            &reason::LOGIN_THROTTLED,
            &reason::STEPUP_REQUIRED,
            &reason::ROLE_MISSING,
        ],
        ..BARE
    },
    Endpoint {
        path: "/v1/me/export",
        id: "exportMe",
        tag: Tag::Account,
        summary: "Everything that is held about me",
        about: "A JSON document to be saved: account, sessions, events, factors, mails. Wants a recent login.",
        caller: Caller::Bearer,
        answer: Answer::Json("Export"),
        refusals: &[&reason::STEPUP_REQUIRED],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/password",
        id: "changePassword",
        tag: Tag::Account,
        summary: "Change the password",
        about: "Answers with a new session; every other session of the user ends. An account without a password sets its first one after a recent login, without `current`.",
        caller: Caller::Bearer,
        body: Some("ChangePassword"),
        answer: Answer::Json("Session"),
        refusals: &[
            &reason::PASSWORD_WRONG,
            &reason::LOGIN_THROTTLED,
            &reason::STEPUP_REQUIRED,
            NEW_PASSWORD[0],
            NEW_PASSWORD[1],
            NEW_PASSWORD[2],
            NEW_PASSWORD[3],
            NEW_PASSWORD[4],
            NEW_PASSWORD[5],
        ],
        ..BARE
    },
    Endpoint {
        path: "/v1/sessions",
        id: "listSessions",
        tag: Tag::Session,
        summary: "List one's own sessions",
        about: "`id` is the claim `sid` of the tokens; `last_seen_at` moves at most once an hour.",
        caller: Caller::Bearer,
        answer: Answer::Json("Sessions"),
        ..BARE
    },
    Endpoint {
        method: "delete",
        path: "/v1/sessions/{id}",
        id: "endSession",
        tag: Tag::Session,
        summary: "End one of one's own sessions",
        about: "For the lost telephone and the library's computer.",
        caller: Caller::Bearer,
        status: 204,
        parameters: &[Parameter {
            name: "id",
            place: "path",
            about: "The id of the session",
            required: true,
            form: "uuid",
        }],
        refusals: &[&reason::SESSION_UNKNOWN],
        ..BARE
    },
    Endpoint {
        path: "/v1/admin/users",
        id: "listUsers",
        tag: Tag::Admin,
        summary: "List users",
        about: "In the order of their sign-up, a page at a time.",
        caller: Caller::Bearer,
        answer: Answer::Json("Users"),
        parameters: &[
            Parameter {
                name: "after",
                place: "query",
                about: "Start after the user with this id",
                required: false,
                form: "uuid",
            },
            Parameter {
                name: "limit",
                place: "query",
                about: "How many at most",
                required: false,
                form: "integer",
            },
        ],
        refusals: ADMIN,
        ..BARE
    },
    Endpoint {
        path: "/v1/admin/users/{id}",
        id: "showUser",
        tag: Tag::Admin,
        summary: "Show a user",
        about: "With the time since when the user is disabled, if so.",
        caller: Caller::Bearer,
        answer: Answer::Json("AdminUser"),
        parameters: &[USER_ID],
        refusals: ADMIN_OF_ONE,
        ..BARE
    },
    Endpoint {
        method: "patch",
        path: "/v1/admin/users/{id}",
        id: "changeUser",
        tag: Tag::Admin,
        summary: "Set roles, disable or enable a user",
        about: "New roles end the access tokens that carry the old ones; disabling ends every session.",
        caller: Caller::Bearer,
        body: Some("ChangeUser"),
        answer: Answer::Json("AdminUser"),
        parameters: &[USER_ID],
        refusals: ADMIN_OF_ONE,
        ..BARE
    },
    Endpoint {
        path: "/v1/admin/clients",
        id: "listClients",
        tag: Tag::Admin,
        summary: "List clients",
        about: "Programs that get tokens for themselves, by name, a page at a time.",
        caller: Caller::Bearer,
        answer: Answer::Json("Clients"),
        parameters: &[
            Parameter {
                name: "after",
                place: "query",
                about: "Start after the client of this name",
                required: false,
                form: "",
            },
            Parameter {
                name: "limit",
                place: "query",
                about: "How many at most",
                required: false,
                form: "integer",
            },
        ],
        refusals: ADMIN,
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/admin/clients",
        id: "addClient",
        tag: Tag::Admin,
        summary: "Register a client",
        about: "Without `jwks` it gets a secret, which is told this once.",
        caller: Caller::Bearer,
        body: Some("AddClient"),
        status: 201,
        answer: Answer::Json("Client"),
        refusals: ADMIN,
        ..BARE
    },
    Endpoint {
        path: "/v1/admin/clients/{id}",
        id: "showClient",
        tag: Tag::Admin,
        summary: "Show a client",
        about: "Never its secret.",
        caller: Caller::Bearer,
        answer: Answer::Json("Client"),
        parameters: &[CLIENT_ID],
        refusals: ADMIN_OF_ONE,
        ..BARE
    },
    Endpoint {
        method: "patch",
        path: "/v1/admin/clients/{id}",
        id: "changeClient",
        tag: Tag::Admin,
        summary: "Change, disable or enable a client",
        about: "When something is taken away, the tokens that are out are taken back.",
        caller: Caller::Bearer,
        body: Some("ChangeClient"),
        answer: Answer::Json("Client"),
        parameters: &[CLIENT_ID],
        refusals: ADMIN_OF_ONE,
        ..BARE
    },
    Endpoint {
        method: "delete",
        path: "/v1/admin/clients/{id}",
        id: "deleteClient",
        tag: Tag::Admin,
        summary: "Delete a client",
        about: "Its tokens are taken back.",
        caller: Caller::Bearer,
        status: 204,
        parameters: &[CLIENT_ID],
        refusals: ADMIN_OF_ONE,
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/admin/clients/{id}/rotate-secret",
        id: "rotateClientSecret",
        tag: Tag::Admin,
        summary: "Make a new secret for a client",
        about: "It is told this once. The secret so far stays good for `keep_old`, a third is never good.",
        caller: Caller::Bearer,
        body: Some("RotateClientSecret"),
        answer: Answer::Json("Client"),
        parameters: &[CLIENT_ID],
        refusals: ADMIN_OF_ONE,
        ..BARE
    },
    Endpoint {
        path: "/v1/verify",
        id: "verify",
        tag: Tag::Discovery,
        summary: "Is this token good right now",
        about: "For proxies and for checks that must not be a moment behind: reads session and user. Every demand of the query has to hold; one that is not known is refused. X-Auth-Subject, -Session, -Scope and -Roles repeat the answer for proxies. With the access cookie in place of the header, X-Original-Method has to name the method of the request in question.",
        caller: Caller::Bearer,
        answer: Answer::Json("Verified"),
        parameters: &[
            Parameter {
                name: "scope",
                place: "query",
                about: "Words that the token's scope must hold, all of them; separated by spaces, or repeated",
                required: false,
                form: "",
            },
            Parameter {
                name: "role",
                place: "query",
                about: "A role that the user must have now; repeated: all of them",
                required: false,
                form: "",
            },
            Parameter {
                name: "aud",
                place: "query",
                about: "For whom the token must be; repeated: for any of them",
                required: false,
                form: "",
            },
        ],
        refusals: &[
            &reason::SCOPE_MISSING,
            &reason::ROLE_MISSING,
            &reason::REQUEST_BODY,
            &reason::REQUEST_ORIGIN,
        ],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/oauth/token",
        id: "clientToken",
        tag: Tag::Discovery,
        summary: "A token for a program that acts for itself",
        about: "The grant `client_credentials` of RFC 6749. The client shows who it is with `Authorization: Basic`, with `client_secret` in the form, or with a signed assertion (RFC 7523): in exactly one way. A token is for one API, and refusals have the words of RFC 6749.",
        caller: Caller::Client,
        body: Some("ClientTokenRequest"),
        answer: Answer::Json("ClientToken"),
        refusals: &[
            &reason::OAUTH_UNSUPPORTED_GRANT_TYPE,
            &reason::OAUTH_INVALID_SCOPE,
            &reason::OAUTH_INVALID_TARGET,
        ],
        ..BARE
    },
    Endpoint {
        path: "/v1/revocations",
        id: "revocations",
        tag: Tag::Discovery,
        summary: "What was taken back before it expired",
        about: "For verifiers that never ask. A signed snapshot, or with Accept: text/event-stream a stream of signed events, the first at once. The format has its page, docs/revocation-feed.md. With [revocations] access = \"clients\" it wants a client's token with the scope `revocations`.",
        answer: Answer::Feed,
        parameters: &[
            Parameter {
                name: "nonce",
                place: "query",
                about: "Echoed by the first event of a stream; 16 to 64 characters of base64url",
                required: false,
                form: "",
            },
            Parameter {
                name: "Last-Event-ID",
                place: "header",
                about: "The id of the last event known: the stream then begins with what came after it",
                required: false,
                form: "",
            },
        ],
        refusals: &[
            &reason::REQUEST_BODY,
            &reason::SERVER_BUSY,
            &reason::SERVER_DATABASE,
            &reason::TOKEN_MISSING,
            &reason::SCOPE_MISSING,
        ],
        ..BARE
    },
    Endpoint {
        path: "/v1/revocations/keys",
        id: "revocationKeys",
        tag: Tag::Discovery,
        summary: "The public keys of the feed",
        about: "They check what /v1/revocations answers and nothing else.",
        answer: Answer::Json("JwkSet"),
        ..BARE
    },
    Endpoint {
        path: "/v1/status-lists/{n}",
        id: "statusList",
        tag: Tag::Discovery,
        summary: "A Token Status List",
        about: "For verifiers that know draft-ietf-oauth-status-list: whether the sessions whose tokens name this list were ended. With [revocations] status_list = true; otherwise there is none.",
        answer: Answer::StatusList,
        parameters: &[Parameter {
            name: "n",
            place: "path",
            about: "The number of the list, as the tokens name it",
            required: true,
            form: "",
        }],
        refusals: &[&reason::REQUEST_NOT_FOUND, &reason::KEYS_UNAVAILABLE, &reason::SERVER_DATABASE],
        ..BARE
    },
    Endpoint {
        path: "/.well-known/jwks.json",
        id: "jwks",
        tag: Tag::Discovery,
        summary: "The public keys",
        about: "RFC 7517. Shared secrets are never in it.",
        answer: Answer::Json("JwkSet"),
        ..BARE
    },
    Endpoint {
        path: "/.well-known/oauth-authorization-server",
        id: "metadata",
        tag: Tag::Discovery,
        summary: "What this server can do",
        about: "RFC 8414; only what is true of this server.",
        answer: Answer::Json("Metadata"),
        ..BARE
    },
    Endpoint {
        path: "/livez",
        id: "live",
        summary: "Is the process alive",
        about: "For supervisors; asks nothing of the database.",
        answer: Answer::Text,
        ..BARE
    },
    Endpoint {
        path: "/readyz",
        id: "ready",
        summary: "Can it serve",
        about: "Database reachable, keys loaded, clock near the database's; 503 otherwise.",
        answer: Answer::Json("Ready"),
        ..BARE
    },
    Endpoint {
        path: "/metrics",
        id: "metrics",
        summary: "Figures for Prometheus",
        about: "On its own listener without a token, here for administrators only.",
        caller: Caller::Bearer,
        answer: Answer::Text,
        refusals: ADMIN,
        ..BARE
    },
];

/// A call that reads or changes nothing special: the rest of its row is said with `..BARE`.
pub(super) const BARE: Endpoint = Endpoint {
    method: "get",
    path: "/",
    id: "",
    tag: Tag::Operation,
    summary: "",
    about: "",
    caller: Caller::Anybody,
    body: None,
    status: 200,
    answer: Answer::Empty,
    parameters: &[],
    refusals: &[],
};

pub(super) const NEW_PASSWORD: [&Reason; 6] = [
    &reason::PASSWORD_TOO_SHORT,
    &reason::PASSWORD_TOO_LONG,
    &reason::PASSWORD_TOO_WEAK,
    &reason::PASSWORD_TOO_COMMON,
    &reason::PASSWORD_SAME_AS_EMAIL,
    &reason::PASSWORD_SAME_AS_SERVICE,
];

const USER_ID: Parameter =
    Parameter { name: "id", place: "path", about: "The id of the user", required: true, form: "uuid" };

const CLIENT_ID: Parameter =
    Parameter { name: "id", place: "path", about: "The name of the client", required: true, form: "" };

const ADMIN: &[&Reason] = &[&reason::ROLE_MISSING, &reason::MFA_REQUIRED_BY_POLICY, &reason::STEPUP_REQUIRED];
const ADMIN_OF_ONE: &[&Reason] = &[
    &reason::ROLE_MISSING,
    &reason::MFA_REQUIRED_BY_POLICY,
    &reason::STEPUP_REQUIRED,
    &reason::REQUEST_NOT_FOUND,
];
