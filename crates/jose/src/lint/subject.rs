//! The token under judgement: read leniently, part by part, so that a flaw in one part does not hide the others.

use serde_json::{Map, Value};

use super::catalogue::form::size::{SIZE_HUGE, SIZE_LARGE};
use super::catalogue::form::{FORM_DUPLICATE, FORM_ENCRYPTED, FORM_JSON, FORM_MALFORMED, FORM_WHITESPACE};
use super::finding::{Findings, characters};
use crate::json::{self, Flaw, Limits};
use crate::{Algorithm, base64url};

pub(super) type Object = Map<String, Value>;

/// A token taken apart.
#[derive(Default)]
pub(super) struct Subject<'a> {
    /// The text without what does not belong to it.
    pub(super) token: &'a str,
    pub(super) header: Option<Object>,
    pub(super) claims: Option<Object>,
    /// The signature, where it is base64url.
    pub(super) signature: Option<Vec<u8>>,
}

/// What a token is for, by its type and by its claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `at+jwt`.
    Access,
    /// The claims of an access token under another type.
    LikeAccess,
    /// No type of its own, and claims only an ID token has.
    Id,
    /// `logout+jwt`.
    Logout,
    /// `dpop+jwt`, or the key proof of a wallet: these bring a key by design.
    Proof,
    /// A statement of one server to everybody, or to another server, that is about no session: these have rules of
    /// their own for who is named and how long it holds.
    Statement,
    Other,
}

impl<'a> Subject<'a> {
    /// Reads what can be read, and notes what cannot.
    pub(super) fn read(text: &'a str, out: &mut Findings) -> Self {
        let token = text.trim();
        let mut subject = Self { token, ..Self::default() };
        if token.len() < text.len() {
            out.add(&FORM_WHITESPACE, "", "white space around the token");
        }
        if token.len() > MAX_LEN {
            out.add(&FORM_MALFORMED, "", format!("{} bytes, more than any token has", token.len()));
            return subject;
        }
        if token.starts_with('{') {
            out.add(&FORM_JSON, "", "text that begins with {");
            return subject;
        }
        measure(token, out);
        let parts: Vec<&str> = token.split('.').collect();
        match parts[..] {
            [header, payload, signature] => {
                subject.header = object(header, "header", out);
                subject.claims = object(payload, "claims", out);
                subject.signature = bytes(signature, "signature", out);
            }
            [header, _, _, _, _] => {
                subject.header = object(header, "header", out);
                out.add(&FORM_ENCRYPTED, "", "five segments");
            }
            _ => out.add(&FORM_MALFORMED, "", format!("{} segments instead of three", parts.len())),
        }
        subject
    }

    /// A member of the header.
    pub(super) fn header(&self, name: &str) -> Option<&Value> {
        self.header.as_ref()?.get(name)
    }

    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.as_ref()?.get(name)
    }

    pub(super) fn alg(&self) -> Option<&str> {
        self.header("alg")?.as_str()
    }

    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::from_name(self.alg()?)
    }

    /// `typ` without `application/`, in lower case.
    pub(super) fn typ(&self) -> Option<String> {
        let typ = self.header("typ")?.as_str()?.to_ascii_lowercase();
        Some(typ.strip_prefix("application/").map(str::to_owned).unwrap_or(typ))
    }

    pub(super) fn kind(&self) -> Kind {
        let typ = self.typ().unwrap_or_default();
        let has_any = |names: &[&str]| names.iter().any(|name| self.claim(name).is_some());
        match typ.as_str() {
            "at+jwt" => Kind::Access,
            "logout+jwt" => Kind::Logout,
            "dpop+jwt" | "openid4vci-proof+jwt" | "kb+jwt" => Kind::Proof,
            typ if STATEMENTS.contains(&typ) => Kind::Statement,
            "" | "jwt" if has_any(&ID_TOKEN_ONLY) => Kind::Id,
            "" | "jwt" if has_any(&["scope", "scp", "client_id"]) => Kind::LikeAccess,
            _ => Kind::Other,
        }
    }
}

/// The length of the token is known before anything in it is.
fn measure(token: &str, out: &mut Findings) {
    let rule = match token.len() {
        0..=1024 => return,
        1025..=3072 => &SIZE_LARGE,
        _ => &SIZE_HUGE,
    };
    out.add(rule, "", characters(token.len()));
}

fn object(segment: &str, place: &'static str, out: &mut Findings) -> Option<Object> {
    let bytes = bytes(segment, place, out)?;
    if let Err(flaw) = json::object(&bytes, Limits::STRICT, |_| ()) {
        let rule = if flaw == Flaw::DuplicateMember { &FORM_DUPLICATE } else { &FORM_MALFORMED };
        out.add(rule, place, flaw.within(place).to_string());
        // With a name twice the last one counts here, as in most software.
        if flaw != Flaw::DuplicateMember {
            return None;
        }
    }
    let object = serde_json::from_slice(&bytes);
    if object.is_err() {
        out.add(&FORM_MALFORMED, place, "a number beyond every range");
    }
    object.ok()
}

fn bytes(segment: &str, place: &'static str, out: &mut Findings) -> Option<Vec<u8>> {
    let bytes = base64url::decode(segment).ok();
    if bytes.is_none() {
        let rule = if segment.contains(|character: char| character.is_whitespace()) {
            &FORM_WHITESPACE
        } else {
            &FORM_MALFORMED
        };
        out.add(rule, place, "characters that are not canonical base64url");
    }
    bytes
}

/// OpenID Connect Core 1.0: what only an ID token has.
pub(super) const ID_TOKEN_ONLY: [&str; 4] = ["nonce", "at_hash", "c_hash", "s_hash"];

/// Token Status List, RFC 9701, RFC 8417, RFC 9101, OpenID Federation.
const STATEMENTS: [&str; 7] = [
    "statuslist+jwt",
    "token-introspection+jwt",
    "secevent+jwt",
    "oauth-authz-req+jwt",
    "entity-statement+jwt",
    "trust-mark+jwt",
    "resolve-response+jwt",
];

/// Of a text that is still looked at.
const MAX_LEN: usize = 256 * 1024;
