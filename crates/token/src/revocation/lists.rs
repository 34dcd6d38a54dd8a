//! Entries packed into bytes, one list a kind, in base64url inside a message. Numbers are big-endian.

use std::fmt;

use jotgate_jose::primitive::base64url;
use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Digest, Entry, Kind};

/// The entries of a message, packed as they travel: 12 bytes each, 20 for a subject.
///
/// ```
/// use jotgate_token::revocation::{Digest, Entry, Kind, Lists};
///
/// let entries = [Entry::new(Kind::Token, Digest([1; 8]), 2), Entry::subject(Digest([3; 8]), 4, 5)];
/// let lists = Lists::pack(entries);
/// assert_eq!(lists.len(), 2);
/// assert!(lists.iter().eq(entries));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lists {
    #[serde(default, skip_serializing_if = "Packed::is_empty")]
    sessions: Packed<12>,
    #[serde(default, skip_serializing_if = "Packed::is_empty")]
    tokens: Packed<12>,
    #[serde(default, skip_serializing_if = "Packed::is_empty")]
    subjects: Packed<20>,
    #[serde(default, skip_serializing_if = "Packed::is_empty")]
    keys: Packed<12>,
}

impl Lists {
    /// Packs entries; those of one kind keep their order.
    ///
    /// ```
    /// use jotgate_token::revocation::{Digest, Entry, Kind, Lists};
    ///
    /// let lists = Lists::pack([Entry::new(Kind::Key, Digest([255; 8]), 1)]);
    /// assert_eq!(serde_json::to_string(&lists)?, r#"{"keys":"__________8AAAAB"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn pack(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut lists = Self::default();
        entries.into_iter().for_each(|entry| lists.push(entry));
        lists
    }

    /// Adds one entry. The value of an entry that is no subject's does not travel.
    ///
    /// ```
    /// use jotgate_token::revocation::{Digest, Entry, Kind, Lists};
    ///
    /// let mut lists = Lists::default();
    /// lists.push(Entry::new(Kind::Session, Digest([1; 8]), 2));
    /// assert_eq!(lists.len(), 1);
    /// ```
    pub fn push(&mut self, entry: Entry) {
        let until = entry.until.to_be_bytes();
        let list = match entry.kind {
            Kind::Session => &mut self.sessions.0,
            Kind::Token => &mut self.tokens.0,
            Kind::Key => &mut self.keys.0,
            Kind::Subject => {
                self.subjects.0.extend_from_slice(&entry.digest.0);
                self.subjects.0.extend_from_slice(&entry.value.to_be_bytes());
                return self.subjects.0.extend_from_slice(&until);
            }
        };
        list.extend_from_slice(&entry.digest.0);
        list.extend_from_slice(&until);
    }

    /// All entries: sessions, tokens, subjects, keys.
    ///
    /// ```
    /// use jotgate_token::revocation::Lists;
    ///
    /// let lists: Lists = serde_json::from_str(r#"{"sessions":"AQEBAQEBAQEAAAAC"}"#)?;
    /// assert!(lists.iter().all(|entry| entry.until == 2));
    /// assert!(serde_json::from_str::<Lists>(r#"{"sessions":"AQEBAQEBAQEAAAA"}"#).is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        let subjects = self.subjects.records().iter().map(|record| {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, until @ ..] = *record;
            Entry {
                kind: Kind::Subject,
                digest: Digest([a, b, c, d, e, f, g, h]),
                value: i64::from_be_bytes([i, j, k, l, m, n, o, p]),
                until: u32::from_be_bytes(until),
            }
        });
        short(Kind::Session, &self.sessions)
            .chain(short(Kind::Token, &self.tokens))
            .chain(subjects)
            .chain(short(Kind::Key, &self.keys))
    }

    /// How many entries there are.
    ///
    /// ```
    /// assert_eq!(jotgate_token::revocation::Lists::default().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        let short = self.sessions.0.len() + self.tokens.0.len() + self.keys.0.len();
        short / 12 + self.subjects.0.len() / 20
    }

    /// Whether there is none.
    ///
    /// ```
    /// assert!(jotgate_token::revocation::Lists::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn short(kind: Kind, list: &Packed<12>) -> impl Iterator<Item = Entry> + '_ {
    list.records().iter().map(move |&[a, b, c, d, e, f, g, h, until @ ..]| Entry {
        kind,
        digest: Digest([a, b, c, d, e, f, g, h]),
        value: 0,
        until: u32::from_be_bytes(until),
    })
}

/// Records of `N` bytes, one after the other and nothing between.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Packed<const N: usize>(Vec<u8>);

impl<const N: usize> Packed<N> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn records(&self) -> &[[u8; N]] {
        self.0.as_chunks().0
    }
}

impl<const N: usize> Serialize for Packed<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64url::encode(&self.0))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Packed<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text<const N: usize>;

        impl<const N: usize> Visitor<'_> for Text<N> {
            type Value = Packed<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "whole records of {N} bytes in base64url")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let bytes = base64url::decode(text).map_err(|_| E::custom("a list that is no base64url"))?;
                // Because half a record means that something was lost, and then nobody knows what else.
                if bytes.len() % N != 0 {
                    return Err(E::custom("a list that ends within a record"));
                }
                Ok(Packed(bytes))
            }
        }

        deserializer.deserialize_str(Text::<N>).map_err(D::Error::custom)
    }
}
