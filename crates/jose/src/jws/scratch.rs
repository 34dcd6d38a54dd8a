//! Memory for decoded segments, on the stack for tokens of ordinary size.

use std::fmt;

use crate::base64url::{self, InvalidBase64};
use crate::json::Tape;

/// Room for decoding one token after the other without a heap.
///
/// ```
/// let mut scratch = jotgate_jose::jwt::Scratch::new();
/// ```
pub struct Scratch {
    pub(super) header: Buffer<384>,
    pub(super) payload: Buffer<1024>,
    pub(super) signature: Buffer<528>,
    pub(super) tape: Tape,
}

impl Scratch {
    /// Empty; larger tokens make it grow once.
    ///
    /// ```
    /// # use jotgate_jose::jws::Scratch;
    /// let mut scratch = Scratch::new(); // one for each thread is enough
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            header: Buffer::new(),
            payload: Buffer::new(),
            signature: Buffer::new(),
            tape: Tape::default(),
        }
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Scratch {
    /// Never the contents, which are somebody's token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scratch(..)")
    }
}

pub(super) struct Buffer<const INLINE: usize> {
    inline: [u8; INLINE],
    spilled: Vec<u8>,
}

impl<const INLINE: usize> Buffer<INLINE> {
    const fn new() -> Self {
        Self { inline: [0; INLINE], spilled: Vec::new() }
    }

    pub(super) fn decode(&mut self, text: &str) -> Result<&[u8], InvalidBase64> {
        let needed = base64url::decoded_len(text);
        if needed <= INLINE {
            return base64url::decode_into(text, &mut self.inline);
        }
        if self.spilled.len() < needed {
            self.spilled.resize(needed, 0);
        }
        base64url::decode_into(text, &mut self.spilled)
    }
}
