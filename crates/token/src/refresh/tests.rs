use proptest::prelude::*;

use super::*;

const ISSUER: &str = "https://id.example";
const ID: [u8; 8] = *b"key-0001";
const SECRET: [u8; 32] = [7; 32];
const SALT: [u8; 16] = [9; 16];

fn ring(issuer: &str, keys: &[([u8; 8], [u8; 32])], minting: [u8; 8]) -> RefreshKeys {
    let keys = keys.iter().map(|(id, secret)| RefreshKey::new(*id, secret));
    RefreshKeys::new(issuer, keys, minting).expect("a good ring")
}

fn keys() -> RefreshKeys {
    ring(ISSUER, &[(ID, SECRET)], ID)
}

fn session_id() -> Id {
    Id::from(0x0197_0000_u128.to_be_bytes())
}

fn token() -> String {
    keys().mint(session_id(), 3, &SALT).expose().to_owned()
}

/// Whether the ring takes the text, and if not, at which of the two doors it stops.
fn verdict(keys: &RefreshKeys, text: &str) -> Result<(), String> {
    let opened = keys.open(text).map_err(|error| match error {
        OpenError::UnknownKey(_) => "UnknownKey".to_owned(),
        other => format!("{other:?}"),
    })?;
    keys.confirm(&opened, &SALT).map_err(|_| "Forged at confirm".to_owned())
}

fn with_bytes(text: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = base64url::decode(&text[PREFIX.len()..]).expect("a good token");
    change(&mut bytes);
    format!("{PREFIX}{}", base64url::encode(&bytes))
}

/// The form must not change by accident: tokens in the field would all be refused.
/// The text was computed from the description with Python's `hmac` and `hashlib`.
#[test]
fn the_form_is_stable() {
    let text = token();
    assert_eq!(text.len(), 112);
    let bytes = base64url::decode(&text[4..]).expect("base64url");
    assert_eq!(bytes.len(), 81);
    assert_eq!(bytes[0], 1);
    assert_eq!(&bytes[1..9], b"key-0001");
    assert_eq!(&bytes[9..25], session_id().as_bytes());
    assert_eq!(bytes[25..33], [0, 0, 0, 0, 0, 0, 0, 3]);
    assert_eq!(
        text,
        "jgr_AWtleS0wMDAxAAAAAAAAAAAAAAAAAZcAAAAAAAAAAAADX61Ys1kH2942UnEb6ZVZ0jDy9pbeITxyVxdMjXjeIl8XrHFXhWzoRp2XGLHCn2n3"
    );
}

