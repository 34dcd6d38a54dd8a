//! Is this an Ed25519 public key anybody honest could have (RFC 8032 section 5.1.3)?
//!
//! The back end looks at a public key only when it verifies, and takes points of small order, under which one
//! signature can fit many messages. So this module decodes the point itself. Public numbers only: no need for
//! constant time. Arithmetic modulo p = 2^255 - 19.

use crate::Result;
use crate::error::{Error, Reason};

use super::public::not_a_point;

pub(super) fn check_public_key(key: &[u8]) -> Result<()> {
    let bytes: [u8; 32] = key.try_into().map_err(|_| {
        Error::new(Reason::KeyMalformed, "an Ed25519 public key has another length")
            .with_expected("32 bytes")
            .with_received(format!("{} bytes", key.len()))
    })?;
    let y = Field::from_bytes(bytes).ok_or_else(|| {
        Error::new(Reason::KeyMalformed, "the Ed25519 public key is not in its canonical form")
    })?;
    if SMALL_ORDER_Y.iter().any(|small| Field(*small) == y) {
        return Err(Error::new(Reason::KeyMalformed, "the Ed25519 public key is a point of small order"));
    }
    // x^2 = (y^2 - 1) / (d y^2 + 1) has a root exactly if numerator times denominator is a square.
    let square = y.times(y);
    let ratio = square.minus(Field::ONE).times(square.times(Field(D)).plus(Field::ONE));
    // x = 0 happens only for points of small order, so from here on either sign is fine.
    if ratio.power(HALF_ORDER) == Field::ONE { Ok(()) } else { Err(not_a_point()) }
}

/// Always less than p; least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Field([u64; 4]);

impl Field {
    const ONE: Self = Self([1, 0, 0, 0]);

    /// `None` when the number, without the sign bit, is p or more.
    fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = chunk.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
        }
        limbs[3] &= u64::MAX >> 1;
        less_than_p(&limbs).then_some(Self(limbs))
    }

    fn plus(self, other: Self) -> Self {
        let mut sum = self.0;
        let mut carry = 0;
        for (limb, added) in sum.iter_mut().zip(other.0) {
            let wide = u128::from(*limb) + u128::from(added) + carry;
            *limb = low(wide);
            carry = wide >> 64;
        }
        // Both are below 2^255, so nothing is carried out of 256 bits.
        Self(reduce(sum))
    }

    fn minus(self, other: Self) -> Self {
        self.plus(Self(subtract(P, other.0)))
    }

    fn times(self, other: Self) -> Self {
        let mut wide = [0_u64; 8];
        for i in 0..4 {
            let mut carry = 0;
            for j in 0..4 {
                let step = u128::from(self.0[i]) * u128::from(other.0[j]) + u128::from(wide[i + j]) + carry;
                wide[i + j] = low(step);
                carry = step >> 64;
            }
            wide[i + 4] = low(carry);
        }
        // 2^256 is 38 modulo p: fold the upper half in, then what is carried out once more.
        let mut folded = [0; 4];
        let mut carry = 0;
        for at in 0..4 {
            let step = u128::from(wide[at + 4]) * 38 + u128::from(wide[at]) + carry;
            folded[at] = low(step);
            carry = step >> 64;
        }
        while carry != 0 {
            carry *= 38;
            for limb in &mut folded {
                let step = u128::from(*limb) + carry;
                *limb = low(step);
                carry = step >> 64;
            }
        }
        Self(reduce(folded))
    }

    fn power(self, exponent: [u64; 4]) -> Self {
        let mut result = Self::ONE;
        for bit in (0..256).rev() {
            result = result.times(result);
            if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
                result = result.times(self);
            }
        }
        result
    }
}

/// 256 bits are less than three times p.
fn reduce(mut limbs: [u64; 4]) -> [u64; 4] {
    while !less_than_p(&limbs) {
        limbs = subtract(limbs, P);
    }
    limbs
}

fn less_than_p(limbs: &[u64; 4]) -> bool {
    limbs.iter().rev().lt(P.iter().rev())
}

