//! What a client may be called and what it may ask for: yes or no from values alone.
//!
//! Not here: who it is (`flow::authenticate_client`). RFC 6749 section 3.3, RFC 8707 section 2.

use jotgate_token::access::{FIRST_PARTY, Scope};

/// Reads the name of a client, which is its `client_id`.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn id(text: &str) -> Result<String, &'static str> {
    let good = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let starts_well = text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
    if !starts_well || text.len() > 64 || !text.bytes().all(good) {
        return Err("a client is named by 1 to 64 letters, digits or ._- and begins with a letter or digit");
    }
    if text == FIRST_PARTY {
        return Err("`first-party` is what tokens of the server's own API call their client");
    }
    // Because `sub` of a user must never be a `client_id` (RFC 9700 section 4.15).
    if uuid::Uuid::parse_str(text).is_ok() {
        return Err("a client's name must not look like a user's id");
    }
    Ok(text.into())
}

/// Reads words of scope, each once.
///
/// # Errors
/// What is wrong with them, in a sentence.
pub fn scopes(texts: &[String]) -> Result<Vec<String>, &'static str> {
    let mut words: Vec<String> = Vec::new();
    for text in texts {
        let scope: Scope =
            text.parse().map_err(|_| "a scope is words of printable ASCII with one space between")?;
        for word in scope.words() {
            if !words.iter().any(|known| known == word) {
                words.push(word.into());
            }
        }
    }
    if words.iter().map(|word| word.len() + 1).sum::<usize>() > MOST_SCOPE {
        return Err("a client has at most 1 kB of scope; every token carries it");
    }
    Ok(words)
}

/// Reads the names of audiences, each once.
///
/// # Errors
/// What is wrong with them, in a sentence.
pub fn audiences(texts: &[String]) -> Result<Vec<String>, &'static str> {
    let mut names: Vec<String> = Vec::new();
    for text in texts {
        if text.is_empty() || text.len() > 200 || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("an audience is 1 to 200 characters of printable ASCII without spaces");
        }
        if !names.contains(text) {
            names.push(text.clone());
        }
    }
    if names.len() > 32 { Err("a client has at most 32 audiences") } else { Ok(names) }
}

/// The scope to grant: what was asked for when the client may have all of it, everything when nothing was asked for.
#[must_use]
pub fn grant(may_have: &[String], asked: Option<&str>) -> Option<Scope> {
    let Some(asked) = asked else { return may_have.join(" ").parse().ok() };
    let asked: Scope = asked.parse().ok()?;
    let may = asked.words().all(|word| may_have.iter().any(|known| known == word));
    may.then_some(asked)
}

/// Why there is no audience to grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTarget {
    /// Several are possible and none was named, or several were named.
    Several,
    /// The one named is not the client's.
    Foreign,
}

/// The one audience of the token. One and not several, because each API that gets the token could use it at the others
/// in the client's name, and nothing says which word of the scope is for which (RFC 9068 section 5).
///
/// # Errors
/// [`NoTarget`].
pub fn target<'a>(may_have: &'a [String], asked: &[String]) -> Result<&'a str, NoTarget> {
    let Some((first, rest)) = asked.split_first() else {
        return if let [only] = may_have { Ok(only) } else { Err(NoTarget::Several) };
    };
    if rest.iter().any(|other| other != first) {
        return Err(NoTarget::Several);
    }
    may_have.iter().find(|known| *known == first).map(String::as_str).ok_or(NoTarget::Foreign)
}

const MOST_SCOPE: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_name_is_plain_and_nobody_elses() {
        for good in ["reports", "a", "night.job-2", "R2_d2"] {
            assert_eq!(id(good).as_deref(), Ok(good));
        }
        let uuid = "0197f2a0-0000-7000-8000-00000000002a";
        let long = "a".repeat(65);
        for bad in
            ["", "-a", ".a", "a b", "a:b", "ä", "a\n", "first-party", uuid, &uuid.replace('-', ""), &long]
        {
            assert!(id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn scope_is_granted_whole_or_not_at_all() {
        let may = texts(&["read", "write"]);
        let granted = |asked: Option<&str>| grant(&may, asked).map(|scope| scope.to_string());
        assert_eq!(granted(None).as_deref(), Some("read write"));
        assert_eq!(granted(Some("write")).as_deref(), Some("write"));
        for bad in ["admin", "read admin", "Read", "rea", "read  write", "read\twrite"] {
            assert_eq!(granted(Some(bad)), None, "{bad}");
        }
        assert_eq!(grant(&[], None).map(|scope| scope.to_string()).as_deref(), Some(""));
    }

    #[test]
    fn a_token_is_for_one_api() {
        let may = texts(&["api", "billing"]);
        assert_eq!(target(&may, &texts(&["billing"])), Ok("billing"));
        assert_eq!(target(&may, &texts(&["billing", "billing"])), Ok("billing"));
        assert_eq!(target(&may, &texts(&["api", "billing"])), Err(NoTarget::Several));
        assert_eq!(target(&may, &[]), Err(NoTarget::Several));
        assert_eq!(target(&may, &texts(&["ap"])), Err(NoTarget::Foreign));
        assert_eq!(target(&may[..1], &[]), Ok("api"));
    }

    #[test]
    fn words_and_audiences_are_read_once_each() {
        assert_eq!(scopes(&texts(&["read write", "write", "x"])).unwrap(), ["read", "write", "x"]);
        assert!(scopes(&texts(&["a\"b"])).is_err() && scopes(&texts(&["a  b"])).is_err());
        assert!(scopes(&[vec!["x"; 1025].concat()]).is_err());
        assert_eq!(
            audiences(&texts(&["api", "api", "https://b.example/x"])).unwrap(),
            ["api", "https://b.example/x"]
        );
        assert!(audiences(&texts(&[""])).is_err() && audiences(&texts(&["a b"])).is_err());
    }
}
