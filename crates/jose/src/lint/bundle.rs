//! Front-end files: what must not be delivered to a browser, with the line and column where it stands.
//!
//! A file is judged as bytes, whatever its language; minified code on one line is as good as any other.

use super::catalogue::bundle::*;
use super::finding::{Finding, Findings};
use super::key;
use super::rule::Rule;
use super::scan::{self, Hit, Kind};
use super::subject::Subject;
use super::times::span;
use crate::error::shown;
use crate::jwt::Unverified;

/// A finding in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spot {
    /// What is wrong there. Its `place` is empty.
    pub finding: Finding,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1 in characters.
    pub column: usize,
}

/// As [`text`], and what the name of the file says: an `.env` file is not for browsers, whatever is in it.
///
/// ```
/// use jotgate_jose::lint;
///
/// let spots = lint::file(".env.production", b"API_URL=/v1\n", 1_700_000_000);
/// assert_eq!(spots[0].finding.rule.id, "bundle-env-file");
/// assert!(lint::file(".env.example", b"API_URL=/v1\n", 1_700_000_000).is_empty());
/// ```
#[must_use]
pub fn file(name: &str, bytes: &[u8], now: i64) -> Vec<Spot> {
    let kind = name.strip_prefix(".env");
    let is_env =
        kind.is_some_and(|kind| kind.is_empty() || (kind.starts_with('.') && !SAMPLES.contains(&kind)));
    let is_set = |line: &[u8]| !line.starts_with(b"#") && line.contains(&b'=');
    let mut spots = Vec::new();
    if is_env && bytes.split(|byte| *byte == b'\n').any(|line| is_set(line.trim_ascii())) {
        let seen = "settings of a server".to_owned();
        let finding = Finding { rule: &BUNDLE_ENV_FILE, place: String::new(), seen };
        spots.push(Spot { finding, line: 1, column: 1 });
    }
    spots.extend(text(bytes, now));
    spots
}

/// Everything in the text of a file that must not reach a browser, in order. `now` decides which tokens still work.
///
/// ```
/// use jotgate_jose::lint;
///
/// let code = b"import jwt from 'jsonwebtoken';\nconst t = jwt.sign({ sub }, 'my-secret');\n";
/// let spots = lint::text(code, 1_700_000_000);
/// assert_eq!((spots[0].finding.rule.id, spots[0].line, spots[0].column), ("bundle-sign", 2, 11));
/// assert!(!spots[0].finding.seen.contains("my-secret"));
/// ```
#[must_use]
pub fn text(bytes: &[u8], now: i64) -> Vec<Spot> {
    let mut spots = Vec::new();
    let mut place = Place { bytes, at: 0, line: 1, column: 1 };
    let mut saw_library = false;
    scan::each(bytes, |hit| {
        let is_repeated = hit.kind == Kind::Library && std::mem::replace(&mut saw_library, true);
        let judged = if is_repeated { None } else { judge(bytes, &hit, now) };
        if let Some((rule, seen)) = judged {
            place.go_to(hit.start);
            let finding = Finding { rule, place: String::new(), seen };
            spots.push(Spot { finding, line: place.line, column: place.column });
        }
    });
    spots
}

fn judge(bytes: &[u8], hit: &Hit, now: i64) -> Option<(&'static Rule, String)> {
    let rule = match hit.kind {
        Kind::Token => return token(std::str::from_utf8(&bytes[hit.start..hit.end]).ok()?, now),
        Kind::ApiKey => &BUNDLE_API_KEY,
        Kind::PrivateKey => &BUNDLE_PRIVATE_KEY,
        Kind::JwkSecret => &BUNDLE_JWK_SECRET,
        Kind::ServiceAccount => &BUNDLE_SERVICE_ACCOUNT,
        Kind::Connection => &BUNDLE_CONNECTION,
        Kind::NamedSecret => &BUNDLE_SECRET,
        Kind::Sign => &BUNDLE_SIGN,
        Kind::Verify => &BUNDLE_VERIFY,
        Kind::Storage => &BUNDLE_STORAGE,
        Kind::NoneAllowed => &BUNDLE_NONE,
        Kind::Library => &BUNDLE_LIBRARY,
    };
    Some((rule, hit.what.to_string()))
}

/// Whether a token in a file still opens anything.
fn token(token: &str, now: i64) -> Option<(&'static Rule, String)> {
    let peek = Unverified::parse(token).ok()?;
    let claims: serde_json::Map<_, _> = serde_json::from_str(peek.payload_json()).ok()?;
    let alg = peek.alg().unwrap_or_default();
    let role = claims.get("role").and_then(serde_json::Value::as_str);
    let role = role.map_or_else(String::new, |role| format!(", for the role {}", shown(role)));
    let from = peek.iss().map_or_else(String::new, |iss| format!(", from {}", shown(iss))) + &role;
    // Supabase gives each project two keys; the one for pages is a JWT of the role `anon`.
    let is_public = claims.get("role").is_some_and(|role| role == "anon")
        && peek.iss().is_some_and(|iss| iss.starts_with("supabase"));
    let exp = claims.get("exp").and_then(serde_json::Value::as_f64);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a time outside i64 saturates, and is far away all the same"
    )]
    let exp = exp.map(|exp| exp as i64);
    let subject = Subject::read(token, &mut Findings::default());
    let known = match key::tried(&subject).and_then(|tried| tried.famous()) {
        Some(famous) => format!(", signed with the public secret {}", shown(famous)),
        None => String::new(),
    };
    let (rule, end) = match exp {
        _ if is_public => (&BUNDLE_TOKEN_PUBLIC, "made for front ends".to_owned()),
        Some(exp) if exp <= now => {
            (&BUNDLE_TOKEN_EXPIRED, format!("expired {} ago", span(now.saturating_sub(exp))))
        }
        Some(exp) => (&BUNDLE_TOKEN, format!("good for another {}", span(exp.saturating_sub(now)))),
        None => (&BUNDLE_TOKEN, "never expires".to_owned()),
    };
    Some((rule, format!("a token ({}{from}), {end}{known}", shown(alg))))
}

/// The line and column of an offset that only grows, so that a file is counted once.
struct Place<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    column: usize,
}

impl Place<'_> {
    fn go_to(&mut self, offset: usize) {
        for byte in &self.bytes[self.at.min(offset)..offset] {
            match byte {
                b'\n' => (self.line, self.column) = (self.line + 1, 1),
                // The later bytes of a character in UTF-8.
                0x80..0xc0 => {}
                _ => self.column += 1,
            }
        }
        self.at = self.at.max(offset);
    }
}

/// Files that show what to set, without the values.
const SAMPLES: [&str; 5] = [".example", ".sample", ".template", ".dist", ".defaults"];
