//! `jotgate token diff`: what differs between two tokens, for people who hold one that works and one that does not.

use jotgate_jose::diff::{Change, Diff, diff};
use jotgate_jose::explain::words::close_span;
use jotgate_jose::{Error, jws, jwt};
use secrecy::zeroize::Zeroizing;
use serde_json::{Value, json};

use super::found;
use crate::args::token::Diff as Args;
use crate::command::key_file::{KeyFile, keys_of_secret};
use crate::failure::Failure;
use crate::input::{Source, TokenSource};
use crate::output::{BAD, CAREFUL, FAINT, GOOD, KEY, Output, TITLE, paint};

pub(super) fn run(args: &Args, output: &Output) -> Result<(), Failure> {
    let is_stdin = |source: &TokenSource| matches!(source, TokenSource::Source(Source::Stdin));
    if is_stdin(&args.left) && is_stdin(&args.right) {
        return Err(
            Failure::usage("both tokens cannot come from standard input").mend("put one of them into a file")
        );
    }
    let (left, right) = (args.left.read(output)?, args.right.read(output)?);
    let (left, right) = (Zeroizing::new(found(&left, output)), Zeroizing::new(found(&right, output)));
    let found = diff(&left, &right).map_err(|error| named(error, &left))?;
    let judge = Judge::new(args)?;
    let signers = [judge.signer(&left)?, judge.signer(&right)?];
    if output.wants_json() {
        output.value(&as_json(&found, &signers));
    } else {
        output.line(in_words(&found, &signers));
    }
    if found.is_same() { Ok(()) } else { Err(Failure::silent_no()) }
}

/// Which of the two cannot be read.
fn named(error: Error, left: &str) -> Failure {
    let side = if jwt::Unverified::parse(left).is_err() { "left" } else { "right" };
    Failure::from(error).and(&format!("this is the token on the {side}"))
}

/// The key that made a token, where one was given: its thumbprint, or the refusal.
type Signer = Option<Result<String, Error>>;

/// What the signatures are checked with, read once.
enum Judge {
    Key(KeyFile),
    Secret(Zeroizing<Vec<u8>>),
    Nobody,
}

impl Judge {
    fn new(args: &Args) -> Result<Self, Failure> {
        Ok(match (&args.key, &args.secret) {
            (Some(source), _) => Self::Key(KeyFile::parse(&source.read("--key")?)?),
            (None, Some(source)) => Self::Secret(source.read("--secret")?),
            (None, None) => Self::Nobody,
        })
    }

    fn signer(&self, token: &str) -> Result<Signer, Failure> {
        let keys = match self {
            Self::Key(file) => file.for_token(token, None),
            Self::Secret(secret) => keys_of_secret(secret, token, None),
            Self::Nobody => return Ok(None),
        };
        Ok(Some(keys.and_then(|keys| jws::verify(token, &keys)).map(|verified| {
            let kid = verified.kid().map(|kid| format!("{kid}, ")).unwrap_or_default();
            format!("{kid}thumbprint {}", verified.key().thumbprint())
        })))
    }
}

fn in_words(found: &Diff, signers: &[Signer; 2]) -> String {
    let mut lines = Vec::new();
    for (title, changes) in [("header", &found.header), ("claims", &found.claims)] {
        lines.push(paint(TITLE, title));
        let width = changes.iter().map(|change| bare(change).len()).max().unwrap_or(0);
        lines.extend(changes.iter().map(|change| line(change, width)));
        if changes.is_empty() {
            lines.push(paint(FAINT, "  the same"));
        }
        lines.push(String::new());
    }
    lines.push(paint(TITLE, "signature"));
    lines.push(format!("  {}", found.summary()));
    for (side, signer) in ["left", "right"].iter().zip(signers) {
        lines.extend(signer.as_ref().map(|signer| match signer {
            Ok(key) => format!("  {side}: {} ({key})", paint(GOOD, "made by this key")),
            Err(error) => format!("  {side}: {} ({error})", paint(BAD, "not made by this key")),
        }));
    }
    if signers.iter().all(Option::is_none) {
        lines.push(paint(CAREFUL, "  no signature was checked; --key or --secret checks both"));
    }
    lines.join("\n")
}

/// `~ exp  1700000900  ->  1700004500  (1 hour later)`
fn line(change: &Change, width: usize) -> String {
    let (sign, style) = match (&change.left, &change.right) {
        (None, _) => ('+', GOOD),
        (_, None) => ('-', BAD),
        _ => ('~', CAREFUL),
    };
    let name = paint(KEY, format_args!("{:<width$}", bare(change)));
    let values: Vec<&str> = [&change.left, &change.right].into_iter().flatten().map(String::as_str).collect();
    let apart = change.seconds.map(|seconds| {
        let way = if seconds > 0 { "later" } else { "earlier" };
        paint(FAINT, format_args!("  ({} {way})", close_span(seconds.unsigned_abs())))
    });
    format!("  {} {name}  {}{}", paint(style, sign), values.join("  ->  "), apart.unwrap_or_default())
}

/// The path within its part.
fn bare(change: &Change) -> &str {
    let path = change.path.as_str();
    ["header.", "claims.", "header", "claims"].iter().find_map(|part| path.strip_prefix(part)).unwrap_or(path)
}

fn as_json(found: &Diff, signers: &[Signer; 2]) -> Value {
    let change = |change: &Change| json!({ "path": change.path, "left": change.left, "right": change.right, "seconds": change.seconds });
    let list = |changes: &[Change]| changes.iter().map(change).collect::<Vec<_>>();
    let signer = |signer: &Signer| match signer {
        None => Value::Null,
        Some(Ok(key)) => json!({ "ok": true, "key": key }),
        Some(Err(error)) => json!({ "ok": false, "reason": error.reason().code() }),
    };
    json!({
        "same": found.is_same(), "summary": found.summary(), "header": list(&found.header), "claims": list(&found.claims),
        "same_signed_text": found.same_signed_text, "same_signature": found.same_signature,
        "left": signer(&signers[0]), "right": signer(&signers[1]),
    })
}
