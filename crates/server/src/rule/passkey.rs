//! What the bytes of an authenticator may look like: WebAuthn Level 3 section 6.1, CTAP2 section 8.
//!
//! webauthn-rs decides whether an answer is good; it stops reading at the last field it knows. This rule asks for the whole
//! form before that: nothing behind the end, no indefinite or needlessly long CBOR, no deep nesting, because a message that
//! can be read in two ways is one that two programs read differently. Not for: signatures, challenges, origins.

/// What the data is said to be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// A new passkey, whose id and public key are part of the data.
    Enrolment,
    /// A login, which repeats neither.
    Login,
}

/// Whether these bytes are one whole `authenticatorData` of this ceremony.
#[must_use]
pub fn is_authenticator_data(bytes: &[u8], ceremony: Ceremony) -> bool {
    let Some((head, mut rest)) = bytes.split_at_checked(FIXED) else { return false };
    let flags = head[FLAGS_AT];
    let credential = flags & ATTESTED != 0;
    if credential != (ceremony == Ceremony::Enrolment) {
        return false;
    }
    if credential {
        let Some((header, after)) = rest.split_at_checked(AAGUID + 2) else { return false };
        let length = usize::from(u16::from_be_bytes([header[AAGUID], header[AAGUID + 1]]));
        let Some(key) = after.get(length..) else { return false };
        if length == 0 || length > LONGEST_ID {
            return false;
        }
        let Some(after) = skip_map(key) else { return false };
        rest = after;
    }
    if flags & EXTENSIONS != 0 {
        let Some(after) = skip_map(rest) else { return false };
        rest = after;
    }
    rest.is_empty()
}

/// The `authData` of an attestation object, if the object is one whole map with exactly one.
#[must_use]
pub fn attested_data(object: &[u8]) -> Option<&[u8]> {
    let (Head { kind: MAP, count }, mut rest) = head(object)? else { return None };
    let mut found = None;
    for _ in 0..count {
        let (key, after) = string(rest, TEXT)?;
        rest = if key == b"authData" {
            let (data, after) = string(after, BYTES)?;
            if found.replace(data).is_some() {
                return None;
            }
            after
        } else {
            skip(after, DEEPEST)?
        };
    }
    found.filter(|_| rest.is_empty())
}

/// The start of a CBOR item (RFC 8949 section 3): its major type, and its length, count or value.
struct Head {
    kind: u8,
    count: u64,
}

fn head(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (kind, info) = (first >> 5, first & 0x1f);
    let width = match info {
        0..=23 => return Some((Head { kind, count: info.into() }, rest)),
        24..=27 => 1_usize << (info - 24),
        // Reserved, and the indefinite lengths that CTAP2 forbids.
        _ => return None,
    };
    let (number, rest) = rest.split_at_checked(width)?;
    let count = number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    let least = if width == 1 { 24 } else { 1 << (width * 4) };
    // A float keeps its width whatever its value, so it is not asked.
    (kind == SIMPLE || count >= least).then_some((Head { kind, count }, rest))
}

/// The string of this kind at the start, and what follows it.
fn string(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (Head { kind, count }, rest) = head(bytes)?;
    if kind != wanted {
        return None;
    }
    rest.split_at_checked(usize::try_from(count).ok()?)
}

/// What follows the map at the start.
fn skip_map(bytes: &[u8]) -> Option<&[u8]> {
    (bytes.first()? >> 5 == MAP).then(|| skip(bytes, DEEPEST))?
}

/// What follows the item at the start. Every turn takes at least a byte, so the length bounds the work.
fn skip(bytes: &[u8], deepest: u8) -> Option<&[u8]> {
    let (Head { kind, count }, mut rest) = head(bytes)?;
    match kind {
        BYTES | TEXT => rest.get(usize::try_from(count).ok()?..),
        ARRAY | MAP => {
            let deepest = deepest.checked_sub(1)?;
            let items = if kind == MAP { count.checked_mul(2)? } else { count };
            for _ in 0..items {
                rest = skip(rest, deepest)?;
            }
            Some(rest)
        }
        // No message of an authenticator has tags.
        TAG => None,
        _ => Some(rest),
    }
}

