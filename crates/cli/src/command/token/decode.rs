//! `jotgate token decode`: what anyone can read in a token, with the times in words.

use jotgate_jose::Algorithm;
use jotgate_jose::jwt::Unverified;
use jotgate_jose::primitive::base64url;
use serde_json::{Map, Value, json};

use super::now;
use crate::args::token::Decode;
use crate::failure::Failure;
use crate::output::{CAREFUL, Output, TITLE, paint, pairs, pretty};
use crate::words::moment;

pub(super) fn run(args: &Decode, output: &Output) -> Result<(), Failure> {
    let text = args.token.read(output)?;
    let token = text.strip_prefix("Bearer ").unwrap_or(&text).trim();
    let now = now(args.now);
    let peek = Unverified::parse(token)?;
    let (header, claims) = (object(peek.header_json()), object(peek.payload_json()));
    let times = times(&claims, now);
    let signature = signature(token, peek.alg());
    if output.wants_json() {
        output.value(&json!({
            "verified": false, "notice": NOTICE, "header": header, "claims": claims,
            "times": times.iter().cloned().collect::<Map<_, _>>(),
            "signature": { "bytes": signature.bytes, "wrong": signature.wrong },
        }));
        return Ok(());
    }
    output.line(format_args!("{}\n{}\n", paint(TITLE, "header"), pretty(&header)));
    output.line(format_args!("{}\n{}\n", paint(TITLE, "claims"), pretty(&claims)));
    if !times.is_empty() {
        let rows =
            times.iter().map(|(name, words)| (name.as_str(), words.as_str().unwrap_or_default().to_owned()));
        output.line(format_args!("{}\n{}\n", paint(TITLE, "times"), pairs(rows)));
    }
    if let Some(wrong) = signature.wrong {
        output.line(paint(CAREFUL, wrong));
    }
    output.line(paint(CAREFUL, NOTICE));
    Ok(())
}

/// The claims that are moments, in words.
fn times(claims: &Map<String, Value>, now: i64) -> Vec<(String, Value)> {
    let words = |value: &Value| {
        // Fractions are allowed (RFC 7519 section 2); the words leave them out.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a second outside i64 saturates, and is said to be outside the calendar"
        )]
        let seconds = value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))?;
        let mut words = moment(seconds, now);
        if seconds > MILLISECONDS {
            words.push_str("; these look like milliseconds, a token counts seconds");
        }
        Some(Value::from(words))
    };
    let named = ["iat", "nbf", "exp", "auth_time"].into_iter();
    named.filter_map(|name| Some((name.to_owned(), words(claims.get(name)?)?))).collect()
}

struct Signature {
    bytes: Option<usize>,
    wrong: Option<String>,
}

/// A signature of the wrong length was never made by the algorithm that the header names.
fn signature(token: &str, alg: Option<&str>) -> Signature {
    let segment = token.rsplit('.').next().unwrap_or_default();
    let Ok(bytes) = base64url::decode(segment).map(|bytes| bytes.len()) else {
        return Signature { bytes: None, wrong: Some("the signature is not base64url".to_owned()) };
    };
    let wrong = match alg.map(|name| (name, Algorithm::from_name(name))) {
        Some((name, _)) if name.eq_ignore_ascii_case("none") => {
            Some("alg is none: this token is not signed".to_owned())
        }
        Some((name, Some(algorithm))) => length(algorithm).filter(|length| *length != bytes).map(|length| {
            format!("the signature has {bytes} bytes, {name} makes {length}: nobody signed this token")
        }),
        _ => None,
    };
    Signature { bytes: Some(bytes), wrong }
}

/// RFC 7518 section 3; the length of an RSA signature is that of its key.
fn length(algorithm: Algorithm) -> Option<usize> {
    match algorithm {
        Algorithm::Hs256 => Some(32),
        Algorithm::Hs384 => Some(48),
        Algorithm::Hs512 | Algorithm::Es256 | Algorithm::Ed25519 => Some(64),
        Algorithm::Es384 => Some(96),
        Algorithm::Es512 => Some(132),
        _ => None,
    }
}

fn object(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_default()
}

const NOTICE: &str = "anyone can read this; the signature was NOT checked";

/// The year 2286 in seconds; in milliseconds it was 1970.
const MILLISECONDS: i64 = 9_999_999_999;
