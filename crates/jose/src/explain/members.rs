//! Header and claims, member by member: what the name means, what the value says, what is odd about it.
//!
//! Read with the scanner every token passes. What it refuses is still shown as far as it goes, because that is where
//! somebody who debugs wants to look. Nothing here is a check.

use super::report::{Member, Remark};
use super::{claim_notes, header_notes, text};
use crate::claims::{header_member, registered};
use crate::json::{self, Limits, Str, Value};

/// The members of an object, and what is wrong with it as a whole.
#[derive(Default)]
pub(super) struct Read {
    pub(super) members: Vec<Member>,
    pub(super) remarks: Vec<Remark>,
}

/// The members of a header.
pub(super) fn header(bytes: &[u8]) -> Read {
    read(bytes, "header", |name, value| {
        let known = header_member(name);
        let mut member = member(name, value, known.map(|known| (known.meaning, known.reference)));
        header_notes::add(name, value, &mut member);
        if known.is_none() {
            member.remarks.push(match registered(name) {
                Some(_) => Remark::note("the name of a claim; in the header it has no effect"),
                None => Remark::note("no registered header member; verifiers ignore it"),
            });
        }
        member
    })
}

/// The claims.
pub(super) fn claims(bytes: &[u8], now: i64) -> Read {
    let (mut exp, mut iat) = (None, None);
    let mut read = read(bytes, "payload", |name, value| {
        match name {
            "exp" => exp = Some(value),
            "iat" => iat = Some(value),
            _ => {}
        }
        let known = registered(name);
        let mut member = member(name, value, known.map(|known| (known.meaning, known.reference)));
        claim_notes::add(name, value, now, &mut member);
        member
    });
    if let Some(life) = claim_notes::lifetime(exp, iat)
        && let Some(exp) = read.members.iter_mut().find(|member| member.name == "exp")
    {
        exp.remarks.push(Remark::note(life));
    }
    read
}

fn read<'a>(bytes: &'a [u8], place: &str, mut each: impl FnMut(&str, Value<'a>) -> Member) -> Read {
    let mut read = Read::default();
    let scanned = json::object(bytes, Limits::STRICT, |json::Member { name, value }| {
        let decoded = name.decode();
        let mut member = each(&decoded, value);
        if is_disguised(name) {
            member.remarks.push(Remark::careful("the name is written with escapes in the token"));
        }
        read.members.push(member);
    });
    if scanned.is_err() {
        read.remarks.push(Remark::bad(format!("the {place} decodes to: {}", glimpse(bytes))));
        if !read.members.is_empty() {
            read.remarks.push(Remark::note(format!("the members of the {place} before the fault are shown")));
        }
    }
    read
}

fn member(name: &str, value: Value<'_>, known: Option<(&'static str, &'static str)>) -> Member {
    let mut remarks = text::remarks_on_name(name);
    remarks.extend(text::remarks(value));
    Member {
        name: text::plain(name),
        value: text::ascii(value),
        meaning: known.map(|(meaning, _)| meaning),
        reference: known.map(|(_, reference)| reference),
        words: None,
        remarks,
    }
}

/// A name in plain letters has no reason to be written with escapes.
fn is_disguised(name: Str<'_>) -> bool {
    name.plain().is_none() && name.decode().chars().all(|character| matches!(character, ' '..='~'))
}

/// The beginning of something that is no JSON object.
fn glimpse(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok("") => "nothing".to_owned(),
        Ok(text) => text::quoted(text),
        Err(_) => format!("{} that are no text", super::words::count(bytes.len(), "byte")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn one(read: &Read) -> (&Member, Vec<&str>) {
        let member = &read.members[0];
        (member, member.remarks.iter().map(|remark| remark.text.as_str()).collect())
    }

    #[test]
    fn registered_names_have_a_meaning_and_others_a_warning() {
        let read = claims(br#"{"aud":"api"}"#, NOW);
        assert_eq!(one(&read).0.reference, Some("RFC 7519 section 4.1.3"));
        assert_eq!(one(&read).1, [""; 0]);
        let read = claims(br#"{"cartID":7}"#, NOW);
        assert!(one(&read).1[0].contains("another system may mean something else"), "{:?}", one(&read).1);
        assert!(one(&claims(br#"{"https://x.example/cart":7}"#, NOW)).1[0].contains("its owner's"));
        for (name, right) in
            [("userId", "`sub`"), ("expiresIn", "`exp`"), ("Exp", "`exp`"), ("role", "`roles`")]
        {
            let read = claims(format!("{{\"{name}\":7}}").as_bytes(), NOW);
            assert!(one(&read).1.iter().any(|remark| remark.contains(right)), "{name}: {:?}", one(&read).1);
        }
    }

    #[test]
    fn times_are_told_in_words_with_what_is_odd_about_them() {
        let words = |json: &str| {
            let read = claims(json.as_bytes(), NOW);
            let (member, remarks) = one(&read);
            format!("{} {}", member.words.clone().unwrap_or_default(), remarks.join(" "))
        };
        assert!(
            words(r#"{"exp":1799989200}"#).starts_with("15 January 2027, 05:00:00 UTC, expired 3 hours ago")
        );
        assert!(words(r#"{"exp":1800000840}"#).contains("expires in 14 minutes"));
        assert!(words(r#"{"iat":1799999940.5}"#).contains("issued 1 minute ago"));
        assert!(words(r#"{"nbf":1800000060}"#).contains("not good before 1 minute from now"));
        assert!(words(r#"{"exp":1800000000000}"#).contains("milliseconds"));
        assert!(words(r#"{"exp":"1800000000"}"#).contains("without the quotes"));
        assert!(words(r#"{"exp":900}"#).contains("duration"));
        assert!(words(r#"{"exp":2147483648}"#).contains("2038"));
        assert!(words(r#"{"exp":1e300}"#).contains("no time"));
        assert!(words(r#"{"created_at":1799999940}"#).contains("1 minute ago"));
    }

    #[test]
    fn header_keys_are_said_to_be_ignored() {
        for name in ["jwk", "jku", "x5u", "x5c"] {
            let read = header(format!("{{\"{name}\":\"x\"}}").as_bytes());
            assert!(one(&read).0.meaning.unwrap().contains("Ignored"), "{name}");
            assert!(one(&read).1[0].contains("anybody"), "{:?}", one(&read).1);
        }
        let read = header(br#"{"jwk":{"kty":"OKP","d":"x"}}"#);
        assert!(one(&read).1.iter().any(|remark| remark.contains("private key")));
    }

    #[test]
    fn what_is_no_object_is_still_shown() {
        let read = claims(br#"{"a":1,"a":2}"#, NOW);
        assert_eq!(read.members.len(), 1);
        assert!(read.remarks[0].text.contains(r#"{\"a\":1"#), "{:?}", read.remarks);
        assert!(header(b"\xff\xfe").remarks[0].text.contains("2 bytes"));
        assert!(claims(b"\x1b[31m", NOW).remarks[0].text.is_ascii());
        assert!(one(&header(br#"{"\u0061lg":"HS256"}"#)).1[0].contains("escapes"));
    }
}
