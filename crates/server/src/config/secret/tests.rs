use jotgate_jose::primitive::sha256;
use secrecy::ExposeSecret as _;

use super::*;

#[test]
fn what_tutorials_sign_with_is_well_known() {
    for secret in [
        "secret",
        "your-256-bit-secret",
        "your-secret-key",
        "YOUR_SECRET_KEY",
        "a-string-secret-at-least-256-bits-long",
    ] {
        assert_eq!(weakness(secret.as_bytes()), Some(Weakness::WellKnown), "{secret}");
    }
}

#[test]
fn each_rule_finds_its_case() {
    let cases: [(&[u8], Weakness); 14] = [
        (b"", Weakness::Short(0)),
        (b"k9Vx2#pLq7!Zr4@Wm8^Tb1&Yc5*Gd3", Weakness::Short(30)),
        (&[0; 64], Weakness::Repeats(1)),
        (b"kT9#kT9#kT9#kT9#kT9#kT9#kT9#kT9#", Weakness::Repeats(4)),
        (b"f83ac1907be2d645f83ac1907be2d645", Weakness::Repeats(16)),
        (b"010011011100101011101000110101100010", Weakness::FewSigns),
        (b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN", Weakness::Sequence),
        (b"thisismypasswordthisisnotyours12", Weakness::Guessable),
        (b"correct horse battery staple monkey", Weakness::Guessable),
        (b"mydogsnameisrexandhewasbornin2014", Weakness::Guessable),
        (b"HolaSoyUnaCadenaSuperSeguraQueNadieSabe!", Weakness::Guessable),
        (b"Password123!Admin2024!Welcome123!", Weakness::Guessable),
        (b"your-jwt-key-goes-here-please-do-so", Weakness::Placeholder),
        (b"please-change-this-before-production-8812", Weakness::Placeholder),
    ];
    for (secret, expected) in cases {
        assert_eq!(weakness(secret), Some(expected), "{}", String::from_utf8_lossy(secret));
    }
}

/// What `jotgate secret`, openssl and password managers print is never called weak.
#[test]
fn random_secrets_pass() {
    for seed in 0..200_u32 {
        let bytes = sha256(&seed.to_be_bytes());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        for secret in [hex.as_str(), &hex[..32], &base64url::encode(&bytes)] {
            assert_eq!(weakness(secret.as_bytes()), None, "{secret}");
        }
        assert_eq!(weakness(&bytes), None, "{bytes:?}");
    }
}

#[test]
fn a_listed_secret_is_found_with_a_line_feed_after_it() {
    // The key of the Spring Boot tutorials: 64 hexadecimal characters that no other rule would refuse.
    let listed = b"404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970\n";
    assert!(is_known_secret(listed));
    assert!(!is_known_secret(b"404E635266556A586E3272357538782F413F4428472B4B6250645367566B5971"));
}

fn master_key(text: &str) -> Result<MasterKey, Fault> {
    MasterKey::read(&Raw::Text(text.to_owned()))
}

#[test]
fn a_master_key_is_read_from_hex_and_both_kinds_of_base64() {
    let bytes: [u8; 32] = sha256(b"key \x04");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    let url = base64url::encode(&bytes);
    let standard = url.replace('-', "+").replace('_', "/") + "=";
    for text in [hex, url, standard] {
        let key = master_key(&text).unwrap();
        assert_eq!(key.0.expose_secret(), &bytes, "{text}");
        assert!(!format!("{key:?}").contains(&text[..6]));
    }
}

#[test]
fn a_master_key_of_another_length_or_without_randomness_is_refused() {
    for text in ["", "abc", &"0".repeat(64), &"ab".repeat(32), &"4f".repeat(31), "not base64 at all !!"] {
        assert!(master_key(text).is_err(), "{text}");
    }
}
