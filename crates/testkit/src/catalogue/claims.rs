//! Good signatures under claims that are for somebody else, for another time, or of another shape.
//! Spec: RFC 7519 section 4.1, RFC 8725 sections 3.8 to 3.10, RFC 9068 section 4.

use serde_json::{Value, json};

use super::{BadToken, Mend, Origin, Verdict, signed, without_claim};
use crate::Forge;

macro_rules! case {
    ($id:literal, $title:literal, $what:literal, [$($reason:literal),+], $gains:literal, $spec:literal, $mend:ident, $build:expr) => {
        BadToken {
            id: $id,
            title: $title,
            what: $what,
            verdict: Verdict::Refuse(&[$($reason),+]),
            origin: Origin::Signed,
            attacker_gains: $gains,
            spec: $spec,
            mend: Mend::$mend,
            change: None,
            build: $build,
        }
    };
}
pub(super) use case;

pub(super) const ALL: &[BadToken] = &[
    case!(
        "aud.other",
        "made for another API",
        "`aud` names another service of the same issuer.",
        ["aud.mismatch"],
        "the tokens that users hand to any other service of this issuer open this API too: whoever runs one service is every user here",
        "RFC 7519 section 4.1.3, RFC 9068 section 4",
        Audience,
        |forge| signed(&forge.draft().claim("aud", OTHER_API.into()))
    ),
    case!(
        "aud.list_without_ours",
        "made for two other APIs",
        "`aud` is a list, and this API is not in it.",
        ["aud.mismatch"],
        "the same as with one other API, where a check compares strings and lets lists pass",
        "RFC 7519 section 4.1.3",
        Audience,
        |forge| signed(&forge.draft().claim("aud", json!([OTHER_API, "https://third.invalid"])))
    ),
    case!(
        "aud.longer",
        "for an audience that begins like ours",
        "`aud` is the good one with `.evil.invalid` behind it.",
        ["aud.mismatch"],
        "whoever can name a service so that it begins like yours gets tokens that open yours",
        "RFC 7519 section 4.1.3",
        Audience,
        |forge| signed(&forge.draft().claim("aud", format!("{}.evil.invalid", audience(forge)?).into()))
    ),
    case!(
        "aud.missing",
        "for no audience",
        "There is no `aud`.",
        ["aud.missing"],
        "a token without a purpose is good for every purpose",
        "RFC 9068 section 2.2",
        Audience,
        |forge| without_claim(forge, "aud")
    ),
    case!(
        "iss.other",
        "of another issuer",
        "`iss` names another issuer; the signature is by the good key.",
        ["iss.mismatch"],
        "where one key or secret serves two issuers (staging and production), users of one are users of the other",
        "RFC 7519 section 4.1.1, RFC 8725 section 3.8",
        Issuer,
        |forge| signed(&forge.draft().claim("iss", "https://elsewhere.invalid".into()))
    ),
    case!(
        "iss.longer",
        "of an issuer that begins like ours",
        "`iss` is the good one with `.evil.invalid` behind it.",
        ["iss.mismatch"],
        "whoever can name an issuer so that it begins like yours speaks for its users",
        "RFC 9068 section 4",
        Issuer,
        |forge| {
            let issuer = forge.good_claim("iss")?.as_str()?;
            signed(&forge.draft().claim("iss", format!("{issuer}.evil.invalid").into()))
        }
    ),
    case!(
        "iss.missing",
        "of no issuer",
        "There is no `iss`.",
        ["iss.missing"],
        "nobody can be held to account for it, and any service that shares the key can have made it",
        "RFC 9068 section 2.2",
        Issuer,
        |forge| without_claim(forge, "iss")
    ),
    case!(
        "exp.missing",
        "that never expires",
        "There is no `exp`.",
        ["exp.missing"],
        "one token out of a log or a backup opens the API for ever",
        "RFC 9068 section 2.2",
        Expiry,
        |forge| without_claim(forge, "exp")
    ),
    case!(
        "exp.ten_minutes",
        "that expired ten minutes ago",
        "Its `exp` is further back than clocks ever differ.",
        ["exp.expired"],
        "stolen tokens work longer than anybody planned",
        "RFC 7519 section 4.1.4",
        Expiry,
        |forge| signed(&expired(forge, 600))
    ),
    case!(
        "exp.last_year",
        "that expired a year ago",
        "Its `exp` is long gone.",
        ["exp.expired"],
        "every token anybody ever lost still works",
        "RFC 7519 section 4.1.4",
        Expiry,
        |forge| signed(&expired(forge, 365 * 24 * 3600))
    ),
    BadToken {
        id: "exp.within_leeway",
        title: "that expired 20 seconds ago",
        what: "Its `exp` is just over. With leeway for clocks that differ it is accepted, without it is refused.",
        verdict: Verdict::Either,
        origin: Origin::Signed,
        attacker_gains: "nothing worth the name",
        spec: "RFC 7519 section 4.1.4",
        mend: Mend::None,
        change: None,
        build: |forge| signed(&expired(forge, 20)),
    },
    case!(
        "exp.text",
        "whose `exp` is text",
        "`exp` is a string of digits, which lies in the future as a number.",
        ["exp.malformed"],
        "a comparison of a string with a number is often false both ways, and then the token never expires",
        "RFC 7519 section 4.1.4",
        Expiry,
        |forge| {
            let later = forge.now().saturating_add(900).to_string();
            forge.good_claim("exp").and_then(|_| signed(&forge.draft().claim("exp", later.into())))
        }
    ),
    case!(
        "exp.null",
        "whose `exp` is null",
        "`exp` is there, and is null.",
        ["exp.malformed"],
        "it never expires where null is taken for absent",
        "RFC 7519 section 4.1.4",
        Expiry,
        |forge| forge.good_claim("exp").and_then(|_| signed(&forge.draft().claim("exp", Value::Null)))
    ),
    case!(
        "nbf.future",
        "that is not good yet",
        "`nbf` lies an hour ahead.",
        ["nbf.not_yet"],
        "access before the time for which it was granted",
        "RFC 7519 section 4.1.5",
        Times,
        |forge| {
            let draft = forge.draft().claim("nbf", (forge.now() + 3600).into());
            signed(&draft.claim("exp", (forge.now() + 7200).into()))
        }
    ),
    case!(
        "iat.future",
        "issued in the future",
        "`iat` lies an hour ahead.",
        ["iat.in_future"],
        "a token made while a clock was wrong outlives every rule that counts from its issue",
        "RFC 7519 section 4.1.6",
        Times,
        |forge| {
            let draft = forge.draft().claim("iat", (forge.now() + 3600).into());
            signed(&draft.claim("exp", (forge.now() + 7200).into()))
        }
    ),
    case!(
        "sub.missing",
        "of nobody",
        "There is no `sub`, nor any other name for the user.",
        ["claim.missing"],
        "a route that looks up the user's rows gets `undefined`, and some queries then return everybody's",
        "RFC 9068 section 2.2",
        Subject,
        |forge| {
            const NAMES: [&str; 8] = ["sub", "id", "userId", "user_id", "uid", "user", "email", "username"];
            NAMES.iter().find(|name| forge.good_claim(name).is_some())?;
            signed(&NAMES.iter().fold(forge.draft(), |draft, name| draft.without(name)))
        }
    ),
    case!(
        "sub.number",
        "whose `sub` is a number",
        "`sub` is 17, without quotes.",
        ["claim.malformed"],
        "two names for one user, of which one escapes a comparison: `17` is not `\"17\"` everywhere",
        "RFC 7519 section 4.1.2",
        Subject,
        |forge| forge
            .good_claim("sub")?
            .as_str()
            .and_then(|_| signed(&forge.draft().claim("sub", 17.into())))
    ),
];

fn expired(forge: &Forge, seconds_ago: i64) -> crate::Draft<'_> {
    let exp = forge.now() - seconds_ago;
    let draft = forge.draft().claim("exp", exp.into());
    // Issued before it expired, because otherwise it would be wrong in a second way.
    match forge.good_claim("iat") {
        Some(_) => draft.claim("iat", (exp - 900).into()),
        None => draft,
    }
}

fn audience(forge: &Forge) -> Option<&str> {
    let aud = forge.good_claim("aud")?;
    aud.as_str().or_else(|| aud.get(0)?.as_str())
}

const OTHER_API: &str = "https://billing.invalid";
