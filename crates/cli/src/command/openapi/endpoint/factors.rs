//! Second factors: shown at a login and at a step-up, added, removed.

use jotgate_token::reason::{self, Reason};

use super::{Answer, Caller, Endpoint, Tag, table::BARE};

pub(super) const ALL: &[Endpoint] = &[
    Endpoint {
        method: "post",
        path: "/v1/login/mfa",
        id: "showFactor",
        tag: Tag::Session,
        summary: "Show the second factor",
        about: "Finishes a login or a step-up that was answered with `login.mfa_required`. `mfa_token` is good for ten minutes, five tries and one success. The tokens travel as the login asked.",
        body: Some("ShowFactor"),
        answer: Answer::Json("Session"),
        refusals: &[
            &reason::MFA_CODE_WRONG,
            &reason::LINK_EXPIRED,
            &reason::LOGIN_THROTTLED,
            &reason::REVOKED_SESSION,
            &reason::REQUEST_ORIGIN,
            &reason::REQUEST_COOKIE_CROSS_SITE,
        ],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/stepup",
        id: "stepUp",
        tag: Tag::Session,
        summary: "Show again who one is",
        about: "Opens a new session with its own `auth_time` and ends the one of the access token. Where a second factor is enrolled the answer is `login.mfa_required`, and the session ends once the factor is shown.",
        caller: Caller::Bearer,
        body: Some("StepUp"),
        answer: Answer::Json("Session"),
        refusals: &[
            &reason::PASSWORD_WRONG,
            &reason::LOGIN_MFA_REQUIRED,
            &reason::LOGIN_THROTTLED,
            &reason::REQUEST_ORIGIN,
            &reason::REQUEST_COOKIE_CROSS_SITE,
        ],
        ..BARE
    },
    Endpoint {
        path: "/v1/mfa",
        id: "listFactors",
        tag: Tag::Account,
        summary: "My second factors",
        about: "`required` says that a role of the user is withheld until a second factor is shown (`[mfa] required_for`).",
        caller: Caller::Bearer,
        answer: Answer::Json("Factors"),
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/mfa/totp",
        id: "addAuthenticatorApp",
        tag: Tag::Account,
        summary: "Add an authenticator app",
        about: "Answers a new secret to be scanned or typed. It counts once it is confirmed, within a day; asking again voids it.",
        caller: Caller::Bearer,
        status: 201,
        answer: Answer::Json("NewAuthenticatorApp"),
        refusals: CHANGES,
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/mfa/totp/confirm",
        id: "confirmAuthenticatorApp",
        tag: Tag::Account,
        summary: "Confirm the authenticator app",
        about: "With a code that the app shows. The first factor of an account also brings ten recovery codes, shown this once.",
        caller: Caller::Bearer,
        body: Some("ConfirmAuthenticatorApp"),
        answer: Answer::Json("ConfirmedAuthenticatorApp"),
        refusals: &[
            &reason::MFA_CODE_WRONG,
            &reason::MFA_ALREADY,
            &reason::MFA_NOT_ENROLLED,
            &reason::STEPUP_REQUIRED,
        ],
        ..BARE
    },
    Endpoint {
        method: "delete",
        path: "/v1/mfa/totp",
        id: "removeAuthenticatorApp",
        tag: Tag::Account,
        summary: "Remove the authenticator app",
        about: "Ends every other session of the user. With the last factor the recovery codes go.",
        caller: Caller::Bearer,
        status: 204,
        refusals: &[&reason::MFA_NOT_ENROLLED, &reason::STEPUP_REQUIRED],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/mfa/recovery-codes",
        id: "renewRecoveryCodes",
        tag: Tag::Account,
        summary: "Make new recovery codes",
        about: "Ten, each good once, shown this once. The ones before are void.",
        caller: Caller::Bearer,
        status: 201,
        answer: Answer::Json("RecoveryCodes"),
        refusals: &[&reason::MFA_NOT_ENROLLED, &reason::STEPUP_REQUIRED],
        ..BARE
    },
];

const CHANGES: &[&Reason] = &[&reason::MFA_ALREADY, &reason::STEPUP_REQUIRED, &reason::KEYS_UNAVAILABLE];
