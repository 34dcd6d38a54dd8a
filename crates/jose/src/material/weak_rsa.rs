//! RSA keys that somebody can take apart: small factors, primes close to each other, and the flaw called ROCA.
//!
//! What a fifth of a millisecond finds (2048 bits). A modulus that passes is not proven to be good.

use super::number::Number;
use super::{Rsa, bit_len, low};
use crate::Result;
use crate::error::{Error, Reason};

/// The caller has made sure that the modulus is odd and of a sound size.
pub(super) fn check(rsa: &Rsa) -> Result<()> {
    let n = Number::from_be(&rsa.n);
    let flaw = if has_small_factor(&n) {
        Some((
            "the RSA modulus has a small factor",
            "it has a factor below 65536, so it is no product of two primes of its size",
        ))
    } else if has_close_factors(&n) {
        Some((
            "the two primes of the RSA key are equal or close",
            "anybody can compute the private key (Fermat's method, CVE-2022-26320)",
        ))
    } else if is_roca(&n) {
        Some((
            "the RSA modulus has the fingerprint of ROCA",
            "keys made by Infineon chips of 2012 to 2017 can be factored (CVE-2017-15361)",
        ))
    } else {
        None
    };
    if let Some((detail, hint)) = flaw {
        return Err(Error::new(Reason::KeyMalformed, detail).with_hint(hint));
    }
    match &rsa.private {
        None => Ok(()),
        Some(private) => check_primes(bit_len(&rsa.n), &private.p, &private.q),
    }
}

/// FIPS 186-5 appendix A.1.3: the primes are of one size, and differ in their first hundred bits.
fn check_primes(bits: usize, p: &[u8], q: &[u8]) -> Result<()> {
    let (p, q) = (Number::from_be(p), Number::from_be(q));
    if p.distance(&q).bit_len() + 100 <= bits / 2 {
        return Err(Error::new(Reason::KeyMalformed, "the two primes of the RSA key are equal or close")
            .with_hint("anybody can compute the private key (Fermat's method, CVE-2022-26320)"));
    }
    // A third is generous: some old generators did not balance their primes, and what matters is far below.
    if p.bit_len().min(q.bit_len()) < bits / 3 {
        return Err(Error::new(Reason::KeyMalformed, "one of the two primes of the RSA key is too short")
            .with_expected(format!("primes of about {} bits", bits / 2)));
    }
    Ok(())
}

/// Trial division by the odd primes below 2^16, four at a time and without dividing: Montgomery's reduction by their
/// product keeps a common factor and costs two multiplications a limb. Four products go side by side, because each
/// step waits for the one before.
fn has_small_factor(n: &Number) -> bool {
    SMALL_PRIMES.chunks(4 * LANES).any(|primes| {
        let mut products = [1_u64; LANES];
        for (product, primes) in products.iter_mut().zip(primes.chunks(4)) {
            *product = primes.iter().map(|prime| u64::from(*prime)).product();
        }
        // -1 / product modulo 2^64, by Newton; an odd number is its own inverse modulo 8.
        let inverse = |product: u64| {
            (0..5)
                .fold(product, |x, _| x.wrapping_mul(2_u64.wrapping_sub(product.wrapping_mul(x))))
                .wrapping_neg()
        };
        let inverses = products.map(inverse);
        let reduced = n.limbs().iter().fold([0_u64; LANES], |rests, limb| {
            std::array::from_fn(|lane| {
                let sum = u128::from(rests[lane]) + u128::from(*limb);
                let factor = low(sum).wrapping_mul(inverses[lane]);
                // Fits, because with a rest of at most the product the upper half is again at most the product.
                low((sum + u128::from(factor) * u128::from(products[lane])) >> 64)
            })
        });
        reduced
            .iter()
            .zip(primes.chunks(4))
            .any(|(rest, primes)| primes.iter().any(|prime| rest % u64::from(*prime) == 0))
    })
}

/// Fermat's method, given up after some steps: n = a^2 - b^2 for an `a` just above the root of n.
fn has_close_factors(n: &Number) -> bool {
    let (root, rest) = n.square_root();
    if rest.is_zero() {
        return true;
    }
    // From a^2 to (a + 1)^2 it is 2a + 1.
    let mut step = root.clone();
    step.add(&root);
    step.add(&Number::from(1));
    let mut square = step.distance(&rest);
    (0..FERMAT_STEPS).any(|_| {
        if square.is_square() {
            return true;
        }
        step.add(&Number::from(2));
        square.add(&step);
        false
    })
}

/// Nemec, Sys and others, "The Return of Coppersmith's Attack" (2017), section 2.2: modulo each small prime such a
/// modulus is a power of 65537. A random one is that for all of them once in 2^27 or less.
fn is_roca(n: &Number) -> bool {
    SMALL_PRIMES.iter().take_while(|prime| **prime <= 167).all(|prime| {
        let prime = u64::from(*prime);
        let rest = n.remainder(prime);
        let powers =
            std::iter::successors(Some(1), |power| Some(power * 65_537 % prime).filter(|power| *power != 1));
        powers.into_iter().any(|power| power == rest)
    })
}

/// The odd ones below 2^16.
static SMALL_PRIMES: [u16; 6541] = {
    let mut composite = [false; 1 << 16];
    let mut primes = [0; 6541];
    let (mut found, mut number) = (0, 3);
    while number < composite.len() {
        if !composite[number] {
            #[expect(clippy::cast_possible_truncation, reason = "below 2^16")]
            let prime = number as u16;
            primes[found] = prime;
            found += 1;
            let mut multiple = number * number;
            while multiple < composite.len() {
                composite[multiple] = true;
                multiple += 2 * number;
            }
        }
        number += 2;
    }
    primes
};

/// Products of primes that are reduced side by side.
const LANES: usize = 4;

/// Finds primes whose distance is up to about 28 times the fourth root of the modulus.
const FERMAT_STEPS: usize = 100;

#[cfg(test)]
mod tests;