#[test]
fn every_flipped_bit_is_refused_where_its_field_is_checked() {
    let (keys, text) = (keys(), token());
    for bit in 0..TOKEN_BYTES * 8 {
        let changed = with_bytes(&text, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let want = match bit / 8 {
            0 => "Malformed",
            1..9 => "UnknownKey",
            9..TAG2 => "Forged",
            _ => "Forged at confirm",
        };
        assert_eq!(verdict(&keys, &changed), Err(want.to_owned()), "bit {bit}");
    }
    assert_eq!(verdict(&keys, &text), Ok(()));
}

#[test]
fn every_changed_character_is_refused() {
    let (keys, text) = (keys(), token());
    for at in 0..text.len() {
        for other in ["A", "z", "=", "+", " ", "\n", "é", ""] {
            let changed = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            assert_eq!(verdict(&keys, &changed).is_ok(), changed == text, "{other:?} at {at}");
        }
    }
}

#[test]
fn only_the_exact_length_has_the_form() {
    let (keys, text) = (keys(), token());
    for length in 0..text.len() {
        assert_eq!(keys.open(&text[..length]).unwrap_err(), OpenError::Malformed, "{length} characters");
    }
    for wrong in [
        format!("{text}A"),
        format!("{text}AAAA"),
        format!(" {text}"),
        format!("{text}\n"),
        format!("{text}="),
        text.replacen("jgr_", "JGR_", 1),
        text[4..].to_owned(),
        "jgr_".repeat(28),
        "é".repeat(56),
        format!("jgr_{}", "é".repeat(54)),
        "jgr_".to_owned() + &"A".repeat(1 << 20),
    ] {
        assert_eq!(keys.open(&wrong).unwrap_err(), OpenError::Malformed, "{} bytes", wrong.len());
    }
    assert_eq!(keys.open("").unwrap_err(), OpenError::Malformed);
}

#[test]
fn another_issuer_refuses_without_a_query() {
    for other in ["https://id.example/", "https://ID.example", "https://id.exampl", ""] {
        let foreign = ring(other, &[(ID, SECRET)], ID);
        assert_eq!(foreign.open(&token()).unwrap_err(), OpenError::Forged, "{other}");
    }
}

/// An attacker who moves bytes between issuer and token must not reach another reading of the same MAC input.
#[test]
fn the_issuer_is_framed() {
    let key = RefreshKey::new(ID, &SECRET);
    assert_ne!(key.tag1("ab", b"cd"), key.tag1("abc", b"d"));
    assert_ne!(key.tag2("ab", b"cd", &SALT), key.tag2("abc", b"d", &SALT));
}

#[test]
fn another_secret_under_the_same_id_refuses() {
    let other = ring(ISSUER, &[(ID, [8; 32])], ID);
    assert_eq!(other.open(&token()).unwrap_err(), OpenError::Forged);
}

/// I5: with the key but without the row, tag2 cannot be made; with the row but without the key, neither can.
#[test]
fn another_salt_is_refused_at_confirm() {
    let keys = keys();
    let opened = keys.open(&token()).expect("tag1 is good");
    assert_eq!(keys.confirm(&opened, &SALT), Ok(()));
    for bit in 0..128 {
        let mut salt = SALT;
        salt[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(keys.confirm(&opened, &salt), Err(Forged), "bit {bit}");
    }
}

#[test]
fn tags_cannot_be_carried_over() {
    let (keys, salt) = (keys(), SALT);
    let (old, new) = (keys.mint(Id::from([0; 16]), 1, &salt), keys.mint(Id::from([0; 16]), 2, &salt));
    let with_old_tag2 = with_bytes(new.expose(), |bytes| {
        let old = base64url::decode(&old.expose()[4..]).expect("a good token");
        bytes[TAG2..].copy_from_slice(&old[TAG2..]);
    });
    assert_eq!(verdict(&keys, &with_old_tag2), Err("Forged at confirm".to_owned()));
    let key = RefreshKey::new(ID, &SECRET);
    let body = Body { key: ID.into(), session: Id::from([0; 16]), generation: 1 }.to_bytes();
    assert_ne!(key.tag1(ISSUER, &body)[..], key.tag2(ISSUER, &body, &salt)[..16], "K1 and K2 are two keys");
}

#[test]
fn an_old_key_still_opens_while_a_new_one_mints() {
    let next = (*b"key-0002", [8; 32]);
    let both = ring(ISSUER, &[(ID, SECRET), next], next.0);
    let (old, new) = (token(), both.mint(Id::from([0; 16]), 0, &SALT));
    for text in [old.as_str(), new.expose()] {
        assert_eq!(verdict(&both, text), Ok(()));
    }
    let opened = both.open(new.expose()).expect("just minted");
    assert_eq!((opened.key(), both.minting()), (next.0.into(), next.0.into()));
    assert_eq!(both.ids().collect::<Vec<_>>(), [ID.into(), next.0.into()]);

    let without_the_old = ring(ISSUER, &[next], next.0);
    assert_eq!(without_the_old.open(&old).unwrap_err(), OpenError::UnknownKey(ID.into()));
    assert_eq!(keys().open(new.expose()).unwrap_err(), OpenError::UnknownKey(next.0.into()));
    assert_eq!(without_the_old.confirm(&both.open(&old).expect("opened before"), &SALT), Ok(()));
}

#[test]
fn a_ring_needs_its_minting_key_and_one_key_an_id() {
    let refused = |ids: &[[u8; 8]]| {
        RefreshKeys::new(ISSUER, ids.iter().map(|id| RefreshKey::new(*id, &SECRET)), ID).unwrap_err()
    };
    assert_eq!(refused(&[]), RingError::NoMintingKey(ID.into()));
    assert_eq!(refused(&[*b"key-0002"]), RingError::NoMintingKey(ID.into()));
    assert_eq!(refused(&[ID, *b"key-0002", ID]), RingError::TwoKeysWithOneId(ID.into()));
    assert_eq!(
        refused(&[]).to_string(),
        "the refresh key 6b65792d30303031, which is to mint, is not in the ring"
    );
}

#[test]
fn debug_shows_no_secret() {
    let keys = keys();
    let token = keys.mint(Id::from([0; 16]), 3, &SALT);
    let opened = keys.open(token.expose()).expect("just minted");
    let shown = format!("{keys:?} {token:?} {opened:?}");
    assert!(shown.contains("RefreshToken(..)") && shown.contains("generation: 3"), "{shown}");
    let tag2 = base64url::decode(&token.expose()[4..]).expect("a good token")[TAG2..].to_vec();
    for secret in [&token.expose()[4..], &format!("{SECRET:?}"), &format!("{tag2:?}"), "tag2"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #[test]
    fn what_is_minted_opens_and_confirms(
        (issuer, id, secret) in any::<(String, [u8; 8], [u8; 32])>(),
        (session, generation, salt) in any::<(u128, u64, [u8; 16])>(),
    ) {
        let keys = ring(&issuer, &[(id, secret)], id);
        let session = Id::from(session.to_be_bytes());
        let token = keys.mint(session, generation, &salt);
        let again = keys.mint(session, generation, &salt);
        prop_assert_eq!(token.expose(), again.expose());
        let opened = keys.open(token.expose()).expect("just minted");
        prop_assert_eq!((opened.session(), opened.generation(), opened.key()), (session, generation, id.into()));
        prop_assert_eq!(keys.confirm(&opened, &salt), Ok(()));
    }

    #[test]
    fn several_flipped_bits_are_refused(bits in prop::collection::btree_set(0..TOKEN_BYTES * 8, 1..40)) {
        let changed = with_bytes(&token(), |bytes| bits.iter().for_each(|bit| bytes[bit / 8] ^= 1 << (bit % 8)));
        prop_assert!(verdict(&keys(), &changed).is_err());
    }

    #[test]
    fn no_text_opens_or_panics(text in any::<String>(), tail in "[A-Za-z0-9_-]{108}") {
        prop_assert!(keys().open(&text).is_err());
        let shaped = keys().open(&format!("{PREFIX}{tail}"));
        prop_assert!(matches!(shaped, Err(OpenError::Malformed | OpenError::UnknownKey(_))), "{:?}", shaped);
    }
}
