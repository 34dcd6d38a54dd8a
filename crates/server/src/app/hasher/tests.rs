//! The pool with its own hashes; those of others are in `foreign`.

mod foreign;

use super::*;

const CHEAP: Cost = Cost { memory_kib: 64, iterations: 1, parallelism: 1 };

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn stored(text: &str) -> Stored {
    Stored::parse(text).unwrap()
}

async fn check(hasher: &Hasher, password: &str, text: &str) -> Checked {
    hasher.verify(secret(password), stored(text), None).await.unwrap()
}

#[tokio::test]
async fn a_password_verifies_against_its_own_hash_only() {
    let hasher = Hasher::start(CHEAP, 2, 8);
    let stored = hasher.hash(secret("correct horse"), [7; 16]).await.unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
    assert_eq!(check(&hasher, "correct horse", &stored).await, Checked::Right);
    assert_eq!(check(&hasher, "wrong horse", &stored).await, Checked::Wrong);
}

#[tokio::test]
async fn a_hash_of_other_cost_verifies_and_asks_to_be_renewed() {
    let stored = Hasher::start(CHEAP, 1, 1).hash(secret("pw"), [1; 16]).await.unwrap();
    let dearer = Hasher::start(Cost { iterations: 2, ..CHEAP }, 1, 1);
    assert_eq!(check(&dearer, "pw", &stored).await, Checked::RightButOld);
    assert_eq!(check(&dearer, "no", &stored).await, Checked::Wrong);
}

/// The default cost, against a hash another implementation made (Debian's `argon2` command, libargon2).
#[tokio::test]
async fn the_default_cost_agrees_with_the_reference_implementation() {
    let hasher = Hasher::start(Cost { memory_kib: 19_456, iterations: 2, parallelism: 1 }, 1, 1);
    let reference =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk";
    assert_eq!(check(&hasher, "correct horse", reference).await, Checked::Right);
}

#[tokio::test]
async fn past_the_queue_a_hash_is_refused_at_once() {
    let hasher = Hasher::start(Cost { memory_kib: 8_192, iterations: 8, parallelism: 1 }, 1, 1);
    let many: Vec<_> = (0..20)
        .map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verify_nobody(secret("x")).await })
        })
        .collect();
    let mut refused = 0;
    for one in many {
        if matches!(one.await.unwrap(), Err(Error::Refused(r)) if r.reason.code == "server.busy") {
            refused += 1;
        }
    }
    assert!(refused > 0, "twenty at once must overflow a queue of one");
}

/// What one keyboard composes and another does not; the hash is Debian's `argon2` of the uncomposed bytes.
#[tokio::test]
async fn an_imported_hash_of_raw_bytes_is_right_and_becomes_one_of_ours() {
    let imported =
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$vG9FnGgCOzACXOSEf0mrChpK+nXKaYT/Psqr/9pjQeY";
    let hasher = Hasher::start(CHEAP, 1, 8);
    assert_eq!(check(&hasher, "Ame\u{301}lie", imported).await, Checked::RightButOld, "of the same scheme");
    assert_eq!(check(&hasher, "Am\u{e9}lie", imported).await, Checked::Wrong, "not what was hashed");
    let ours = hasher.hash(secret("Ame\u{301}lie"), [3; 16]).await.unwrap();
    assert_eq!(check(&hasher, "Am\u{e9}lie", &ours).await, Checked::Right);
    assert_eq!(check(&hasher, "Ame\u{301}lie", &ours).await, Checked::Right);
}

#[tokio::test]
async fn the_slowest_scheme_present_is_known_before_its_first_password() {
    let hasher = Hasher::start(CHEAP, 1, 8);
    hasher.verify_nobody(secret("x")).await.unwrap();
    let own = hasher.slowest(&secret("x"));
    let dear = stored("$2b$10$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC").scheme;
    assert_eq!(hasher.keep_only(&[dear]), [dear], "not measured yet");
    hasher.learn(dear).await.unwrap();
    assert!(hasher.keep_only(&[dear]).is_empty());
    assert!(
        hasher.slowest(&secret("x")) > own * 4,
        "{:?} is no longer than {own:?}",
        hasher.slowest(&secret("x"))
    );
    assert_eq!(
        hasher.slowest(&secret("e\u{301}")),
        hasher.slowest(&secret("x")) * 2,
        "two forms, two hashes"
    );
    assert!(hasher.keep_only(&[]).is_empty());
    assert!(hasher.slowest(&secret("x")) < own * 4, "forgotten with its last password");
}
