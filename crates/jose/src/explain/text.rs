//! Texts of a token made fit for eyes: ASCII only, and a word about every character that deceives.
//!
//! A verifier compares bytes; a reader compares shapes. Whatever is not plain is written as an escape, so that the
//! two see the same (rows 89 and 91 of the attack catalogue, UTS 39 in spirit, not in full).

use super::report::Remark;
use crate::json::{self, Value};

/// A value as JSON in ASCII on one line. The value was scanned before, so its grammar is sound.
pub(super) fn ascii(value: Value<'_>) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.to_owned(),
        Value::String(text) => format!("\"{}\"", escaped(text.raw())),
        Value::Array(text) | Value::Object(text) => compact(text),
    }
}

/// Text without escapes of its own, as it would stand between the quotes of a JSON string, in ASCII.
pub(super) fn plain(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    escaped(quoted.trim_start_matches('"').strip_suffix('"').unwrap_or_default())
}

/// Text as it stands, on one line and in ASCII.
pub(super) fn line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => push(character, &mut out),
        }
        out
    })
}

/// Text between quotes, cut when it is long.
pub(super) fn quoted(text: &str) -> String {
    crate::error::shown(text)
}

/// What a reader of this string should know.
pub(super) fn remarks(value: Value<'_>) -> Vec<Remark> {
    let mut out = Vec::new();
    match value {
        Value::String(text) => judge(&text.decode(), &mut out),
        Value::Array(array) => {
            for element in json::elements(array) {
                if let Value::String(text) = element {
                    judge(&text.decode(), &mut out);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {}
    }
    out
}

/// What a reader of this name should know.
pub(super) fn remarks_on_name(name: &str) -> Vec<Remark> {
    let mut out = Vec::new();
    judge(name, &mut out);
    out
}

fn judge(text: &str, out: &mut Vec<Remark>) {
    let foreign = || text.chars().filter(|character| !matches!(character, ' '..='~'));
    let mut seen = Vec::new();
    for character in foreign() {
        if let Some(words) = deceives(character, text)
            && !seen.contains(&character)
        {
            seen.push(character);
            if seen.len() <= MOST {
                out.push(Remark::careful(format!("`{}` {words}", character.escape_default())));
            }
        }
    }
    if seen.is_empty() && foreign().next().is_some() && foreign().all(char::is_alphanumeric) {
        out.push(Remark::note(format!("reads: {text}")));
    }
    if text.trim() != text {
        out.push(Remark::careful("begins or ends with white space, which counts when it is compared"));
    }
}

/// In which way a character is not what it seems.
fn deceives(character: char, text: &str) -> Option<String> {
    let words = match character {
        '\0' => "is NUL: some readers stop here",
        '\u{1}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
            "is a control character: it can change a terminal or split a header"
        }
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => "is invisible",
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "turns the direction of the text around: it reads differently than it is"
        }
        '\u{300}'..='\u{36f}' => {
            "is a mark put over the letter before it: the same letter in one piece is another text"
        }
        '\u{a0}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => "is a space, but not the ordinary one",
        '\u{ff01}'..='\u{ff5e}' => {
            let plain = char::from_u32(u32::from(character) - 0xfee0)?;
            return Some(format!("is the wide form of `{plain}`, and not the same letter"));
        }
        _ => {
            let twin = twin(character).filter(|_| is_between_scripts(text))?;
            return Some(format!("looks like `{twin}`, and is another letter"));
        }
    };
    Some(words.to_owned())
}

fn twin(character: char) -> Option<char> {
    TWINS.iter().find(|(other, _)| *other == character).map(|(_, latin)| *latin)
}

/// A word in one other script is a word; one that mixes in Latin letters, or is made of nothing but their twins, is
/// meant to be taken for another.
fn is_between_scripts(text: &str) -> bool {
    let mut letters = text.chars().filter(|character| character.is_alphabetic());
    text.chars().any(|character| character.is_ascii_alphabetic())
        || letters.all(|letter| twin(letter).is_some())
}

/// JSON text without white space outside strings, in ASCII.
fn compact(text: &str) -> String {
    let (mut out, mut in_string, mut after_backslash) = (String::with_capacity(text.len()), false, false);
    for character in text.chars() {
        if in_string {
            push(character, &mut out);
            in_string = after_backslash || character != '"';
            after_backslash = !after_backslash && character == '\\';
        } else if !character.is_ascii_whitespace() {
            out.push(character);
            in_string = character == '"';
        }
    }
    out
}

/// The inside of a JSON string, in ASCII.
fn escaped(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    raw.chars().for_each(|character| push(character, &mut out));
    out
}

fn push(character: char, out: &mut String) {
    if matches!(character, ' '..='~') {
        out.push(character);
        return;
    }
    for unit in character.encode_utf16(&mut [0; 2]) {
        out.push_str(&format!("\\u{unit:04x}"));
    }
}

/// More different characters than this need no word each.
const MOST: usize = 4;

/// Letters of other scripts that are drawn like Latin ones.
const TWINS: [(char, char); 54] = [
    ('\u{430}', 'a'),
    ('\u{435}', 'e'),
    ('\u{43e}', 'o'),
    ('\u{440}', 'p'),
    ('\u{441}', 'c'),
    ('\u{443}', 'y'),
    ('\u{445}', 'x'),
    ('\u{456}', 'i'),
    ('\u{458}', 'j'),
    ('\u{455}', 's'),
    ('\u{501}', 'd'),
    ('\u{4bb}', 'h'),
    ('\u{51b}', 'q'),
    ('\u{51d}', 'w'),
    ('\u{4cf}', 'l'),
    ('\u{410}', 'A'),
    ('\u{412}', 'B'),
    ('\u{415}', 'E'),
    ('\u{406}', 'I'),
    ('\u{408}', 'J'),
    ('\u{41a}', 'K'),
    ('\u{41c}', 'M'),
    ('\u{41d}', 'H'),
    ('\u{41e}', 'O'),
    ('\u{420}', 'P'),
    ('\u{421}', 'C'),
    ('\u{405}', 'S'),
    ('\u{422}', 'T'),
    ('\u{425}', 'X'),
    ('\u{3b1}', 'a'),
    ('\u{3bf}', 'o'),
    ('\u{3bd}', 'v'),
    ('\u{3c1}', 'p'),
    ('\u{3b9}', 'i'),
    ('\u{3ba}', 'k'),
    ('\u{391}', 'A'),
    ('\u{392}', 'B'),
    ('\u{395}', 'E'),
    ('\u{396}', 'Z'),
    ('\u{397}', 'H'),
    ('\u{399}', 'I'),
    ('\u{39a}', 'K'),
    ('\u{39c}', 'M'),
    ('\u{39d}', 'N'),
    ('\u{39f}', 'O'),
    ('\u{3a1}', 'P'),
    ('\u{3a4}', 'T'),
    ('\u{3a5}', 'Y'),
    ('\u{3a7}', 'X'),
    ('\u{131}', 'i'),
    ('\u{237}', 'j'),
    ('\u{251}', 'a'),
    ('\u{261}', 'g'),
    ('\u{578}', 'n'),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Limits;

    /// The value of the one member of an object.
    fn shown(json: &str) -> (String, Vec<String>) {
        let mut out = None;
        json::object(json.as_bytes(), Limits::STRICT, |member| {
            let words = remarks(member.value).into_iter().map(|remark| remark.text).collect();
            out = Some((ascii(member.value), words));
        })
        .unwrap();
        out.unwrap()
    }

    #[test]
    fn a_value_stays_the_same_json_in_ascii_on_one_line() {
        for (text, want) in [
            ("{\"a\": [ 1 , \"x \\\" y\" ] }", "[1,\"x \\\" y\"]"),
            ("{\"a\":{\"b\" :\n\"\\\\\" , \"c\":\" d \"}}", "{\"b\":\"\\\\\",\"c\":\" d \"}"),
            ("{\"a\":\"\u{43f}\u{1f600}\"}", "\"\\u043f\\ud83d\\ude00\""),
            ("{\"a\":1.50e3}", "1.50e3"),
            ("{\"a\":null}", "null"),
        ] {
            assert_eq!(shown(text).0, want);
        }
    }

    #[test]
    fn what_deceives_is_named_and_what_does_not_is_readable() {
        for (text, word) in [
            ("\u{430}dmin", "looks like `a`"),
            ("adm\u{131}n", "looks like `i`"),
            ("admin\u{200b}", "invisible"),
            ("\u{202e}nimda", "direction"),
            ("\u{ff41}dmin", "wide form of `a`"),
            ("admi\u{301}n", "mark put over"),
            ("a\\u0000b", "NUL"),
            ("a\\u001b[31m", "control"),
            ("a\u{a0}b", "not the ordinary"),
            (" admin", "white space"),
        ] {
            let (value, words) = shown(&format!("{{\"a\":\"{text}\"}}"));
            assert!(value.is_ascii() && words.iter().any(|found| found.contains(word)), "{value} {words:?}");
        }
        for name in ["Jos\u{e9}", "\u{410}\u{43d}\u{43d}\u{430}"] {
            assert_eq!(shown(&format!("{{\"a\":\"{name}\"}}")).1, [format!("reads: {name}")]);
        }
        assert_eq!(shown("{\"a\":[\"admin\"]}").1, [""; 0]);
    }

    #[test]
    fn twins_are_no_ascii_and_stand_once() {
        for (at, (twin, latin)) in TWINS.iter().enumerate() {
            assert!(!twin.is_ascii() && latin.is_ascii_alphabetic());
            assert!(TWINS[at + 1..].iter().all(|(other, _)| other != twin));
        }
    }
}
