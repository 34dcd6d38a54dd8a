//! Code that handles tokens where it should not: secrets in assignments and calls, tokens in storage.

use std::borrow::Cow;

use super::text::{arguments, ascii, assignment, contains, is_word, literal, run, run_back, skip_white};
use super::{Anchor, Hit, Kind};
use crate::is_known_secret;
use crate::lint::finding::characters;
use crate::lint::names::plain;

/// `JWT_SECRET = "..."`, `jwtSecret: '...'`, and `JWT_SECRET=...` as a line of an .env file.
pub(super) fn named_secret(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    let start = run_back(bytes, at, 48, |byte| is_word(byte) || byte == b'-');
    let name_end = at + anchor.text.len();
    let end = name_end + run(bytes, name_end, 48, |byte| is_word(byte) || byte == b'-').len();
    let name = ascii(&bytes[start..end]);
    let bare = plain(&name);
    let is_exact = bare == "secret";
    if !is_exact && !NAMES.iter().any(|known| bare.ends_with(known)) {
        return None;
    }
    let after = end + run(bytes, end, 3, |byte| b"\\\"'`]".contains(&byte)).len();
    let after = skip_white(bytes, after);
    let is_given = match (bytes.get(after)?, bytes.get(after + 1)?) {
        (b'=', next) => !b"=>".contains(next),
        (b':', next) => *next != b':',
        _ => false,
    };
    let value_at = skip_white(bytes, after + 1);
    let (value, value_end) = match literal(bytes, value_at, LONGEST_SECRET) {
        Some(literal) => (literal.text, value_at + literal.len),
        None => {
            let text = env_value(bytes, start, after)?;
            (text, after + 1 + text.len())
        }
    };
    let is_secret = is_given && is_value(value, &bare, is_exact);
    let known = if is_known_secret(value) { ", a secret everybody knows" } else { "" };
    let what = format!("{name} = \"...\" ({}{known})", characters(value.len()));
    is_secret.then_some(Hit { kind: Kind::NamedSecret, start, end: value_end, what: Cow::Owned(what) })
}

/// `NAME=value` or `export NAME=value` as a whole line.
fn env_value(bytes: &[u8], start: usize, equals: usize) -> Option<&[u8]> {
    let line = run_back(bytes, start, 64, |byte| byte != b'\n');
    let before = bytes[line..start].trim_ascii();
    let is_capital = !bytes[start..equals].iter().any(u8::is_ascii_lowercase);
    if bytes.get(equals) != Some(&b'=') || !is_capital || !(before.is_empty() || before == b"export") {
        return None;
    }
    let value = run(bytes, equals + 1, LONGEST_SECRET, |byte| byte.is_ascii_graphic());
    let is_code = value.iter().any(|byte| b"(){}$<>;,".contains(byte));
    (!is_code).then_some(value)
}

/// Not a label, a path, a reference or a placeholder.
fn is_value(value: &[u8], name: &str, is_exact: bool) -> bool {
    if value.len() < 6
        || !value.iter().all(u8::is_ascii_graphic)
        || value.iter().any(|byte| b"<>{}()\\".contains(byte))
    {
        return false;
    }
    let is_wordy = value.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-.:/ ".contains(byte));
    let text = plain(&ascii(value));
    if is_known_secret(value) && !is_exact && text != name {
        return true;
    }
    let names_itself =
        ["secret", "key", "token", "password"].iter().any(|word| text.contains(word)) || text == name;
    let has = |kind: fn(&u8) -> bool| value.iter().any(kind);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    let is_url = contains(value, b"://") || value.starts_with(b"/") || value.starts_with(b"./");
    match is_exact {
        true => value.len() >= 16 && is_mixed && !is_url,
        false => {
            !(is_url || is_wordy && names_itself) && (is_mixed || value.len() >= 12 || name.contains("jwt"))
        }
    }
}

/// `jwt.sign(claims, "secret")`, or the `SignJWT` of jose with a literal.
pub(super) fn sign(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    call(
        bytes,
        at,
        anchor,
        Kind::Sign,
        &["expiresIn", "algorithm", "issuer", "audience", "notBefore", "subject", "keyid"],
    )
}

