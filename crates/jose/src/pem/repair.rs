//! Undoing what happens to PEM on its way: escaped line ends, quotes, a byte order mark, base64 around the whole,
//! lost or wrong line breaks.
//!
//! Each repair maps the text to the one text it came from. None changes a character of the key itself.

use std::str;

use zeroize::Zeroizing;

use crate::{Result, base64url, der};

use super::{BEGIN, broken};

/// The PEM text, without what was put around and into it. A text without any boundary comes back trimmed.
pub(super) fn text(bytes: &[u8]) -> Result<Zeroizing<String>> {
    let outer = clean(utf8(bytes)?);
    if outer.contains(BEGIN) {
        return Ok(outer);
    }
    // Some put the whole file into base64, so that it fits into one line of a secret store.
    let inner =
        base64(&outer).filter(|inner| inner.windows(BEGIN.len()).any(|part| part == BEGIN.as_bytes()));
    match inner {
        Some(inner) => utf8(&inner).map(clean),
        None => Ok(outer),
    }
}

/// The bytes of base64 text: any white space in it is skipped, and padding may be missing, for neither says anything.
pub(super) fn base64(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut compact = Zeroizing::new(String::with_capacity(text.len()));
    for character in text.chars().filter(|character| !is_blank(*character)) {
        compact.push(match character {
            '+' => '-',
            '/' => '_',
            // One alphabet or the other, as a mixture is somebody's accident.
            '-' | '_' if text.contains(['+', '/']) => return None,
            other => other,
        });
    }
    let unpadded = compact.trim_end_matches('=');
    if compact.len() - unpadded.len() > 2 {
        return None;
    }
    base64url::decode(unpadded).ok().map(Zeroizing::new)
}

/// What follows RFC 1421 headers such as `Proc-Type: 4,ENCRYPTED`, which end with an empty line.
pub(super) fn without_headers(body: &str) -> &str {
    let mut rest = body.trim_start();
    while let Some((line, after)) = rest.split_once('\n')
        && line.contains(':')
    {
        rest = after;
    }
    rest
}

fn utf8(bytes: &[u8]) -> Result<&str> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Ok(text);
    }
    let (received, hint) = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => ("UTF-16", "save the file as UTF-8"),
        _ if der::is_key(bytes) => ("DER", "read it as DER instead"),
        _ => ("other bytes", "a key in PEM begins with `-----BEGIN`"),
    };
    Err(broken("the bytes are not PEM")
        .with_expected("-----BEGIN ... -----END ...")
        .with_received(received)
        .with_hint(hint))
}

/// Without byte order mark, quotes and white space around it, and with real line ends.
fn clean(text: &str) -> Zeroizing<String> {
    let around = |character: char| is_blank(character) || matches!(character, '"' | '\'' | '`');
    let trimmed = text.trim_matches(around);
    let mut out = Zeroizing::new(String::with_capacity(trimmed.len()));
    let mut characters = trimmed.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // A backslash is no character of PEM: it escapes a line end (once or several times) or a slash.
            '\\' => match characters.peek() {
                Some('n' | 'r') => {
                    characters.next();
                    out.push('\n');
                }
                Some('/' | '\\' | '\r' | '\n') | None => {}
                Some(_) => out.push('\\'),
            },
            '\r' => out.push('\n'),
            other => out.push(other),
        }
    }
    let len = out.trim_end_matches(around).len();
    out.truncate(len);
    out
}

/// White space, and what web pages and word processors put in its place.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{feff}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}')
}
