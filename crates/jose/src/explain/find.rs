//! Finds what could be a token in a text as it came along: a header, a cookie, a curl line, JSON, a log, an address.
//!
//! A JWS begins with the base64url of a JSON object, and that has a shape of its own. From there on characters are
//! taken as long as they belong, with what transports do to them undone and told: line wraps, percent-encoding,
//! padding, the standard alphabet. Nothing found here is thereby good; the checks see the repaired text.

mod place;
mod run;

pub(super) use run::Run;

use crate::base64url;

/// A stretch of the text that could be a token.
pub(super) struct Candidate {
    /// After repairs.
    pub(super) token: String,
    /// Where it stood, in words; empty for the whole text.
    pub(super) place: String,
    pub(super) repairs: Vec<String>,
    /// What followed it, where that tells something.
    pub(super) after: After,
}

/// What follows a token in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Nothing,
    /// The text was cut short for display.
    Ellipsis,
    /// Disclosures of an SD-JWT follow.
    Tilde,
    /// The rest of a cookie signed by Django.
    Colon,
}

/// Everything in the text that begins like a token, in order; at most [`MOST`].
pub(super) fn all(text: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    search(text, "", &mut found, 0);
    // The same token twice, as in a request and its log, is one.
    let mut seen: Vec<String> = Vec::new();
    found.retain(|candidate: &Candidate| {
        let is_new = !seen.contains(&candidate.token);
        seen.push(candidate.token.clone());
        is_new
    });
    found
}

fn search(text: &str, outside: &str, found: &mut Vec<Candidate>, depth: usize) {
    let mut at = 0;
    while let Some(start) = next_start(text, at).filter(|_| found.len() < MOST) {
        let run = Run::take(text, start);
        at = run.end;
        if !run.token.contains('.') && depth == 0 {
            // Some frameworks wrap a whole session in base64: what is inside is what people look for.
            if let Some(inner) = decoded(&run.token) {
                let before = found.len();
                let place = joined(outside, &format!("inside base64 {}", place::of(text, start)));
                search(&inner, place.trim(), found, depth + 1);
                if found.len() > before {
                    continue;
                }
            }
        }
        let place = match run.is_all_of(text) && outside.is_empty() {
            true => String::new(),
            false => joined(outside, &place::of(text, start)),
        };
        found.push(Candidate { token: run.token, place, repairs: run.repairs, after: run.after });
    }
}

fn joined(outside: &str, inside: &str) -> String {
    match (outside.is_empty(), inside.is_empty()) {
        (true, _) => inside.to_owned(),
        (_, true) => outside.to_owned(),
        _ => format!("{outside}, {inside}"),
    }
}

/// The next place where a token may begin.
fn next_start(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..bytes.len()).find(|&at| {
        let begins = (bytes[at] == b'e' && begins_object(&bytes[at..])) || bytes[at..].starts_with(REFRESH);
        begins && is_boundary(bytes, at)
    })
}

/// Whether these letters decode to the beginning of a JSON object: `{` and a quote, a brace or white space.
fn begins_object(bytes: &[u8]) -> bool {
    let Some(Ok(head)) = bytes.get(..4).map(std::str::from_utf8) else { return false };
    let head = head.replace('+', "-").replace('/', "_");
    base64url::decode(&head).is_ok_and(|decoded| {
        decoded[0] == b'{' && matches!(decoded[1], b'"' | b'}' | b' ' | b'\n' | b'\r' | b'\t')
    })
}

/// Not in the middle of a word, and not the second part of something else.
fn is_boundary(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| bytes[before]) else { return true };
    // `%3A` and its like end in letters.
    let is_encoded =
        at >= 3 && bytes[at - 3] == b'%' && bytes[at - 2].is_ascii_hexdigit() && before.is_ascii_hexdigit();
    // Supabase writes `base64-` before what it encodes.
    let is_marked = bytes[..at].ends_with(b"base64-");
    is_encoded || is_marked || !(before.is_ascii_alphanumeric() || matches!(before, b'_' | b'-' | b'.'))
}

/// A JSON object written in base64url, as text.
pub(super) fn decoded(token: &str) -> Option<String> {
    let text = String::from_utf8(base64url::decode(token).ok()?).ok()?;
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).ok()?;
    Some(text)
}

/// Refresh tokens of Jotgate.
pub(super) const REFRESH: &[u8] = b"jgr_";

/// Somebody who pastes more does not look for one.
const MOST: usize = 20;

#[cfg(test)]
mod tests;
