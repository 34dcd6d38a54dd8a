use serde_json::{Value, json};

use super::*;
use crate::jwt::{Audience, Issuer, Signer, Typ};
use crate::{Algorithm, SigningKey};

const NOW: i64 = 1_800_000_000;

fn policy() -> Policy {
    Policy::new(Issuer::any(), Audience::any(), Typ::exact("at+jwt"))
}

fn signer() -> Signer {
    Signer::new(SigningKey::generate(Algorithm::Hs256).unwrap(), "at+jwt").unwrap()
}

fn token(signer: &Signer, n: usize) -> String {
    signer.sign(&json!({"exp": NOW + 600, "jti": n.to_string()})).unwrap()
}

/// What is in the table, added up anew.
fn weighed<C>(cache: &Cache<C>) -> usize {
    cache.shards.iter().map(|shard| lock(shard).weighed()).sum()
}

#[test]
fn bytes_are_bounded_and_counted_right() {
    let signer = signer();
    let keys = KeySet::new([signer.verifying_key()]);
    for budget in [0, 100, 10_000, 100_000, 300_000] {
        let cache = Cache::<Value>::new(budget);
        for n in 0..1000 {
            cache.verify(&token(&signer, n), &keys, &policy(), NOW).unwrap();
            assert!(cache.bytes() <= budget.max(weighed(&Cache::<Value>::new(budget))), "{budget}");
        }
        assert_eq!(cache.bytes(), weighed(&cache));
        assert_eq!(budget >= 10_000, !cache.is_empty(), "{budget}");
        cache.clear();
        assert_eq!((cache.len(), cache.bytes()), (0, weighed(&Cache::<Value>::new(budget))));
    }
}

#[test]
fn a_token_longer_than_the_room_is_not_kept() {
    let signer = signer();
    let keys = KeySet::new([signer.verifying_key()]);
    let cache = Cache::<Value>::new(10_000);
    let long = signer.sign(&json!({"exp": NOW + 600, "pad": "x".repeat(9_000)})).unwrap();
    cache.verify(&long, &keys, &policy(), NOW).unwrap();
    assert!(cache.is_empty());
}

#[test]
fn a_token_in_use_stays() {
    let signer = signer();
    let keys = KeySet::new([signer.verifying_key()]);
    // One set of eight places, and room for few.
    let cache = Cache::<Value>::new(8_000);
    let favourite = token(&signer, 0);
    let mut kept = 0;
    for n in 1..200 {
        let hash = hash(cache.hash_key, favourite.as_bytes());
        kept += usize::from(cache.find(hash, &favourite, &signer.verifying_key()).is_some());
        cache.verify(&favourite, &keys, &policy(), NOW).unwrap();
        cache.verify(&token(&signer, n), &keys, &policy(), NOW).unwrap();
    }
    assert!(cache.len() < 20);
    assert_eq!(kept, 198);
}

#[test]
fn what_is_known_is_the_text_and_the_key() {
    let signer = signer();
    let cache = Cache::<Value>::new(1 << 20);
    let one = token(&signer, 1);
    cache.verify(&one, &KeySet::new([signer.verifying_key()]), &policy(), NOW).unwrap();
    let hash = hash(cache.hash_key, one.as_bytes());
    assert!(cache.find(hash, &one, &signer.verifying_key()).is_some());
    // Even if two texts shared a hash.
    assert!(cache.find(hash, &token(&signer, 2), &signer.verifying_key()).is_none());
    let twin = SigningKey::generate(Algorithm::Hs256).unwrap().verifying_key();
    assert!(cache.find(hash, &one, &twin).is_none());
}

#[test]
fn refusals_are_not_kept_and_expired_tokens_leave() {
    let signer = signer();
    let keys = KeySet::new([signer.verifying_key()]);
    let cache = Cache::<Value>::new(1 << 20);
    let good = token(&signer, 1);
    let reason = |token: &str, now| cache.verify(token, &keys, &policy(), now).unwrap_err().reason();
    assert_eq!(reason(&good, NOW + 600), Reason::ExpExpired);
    assert_eq!(reason(&good.replace('.', ".A"), NOW), Reason::SignatureInvalid);
    assert!(cache.is_empty());
    cache.verify(&good, &keys, &policy(), NOW).unwrap();
    assert_eq!(cache.len(), 1);
    assert_eq!(reason(&good, NOW + 600), Reason::ExpExpired);
    assert!(cache.is_empty());
}

#[test]
fn a_second_look_shares_the_claims() {
    let signer = signer();
    let keys = KeySet::new([signer.verifying_key()]);
    let cache = Cache::<Value>::new(1 << 20);
    let look = || cache.verify(&token(&signer, 1), &keys, &policy(), NOW).unwrap().into_claims();
    assert!(Arc::ptr_eq(&look(), &look()));
    assert!(!format!("{cache:?}").contains("exp"), "{cache:?}");
}

#[test]
fn threads_share_it() {
    let signer = signer();
    let keys = KeySet::new([signer.verifying_key()]);
    let cache = Cache::<Value>::new(100_000);
    let tokens: Vec<_> = (0..200).map(|n| token(&signer, n)).collect();
    std::thread::scope(|scope| {
        for start in 0..4 {
            let (cache, keys, tokens) = (&cache, &keys, &tokens);
            scope.spawn(move || {
                for n in (0..400).map(|n| (n * 7 + start * 50) % 200) {
                    let verified = cache.verify(&tokens[n], keys, &policy(), NOW).unwrap();
                    assert_eq!(verified.claims()["jti"], n.to_string());
                }
            });
        }
    });
    assert_eq!(cache.bytes(), weighed(&cache));
}
