//! Rows 73 to 83: keys that must not be taken, and sets that must not be published.

use jotgate_jose::inspect::{self, Weakness};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{
    Algorithm, Error, Jwk, JwkSet, KeySet, Reason, SigningKey, VerifyingKey, is_known_secret,
};
use serde_json::{Value, json};

use crate::support::key;

fn private(algorithm: Algorithm) -> Value {
    serde_json::from_str(&key(algorithm).private_jwk().unwrap()).unwrap()
}

fn public(algorithm: Algorithm) -> Value {
    serde_json::from_str(&key(algorithm).public_jwk().unwrap().to_json().unwrap()).unwrap()
}

fn signing(jwk: &Value) -> Result<SigningKey, Error> {
    SigningKey::from_jwk(&Jwk::parse(jwk.to_string())?)
}

fn verifying(jwk: &Value) -> Result<VerifyingKey, Error> {
    VerifyingKey::from_jwk(&Jwk::parse(jwk.to_string())?)
}

fn reason<T>(result: Result<T, Error>) -> Option<Reason> {
    result.err().map(|error| error.reason())
}

fn bytes(jwk: &Value, name: &str) -> Vec<u8> {
    base64url::decode(jwk[name].as_str().unwrap()).unwrap()
}

/// The key with one member replaced.
fn with(mut jwk: Value, name: &str, bytes: &[u8]) -> Value {
    jwk[name] = base64url::encode(bytes).into();
    jwk
}

fn rsa(n: &[u8], e: &[u8]) -> Option<Reason> {
    let jwk = json!({"kty": "RSA", "alg": "RS256", "n": base64url::encode(n), "e": base64url::encode(e)});
    reason(verifying(&jwk))
}

/// An odd number of so many bits.
/// A modulus of this size. Only those of 2048 and 8192 bits are sound; the others are refused for their size before
/// anything else is asked.
fn modulus(bits: usize) -> Vec<u8> {
    match bits {
        2048 => return bytes(&weak_rsa("sound"), "n"),
        8192 => return bytes(&weak_rsa("sound-8192"), "n"),
        _ => {}
    }
    let mut number = vec![0xa5; bits.div_ceil(8)];
    number[0] = 1 << ((bits + 7) % 8);
    number
}

/// A key of `tests/data/weak-rsa`, which is made by the script beside it.
fn weak_rsa(name: &str) -> Value {
    let keys: Value = serde_json::from_str(include_str!("../../data/weak-rsa/keys.json")).unwrap();
    keys[name].clone()
}

const F4: &[u8] = &[1, 0, 1];

