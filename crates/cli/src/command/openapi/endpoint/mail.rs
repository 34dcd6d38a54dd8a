//! What goes through somebody's inbox: confirming an address, a forgotten password, another address, a login by code.

use jotgate_token::reason::{self, Reason};

use super::{
    Answer, Caller, Endpoint, Tag,
    table::{BARE, NEW_PASSWORD},
};

pub(super) const ALL: &[Endpoint] = &[
    Endpoint {
        method: "post",
        path: "/v1/login/code",
        id: "askForLoginCode",
        tag: Tag::Session,
        summary: "Ask for a mail to log in with",
        about: "Sends a link and a code, good once and for ten minutes, if the address has an account. The answer is the same for every address.",
        body: Some("Address"),
        status: 202,
        answer: Answer::Json("MailSent"),
        refusals: ASKED,
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/login/code/confirm",
        id: "logInWithCode",
        tag: Tag::Session,
        summary: "Log in with what came by mail",
        about: "With the `token` of the link, or with `email` and `code`. Five wrong codes void the code. A device that the account does not know gets in this way while somebody guesses at the password.",
        body: Some("LogInWithCode"),
        answer: Answer::Json("Session"),
        refusals: &[
            SHOWN[0],
            SHOWN[1],
            SHOWN[2],
            SHOWN[3],
            &reason::LOGIN_MFA_REQUIRED,
            &reason::REQUEST_ORIGIN,
            &reason::REQUEST_COOKIE_CROSS_SITE,
        ],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/password/forgot",
        id: "forgotPassword",
        tag: Tag::Account,
        summary: "Ask for a mail to choose a new password",
        about: "Sends a link and a code, good once and for an hour, if the address has an account. The answer is the same for every address.",
        body: Some("Address"),
        status: 202,
        answer: Answer::Json("MailSent"),
        refusals: ASKED,
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/password/reset",
        id: "resetPassword",
        tag: Tag::Account,
        summary: "Choose a new password with what came by mail",
        about: "With the `token` of the link, or with `email` and `code`. Ends every session and opens none. A password that is refused leaves the link as it was.",
        body: Some("ResetPassword"),
        status: 204,
        refusals: &[
            SHOWN[0],
            SHOWN[1],
            SHOWN[2],
            SHOWN[3],
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
        method: "post",
        path: "/v1/email",
        id: "changeEmail",
        tag: Tag::Account,
        summary: "Ask for another e-mail address",
        about: "Sends a link to the new address, with which it takes effect; the old address is told. Wants the password, or a login a short time ago.",
        caller: Caller::Bearer,
        body: Some("ChangeEmail"),
        status: 202,
        answer: Answer::Json("MailSent"),
        refusals: &[
            ASKED[0],
            ASKED[1],
            ASKED[2],
            &reason::PASSWORD_WRONG,
            &reason::LOGIN_THROTTLED,
            &reason::STEPUP_REQUIRED,
        ],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/email/verify",
        id: "verifyEmail",
        tag: Tag::Account,
        summary: "Confirm an e-mail address with what came by mail",
        about: "With the `token` of the link, or with `email` and `code`. The first confirmation of an address ends all sessions and removes second factors, because a stranger may have made the account. Another address for an account is confirmed with its access token as well.",
        body: Some("Shown"),
        status: 204,
        refusals: &[SHOWN[0], SHOWN[1], SHOWN[2], SHOWN[3], &reason::TOKEN_MISSING, &reason::SIGNUP_TAKEN],
        ..BARE
    },
    Endpoint {
        method: "post",
        path: "/v1/email/resend",
        id: "resendVerification",
        tag: Tag::Account,
        summary: "Ask for the mail that confirms an address",
        about: "Sends it if the address has an account and is not confirmed. The answer is the same for every address.",
        body: Some("Address"),
        status: 202,
        answer: Answer::Json("MailSent"),
        refusals: ASKED,
        ..BARE
    },
];

const ASKED: &[&Reason] =
    &[&reason::SIGNUP_EMAIL_INVALID, &reason::MAIL_THROTTLED, &reason::MAIL_NOT_CONFIGURED];

const SHOWN: [&Reason; 4] =
    [&reason::LINK_USED, &reason::LINK_EXPIRED, &reason::LINK_CODE_WRONG, &reason::LOGIN_THROTTLED];
