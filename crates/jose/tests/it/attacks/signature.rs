//! Rows 68 to 70 and 78: signatures with wrong numbers in them. RSA paddings: see the library's own tests.

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, Error, Reason, jwt};

use crate::support::{claims, key, keys, verify};

fn token(algorithm: Algorithm) -> String {
    jwt::Signer::new(key(algorithm).clone(), "at+jwt").unwrap().sign(&claims()).unwrap()
}

/// The verdict on a good token with its signature changed.
fn resigned(algorithm: Algorithm, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Result<(), Error> {
    let token = token(algorithm);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = change(base64url::decode(signature).unwrap());
    verify(&format!("{signed}.{}", base64url::encode(&signature)), &keys(algorithm)).map(drop)
}

fn refused(algorithm: Algorithm, signature: Vec<u8>) {
    let error = resigned(algorithm, |_| signature).unwrap_err();
    assert_eq!(error.reason(), Reason::SignatureInvalid);
}

const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

#[test]
fn row_68_ecdsa_with_numbers_out_of_range() {
    let signature = token(Algorithm::Es256);
    let good = base64url::decode(signature.rsplit_once('.').unwrap().1).unwrap();
    let (r, s) = good.split_at(32);
    let zero = [0; 32];
    let one = [&[0; 31][..], &[1]].concat();
    for (r, s) in [
        (&zero[..], &zero[..]),
        (r, &zero),
        (&zero, s),
        (r, &P256_ORDER),
        (&P256_ORDER, s),
        (&P256_ORDER, &P256_ORDER),
        (&[0xff; 32], &[0xff; 32]),
        (&zero, &one),
        (&one, &zero),
    ] {
        refused(Algorithm::Es256, [r, s].concat());
    }
    for (algorithm, len) in [(Algorithm::Es384, 96), (Algorithm::Es512, 132), (Algorithm::Ed25519, 64)] {
        refused(algorithm, vec![0; len]);
        refused(algorithm, vec![0xff; len]);
    }
}

#[test]
fn row_69_ecdsa_in_another_form() {
    let der = |signature: Vec<u8>| {
        let number = |bytes: &[u8]| {
            let mut number = vec![0x02, u8::try_from(bytes.len() + 1).unwrap(), 0];
            number.extend(bytes);
            number
        };
        let body = [number(&signature[..32]), number(&signature[32..])].concat();
        [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat()
    };
    let error = resigned(Algorithm::Es256, der).unwrap_err();
    assert_eq!(error.reason(), Reason::SignatureInvalid);
    assert!(error.hint().unwrap().starts_with("signature.der_encoding"));

    for change in [
        |good: Vec<u8>| good[..63].to_vec(),
        |good: Vec<u8>| [&good[..], &[0]].concat(),
        |good: Vec<u8>| [&[0][..], &good].concat(),
        |_: Vec<u8>| Vec::new(),
        |good: Vec<u8>| [&good[..], &good[..]].concat(),
        |good: Vec<u8>| [&[0; 16][..], &good[..32], &[0; 16], &good[32..]].concat(),
    ] {
        let error = resigned(Algorithm::Es256, change).unwrap_err();
        assert_eq!(error.reason(), Reason::SignatureInvalid);
        assert!(error.hint().unwrap().starts_with("signature.length"), "{error}");
    }
}

#[test]
fn row_70_high_s_is_good() {
    let negated = |signature: Vec<u8>| {
        let mut s = P256_ORDER;
        let mut borrow = 0;
        for at in (0..32).rev() {
            let difference = i16::from(P256_ORDER[at]) - i16::from(signature[32 + at]) - borrow;
            borrow = i16::from(difference < 0);
            s[at] = u8::try_from(difference + 256 * borrow).unwrap();
        }
        [&signature[..32], &s].concat()
    };
    assert_eq!(resigned(Algorithm::Es256, negated), Ok(()));
}

#[test]
fn row_71_rsa_of_another_length() {
    for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
        for change in [
            |good: Vec<u8>| [&[0][..], &good].concat(),
            |good: Vec<u8>| good[1..].to_vec(),
            |good: Vec<u8>| [&good[..], &[0]].concat(),
            |good: Vec<u8>| vec![0xff; good.len()],
            |good: Vec<u8>| vec![0; good.len()],
            |_: Vec<u8>| vec![1],
        ] {
            let error = resigned(algorithm, change).unwrap_err();
            assert_eq!(error.reason(), Reason::SignatureInvalid);
        }
    }
}

#[test]
fn row_78_ed25519_with_a_second_s() {
    // The group order, little endian: S + L signs the same if nobody looks.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let plus_order = |mut signature: Vec<u8>| {
        let mut carry = 0;
        for (byte, added) in signature[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(added) + carry;
            *byte = u8::try_from(sum & 0xff).unwrap();
            carry = sum >> 8;
        }
        signature
    };
    assert_eq!(resigned(Algorithm::Ed25519, plus_order).unwrap_err().reason(), Reason::SignatureInvalid);
    // R the identity, S zero.
    refused(Algorithm::Ed25519, [&[1][..], &[0; 63]].concat());
}
