//! Good tokens, sent in ways that a careful API does not take. Spec: RFC 6750 section 2, RFC 9700 section 4.3.2.

use super::{BadToken, Mend, Origin, Verdict};
use crate::forge::high_s;
use crate::{Forge, Sent};
use jotgate_jose::Algorithm;

pub(super) const ALL: &[BadToken] = &[
    BadToken {
        id: "scheme.lower_case",
        title: "behind `bearer`, in lower case",
        what: "The name of a scheme is the same in capitals and in small letters.",
        verdict: Verdict::Accept,
        origin: Origin::Sent,
        attacker_gains: "nothing",
        spec: "RFC 9110 section 11.1",
        mend: Mend::None,
        change: None,
        build: |forge| Some(Sent::authorization([format!("bearer {}", good(forge))])),
    },
    BadToken {
        id: "signature.high_s",
        title: "under the other of its two signatures",
        what: "Every ECDSA signature has a twin that is as good. So a signature is no name for a token.",
        verdict: Verdict::Either,
        origin: Origin::Sent,
        attacker_gains: "nothing, unless tokens are revoked by their text",
        spec: "RFC 7518 section 3.4",
        mend: Mend::None,
        change: None,
        build: |forge| {
            (forge.algorithm() == Algorithm::Es256).then_some(())?;
            let token = forge.draft().signed_by(|input| {
                let signature = forge.hand().sign(input);
                high_s(&signature).unwrap_or(signature)
            });
            Some(Sent::bearer(token))
        },
    },
    sent(
        ("scheme.basic", "behind `Basic`", "The token follows another scheme's name."),
        &["token.scheme"],
        "little by itself; a check that takes any first word was written with `split(\" \")[1]`",
        |forge| Some(Sent::authorization([format!("Basic {}", good(forge))])),
    ),
    sent(
        ("scheme.missing", "without `Bearer`", "The header holds the token alone."),
        &["token.scheme"],
        "little by itself; clients come to rely on it, and two readers of the header disagree",
        |forge| Some(Sent::authorization([good(forge)])),
    ),
    sent(
        (
            "token.repeated",
            "in each of two headers",
            "Two `Authorization` headers: a good token, and one of another user.",
        ),
        &["token.repeated"],
        "a gateway checks one of them, the API acts on the other",
        |forge| {
            let other = forge.draft().claim("sub", "another".into()).token();
            Some(Sent::authorization([format!("Bearer {}", good(forge)), format!("Bearer {other}")]))
        },
    ),
    sent(
        ("token.twice", "twice in one header", "`Bearer TOKEN TOKEN`."),
        &["malformed.parts", "malformed.base64", "token.scheme", "token.repeated"],
        "a gateway checks one of them, the API acts on the other",
        |forge| Some(Sent::authorization([format!("Bearer {} {}", good(forge), good(forge))])),
    ),
    sent(
        (
            "token.comma",
            "in a list with commas",
            "`Bearer TOKEN, Bearer TOKEN`, as proxies join two headers.",
        ),
        &["malformed.parts", "malformed.base64", "token.scheme", "token.repeated"],
        "a gateway checks one of them, the API acts on the other",
        |forge| Some(Sent::authorization([format!("Bearer {}, Bearer {}", good(forge), good(forge))])),
    ),
    sent(
        ("query.access_token", "in the address", "`?access_token=TOKEN`, and no header."),
        &["token.missing"],
        "addresses stand in logs, in histories and in `Referer` headers; whoever reads them has the token",
        |forge| Some(Sent::query_member("access_token", good(forge))),
    ),
    sent(
        ("query.token", "in the address, as `token`", "`?token=TOKEN`, and no header."),
        &["token.missing"],
        "addresses stand in logs, in histories and in `Referer` headers; whoever reads them has the token",
        |forge| Some(Sent::query_member("token", good(forge))),
    ),
];

const fn sent(
    (id, title, what): (&'static str, &'static str, &'static str),
    reasons: &'static [&'static str],
    attacker_gains: &'static str,
    build: fn(&Forge) -> Option<Sent>,
) -> BadToken {
    BadToken {
        id,
        title,
        what,
        verdict: Verdict::Refuse(reasons),
        origin: Origin::Sent,
        attacker_gains,
        spec: "RFC 6750 sections 2 and 3.1",
        mend: Mend::Scheme,
        change: None,
        build,
    }
}

fn good(forge: &Forge) -> String {
    forge.draft().token()
}
