use jotgate_jose::{Algorithm, KeySet, SigningKey, jws, jwt};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "https://id.example";
const ERA: &str = "AAECAwQFBgcICQoLDA0ODw";

struct Feed {
    key: SigningKey,
    signer: Signer,
    verifier: FeedVerifier,
}

impl Feed {
    fn new() -> Self {
        let key = SigningKey::generate(Algorithm::Es256).unwrap();
        let signer = signer(key.clone()).unwrap();
        let verifier = FeedVerifier::new(ISSUER, KeySet::new([signer.verifying_key()]));
        Self { key, signer, verifier }
    }

    /// What the verifier says to a message with these claims beside the good ones; `null` takes one away.
    fn judge(&self, changes: &Value) -> [&'static str; 2] {
        let mut claims =
            json!({"iss": ISSUER, "iat": 1, "era": ERA, "prev_seq": 1, "seq": 2, "feed_leeway": 120});
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        let key = self.key.clone().with_kid(self.key.thumbprint());
        let message = jws::sign(claims.to_string().as_bytes(), &key, &jws::Extras::typ(TYP)).unwrap();
        let code = |error: jotgate_jose::Error| error.reason().code();
        let event = self.verifier.verify_event(&message).map_or_else(code, |_| "good");
        [event, self.verifier.verify_snapshot(&message).map_or_else(code, |_| "good")]
    }
}

fn event() -> Event {
    let lists = Lists::pack([Entry::subject(Digest([1; 8]), -7, 1_700_001_020)]);
    Event {
        iss: ISSUER.into(),
        iat: 1_700_000_000,
        era: ERA.into(),
        prev_seq: 6,
        seq: 9,
        feed_leeway: 120,
        nonce: Some("0123456789abcdef".into()),
        lists,
    }
}

#[test]
fn an_event_is_no_snapshot_and_a_snapshot_no_event() {
    let feed = Feed::new();
    assert_eq!(feed.judge(&json!({})), ["good", "claim.mismatch"]);
    assert_eq!(feed.judge(&json!({"prev_seq": null})), ["claim.missing", "good"]);
    // Neither does a place at the very beginning blur the two.
    assert_eq!(feed.judge(&json!({"prev_seq": 0})), ["good", "claim.mismatch"]);
    assert_eq!(feed.judge(&json!({"prev_seq": 0, "seq": 0})), ["good", "claim.mismatch"]);
}

#[test]
fn a_malformed_message_is_refused_whole() {
    let feed = Feed::new();
    let short = "AQEBAQEBAQEAAAAC"; // 12 bytes
    let both = |code: &'static str| [code, code];
    assert_eq!(feed.judge(&json!({"sessions": short}))[0], "good");
    for list in ["sessions", "tokens", "subjects", "keys"] {
        for wrong in
            [json!("AQEBAQEBAQEAAAA"), json!("AQEBAQEBAQEAAAAC=="), json!("AQ+B"), json!(12), json!([])]
        {
            assert_eq!(feed.judge(&json!({list: wrong})), both("claim.malformed"), "{list}: {wrong}");
        }
    }
    assert_eq!(feed.judge(&json!({"subjects": short})), both("claim.malformed"), "12 is not 20");
    assert_eq!(feed.judge(&json!({"prev_seq": 3})), ["claim.mismatch"; 2], "backwards");
    assert_eq!(
        feed.judge(&json!({"prev_seq": 2, "sessions": short}))[0],
        "claim.mismatch",
        "a full heartbeat"
    );
    assert_eq!(feed.judge(&json!({"era": "short"})), both("claim.malformed"));
    assert_eq!(feed.judge(&json!({"era": "AAECAwQFBgcICQoLDA0OD:"})), both("claim.malformed"));
    assert_eq!(feed.judge(&json!({"era": null})), both("claim.malformed"));
    assert_eq!(feed.judge(&json!({"seq": "2"})), both("claim.malformed"));
    assert_eq!(feed.judge(&json!({"seq": -2})), both("claim.malformed"));
    assert_eq!(feed.judge(&json!({"feed_leeway": null})), both("claim.malformed"));
    assert_eq!(feed.judge(&json!({"iat": null})), both("claim.missing"));
    assert_eq!(feed.judge(&json!({"iss": null})), both("iss.missing"));
    assert_eq!(feed.judge(&json!({"iss": "https://id.example/"})), both("iss.mismatch"));
}

#[test]
fn only_the_feeds_own_key_and_type_count() {
    let feed = Feed::new();
    let code =
        |message: &str| feed.verifier.verify_event(message).map_or_else(|e| e.reason().code(), |_| "good");
    let other = signer(SigningKey::generate(Algorithm::Es256).unwrap()).unwrap();
    assert_eq!(code(&other.sign_event(&event()).unwrap()), "key.unknown_kid");
    let claims = json!({"iss": ISSUER, "iat": 1, "era": ERA, "prev_seq": 1, "seq": 2, "feed_leeway": 120});
    let key = feed.key.clone().with_kid(feed.key.thumbprint());
    for typ in [crate::access::TYP, "JWT", "statuslist+jwt"] {
        let message = jwt::Signer::new(key.clone(), typ).unwrap().sign(&claims).unwrap();
        assert_eq!(code(&message), "typ.mismatch", "{typ}");
    }
    // A shared secret that got among the published keys still opens nothing.
    let secret = SigningKey::generate(Algorithm::Hs256).unwrap().with_kid("s");
    let keys = KeySet::new([feed.signer.verifying_key(), secret.verifying_key()]);
    let message = jwt::Signer::new(secret, TYP).unwrap().sign(&claims).unwrap();
    let verdict = FeedVerifier::new(ISSUER, keys).verify_event(&message).unwrap_err();
    assert_eq!(verdict.reason().code(), "alg.not_allowed");
}

