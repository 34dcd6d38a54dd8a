//! Passkeys: making and removing them, and logging in with one.

use jotgate_token::reason::{self, Reason};

use super::{Answer, Caller, Endpoint, Parameter, Tag, table::BARE};

pub(super) const ALL: &[Endpoint] = &[
    Endpoint {
        method: "post",
        path: "/v1/login/passkey/options",
        id: "askForPasskey",
        tag: Tag::Session,
        summary: "Ask for a passkey",
        about: "Answers the argument of `navigator.credentials.get` and a token that names the challenge. Good for five minutes and one answer. It serves a login without a name, and every call that wants a `challenge_token` with a passkey.",
        answer: Answer::Json("PasskeyQuestion"),
        refusals: &[&reason::PASSKEY_UNSUPPORTED_HOST],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/login/passkey",
        id: "logInWithPasskey",
        tag: Tag::Session,
        summary: "Log in with a passkey",
        about: "The device says whose it is, so there is no name to send. `passkey` is what the browser answered, as its `toJSON()` writes it.",
        body: Some("LogInWithPasskey"),
        answer: Answer::Json("Session"),
        refusals: &[
            &reason::PASSKEY_INVALID,
            &reason::PASSKEY_UNSUPPORTED_HOST,
            &reason::LINK_EXPIRED,
            &reason::REQUEST_ORIGIN,
            &reason::REQUEST_COOKIE_CROSS_SITE,
        ],
        ..BARE
    },
    Endpoint {
        path: "/v1/passkeys",
        id: "listPasskeys",
        tag: Tag::Account,
        summary: "List one's own passkeys",
        about: "Oldest first.",
        caller: Caller::Bearer,
        answer: Answer::Json("Passkeys"),
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/passkeys/options",
        id: "askForNewPasskey",
        tag: Tag::Account,
        summary: "Ask for a new passkey",
        about: "Answers the argument of `navigator.credentials.create` and a token that names the challenge. Wants a recent login and a token for this server alone.",
        caller: Caller::Bearer,
        answer: Answer::Json("PasskeyQuestion"),
        refusals: &[&reason::PASSKEY_UNSUPPORTED_HOST, &reason::MFA_ALREADY, &reason::STEPUP_REQUIRED],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/passkeys",
        id: "addPasskey",
        tag: Tag::Account,
        summary: "Keep a new passkey",
        about: "The first factor of an account also brings its recovery codes, which are shown this once.",
        caller: Caller::Bearer,
        body: Some("AddPasskey"),
        status: 201,
        answer: Answer::Json("Passkey"),
        refusals: &[
            &reason::PASSKEY_INVALID,
            &reason::PASSKEY_UNSUPPORTED_HOST,
            &reason::LINK_EXPIRED,
            &reason::MFA_ALREADY,
            &reason::STEPUP_REQUIRED,
        ],
        ..BARE
    },
    Endpoint {
        method: "patch",
        path: "/v1/passkeys/{id}",
        id: "renamePasskey",
        tag: Tag::Account,
        summary: "Call a passkey something else",
        about: "At most 60 characters.",
        caller: Caller::Bearer,
        body: Some("RenamePasskey"),
        answer: Answer::Json("Passkey"),
        parameters: ID,
        refusals: CHANGE,
        ..BARE
    },
    Endpoint {
        method: "delete",
        path: "/v1/passkeys/{id}",
        id: "removePasskey",
        tag: Tag::Account,
        summary: "Remove a passkey",
        about: "Ends every other session of the user. The only way into an account cannot be removed.",
        caller: Caller::Bearer,
        status: 204,
        parameters: ID,
        refusals: &[&reason::PASSKEY_UNKNOWN, &reason::STEPUP_REQUIRED, &reason::MFA_LAST_FACTOR],
        ..BARE
    },
    Endpoint {
        method: "delete",
        path: "/v1/password",
        id: "removePassword",
        tag: Tag::Account,
        summary: "Give up the password for passkeys",
        about: "From then on only passkeys let the user in. Wants the answer of a passkey of the account, recovery codes and a recent login; answers with a new session, and all others end.",
        caller: Caller::Bearer,
        body: Some("RemovePassword"),
        answer: Answer::Json("Session"),
        refusals: &[
            &reason::PASSKEY_INVALID,
            &reason::PASSKEY_UNSUPPORTED_HOST,
            &reason::LINK_EXPIRED,
            &reason::MFA_NOT_ENROLLED,
            &reason::STEPUP_REQUIRED,
        ],
        ..BARE
    },
];

const CHANGE: &[&Reason] = &[&reason::PASSKEY_UNKNOWN, &reason::STEPUP_REQUIRED];

const ID: &[Parameter] =
    &[Parameter { name: "id", place: "path", about: "The id of the passkey", required: true, form: "uuid" }];
