//! What is odd about a header member, and what kind of token a `typ` names.

use super::algorithms::{self, content_encryption};
use super::report::{Member, Remark};
use crate::json::{self, Limits, Value};

pub(super) fn add(name: &str, value: Value<'_>, member: &mut Member) {
    let text = value.as_str().map(json::Str::decode);
    let text = text.as_deref().unwrap_or_default();
    match name {
        "jwk" | "jku" | "x5u" | "x5c" => {
            member.remarks.push(Remark::careful(
                "a verifier that took its key from here would accept what anybody signed",
            ));
            if holds_private_key(value) {
                member
                    .remarks
                    .push(Remark::bad("a private key stands in this header for all to read: it is lost"));
            }
        }
        "alg" => {
            let note = algorithms::note(text);
            member.words = Some(note.what);
            if !note.is_offered && note.is_symmetric.is_some() {
                member.remarks.push(Remark::careful("not offered by this library, which cannot check it"));
            }
        }
        "typ" => member.words = kind_of(text).map(str::to_owned),
        "enc" => member.words = content_encryption(text).map(str::to_owned),
        "cty" if text.eq_ignore_ascii_case("JWT") => {
            member.words = Some("another token is inside this one".to_owned());
        }
        "kid" => member.remarks.extend(odd_kid(text)),
        "b64" if matches!(value, Value::Bool(false)) => {
            member
                .remarks
                .push(Remark::bad("an unencoded payload, which a JWT must not have (RFC 7797 section 7)"));
        }
        _ => {}
    }
}

/// A verifier does nothing with a `kid` but compare it, whatever it looks like.
fn odd_kid(kid: &str) -> Option<Remark> {
    let looks_like = if kid.contains("://") {
        "an address"
    } else if kid.contains("../") || kid.starts_with('/') || kid.contains("..\\") {
        "a path"
    } else if kid.contains('\'') || kid.to_ascii_lowercase().contains(" or ") {
        "SQL"
    } else if kid.contains("$(") || kid.contains('`') || kid.contains('|') {
        "a command"
    } else {
        return None;
    };
    Some(Remark::careful(format!(
        "looks like {looks_like}; a `kid` is only compared, nothing is opened or run"
    )))
}

fn holds_private_key(value: Value<'_>) -> bool {
    let Value::Object(text) = value else { return false };
    let mut is_private = false;
    let _ = json::object(text.as_bytes(), Limits::STRICT, |member| {
        is_private |= member.name.is("d") || member.name.is("k");
    });
    is_private
}

/// What a `typ` says the token is. RFC 8725 section 3.11: one kind must never pass for another.
fn kind_of(typ: &str) -> Option<&'static str> {
    let typ = typ.to_ascii_lowercase();
    Some(match typ.strip_prefix("application/").unwrap_or(&typ) {
        "jwt" => "a token of no particular kind",
        "at+jwt" => "an access token (RFC 9068)",
        "dpop+jwt" => "a DPoP proof (RFC 9449)",
        "logout+jwt" => "a logout token (OpenID Connect Back-Channel Logout)",
        "secevent+jwt" => "a security event (RFC 8417)",
        "token-introspection+jwt" => "an introspection answer (RFC 9701)",
        "oauth-authz-req+jwt" => "an authorization request (RFC 9101)",
        "statuslist+jwt" => "a list of revoked tokens (Token Status List)",
        "kb+jwt" => "a holder's key-binding token (SD-JWT)",
        "dc+sd-jwt" | "vc+sd-jwt" => "a credential with selective disclosure (SD-JWT VC)",
        "entity-statement+jwt" => "a statement of OpenID Federation",
        "passport" => "a telephone token (RFC 8225)",
        "jose" => "any signed or encrypted object in compact form",
        _ => return None,
    })
}