/// `jwt.verify(token, "secret")`, or `jwtVerify` of jose with a literal.
pub(super) fn verify(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    call(
        bytes,
        at,
        anchor,
        Kind::Verify,
        &["algorithms", "issuer", "audience", "ignoreExpiration", "maxAge", "clockTolerance"],
    )
}

fn call(bytes: &[u8], at: usize, anchor: &Anchor, kind: Kind, options: &[&str]) -> Option<Hit> {
    let callee_at = run_back(bytes, at, 48, is_word);
    let callee = plain(&ascii(&bytes[callee_at..at]));
    let open = at + anchor.text.len();
    let arguments = arguments(bytes, open)?;
    let has_options =
        arguments.get(2).is_some_and(|third| options.iter().any(|option| contains(third, option.as_bytes())));
    // `default` is how bundlers write an imported library.
    let is_jwt = ["jwt", "jsonwebtoken"].iter().any(|name| callee.contains(name))
        || callee == "default"
        || anchor.text == "jwtVerify("
        || has_options;
    let encoded = arguments.iter().find_map(|argument| encoded(argument, bytes, at));
    let secret = encoded.or_else(|| {
        let second = arguments.get(1).filter(|_| is_jwt)?;
        given(second, bytes, at)
    })?;
    // A public key in PEM is what belongs there; `pem` judges private ones.
    if secret.is_empty() || secret.starts_with(b"-----BEGIN") {
        return None;
    }
    let known = if is_known_secret(secret) { ", a secret everybody knows" } else { "" };
    let shown = ascii(&bytes[callee_at..open]);
    // Only the call itself: a secret that stands elsewhere under a name of its own is told there too.
    let end = open + 1;
    let what = format!("{shown}..., \"...\") with {} of secret{known}", characters(secret.len()));
    Some(Hit { kind, start: callee_at, end, what: Cow::Owned(what) })
}

/// A literal, or a variable that holds one. A name of one letter can be any parameter, so it is not looked up.
fn given<'a>(argument: &'a [u8], bytes: &'a [u8], at: usize) -> Option<&'a [u8]> {
    if let Some(literal) = literal(argument, 0, LONGEST_SECRET) {
        return (literal.len == argument.len()).then_some(literal.text);
    }
    let value_at = assignment(bytes, at, variable(argument)?)?;
    literal(bytes, value_at, LONGEST_SECRET).map(|literal| literal.text).filter(|text| text.len() >= 6)
}

/// `new TextEncoder().encode("...")`, as the manual of jose makes a key of a text, or a variable that holds it.
fn encoded<'a>(argument: &'a [u8], bytes: &'a [u8], at: usize) -> Option<&'a [u8]> {
    const ENCODER: &[u8] = b"TextEncoder().encode(";
    let in_call = |text: &'a [u8]| {
        let at = text.windows(ENCODER.len()).position(|window| window == ENCODER)?;
        literal(text, skip_white(text, at + ENCODER.len()), LONGEST_SECRET).map(|literal| literal.text)
    };
    in_call(argument).or_else(|| {
        let value_at = assignment(bytes, at, variable(argument)?)?;
        in_call(&bytes[value_at..bytes.len().min(value_at + ENCODER.len() + LONGEST_SECRET)])
            .filter(|_| bytes[value_at..].starts_with(b"new TextEncoder"))
    })
}

fn variable(argument: &[u8]) -> Option<&[u8]> {
    let is_name = (2..=48).contains(&argument.len()) && argument.iter().all(|byte| is_word(*byte));
    (is_name && !argument[0].is_ascii_digit()).then_some(argument)
}

