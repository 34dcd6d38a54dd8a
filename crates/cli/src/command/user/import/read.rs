//! Files of users, one user at a time, however long the file: a JSON array, an object with the array `users` in it, a JSON
//! object a line, or CSV. What cannot be read is said with its line and the next one is tried, as far as the form allows.
//!
//! Not for: what the fields mean.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// One user, or why there is none at this place.
pub(super) struct Record {
    pub(super) line: u64,
    pub(super) found: Result<Map<String, Value>, String>,
}

/// Takes each record; false ends the reading.
pub(super) type Take<'a> = dyn FnMut(Record) -> bool + 'a;

/// Reads a file to its end. `columns` names the columns of a CSV file that has no line of headings.
///
/// # Errors
/// When the file cannot be read, or is damaged in a way that hides where the next user begins.
pub(super) fn read(path: &Path, columns: Option<&[&str]>, take: &mut Take<'_>) -> Result<(), String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut input = BufReader::with_capacity(1 << 16, file);
    let first = first_letter(&mut input)?;
    let extension = path.extension().and_then(|text| text.to_str()).unwrap_or_default();
    match first {
        None => Err("is empty".into()),
        Some(_) if extension.eq_ignore_ascii_case("csv") => rows(input, columns, take),
        Some(b'[') => array(input, take),
        Some(b'{') => objects(input, take),
        Some(_) => rows(input, columns, take),
    }
}

/// The first byte that is not white space, left where it is; a byte order mark is taken away.
fn first_letter(input: &mut BufReader<File>) -> Result<Option<u8>, String> {
    let start = input.fill_buf().map_err(|error| error.to_string())?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err("is UTF-16; save it as UTF-8 (in PowerShell: `-Encoding utf8`)".into());
    }
    if start.starts_with(&[0xef, 0xbb, 0xbf]) {
        input.consume(3);
    }
    let start = input.fill_buf().map_err(|error| error.to_string())?;
    Ok(start.iter().copied().find(|byte| !byte.is_ascii_whitespace()))
}

/// Objects one after the other, each on its line; or one object over many lines that has the users in it.
fn objects(mut input: BufReader<File>, take: &mut Take<'_>) -> Result<(), String> {
    let (mut line, mut number) = (Vec::new(), 0);
    let mut is_first = true;
    loop {
        line.clear();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(|e| e.to_string())?;
        if read == 0 {
            return Ok(());
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let whole = serde_json::from_slice::<Map<String, Value>>(&line);
        match whole {
            Ok(object) if !(is_first && object.get("users").is_some_and(Value::is_array)) => {
                if !take(Record { line: number, found: Ok(object) }) {
                    return Ok(());
                }
            }
            // Not a line of its own: the first of an object that goes on, or that holds all users.
            _ if is_first => return wrapped(io::Cursor::new(line).chain(input), number, take),
            Err(_) => {
                if !take(Record { line: number, found: Err(NO_OBJECT.to_owned()) }) {
                    return Ok(());
                }
            }
            Ok(object) => {
                if !take(Record { line: number, found: Ok(object) }) {
                    return Ok(());
                }
            }
        }
        is_first = false;
    }
}

fn array(input: impl Read, take: &mut Take<'_>) -> Result<(), String> {
    let lines = Lines::from(1);
    let mut json = serde_json::Deserializer::from_reader(Counted { input, lines: lines.clone() });
    ended(json.deserialize_seq(Users { take, lines }))
}

fn wrapped(input: impl Read, from: u64, take: &mut Take<'_>) -> Result<(), String> {
    let lines = Lines::from(from);
    let mut json = serde_json::Deserializer::from_reader(Counted { input, lines: lines.clone() });
    let mut found = false;
    ended(json.deserialize_map(Wrapper { take, lines, found: &mut found }))?;
    if found { Ok(()) } else { Err("has no array `users` in it".into()) }
}

fn ended(result: Result<(), serde_json::Error>) -> Result<(), String> {
    match result {
        Err(error) if error.to_string().starts_with(ENOUGH) => Ok(()),
        Err(error) => Err(format!("is damaged: {}", told(&error))),
        Ok(()) => Ok(()),
    }
}

/// Where it is wrong, and how; what stands there is not repeated, because it may be a secret.
fn told(error: &serde_json::Error) -> String {
    match error.line() {
        0 => wrong(error).to_owned(),
        line => format!("{} (line {line}, column {})", wrong(error), error.column()),
    }
}

fn wrong(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends in the middle",
        serde_json::error::Category::Data => NO_OBJECT,
        serde_json::error::Category::Io | serde_json::error::Category::Syntax => "it is no JSON",
    }
}

