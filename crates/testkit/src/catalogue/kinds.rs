//! Tokens of another kind, each signed by the issuer and with every claim an access token has beside its own, as if one
//! deployment had mixed up all it can. Spec: RFC 8725 section 3.11, RFC 9068 section 4.

use serde_json::{Value, json};

use super::claims::case;
use super::{BadToken, Mend, Origin, Verdict, signed};
use crate::{Forge, Sent};

pub(super) const ALL: &[BadToken] = &[
    case!(
        "kind.id_token",
        "that is an ID token",
        "An OpenID Connect ID token, which tells a client who logged in.",
        ["typ.mismatch"],
        "ID tokens lie in browsers, logs and analytics, because they open nothing; here they open your API",
        "RFC 9068 section 2.1, OpenID Connect Core section 2",
        Type,
        |forge| kind(
            forge,
            "JWT",
            json!({"nonce": "n-0S6_WzA2Mj", "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "azp": "spa"})
        )
    ),
    case!(
        "kind.logout_token",
        "that is a logout token",
        "A back-channel logout token, which tells a client that a session is over.",
        ["typ.mismatch"],
        "the message that ends a session opens the API in its name",
        "OpenID Connect Back-Channel Logout section 2.4",
        Type,
        |forge| kind(
            forge,
            "logout+jwt",
            json!({"events": {"http://schemas.openid.net/event/backchannel-logout": {}}})
        )
    ),
    case!(
        "kind.refresh",
        "that is a refresh token",
        "A refresh token in the form of a JWT.",
        ["typ.mismatch"],
        "a refresh token lives for weeks; as an access token it opens the API all that time, unseen by the login server",
        "RFC 9068 section 4",
        Type,
        |forge| kind(forge, "refresh+jwt", json!({"token_use": "refresh"}))
    ),
    case!(
        "kind.reset_link",
        "out of a password reset mail",
        "The token of a link in a mail, signed with the same key.",
        ["typ.mismatch"],
        "who sees the link (mail server, history, Referer) is logged in as its user, with no password changed",
        "RFC 8725 section 3.11",
        Type,
        |forge| kind(forge, "password-reset+jwt", json!({"purpose": "password-reset"}))
    ),
    case!(
        "kind.client_assertion",
        "with which a client logs in",
        "A client assertion: a client's proof to the token endpoint.",
        ["typ.mismatch"],
        "what a client shows to the login server works at the API as a user's token",
        "RFC 7523 section 3",
        Type,
        |forge| kind(forge, "client-authentication+jwt", json!({}))
    ),
    case!(
        "kind.dpop_proof",
        "that is a DPoP proof",
        "A proof of possession, which accompanies a token and is none.",
        ["typ.mismatch"],
        "proofs are sent to every service; each could use them at yours",
        "RFC 9449 section 4.2",
        Type,
        |forge| kind(forge, "dpop+jwt", json!({"htm": "GET", "htu": "https://api.invalid/"}))
    ),
    case!(
        "kind.introspection",
        "that is an introspection answer",
        "A signed answer about a token, made for the API that asked.",
        ["typ.mismatch"],
        "every API that may ask about a token gets one that opens yours",
        "RFC 9701 section 5",
        Type,
        |forge| kind(forge, "token-introspection+jwt", json!({"token_introspection": {"active": true}}))
    ),
    case!(
        "kind.status_list",
        "that is a status list",
        "A public list of which tokens still count.",
        ["typ.mismatch"],
        "anybody can fetch it without logging in",
        "Token Status List section 5.1",
        Type,
        |forge| kind(
            forge,
            "statuslist+jwt",
            json!({"ttl": 60, "status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}})
        )
    ),
    case!(
        "kind.revocation_feed",
        "that is a message of the revocation feed",
        "A message that tells APIs what was revoked.",
        ["typ.mismatch"],
        "anybody can fetch it without logging in",
        "RFC 8725 section 3.11",
        Type,
        |forge| kind(forge, "revocations+jwt", json!({"era": "AAAAAAAAAAAAAAAAAAAAAA", "seq": 7}))
    ),
    case!(
        "typ.jwt",
        "of type `JWT`",
        "Everything is right, but its type says nothing.",
        ["typ.mismatch"],
        "where types are not told apart, every kind of token above comes in by leaving its type out",
        "RFC 9068 section 4",
        Type,
        |forge| typed(forge).and_then(|forge| signed(&forge.draft().header("typ", "JWT".into())))
    ),
    case!(
        "typ.missing",
        "without a type",
        "Everything is right, but there is no `typ`.",
        ["typ.mismatch"],
        "where types are not told apart, every kind of token above comes in by leaving its type out",
        "RFC 9068 section 4",
        Type,
        |forge| typed(forge).and_then(|forge| signed(&forge.draft().without_header("typ")))
    ),
];

/// A good token with the type and the claims of another kind.
fn kind(forge: &Forge, typ: &str, own: Value) -> Option<Sent> {
    let Value::Object(own) = own else { return None };
    let draft = forge.draft().header("typ", typ.into());
    signed(&own.into_iter().fold(draft, |draft, (name, value)| draft.claim(&name, value)))
}

/// The forge, where good tokens have a type that says something.
fn typed(forge: &Forge) -> Option<&Forge> {
    forge.typ().filter(|typ| !typ.eq_ignore_ascii_case("JWT")).map(|_| forge)
}
