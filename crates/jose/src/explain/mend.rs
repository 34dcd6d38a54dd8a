//! What to do about a failed check, said to whoever pasted the token.
//!
//! The cause that the two sides give away comes first: a slash at the end of an issuer, an hour of a clock, an access
//! token where an ID token was wanted. The texts hold nothing of the token but what the check already showed.

use super::words::span;
use crate::error::{Error, Reason};
use crate::json::{self, Value};
use crate::jwt::Policy;
use crate::jwt::claims::Claims;
use crate::jwt::numeric_date::NumericDate;
use crate::jwt::policy::Audiences;

/// What the mend may look at.
pub(super) struct Context<'a> {
    pub(super) policy: &'a Policy,
    pub(super) claims: Option<&'a Claims<'a>>,
    pub(super) now: i64,
}

/// `hint` is that of the check, which may know more than the refusal.
pub(super) fn mend(error: &Error, hint: Option<&str>, context: &Context<'_>) -> String {
    if let Some(mend) = hint.and_then(by_hint) {
        return mend.to_owned();
    }
    let near = match error.reason() {
        Reason::MalformedParts => match error.received() {
            Some("JSON") => {
                Some("Sign it in compact form; `jotgate jws verify` checks the JSON forms.".to_owned())
            }
            Some("5") => Some("Whoever it is encrypted for has to decrypt it first.".to_owned()),
            _ => None,
        },
        Reason::IssMismatch => issuer(context),
        Reason::AudMismatch => audience(context),
        Reason::ExpExpired => expired(context),
        Reason::ExpMalformed => Some(number(context.claims.and_then(|claims| claims.exp), "exp")),
        Reason::NbfNotYet => ahead(context, context.claims.and_then(|claims| claims.nbf)),
        Reason::IatInFuture => ahead(context, context.claims.and_then(|claims| claims.iat)),
        _ => None,
    };
    near.unwrap_or_else(|| usual(error.reason()).to_owned())
}

fn by_hint(hint: &str) -> Option<&'static str> {
    Some(match hint.split(':').next()? {
        "signature.length" => {
            "Copy the whole token again. If it is whole, whoever made it did not use this algorithm: sign it anew with a library."
        }
        "signature.der_encoding" => {
            "Let the signer write r and s side by side: `dsaEncoding: 'ieee-p1363'` in Node, `...inP1363Format` in Java."
        }
        "signature.known_sample" => "Sign this header and this payload: a signature fits one text only.",
        "signature.known_public_secret" => {
            "Make a new secret (`jotgate secret`) and put it where the token is signed and checked."
        }
        "signature.trailing_newline" | "signature.trailing_space" | "signature.quoted_secret" => {
            "Use the same bytes on both sides: trim the secret where it is read, and write the file without a line end (`printf`, not `echo`)."
        }
        "signature.base64_secret" | "signature.hex_secret" => {
            "Agree on one form: either both sides decode the secret, or neither does."
        }
        _ => return None,
    })
}

fn issuer(context: &Context<'_>) -> Option<String> {
    let wanted = context.policy.issuer.0.as_deref()?;
    let got = context.claims?.iss?.as_str()?.decode();
    difference(wanted, &got).map(|difference| {
        format!(
            "{difference}. Issuers are compared letter by letter: configure exactly what the issuer writes."
        )
    })
}

