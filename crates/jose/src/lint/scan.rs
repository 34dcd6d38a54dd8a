//! Finding keys, tokens and secrets in any text, in one pass whose cost grows with the length only.
//!
//! The pass looks for short fixed texts ([`ANCHORS`]); what stands around one is then judged within a bounded window.
//! Chance must not raise an alarm: every form needs a fixed prefix, a boundary before it and a length or a structure.

mod code;
mod credential;
mod text;

use std::borrow::Cow;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ApiKey,
    PrivateKey,
    JwkSecret,
    ServiceAccount,
    Connection,
    /// A JWT: three segments, of which the first is a header with `alg`.
    Token,
    NamedSecret,
    Sign,
    Verify,
    Storage,
    NoneAllowed,
    Library,
}

/// Where something was found, and what it is, in words that do not give it away.
#[derive(Debug)]
pub(super) struct Hit {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) what: Cow<'static, str>,
}

/// A text that may be part of something, and who judges it. `at` is where it stands.
pub(super) struct Anchor {
    text: &'static str,
    any_case: bool,
    judge: Judge,
}

type Judge = fn(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit>;

impl Anchor {
    const fn new(text: &'static str, judge: Judge) -> Self {
        Self { text, any_case: false, judge }
    }

    const fn any_case(text: &'static str, judge: Judge) -> Self {
        Self { text, any_case: true, judge }
    }
}

/// Everything in the text, in order. What lies inside something already found is not told again.
pub(super) fn each(bytes: &[u8], mut visit: impl FnMut(Hit)) {
    let mut after = 0;
    let mut at = 0;
    while at + SHORTEST <= bytes.len() {
        let candidates = TABLES.0[0][usize::from(bytes[at])]
            & TABLES.0[1][usize::from(bytes[at + 1])]
            & TABLES.0[2][usize::from(bytes[at + 2])];
        if candidates != 0
            && let Some(hit) = judge(bytes, at, candidates)
            && hit.start >= after
        {
            after = hit.end;
            at = at.max(hit.end.saturating_sub(1));
            visit(hit);
        }
        at += 1;
    }
}

/// The first key, token or address with a password in a short text.
pub(super) fn first(bytes: &[u8]) -> Option<Hit> {
    let mut found = None;
    each(bytes, |hit| {
        if matches!(hit.kind, Kind::ApiKey | Kind::PrivateKey | Kind::Connection | Kind::Token) {
            found.get_or_insert(hit);
        }
    });
    found
}

fn judge(bytes: &[u8], at: usize, mut candidates: u128) -> Option<Hit> {
    while candidates != 0 {
        let anchor = &ANCHORS[candidates.trailing_zeros() as usize];
        candidates &= candidates - 1;
        let Some(there) = bytes.get(at..at + anchor.text.len()) else { continue };
        let is_there = if anchor.any_case {
            there.eq_ignore_ascii_case(anchor.text.as_bytes())
        } else {
            there == anchor.text.as_bytes()
        };
        if is_there && let Some(hit) = (anchor.judge)(bytes, at, anchor) {
            return Some(hit);
        }
    }
    None
}

/// For the first three bytes of a text: which anchors may begin so, one bit each.
struct Tables([[u128; 256]; SHORTEST]);

static TABLES: Tables = Tables::new();

impl Tables {
    const fn new() -> Self {
        let mut tables = [[0; 256]; SHORTEST];
        let mut index = 0;
        while index < ANCHORS.len() {
            let text = ANCHORS[index].text.as_bytes();
            let mut place = 0;
            while place < SHORTEST {
                tables[place][text[place] as usize] |= 1 << index;
                if ANCHORS[index].any_case {
                    tables[place][text[place].to_ascii_uppercase() as usize] |= 1 << index;
                    tables[place][text[place].to_ascii_lowercase() as usize] |= 1 << index;
                }
                place += 1;
            }
            index += 1;
        }
        Self(tables)
    }
}

/// No anchor is shorter; a shorter one would not compile.
const SHORTEST: usize = 3;

const ANCHORS: &[Anchor] = &[
    Anchor::new("eyJ", credential::token),
    Anchor::new("-----BEGIN ", credential::pem),
    Anchor::new("LS0tLS1CRUdJTi", credential::wrapped_pem),
    Anchor::new("kty", credential::jwk),
    Anchor::new("service_account", credential::service_account),
    Anchor::new("://", credential::connection),
    Anchor::any_case("secret", code::named_secret),
    Anchor::any_case("jwt_key", code::named_secret),
    Anchor::any_case("jwtkey", code::named_secret),
    Anchor::any_case("signing_key", code::named_secret),
    Anchor::any_case("signingkey", code::named_secret),
    Anchor::any_case("hmac_key", code::named_secret),
    Anchor::any_case("hmackey", code::named_secret),
    Anchor::new(".sign(", code::sign),
    Anchor::new(".sign)(", code::sign),
    Anchor::new(".verify(", code::verify),
    Anchor::new(".verify)(", code::verify),
    Anchor::new("jwtVerify(", code::verify),
    Anchor::new("localStorage", code::storage),
    Anchor::new("sessionStorage", code::storage),
    Anchor::new("algorithm", code::none_allowed),
    Anchor::new("secretOrPrivateKey must have a value", code::library),
    Anchor::new("AGE-SECRET-KEY-1", credential::age_key),
    // Keys of services: the prefix, and in `credential::SERVICES` the rest of the form.
    Anchor::new("AKIA", credential::api_key),
    Anchor::new("ASIA", credential::api_key),
    Anchor::new("ATATT3x", credential::api_key),
    Anchor::new("CFPAT-", credential::api_key),
    Anchor::new("GOCSPX-", credential::api_key),
    Anchor::new("NRAK-", credential::api_key),
    Anchor::new("PMAK-", credential::api_key),
    Anchor::new("SG.", credential::api_key),
    Anchor::new("dapi", credential::api_key),
    Anchor::new("dckr_pat_", credential::api_key),
    Anchor::new("doo_v1_", credential::api_key),
    Anchor::new("dop_v1_", credential::api_key),
    Anchor::new("figd_", credential::api_key),
    Anchor::new("gho_", credential::api_key),
    Anchor::new("ghp_", credential::api_key),
    Anchor::new("ghr_", credential::api_key),
    Anchor::new("ghs_", credential::api_key),
    Anchor::new("ghu_", credential::api_key),
    Anchor::new("github_pat_", credential::api_key),
    Anchor::new("glpat-", credential::api_key),
    Anchor::new("glsa_", credential::api_key),
    Anchor::new("gsk_", credential::api_key),
    Anchor::new("hf_", credential::api_key),
    Anchor::new("hooks.slack.com/services/", credential::api_key),
    Anchor::new("hvs.", credential::api_key),
    Anchor::new("key-", credential::api_key),
    Anchor::new("lin_api_", credential::api_key),
    Anchor::new("nfp_", credential::api_key),
    Anchor::new("npm_", credential::api_key),
    Anchor::new("ntn_", credential::api_key),
    Anchor::new("pscale_pw_", credential::api_key),
    Anchor::new("pscale_tkn_", credential::api_key),
    Anchor::new("pypi-AgE", credential::api_key),
    Anchor::new("r8_", credential::api_key),
    Anchor::new("rk_live_", credential::api_key),
    Anchor::new("sb_secret_", credential::api_key),
    Anchor::new("shpat_", credential::api_key),
    Anchor::new("shpss_", credential::api_key),
    Anchor::new("sk-ant-", credential::api_key),
    Anchor::new("sk-proj-", credential::api_key),
    Anchor::new("sk_live_", credential::api_key),
    Anchor::new("sk_test_", credential::api_key),
    Anchor::new("sntrys_", credential::api_key),
    Anchor::new("sq0csp-", credential::api_key),
    Anchor::new("tskey-", credential::api_key),
    Anchor::new("whsec_", credential::api_key),
    Anchor::new("xapp-", credential::api_key),
    Anchor::new("xkeysib-", credential::api_key),
    Anchor::new("xoxb-", credential::api_key),
    Anchor::new("xoxp-", credential::api_key),
    Anchor::new("xoxr-", credential::api_key),
    Anchor::new("xoxs-", credential::api_key),
    Anchor::new("ya29.", credential::api_key),
];

#[cfg(test)]
mod tests;