/// SHA-256 of the relying party id, flags, counter.
const FIXED: usize = 37;
const FLAGS_AT: usize = 32;
const ATTESTED: u8 = 0b0100_0000;
const EXTENSIONS: u8 = 0b1000_0000;
const AAGUID: usize = 16;
/// The longest credential id (WebAuthn Level 3 section 5.8.3).
const LONGEST_ID: usize = 1023;
/// CTAP2 allows four levels; statements of attestation have one more around them.
const DEEPEST: u8 = 6;

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const SIMPLE: u8 = 7;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `{1: 2, 3: -7, -1: 1, -2: h'..', -3: h'..'}`, a key of P-256.
    fn key() -> Vec<u8> {
        let mut key = vec![0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32];
        key.extend([7; 32]);
        key.extend([0x22, 0x58, 32]);
        key.extend([9; 32]);
        key
    }

    fn data(flags: u8, tail: &[&[u8]]) -> Vec<u8> {
        let mut data = vec![1; 32];
        data.push(flags);
        data.extend([0, 0, 0, 5]);
        tail.iter().for_each(|part| data.extend_from_slice(part));
        data
    }

    fn attested(id: &[u8]) -> Vec<u8> {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        [&[0; 16][..], &length, id, &key()].concat()
    }

    #[test]
    fn the_whole_form_and_nothing_else_is_taken() {
        let login = |bytes: &[u8]| is_authenticator_data(bytes, Ceremony::Login);
        let enrolment = |bytes: &[u8]| is_authenticator_data(bytes, Ceremony::Enrolment);
        assert!(login(&data(5, &[])));
        assert!(login(&data(0x85, &[&[0xa1, 0x63, b'u', b'v', b'm', 0xf5]])));
        assert!(enrolment(&data(0x45, &[&attested(&[3; 32])])));
        assert!(enrolment(&data(0xc5, &[&attested(&[3; 32]), &[0xa0]])));

        for bad in [
            data(5, &[])[..36].to_vec(),
            data(5, &[&[0]]),
            data(0x85, &[]),
            data(0x85, &[&[0xa0, 0]]),
            data(0x85, &[&[0x80]]),
            data(0x45, &[&attested(&[3; 32])]),
        ] {
            assert!(!login(&bad), "{bad:02x?}");
        }
        for bad in [
            data(5, &[]),
            data(0x45, &[]),
            data(0x45, &[&attested(&[])]),
            data(0x45, &[&attested(&[3; 1024])]),
            data(0x45, &[&attested(&[3; 32]), &[0]]),
            data(0x45, &[&attested(&[3; 32])[..100]]),
            data(0xc5, &[&attested(&[3; 32])]),
        ] {
            assert!(!enrolment(&bad), "{bad:02x?}");
        }
    }

    #[test]
    fn an_attestation_object_is_one_map_with_one_authenticator_data() {
        let fmt = [&[0x63][..], b"fmt", &[0x64], b"none"].concat();
        let data = [&[0x68][..], b"authData", &[0x43, 1, 2, 3]].concat();
        let good = [&[0xa2][..], &fmt, &data].concat();
        assert_eq!(attested_data(&good), Some(&[1, 2, 3][..]));
        for bad in [
            [&good[..], &[0]].concat(),
            good[..good.len() - 1].to_vec(),
            [&[0xa1][..], &fmt].concat(),
            [&[0xa2][..], &data, &data].concat(),
            [&[0xbf][..], &data, &[0xff]].concat(),
            [&[0xa1, 0x68][..], b"authData", &[0x63, 1, 2, 3]].concat(),
            data.clone(),
            Vec::new(),
        ] {
            assert_eq!(attested_data(&bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn long_ways_of_saying_a_number_indefinite_lengths_tags_and_depth_are_refused() {
        for good in [&[0x18, 24][..], &[0x19, 1, 0], &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0], &[0xf5], &[0x38, 0x30]]
        {
            assert_eq!(skip(good, 1), Some(&[][..]), "{good:02x?}");
        }
        for bad in [
            &[0x18, 23][..],
            &[0x19, 0, 255],
            &[0x1a, 0, 0, 255, 255],
            &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
            &[0x5f, 0xff],
            &[0x1c],
            &[0xc1, 1],
            &[0x42, 1],
            &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
            &[0xbb, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            assert_eq!(skip(bad, 3), None, "{bad:02x?}");
        }
        let deep = |levels: usize| [vec![0x81; levels], vec![0]].concat();
        assert!(skip(&deep(6), DEEPEST).is_some());
        assert!(skip(&deep(7), DEEPEST).is_none());
        assert!(skip(&deep(100_000), DEEPEST).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = is_authenticator_data(&bytes, Ceremony::Login);
            let _ = is_authenticator_data(&bytes, Ceremony::Enrolment);
            if let Some(data) = attested_data(&bytes) {
                prop_assert!(data.len() < bytes.len());
            }
        }

        #[test]
        fn no_byte_can_be_added_or_cut(cut in 1_usize..100, more in prop::collection::vec(any::<u8>(), 1..20)) {
            let whole = data(0x45, &[&attested(&[3; 32])]);
            prop_assert!(!is_authenticator_data(&whole[..whole.len() - cut], Ceremony::Enrolment));
            prop_assert!(!is_authenticator_data(&[whole, more].concat(), Ceremony::Enrolment));
        }
    }
}