/// A token put into localStorage or sessionStorage.
pub(super) fn storage(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    let after = at + anchor.text.len();
    let rest = &bytes[after.min(bytes.len())..];
    let (name, end) = if let Some(call) = rest.strip_prefix(b".setItem(") {
        let open = bytes.len() - call.len();
        let arguments = arguments(bytes, open)?;
        let [key, value, ..] = arguments[..] else { return None };
        let name = match literal(key, 0, 64) {
            Some(literal) => literal.text,
            // The name is in a variable: then what is stored tells.
            None => run(value, run_back(value, value.len(), 48, is_word), 48, is_word),
        };
        (name, open)
    } else if let Some(index) = rest.strip_prefix(b"[") {
        let at = bytes.len() - index.len();
        let name = literal(bytes, at, 64)?;
        (name.text, assigned(bytes, at + name.len + 1)?)
    } else {
        let member = rest.strip_prefix(b".")?;
        let at = bytes.len() - member.len();
        let name = run(bytes, at, 48, is_word);
        (name, assigned(bytes, at + name.len())?)
    };
    let is_token = {
        let name = plain(&ascii(name));
        let is_other =
            ["csrf", "xsrf", "device", "push", "fcm", "design", "tokenizer", "tokens", "expir", "type"];
        (name.contains("token") || name.contains("jwt")) && !is_other.iter().any(|other| name.contains(other))
    };
    let what = format!("{}: {}", anchor.text, ascii(name));
    is_token.then_some(Hit { kind: Kind::Storage, start: at, end, what: Cow::Owned(what) })
}

/// Where an assignment that begins at `at` goes on; a comparison is none.
fn assigned(bytes: &[u8], at: usize) -> Option<usize> {
    let equals = skip_white(bytes, at);
    (bytes.get(equals) == Some(&b'=') && bytes.get(equals + 1).is_some_and(|next| !b"=>".contains(next)))
        .then_some(equals)
}

/// `algorithms: ["HS256", "none"]`. The header of an unsigned token (`alg: "none"`) stands in every good library.
pub(super) fn none_allowed(bytes: &[u8], at: usize, _: &Anchor) -> Option<Hit> {
    if at > 0 && is_word(bytes[at - 1]) {
        return None;
    }
    let name = run(bytes, at, 12, |byte| byte.is_ascii_alphabetic());
    if name != b"algorithm" && name != b"algorithms" {
        return None;
    }
    let mut after = at + name.len();
    after += usize::from(bytes.get(after).is_some_and(|byte| b"\"'".contains(byte)));
    after = skip_white(bytes, after);
    if bytes.get(after) != Some(&b':') {
        return None;
    }
    let value_at = skip_white(bytes, after + 1);
    let value = match bytes.get(value_at)? {
        b'[' => run(bytes, value_at + 1, 160, |byte| byte != b']'),
        _ => run(bytes, value_at, 16, |byte| byte.is_ascii_alphabetic() || b"\"'`".contains(&byte)),
    };
    let names_none = [&b"\"none\""[..], b"'none'", b"`none`"].iter().any(|none| contains(value, none));
    let what = Cow::Owned(format!("{}: none", ascii(name)));
    names_none.then(|| Hit { kind: Kind::NoneAllowed, start: at, end: value_at + value.len(), what })
}

/// A message of the library jsonwebtoken, which stays readable in every bundle.
pub(super) fn library(_: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    let what = Cow::Borrowed("the code of jsonwebtoken");
    Some(Hit { kind: Kind::Library, start: at, end: at + anchor.text.len(), what })
}

/// Names of variables that hold a secret, as [`plain`] writes them; a prefix such as `REACT_APP_` does not matter.
const NAMES: [&str; 28] = [
    "accesssecret",
    "refreshsecret",
    "jwtsecret",
    "jwtsecretkey",
    "jwtkey",
    "jwtprivatekey",
    "jwtsigningkey",
    "jwtsecretorkey",
    "tokensecret",
    "accesstokensecret",
    "refreshtokensecret",
    "tokenkey",
    "secretkey",
    "secretorkey",
    "signingkey",
    "signingsecret",
    "hmackey",
    "hmacsecret",
    "sessionsecret",
    "cookiesecret",
    "authsecret",
    "nextauthsecret",
    "appsecret",
    "clientsecret",
    "apisecret",
    "consumersecret",
    "secretaccesskey",
    "webhooksecret",
];

const LONGEST_SECRET: usize = 512;