/// `a - b` for `a >= b`.
fn subtract(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let mut difference = [0; 4];
    let mut borrow = false;
    for at in 0..4 {
        let (step, under) = a[at].overflowing_sub(b[at]);
        let (step, under_again) = step.overflowing_sub(u64::from(borrow));
        difference[at] = step;
        borrow = under || under_again;
    }
    difference
}

#[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
fn low(wide: u128) -> u64 {
    wide as u64
}

const P: [u64; 4] = [0xffff_ffff_ffff_ffed, u64::MAX, u64::MAX, u64::MAX >> 1];

/// (p - 1) / 2: Euler's criterion.
const HALF_ORDER: [u64; 4] = [0xffff_ffff_ffff_fff6, u64::MAX, u64::MAX, u64::MAX >> 2];

/// The curve's constant, -121665/121666.
const D: [u64; 4] =
    [0x75eb_4dca_1359_78a3, 0x0070_0a4d_4141_d8ab, 0x8cc7_4079_7779_e898, 0x5203_6cee_2b6f_fe73];

/// The y of all eight points of small order: 0 (order 4), 1, -1, and the two of order 8.
const SMALL_ORDER_Y: [[u64; 4]; 5] = [
    [0, 0, 0, 0],
    [1, 0, 0, 0],
    [0xffff_ffff_ffff_ffec, u64::MAX, u64::MAX, u64::MAX >> 1],
    [0x8f4d_d04d_6a70_17c7, 0x0f67_100d_760b_3cba, 0xc6cc_392c_fa53_202a, 0x7a03_ac92_77fd_c74e],
    [0x70b2_2fb2_958f_e826, 0xf098_eff2_89f4_c345, 0x3933_c6d3_05ac_dfd5, 0x05fc_536d_8802_38b1],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(limbs: [u64; 4]) -> [u8; 32] {
        let mut out = [0; 32];
        for (chunk, limb) in out.chunks_exact_mut(8).zip(limbs) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        out
    }

    fn reason(key: &[u8]) -> Option<Reason> {
        check_public_key(key).err().map(|error| error.reason())
    }

    #[test]
    fn the_constant_is_the_curves() {
        // d * 121666 = -121665
        let product = Field(D).times(Field([121_666, 0, 0, 0]));
        assert!(product.plus(Field([121_665, 0, 0, 0])) == Field([0; 4]));
        assert!(Field([4, 0, 0, 0]).power(HALF_ORDER) == Field::ONE);
        assert!(Field([2, 0, 0, 0]).power(HALF_ORDER) != Field::ONE);
    }

    #[test]
    fn real_keys_pass_with_either_sign() {
        let base = bytes([
            0x6666_6666_6666_6658,
            0x6666_6666_6666_6666,
            0x6666_6666_6666_6666,
            0x6666_6666_6666_6666,
        ]);
        assert_eq!(reason(&base), None);
        let mut negative = base;
        negative[31] |= 0x80;
        assert_eq!(reason(&negative), None);
    }

    #[test]
    fn small_order_and_second_spellings_are_refused() {
        for y in SMALL_ORDER_Y {
            for sign in [0, 0x80] {
                let mut key = bytes(y);
                key[31] |= sign;
                assert_eq!(reason(&key), Some(Reason::KeyMalformed));
            }
        }
        // p and p + 1 spell 0 and 1 again; all ones is p + 18.
        for spelling in [P, [0xffff_ffff_ffff_ffee, u64::MAX, u64::MAX, u64::MAX >> 1], [u64::MAX; 4]] {
            let error = check_public_key(&bytes(spelling)).unwrap_err();
            assert!(error.to_string().contains("canonical"), "{error}");
        }
    }

    #[test]
    fn half_of_all_numbers_are_no_point() {
        let points = (2..102).filter(|y| check_public_key(&bytes([*y, 0, 0, 0])).is_ok()).count();
        assert!((30..70).contains(&points), "{points}");
        assert_eq!(reason(&[]), Some(Reason::KeyMalformed));
        assert_eq!(reason(&[9; 33]), Some(Reason::KeyMalformed));
    }
}