/// The line that is being read, shared by who counts and who tells.
#[derive(Clone)]
struct Lines(Rc<Cell<u64>>);

impl Lines {
    fn from(line: u64) -> Self {
        Self(Rc::new(Cell::new(line)))
    }
}

struct Counted<R> {
    input: R,
    lines: Lines,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let ends = buffer[..read].iter().filter(|&&byte| byte == b'\n').count();
        self.lines.0.set(self.lines.0.get() + ends as u64);
        Ok(read)
    }
}

struct Users<'a, 'b> {
    take: &'a mut Take<'b>,
    lines: Lines,
}

impl<'de> Visitor<'de> for Users<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(raw) = items.next_element::<Box<RawValue>>()? {
            let text = raw.get();
            let within = text.bytes().filter(|&byte| byte == b'\n').count() as u64;
            let line = self.lines.0.get().saturating_sub(within);
            let parsed = serde_json::from_str::<Map<String, Value>>(text);
            // Several realms in one file.
            if let Ok(object) = &parsed
                && object.contains_key("realm")
                && let Some(Value::Array(users)) = object.get("users")
            {
                for user in users {
                    let found = user.as_object().cloned().ok_or_else(|| NO_OBJECT.to_owned());
                    if !(self.take)(Record { line, found }) {
                        return Err(A::Error::custom(ENOUGH));
                    }
                }
                continue;
            }
            let found = parsed.map_err(|_| NO_OBJECT.to_owned());
            if !(self.take)(Record { line, found }) {
                return Err(A::Error::custom(ENOUGH));
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Users<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        input.deserialize_seq(self)
    }
}

struct Wrapper<'a, 'b> {
    take: &'a mut Take<'b>,
    lines: Lines,
    found: &'a mut bool,
}

impl<'de> Visitor<'de> for Wrapper<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object with an array `users`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<String>()? {
            if name == "users" {
                *self.found = true;
                members.next_value_seed(Users { take: &mut *self.take, lines: self.lines.clone() })?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// CSV becomes what the same user would be in JSON, all of it text; an empty field is none.
fn rows(input: impl Read, columns: Option<&[&str]>, take: &mut Take<'_>) -> Result<(), String> {
    let mut csv = csv::ReaderBuilder::new().flexible(true).has_headers(columns.is_none()).from_reader(input);
    let columns: Vec<String> = match columns {
        Some(columns) => columns.iter().map(|&name| name.to_owned()).collect(),
        None => {
            let headings = csv.headers().map_err(|_| "has no first line of headings in UTF-8".to_owned())?;
            headings.iter().map(|name| name.trim().to_owned()).collect()
        }
    };
    if !columns.iter().any(|name| name == "email") {
        return Err("has no column `email` in its first line".into());
    }
    let mut row = csv::StringRecord::new();
    loop {
        let line = csv.position().line();
        let found = match csv.read_record(&mut row) {
            Ok(false) => return Ok(()),
            Ok(true) => Ok(columns
                .iter()
                .zip(&row)
                .filter(|(name, field)| !name.is_empty() && !field.is_empty())
                .map(|(name, field)| (name.clone(), Value::from(field)))
                .collect()),
            Err(error) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
                Err("it is not UTF-8".to_owned())
            }
            Err(error) => return Err(format!("cannot be read at line {line}: {error}")),
        };
        let line = if found.is_ok() { row.position().map_or(line, csv::Position::line) } else { line };
        if !take(Record { line, found }) {
            return Ok(());
        }
    }
}

const NO_OBJECT: &str = "it is no JSON object";
/// Ends the reading from inside.
const ENOUGH: &str = "enough";
/// No user is so long; a file without an end of line must not fill the memory.
const MAX_LINE: u64 = 4 << 20;
