//! Just enough arithmetic on large numbers to look for weak RSA keys: sum, difference, square root, remainder.
//!
//! Not in constant time, so only public numbers pass through all of it; of the private ones only the distance of the
//! two primes is taken.

use std::cmp::Ordering;

use zeroize::Zeroizing;

/// A natural number; the least significant limb first, without zeros at the top.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Number(Zeroizing<Vec<u64>>);

impl Number {
    pub(super) fn from_be(bytes: &[u8]) -> Self {
        let limb = |chunk: &[u8]| chunk.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        Self::trimmed(Zeroizing::new(bytes.rchunks(8).map(limb).collect()))
    }

    pub(super) fn limbs(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bit_len(&self) -> usize {
        self.0.last().map_or(0, |top| self.0.len() * 64 - top.leading_zeros() as usize)
    }

    /// The difference to the other, whichever is larger.
    pub(super) fn distance(&self, other: &Self) -> Self {
        let (larger, smaller) = if self.cmp(other).is_lt() { (other, self) } else { (self, other) };
        let mut limbs = larger.0.clone();
        subtract(&mut limbs, &smaller.0);
        Self::trimmed(limbs)
    }

    pub(super) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut carry = false;
        for (at, limb) in self.0.iter_mut().enumerate() {
            let (sum, over) = limb.overflowing_add(other.0.get(at).copied().unwrap_or(0));
            let (sum, over_again) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, over || over_again);
        }
        if carry {
            self.0.push(1);
        }
    }

    /// The square root, rounded down, and what is left. Digit by digit in base 2.
    pub(super) fn square_root(&self) -> (Self, Self) {
        let mut rest = self.0.clone();
        let mut root = Zeroizing::new(vec![0_u64; rest.len()]);
        for bit in (0..self.bit_len()).rev().filter(|bit| bit % 2 == 0) {
            let digit = 1 << (bit % 64);
            root[bit / 64] |= digit;
            let fits = compare(&rest, &root).is_ge();
            if fits {
                subtract(&mut rest, &root);
            }
            root[bit / 64] &= !digit;
            let mut carry = 0;
            for limb in root.iter_mut().rev() {
                (*limb, carry) = (*limb >> 1 | carry, *limb << 63);
            }
            if fits {
                root[bit / 64] |= digit;
            }
        }
        (Self::trimmed(root), Self::trimmed(rest))
    }

    pub(super) fn is_square(&self) -> bool {
        // A square leaves few of the possible remainders; nearly all other numbers end here.
        const MODULI: [u64; 7] = [63, 65, 11, 17, 19, 23, 31];
        let is_residue = |value: u64, modulus: u64| (0..modulus).any(|root| root * root % modulus == value);
        if !is_residue(self.0.first().map_or(0, |limb| limb % 64), 64) {
            return false;
        }
        let rest = self.remainder(MODULI.iter().product());
        MODULI.iter().all(|modulus| is_residue(rest % modulus, *modulus)) && self.square_root().1.is_zero()
    }

    pub(super) fn remainder(&self, modulus: u64) -> u64 {
        let wide = self
            .0
            .iter()
            .rev()
            .fold(0, |rest: u128, limb| (rest << 64 | u128::from(*limb)) % u128::from(modulus));
        super::low(wide)
    }

    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| compare(&self.0, &other.0))
    }

    fn trimmed(mut limbs: Zeroizing<Vec<u64>>) -> Self {
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
        Self(limbs)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::trimmed(Zeroizing::new(vec![value]))
    }
}

/// Of numbers with as many limbs.
fn compare(a: &[u64], b: &[u64]) -> Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

/// `from - what`, for what is not larger.
fn subtract(from: &mut [u64], what: &[u64]) {
    let mut borrow = false;
    for (at, limb) in from.iter_mut().enumerate() {
        let (rest, under) = limb.overflowing_sub(what.get(at).copied().unwrap_or(0));
        let (rest, under_again) = rest.overflowing_sub(u64::from(borrow));
        (*limb, borrow) = (rest, under || under_again);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: u128) -> Number {
        Number::from_be(&value.to_be_bytes())
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_the_machine(a: u128, b in 0..u128::MAX / 2, modulus in 1..u64::MAX) {
            let root = a.isqrt();
            assert!(number(a).square_root() == (number(root), number(a - root * root)));
            assert!(number(a).distance(&number(b)) == number(a.abs_diff(b)));
            assert_eq!(u128::from(number(a).remainder(modulus)), a % u128::from(modulus));
            assert_eq!(number(a).bit_len(), 128 - a.leading_zeros() as usize);
            let mut sum = number(a >> 1);
            sum.add(&number(b));
            assert!(sum == number((a >> 1) + b));
            let square = u128::from(modulus) * u128::from(modulus);
            assert!(number(square).is_square());
            assert!(!number(square + 1).is_square());
            assert_eq!(number(a).is_square(), root * root == a);
        }
    }

    #[test]
    fn sums_grow_by_a_limb() {
        let mut sum = number(u128::MAX);
        sum.add(&Number::from(1));
        assert_eq!(sum.limbs(), [0, 0, 1]);
        assert!(Number::from_be(&[0; 20]).is_zero() && Number::from(0).is_square());
    }
}
