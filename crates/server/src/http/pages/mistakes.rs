//! What is wrong with a form, in the reader's language: beside the fields and together at the top.

use jotgate_token::reason::{self, Reason};

use super::frame::Frame;
use crate::error::Refused;

/// What is wrong with a form; nothing at first.
#[derive(Debug, Default)]
pub(in crate::http) struct Mistakes(Vec<Mistake>);

/// One of them.
#[derive(Debug)]
pub(in crate::http) struct Mistake {
    /// The field; none for the form as a whole.
    pub(super) field: Option<&'static str>,
    pub(super) text: String,
}

impl Mistakes {
    /// Adds one of a field.
    pub(in crate::http) fn of_field(mut self, field: &'static str, text: impl Into<String>) -> Self {
        self.0.push(Mistake { field: Some(field), text: text.into() });
        self
    }

    /// Adds one of the form as a whole.
    pub(in crate::http) fn of_form(mut self, text: impl Into<String>) -> Self {
        self.0.push(Mistake { field: None, text: text.into() });
        self
    }

    /// What a refusal says about a form. `fields` names the field that the reasons of a group are about, such as
    /// `("password.", "password")`; all others are about the form.
    pub(in crate::http) fn of(
        frame: &Frame,
        refused: &Refused,
        fields: &[(&'static str, &'static str)],
    ) -> Self {
        let text = words(frame, refused).unwrap_or_else(|| refused.reason.title.to_owned());
        let field = fields.iter().find(|(group, _)| refused.reason.code.starts_with(group));
        match field {
            Some((_, field)) => Self::default().of_field(field, text),
            None => Self::default().of_form(text),
        }
    }

    pub(in crate::http) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    pub(super) fn all(&self) -> &[Mistake] {
        &self.0
    }

    /// What is wrong with this field; empty when nothing is.
    pub(super) fn at(&self, field: &str) -> &str {
        self.0.iter().find(|one| one.field == Some(field)).map_or("", |one| &one.text)
    }
}

/// A refusal in words for the person at the form; none for those that another entry cannot mend, which are answered with
/// a page of their own.
pub(in crate::http) fn words(frame: &Frame, refused: &Refused) -> Option<String> {
    let (_, key) = WORDS.iter().find(|(reason, _)| *reason == refused.reason)?;
    let passwords = frame.passwords();
    let wait = wait(frame, refused.retry_after.unwrap_or(1));
    let values = [("min", passwords.0.to_string()), ("max", passwords.1.to_string()), ("wait", wait)];
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Some(frame.fill(key, &values))
}

/// How long to wait, rounded up to what a person would say.
fn wait(frame: &Frame, seconds: u64) -> String {
    let minutes = seconds.div_ceil(60);
    match seconds {
        ..=1 => frame.say("refusal.one_second").to_owned(),
        2..=90 => frame.fill("refusal.seconds", &[("n", &seconds.to_string())]),
        _ => frame.fill("refusal.minutes", &[("n", &minutes.to_string())]),
    }
}

/// The refusals that a form shows and another entry mends.
const WORDS: &[(&Reason, &str)] = &[
    (&reason::LOGIN_FAILED, "refusal.login_failed"),
    (&reason::LOGIN_THROTTLED, "refusal.login_throttled"),
    (&reason::SERVER_BUSY, "refusal.server_busy"),
    (&reason::SIGNUP_TAKEN, "refusal.signup_taken"),
    (&reason::SIGNUP_EMAIL_INVALID, "refusal.signup_email_invalid"),
    (&reason::PASSWORD_TOO_SHORT, "refusal.password_too_short"),
    (&reason::PASSWORD_TOO_LONG, "refusal.password_too_long"),
    (&reason::PASSWORD_TOO_WEAK, "refusal.password_too_weak"),
    (&reason::PASSWORD_TOO_COMMON, "refusal.password_too_common"),
    (&reason::PASSWORD_SAME_AS_EMAIL, "refusal.password_same_as_email"),
    (&reason::PASSWORD_SAME_AS_SERVICE, "refusal.password_same_as_service"),
    (&reason::PASSWORD_WRONG, "refusal.password_wrong"),
    (&reason::LINK_CODE_WRONG, "refusal.link_code_wrong"),
    (&reason::MAIL_THROTTLED, "refusal.mail_throttled"),
    (&reason::MAIL_NOT_CONFIGURED, "refusal.mail_not_configured"),
    (&reason::PASSKEY_INVALID, "passkey.invalid"),
];
