//! Tokens that anybody can make. Libraries were broken by each of them once.
//! Spec: RFC 8725 section 2, RFC 7515 section 10.

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, SigningKey, primitive};
use serde_json::{Value, json};

use super::{BadToken, Mend, Origin, Verdict};
use crate::forge::{CRYPTO, der_signature, hmac};
use crate::{Draft, Forge, Sent};

macro_rules! forged {
    ($id:literal, $title:literal, $what:literal, [$($reason:literal),+], $spec:literal, $mend:ident, $build:expr) => {
        BadToken {
            id: $id,
            title: $title,
            what: $what,
            verdict: Verdict::Refuse(&[$($reason),+]),
            origin: Origin::Forged,
            attacker_gains: ANYBODY,
            spec: $spec,
            mend: Mend::$mend,
            change: None,
            build: $build,
        }
    };
}

pub(super) const ALL: &[BadToken] = &[
    forged!(
        "none.plain",
        "that says it is unsigned",
        "`alg` is `none`, and there is no signature.",
        ["alg.none"],
        "RFC 8725 section 3.2",
        Algorithms,
        |forge| unsigned(forge, "none".into())
    ),
    forged!(
        "none.capital",
        "that says `None`",
        "`alg` is `None`, which escapes a list of forbidden words.",
        ["alg.none"],
        "RFC 8725 section 3.2",
        Algorithms,
        |forge| unsigned(forge, "None".into())
    ),
    forged!(
        "none.capitals",
        "that says `NONE`",
        "`alg` is `NONE`.",
        ["alg.none"],
        "RFC 8725 section 3.2",
        Algorithms,
        |forge| unsigned(forge, "NONE".into())
    ),
    forged!(
        "none.mixed",
        "that says `nOnE`",
        "`alg` is `nOnE`.",
        ["alg.none"],
        "RFC 8725 section 3.2",
        Algorithms,
        |forge| unsigned(forge, "nOnE".into())
    ),
    forged!(
        "none.space",
        "that says `none `",
        "`alg` is `none` with a space behind it.",
        ["alg.unknown"],
        "RFC 8725 section 3.2",
        Algorithms,
        |forge| unsigned(forge, "none ".into())
    ),
    forged!(
        "none.empty",
        "with an empty `alg`",
        "`alg` is the empty string.",
        ["alg.unknown"],
        "RFC 7515 section 4.1.1",
        Algorithms,
        |forge| unsigned(forge, "".into())
    ),
    forged!(
        "none.null",
        "whose `alg` is null",
        "`alg` is null.",
        ["alg.unknown"],
        "RFC 7515 section 4.1.1",
        Algorithms,
        |forge| unsigned(forge, Value::Null)
    ),
    forged!(
        "none.missing",
        "without an `alg`",
        "The header does not say how it is signed, and it is not.",
        ["alg.unknown"],
        "RFC 7515 section 4.1.1",
        Algorithms,
        |forge| bearer(&admin(forge.draft()).without_header("alg"), |_| Vec::new())
    ),
    forged!(
        "none.with_signature",
        "that says `none` over a signature",
        "`alg` is `none`, and a signature is there.",
        ["alg.none"],
        "RFC 8725 section 3.2",
        Algorithms,
        |forge| bearer(&admin(forge.draft()).header("alg", "none".into()), |_| vec![7; 64])
    ),
    forged!(
        "signature.stripped",
        "whose signature is cut off",
        "The algorithm is kept, the third part is empty.",
        ["signature.invalid"],
        "RFC 7515 section 5.2",
        Signature,
        |forge| bearer(&admin(forge.draft()), |_| Vec::new())
    ),
    forged!(
        "signature.two_parts",
        "of two parts",
        "Header and payload, and no third part at all.",
        ["malformed.parts"],
        "RFC 7515 section 7.1",
        Signature,
        |forge| {
            let token = admin(forge.draft()).signed_by(|_| Vec::new());
            Some(Sent::bearer(token.trim_end_matches('.')))
        }
    ),
    forged!(
        "payload.tampered",
        "whose payload was changed",
        "Made an administrator, under the signature of a good token.",
        ["signature.invalid"],
        "RFC 7515 section 5.2",
        Signature,
        |forge| {
            let good = forge.draft();
            let signature = last_part(&good.token());
            bearer(&admin(good), |_| signature)
        }
    ),
    forged!(
        "payload.other_user",
        "whose payload names another user",
        "Another `sub`, under the signature of a good token.",
        ["signature.invalid"],
        "RFC 7515 section 5.2",
        Signature,
        |forge| {
            let good = forge.draft();
            let signature = last_part(&good.token());
            bearer(&good.claim("sub", "victim".into()), |_| signature)
        }
    ),
    forged!(
        "signature.zero",
        "whose signature is all zeros",
        "ECDSA libraries that forget a check take zeros for any message (\"psychic signatures\").",
        ["signature.invalid"],
        "CVE-2022-21449",
        Library,
        |forge| {
            let length = last_part(&forge.draft().token()).len();
            bearer(&admin(forge.draft()), |_| vec![0; length])
        }
    ),
    forged!(
        "signature.stranger",
        "signed by somebody else",
        "Signed with a key the API does not know, under the name of the good one.",
        ["signature.invalid"],
        "RFC 7515 section 5.2",
        Signature,
        |forge| {
            asymmetric(forge)?;
            bearer(&admin(forge.draft()), |input| by(forge.stranger(), input))
        }
    ),
    forged!(
        "signature.other_curve",
        "signed on another curve",
        "The header says ES256, the signature is by a P-384 key.",
        ["signature.invalid"],
        "RFC 7518 section 3.4",
        Library,
        |forge| {
            (forge.algorithm() == Algorithm::Es256).then_some(())?;
            let key = SigningKey::generate(Algorithm::Es384).expect(CRYPTO);
            bearer(&admin(forge.draft()), |input| by(&key, input))
        }
    ),
    forged!(
        "signature.der",
        "whose signature is in DER",
        "The right key, the wrong form: anybody can turn one into the other.",
        ["signature.invalid"],
        "RFC 7518 section 3.4",
        Library,
        |forge| {
            matches!(forge.algorithm(), Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512)
                .then_some(())?;
            bearer(&forge.draft(), |input| der_signature(&forge.hand().sign(input)))
        }
    ),
    forged!(
        "signature.longer",
        "with a byte behind its signature",
        "The good signature and one byte more.",
        ["signature.invalid"],
        "RFC 7515 section 5.2",
        Library,
        |forge| { bearer(&forge.draft(), |input| [forge.hand().sign(input).as_slice(), &[0]].concat()) }
    ),
    forged!(
        "confusion.pem",
        "keyed with the public key (PEM)",
        "HS256 with the text of the public key as the secret.",
        ["alg.key_mismatch"],
        "RFC 8725 section 2.1",
        Algorithms,
        |forge| confused(forge, asymmetric(forge)?.to_pem().ok()?.as_bytes())
    ),
    forged!(
        "confusion.pem_trimmed",
        "keyed with the public key (PEM, no line end)",
        "The same without the last line end.",
        ["alg.key_mismatch"],
        "RFC 8725 section 2.1",
        Algorithms,
        |forge| confused(forge, asymmetric(forge)?.to_pem().ok()?.trim_end().as_bytes())
    ),
    forged!(
        "confusion.der",
        "keyed with the public key (DER)",
        "HS256 with the bytes of the public key as the secret.",
        ["alg.key_mismatch"],
        "RFC 8725 section 2.1",
        Algorithms,
        |forge| confused(forge, &asymmetric(forge)?.to_der().ok()?)
    ),
    forged!(
        "confusion.jwk",
        "keyed with the public key (JWK)",
        "HS256 with the JSON of the public key as the secret.",
        ["alg.key_mismatch"],
        "RFC 8725 section 2.1",
        Algorithms,
        |forge| confused(forge, asymmetric(forge)?.to_json().ok()?.as_bytes())
    ),
    forged!(
        "secret.empty",
        "keyed with an empty secret",
        "HS256 with no secret: what is left when a variable is not set.",
        ["signature.invalid", "alg.key_mismatch"],
        "RFC 8725 section 3.5",
        Secret,
        |forge| by_secret(admin(forge.draft()), b"")
    ),
    forged!(
        "secret.guessed",
        "keyed with `secret`",
        "HS256 with the first word of every list of secrets.",
        ["signature.invalid", "alg.key_mismatch"],
        "RFC 8725 section 3.5",
        Secret,
        |forge| by_secret(admin(forge.draft()), b"secret")
    ),
    forged!(
        "header.jwk",
        "that brings its own key",
        "`jwk` in the header holds the forger's public key.",
        ["signature.invalid", "alg.key_mismatch"],
        "RFC 8725 section 3.10, CVE-2018-0114",
        Keys,
        |forge| {
            let jwk: Value = serde_json::from_str(&forge.stranger_jwk().to_json().ok()?).ok()?;
            strangers(forge, |draft| draft.header("jwk", jwk))
        }
    ),
    forged!(
        "header.jku",
        "that says where its key is (jku)",
        "`jku` names an address of the forger's.",
        ["signature.invalid", "alg.key_mismatch"],
        "RFC 8725 section 3.10",
        Keys,
        |forge| strangers(forge, |draft| draft.header("jku", forge.listener_url().into()))
    ),
    forged!(
        "header.x5u",
        "that says where its certificate is (x5u)",
        "`x5u` names an address of the forger's.",
        ["signature.invalid", "alg.key_mismatch"],
        "RFC 8725 section 3.10",
        Keys,
        |forge| strangers(forge, |draft| draft.header("x5u", forge.listener_url().into()))
    ),
    forged!(
        "kid.path",
        "whose key name is a path",
        "`kid` points at an empty file, and the token is keyed with nothing.",
        ["key.unknown_kid"],
        "RFC 8725 section 3.10",
        Keys,
        |forge| by_secret(admin(forge.draft()).header("kid", "../../../../../../dev/null".into()), b"")
    ),
    forged!(
        "kid.sql",
        "whose key name is SQL",
        "`kid` makes a careless query answer a secret of the forger's choice.",
        ["key.unknown_kid"],
        "RFC 8725 section 3.10",
        Keys,
        |forge| by_secret(admin(forge.draft()).header("kid", "x' UNION SELECT 'pwned' -- ".into()), b"pwned")
    ),
];

