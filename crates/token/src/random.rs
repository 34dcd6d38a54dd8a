//! Randomness as an argument.
//!
//! Ids, salts and keys are drawn from a [`Random`], so that tests can repeat a run. Not for the randomness of
//! signatures and encryption: that comes from the crypto library itself and cannot be replaced.

use std::sync::Arc;

use jotgate_jose::primitive;

/// Fills bytes that nobody can guess.
///
/// ```
/// use jotgate_token::{OsRandom, random};
///
/// let salt: [u8; 16] = random::array(&OsRandom);
/// assert_ne!(salt, random::array(&OsRandom));
/// ```
pub trait Random: Send + Sync {
    /// Overwrites all of `bytes`.
    ///
    /// ```
    /// use jotgate_token::{OsRandom, Random};
    ///
    /// let mut bytes = [0; 16];
    /// OsRandom.fill(&mut bytes);
    /// assert_ne!(bytes, [0; 16]);
    /// ```
    fn fill(&self, bytes: &mut [u8]);
}

/// The generator of the operating system, by way of the crypto library.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandom;

impl Random for OsRandom {
    fn fill(&self, bytes: &mut [u8]) {
        primitive::fill_random(bytes);
    }
}

impl<R: Random + ?Sized> Random for Arc<R> {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }
}

/// `N` random bytes.
///
/// ```
/// use jotgate_token::{OsRandom, random};
///
/// let secret: [u8; 32] = random::array(&OsRandom);
/// assert_ne!(secret, [0; 32]);
/// ```
pub fn array<const N: usize>(random: &(impl Random + ?Sized)) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operating_system_does_not_repeat_itself() {
        let drawn: [[u8; 32]; 2] = [array(&OsRandom), array(&OsRandom)];
        assert_ne!(drawn[0], drawn[1]);
        assert_ne!(drawn[0], [0; 32]);
    }
}
