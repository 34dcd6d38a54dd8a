//! The characters of one token, with what happened to them on their way undone.

use super::After;
use crate::{Algorithm, base64url};

/// The token that begins at some place of a text.
pub(in crate::explain) struct Run {
    /// After repairs.
    pub(in crate::explain) token: String,
    pub(in crate::explain) repairs: Vec<String>,
    pub(in crate::explain) after: After,
    start: usize,
    /// Where the text goes on.
    pub(super) end: usize,
}

impl Run {
    pub(in crate::explain) fn take(text: &str, start: usize) -> Self {
        let mut reader = Reader { text, at: start, out: String::new(), seen: Seen::default() };
        reader.line();
        reader.join_lines();
        reader.finish(start)
    }

    /// Whether nothing but white space stands around it.
    pub(super) fn is_all_of(&self, text: &str) -> bool {
        text[..self.start].trim().is_empty() && text[self.end..].trim().is_empty()
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    out: String,
    seen: Seen,
}

/// What was undone so far.
#[derive(Clone, Default)]
struct Seen {
    percent: bool,
    padding: bool,
    standard: bool,
    lines: usize,
    spaces: usize,
}

impl Reader<'_> {
    /// Takes what belongs to the token, up to something that does not.
    fn line(&mut self) {
        while let Some((character, len, is_percent)) = self.next() {
            match character {
                'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' => self.out.push(character),
                '+' | '/' if self.is_standard() => {
                    self.out.push(if character == '+' { '-' } else { '_' });
                    self.seen.standard = true;
                }
                '=' if self.is_padding(len) => self.seen.padding = true,
                _ => return,
            }
            self.seen.percent |= is_percent;
            self.at += len;
        }
    }

    /// The next character, its length in the text, and whether it was percent-encoded.
    fn next(&self) -> Option<(char, usize, bool)> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        if first == '%'
            && let Some(code) = rest.get(1..3)
            && let Ok(byte) = u8::from_str_radix(code, 16)
        {
            return Some((char::from(byte), 3, true));
        }
        // JSON may write a slash with a backslash before it.
        if rest.starts_with("\\/") {
            return Some(('/', 2, false));
        }
        Some((first, first.len_utf8(), false))
    }

    /// In a token of the other alphabet a slash is the end, as in the path of an address; and what has the length of
    /// a signature needs nothing more.
    fn is_standard(&self) -> bool {
        self.seen.standard || (!self.out.contains(['-', '_']) && !self.is_complete())
    }

    fn is_padding(&self, len: usize) -> bool {
        let rest = &self.text[self.at + len..];
        let rest = rest
            .strip_prefix('=')
            .or_else(|| rest.strip_prefix("%3D"))
            .or_else(|| rest.strip_prefix("%3d"))
            .unwrap_or(rest);
        !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || matches!(next, '=' | '-' | '_'))
    }

    /// Goes on over line ends and spaces where what follows completes the token, and only then.
    fn join_lines(&mut self) {
        if self.is_complete() || self.out.starts_with("jgr_") || self.out.contains("..") {
            return;
        }
        let (at, len, seen) = (self.at, self.out.len(), self.seen.clone());
        while self.seen.lines + self.seen.spaces < MOST_PIECES && !self.is_complete() && self.step_over() {
            self.line();
        }
        let dots = self.dots();
        // Two parts and a signature of unknown length are complete when nothing more fits.
        let is_better = self.is_complete()
            || (self.seen.lines + self.seen.spaces > 0 && dots == 4)
            || (dots == 2 && self.out[..len].matches('.').count() < 2);
        if !is_better {
            self.at = at;
            self.out.truncate(len);
            self.seen = seen;
        }
    }

    /// Over white space to something that could be the next piece.
    fn step_over(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', '\\', '>', '|']).len();
        // A line break may also stand there as the two characters of an escape.
        let (gap, is_line) = match rest.strip_prefix("\\n").or_else(|| rest.strip_prefix("\\r\\n")) {
            Some(after) => (rest.len() - after.len(), true),
            None => (gap, rest[..gap].contains('\n')),
        };
        let blank_line = rest[..gap].matches('\n').count() > 1;
        let next = &rest[gap..];
        let piece = next.find(|next: char| !(next.is_ascii_alphanumeric() || "-_.+/=".contains(next)));
        let piece = &next[..piece.unwrap_or(next.len())];
        let continues = if is_line {
            let after = next[piece.len()..].chars().next();
            after.is_none_or(|after| after.is_whitespace() || "\"'`\\,;".contains(after))
        } else {
            self.out.ends_with('.') || piece.starts_with('.') || piece.contains('.')
        };
        if gap == 0 || blank_line || piece.is_empty() || !continues {
            return false;
        }
        self.at += gap;
        if is_line {
            self.seen.lines += 1;
        } else {
            self.seen.spaces += 1;
        }
        true
    }

    fn dots(&self) -> usize {
        self.out.matches('.').count()
    }

    /// Whether these are three parts, the last with the length the header's algorithm gives it; any usual length
    /// where that depends on the key.
    fn is_complete(&self) -> bool {
        let mut parts = self.out.split('.');
        let (Some(header), Some(_), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return false;
        };
        let len = signature.len() * 3 / 4;
        match algorithm(header).map(Algorithm::signature_len) {
            Some(Some(wanted)) => len == wanted,
            Some(None) => [256, 384, 512].contains(&len),
            None => false,
        }
    }

    fn finish(mut self, start: usize) -> Run {
        let rest = &self.text[self.at..];
        let is_cut = rest.starts_with('\u{2026}') || self.out.contains("...");
        if let Some(cut) = self.out.find("...") {
            self.out.truncate(cut);
        }
        // The full stop of a sentence is none of the token's.
        while self.out.ends_with('.') && !matches!(self.dots(), 2 | 4) {
            self.out.pop();
        }
        let after = match rest.chars().next() {
            _ if is_cut => After::Ellipsis,
            Some('~') => After::Tilde,
            Some(':') => After::Colon,
            _ => After::Nothing,
        };
        Run { repairs: self.seen.words(), token: self.out, after, start, end: self.at }
    }
}

/// A token of the largest size in lines of 64 letters; beyond that the search would cost more than it finds.
const MOST_PIECES: usize = 256;

impl Seen {
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.lines > 0 {
            words.push(format!("put {} lines together", self.lines + 1));
        }
        if self.spaces > 0 {
            words.push("took out spaces".to_owned());
        }
        if self.percent {
            words.push("undid percent-encoding".to_owned());
        }
        if self.padding {
            words.push("took off the padding `=`".to_owned());
        }
        if self.standard {
            words.push("changed the standard alphabet (`+`, `/`) to base64url (`-`, `_`)".to_owned());
        }
        words
    }
}

/// The algorithm an encoded header names.
fn algorithm(header: &str) -> Option<Algorithm> {
    #[derive(serde::Deserialize)]
    struct Header {
        alg: String,
    }
    let header: Header = serde_json::from_slice(&base64url::decode(header).ok()?).ok()?;
    Algorithm::from_name(&header.alg)
}
