//! A reader of DER (X.690), as strict as it is small: definite lengths in their shortest form, minimal integers.

/// What is left to read.
#[derive(Clone, Copy)]
pub(super) struct Der<'a>(pub(super) &'a [u8]);

impl<'a> Der<'a> {
    /// The contents of the one element this is.
    pub(super) fn only(mut self, tag: u8) -> Option<Self> {
        let contents = self.take(tag)?;
        self.0.is_empty().then_some(Self(contents))
    }

    /// The contents of the next element, if it has this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let before = self.0;
        let (found, contents) = self.any()?;
        if found == tag {
            return Some(contents);
        }
        self.0 = before;
        None
    }

    /// The next element, whatever it is.
    pub(super) fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (tag, len, mut rest) = self.head()?;
        let contents = rest.split_off(..len)?;
        self.0 = rest;
        Some((tag, contents))
    }

    /// How long the first element says it is, head and all.
    pub(super) fn announced(self) -> Option<usize> {
        let (tag, len, rest) = self.head()?;
        (tag == SEQUENCE).then_some(self.0.len() - rest.len() + len)
    }

    fn head(self) -> Option<(u8, usize, &'a [u8])> {
        let (&[tag, first], mut rest) = self.0.split_first_chunk()?;
        let mut len = usize::from(first);
        if first >= 0x80 {
            let count = usize::from(first & 0x7f);
            if count == 0 || count > 4 {
                return None;
            }
            let digits = rest.split_off(..count)?;
            len = digits.iter().fold(0, |len, digit| len << 8 | usize::from(*digit));
            // The shortest form only.
            if digits[0] == 0 || len < 0x80 {
                return None;
            }
        }
        Some((tag, len, rest))
    }

    /// An AlgorithmIdentifier: the identifier's bytes and its parameters, unread.
    pub(super) fn algorithm(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let mut identifier = Self(self.take(SEQUENCE)?);
        Some((identifier.take(OID)?, identifier.0))
    }

    /// A positive integer in its minimal form, without the sign byte.
    pub(super) fn number(&mut self) -> Option<&'a [u8]> {
        match self.take(INTEGER)? {
            [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => Some(rest),
            number @ [1..0x80, ..] => Some(number),
            _ => None,
        }
    }

    /// A bit string of whole bytes.
    pub(super) fn bits(&mut self) -> Option<&'a [u8]> {
        self.take(BIT_STRING)?.strip_prefix(&[0])
    }
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const NULL: u8 = 0x05;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// `[0]` and its like, constructed.
pub(super) const CONTEXT_0: u8 = 0xa0;
pub(super) const CONTEXT_1: u8 = 0xa1;
pub(super) const CONTEXT_2: u8 = 0xa2;
pub(super) const CONTEXT_3: u8 = 0xa3;
/// `[1]`, primitive.
pub(super) const CONTEXT_1_BITS: u8 = 0x81;
