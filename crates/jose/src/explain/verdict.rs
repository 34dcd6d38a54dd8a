//! The whole answer in one sentence.
//!
//! It never says that a token is to be trusted: a signature matches a key, and whose key that is only the asker knows.

use super::report::{Answer, Check, Found, KeyNote, Kind, Outcome, Step, Verdict};

pub(super) fn verdict(found: &Found, checks: &[Check], key: Option<&KeyNote>) -> Verdict {
    match found.kind {
        Kind::Jws => of_checks(checks, key),
        Kind::Jwe => no_token("This is an encrypted token; what is inside cannot be shown without its key."),
        Kind::JsonJws => {
            no_token("This is a JWS in JSON form, and a JWT is compact only. It is shown for reading.")
        }
        Kind::RefreshToken => no_token(&format!("This is {}.", found.what)),
        Kind::Other => no_token(&format!("There is no JWT here. It is {}.", found.what)),
    }
}

/// What is wrong, with the two sides where they are short.
fn said(check: &Check) -> String {
    let said = check.said.as_deref().unwrap_or("refused");
    match (&check.expected, &check.received, check.step) {
        (Some(expected), Some(received), Step::Signature) => {
            format!("{said}, {received} instead of {expected}")
        }
        (Some(expected), Some(received), Step::Issuer | Step::Audience | Step::Type | Step::Algorithm) => {
            format!("{said}, {received} and not {expected}")
        }
        (_, Some(received), Step::Key) => format!("{said}, {received}"),
        _ => said.to_owned(),
    }
}

fn no_token(text: &str) -> Verdict {
    Verdict { answer: Answer::NoToken, text: text.to_owned() }
}

fn of_checks(checks: &[Check], key: Option<&KeyNote>) -> Verdict {
    let failed: Vec<_> = checks.iter().filter(|check| check.outcome == Outcome::Failed).collect();
    let is_public = key.is_some_and(|key| {
        key.remarks.iter().any(|remark| remark.code == Some("signature.known_public_secret"))
    });
    let warning = if is_public { " Anybody can sign it: its secret is public." } else { "" };
    if let Some(first) = failed.first() {
        let said = said(first);
        let more = match failed.len() - 1 {
            0 => String::new(),
            1 => " One more check fails.".to_owned(),
            more => format!(" {more} more checks fail."),
        };
        let text = format!(
            "A verifier refuses this token: {said} ({}).{more}{warning}",
            first.code().unwrap_or_default()
        );
        return Verdict { answer: Answer::Refused, text };
    }
    let unasked: Vec<_> = checks
        .iter()
        .filter(|check| check.outcome == Outcome::NotAsked)
        .filter(|check| matches!(check.step, Step::Signature | Step::Type | Step::Issuer | Step::Audience))
        .map(|check| check.title.as_str())
        .collect();
    let rest = if unasked.is_empty() {
        String::new()
    } else {
        format!(" Nobody asked about: {}.", unasked.join(", "))
    };
    if unasked.contains(&Step::Signature.words()) {
        let text = format!(
            "Nothing wrong was found, but the signature was not checked: no key was given.{rest}{warning}"
        );
        return Verdict { answer: Answer::NotAsked, text };
    }
    let text = format!(
        "Every check passed, with the key you gave. Whether that is the issuer's key is for you to know.{rest}{warning}"
    );
    Verdict { answer: Answer::Passed, text }
}
