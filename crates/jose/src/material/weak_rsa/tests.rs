use super::*;

#[test]
fn the_primes_are_all_there() {
    assert_eq!((SMALL_PRIMES[0], SMALL_PRIMES[1], SMALL_PRIMES[6540]), (3, 5, 65_521));
    assert!(SMALL_PRIMES.is_sorted());
    for prime in SMALL_PRIMES.iter().map(|prime| u32::from(*prime)) {
        assert!((2..=prime.isqrt()).all(|divisor| prime % divisor != 0), "{prime}");
    }
}

/// Reduction without division finds exactly what division finds.
#[test]
fn small_factors_are_found_as_by_division() {
    let by_division = |n: &Number| SMALL_PRIMES.iter().any(|prime| n.remainder(u64::from(*prime)) == 0);
    let mut found = 0;
    for seed in 0..200_u64 {
        let bytes: Vec<u8> = (0..4)
            .flat_map(|part| crate::crypto::sha256(&[seed.to_be_bytes(), u64::to_be_bytes(part)].concat()))
            .collect();
        let mut n = Number::from_be(&bytes);
        if n.limbs()[0].is_multiple_of(2) {
            n.add(&Number::from(1));
        }
        assert_eq!(has_small_factor(&n), by_division(&n), "{seed}");
        found += usize::from(by_division(&n));
    }
    assert!((100..200).contains(&found), "{found}");
    // The largest limbs there are, and products of the ends of the table.
    assert!(has_small_factor(&Number::from_be(&[0xff; 256])));
    for prime in [3_u64, 251, 65_519, 65_521] {
        assert!(has_small_factor(&Number::from(prime * 0xffff_ffff_ffc5)), "{prime}");
    }
    assert!(!has_small_factor(&Number::from(65_537 * 65_539)));
}

#[test]
fn close_factors_of_small_numbers() {
    for (p, q, close) in [(65_537_u64, 65_537, true), (65_537, 65_539, true), (65_537, 4_294_967_291, false)]
    {
        assert_eq!(has_close_factors(&Number::from(p * q)), close, "{p} {q}");
    }
}