/// What a forger would write.
fn admin(draft: Draft<'_>) -> Draft<'_> {
    draft.claim("roles", json!(["admin"])).claim("role", "admin".into())
}

fn bearer(draft: &Draft<'_>, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Option<Sent> {
    Some(Sent::bearer(draft.signed_by(sign)))
}

fn unsigned(forge: &Forge, alg: Value) -> Option<Sent> {
    bearer(&admin(forge.draft()).header("alg", alg), |_| Vec::new())
}

fn by(key: &SigningKey, input: &[u8]) -> Vec<u8> {
    primitive::sign(key, input).expect(CRYPTO)
}

fn by_secret(draft: Draft<'_>, secret: &[u8]) -> Option<Sent> {
    bearer(&draft.header("alg", "HS256".into()), |input| hmac(Algorithm::Hs256, secret, input))
}

fn confused(forge: &Forge, public: &[u8]) -> Option<Sent> {
    by_secret(admin(forge.draft()), public)
}

/// A token of the forger's own key, with a header that tells where to find it.
fn strangers(forge: &Forge, tell: impl FnOnce(Draft<'_>) -> Draft<'_>) -> Option<Sent> {
    let key = forge.stranger();
    bearer(&tell(admin(forge.draft()).header("alg", key.algorithm().name().into())), |input| by(key, input))
}

/// The public key, where there is one.
fn asymmetric(forge: &Forge) -> Option<jotgate_jose::Jwk> {
    forge.hand().public()
}

fn last_part(token: &str) -> Vec<u8> {
    token.rsplit('.').next().and_then(|part| base64url::decode(part).ok()).unwrap_or_default()
}

const ANYBODY: &str = "everything: anybody can write a token for any user, an administrator too";
