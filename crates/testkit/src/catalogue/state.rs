//! Tokens that were good when they were made. What happened since, only the issuer knows; the revocation feed tells.
//! Spec: RFC 9700 section 4.14 for the aim; how it is reached is Jotgate's own.

use super::{BadToken, Change, Mend, Origin, Verdict};
use crate::Sent;

pub(super) const ALL: &[BadToken] = &[
    outdated(
        ("state.logged_out", "of a session that was logged out", "Its user logged out after it was made."),
        &["revoked.session"],
        "a copy out of a log, a backup or a stolen laptop goes on working after the user has left",
        Change::LogOut,
    ),
    outdated(
        (
            "state.password_changed",
            "from before the password was changed",
            "Its user changed the password after it was made.",
        ),
        &["revoked.session", "revoked.subject"],
        "the thief for whose sake the password was changed stays in",
        Change::PasswordChange,
    ),
    outdated(
        (
            "state.role_removed",
            "with a role that was taken away",
            "It names a role that its user does not have any more.",
        ),
        &["revoked.subject"],
        "who was dismissed goes on administering",
        Change::RoleRemoved,
    ),
    outdated(
        ("state.disabled", "of a user who was disabled", "Its user was locked out after it was made."),
        &["revoked.session", "revoked.subject"],
        "who was locked out goes on",
        Change::Disable,
    ),
    outdated(
        ("state.deleted", "of a user who was deleted", "Its user does not exist any more."),
        &["revoked.session", "revoked.subject"],
        "somebody acts whom nobody can find",
        Change::Delete,
    ),
    outdated(
        (
            "state.token_revoked",
            "that was taken back itself",
            "This one token was revoked, its session lives.",
        ),
        &["revoked.token"],
        "the one token that is known to be stolen goes on working",
        Change::TokenRevoked,
    ),
    outdated(
        (
            "state.key_revoked",
            "of a key that was revoked",
            "The signing key leaked and was taken out of use.",
        ),
        &["revoked.key", "key.unknown_kid", "key.revoked"],
        "everything: whoever has the leaked key writes tokens for any user",
        Change::KeyRevoked,
    ),
];

const fn outdated(
    (id, title, what): (&'static str, &'static str, &'static str),
    reasons: &'static [&'static str],
    attacker_gains: &'static str,
    change: Change,
) -> BadToken {
    BadToken {
        id,
        title,
        what,
        verdict: Verdict::Refuse(reasons),
        origin: Origin::Outdated,
        attacker_gains,
        spec: "RFC 9700 section 4.14",
        mend: Mend::Revocation,
        change: Some(change),
        build: |forge| Some(Sent::bearer(forge.draft().token())),
    }
}