#[test]
fn row_73_small_rsa_keys_and_unsafe_exponents() {
    assert_eq!(rsa(&modulus(2048), F4), None);
    for bits in [8, 512, 1024, 2040, 2047] {
        assert_eq!(rsa(&modulus(bits), F4), Some(Reason::KeyTooSmall), "{bits}");
    }
    let mut even = modulus(2048);
    even[255] = 0xa4;
    assert_eq!(rsa(&even, F4), Some(Reason::KeyMalformed));
    for exponent in [
        &[1][..],
        &[2],
        &[3],
        &[17],
        &[0xff, 0xff],
        &[1, 0, 0],
        &[1, 0, 2],
        &[2, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
        &[0xff; 64],
        &[],
    ] {
        assert_eq!(rsa(&modulus(2048), exponent), Some(Reason::KeyMalformed), "{exponent:?}");
    }
    // The same in every other form.
    for (n, e, wanted) in [
        (modulus(1024), F4, Reason::KeyTooSmall),
        (modulus(2047), F4, Reason::KeyTooSmall),
        (even.clone(), F4, Reason::KeyMalformed),
        (modulus(2048), &[1], Reason::KeyMalformed),
        (modulus(2048), &[3], Reason::KeyMalformed),
        (modulus(8200), F4, Reason::KeyUnsupported),
    ] {
        let jwk = json!({"kty": "RSA", "n": base64url::encode(&n), "e": base64url::encode(e)});
        let jwk = Jwk::parse(jwk.to_string()).unwrap();
        for algorithm in [Algorithm::Rs256, Algorithm::Ps512] {
            assert_eq!(reason(VerifyingKey::from_pem(jwk.to_pem().unwrap(), algorithm)), Some(wanted));
            assert_eq!(reason(VerifyingKey::from_der(&jwk.to_der().unwrap(), algorithm)), Some(wanted));
        }
    }
    // Leading zeros are a second spelling.
    assert_eq!(rsa(&[&[0][..], &modulus(2048)].concat(), F4), Some(Reason::KeyMalformed));
    assert_eq!(rsa(&modulus(2048), &[0, 1, 0, 1]), Some(Reason::KeyMalformed));
}

#[test]
fn row_74_enormous_rsa_keys() {
    assert_eq!(rsa(&modulus(8192), F4), None);
    for bits in [8193, 16_384, 16_385, 100_000] {
        assert_eq!(rsa(&modulus(bits), F4), Some(Reason::KeyUnsupported), "{bits}");
    }
}

#[test]
fn row_75_rsa_keys_that_can_be_factored() {
    assert!(signing(&weak_rsa("sound")).is_ok() && verifying(&weak_rsa("sound-8192")).is_ok());
    for (name, words) in [
        ("factor-3", "small factor"),
        ("factor-251", "small factor"),
        ("factor-65521", "small factor"),
        ("factors-17-and-257", "small factor"),
        ("equal-primes", "equal or close"),
        ("next-prime", "equal or close"),
        ("close-primes", "equal or close"),
        ("roca", "ROCA"),
    ] {
        let error = verifying(&weak_rsa(name)).unwrap_err();
        assert_eq!(error.reason(), Reason::KeyMalformed, "{name}");
        assert!(error.to_string().contains(words) && error.hint().is_some(), "{name}: {error}");
    }
    // What only the private numbers show.
    for (name, words) in [
        ("close-primes-private", "equal or close"),
        ("short-prime-private", "too short"),
        ("roca-private", "ROCA"),
    ] {
        for error in [signing(&weak_rsa(name)).unwrap_err(), verifying(&weak_rsa(name)).unwrap_err()] {
            assert_eq!(error.reason(), Reason::KeyMalformed, "{name}");
            assert!(error.to_string().contains(words), "{name}: {error}");
        }
    }
}

#[test]
fn row_76_rsa_with_wrong_private_numbers() {
    let good = private(Algorithm::Rs256);
    assert!(signing(&good).is_ok());
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        let mut number = bytes(&good, name);
        *number.last_mut().unwrap() ^= 2;
        let changed = with(good.clone(), name, &number);
        assert_eq!(reason(signing(&changed)), Some(Reason::KeyMalformed), "{name}");
        assert_eq!(reason(verifying(&changed)), Some(Reason::KeyMalformed), "{name}");
        let pkcs8 = Jwk::parse(changed.to_string()).unwrap().to_private_pem().unwrap();
        for algorithm in [Algorithm::Rs256, Algorithm::Ps256] {
            assert_eq!(
                reason(SigningKey::from_pem(&*pkcs8, algorithm)),
                Some(Reason::KeyMalformed),
                "{name}"
            );
        }
        assert_eq!(reason(signing(&with(good.clone(), name, &[0]))), Some(Reason::KeyMalformed), "{name}");
        let mut missing = good.clone();
        missing.as_object_mut().unwrap().remove(name);
        // Without `d` it is a public key; without the primes it is of a kind that is not offered.
        let wanted = if name == "d" {
            Reason::KeyWrongUse
        } else if name == "p" {
            Reason::KeyUnsupported
        } else {
            Reason::KeyMalformed
        };
        assert_eq!(reason(signing(&missing)), Some(wanted), "{name}");
    }
    let other = with(good.clone(), "n", &bytes(&private(Algorithm::Rs384), "n"));
    assert_eq!(reason(signing(&other)), Some(Reason::KeyMalformed));
    let mut many = good;
    many["oth"] = json!([]);
    assert_eq!(reason(signing(&many)), Some(Reason::KeyUnsupported));
}

