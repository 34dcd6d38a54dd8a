//! Randomness as an argument.
//!
//! Ids, salts and keys are drawn from a [`Random`], so that tests can repeat a run. Not for the randomness of
//! signatures and encryption: that comes from the crypto library itself and cannot be replaced.

use std::sync::Arc;

use jotgate_jose::primitive;
use uuid::Uuid;

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
pub fn array<const N: usize>(random: &(impl Random + ?Sized)) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// A new id: UUID version 7 (RFC 9562 §5.7) of the millisecond `now_ms`, with 74 random bits.
///
/// Ids made later sort later, which keeps database indexes local. An id is no secret: it tells when it was made.
///
/// ```
/// use jotgate_token::{OsRandom, random};
///
/// let id = random::uuid_v7(&OsRandom, 1_700_000_000_000);
/// assert_eq!(id.get_version_num(), 7);
/// assert!(id < random::uuid_v7(&OsRandom, 1_700_000_000_001));
/// ```
pub fn uuid_v7(random: &(impl Random + ?Sized), now_ms: i64) -> Uuid {
    let since_1970 = u64::try_from(now_ms).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(since_1970, &array(random)).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Random for Always {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn the_operating_system_does_not_repeat_itself() {
        let drawn: [[u8; 32]; 2] = [array(&OsRandom), array(&OsRandom)];
        assert_ne!(drawn[0], drawn[1]);
        assert_ne!(drawn[0], [0; 32]);
    }

    #[test]
    fn an_id_holds_its_millisecond_and_the_bytes_drawn() {
        let shared: Arc<dyn Random> = Arc::new(Always(0xff));
        let id = uuid_v7(&shared, 0x0123_4567_89ab);
        assert_eq!(id.to_string(), "01234567-89ab-7fff-bfff-ffffffffffff");
    }

    #[test]
    fn an_id_made_before_1970_counts_as_made_then() {
        assert_eq!(uuid_v7(&Always(0), -1).to_string(), "00000000-0000-7000-8000-000000000000");
    }
}
