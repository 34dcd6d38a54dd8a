use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::ZlibEncoder};
use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::access::AccessClaims;

const ISSUER: &str = "https://id.example";
const URI: &str = "https://id.example/v1/status-lists/0";
const NOW: i64 = 1_700_000_000;

struct Lists {
    signer: Signer,
    key: SigningKey,
    verifier: Verifier,
}

impl Lists {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("k");
        let signer = signer(key.clone()).unwrap();
        let verifier = Verifier::new(ISSUER, KeySet::new([signer.verifying_key()]));
        Self { signer, key, verifier }
    }

    /// What the verifier says of index 0 to a message with these claims beside the good ones; `null` takes one away.
    fn judge(&self, changes: &Value) -> &'static str {
        self.judge_typ(TYP, changes)
    }

    fn judge_typ(&self, typ: &str, changes: &Value) -> &'static str {
        let lst = StatusList::new(16).encode().unwrap();
        let mut claims = json!({"iss": ISSUER, "sub": URI, "iat": NOW, "exp": NOW + 300, "ttl": 60,
            "status_list": {"bits": 1, "lst": lst}});
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => claims.as_object_mut().unwrap().remove(name),
                value => claims.as_object_mut().unwrap().insert(name.clone(), value.clone()),
            };
        }
        let message = jwt::Signer::new(self.key.clone(), typ).unwrap().sign(&claims).unwrap();
        self.of(&message, 0, URI)
    }

    fn of(&self, message: &str, idx: u64, uri: &str) -> &'static str {
        match self.verifier.status(message, &StatusReference { idx, uri: uri.into() }, NOW) {
            Ok(Status::Valid) => "valid",
            Ok(_) => "not valid",
            Err(error) => error.reason().code(),
        }
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_list_is_signed_and_read_again() {
    let lists = Lists::new();
    let mut list = StatusList::new(1 << 17);
    list.mark_invalid(131_071);
    let (iss, sub) = (Some(ISSUER.into()), URI.into());
    let token = StatusListToken { iss, sub, iat: NOW, exp: NOW + 300, ttl: Some(60), list };
    let message = lists.signer.sign(&token).unwrap();
    assert_eq!(lists.verifier.verify(&message, URI, NOW).unwrap(), token);
    assert_eq!(lists.of(&message, 131_071, URI), "not valid");
    assert_eq!(lists.of(&message, 131_070, URI), "valid");
}

#[test]
fn a_list_that_is_not_what_it_should_be_is_refused() {
    let lists = Lists::new();
    let refused = [
        (json!({}), "valid"),
        (json!({"iss": null, "ttl": null}), "valid"),
        (json!({"iss": "https://other.example"}), "iss.mismatch"),
        (json!({"exp": NOW}), "exp.expired"),
        (json!({"exp": null}), "exp.missing"),
        (json!({"iat": null}), "claim.missing"),
        (json!({"sub": null}), "claim.malformed"),
        (json!({"ttl": 0}), "claim.malformed"),
        (json!({"ttl": -1}), "claim.malformed"),
        (json!({"status_list": null}), "claim.malformed"),
        (json!({"status_list": {"bits": 1}}), "claim.malformed"),
        (json!({"status_list": {"bits": 1, "lst": "!"}}), "claim.malformed"),
        (json!({"status_list": {"bits": 1, "lst": "AAAA"}}), "claim.malformed"),
    ];
    for (changes, code) in refused {
        assert_eq!(lists.judge(&changes), code, "{changes}");
    }
    for typ in ["at+jwt", "JWT", "statuslist+cwt", "revocations+jwt"] {
        assert_eq!(lists.judge_typ(typ, &json!({})), "typ.mismatch", "{typ}");
    }
    assert_eq!(
        Lists::new().of(&lists.signer.sign(&token_of(StatusList::new(8))).unwrap(), 0, URI),
        "signature.invalid"
    );
}

fn token_of(list: StatusList) -> StatusListToken {
    StatusListToken { iss: None, sub: URI.into(), iat: NOW, exp: NOW + 1, ttl: None, list }
}

#[test]
fn row_107_an_index_that_is_none_is_refused() {
    let lists = Lists::new();
    let message = lists.signer.sign(&token_of(StatusList::new(1 << 17))).unwrap();
    assert_eq!(lists.of(&message, (1 << 17) - 1, URI), "valid");
    for idx in [1 << 17, 1 << 53, u64::MAX] {
        assert_eq!(lists.of(&message, idx, URI), "claim.mismatch", "{idx}");
    }
    // In the token that points at the list: not even read.
    for idx in [json!(-1), json!(0.5), json!("0"), json!(null), json!(18_446_744_073_709_551_616_f64)] {
        let claims = json!({"iss": "i", "sub": "s", "aud": "a", "exp": 2, "iat": 0, "jti": "j", "client_id": "c",
            "epoch": 0, "status": {"status_list": {"idx": idx, "uri": URI}}});
        assert!(serde_json::from_value::<AccessClaims>(claims).is_err(), "{idx}");
    }
}

#[test]
fn row_107_the_list_of_another_address_is_refused() {
    let lists = Lists::new();
    let message = lists.signer.sign(&token_of(StatusList::new(16))).unwrap();
    for uri in [
        "https://id.example/v1/status-lists/1",
        "https://id.example/v1/status-lists/0/",
        "",
        "HTTPS://id.example/v1/status-lists/0",
    ] {
        assert_eq!(lists.of(&message, 0, uri), "claim.mismatch", "{uri}");
    }
    assert_eq!(lists.judge(&json!({"sub": "https://evil.example/0"})), "claim.mismatch");
}