fn audience(context: &Context<'_>) -> Option<String> {
    let wanted: Vec<&str> = match &context.policy.audience.0 {
        Audiences::Unchecked => return None,
        Audiences::AnyOf(names) => names.iter().map(String::as_str).collect(),
        Audiences::Only(name) => vec![name.as_str()],
    };
    let mut got = Vec::new();
    match context.claims?.aud? {
        Value::String(name) => got.push(name.decode()),
        Value::Array(array) => {
            got.extend(json::elements(array).filter_map(Value::as_str).map(json::Str::decode));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
    if matches!(context.policy.audience.0, Audiences::Only(_)) && got.iter().any(|name| name == wanted[0]) {
        return Some(
            "The token is good for others as well. Ask for one that names this audience alone.".to_owned(),
        );
    }
    let pairs = wanted.iter().flat_map(|wanted| got.iter().map(move |got| (*wanted, got)));
    pairs.filter_map(|(wanted, got)| difference(wanted, got)).next().map(|difference| {
        format!(
            "{difference}. Audiences are compared letter by letter: configure exactly what the issuer writes."
        )
    })
}

/// In what small way two addresses differ.
fn difference(wanted: &str, got: &str) -> Option<&'static str> {
    let host = |text: &str| text.replace("127.0.0.1", "localhost").replace("[::1]", "localhost");
    let bare = |text: &str| text.split_once("://").map_or(text, |(_, rest)| rest).to_owned();
    let portless = |text: &str| text.replacen(":443", "", 1).replacen(":80", "", 1);
    Some(if wanted.trim_end_matches('/') == got.trim_end_matches('/') {
        match got.ends_with('/') {
            true => "The token has a slash at the end, and you expect none",
            false => "You expect a slash at the end, and the token has none",
        }
    } else if wanted.trim() == got.trim() {
        "One of the two has white space around it"
    } else if wanted.eq_ignore_ascii_case(got) {
        "The two differ in upper and lower case only"
    } else if bare(wanted) == bare(got) {
        "The two differ in `http` and `https` only"
    } else if portless(wanted) == portless(got) {
        "The two differ in the port only"
    } else if host(wanted) == host(got) {
        "`localhost` and `127.0.0.1` are two names"
    } else {
        return None;
    })
}

fn moment(value: Option<Value<'_>>) -> Option<i64> {
    match value? {
        Value::Number(number) => NumericDate::parse(number).map(|at| at.seconds),
        _ => None,
    }
}

fn expired(context: &Context<'_>) -> Option<String> {
    let exp = moment(context.claims?.exp)?;
    let late = u64::try_from(context.now.checked_sub(exp)?).ok()?;
    Some(if late <= SKEW {
        format!(
            "It expired {} ago only: get a new one before it runs out, or allow a leeway of a minute if the clocks differ.",
            span(late)
        )
    } else {
        "Get a new token (refresh, or log in again). If a fresh one is refused too, a clock is wrong."
            .to_owned()
    })
}

fn ahead(context: &Context<'_>, at: Option<Value<'_>>) -> Option<String> {
    let away = u64::try_from(moment(at)?.checked_sub(context.now)?).ok()?;
    let whole_hours =
        away.abs_diff(away.next_multiple_of(1800)).min(away % 1800) <= 60 && (1740..=50_400).contains(&away);
    Some(if away <= SKEW {
        format!("{} ahead: the clocks differ. Set both by a time server, or allow a leeway.", span(away))
    } else if whole_hours {
        format!("{} ahead: the issuer probably wrote its local time instead of UTC.", span(away))
    } else {
        "Compare the clocks of the issuer and of this machine; times in tokens are seconds since 1970 in UTC."
            .to_owned()
    })
}

fn number(value: Option<Value<'_>>, name: &str) -> String {
    match value {
        Some(Value::String(_)) => format!("Write `{name}` as a number, without quotes."),
        Some(Value::Number(_)) => {
            format!(
                "Write `{name}` in seconds since 1970. JavaScript counts milliseconds: divide `Date.now()` by 1000."
            )
        }
        _ => format!("Write `{name}` as a number of seconds since 1970."),
    }
}

fn usual(reason: Reason) -> &'static str {
    match reason {
        Reason::MalformedParts => {
            "Print the length and both ends of what you send: usually it was cut off, or it is another kind of token."
        }
        Reason::MalformedSize => "Put less into the token: ids instead of whole objects.",
        Reason::MalformedBase64 => {
            "Send the token exactly as it was issued. In your own code use base64url without padding."
        }
        Reason::MalformedJson | Reason::MalformedUtf8 => {
            "Let a JSON library write header and payload instead of joining strings, in UTF-8."
        }
        Reason::MalformedDuplicateMember => {
            "Set every name once: readers disagree about which of two counts."
        }
        Reason::MalformedDepth => "Flatten the claims, or look the structure up by an id.",
        Reason::MalformedClaimsNotObject => "Sign an object such as {\"sub\": \"...\"}, not a bare value.",
        Reason::AlgNone => "Sign the token. Unsigned ones are never accepted, and no setting changes that.",
        Reason::AlgUnknown => {
            "Use a registered name, letter by letter, such as ES256, RS256, Ed25519 or HS256."
        }
        Reason::AlgNotAllowed => {
            "Sign with an algorithm the verifier accepts, or accept this one if you mean to."
        }
        Reason::AlgKeyMismatch => {
            "Check which key signed; a public key never checks HS256, nor a secret RS256."
        }
        Reason::KeyUnknownKid => {
            "Compare the `kid` with the issuer's key set. If it is there, your copy is old; if not, another issuer signed."
        }
        Reason::KeyAmbiguous => {
            "Give every key a `kid` of its own, and keep secrets and public keys in separate sets."
        }
        Reason::KeyTooSmall => {
            "Make a longer key: `jotgate secret` for HMAC, `jotgate key generate` for key pairs."
        }
        Reason::KeyWrongUse => "Give the issuer's signature key; a public key is never a shared secret.",
        Reason::KeyMissingAlg => "Add `alg` to the key, or choose the algorithm where it is loaded.",
        Reason::KeyMalformed | Reason::KeyUnsupported => {
            "Run `jotgate key inspect FILE`: it says what is wrong with the key."
        }
        Reason::SignatureInvalid => {
            "Either another key signed, or the token was changed afterwards. Compare the keys of issuer and verifier."
        }
        Reason::ExpMissing => {
            "Let the issuer set `exp`, minutes ahead: a token without an end is good for ever, also for a thief."
        }
        Reason::IatTooOld => "Get a new token and use it at once.",
        Reason::IssMissing => "Let the issuer write its address into `iss`.",
        Reason::IssMismatch => {
            "Another issuer made it. If you mean to trust that one, configure it with its own keys."
        }
        Reason::IssMalformed => "Write `iss` as one string.",
        Reason::AudMissing => "Ask the issuer for a token with this API's name in `aud`.",
        Reason::AudMismatch => {
            "Ask the issuer for a token for this API; one for another API must not work here."
        }
        Reason::AudMalformed => "Write `aud` as a string or an array of strings.",
        Reason::TypMismatch => {
            "Send the other kind of token. If your own code makes it, set `typ` in the header."
        }
        Reason::CritMalformed | Reason::CritUnsupported => "Leave `crit` out; hardly any token needs it.",
        Reason::ClaimMissing => "Let the issuer add the claim, or do not require it.",
        Reason::ClaimMalformed => "Compare the type the issuer writes with the one that is read.",
        Reason::ClaimMismatch => "Compare what the issuer writes with what the check demands.",
        _ => "See the page of the reason.",
    }
}

/// By this many seconds clocks differ.
const SKEW: u64 = 300;