/// The prime of the field and the order of the group (SEC 2 section 2).
fn curve(algorithm: Algorithm) -> (Vec<u8>, Vec<u8>) {
    let (prime, order) = match algorithm {
        Algorithm::Es256 => (
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        ),
        Algorithm::Es384 => (
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        ),
        _ => (
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
        ),
    };
    let bytes = |hex: &str| {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    (bytes(prime), bytes(order))
}

#[test]
fn row_77_ec_keys_off_the_curve_or_mismatched() {
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Es512] {
        let good = private(algorithm);
        let len = bytes(&good, "x").len();
        assert!(signing(&good).is_ok());
        for name in ["x", "y"] {
            let mut number = bytes(&good, name);
            *number.last_mut().unwrap() ^= 1;
            assert_eq!(
                reason(verifying(&with(public(algorithm), name, &number))),
                Some(Reason::KeyMalformed)
            );
            assert_eq!(reason(signing(&with(good.clone(), name, &number))), Some(Reason::KeyMalformed));
            // Beyond the prime of the field.
            assert_eq!(
                reason(verifying(&with(public(algorithm), name, &vec![0xff; len]))),
                Some(Reason::KeyMalformed)
            );
        }
        for name in ["x", "y", "d"] {
            let number = bytes(&good, name);
            for wrong in [&number[1..], &[&[0][..], &number].concat(), &[]] {
                assert_eq!(
                    reason(signing(&with(good.clone(), name, wrong))),
                    Some(Reason::KeyMalformed),
                    "{name}"
                );
            }
        }
        let mut d = bytes(&good, "d");
        *d.last_mut().unwrap() ^= 1;
        let (prime, order) = curve(algorithm);
        let mut above = order.clone();
        *above.last_mut().unwrap() += 1;
        for wrong in [&prime, &vec![0xff; len]] {
            for name in ["x", "y"] {
                assert_eq!(
                    reason(verifying(&with(public(algorithm), name, wrong))),
                    Some(Reason::KeyMalformed)
                );
            }
        }
        for wrong in [d, vec![0; len], vec![0xff; len], order, above] {
            assert_eq!(reason(signing(&with(good.clone(), "d", &wrong))), Some(Reason::KeyMalformed));
        }
        let zero = with(with(public(algorithm), "x", &vec![0; len]), "y", &vec![0; len]);
        assert_eq!(reason(verifying(&zero)), Some(Reason::KeyMalformed));
    }
    let mut alien = public(Algorithm::Es256);
    alien["crv"] = "secp256k1".into();
    assert_eq!(reason(verifying(&alien)), Some(Reason::KeyUnsupported));
}

#[test]
fn row_78_ed25519_keys_of_small_order() {
    let with_x = |x: &[u8]| reason(verifying(&with(public(Algorithm::Ed25519), "x", x)));
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    for x in [[0; 32], one, minus_one, [0xff; 32]] {
        assert_eq!(with_x(&x), Some(Reason::KeyMalformed));
    }
    for len in [0, 31, 33] {
        assert_eq!(with_x(&vec![9; len]), Some(Reason::KeyMalformed));
    }
}

#[test]
fn row_79_ed25519_with_a_foreign_public_key() {
    let stranger = SigningKey::generate(Algorithm::Ed25519).unwrap().public_jwk().unwrap().to_json().unwrap();
    let stranger: Value = serde_json::from_str(&stranger).unwrap();
    let mixed = with(private(Algorithm::Ed25519), "x", &bytes(&stranger, "x"));
    assert_eq!(reason(signing(&mixed)), Some(Reason::KeyMalformed));
    assert_eq!(reason(verifying(&mixed)), Some(Reason::KeyMalformed));
}