#[test]
fn row_107_bits_that_are_none_are_refused() {
    let lists = Lists::new();
    let lst = StatusList::new(16).encode().unwrap();
    for bits in [json!(0), json!(3), json!(5), json!(16), json!(-1), json!(257), json!("1"), json!(1.0)] {
        let changes = json!({"status_list": {"bits": bits, "lst": lst}});
        assert_eq!(lists.judge(&changes), "claim.malformed", "{bits}");
    }
}

#[test]
fn row_107_a_bomb_of_zlib_is_not_unpacked() {
    let lists = Lists::new();
    let judge =
        |packed: &[u8]| lists.judge(&json!({"status_list": {"bits": 1, "lst": base64url::encode(packed)}}));
    assert_eq!(judge(&zlib(&vec![0; 2 << 20])), "valid", "up to the limit");
    assert_eq!(judge(&zlib(&vec![0; (2 << 20) + 1])), "claim.malformed");
    let bomb = zlib(&vec![0; 256 << 20]);
    assert!(bomb.len() < 300_000, "{}", bomb.len());
    assert_eq!(judge(&bomb), "claim.malformed");
    // Cut short, damaged, and with something behind it.
    let good = zlib(&[0xa5; 64]);
    assert_eq!(judge(&good[..good.len() - 1]), "claim.malformed");
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    assert_eq!(judge(&damaged), "claim.malformed");
    assert_eq!(judge(&[&good[..], b"x"].concat()), "claim.malformed");
}

#[test]
fn the_claim_is_written_as_the_draft_says_and_other_claims_are_passed_over() {
    let read = |status: Value| {
        let claims = json!({"iss": "i", "sub": "s", "aud": "a", "exp": 2, "iat": 0, "jti": "j", "client_id": "c",
            "epoch": 0, "status": status});
        serde_json::from_value::<AccessClaims>(claims).unwrap()
    };
    let here = json!({"status_list": {"idx": 7, "uri": URI}});
    let claims = read(here.clone());
    assert_eq!(claims.status, Some(StatusReference { idx: 7, uri: URI.into() }));
    assert_eq!(serde_json::to_value(&claims).unwrap()["status"], here);
    assert_eq!(read(json!({"another_mechanism": {"x": 1}})).status, None);
    let none = AccessClaims { status: None, ..claims };
    assert!(serde_json::to_value(&none).unwrap().get("status").is_none());
}

#[test]
fn the_vectors_of_the_draft_are_read() {
    let Some(folder) = vectors() else { return };
    let text = std::fs::read_to_string(folder.join("token-status-list/status_list_small.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let decode = |vector: &Value| {
        StatusList::decode(vector["bits"].as_u64().unwrap(), vector["lst"].as_str().unwrap()).unwrap()
    };
    let small = vectors["small"].as_array().unwrap();
    for vector in small {
        let list = decode(vector);
        let wanted: Vec<u8> = serde_json::from_value(vector["statuses"].clone()).unwrap();
        let read: Vec<u8> = (0..wanted.len() as u64).map(|idx| number(list.status(idx).unwrap())).collect();
        assert_eq!(read, wanted, "{}", vector["id"]);
        assert_eq!(list.len(), wanted.len() as u64);
    }
    let large = vectors["appendix"].as_array().unwrap();
    for vector in large {
        let list = decode(vector);
        assert_eq!(list.len(), vector["entries"].as_u64().unwrap());
        let read: BTreeMap<String, u8> = (0..list.len())
            .map(|idx| (idx.to_string(), number(list.status(idx).unwrap())))
            .filter(|(_, status)| *status != 0)
            .collect();
        let wanted: BTreeMap<String, u8> =
            serde_json::from_value(vector["nonzero_statuses"].clone()).unwrap();
        assert_eq!(read, wanted, "{}", vector["id"]);
        if list.bits() == 1 {
            let mut made = StatusList::new(list.len() as u32);
            assert!(wanted.keys().all(|idx| made.mark_invalid(idx.parse().unwrap())));
            assert_eq!(StatusList::decode(1, &made.encode().unwrap()).unwrap(), list, "{}", vector["id"]);
        }
    }
    assert_eq!((small.len(), large.len()), (2, 2));
    // Its key is not published, so the payload alone is read.
    let example = vectors["status_list_token_jwt_example"].as_str().unwrap();
    let payload = base64url::decode(example.split('.').nth(1).unwrap()).unwrap();
    let token = serde_json::from_slice::<token::Wire>(&payload).unwrap().open().unwrap();
    assert_eq!((token.sub.as_str(), token.ttl), ("https://example.com/statuslists/1", Some(43_200)));
    assert_eq!(token.list, decode(&small[0]));
}

fn number(status: Status) -> u8 {
    match status {
        Status::Valid => 0,
        Status::Invalid => 1,
        Status::Suspended => 2,
        Status::Other(other) => other,
    }
}

/// The folder of test vectors; when it is missing, that is said aloud.
fn vectors() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("JOTGATE_VECTORS").map_or("../shared/vectors".into(), PathBuf::from);
    let folder = root.join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no test vectors at {}", folder.display());
    None
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_marked_and_nothing_else_is_invalid(marked in proptest::collection::btree_set(0_u64..1_000, 0..50)) {
        let mut list = StatusList::new(1_000);
        for idx in &marked {
            prop_assert!(list.mark_invalid(*idx));
        }
        let read = StatusList::decode(1, &list.encode().unwrap()).unwrap();
        for idx in 0..1_000 {
            prop_assert_eq!(read.status(idx).unwrap() == Status::Invalid, marked.contains(&idx));
        }
    }

    #[test]
    fn nothing_unpacked_panics(bits in 0_u64..10, bytes in proptest::collection::vec(any::<u8>(), 0..200), idx: u64) {
        if let Ok(list) = StatusList::decode(bits, &base64url::encode(&bytes)) {
            let _ = list.status(idx);
        }
    }
}
