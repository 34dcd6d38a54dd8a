use jotgate_harness::{Engine, TestApp};
use jotgate_server::{
    app::hasher::Scheme,
    flow::{imported_passwords, keys::master::rekey, operator::By},
    store::{Tx, meta},
};
use serde_json::json;

use super::*;

/// `correct horse`, by libxcrypt, libargon2 and Python's hashlib; the last by the project of [`FIREBASE`].
const KINDS: &[(&str, &str)] = &[
    ("bcrypt", "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"),
    ("scrypt", "$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$I4YuHpx/6xJJ4+sk74hQU+KhW++gPE8aHzXbHijxgzg"),
    ("pbkdf2-sha1", "$pbkdf2-sha1$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$aUfE2vx5Q7zgbb0jx49AaNpXUQQ"),
    ("pbkdf2-sha256", "pbkdf2_sha256$26000$saltytext$D2PxucrdKf6LMVSq9WTORNdxvcbHh3BStqEhfuFU7Og="),
    (
        "pbkdf2-sha512",
        "$pbkdf2-sha512$i=2100,l=64$MDEyMzQ1Njc4OWFiY2RlZg$IqQvnqmK+ugaU+54p1lBV/2CZKR799EJXJQJaTK3szVaHXPFExDEfDChIaZWRWGfTEzziXKrulpfIA4qIyxAag",
    ),
    (
        "argon2i",
        "$argon2i$v=19$m=256,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$Syv3W+wu0WQmcIO0T/vyAKG2GIggWAj9la1x01ew7wE",
    ),
];

/// Published by Supabase: `mytestpassword`, with the signer key of its project.
const FIREBASE: &str = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==";

async fn log_in(app: &TestApp, email: &str, password: &str) -> u16 {
    app.post("/v1/login", &json!({ "email": email, "password": password })).send().await.status
}

#[tokio::test]
async fn every_kind_of_hash_lets_its_user_in_and_is_ours_from_then_on() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut users: Vec<_> =
            KINDS.iter().map(|(kind, hash)| user(&format!("{kind}@example.com"), hash)).collect();
        users.push(user("firebase@example.com", FIREBASE));
        import(&app, RULES, users).await;
        let all =
            KINDS.iter().map(|(kind, _)| (*kind, "correct horse")).chain([("firebase", "mytestpassword")]);
        for (kind, password) in all {
            let email = format!("{kind}@example.com");
            let before = stored(&app, &email).await.unwrap().password_hash.unwrap();
            assert!(!before.starts_with("$argon2id$"), "{before}");
            assert_eq!(log_in(&app, &email, "wrong horse").await, 401, "{engine:?} {kind}");
            assert_eq!(
                stored(&app, &email).await.unwrap().password_hash.unwrap(),
                before,
                "a wrong one changes nothing"
            );
            assert_eq!(log_in(&app, &email, password).await, 200, "{engine:?} {kind}");
            let after = stored(&app, &email).await.unwrap().password_hash.unwrap();
            assert!(after.starts_with("$argon2id$v=19$"), "{engine:?} {kind}: {after}");
            assert_eq!(log_in(&app, &email, password).await, 200, "{engine:?} {kind}, the second time");
        }
    }
}

#[tokio::test]
async fn the_signer_key_is_sealed_and_moves_with_the_master_key() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        import(&app, RULES, vec![user("ada@example.com", FIREBASE), user("bob@example.com", FIREBASE)]).await;
        let kept =
            app.app.store.read(async |tx: &mut Tx<'_>| meta::list(tx, "signer_key:").await).await.unwrap();
        let key = accepted(FIREBASE).signer_key.unwrap();
        assert_eq!(kept.len(), 1, "{engine:?}: one for all users of the project");
        assert!(
            !kept[0].1.windows(16).any(|part| part == &key[..16]),
            "{engine:?}: the database alone checks no password"
        );
        let row = stored(&app, "ada@example.com").await.unwrap().password_hash.unwrap();
        assert!(!row.contains("ou9tdYTGyYm8"), "{engine:?}");

        const NEW: &str = "0b7d4c1e96f8a2537de01c94b86f3a5218e7d0c94b6a3f1528d7e09c416bfa35";
        let new = std::array::from_fn(|at| u8::from_str_radix(&NEW[2 * at..2 * at + 2], 16).unwrap());
        rekey(&app.app, &new, &By::default()).await.unwrap();
        let after = app.beside_with(&[("keys.master_key", NEW)]).await;
        assert_eq!(log_in(&after, "ada@example.com", "mytestpassword").await, 200, "{engine:?}");
    }
}

/// A server learns of the slow hashes beside it before the first of their owners comes, and forgets them after the last.
#[tokio::test]
async fn a_wrong_password_waits_for_the_slowest_kind_that_is_there() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let hasher = &app.app.hasher;
        let dear = "$pbkdf2-sha512$i=400000,l=64$MDEyMzQ1Njc4OWFiY2RlZg$IqQvnqmK+ugaU+54p1lBV/2CZKR799EJXJQJaTK3szVaHXPFExDEfDChIaZWRWGfTEzziXKrulpfIA4qIyxAag";
        let scheme: Scheme = accepted(dear).stored.scheme;
        import(&app, RULES, vec![user("ada@example.com", dear)]).await;
        imported_passwords::learn(&app.app, true).await.unwrap();
        assert!(hasher.keep_only(&[scheme]).is_empty(), "{engine:?}: it was measured");
        let slowest = hasher.slowest(&"x".into());
        assert!(slowest.as_millis() > 40, "{engine:?}: {slowest:?} is too quick for 400,000 rounds");

        let id = stored(&app, "ada@example.com").await.unwrap().id;
        jotgate_server::flow::operator::delete_user(&app.app, id.0).await.unwrap();
        imported_passwords::learn(&app.app, false).await.unwrap();
        assert_eq!(hasher.slowest(&"x".into()), slowest, "{engine:?}: nobody looked whether it is gone");
        imported_passwords::learn(&app.app, true).await.unwrap();
        assert!(hasher.slowest(&"x".into()) < slowest, "{engine:?}");
        assert_eq!(hasher.keep_only(&[scheme]), [scheme], "{engine:?}: it is forgotten");
    }
}
