//! `data/revocation-vectors.json`: what every implementation of the feed is held against. Here it is held against ours.
//! After a change of the format: `JOTGATE_BLESS=1 cargo test -p jotgate-token revocation_vectors` writes it anew.

use jotgate_jose::{Algorithm, JwkSet, KeySet, SigningKey, jws, primitive::base64url};
use jotgate_token::access;
use jotgate_token::revocation::{self, Digest, Entry, Event, FeedVerifier, Kind, Lists, Snapshot};
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/revocation-vectors.json");
const ISSUER: &str = "https://id.example";
const ERA: &str = "AAECAwQFBgcICQoLDA0ODw";

#[test]
fn the_vectors_are_what_this_crate_says() {
    if std::env::var_os("JOTGATE_BLESS").is_some() {
        std::fs::write(FILE, format!("{:#}\n", make())).unwrap();
    }
    let vectors: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    assert_eq!(vectors["digests"], digests());
    assert_eq!(vectors["lists"], lists());

    let keys = KeySet::from(&JwkSet::parse(vectors["keys"].to_string()).unwrap());
    let verifier = FeedVerifier::new(ISSUER, keys);
    let event = verifier.verify_event(vectors["event"]["jws"].as_str().unwrap()).unwrap();
    assert_eq!(event, self::event());
    assert_eq!(vectors["event"]["claims"], claims(vectors["event"]["jws"].as_str().unwrap()));
    let heartbeat = verifier.verify_event(vectors["heartbeat"]["jws"].as_str().unwrap()).unwrap();
    assert_eq!(heartbeat, self::heartbeat());
    let snapshot = verifier.verify_snapshot(vectors["snapshot"]["jws"].as_str().unwrap()).unwrap();
    assert_eq!(snapshot, self::snapshot());
    assert_eq!(vectors["snapshot"]["claims"], claims(vectors["snapshot"]["jws"].as_str().unwrap()));

    let refused = vectors["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 18);
    for case in refused {
        let (name, message) = (case["name"].as_str().unwrap(), case["jws"].as_str().unwrap());
        let verdict = match case["as"].as_str().unwrap() {
            "event" => verifier.verify_event(message).map(drop),
            _ => verifier.verify_snapshot(message).map(drop),
        };
        assert_eq!(verdict.unwrap_err().reason().code(), case["reason"], "{name}");
    }
}

fn make() -> Value {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let signer = revocation::signer(key.clone()).unwrap();
    let token_key = SigningKey::generate(Algorithm::Es256).unwrap();
    let named = key.clone().with_kid(key.thumbprint());
    let published: Value = serde_json::from_str(&named.public_jwk().unwrap().to_json().unwrap()).unwrap();
    let shown = |jws: String| json!({"jws": jws, "claims": claims(&jws)});
    json!({
        "about": "Test vectors of the revocation feed, docs/revocation-feed.md. Digests are hexadecimal.",
        "issuer": ISSUER,
        "digests": digests(),
        "lists": lists(),
        "keys": {"keys": [published]},
        "event": shown(signer.sign_event(&event()).unwrap()),
        "heartbeat": shown(signer.sign_event(&heartbeat()).unwrap()),
        "snapshot": shown(signer.sign_snapshot(&snapshot()).unwrap()),
        "refused": refused(&named, &token_key),
    })
}

fn digests() -> Value {
    let one = |(issuer, kind, id): (&str, Kind, &str)| json!({"issuer": issuer, "kind": kind.name(), "id": id, "digest": hex(&Digest::of(issuer, kind, id).0)});
    let ids = [
        ("https://id.example", "019a0000-0000-7000-8000-000000000001"),
        ("https://id.example/", "019a0000-0000-7000-8000-000000000001"),
        ("http://localhost:8080", "019a0000-0000-7000-8000-000000000001"),
        ("https://id.example", "client:reports"),
        ("https://id.example", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        ("https://id.example", "Zoë 😀 \u{0}\n\"\\"),
        ("https://bücher.example", "жизнь"),
        ("", ""),
    ];
    ids.iter().flat_map(|&(issuer, id)| Kind::ALL.map(|kind| one((issuer, kind, id)))).collect()
}

fn entries() -> [Entry; 8] {
    let digest = |kind: Kind, id: &str| Digest::of(ISSUER, kind, id);
    [
        Entry::new(Kind::Session, digest(Kind::Session, "s1"), 1_700_001_020),
        Entry::new(Kind::Session, digest(Kind::Session, "s2"), 0),
        Entry::new(Kind::Session, Digest([0xff; 8]), i64::MAX),
        Entry::new(Kind::Token, digest(Kind::Token, "j1"), 1_700_001_021),
        Entry::subject(digest(Kind::Subject, "u1"), 1_700_000_000, 1_700_001_022),
        Entry::subject(digest(Kind::Subject, "u2"), i64::MAX, 1_700_001_022),
        Entry::subject(digest(Kind::Subject, "u3"), i64::MIN, 2_500_000_000),
        Entry::new(Kind::Key, digest(Kind::Key, "k1"), 1_700_001_023),
    ]
}

fn lists() -> Value {
    let shown = |entry: &Entry| match entry.kind {
        // As text, because not every reader of JSON has whole numbers of 64 bits.
        Kind::Subject => {
            json!({"digest": hex(&entry.digest.0), "value": entry.value.to_string(), "until": entry.until})
        }
        Kind::Session | Kind::Token | Kind::Key => {
            json!({"digest": hex(&entry.digest.0), "until": entry.until})
        }
    };
    let packed = serde_json::to_value(Lists::pack(entries())).unwrap();
    let names = ["sessions", "tokens", "subjects", "keys"];
    let list = |(name, kind): (&str, Kind)| {
        let of: Vec<_> = entries().iter().filter(|entry| entry.kind == kind).map(shown).collect();
        (name.to_owned(), json!({"packed": packed[name], "entries": of}))
    };
    Value::Object(names.into_iter().zip(Kind::ALL).map(list).collect())
}

fn event() -> Event {
    Event {
        iss: ISSUER.into(),
        iat: 1_700_000_000,
        era: ERA.into(),
        prev_seq: 41,
        seq: 49,
        feed_leeway: 120,
        nonce: Some("bm9uY2Utb2YtdGhlLXRlc3Q".into()),
        lists: Lists::pack(entries()),
    }
}

fn heartbeat() -> Event {
    Event { iat: 1_700_000_005, prev_seq: 49, nonce: None, lists: Lists::default(), ..event() }
}

fn snapshot() -> Snapshot {
    let Event { iss, iat, era, seq, feed_leeway, lists, .. } = event();
    Snapshot { iss, iat, era, seq, feed_leeway, lists }
}

/// Messages that nobody may take, each with the reason our verifier gives.
fn refused(key: &SigningKey, token_key: &SigningKey) -> Value {
    let event = claims(&revocation::signer(key.clone()).unwrap().sign_event(&event()).unwrap());
    let mut snapshot = event.clone();
    for name in ["prev_seq", "nonce"] {
        snapshot.as_object_mut().unwrap().remove(name);
    }
    let with = |claims: &Value, name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let signed = |claims: &Value, typ: &str, key: &SigningKey| {
        jws::sign(claims.to_string().as_bytes(), key, &jws::Extras::typ(typ)).unwrap()
    };
    let good = signed(&event, revocation::TYP, key);
    let case = |name: &str, taken_as: &str, reason: &str, jws: String| json!({"name": name, "as": taken_as, "reason": reason, "jws": jws});
    let changed = |name: &str, claim: &str, value: Value, reason: &str| {
        case(name, "event", reason, signed(&with(&event, claim, value), revocation::TYP, key))
    };
    let own = token_key.clone().with_kid(token_key.thumbprint());
    let under_its_name = token_key.clone().with_kid(key.thumbprint());
    json!([
        case("an event as a snapshot", "snapshot", "claim.mismatch", good.clone()),
        case("a snapshot as an event", "event", "claim.missing", signed(&snapshot, revocation::TYP, key)),
        case("of the type of an access token", "event", "typ.mismatch", signed(&event, access::TYP, key)),
        case("of the type JWT", "event", "typ.mismatch", signed(&event, "JWT", key)),
        case("by a key that signs tokens", "event", "key.unknown_kid", signed(&event, revocation::TYP, &own)),
        case(
            "by another key under the name of the feed's",
            "event",
            "signature.invalid",
            signed(&event, revocation::TYP, &under_its_name)
        ),
        case("cut off", "event", "malformed.parts", good[..good.rfind('.').unwrap()].to_owned()),
        changed("of another issuer", "iss", json!("https://id.example/"), "iss.mismatch"),
        changed("sessions that end within a record", "sessions", json!("AQEBAQEBAQEAAAA"), "claim.malformed"),
        changed(
            "subjects of the length of sessions",
            "subjects",
            json!("AQEBAQEBAQEAAAAC"),
            "claim.malformed"
        ),
        changed(
            "tokens with padding",
            "tokens",
            json!("AQEBAQEBAQEAAAACAQEBAQEBAQEAAAACAQE="),
            "claim.malformed"
        ),
        changed("keys as an array", "keys", json!([]), "claim.malformed"),
        changed("leading backwards", "prev_seq", json!(50), "claim.mismatch"),
        changed("a heartbeat with entries", "prev_seq", json!(49), "claim.mismatch"),
        changed("a number as text", "seq", json!("49"), "claim.malformed"),
        changed("an era that is too short", "era", json!("AAECAwQFBgcICQoLDA0OD"), "claim.malformed"),
        changed("an era of other characters", "era", json!("AAECAwQFBgcICQoLDA0OD+"), "claim.malformed"),
        changed("without a leeway", "feed_leeway", json!(null), "claim.malformed"),
    ])
}

fn claims(jws: &str) -> Value {
    let payload = base64url::decode(jws.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
