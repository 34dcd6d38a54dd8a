//! Good signatures under a header or a form that a reader has to refuse.
//! Spec: RFC 7515 sections 4 and 5.2, RFC 7797, RFC 8725 sections 2.6 and 3.1.

use serde_json::json;

use super::claims::case;
use super::{BadToken, Mend, Origin, Verdict, signed};
use crate::Sent;
use crate::forge::assemble;

pub(super) const ALL: &[BadToken] = &[
    case!(
        "crit.unknown",
        "with an extension nobody here knows",
        "`crit` names an extension without which the token must not be read.",
        ["crit.unsupported"],
        "a token that is only good under a condition (bound to a key, for one request) works without it",
        "RFC 7515 section 4.1.11",
        Critical,
        |forge| {
            let draft = forge.draft().header("crit", json!(["https://ext.invalid/only-once"]));
            signed(&draft.header("https://ext.invalid/only-once", true.into()))
        }
    ),
    case!(
        "crit.empty",
        "with an empty `crit`",
        "`crit` is there and names nothing.",
        ["crit.malformed"],
        "little by itself; it shows that `crit` is not looked at",
        "RFC 7515 section 4.1.11",
        Critical,
        |forge| signed(&forge.draft().header("crit", json!([])))
    ),
    case!(
        "b64.false",
        "whose payload says it is not encoded",
        "`b64` is false and critical, and the payload is base64url all the same.",
        ["crit.unsupported"],
        "two readers see two payloads: a gateway checks one, the API acts on the other",
        "RFC 7797 section 6",
        Critical,
        |forge| signed(&forge.draft().header("b64", false.into()).header("crit", json!(["b64"])))
    ),
    case!(
        "cty.jwt",
        "that says it holds another token",
        "`cty` is `JWT`, which announces a token inside; the payload is claims.",
        ["typ.mismatch"],
        "a reader that unpacks and one that does not see two different tokens",
        "RFC 7519 section 5.2",
        Form,
        |forge| signed(&forge.draft().header("cty", "JWT".into()))
    ),
    case!(
        "duplicate.header",
        "with two algorithms in its header",
        "`alg` stands there twice, first `none`, then the good one.",
        ["malformed.duplicate_member"],
        "what checks reads one of them, what acts reads the other",
        "RFC 7515 section 4",
        Form,
        |forge| {
            let draft = forge.draft();
            let header = format!("{{\"alg\":\"none\",{}", &draft.header_text()[1..]);
            let token = assemble(&header, &draft.payload_text(), |input| forge.hand().sign(input));
            Some(Sent::bearer(token))
        }
    ),
    case!(
        "duplicate.claim",
        "about two users at once",
        "`sub` stands there twice, first another user's.",
        ["malformed.duplicate_member"],
        "a gateway that logs one user and an API that serves another",
        "RFC 7519 section 4",
        Form,
        |forge| {
            let draft = forge.draft();
            let name = ["sub", "id", "userId", "user_id", "email"]
                .into_iter()
                .find(|name| forge.good_claim(name).is_some());
            let payload =
                format!("{{\"{}\":\"victim\",{}", name.unwrap_or("sub"), &draft.payload_text()[1..]);
            // Without the name in the good token it would be there once.
            name?;
            let token = assemble(&draft.header_text(), &payload, |input| forge.hand().sign(input));
            Some(Sent::bearer(token))
        }
    ),
    case!(
        "payload.list",
        "whose payload is a list",
        "The claims stand in a JSON array.",
        ["malformed.claims_not_object"],
        "every claim reads as absent, and what is absent is often not checked",
        "RFC 7519 section 7.2",
        Form,
        |forge| {
            let draft = forge.draft();
            let payload = format!("[{}]", draft.payload_text());
            let token = assemble(&draft.header_text(), &payload, |input| forge.hand().sign(input));
            Some(Sent::bearer(token))
        }
    ),
    case!(
        "size.large",
        "of 20 kilobytes",
        "A claim of 15 kB makes it larger than any token needs to be.",
        ["malformed.size"],
        "little by itself; without a limit every request costs as much as the sender likes",
        "RFC 8725 section 2.4",
        Size,
        |forge| signed(&forge.draft().claim("padding", "x".repeat(15_000).into()))
    ),
    case!(
        "kid.unknown",
        "that names another key",
        "`kid` names a key that the issuer does not have; the signature is by the good one.",
        ["key.unknown_kid"],
        "a withdrawn key goes on working under another name",
        "RFC 7515 section 4.1.4",
        Keys,
        |forge| forge
            .kid()
            .and_then(|kid| signed(&forge.draft().header("kid", format!("{kid}-of-last-year").into())))
    ),
    case!(
        "alg.other",
        "signed with another algorithm",
        "The good key under an algorithm it is not meant for.",
        ["alg.key_mismatch"],
        "the sender chooses how the token is checked; the weakest algorithm the library knows decides",
        "RFC 8725 section 3.1",
        Algorithms,
        |forge| {
            let other = forge.hand().under_another_algorithm()?;
            let draft = forge.draft().header("alg", other.name().into());
            Some(Sent::bearer(draft.signed_by(|input| other.sign(input))))
        }
    ),
];
