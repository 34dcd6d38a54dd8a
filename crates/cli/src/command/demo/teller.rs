//! How the story looks: a heading for each step, the call as `curl` would make it, the answer, what it means.

use serde_json::{Value, json};

use super::client::{Answer, Call};
use crate::failure::Failure;
use crate::input::wait_for_enter;
use crate::output::{BAD, CAREFUL, FAINT, GOOD, KEY, Output, TITLE, paint, pretty};

pub(super) struct Teller<'a> {
    output: &'a Output,
    waits: bool,
    steps: usize,
    /// What happened, for `--json`.
    record: Vec<Value>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(output: &'a Output, waits: bool) -> Self {
        Self { output, waits, steps: 0, record: Vec::new() }
    }

    /// A new step of the story.
    pub(super) fn step(&mut self, title: &str) {
        if self.waits && self.steps > 0 {
            self.output.ask(paint(FAINT, "\n[Enter]"));
            wait_for_enter();
        }
        self.steps += 1;
        self.say(format_args!("\n{}", paint(TITLE, format_args!("{}. {title}", self.steps))));
    }

    /// What it means.
    pub(super) fn explain(&self, text: &str) {
        self.say(format_args!("   {text}"));
    }

    /// Something to look at.
    pub(super) fn show(&self, value: &Value) {
        for line in pretty(value).lines() {
            self.say(format_args!("     {}", paint(KEY, line)));
        }
    }

    /// Time that passes.
    pub(super) fn time_passes(&self, words: &str) {
        self.say(format_args!(
            "   {}",
            paint(CAREFUL, format_args!("... {words} pass (the server's clock is moved) ..."))
        ));
    }

    /// A call and its answer, which must be the one that the story tells.
    pub(super) fn exchange(
        &mut self,
        call: &Call<'_>,
        answer: &Answer,
        wanted: (u16, &str),
    ) -> Result<(), Failure> {
        let Call { method, path, token, body } = call;
        let bearer =
            token.map_or_else(String::new, |token| format!(" -H 'Authorization: Bearer {}'", short(token)));
        let sent = body.as_ref().map_or_else(String::new, |body| format!(" -d '{}'", shortened(body)));
        let verb = if *method == "GET" { String::new() } else { format!("-X {method} ") };
        self.say(format_args!("   {}", paint(FAINT, format_args!("$ curl {verb}{path}{bearer}{sent}"))));
        let (status, reason) = (answer.status, answer.text("reason"));
        let style = if status < 400 { GOOD } else { BAD };
        self.say(format_args!(
            "   {} {}",
            paint(style, status),
            paint(KEY, shortened(&outline(&answer.body)))
        ));
        self.record.push(
            json!({ "method": method, "path": path, "status": status, "reason": answer.body["reason"] }),
        );
        if (status, reason) == wanted {
            return Ok(());
        }
        let (want, wanted_reason) = wanted;
        Err(Failure::no(format!(
            "the story wants {want} {wanted_reason} here, the server answered {status} {reason}"
        )))
    }

    pub(super) fn end(&self) {
        if self.output.wants_json() {
            self.output.value(&json!({ "ok": true, "steps": self.steps, "calls": self.record }));
        } else {
            self.say(format_args!("\n{}", paint(GOOD, "That was the whole story. Now yours: jotgate serve")));
        }
    }

    fn say(&self, text: impl std::fmt::Display) {
        if !self.output.wants_json() {
            self.output.line(text);
        }
    }
}

/// The members of an answer that the story is about.
fn outline(body: &Value) -> Value {
    let Value::Object(members) = body else { return body.clone() };
    let kept = [
        "access_token",
        "expires_in",
        "refresh_token",
        "refresh_generation",
        "email",
        "reason",
        "detail",
        "keys",
    ];
    let kept = kept.into_iter().filter_map(|name| Some((name.to_owned(), members.get(name)?.clone())));
    Value::Object(kept.collect())
}

/// JSON on one line, with its tokens cut short.
fn shortened(value: &Value) -> String {
    let mut value = value.clone();
    if let Value::Object(members) = &mut value {
        for name in ["access_token", "refresh_token"] {
            if let Some(Value::String(token)) = members.get_mut(name) {
                *token = short(token);
            }
        }
    }
    if value.is_null() { String::new() } else { value.to_string() }
}

/// Enough of a token to recognise it.
fn short(token: &str) -> String {
    match (token.get(..8), token.get(token.len().saturating_sub(6)..)) {
        (Some(head), Some(tail)) if token.len() > 20 => format!("{head}...{tail}"),
        _ => token.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_recognised_and_not_given_away() {
        let shown =
            shortened(&json!({ "refresh_token": "jgr_0123456789abcdefghijklmnop", "expires_in": 900 }));
        assert_eq!(shown, r#"{"expires_in":900,"refresh_token":"jgr_0123...klmnop"}"#);
        assert_eq!(short("tiny"), "tiny");
        assert_eq!(shortened(&Value::Null), "");
    }
}
