//! Reasons found while somebody signs up, logs in, refreshes or looks after an account.
//! A client ends its session on the 401 answers of `refresh` only; everything else leaves it as it was.

use super::{Reason, reasons};

reasons! {
    part ACCOUNT_PART;

    REFRESH_INVALID = "refresh.invalid", 401,
        "This is not a refresh token of this server",
        "The text does not have the form of a refresh token, or was not made by this server for this issuer. The database was not asked.",
        "Send the `refresh_token` of the last answer exactly as it came; it begins with `jgr_`. After a change of the issuer's address everybody has to log in again.";
    REFRESH_UNKNOWN = "refresh.unknown", 401,
        "The session is not known",
        "The token is genuine, but its session is no longer in the database: it ended long ago, or the database is another one.",
        "Log in again.";
    REFRESH_EXPIRED = "refresh.expired", 401,
        "The session has expired",
        "The session was not used for longer than the idle lifetime, or has reached its absolute lifetime, which refreshing never prolongs.",
        "Log in again. The lifetimes are `[sessions] idle_lifetime` and `absolute_lifetime`.";
    REFRESH_REVOKED = "refresh.revoked", 401,
        "The session has ended",
        "The session was ended by logout, a password change, an administrator or a token used out of turn.",
        "Log in again. `jotgate why REQUEST_ID` tells what ended it.";
    REFRESH_REUSED = "refresh.reused", 401,
        "An old refresh token was used out of turn",
        "Every refresh replaces the token. An older one came back when no retry could explain it, so two parties hold tokens of this session. It was ended for both, because one of them may be a thief.",
        "Log in again. If only your own program was at work, it kept an old token: store the new `refresh_token` before using it, share it between tabs and processes, and send one `Idempotency-Key` for all tries of one refresh.";

    LOGIN_FAILED = "login.failed", 401,
        "The e-mail, username or password is wrong",
        "No account answers to this name with this password. Which of the two is wrong is not told, because that would tell strangers who has an account here.",
        "Check the spelling and try again, or set a new password. Body: `{\"email\": \"...\", \"password\": \"...\"}`, or `username` in place of `email`.";
    LOGIN_MFA_REQUIRED = "login.mfa_required", 401,
        "A second factor is needed",
        "The password is right, and the account asks for one more proof. No session exists yet.",
        "Send `mfa_token` with a `code`, a `recovery_code` or a `passkey` to `POST /v1/login/mfa`. `methods` lists what this user can do.";
    LOGIN_THROTTLED = "login.throttled", 429,
        "Too many failed logins",
        "Too many wrong passwords have come for this account or from this address. The password of this try was not looked at.",
        "Wait for the seconds in `Retry-After`. Behind a proxy, set `[http] trusted_proxies`, or all users count as one address.";
    LOGIN_EMAIL_UNVERIFIED = "login.email_unverified", 403,
        "The e-mail address has not been confirmed",
        "The password is right, but this server lets people in only once they have opened the link sent to their address.",
        "Open the link in the message, or ask for a new one with `POST /v1/email/resend`.";

    SIGNUP_CLOSED = "signup.closed", 403,
        "Sign-up is closed",
        "This server does not let people make accounts themselves. Away from loopback that is the default.",
        "Let an administrator add the account (`jotgate user add`), or set `[signup] mode = \"open\"`.";
    SIGNUP_TAKEN = "signup.taken", 409,
        "The e-mail address or username is taken",
        "An account with this address or username exists. Upper and lower case make no difference.",
        "Log in instead, or choose another name.";
    SIGNUP_EMAIL_INVALID = "signup.email_invalid", 400,
        "This is not an e-mail address",
        "The text does not have the form `name@domain`, or its domain is not a valid name.",
        "Correct the address. Spaces around it do no harm.";

    PASSWORD_TOO_SHORT = "password.too_short", 400,
        "The password is too short",
        "The password has fewer characters than this server requires, 8 unless set otherwise.",
        "Choose a longer one; a few random words are easy to remember and hard to guess. The setting is `[passwords] min_length`.";
    PASSWORD_TOO_LONG = "password.too_long", 400,
        "The password is too long",
        "The password has more than 1024 characters. Hashing without a bound would let strangers keep the server busy.",
        "Choose a shorter one. Nothing is ever cut off silently.";
    PASSWORD_TOO_WEAK = "password.too_weak", 400,
        "The password is easy to guess",
        "The password is built from what guessing programs try first: common words, names, dates, keyboard rows, repetitions.",
        "Choose something less regular, such as several unrelated words or what a password manager makes. Digits and symbols are not required.";
    PASSWORD_TOO_COMMON = "password.too_common", 400,
        "The password is on the list of common passwords",
        "Many people use this password, so it is among the first that anybody tries.",
        "Choose another one. A number or a sign at its end does not help much.";
    PASSWORD_SAME_AS_EMAIL = "password.same_as_email", 400,
        "The password is the e-mail address or username",
        "The password equals the name with which the user logs in, or a part of it.",
        "Choose something that has nothing to do with the name.";
    PASSWORD_SAME_AS_SERVICE = "password.same_as_service", 400,
        "The password is the name of the service",
        "The password equals the name or the address of this service, which everybody sees.",
        "Choose something that has nothing to do with the service.";
    PASSWORD_WRONG = "password.wrong", 403,
        "The current password is wrong",
        "You are logged in, but this change needs the current password, and the one given is not it.",
        "Ask the user for the current password again. The session goes on.";

    MFA_CODE_WRONG = "mfa.code_wrong", 401,
        "The code is wrong",
        "The code is mistyped, was used before, or belongs to another time step.",
        "Enter the code that is shown now. If it keeps failing, compare the clock of the phone with the right time.";
    MFA_ALREADY = "mfa.already", 409,
        "The account has this factor already",
        "An account has one authenticator app, and a bounded number of passkeys. Taking another one in its place without a word would hide that somebody did it.",
        "Remove the one that is there, then add the new one.";
    MFA_NOT_ENROLLED = "mfa.not_enrolled", 409,
        "The account has no such factor",
        "The change concerns a second factor that this account does not have, or has not confirmed yet.",
        "Add it first: `POST /v1/mfa/totp`, then `POST /v1/mfa/totp/confirm` with a code of the app.";
    MFA_LAST_FACTOR = "mfa.last_factor", 409,
        "This is the last way into the account",
        "Without it nobody could log in to the account any more, its owner included.",
        "Add another passkey, or set a password, and then remove this one.";
    MFA_REQUIRED_BY_POLICY = "mfa.required_by_policy", 403,
        "This role needs a second factor",
        "The account has the role, but the server gives it only to sessions in which a second factor was shown (`[mfa] required_for`), and in this one only a password was.",
        "Add an authenticator app or a passkey at `/account/security` if there is none yet. Then log in again, or send the password to `POST /v1/stepup` and show the factor.";
    PASSKEY_INVALID = "passkey.invalid", 401,
        "The passkey was not accepted",
        "What the browser answered does not fit the challenge, the site, the account or the key that was stored when the passkey was made.",
        "Ask for new options and let the user try again on a page of this server's own origin. `detail` says what did not fit; `jotgate why REQUEST_ID` repeats it.";
    PASSKEY_UNKNOWN = "passkey.unknown", 404,
        "There is no such passkey",
        "None of the user's passkeys has this id. It may have been removed already, or belong to somebody else.",
        "Read the list at `GET /v1/passkeys` again.";
    PASSKEY_UNSUPPORTED_HOST = "passkey.unsupported_host", 409,
        "Passkeys need a host name",
        "This server's address is an IP address. Passkeys are bound to domains, and browsers make none for addresses.",
        "Give the server a name: `localhost` in place of `127.0.0.1` on your own machine (`--issuer http://localhost:8080`), else a domain with HTTPS.";
    LINK_USED = "link.used", 410,
        "The link has been used",
        "Each link works once, and this one has done its work, or a newer one has taken its place.",
        "Ask for a new link and open the newest. Some mail scanners open links before people do.";
    LINK_EXPIRED = "link.expired", 410,
        "The link has expired",
        "The link was good for a limited time, which is over.",
        "Ask for a new link and open it soon.";
    LINK_CODE_WRONG = "link.code_wrong", 401,
        "The code is wrong",
        "No mail to this address holds this code, or it has been used, is too old, or was mistyped five times. Which of these is not said, because it would tell strangers who has an account.",
        "Type the code of the newest mail, with the address the mail went to, or ask for a new one.";
    MAIL_NOT_CONFIGURED = "mail.not_configured", 503,
        "This server sends no mail",
        "What was asked for needs a mail, and nobody has told this server how to send one.",
        "Name a mail server in `[mail]` of the configuration, and try it with `jotgate doctor mail`. On a loopback issuer mails stay at `/inbox` without it.";
    MAIL_THROTTLED = "mail.throttled", 429,
        "Too many mails asked for",
        "Too many mails have been asked for from this address. Each of them goes to somebody's inbox.",
        "Wait for the seconds in `Retry-After`. Behind a proxy, set `[http] trusted_proxies`, or all users count as one address.";
    STEPUP_REQUIRED = "stepup.required", 401,
        "A recent login is needed",
        "The session is good, but this action wants proof that the user is there now, and the last login was too long ago.",
        "Ask for the password or the second factor again, then repeat the request with the new access token.";
    SESSION_UNKNOWN = "session.unknown", 404,
        "There is no such session",
        "None of the user's sessions has this id. It may have ended already, or belong to somebody else.",
        "Read the list at `GET /v1/sessions` again.";
}