#[test]
fn every_changed_bit_is_noticed() {
    let feed = Feed::new();
    let message = feed.signer.sign_event(&event()).unwrap();
    assert_eq!(feed.verifier.verify_event(&message).unwrap(), event());
    for at in 0..message.len() {
        let mut bytes = message.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(feed.verifier.verify_event(std::str::from_utf8(&bytes).unwrap()).is_err(), "byte {at}");
        assert!(feed.verifier.verify_event(&message[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_large_snapshot_passes_and_one_beyond_the_limit_does_not() {
    let feed = Feed::new();
    let entry = |n: u32| Entry::new(Kind::Session, Digest(u64::from(n).to_be_bytes()), i64::from(n));
    let lists = Lists::pack((0..100_000).map(entry));
    let Event { iss, iat, era, seq, feed_leeway, .. } = event();
    let snapshot = Snapshot { iss, iat, era, seq, feed_leeway, lists };
    let message = feed.signer.sign_snapshot(&snapshot).unwrap();
    assert!(message.len() > MAX_EVENT, "{}", message.len());
    assert_eq!(feed.verifier.verify_snapshot(&message).unwrap(), snapshot);
    assert_eq!(feed.verifier.verify_event(&message).unwrap_err().reason().code(), "malformed.size");
    let beyond = "A".repeat(MAX_SNAPSHOT + 1);
    assert_eq!(feed.verifier.verify_snapshot(&beyond).unwrap_err().reason().code(), "malformed.size");
}

#[test]
fn a_position_is_read_strictly() {
    for wrong in [
        "",
        ":",
        ":1",
        "x:1",
        "AAECAwQFBgcICQoLDA0ODw",
        "AAECAwQFBgcICQoLDA0ODw:",
        "AAECAwQFBgcICQoLDA0ODw:-1",
    ] {
        assert!(wrong.parse::<Position>().is_err(), "{wrong}");
    }
    for wrong in [
        "AAECAwQFBgcICQoLDA0ODw:+1",
        "AAECAwQFBgcICQoLDA0ODw:1 ",
        "AAECAwQFBgcICQoLDA0ODw:99999999999999999999",
    ] {
        assert!(wrong.parse::<Position>().is_err(), "{wrong}");
    }
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

fn entry() -> impl Strategy<Value = Entry> {
    (kind(), any::<[u8; 8]>(), any::<i64>(), any::<u32>()).prop_map(|(kind, digest, value, until)| Entry {
        kind,
        digest: Digest(digest),
        value: if kind == Kind::Subject { value } else { 0 },
        until,
    })
}

proptest! {
    #[test]
    fn what_is_packed_comes_out_again(entries in prop::collection::vec(entry(), 0..50)) {
        let lists = Lists::pack(entries.clone());
        let text = serde_json::to_string(&lists).unwrap();
        let read: Lists = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &lists);
        prop_assert_eq!(read.len(), entries.len());
        prop_assert_eq!(read.is_empty(), entries.is_empty());
        for kind in Kind::ALL {
            let of = |all: &[Entry]| all.iter().copied().filter(|entry| entry.kind == kind).collect::<Vec<_>>();
            prop_assert_eq!(of(&read.iter().collect::<Vec<_>>()), of(&entries));
        }
    }

    #[test]
    fn a_list_is_read_only_when_it_is_whole(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let text = primitive::base64url::encode(&bytes);
        for (list, record) in [("sessions", 12), ("tokens", 12), ("subjects", 20), ("keys", 12)] {
            let read = serde_json::from_value::<Lists>(json!({list: text}));
            prop_assert_eq!(read.is_ok(), bytes.len() % record == 0, "{}", list);
        }
    }

    /// Where one part ends and the next begins is part of what is digested.
    #[test]
    fn a_digest_tells_the_parts_apart(issuer in ".{0,12}", id in ".{1,12}", kind in kind()) {
        let digest = Digest::of(&issuer, kind, &id);
        for (at, _) in id.char_indices().skip(1) {
            prop_assert_ne!(digest, Digest::of(&format!("{issuer}{}", &id[..at]), kind, &id[at..]));
        }
        for other in Kind::ALL {
            prop_assert_eq!(digest == Digest::of(&issuer, other, &id), kind == other);
        }
    }

    #[test]
    fn nothing_panics_on_nonsense(text in ".{0,200}") {
        let feed = FeedVerifier::new(ISSUER, KeySet::default());
        prop_assert!(feed.verify_event(&text).is_err());
        prop_assert!(feed.verify_snapshot(&text).is_err());
        let _ = text.parse::<Position>();
    }
}
