//! A quick hash for finding things, never for trusting them: whoever looks something up compares it afterwards.
//!
//! Multiply and fold, sixteen bytes a step. With a secret key nobody outside can aim at a slot; without one it only
//! spares comparisons whose number is capped. For digests that must mean something there is [`crate::primitive`].

use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

/// A map over names that hashes without a key.
pub(crate) type Map<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Quick>>;

/// The hash under a key; [`NO_KEY`] where collisions do no harm.
pub(crate) fn hash(key: [u64; 2], bytes: &[u8]) -> u64 {
    let (mut left, mut right) = (key[0] ^ ODD, key[1] ^ NO_KEY[0]);
    let (pairs, rest) = bytes.as_chunks::<32>();
    // Two lanes, because each multiplication waits for the one before it.
    for pair in pairs {
        left = fold(word(&pair[..8]) ^ key[1], word(&pair[8..16]) ^ left);
        right = fold(word(&pair[16..24]) ^ key[0], word(&pair[24..]) ^ right);
    }
    let (one, rest) = rest.as_chunks::<16>();
    for half in one {
        left = fold(word(&half[..8]) ^ key[1], word(&half[8..]) ^ left);
    }
    let (low, high) = tail(rest);
    fold(fold(low ^ left, high ^ key[1] ^ ODD), bytes.len() as u64 ^ right ^ ODD)
}

/// A hash of the length, the first and the last eight bytes.
pub(crate) fn ends(bytes: &[u8]) -> u32 {
    let (first, last) = tail(bytes);
    ((first ^ last.rotate_left(29) ^ bytes.len() as u64).wrapping_mul(ODD) >> 32) as u32
}

/// Words that hold every one of up to fifteen bytes.
fn tail(bytes: &[u8]) -> (u64, u64) {
    match bytes.len() {
        0 => (0, 0),
        1..4 => {
            let (first, middle, last) = (bytes[0], bytes[bytes.len() / 2], bytes[bytes.len() - 1]);
            (u64::from(first) << 16 | u64::from(middle) << 8 | u64::from(last), 0)
        }
        4..8 => (half_word(&bytes[..4]), half_word(&bytes[bytes.len() - 4..])),
        _ => (word(&bytes[..8]), word(&bytes[bytes.len() - 8..])),
    }
}

fn word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn half_word(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)))
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

/// For [`Map`]: names are written whole, in one call.
pub(crate) struct Quick {
    key: [u64; 2],
    state: u64,
}

impl Default for Quick {
    fn default() -> Self {
        Self { key: NO_KEY, state: 0 }
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        self.state = fold(self.state ^ hash(self.key, bytes), ODD);
    }

    /// What `str` ends its bytes with says nothing new.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.state
    }
}

/// Hashes of a set or map under a key.
pub(crate) struct Keyed(pub(crate) [u64; 2]);

impl BuildHasher for Keyed {
    type Hasher = Quick;

    fn build_hasher(&self) -> Quick {
        Quick { key: self.0, state: 0 }
    }
}

pub(crate) const NO_KEY: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xd1b5_4a32_d192_ed03];
const ODD: u64 = 0xa076_1d64_78bd_642f;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_that_differ_hash_differently() {
        // Every length, every place of a single change, and short texts all through.
        let mut texts: Vec<Vec<u8>> = (0..200).map(|len| vec![b'a'; len]).collect();
        texts
            .extend((0..100).map(|at| (0..100).map(|place| if place == at { b'b' } else { b'a' }).collect()));
        texts.extend((0..=255_u8).flat_map(|a| [vec![a, 0], vec![0, a], vec![a, a, a], vec![a; 7]]));
        let distinct: HashSet<_> = texts.iter().collect();
        for key in [NO_KEY, [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210], [1 << 40, u64::MAX]] {
            let hashes: HashSet<_> = distinct.iter().map(|text| hash(key, text)).collect();
            assert_eq!(hashes.len(), distinct.len(), "{key:?}");
        }
    }

    #[test]
    fn the_key_counts() {
        let text = [b'x'; 40];
        assert_ne!(hash([1, 2], &text), hash([1, 3], &text));
        assert_ne!(hash([1, 2], &text), hash([2, 2], &text));
        assert_ne!(hash([1, 2], b"sub"), hash([1, 3], b"sub"));
    }
}
