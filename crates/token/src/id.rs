//! The ids of users, sessions and tokens: UUIDs of version 7 (RFC 9562 section 5.7), in the form of section 4.
//!
//! Not here: which kind of thing an id names; whoever keeps things gives each kind a type around it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::random::{self, Random};

/// Sixteen bytes that name one thing, written as a UUID. Ids made later sort later.
///
/// An id is no secret: it tells when it was made.
///
/// ```
/// use jotgate_token::Id;
///
/// let id: Id = "0197f2a0-0000-7000-8000-00000000002a".parse()?;
/// assert_eq!(id.to_string(), "0197f2a0-0000-7000-8000-00000000002a");
/// assert_eq!(Id::from(*id.as_bytes()), id);
/// # Ok::<(), jotgate_token::id::NotAnId>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Uuid);

impl Id {
    /// A new id of the millisecond `now_ms`, with 74 random bits. Times before 1970 count as 1970.
    ///
    /// Ids made later sort later, which keeps database indexes local.
    ///
    /// ```
    /// use jotgate_token::{Id, OsRandom};
    ///
    /// let id = Id::new(&OsRandom, 1_700_000_000_000);
    /// assert!(id.to_string().starts_with("018bcfe5-6800-7"));
    /// assert!(id < Id::new(&OsRandom, 1_700_000_000_001));
    /// ```
    pub fn new(random: &(impl Random + ?Sized), now_ms: i64) -> Self {
        let since_1970 = u64::try_from(now_ms).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(since_1970, &random::array(random)).into_uuid())
    }

    /// The bytes, as databases keep them.
    ///
    /// ```
    /// use jotgate_token::Id;
    ///
    /// assert_eq!(Id::from([7; 16]).as_bytes(), &[7; 16]);
    /// ```
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl From<[u8; 16]> for Id {
    fn from(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl From<Id> for [u8; 16] {
    fn from(id: Id) -> Self {
        id.0.into_bytes()
    }
}

impl FromStr for Id {
    type Err = NotAnId;

    /// The one spelling that [`Display`](fmt::Display) writes: two texts for one id would be two rows to some
    /// reader.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let id = Uuid::try_parse(text).map_err(|_| NotAnId)?;
        let mut written = Uuid::encode_buffer();
        if id.hyphenated().encode_lower(&mut written) == text { Ok(Self(id)) } else { Err(NotAnId) }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The text is not a UUID in lower case with hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a UUID: 32 hexadecimal digits in lower case, in five groups")]
pub struct NotAnId;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    struct Always(u8);
    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn an_id_holds_its_millisecond_and_the_bytes_drawn() {
        let shared: Arc<dyn Random> = Arc::new(Always(0xff));
        let id = Id::new(&*shared, 0x0123_4567_89ab);
        assert_eq!(id.to_string(), "01234567-89ab-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn an_id_made_before_1970_counts_as_made_then() {
        assert_eq!(Id::new(&Always(0), -1).to_string(), "00000000-0000-7000-8000-000000000000");
    }

    #[test]
    fn one_spelling_is_read() {
        let text = "01234567-89ab-7cde-8f01-23456789abcd";
        let id: Id = text.parse().expect("written like this");
        assert_eq!(serde_json::to_string(&id).expect("text"), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Id>(&format!("\"{text}\"")).ok(), Some(id));
        assert_eq!(format!("{id:?}"), format!("Id({text})"));
        for other in [
            text.to_uppercase(),
            text.replace('-', ""),
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            format!(" {text}"),
            text[1..].to_owned(),
            String::new(),
        ] {
            assert_eq!(other.parse::<Id>(), Err(NotAnId), "{other}");
            assert!(serde_json::from_value::<Id>(other.into()).is_err());
        }
    }
}