#[test]
fn row_80_weak_secrets() {
    let jwk = |alg: &str, secret: &[u8]| json!({"kty": "oct", "alg": alg, "k": base64url::encode(secret)});
    for (algorithm, least) in [(Algorithm::Hs256, 32), (Algorithm::Hs384, 48), (Algorithm::Hs512, 64)] {
        let random = |len: usize| (0..len).map(|n| u8::try_from(n * 7 % 251).unwrap()).collect::<Vec<_>>();
        for len in [0, 8, least - 1] {
            assert_eq!(reason(SigningKey::hmac(algorithm, &random(len))), Some(Reason::KeyTooSmall));
            assert_eq!(reason(VerifyingKey::hmac(algorithm, &random(len))), Some(Reason::KeyTooSmall));
            assert_eq!(reason(signing(&jwk(algorithm.name(), &random(len)))), Some(Reason::KeyTooSmall));
            assert_eq!(reason(verifying(&jwk(algorithm.name(), &random(len)))), Some(Reason::KeyTooSmall));
        }
        assert_eq!(reason(SigningKey::hmac(algorithm, &random(least))), None);
        assert_eq!(reason(signing(&jwk(algorithm.name(), &random(least)))), None);
        for dull in [vec![0; least], vec![b'x'; least + 1]] {
            assert_eq!(reason(SigningKey::hmac(algorithm, &dull)), Some(Reason::KeyMalformed));
            assert_eq!(reason(VerifyingKey::hmac(algorithm, &dull)), Some(Reason::KeyMalformed));
            assert_eq!(reason(signing(&jwk(algorithm.name(), &dull))), Some(Reason::KeyMalformed));
            assert!(
                inspect::key(&Jwk::parse(jwk(algorithm.name(), &dull).to_string()).unwrap(), None)
                    .refusal
                    .is_some()
            );
        }
    }
    // What documentation prints as a sample, as it is and with the line end of its file.
    for listed in [
        "a-string-secret-at-least-256-bits-long",
        "404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970",
    ] {
        for secret in
            [listed.to_owned(), format!("{listed}\n"), format!("{listed}\r\n"), format!(" {listed}")]
        {
            assert!(is_known_secret(secret.as_bytes()));
            for error in [
                SigningKey::hmac(Algorithm::Hs256, secret.as_bytes()).unwrap_err(),
                VerifyingKey::hmac(Algorithm::Hs256, secret.as_bytes()).unwrap_err(),
                signing(&jwk("HS256", secret.as_bytes())).unwrap_err(),
                verifying(&jwk("HS256", secret.as_bytes())).unwrap_err(),
            ] {
                assert_eq!(error.reason(), Reason::KeyMalformed);
                assert!(error.hint().unwrap().contains("signature.known_public_secret"), "{error}");
                assert!(!error.to_string().contains(listed), "{error}");
            }
        }
    }
    // A public key is no secret inside a JWK either.
    let wrapped = jwk("HS256", key(Algorithm::Es256).public_jwk().unwrap().to_pem().unwrap().as_bytes());
    assert_eq!(reason(signing(&wrapped)), Some(Reason::KeyWrongUse));
    assert_eq!(reason(verifying(&wrapped)), Some(Reason::KeyWrongUse));
    // HMAC takes no asymmetric name, and a secret without a name fits three algorithms.
    assert_eq!(reason(SigningKey::hmac(Algorithm::Es256, &[1; 32])), Some(Reason::AlgKeyMismatch));
    assert_eq!(
        reason(signing(&json!({"kty": "oct", "k": base64url::encode(b"0123456789abcdef-123456789abcdef")}))),
        Some(Reason::KeyMissingAlg)
    );
}

/// The command line says it aloud; what it says comes from here.
#[test]
fn row_81_a_secret_with_the_line_end_of_its_file() {
    let secret = b"f83ac1907be2d645e3b7a0924c16d8f5\n";
    let jwk = json!({"kty": "oct", "alg": "HS256", "kid": "a", "k": base64url::encode(secret)});
    let of_jwk = inspect::key(&Jwk::parse(jwk.to_string()).unwrap(), None);
    for found in [inspect::secret(secret, Algorithm::Hs256), of_jwk] {
        assert!(found.refusal.is_none() && found.weaknesses.contains(&Weakness::LineEnd));
    }
    assert!(!inspect::secret(&secret[..32], Algorithm::Hs256).weaknesses.contains(&Weakness::LineEnd));
}

