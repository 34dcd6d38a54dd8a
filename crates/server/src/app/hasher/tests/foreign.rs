//! Hashes that other implementations made: libxcrypt, Python's hashlib, libargon2, and what is published of Firebase,
//! Supabase and Keycloak.

use super::{super::*, CHEAP, secret};

/// `correct horse`, by libxcrypt (bcrypt and `$7$`), libargon2 (Debian's `argon2`), Python's hashlib (the rest).
const CORRECT_HORSE: &[&str] = &[
    "$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC",
    "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
    "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
    "$7$8/..../....SodiumChloride$NhdFDMjIoZp.pgPS.jQYexd6t.jUzBVNj7Gydz775iC",
    "$7$46..../....abcdefghijkl$1dUFG7VnLIqAkoHl7d9TWBpt1ZCMuK7OyupZlrU9FyC",
    "$scrypt$ln=10,r=8,p=2$MDEyMzQ1Njc4OWFiY2RlZg$I4YuHpx/6xJJ4+sk74hQU+KhW++gPE8aHzXbHijxgzg",
    "$pbkdf2-sha1$i=1000,l=20$MDEyMzQ1Njc4OWFiY2RlZg$aUfE2vx5Q7zgbb0jx49AaNpXUQQ",
    "$pbkdf2-sha256$i=27500,l=64$MDEyMzQ1Njc4OWFiY2RlZg$H5R9LZ0QvKxHLm1Lg0IeQXdtUAa+9gf2NeOZns+WHBTpnlaWE/+JwnJ/2OXEjNPW5EusP1xxGLqEqjWDbIcGlg",
    "$pbkdf2-sha512$i=2100,l=64$MDEyMzQ1Njc4OWFiY2RlZg$IqQvnqmK+ugaU+54p1lBV/2CZKR799EJXJQJaTK3szVaHXPFExDEfDChIaZWRWGfTEzziXKrulpfIA4qIyxAag",
    // Auth0 takes it for 100,000 iterations.
    "$pbkdf2-sha512$MDEyMzQ1Njc4OWFiY2RlZg$C+dOFpKqFeIzUANU3ZXZkPDPTPiTOG2osuKiNKUrSFW2RC7gk1XaF+MReHmX9491VuSWI/UHg5Na7+8UfaJVQA",
    // passlib
    "$pbkdf2-sha256$2900$MDEyMzQ1Njc4OWFiY2RlZg$L8Dz/JTSuKAd5Xu2g2JFe47MRL74Ws/NGMRlHGLbm/g",
    // Django
    "pbkdf2_sha256$26000$saltytext$D2PxucrdKf6LMVSq9WTORNdxvcbHh3BStqEhfuFU7Og=",
    "$argon2i$v=19$m=256,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$Syv3W+wu0WQmcIO0T/vyAKG2GIggWAj9la1x01ew7wE",
    "$argon2d$v=19$m=256,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$iSAPpuHdWsRsd2+vQbz/0HWFPczB9DG4eOYw6iuNo30",
    "$argon2id$v=19$m=256,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$+GOGKJvIoTEl91TCgE0yArmEow80raLkxOXPceNYR9E",
    "$argon2i$m=256,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$TCOkDfrjj/J7N42A+O+kVxxHTQ8QAN0m7tvhyvdbv1I",
];

async fn verify(password: &str, accepted: Accepted) -> Checked {
    let hasher = Hasher::start(CHEAP, 1, 1);
    // As it comes back from the database.
    let stored = Stored::parse(&accepted.stored.to_string()).unwrap();
    assert_eq!(stored, accepted.stored);
    let key = accepted.signer_key.map(|key| seal_and_open(&key));
    hasher.verify(secret(password), stored, key).await.unwrap()
}

fn seal_and_open(key: &[u8]) -> SecretBytes {
    let sealer = jotgate_jose::primitive::Sealer::new(&[1; 32]);
    sealer.open([2; 12], b"", &sealer.seal([2; 12], b"", key)).unwrap()
}

#[tokio::test]
async fn every_kind_verifies_the_one_password_and_asks_to_be_renewed() {
    for text in CORRECT_HORSE {
        assert_eq!(verify("correct horse", accept(text).unwrap()).await, Checked::RightButOld, "{text}");
        assert_eq!(verify("correct hors", accept(text).unwrap()).await, Checked::Wrong, "{text}");
        assert_eq!(verify("", accept(text).unwrap()).await, Checked::Wrong, "{text}");
    }
}

/// Published with its parameters in the documentation of Firebase's scrypt, and in the tests of Supabase Auth.
#[tokio::test]
async fn firebase_hashes_verify_with_the_signer_key_of_their_project() {
    let text = text::base64;
    let project = Project {
        key: text("jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==")
            .unwrap(),
        separator: text("Bw==").unwrap(),
        cost: ScryptCost { log_n: 14, r: 8, p: 1 },
    };
    let hash = "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
    let of_export = || of_firebase(&project, "42xEC+ixf3L2lw==", hash).unwrap();
    assert_eq!(verify("user1password", of_export()).await, Checked::RightButOld);
    assert_eq!(verify("user2password", of_export()).await, Checked::Wrong);
    let stored = of_export().stored;
    assert!(!stored.to_string().contains("jxspr8"), "the signer key is not in every row");
    let elsewhere = accept(&stored.with_signer_key(&project.key).unwrap()).unwrap();
    assert_eq!(elsewhere.stored, stored);
    let other = Project { key: vec![7; 64], ..project.clone() };
    let wrong_key = Accepted { stored, signer_key: Some(other.key.into()) };
    assert_eq!(verify("user1password", wrong_key).await, Checked::Wrong);

    let supabase = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==";
    assert_eq!(verify("mytestpassword", accept(supabase).unwrap()).await, Checked::RightButOld);
    assert_eq!(verify("mytestpassword1", accept(supabase).unwrap()).await, Checked::Wrong);
}

