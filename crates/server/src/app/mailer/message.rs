//! The bytes of a mail (RFC 5322, RFC 2046): headers that no text can add to, plain text and HTML of the same.

use std::time::{Duration, UNIX_EPOCH};

use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use crate::config::Mail;

/// A mail to be handed over.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// Which one: however often it is sent, it has one `Message-ID`, by which readers tell a copy.
    pub id: Uuid,
    /// When it was written, in Unix milliseconds.
    pub at: i64,
    /// The address.
    pub to: &'a str,
    /// One line.
    pub subject: &'a str,
    /// The plain text.
    pub text: &'a str,
    /// The same as HTML.
    pub html: &'a str,
}

pub(super) fn build(config: &Mail, mail: &Outgoing<'_>) -> Result<(Envelope, Vec<u8>), String> {
    // Taken apart here and nowhere else: an address that could end a header line is none.
    let to: Address = mail.to.parse().map_err(|_| "the recipient is no mail address".to_owned())?;
    let domain = config.from.email.domain();
    let at = UNIX_EPOCH + Duration::from_millis(u64::try_from(mail.at).unwrap_or(0));
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@{domain}>", mail.id)))
        .date(at)
        .from(config.from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(mail.subject))
        // RFC 3834: answers of absent people and of other programs are not wanted.
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"));
    if let Some(reply_to) = &config.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let part = |kind: ContentType, body: &str| SinglePart::builder().header(kind).body(body.to_owned());
    let both = MultiPart::alternative()
        .boundary(format!("jotgate-{}", mail.id.simple()))
        .singlepart(part(ContentType::TEXT_PLAIN, mail.text))
        .singlepart(part(ContentType::TEXT_HTML, mail.html));
    let message = builder.multipart(both).map_err(|error| format!("the mail cannot be written: {error}"))?;
    Ok((message.envelope().clone(), message.formatted()))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MailSecurity;

    fn config(from: &str) -> Mail {
        Mail {
            host: "localhost".into(),
            port: 25,
            security: MailSecurity::None,
            login: None,
            from: from.parse().unwrap(),
            reply_to: Some("help@acme.example".parse().unwrap()),
            ca_file: None,
            hello_name: "localhost".into(),
            timeout: Duration::from_secs(1),
        }
    }

    fn outgoing<'a>(to: &'a str, subject: &'a str) -> Outgoing<'a> {
        let (text, html) = ("Grüße,\nund ein Punkt:\n.\n", "<p>Gr&uuml;&szlig;e</p>");
        Outgoing { id: Uuid::from_u128(7), at: 1_767_225_600_000, to, subject, text, html }
    }

    fn built(to: &str, subject: &str) -> String {
        let (_, bytes) = build(&config("Acme <auth@acme.example>"), &outgoing(to, subject)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_mail_has_the_headers_it_needs_and_is_the_same_whenever_it_is_sent() {
        let mail = built("ada@example.com", "Hallo Ädä");
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        for line in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@acme.example>",
            "Date: Thu, 01 Jan 2026 00:00:00 +0000",
            "From: Acme <auth@acme.example>",
            "To: ada@example.com",
            "Reply-To: help@acme.example",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ] {
            assert!(head.contains(line), "{line} in {head}");
        }
        assert!(head.contains("Subject: =?utf-8?b?") || head.contains("Subject: Hallo =?utf-8?b?"), "{head}");
        assert!(head.contains("multipart/alternative"), "{head}");
        let (plain, html) = (body.find("text/plain").unwrap(), body.find("text/html").unwrap());
        assert!(plain < html, "readers show the last part they can");
        assert_eq!(mail, built("ada@example.com", "Hallo Ädä"));
    }

    #[test]
    fn nothing_adds_a_header_or_a_recipient() {
        let heads = |mail: &str| {
            let head = mail.split_once("\r\n\r\n").unwrap().0.to_owned();
            head.lines()
                .filter(|line| !line.starts_with(' '))
                .map(|line| line.split(':').next().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let plain = heads(&built("ada@example.com", "Hello"));
        for subject in
            ["Hello\r\nBcc: all@example.com", "Hello\nX: y", "Hello\r\n\r\nbody", "\u{85}\u{0}Hello"]
        {
            assert_eq!(heads(&built("ada@example.com", subject)), plain, "{subject:?}");
        }
        for to in [
            "ada@example.com\r\nBcc: all@example.com",
            "ada@example.com, bob@example.com",
            "Ada <ada@example.com>",
            "ada@example.com>\r\nRCPT TO:<bob@example.com",
            "",
        ] {
            assert!(build(&config("auth@acme.example"), &outgoing(to, "Hello")).is_err(), "{to:?}");
        }
        assert!(
            "Acme\r\nBcc: all@example.com <auth@acme.example>".parse::<Mailbox>().is_err() || {
                let mut evil = config("auth@acme.example");
                evil.from.name = Some("Acme\r\nBcc: all@example.com".into());
                let (_, bytes) = build(&evil, &outgoing("ada@example.com", "Hello")).unwrap();
                heads(&String::from_utf8(bytes).unwrap()) == plain
            }
        );
    }
}
