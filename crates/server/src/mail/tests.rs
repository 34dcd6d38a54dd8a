use super::*;

const SENDER: Sender<'_> = Sender { service: "Acme", issuer: "https://id.acme.example" };

fn seen() -> Seen {
    Seen {
        at: 1_767_225_600_000,
        user_agent: Some("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into()),
        ip: Some("192.0.2.7".into()),
    }
}

fn all() -> Vec<Letter> {
    let (url, code) = ("https://id.acme.example/x?token=abc".to_owned(), "ABCD-EFGH".to_owned());
    let good_for = Duration::from_secs(1800);
    let changes = [
        FactorChange::TotpAdded,
        FactorChange::TotpRemoved,
        FactorChange::PasskeyAdded,
        FactorChange::PasskeyRemoved,
        FactorChange::CodesMade,
        FactorChange::CodeUsed { left: 9 },
        FactorChange::Reset,
    ];
    let mut all = vec![
        Letter::VerifyEmail { url: url.clone(), code: code.clone(), good_for },
        Letter::AlreadyRegistered { login_url: url.clone(), forgot_url: url.clone() },
        Letter::ResetPassword { url: url.clone(), code: code.clone(), good_for },
        Letter::LoginCode { url: url.clone(), code: code.clone(), good_for },
        Letter::ChangeEmail { url, code, good_for },
        Letter::EmailChanged { new: "new@example.com".into(), seen: seen() },
        Letter::NewDevice { seen: seen() },
        Letter::ReuseAlarm { seen: seen() },
        Letter::PasswordChanged { seen: seen() },
        Letter::AccountDeleted,
        Letter::Test,
    ];
    all.extend(changes.map(|change| Letter::FactorChanged { change, seen: seen() }));
    all
}

fn written(letter: &Letter, language: Language) -> Written {
    letter.write("ada@example.com", language, SENDER)
}

#[test]
fn every_mail_is_whole_in_every_language() {
    for language in [Language::En, Language::De, Language::Fr] {
        for letter in all() {
            let Written { to, subject, text, html } = written(&letter, language);
            let what = format!("{} {}", language.code(), letter.kind());
            assert_eq!(to, "ada@example.com");
            assert!(!subject.is_empty() && subject.chars().count() <= 78, "{what}: {subject}");
            for body in [&subject, &text, &html] {
                assert!(
                    !body.contains("{service}") && !body.contains("{time}") && !body.contains("{n}"),
                    "{what}: {body}"
                );
            }
            assert!(
                html.contains("</html>") && html.contains(&format!("lang=\"{}\"", language.code())),
                "{what}"
            );
            let long = text.lines().find(|line| line.chars().count() > 72 && !line.contains("://"));
            assert_eq!(long, None, "{what}");
        }
    }
}

#[test]
fn a_mail_fetches_nothing_and_tells_nobody_that_it_was_opened() {
    for letter in all() {
        let html = written(&letter, Language::En).html;
        for fetched in ["<img", "src=", "<link", "@import", "url(", "<script", "<iframe", "background="] {
            assert!(!html.contains(fetched), "{}: {fetched}", letter.kind());
        }
    }
}

#[test]
fn link_and_code_stand_in_both_forms() {
    for letter in &all()[..5] {
        let Written { text, html, .. } = written(letter, Language::En);
        assert!(text.contains("\nhttps://id.acme.example/x?token=abc\n"), "{text}");
        assert!(html.contains("href=\"https://id.acme.example/x?token=abc\""), "{html}");
        if letter.kind() != "already_registered" {
            assert!(text.contains("\n    ABCD-EFGH\n") && html.contains(">ABCD-EFGH</p>"), "{text}");
            assert!(text.contains("30 minutes"), "{text}");
        }
    }
}

#[test]
fn nothing_a_stranger_chose_becomes_markup_or_a_header() {
    let sender = Sender { service: "Acme\r\nBcc: all@example.com", ..SENDER };
    let new = "\"<b>x</b>\"@example.com".to_owned();
    let seen = Seen { user_agent: Some("win at https://evil.example <b>".into()), ..seen() };
    let mail = Letter::EmailChanged { new, seen }.write("ada@example.com", Language::En, sender);
    assert_eq!(mail.subject, "Your address at Acme Bcc: all@example.com has changed");
    assert!(!mail.html.contains("<b>") && !mail.html.contains("evil"), "{}", mail.html);
    assert!(!mail.text.contains("evil"), "{}", mail.text);
}

#[test]
fn a_code_by_mail_reads_like_this() {
    let letter = Letter::LoginCode {
        url: "https://id.acme.example/login/code?token=abc".into(),
        code: "K7MP-2XQD".into(),
        good_for: Duration::from_secs(3600),
    };
    let lines = [
        "Your code to log in",
        "",
        "With this code you log in at Acme. Type it where you asked for it, or",
        "follow the link on the same device.",
        "",
        "Log in",
        "https://id.acme.example/login/code?token=abc",
        "",
        "Or type this code where you asked for this mail:",
        "",
        "    K7MP-2XQD",
        "",
        "The link and the code work once, and for 1 hour.",
        "",
        "If it was not you, do nothing, and give the code to nobody: whoever has",
        "it gets into your account.",
        "",
        "-- ",
        "Sent by Acme, id.acme.example, because of an account with this address.",
        "It asks for nothing that is not in this mail.",
        "",
    ];
    assert_eq!(written(&letter, Language::En).text, lines.join("\n"));
}

#[test]
fn a_notice_names_when_and_where_as_far_as_it_is_known() {
    let text = written(&Letter::NewDevice { seen: seen() }, Language::De).text;
    let facts = "  Wann: 2026-01-01 00:00 UTC\n  Gerät: Firefox unter Linux\n  Netzadresse: 192.0.2.7\n";
    assert!(text.contains(facts), "{text}");
    let unknown = Seen { user_agent: None, ip: None, ..seen() };
    let text = written(&Letter::NewDevice { seen: unknown }, Language::Fr).text;
    assert!(text.contains("  Quand: 2026-01-01 00:00 UTC\n  Appareil: inconnu\n\n"), "{text}");
}
