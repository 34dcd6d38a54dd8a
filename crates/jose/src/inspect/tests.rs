use super::*;

const OCT: &str = "-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE";
const EC: &str = r#""kty":"EC","crv":"P-256","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY","y":"UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw""#;
const OKP: &str = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;

fn found(members: &str, alg: Option<&str>) -> Inspection {
    key(&Jwk::parse(format!("{{{members}}}")).unwrap(), alg)
}

fn reason(members: &str, alg: Option<&str>) -> Option<Reason> {
    found(members, alg).refusal.map(|error| error.reason())
}

#[test]
fn keys_for_encryption_are_judged_as_such() {
    let oct = format!(r#""kty":"oct","k":"{OCT}""#);
    for (members, purpose) in [
        (format!(r#"{oct},"alg":"A256GCM","use":"enc""#), Purpose::Encryption),
        (format!(r#"{oct},"alg":"A256KW""#), Purpose::Encryption),
        (format!(r#"{oct},"alg":"dir""#), Purpose::Encryption),
        (format!(r#"{oct},"alg":"PBES2-HS256+A128KW""#), Purpose::Encryption),
        (format!(r#"{oct},"use":"enc""#), Purpose::Encryption),
        (format!(r#"{oct},"key_ops":["wrapKey","unwrapKey"]"#), Purpose::Encryption),
        (format!(r#"{EC},"alg":"ECDH-ES","use":"enc""#), Purpose::Encryption),
        (format!(r#"{EC},"use":"enc""#), Purpose::Encryption),
        (format!(r#"{oct},"alg":"HS256""#), Purpose::Signatures),
        (oct.clone(), Purpose::Signatures),
        (EC.to_owned(), Purpose::Signatures),
    ] {
        let found = found(&members, None);
        assert!(found.refusal.is_none(), "{members}: {:?}", found.refusal);
        assert_eq!(found.purpose, purpose, "{members}");
    }
    for (members, wanted) in [
        (format!(r#"{oct},"alg":"A256GCM","use":"sig""#), Reason::KeyWrongUse),
        (format!(r#"{oct},"alg":"A256GCM","key_ops":["sign"]"#), Reason::KeyWrongUse),
        (format!(r#"{oct},"alg":"A128KW""#), Reason::KeyMalformed),
        (format!(r#"{oct},"alg":"A256CBC-HS512""#), Reason::KeyTooSmall),
        (format!(r#"{oct},"alg":"RSA-OAEP""#), Reason::AlgKeyMismatch),
        (format!(r#"{oct},"alg":"A256GCM2""#), Reason::KeyUnsupported),
        (format!(r#"{EC},"alg":"A256KW""#), Reason::AlgKeyMismatch),
        (format!(r#"{EC},"alg":"RSA1_5""#), Reason::KeyUnsupported),
        (format!(r#"{EC},"alg":"ES256","use":"enc""#), Reason::KeyWrongUse),
        (format!(r#"{EC},"alg":"ES521""#), Reason::KeyUnsupported),
        (format!(r#"{OKP},"use":"enc""#), Reason::KeyWrongUse),
        (format!(r#"{OKP},"alg":"ECDH-ES""#), Reason::AlgKeyMismatch),
        (r#""kty":"oct","k":"","alg":"dir""#.to_owned(), Reason::KeyTooSmall),
        (r#""kty":"oct","k":"","alg":"PBES2-HS256+A128KW""#.to_owned(), Reason::AlgKeyMismatch),
    ] {
        assert_eq!(reason(&members, None), Some(wanted), "{members}");
    }
}

#[test]
fn the_callers_algorithm_must_agree() {
    assert_eq!(reason(EC, Some("ES256")), None);
    assert_eq!(reason(EC, Some("ECDH-ES")), None);
    assert_eq!(reason(EC, Some("ES384")), Some(Reason::AlgKeyMismatch));
    assert_eq!(reason(EC, Some("ES521")), Some(Reason::AlgUnknown));
    assert_eq!(
        reason(&format!(r#"{EC},"alg":"ECDH-ES""#), Some("ECDH-ES+A128KW")),
        Some(Reason::AlgKeyMismatch)
    );
    assert_eq!(reason(&format!(r#"{EC},"alg":"ECDH-ES""#), Some("ES256")), Some(Reason::AlgKeyMismatch));
    assert_eq!(reason(&format!(r#"{EC},"alg":"ES256""#), Some("ECDH-ES")), Some(Reason::AlgKeyMismatch));
}

#[test]
fn weaknesses_are_found() {
    let names = |members: &str| -> Vec<_> {
        found(members, None).weaknesses.iter().map(|weakness| weakness.name()).collect()
    };
    assert_eq!(names(&format!(r#"{EC},"kid":"a""#)), [""; 0]);
    assert_eq!(names(EC), ["no_kid"]);
    assert_eq!(names(&format!(r#"{OKP},"kid":"a","alg":"EdDSA""#)), ["old_name"]);
    assert_eq!(names(&format!(r#""kty":"oct","k":"{OCT}""#)), ["no_alg", "no_kid", "private"]);
    // Two secrets in a file's last line; the same word five times; only three letters.
    let of = |secret: &[u8]| of_secret(secret).map(Weakness::name).collect::<Vec<_>>();
    assert_eq!(of(b"f83ac1907be2d645e3b7a0924c16d8f5\n"), ["line_end"]);
    assert_eq!(of(b"kT9#kT9#kT9#kT9#kT9#kT9#kT9#kT9#"), ["repeats"]);
    assert_eq!(of(b"aabcbacbabcabbcaabcbacbaccabcaab"), ["few_bytes"]);
    assert_eq!(of(b""), [""; 0]);
    for weakness in [Weakness::Repeats(4), Weakness::FewBytes(3), Weakness::SharedKid, Weakness::OldName] {
        assert!(weakness.to_string().len() > 10);
    }
}

#[test]
fn no_thumbprint_from_which_a_secret_could_be_guessed() {
    let has = |members: &str| found(members, None).thumbprint.is_some();
    assert!(has(EC) && has(&format!(r#""kty":"oct","k":"{OCT}","alg":"HS256""#)));
    assert!(!has(r#""kty":"oct","k":"c2hvcnQ","alg":"HS256""#));
    assert!(!has(r#""kty":"oct","k":"a1Q5I2tUOSNrVDkja1Q5I2tUOSNrVDkja1Q5I2tUOSM","alg":"HS256""#));
}

#[test]
fn sets_in_which_no_key_can_be_chosen() {
    let set_of = |keys: &[String]| {
        let keys: Vec<_> = keys.iter().map(|members| format!("{{{members}}}")).collect();
        set(&JwkSet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(","))).unwrap(), None)
    };
    let oct = |kid: &str, k: &str| format!(r#""kty":"oct","alg":"HS256","kid":"{kid}","k":"{k}""#);
    let other = "-xbuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE";
    let ec = |more: &str| format!("{EC}{more}");
    for (keys, wanted) in [
        (vec![oct("a", OCT), oct("b", other)], None),
        (vec![oct("a", OCT), oct("a", OCT)], None),
        (vec![oct("a", OCT), oct("a", other)], Some(Reason::KeyAmbiguous)),
        (vec![oct("a", OCT), oct("a", other).replace("HS256", "HS384")], Some(Reason::KeyAmbiguous)),
        (vec![oct("a", OCT), oct("a", other).replace("HS256", "A256KW")], None),
        (vec![oct("a", OCT), ec("")], Some(Reason::KeyAmbiguous)),
        // An encryption key beside a secret for signatures is no choice of signature keys.
        (vec![oct("a", OCT), ec(r#","use":"enc""#)], None),
        (vec![ec(r#","kid":"a""#), format!(r#"{OKP},"kid":"a""#)], None),
        (vec![ec(r#","kid":"a","alg":"ES256","use":"enc""#), oct("a", OCT)], None),
    ] {
        let found = set_of(&keys);
        assert_eq!(found.refusal.map(|error| error.reason()), wanted, "{keys:?}");
        assert_eq!(found.keys.len(), 2);
        let shared = found.keys.iter().filter(|key| key.weaknesses.contains(&Weakness::SharedKid)).count();
        assert_eq!(
            shared,
            if keys.iter().all(|key| key.contains(r#""kid":"a""#)) { 2 } else { 0 },
            "{keys:?}"
        );
    }
    let with_broken = set_of(&[ec(""), r#""kty":"XX","kid":"strange""#.to_owned()]);
    assert_eq!(with_broken.keys[1].kid.as_deref(), Some("strange"));
    assert!(with_broken.keys[1].refusal.is_some() && with_broken.keys[1].kind.is_none());
}
