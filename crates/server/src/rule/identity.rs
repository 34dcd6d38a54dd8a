//! Which e-mail addresses and usernames are accepted, and the form in which two of them are the same.
//!
//! Shown as typed, compared by key. RFC 5321 section 2.3.11 for the address, RFC 5891 for its domain. Not for: whether
//! an address exists.

use unicode_normalization::UnicodeNormalization;

/// An accepted e-mail address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// As typed, without surrounding space.
    pub shown: String,
    /// What makes it unique: lower case, the domain in its ASCII form.
    pub key: String,
}

/// An accepted username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Username {
    /// As typed, without surrounding space.
    pub shown: String,
    /// What makes it unique: NFKC, lower case.
    pub key: String,
}

impl Email {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let shown = text.trim();
        let (local, domain) = shown.rsplit_once('@').ok_or("an e-mail address has an @")?;
        if local.is_empty() || local.len() > 64 {
            return Err("the part before the @ has 1 to 64 characters");
        }
        if shown.len() > 254 {
            return Err("an e-mail address has at most 254 characters");
        }
        let bad =
            |c: char| c.is_whitespace() || c.is_control() || is_invisible(c) || "@<>()[],;:\\\"".contains(c);
        if local.chars().any(bad) || local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(
                "the part before the @ has no spaces, quotes or brackets, and no leading, trailing or double dot",
            );
        }
        let domain = idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::STD3)
            .map_err(|_| "the part after the @ is not a domain name")?;
        if domain.is_empty() || domain.split('.').any(|label| label.is_empty() || label.len() > 63) {
            return Err("the part after the @ is not a domain name");
        }
        Ok(Self { shown: shown.into(), key: format!("{}@{domain}", fold(local)) })
    }
}

impl Username {
    /// Reads a username.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let shown = text.trim();
        if shown.is_empty() || shown.chars().count() > 64 {
            return Err("a username has 1 to 64 characters");
        }
        // No @, so that a username is never taken for an address; no look-alike punctuation, so that it is read as typed.
        if !shown.chars().all(|c| c.is_alphanumeric() || "._-".contains(c)) {
            return Err("a username has letters, digits, dots, underscores and hyphens");
        }
        Ok(Self { shown: shown.into(), key: fold(shown) })
    }
}

/// The longest name to be called by.
pub const MAX_NAME: usize = 200;

/// Reads a name to be called by.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err("a name has 1 to 200 characters");
    }
    if name.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err("a name has no control characters");
    }
    Ok(name.into())
}

/// Reads a role.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn role(text: &str) -> Result<String, &'static str> {
    let good = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
    if text.is_empty() || text.len() > 64 || !text.chars().all(good) {
        return Err("a role has 1 to 64 letters, digits or ._:/- and no spaces");
    }
    Ok(text.into())
}

fn fold(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase().nfkc().collect()
}

/// Characters that change how text is read without being seen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_unique_without_regard_to_case_and_script_of_the_domain() {
        let key = |text| Email::parse(text).unwrap().key;
        assert_eq!(key(" Ada@Example.COM "), "ada@example.com");
        assert_eq!(key("ada@bücher.example"), key("ADA@xn--bcher-kva.example"));
        assert_eq!(Email::parse(" Ada@Example.COM ").unwrap().shown, "Ada@Example.COM");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ada",
            "@x",
            "ada@",
            "a b@x",
            "a\u{0}b@x.org",
            "a@b@c",
            "a..b@x",
            ".a@x",
            "a@x..y",
            "a@-_.x y",
            "a\u{202e}b@x",
            "<a>@x",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Email::parse(&format!("{}@x.org", "a".repeat(65))).is_err());
    }

    #[test]
    fn usernames_are_folded_and_never_look_like_addresses() {
        assert_eq!(Username::parse("Ada_L").unwrap().key, "ada_l");
        assert_eq!(Username::parse("ＡＤＡ").unwrap().key, "ada");
        for bad in ["", "a@b", "a b", "a\u{200d}b", "a/b", "<b>"] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn roles_and_names_hold_nothing_that_could_break_a_line() {
        assert!(role("admin").is_ok() && role("billing:read").is_ok());
        assert!(role("a b").is_err() && role("").is_err() && role("ä").is_err());
        assert!(name("Ada Lovelace").is_ok() && name("a\nb").is_err() && name(" ").is_err());
    }
}
