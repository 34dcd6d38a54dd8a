//! What each mail says, in which order: the same for its text and its HTML.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use super::{FactorChange, Letter, Seen, Sender, layout::Content};
use crate::{rule::device, text::Language};

pub(super) fn content(letter: &Letter, language: Language, sender: Sender<'_>) -> Content {
    let words = Words { language, sender };
    match letter {
        Letter::VerifyEmail { url, code, good_for } => words
            .begin("mail_verify.subject", "mail_verify.title", "mail_verify.lead")
            .link("mail_verify.button", url, code, *good_for)
            .end("mail_verify.ignore"),
        Letter::ResetPassword { url, code, good_for } => words
            .begin("mail_reset.subject", "mail_reset.title", "mail_reset.lead")
            .link("mail_reset.button", url, code, *good_for)
            .end("mail_reset.ignore"),
        Letter::LoginCode { url, code, good_for } => words
            .begin("mail_code.subject", "mail_code.title", "mail_code.lead")
            .link("mail_code.button", url, code, *good_for)
            .end("mail_code.ignore"),
        Letter::ChangeEmail { url, code, good_for } => words
            .begin("mail_change.subject", "mail_change.title", "mail_change.lead")
            .link("mail_change.button", url, code, *good_for)
            .end("mail_change.ignore"),
        Letter::AlreadyRegistered { login_url, forgot_url } => words
            .begin("mail_registered.subject", "mail_registered.title", "mail_registered.lead")
            .button("mail_registered.button", login_url)
            .further("mail_registered.forgot", forgot_url)
            .end("mail_registered.ignore"),
        Letter::EmailChanged { new, seen } => words
            .begin_with("mail_changed.subject", "mail_changed.title", "mail_changed.lead", &[("new", new)])
            .facts(seen)
            .end("mail_changed.alarm"),
        Letter::NewDevice { seen } => words
            .begin("mail_device.subject", "mail_device.title", "mail_device.lead")
            .facts(seen)
            .account()
            .say("mail_device.fine")
            .not_you(),
        Letter::ReuseAlarm { seen } => {
            words
                .begin("mail_reuse.subject", "mail_reuse.title", "mail_reuse.lead")
                .facts(seen)
                .account()
                .say("mail_reuse.advice")
                .forgot()
                .content
        }
        Letter::PasswordChanged { seen } => words
            .begin("mail_password.subject", "mail_password.title", "mail_password.lead")
            .facts(seen)
            .account()
            .not_you(),
        Letter::FactorChanged { change, seen } => {
            let (lead, left) = changed(*change);
            words
                .begin_with("mail_factor.subject", "mail_factor.title", lead, &[("left", &left)])
                .facts(seen)
                .account()
                .not_you()
        }
        Letter::AccountDeleted => words
            .begin("mail_deleted.subject", "mail_deleted.title", "mail_deleted.lead")
            .end("mail_deleted.alarm"),
        Letter::Test => words.begin("mail_test.subject", "mail_test.title", "mail_test.lead").content,
    }
}

fn changed(change: FactorChange) -> (&'static str, String) {
    let key = match change {
        FactorChange::TotpAdded => "mail_factor.totp_added",
        FactorChange::TotpRemoved => "mail_factor.totp_removed",
        FactorChange::PasskeyAdded => "mail_factor.passkey_added",
        FactorChange::PasskeyRemoved => "mail_factor.passkey_removed",
        FactorChange::PasskeyCopied => "mail_factor.passkey_copied",
        FactorChange::CodesMade => "mail_factor.codes_made",
        FactorChange::CodeUsed { left } => return ("mail_factor.code_used", left.to_string()),
        FactorChange::Reset => "mail_factor.reset",
    };
    (key, String::new())
}

#[derive(Clone, Copy)]
struct Words<'a> {
    language: Language,
    sender: Sender<'a>,
}

/// A mail that is being put together.
struct Draft<'a> {
    words: Words<'a>,
    content: Content,
}

impl<'a> Words<'a> {
    fn begin(self, subject: &'static str, title: &'static str, lead: &'static str) -> Draft<'a> {
        self.begin_with(subject, title, lead, &[])
    }

    fn begin_with(
        self,
        subject: &'static str,
        title: &'static str,
        lead: &'static str,
        more: &[(&str, &str)],
    ) -> Draft<'a> {
        let service = [("service", self.sender.service)];
        let values: Vec<(&str, &str)> = service.iter().chain(more).copied().collect();
        let host = self.sender.issuer.split_once("://").map_or(self.sender.issuer, |(_, host)| host);
        let content = Content {
            language: self.language.code(),
            service: self.sender.service.to_owned(),
            subject: self.language.fill(subject, &service),
            title: self.language.say(title).to_owned(),
            lead: self.language.fill(lead, &values),
            footer: self.language.fill("mail.footer", &[("service", self.sender.service), ("host", host)]),
            ..Content::default()
        };
        Draft { words: self, content }
    }

    /// How long something works, in words.
    fn lasting(self, time: Duration) -> String {
        let minutes = time.as_secs().div_ceil(60);
        let (key, n) = match minutes {
            60 => ("mail.hour", 1),
            n if n >= 2880 && n % 1440 == 0 => ("mail.days", n / 1440),
            n if n > 60 && n % 60 == 0 => ("mail.hours", n / 60),
            n => ("mail.minutes", n),
        };
        self.language.fill(key, &[("n", &n.to_string())])
    }

    fn device(self, user_agent: Option<&str>) -> String {
        match user_agent.and_then(device::known) {
            Some(device) => self
                .language
                .fill("mail.device_named", &[("browser", device.browser), ("system", device.system)]),
            None => self.language.say("mail.device_unknown").to_owned(),
        }
    }
}

impl Draft<'_> {
    fn button(mut self, key: &'static str, url: &str) -> Self {
        self.content.button = Some((self.words.language.say(key).to_owned(), url.to_owned()));
        self
    }

    fn link(mut self, key: &'static str, url: &str, code: &str, good_for: Duration) -> Self {
        let language = self.words.language;
        let time = self.words.lasting(good_for);
        self.content.code = Some((language.say("mail.code").to_owned(), code.to_owned()));
        self.content.works = language.fill("mail.works", &[("time", &time)]);
        self.button(key, url)
    }

    fn further(mut self, key: &'static str, url: &str) -> Self {
        self.content.further = Some((self.words.language.say(key).to_owned(), url.to_owned()));
        self
    }

    fn facts(mut self, seen: &Seen) -> Self {
        let language = self.words.language;
        let mut fact = |key: &'static str, value: String| {
            self.content.facts.push((language.say(key).to_owned(), value));
        };
        if let Ok(at) = Timestamp::from_millisecond(seen.at) {
            // One spelling that every language reads, and no guess at where the reader is.
            fact("mail.when", at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string());
        }
        fact("mail.device", self.words.device(seen.user_agent.as_deref()));
        if let Some(ip) = &seen.ip {
            fact("mail.network", ip.clone());
        }
        self
    }

    fn account(self) -> Self {
        let url = format!("{}/account", self.words.sender.issuer);
        self.button("mail.account", &url)
    }

    fn forgot(self) -> Self {
        let url = format!("{}/forgot", self.words.sender.issuer);
        self.further("mail.new_password", &url)
    }

    fn say(mut self, key: &'static str) -> Self {
        let service = [("service", self.words.sender.service)];
        self.content.after.push(self.words.language.fill(key, &service));
        self
    }

    fn end(self, key: &'static str) -> Content {
        self.say(key).content
    }

    fn not_you(self) -> Content {
        self.say("mail.not_you").forgot().content
    }
}
