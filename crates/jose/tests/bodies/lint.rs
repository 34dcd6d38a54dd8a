//! The linter on any text: it always answers, and it never shows the secret it was given.

use jotgate_jose::lint::{self, Question};

use super::{NOW, SECRET, first_line, forge, shared};

/// The bytes as a token and as a file; and the first line as a header, the rest as a payload, signed.
pub(crate) fn lint(data: &[u8]) {
    let (header, payload) = first_line(data);
    let forged = forge(header, payload);
    let secret = std::str::from_utf8(SECRET).expect("letters");
    for text in [String::from_utf8_lossy(data).as_ref(), forged.as_str()] {
        let question = Question::new(text, NOW);
        for finding in lint::token(&question.secret(SECRET).keys(shared())) {
            assert!(!finding.seen.contains(secret), "{}", finding.rule.id);
            assert!(lint::rule(finding.rule.id).is_some(), "a rule out of the catalogue");
        }
    }
    let _ = lint::text(data, NOW);
    for name in ["app.js", "index.html", "app.js.map", ".env", "data.json"] {
        let _ = lint::file(name, data, NOW);
    }
}