/// What Keycloak 26 stored for `secret`, put into the PHC form.
#[tokio::test]
async fn a_hash_of_keycloak_verifies() {
    let text =
        "$argon2id$v=19$m=7168,t=5,p=1$LRScGShC7shkdoU5B1UgUQ==$xKjWvB9+0sSP6wTqI1JoEI7w+iA0x9VDhPgmrOHRG80=";
    assert_eq!(verify("secret", accept(text).unwrap()).await, Checked::RightButOld);
}

/// 80 digits by libxcrypt: the last eight do not count, as in every bcrypt.
#[tokio::test]
async fn bcrypt_reads_72_bytes_and_nothing_is_normalised_for_it() {
    let long = "$2b$05$abcdefghijklmnopqrstuuLkMZtUsVwf9Ptg/wgiNv8ZhtnAHnix.";
    let digits = "0123456789".repeat(8);
    assert_eq!(verify(&digits, accept(long).unwrap()).await, Checked::RightButOld);
    assert_eq!(verify(&digits[..72], accept(long).unwrap()).await, Checked::RightButOld);
    assert_eq!(verify(&digits[..71], accept(long).unwrap()).await, Checked::Wrong);
    let raw = "$2b$05$abcdefghijklmnopqrstuuz/uGJURNo3sWUk/GraJ/JL3eenbAJm6";
    assert_eq!(verify("Ame\u{301}lie \u{e4}", accept(raw).unwrap()).await, Checked::RightButOld);
    assert_eq!(verify("Am\u{e9}lie \u{e4}", accept(raw).unwrap()).await, Checked::Wrong);
}

#[test]
fn what_costs_too_much_is_refused_before_it_is_stored() {
    let long = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY";
    for text in [
        format!("$argon2id$v=19$m=4000000,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        format!("$argon2id$v=19$m=1048576,t=5,p=1$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        format!("$argon2id$v=19$m=64,t=65,p=1$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        "$2b$16$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC".to_owned(),
        format!("$scrypt$ln=19,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        format!("$scrypt$ln=63,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        format!("$scrypt$ln=10,r=8,p=4000000$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        format!("$scrypt$ln=10,r=4294967295,p=1$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        format!("$pbkdf2-sha256$i=2000001$MDEyMzQ1Njc4OWFiY2RlZg${long}"),
        format!("$fbscrypt$v=1,n=40,r=8,p=1,ss=Bw==,sk={long}$C0sHCg9ek77hsg==${long}"),
    ] {
        assert!(matches!(accept(&text), Err(Unusable::TooDear(_))), "{text}: {:?}", accept(&text));
    }
    // Ours may cost what the configuration allows.
    assert!(
        Stored::parse(&format!("$argon2id$v=19$m=1048576,t=5,p=1$MDEyMzQ1Njc4OWFiY2RlZg${long}")).is_ok()
    );
}

#[test]
fn what_is_no_hash_is_refused_and_never_repeated() {
    for text in [
        "",
        "$",
        "hunter2hunter2",
        "my$dollar$password",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "{SSHA}c2VjcmV0c2VjcmV0",
        "$1$abc$secretsecret",
        "$6$rounds=5000$salt$secret",
        "$2x$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
        "$2b$99$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2",
        "$2b$05$short",
        "$2b$05$\u{e4}bcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy",
        "$argon2id$v=19$m=4,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=20$m=64,t=1,p=1$MDEyMzQ1Njc4$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1,keyid=Hj5+$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg",
        "$scrypt$ln=0,r=8,p=1$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$scrypt$r=8,p=1$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$7$8/..$x",
        "$7$\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}\u{e4}$NhdFDMjIoZp.pgPS.jQYexd6t.jUzBVNj7Gydz775iC",
        "$pbkdf2-sha256$i=0,l=32$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-sha256$i=9,l=32$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-sha384$i=9$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-sha256$many$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "pbkdf2_sha256$x$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$pbkdf2-sha256$i=9$MDEy$!!!!",
        "$firebase-scrypt$ln=14,r=8,p=1,k=abc$MDEy$MDEyMzQ1Njc4OWFiY2RlZg",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==$MDEy$MDEy",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=c2lnbmVy$c2FsdA==$aGFzaA==",
    ] {
        let error = accept(text).expect_err(text);
        assert!(!matches!(error, Unusable::TooDear(_)), "{text}");
        let said = error.to_string();
        for part in
            text.split(['$', '{', '}', ',']).filter(|part| part.len() > 8 && !part.starts_with("pbkdf2"))
        {
            assert!(!said.contains(part), "{said} repeats {part}");
        }
    }
    assert_eq!(
        accept("$6$rounds=5000$salt$secret").unwrap_err().to_string(),
        "a hash of an unknown kind (sha512-crypt)"
    );
}

#[test]
fn a_scheme_is_known_again_by_its_sample() {
    for text in CORRECT_HORSE {
        let stored = accept(text).unwrap().stored;
        assert_eq!(Stored::parse(&stored.scheme.sample()).unwrap().scheme, stored.scheme);
        assert!(stored.to_string().starts_with(&stored.scheme.to_string()));
    }
}