#[test]
fn row_82_secrets_are_not_published() {
    let secret = Jwk::parse(key(Algorithm::Hs256).private_jwk().unwrap().as_bytes()).unwrap();
    assert_eq!(secret.to_json().unwrap_err().reason(), Reason::KeyWrongUse);
    assert_eq!(secret.public().unwrap_err().reason(), Reason::KeyWrongUse);
    assert_eq!(JwkSet::new([secret]).to_json().unwrap_err().reason(), Reason::KeyWrongUse);
    assert_eq!(key(Algorithm::Hs256).verifying_key().public_jwk().unwrap_err().reason(), Reason::KeyWrongUse);
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ed25519] {
        let whole = Jwk::parse(private(algorithm).to_string()).unwrap();
        assert_eq!(JwkSet::new([whole.clone()]).to_json().unwrap_err().reason(), Reason::KeyWrongUse);
        let published: Value = serde_json::from_str(&whole.to_json().unwrap()).unwrap();
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
            assert!(published.get(name).is_none(), "{algorithm} publishes {name}");
        }
        // No public form of the whole key differs from that of its public half.
        let half = whole.public().unwrap();
        assert!(!half.is_private());
        assert_eq!(whole.to_json().unwrap(), half.to_json().unwrap());
        assert_eq!(whole.to_pem().unwrap(), half.to_pem().unwrap());
        assert_eq!(whole.to_der().unwrap(), half.to_der().unwrap());
    }
}

#[test]
fn row_83_use_and_key_ops() {
    let verdicts = |members: Value| {
        let mut jwk = private(Algorithm::Es256);
        jwk.as_object_mut().unwrap().remove("use");
        for (name, value) in members.as_object().unwrap() {
            jwk[name] = value.clone();
        }
        (reason(signing(&jwk)), reason(verifying(&jwk)))
    };
    let no = Some(Reason::KeyWrongUse);
    for (members, wanted) in [
        (json!({}), (None, None)),
        (json!({"use": "sig"}), (None, None)),
        (json!({"use": "enc"}), (no, no)),
        (json!({"use": "SIG"}), (no, no)),
        (json!({"key_ops": ["sign"]}), (None, no)),
        (json!({"key_ops": ["verify"]}), (no, None)),
        (json!({"key_ops": ["sign", "verify"]}), (None, None)),
        (json!({"key_ops": ["sign, verify"]}), (no, no)),
        (json!({"key_ops": []}), (no, no)),
        (json!({"key_ops": ["encrypt", "deriveKey"]}), (no, no)),
        (json!({"use": "enc", "key_ops": ["sign", "verify"]}), (no, no)),
        (json!({"use": "sig", "key_ops": ["encrypt"]}), (no, no)),
    ] {
        assert_eq!(verdicts(members.clone()), wanted, "{members}");
    }
    let broken = Some(Reason::KeyMalformed);
    for members in [
        json!({"use": 1}),
        json!({"key_ops": "verify"}),
        json!({"key_ops": [1]}),
        json!({"key_ops": ["sign", "sign"]}),
        json!({"alg": 7}),
        json!({"kid": {}}),
    ] {
        assert_eq!(verdicts(members.clone()), (broken, broken), "{members}");
    }
    for alg in ["ES384", "RS256", "HS256"] {
        assert_eq!(
            verdicts(json!({ "alg": alg })),
            (Some(Reason::AlgKeyMismatch), Some(Reason::AlgKeyMismatch))
        );
    }
    for alg in ["A256GCM", "ECDH-ES", "ES521", "none", ""] {
        assert_eq!(
            verdicts(json!({ "alg": alg })),
            (Some(Reason::KeyUnsupported), Some(Reason::KeyUnsupported))
        );
    }
    // Where the caller names one, a registered name contradicts and an unregistered one is still no name.
    for (alg, wanted) in [
        ("A256GCM", Reason::AlgKeyMismatch),
        ("ES256K", Reason::AlgKeyMismatch),
        ("ES521", Reason::KeyUnsupported),
        ("none", Reason::KeyUnsupported),
    ] {
        let mut jwk = public(Algorithm::Es256);
        jwk["alg"] = alg.into();
        let jwk = Jwk::parse(jwk.to_string()).unwrap();
        assert_eq!(reason(VerifyingKey::from_jwk_with(&jwk, Algorithm::Es256)), Some(wanted), "{alg}");
    }
    // An RSA key that names none is the caller's to decide.
    let mut rsa = public(Algorithm::Rs256);
    rsa.as_object_mut().unwrap().remove("alg");
    assert_eq!(reason(verifying(&rsa)), Some(Reason::KeyMissingAlg));
    let jwk = Jwk::parse(rsa.to_string()).unwrap();
    assert_eq!(VerifyingKey::from_jwk_with(&jwk, Algorithm::Ps384).unwrap().algorithm(), Algorithm::Ps384);
    let set = JwkSet::parse(json!({ "keys": [rsa] }).to_string()).unwrap();
    assert_eq!(KeySet::from(&set).unusable()[0].error().reason(), Reason::KeyMissingAlg);
    assert_eq!(KeySet::assuming(&set, Algorithm::Rs256).keys()[0].algorithm(), Algorithm::Rs256);
}

