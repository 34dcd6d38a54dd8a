//! The Token Status List: one bit a token, for verifiers that know the standard and not the feed.
//!
//! Here: the list, its compressed form, the claim that points into it, and the signed token that carries it. Not here:
//! who gets which index, and when a bit is set. The zlib of the standard is unpacked here and nowhere else, because how
//! much an answer may grow by it is a question of safety, which belongs beside the signature.
//! Spec: draft-ietf-oauth-status-list-21, sections 4, 5.1, 6.2 and 8.3.
//!
//! ```
//! use jotgate_jose::{Algorithm, KeySet, SigningKey};
//! use jotgate_token::status_list::{self, Status, StatusList, StatusReference, Verifier};
//!
//! let mut list = StatusList::new(1 << 17);
//! list.mark_invalid(4711);
//! let reference = StatusReference { idx: 4711, uri: "https://id.example/v1/status-lists/0".into() };
//! let signer = status_list::signer(SigningKey::generate(Algorithm::Es256)?.with_kid("2026-11"))?;
//! let token = status_list::StatusListToken {
//!     iss: Some("https://id.example".into()),
//!     sub: reference.uri.clone(),
//!     iat: 1_700_000_000,
//!     exp: 1_700_000_300,
//!     ttl: Some(60),
//!     list,
//! };
//! let message = signer.sign(&token)?;
//!
//! let verifier = Verifier::new("https://id.example", KeySet::new([signer.verifying_key()]));
//! assert_eq!(verifier.status(&message, &reference, 1_700_000_001)?, Status::Invalid);
//! let other = StatusReference { idx: 4712, ..reference };
//! assert!(verifier.status(&message, &other, 1_700_000_001)?.is_valid());
//! # Ok::<(), jotgate_jose::Error>(())
//! ```

mod claim;
mod token;
mod zlib;

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Error, Reason};

pub use claim::StatusReference;
pub(crate) use claim::nested;
pub use token::{MAX_TOKEN, Signer, StatusListToken, TYP, Verifier, signer};

/// What a list says of one token (section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// 0: good, as far as the list knows.
    Valid,
    /// 1: taken back for good.
    Invalid,
    /// 2: taken back for now.
    Suspended,
    /// Any other value, whose meaning is not known here.
    Other(u8),
}

impl Status {
    /// Whether the token may be taken. Nothing but [`Status::Valid`] may: a value nobody here knows is no permission.
    ///
    /// ```
    /// use jotgate_token::status_list::Status;
    ///
    /// assert!(Status::Valid.is_valid());
    /// assert!(![Status::Invalid, Status::Suspended, Status::Other(3)].iter().any(|status| status.is_valid()));
    /// ```
    #[must_use]
    pub fn is_valid(self) -> bool {
        self == Self::Valid
    }
}

/// Statuses by index: the first in the low bits of the first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList {
    bits: u8,
    bytes: Vec<u8>,
}

impl StatusList {
    /// A list of one bit each, all valid, with room for so many, rounded up to whole bytes.
    ///
    /// ```
    /// use jotgate_token::status_list::StatusList;
    ///
    /// assert_eq!(StatusList::new(9).len(), 16);
    /// ```
    #[must_use]
    pub fn new(entries: u32) -> Self {
        Self { bits: 1, bytes: vec![0; entries.div_ceil(8) as usize] }
    }

    /// Marks one as taken back; false when the list has no such index.
    ///
    /// ```
    /// use jotgate_token::status_list::StatusList;
    ///
    /// let mut list = StatusList::new(16);
    /// assert!(list.mark_invalid(15) && !list.mark_invalid(16));
    /// ```
    pub fn mark_invalid(&mut self, idx: u64) -> bool {
        let Some((at, shift)) = self.place(idx) else { return false };
        let mask = self.mask();
        let Some(byte) = self.bytes.get_mut(at) else { return false };
        *byte = (*byte & !(mask << shift)) | (1 << shift);
        true
    }

    /// The status at an index; `None` when the list has no such index.
    ///
    /// ```
    /// use jotgate_token::status_list::{Status, StatusList};
    ///
    /// let mut list = StatusList::new(16);
    /// list.mark_invalid(3);
    /// assert_eq!([2, 3, 16].map(|idx| list.status(idx)), [Some(Status::Valid), Some(Status::Invalid), None]);
    /// ```
    #[must_use]
    pub fn status(&self, idx: u64) -> Option<Status> {
        let (at, shift) = self.place(idx)?;
        Some(match (self.bytes.get(at)? >> shift) & self.mask() {
            0 => Status::Valid,
            1 => Status::Invalid,
            2 => Status::Suspended,
            other => Status::Other(other),
        })
    }

    /// How many statuses it holds.
    ///
    /// ```
    /// use jotgate_token::status_list::StatusList;
    ///
    /// // Two bytes of two bits each.
    /// assert_eq!(StatusList::decode(2, &StatusList::new(16).encode()?)?.len(), 8);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes.len() as u64 * u64::from(8 / self.bits)
    }

    /// Whether it holds none.
    ///
    /// ```
    /// use jotgate_token::status_list::StatusList;
    ///
    /// assert!(StatusList::new(0).is_empty() && !StatusList::new(1).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many bits a status has: 1, 2, 4 or 8.
    ///
    /// ```
    /// assert_eq!(jotgate_token::status_list::StatusList::new(16).bits(), 1);
    /// ```
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// The compressed text: the member `lst` (section 4.1).
    ///
    /// ```
    /// use jotgate_token::status_list::StatusList;
    ///
    /// let text = StatusList::new(1 << 17).encode()?;
    /// assert!(text.len() < 64);
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `keys.unavailable` when zlib fails, which memory alone makes it do.
    pub fn encode(&self) -> Result<String, Error> {
        zlib::pack(&self.bytes).map(|packed| base64url::encode(&packed))
    }

    /// Reads `bits` and `lst`.
    ///
    /// ```
    /// use jotgate_token::status_list::{Status, StatusList};
    ///
    /// let list = StatusList::decode(1, "eNrbuRgAAhcBXQ")?;
    /// assert_eq!(list.status(0), Some(Status::Invalid));
    /// assert_eq!(StatusList::decode(3, "eNrbuRgAAhcBXQ").unwrap_err().reason().code(), "claim.malformed");
    /// # Ok::<(), jotgate_jose::Error>(())
    /// ```
    ///
    /// # Errors
    /// `claim.malformed` for a number of bits other than 1, 2, 4 and 8, for what is no base64url or no zlib, and for a
    /// list of more than 2 MiB.
    pub fn decode(bits: u64, lst: &str) -> Result<Self, Error> {
        let bits = match bits {
            1 | 2 | 4 | 8 => bits as u8,
            _ => return Err(malformed("`bits` of a status list is none of 1, 2, 4 and 8")),
        };
        let packed = base64url::decode(lst).map_err(|_| malformed("`lst` is no base64url"))?;
        Ok(Self { bits, bytes: zlib::unpack(&packed)? })
    }

    /// Which byte, and how far from its low end.
    fn place(&self, idx: u64) -> Option<(usize, u32)> {
        let in_a_byte = u64::from(8 / self.bits);
        let at = usize::try_from(idx / in_a_byte).ok()?;
        Some((at, (idx % in_a_byte) as u32 * u32::from(self.bits)))
    }

    fn mask(&self) -> u8 {
        u8::MAX >> (8 - self.bits)
    }
}

fn malformed(what: &'static str) -> Error {
    Error::new(Reason::ClaimMalformed, what)
}

#[cfg(test)]
mod tests;
