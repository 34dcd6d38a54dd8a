//! `jotgate token decode`: what anyone can read in a token, with the times in words.

use jotgate_jose::explain::{Kind, Member, Question, Remark, Report, SignatureNote, Tone, explain};
use jotgate_jose::jwt::Unverified;
use serde_json::{Map, Value, json};

use super::{now, say_where};
use crate::args::token::Decode;
use crate::failure::Failure;
use crate::output::{CAREFUL, Output, TITLE, paint, pairs, pretty};

pub(super) fn run(args: &Decode, output: &Output) -> Result<(), Failure> {
    let text = args.token.read(output)?;
    let report = explain(&Question::new(&text, now(args.now)));
    let peek = Unverified::parse(report.token()).map_err(|error| no_token(error.into(), &report))?;
    say_where(&report.found, output);
    let (header, claims) = (object(peek.header_json()), object(peek.payload_json()));
    let times: Vec<_> = report.claims.iter().filter_map(time).collect();
    let wrong = wrong(&report);
    if output.wants_json() {
        output.value(&json!({
            "verified": false, "notice": NOTICE, "header": header, "claims": claims,
            "times": times.iter().map(|(name, words)| (name.clone(), words.as_str().into())).collect::<Map<_, _>>(),
            "signature": { "bytes": report.signature.as_ref().map(|signature| signature.bytes), "wrong": wrong },
        }));
        return Ok(());
    }
    output.line(format_args!("{}\n{}\n", paint(TITLE, "header"), pretty(&header)));
    output.line(format_args!("{}\n{}\n", paint(TITLE, "claims"), pretty(&claims)));
    if !times.is_empty() {
        let rows = times.iter().map(|(name, words)| (name.as_str(), words.clone()));
        output.line(format_args!("{}\n{}\n", paint(TITLE, "times"), pairs(rows)));
    }
    if let Some(wrong) = wrong {
        output.line(paint(CAREFUL, wrong));
    }
    output.line(paint(CAREFUL, NOTICE));
    Ok(())
}

/// A claim that is a moment, in words, with what is wrong about it.
fn time(member: &Member) -> Option<(String, String)> {
    let words = member.words.iter().map(String::as_str);
    let wrong = member.remarks.iter().filter(|remark| remark.tone == Tone::Bad);
    let is_time = member.words.is_some() || TIMES.contains(&member.name.as_str());
    let said: Vec<_> = words.chain(wrong.map(|remark| remark.text.as_str())).collect();
    (is_time && !said.is_empty()).then(|| (member.name.clone(), said.join("; ")))
}

/// Why this can be nobody's signature.
fn wrong(report: &Report) -> Option<String> {
    if report.algorithm.as_ref().is_some_and(|algorithm| algorithm.name.eq_ignore_ascii_case("none")) {
        return Some("alg is none: this token is not signed".to_owned());
    }
    let Some(SignatureNote { remarks, .. }) = &report.signature else {
        return Some("the signature is not base64url".to_owned());
    };
    let words: Vec<_> = remarks.iter().map(|Remark { text, .. }| text.as_str()).collect();
    (!words.is_empty()).then(|| format!("signature: {}", words.join("; ")))
}

/// What the text is instead.
fn no_token(failure: Failure, report: &Report) -> Failure {
    match report.found.kind {
        Kind::Jws => failure,
        _ => failure.and(&format!("it is {}", report.found.what)),
    }
}

fn object(json: &str) -> Map<String, Value> {
    serde_json::from_str(json).unwrap_or_default()
}

const NOTICE: &str = "anyone can read this; the signature was NOT checked";

const TIMES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];