/// Nothing that holds a private number shows one of them, or a piece of one, in `Debug` or in an error.
#[test]
fn no_private_number_shows() {
    for algorithm in [Algorithm::Hs256, Algorithm::Rs256, Algorithm::Es512, Algorithm::Ed25519] {
        let json = private(algorithm);
        let whole = Jwk::parse(json.to_string()).unwrap();
        let set = JwkSet::new([whole.clone()]);
        let key = signing(&json).unwrap();
        let mut shown = format!(
            "{whole:?}{whole:#?}{set:?}{key:?}{key:#?}{:?}{:?}{:?}{:?}{:?}",
            key.verifying_key(),
            key.private_jwk().unwrap(),
            whole.to_private_json(),
            KeySet::new([key.verifying_key()]),
            inspect::set(&set, None),
        );
        if algorithm != Algorithm::Hs256 {
            shown += &format!("{:?}{:?}", key.private_pem().unwrap(), key.private_der().unwrap());
        }
        for error in [set.to_json().map(drop), SigningKey::from_jwk_with(&whole, Algorithm::Es256).map(drop)]
        {
            shown += &error.unwrap_err().to_string();
        }
        for name in ["k", "d", "p", "q", "dp", "dq", "qi"] {
            let Some(number) = json[name].as_str() else { continue };
            let digits = base64url::decode(number).unwrap();
            let listed = format!("{:?}", &digits[..4]);
            assert!(
                !shown.contains(&number[..6]) && !shown.contains(listed.trim_matches(['[', ']'])),
                "{name}"
            );
        }
    }
}

#[test]
fn one_broken_key_does_not_sink_the_set() {
    let mut numeric_kid = public(Algorithm::Es256);
    numeric_kid["kid"] = 7.into();
    let elements = [
        public(Algorithm::Es384).to_string(),
        json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "pq"}).to_string(),
        numeric_kid.to_string(),
        json!({"kty": "RSA", "kid": "short", "alg": "RS256", "n": base64url::encode(&modulus(1024)), "e": "AQAB"}).to_string(),
        r#"{"kty":"EC","kty":"RSA","kid":"twice"}"#.into(),
        "17".into(),
        "null".into(),
        "{}".into(),
        public(Algorithm::Ed25519).to_string(),
    ];
    let set = JwkSet::parse(format!("{{\"keys\":[{}],\"extra\":1}}", elements.join(","))).unwrap();
    let keys = KeySet::from(&set);
    let usable: Vec<_> = keys.keys().iter().map(VerifyingKey::algorithm).collect();
    assert_eq!(usable, [Algorithm::Es384, Algorithm::Ed25519]);
    assert_eq!(keys.unusable().len(), 7);
    let token = |kid: &str| {
        format!("{}.e30.AAAA", base64url::encode(format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#).as_bytes()))
    };
    for (kid, reason) in
        [("pq", Reason::KeyUnsupported), ("short", Reason::KeyTooSmall), ("nobody", Reason::KeyUnknownKid)]
    {
        assert_eq!(jotgate_jose::jws::verify(&token(kid), &keys).unwrap_err().reason(), reason, "{kid}");
    }
    for broken in ["", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[}"#, r#"{"keys":[],"keys":[]}"#] {
        assert!(JwkSet::parse(broken).is_err(), "{broken}");
    }
    let many = format!("{{\"keys\":[{}]}}", vec!["{}"; 1001].join(","));
    assert_eq!(JwkSet::parse(many).unwrap_err().reason(), Reason::MalformedSize);
    assert_eq!(JwkSet::parse(" ".repeat((1 << 20) + 1)).unwrap_err().reason(), Reason::MalformedSize);
}
