//! The scope of a token: words with single spaces between (RFC 6749 section 3.3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The words of a scope. A word is printable ASCII without space, `"` and `\`, and is compared whole.
///
/// What a reader could split in another way (a tab, two spaces, a NUL, a list) is no scope, because then two readers
/// would grant two things.
///
/// ```
/// use jotgate_token::access::Scope;
///
/// let scope: Scope = "read admin:users".parse()?;
/// assert!(scope.has("read") && scope.has("admin:users"));
/// assert!(!scope.has("admin") && !scope.has("Read") && !scope.has("read admin:users"));
/// assert!("read  write".parse::<Scope>().is_err());
/// # Ok::<(), jotgate_token::access::NotAScope>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Scope(String);

impl Scope {
    /// Whether this word is in it: the whole word, letter by letter.
    ///
    /// ```
    /// let scope: jotgate_token::access::Scope = "administrator".parse()?;
    /// assert!(scope.has("administrator") && !scope.has("admin") && !scope.has(""));
    /// # Ok::<(), jotgate_token::access::NotAScope>(())
    /// ```
    pub fn has(&self, word: &str) -> bool {
        self.words().any(|known| known == word)
    }

    /// Its words, in order.
    ///
    /// ```
    /// let scope: jotgate_token::access::Scope = "read write".parse()?;
    /// assert_eq!(scope.words().collect::<Vec<_>>(), ["read", "write"]);
    /// # Ok::<(), jotgate_token::access::NotAScope>(())
    /// ```
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// Whether there are no words.
    ///
    /// ```
    /// assert!(jotgate_token::access::Scope::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Scope {
    type Err = NotAScope;

    /// The empty text has no words.
    fn from_str(text: &str) -> Result<Self, NotAScope> {
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_scope_byte);
        if text.is_empty() || text.split(' ').all(is_word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAScope)
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a scope is words of printable ASCII with one space between")]
pub struct NotAScope;

fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~')
}
