//! The two numbers of an ECDSA signature, written another way: as DER, and with the other of the two good values of `s`.
//! Spec: RFC 7518 section 3.4, RFC 3279 section 2.2.3.

/// `r || s` as the DER that X.509 and TLS use.
pub(crate) fn der_signature(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let body = [integer(r), integer(s)].concat();
    wrapped(0x30, &body)
}

fn integer(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len().saturating_sub(1));
    let mut number = bytes[first..].to_vec();
    if number.first().is_none_or(|byte| *byte >= 0x80) {
        number.insert(0, 0);
    }
    wrapped(0x02, &number)
}

/// Tag, length, value; a value of at most 255 bytes, which P-521 stays below.
fn wrapped(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).unwrap_or(u8::MAX);
    let mut out = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
    out.extend(value);
    out
}

/// The same ES256 signature with `n - s` for `s`, which is as good as the first one.
pub(crate) fn high_s(signature: &[u8]) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at_checked(32)?;
    if s.len() != 32 {
        return None;
    }
    let mut out = r.to_vec();
    let mut borrow = 0_i16;
    let mut difference: Vec<u8> = P256_ORDER
        .iter()
        .zip(s)
        .rev()
        .map(|(n, s)| {
            let digit = i16::from(*n) - i16::from(*s) - borrow;
            borrow = i16::from(digit < 0);
            digit.rem_euclid(256) as u8
        })
        .collect();
    difference.reverse();
    out.extend(difference);
    Some(out)
}

const P256_ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn der_is_minimal_and_never_negative() {
        assert_eq!(der_signature(&[0, 1, 0x80, 0]), [0x30, 8, 2, 1, 1, 2, 3, 0, 0x80, 0]);
        assert_eq!(der_signature(&[0, 0, 0, 0]), [0x30, 6, 2, 1, 0, 2, 1, 0]);
        assert_eq!(der_signature(&[0xff; 132])[..3], [0x30, 0x81, 138]);
    }

    #[test]
    fn the_other_s_of_the_other_s_is_the_first() {
        let signature: Vec<u8> = (1..=64).collect();
        let other = high_s(&signature).unwrap();
        assert_ne!(other, signature);
        assert_eq!(high_s(&other).unwrap(), signature);
        assert!(high_s(&signature[..63]).is_none());
    }
}
