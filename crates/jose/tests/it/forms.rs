//! Every form a key comes in, the damage that is mended, and the words for what is not taken.

use std::path::Path;

use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, Error, Jwk, Reason, SigningKey, VerifyingKey, jws};

fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/keys");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The bytes of the last block in the text.
fn der(pem: &str) -> Vec<u8> {
    let body = pem.rsplit_once("-----END ").unwrap().0.rsplit_once("-----\n").unwrap().1;
    let compact: String = body.split_whitespace().collect();
    base64url::decode(compact.trim_end_matches('=').replace('+', "-").replace('/', "_").as_str()).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64url::encode(der).replace('-', "+").replace('_', "/");
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    format!("-----BEGIN {label}-----\n{text}{padding}\n-----END {label}-----\n")
}

fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let mut out = vec![tag];
    match u8::try_from(contents.len()).unwrap_or(0xff) {
        short @ 0..0x80 => out.push(short),
        _ => {
            out.push(0x82);
            out.extend(u16::try_from(contents.len()).unwrap().to_be_bytes());
        }
    }
    if out.len() == 4 && out[2] == 0 {
        (out[1], out[2]) = (0x81, out[3]);
        out.pop();
    }
    out.extend(contents);
    out
}

fn thumbprint(pem: impl AsRef<[u8]>) -> String {
    Jwk::from_pem(pem.as_ref())
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(pem.as_ref())))
        .thumbprint()
}

const PRIVATE: [(&str, Algorithm); 9] = [
    ("rsa.pkcs8.pem", Algorithm::Rs256),
    ("rsa.pkcs1.pem", Algorithm::Rs256),
    ("p256.pkcs8.pem", Algorithm::Es256),
    ("p256.sec1.pem", Algorithm::Es256),
    ("p384.pkcs8.pem", Algorithm::Es384),
    ("p384.sec1.pem", Algorithm::Es384),
    ("p521.pkcs8.pem", Algorithm::Es512),
    ("p521.sec1.pem", Algorithm::Es512),
    ("ed25519.pkcs8.pem", Algorithm::Ed25519),
];

const PUBLIC: [(&str, Algorithm); 9] = [
    ("rsa.spki.pem", Algorithm::Rs256),
    ("rsa.public-pkcs1.pem", Algorithm::Rs256),
    ("rsa.cert.pem", Algorithm::Rs256),
    ("p256.spki.pem", Algorithm::Es256),
    ("p256.cert.pem", Algorithm::Es256),
    ("p384.spki.pem", Algorithm::Es384),
    ("p521.spki.pem", Algorithm::Es512),
    ("ed25519.spki.pem", Algorithm::Ed25519),
    ("ed25519.cert.pem", Algorithm::Ed25519),
];

#[test]
fn every_form_is_the_same_key() {
    for (private, algorithm) in PRIVATE {
        let text = file(private);
        let signer = SigningKey::from_pem(&text, algorithm).unwrap();
        let same = SigningKey::from_der(&der(&text), algorithm).unwrap();
        assert_eq!(signer.thumbprint(), same.thumbprint(), "{private}");
        let token = jws::sign(b"payload", &same, &jws::Extras::default()).unwrap();
        let mut forms = 0;
        for (public, _) in PUBLIC.iter().filter(|(_, its)| *its == algorithm) {
            let text = file(public);
            for key in
                [VerifyingKey::from_pem(&text, algorithm), VerifyingKey::from_der(&der(&text), algorithm)]
            {
                let key = key.unwrap();
                assert_eq!(key.thumbprint(), signer.thumbprint(), "{private} {public}");
                jws::verify(&token, &key.into()).unwrap();
                forms += 1;
            }
            // What holds only the public half signs nothing.
            let error = SigningKey::from_pem(&text, algorithm).unwrap_err();
            assert_eq!(error.reason(), Reason::KeyWrongUse, "{error}");
            assert_eq!(error.received(), Some("a public key"));
            assert!(error.hint().unwrap().contains("PRIVATE KEY"), "{error}");
        }
        assert!(forms >= 2);
        // The private file verifies too, by its public half.
        jws::verify(&token, &VerifyingKey::from_pem(file(private), algorithm).unwrap().into()).unwrap();
    }
}

/// What is written is what OpenSSL writes, byte for byte.
#[test]
fn exports_are_those_of_openssl() {
    for (name, algorithm) in [
        ("rsa", Algorithm::Rs256),
        ("p256", Algorithm::Es256),
        ("p384", Algorithm::Es384),
        ("p521", Algorithm::Es512),
        ("ed25519", Algorithm::Ed25519),
    ] {
        let (private, public) = (file(&format!("{name}.pkcs8.pem")), file(&format!("{name}.spki.pem")));
        let key = SigningKey::from_pem(&private, algorithm).unwrap();
        assert_eq!(*key.private_pem().unwrap(), *private, "{name}");
        assert_eq!(*key.private_der().unwrap(), *der(&private), "{name}");
        for jwk in
            [key.public_jwk().unwrap(), Jwk::from_pem(&private).unwrap(), Jwk::from_pem(&public).unwrap()]
        {
            assert_eq!(jwk.to_pem().unwrap(), public, "{name}");
            assert_eq!(jwk.to_der().unwrap(), der(&public), "{name}");
        }
        // Through JSON and back, and with the leading zeros some libraries write.
        let json = Jwk::from_pem(&private).unwrap().to_private_json();
        let mut padded: serde_json::Value = serde_json::from_str(&json).unwrap();
        if name == "rsa" {
            for number in ["d", "p", "q", "dp", "dq", "qi"] {
                let digits = base64url::decode(padded[number].as_str().unwrap()).unwrap();
                padded[number] = base64url::encode(&[&[0; 3], digits.as_slice()].concat()).into();
            }
        }
        for json in [json.to_string(), padded.to_string()] {
            assert_eq!(*Jwk::parse(json).unwrap().to_private_pem().unwrap(), *private, "{name}");
        }
        // The public half has no private form.
        let public = Jwk::from_pem(&public).unwrap();
        assert_eq!(public.to_private_pem().unwrap_err().reason(), Reason::KeyWrongUse);
        assert_eq!(public.to_private_der().unwrap_err().reason(), Reason::KeyWrongUse);
        assert!(!public.to_private_json().contains("\"d\""));
    }
    let secret = SigningKey::generate(Algorithm::Hs256).unwrap();
    assert_eq!(secret.private_pem().unwrap_err().reason(), Reason::KeyWrongUse);
    assert_eq!(secret.private_der().unwrap_err().reason(), Reason::KeyWrongUse);
    let secret = Jwk::parse(secret.private_jwk().unwrap()).unwrap();
    assert_eq!(secret.to_pem().unwrap_err().reason(), Reason::KeyWrongUse);
    assert_eq!(secret.to_der().unwrap_err().reason(), Reason::KeyWrongUse);
}

#[test]
fn rsa_keys_of_every_size_are_made() {
    for (algorithm, bits) in [(Algorithm::Rs256, 2048), (Algorithm::Ps384, 3072), (Algorithm::Rs512, 4096)] {
        let key = SigningKey::generate_rsa(algorithm, bits).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        let jwk = key.public_jwk().unwrap();
        assert_eq!(jwk.description(), format!("an RSA key of {bits} bits"));
        assert_eq!(
            jwk.thumbprint_uri(),
            format!("urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}", key.thumbprint())
        );
        let token = jws::sign(b"payload", &key, &jws::Extras::default()).unwrap();
        jws::verify(&token, &key.verifying_key().into()).unwrap();
    }
    for bits in [0, 1024, 2047, 2049, 8192, usize::MAX] {
        assert_eq!(
            SigningKey::generate_rsa(Algorithm::Rs256, bits).unwrap_err().reason(),
            Reason::KeyUnsupported
        );
    }
    for algorithm in [Algorithm::Es256, Algorithm::Hs256, Algorithm::Ed25519] {
        assert_eq!(SigningKey::generate_rsa(algorithm, 2048).unwrap_err().reason(), Reason::AlgKeyMismatch);
    }
}

/// RFC 7517 section 4.7: the first certificate is of the key, and in padded base64.
#[test]
fn a_certificate_in_a_jwk_is_of_its_key() {
    let jwk = |name: &str, x5c: serde_json::Value| {
        let json = Jwk::from_pem(file(name)).unwrap().to_json().unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&json).unwrap();
        json["x5c"] = x5c;
        Jwk::parse(json.to_string()).map(|jwk| jwk.thumbprint()).map_err(|error| error.reason())
    };
    let base64 = |name: &str| file(name).lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let (own, other) = (base64("p256.cert.pem"), base64("rsa.cert.pem"));
    assert_eq!(jwk("p256.spki.pem", serde_json::json!([own])), Ok(thumbprint(file("p256.spki.pem"))));
    assert!(jwk("p256.spki.pem", serde_json::json!([own, other, "anything"])).is_ok());
    for wrong in [
        serde_json::json!([other]),
        serde_json::json!([other, own]),
        serde_json::json!([]),
        serde_json::json!([17]),
        serde_json::json!(own),
        serde_json::json!(null),
        serde_json::json!([""]),
        serde_json::json!(["AAAA"]),
        serde_json::json!([base64url::encode(&der(&file("p256.cert.pem")))]),
        serde_json::json!([base64("p256.spki.pem")]),
    ] {
        assert_eq!(jwk("p256.spki.pem", wrong.clone()), Err(Reason::KeyMalformed), "{wrong}");
    }
}

/// RFC 5958: version 1 carries the public key, as the RFC writes it and as ring wrote it.
#[test]
fn pkcs8_with_the_public_key_in_it() {
    for name in ["ed25519", "p256", "rsa"] {
        let private = der(&file(&format!("{name}.pkcs8.pem")));
        let spki = der(&file(&format!("{name}.spki.pem")));
        let header = if private[1] == 0x82 {
            4
        } else if private[1] == 0x81 {
            3
        } else {
            2
        };
        let mut members = private[header..].to_vec();
        assert_eq!(members[..3], [2, 1, 0]);
        members[2] = 1;
        let public_len = if name == "ed25519" {
            32
        } else if name == "p256" {
            65
        } else {
            270
        };
        let public = &spki[spki.len() - public_len..];
        let attributes = element(0xa0, &[]);
        let implicit = element(0x81, &[&[0], public]);
        let explicit = element(0xa1, &[&element(0x03, &[&[0], public])]);
        for extra in [implicit.clone(), explicit, [attributes, implicit.clone()].concat()] {
            let document = element(0x30, &[&members, &extra]);
            let read = Jwk::from_der(&document).unwrap();
            assert!(read.is_private());
            assert_eq!(read.thumbprint(), Jwk::from_der(&spki).unwrap().thumbprint());
        }
        // Another key's public half, one that does not read, and one too many.
        let mut other = implicit.clone();
        *other.last_mut().unwrap() ^= 1;
        let unread = element(0x81, &[&[1], public]);
        for extra in [other, unread, [implicit.clone(), implicit.clone()].concat(), element(0x04, &[&[0]])] {
            let error = Jwk::from_der(&element(0x30, &[&members, &extra])).unwrap_err();
            assert_eq!(error.reason(), Reason::KeyMalformed, "{error}");
        }
        // Version 0 knows no public key, and there is no version 2.
        for version in [0, 2] {
            members[2] = version;
            assert!(Jwk::from_der(&element(0x30, &[&members, &implicit])).is_err());
        }
    }
}

/// Java and others name the curve inside too; both must agree.
#[test]
fn pkcs8_that_names_its_curve_twice() {
    let sec1 = der(&file("p256.sec1.pem"));
    let document = |curve: &[u8]| {
        let algorithm = element(0x30, &[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], curve]);
        element(0x30, &[&[2, 1, 0], &algorithm, &element(4, &[&sec1])])
    };
    let read = Jwk::from_der(&document(&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7])).unwrap();
    assert_eq!(read.thumbprint(), thumbprint(file("p256.sec1.pem")));
    for other in [&[6, 5, 0x2b, 0x81, 4, 0, 0x22][..], &[5, 0], &[]] {
        assert_eq!(Jwk::from_der(&document(other)).unwrap_err().reason(), Reason::KeyMalformed);
    }
}

/// One changed byte anywhere: another key or none, and never a pair whose halves differ.
#[test]
fn a_changed_byte_never_makes_a_broken_pair() {
    for (name, algorithm) in [
        ("p256.pkcs8.pem", Algorithm::Es256),
        ("p256.sec1.pem", Algorithm::Es256),
        ("ed25519.pkcs8.pem", Algorithm::Ed25519),
    ] {
        let whole = der(&file(name));
        for at in 0..whole.len() {
            for flip in [1, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] ^= flip;
                let Ok(key) = SigningKey::from_der(&changed, algorithm) else { continue };
                let token = jws::sign(b"payload", &key, &jws::Extras::default()).unwrap();
                jws::verify(&token, &key.verifying_key().into()).unwrap();
            }
        }
    }
}

/// Every way a file or a variable is damaged that says nothing about the key.
#[test]
fn damage_that_is_mended() {
    for name in [
        "rsa.pkcs8.pem",
        "rsa.pkcs1.pem",
        "p256.sec1.pem",
        "p521.pkcs8.pem",
        "ed25519.spki.pem",
        "rsa.cert.pem",
        "p256.bag.pem",
    ] {
        let text = file(name);
        let wanted = thumbprint(&text);
        let escaped = text.replace('\n', "\\n");
        let twice = text.replace('\n', "\\\\n");
        let one_line = text.replace('\n', " ");
        let wrapped = |url: bool| {
            let text = base64url::encode(text.as_bytes());
            if url { text } else { text.replace('-', "+").replace('_', "/") }
        };
        let mut variants = vec![
            escaped.clone(),
            twice,
            text.replace('\n', "\\r\\n"),
            text.replace('/', "\\/").replace('\n', "\\n"),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r"),
            text.replace('\n', "\n\n"),
            text.replace('\n', " \t\n"),
            format!("\u{feff}{text}"),
            format!("\n\n  {text}  \n\n"),
            format!("\"{text}\""),
            format!("'{escaped}'"),
            format!("\"'{escaped}'\"\n"),
            format!("`{escaped}`"),
            text.trim_end().to_owned(),
            wrapped(true),
            wrapped(false),
            format!("{}==\n", wrapped(false)),
            wrapped(false).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line) + "\n").collect(),
            format!("\"{}\"", wrapped(true)),
            format!("Here is the key you asked for:\n{text}\nBye"),
        ];
        // Headers and remarks need their lines.
        if name != "p256.bag.pem" {
            variants.extend([one_line, text.replace('\n', ""), text.replace('\n', "\u{a0}\u{200b}")]);
        }
        let (first, rest) = text.rsplit_once("-----BEGIN ").unwrap();
        let (label, body) = rest.split_once('\n').unwrap();
        variants.push(format!("{first}-----BEGIN {label}\nComment: made by hand\nX-Two: y\n\n{body}"));
        for damaged in variants {
            assert_eq!(thumbprint(&damaged), wanted, "{name}: {damaged}");
        }
        if name != "p256.bag.pem" {
            // The base64 alone, as consoles show it; with and without line ends and padding.
            let bare = pem("X", &der(&text)).lines().nth(1).unwrap().to_owned();
            assert_eq!(thumbprint(&bare), wanted);
            assert_eq!(thumbprint(bare.trim_end_matches('=')), wanted);
            assert_eq!(thumbprint(bare.replace('+', "-").replace('/', "_")), wanted);
        }
    }
}

/// No repair changes the key: whatever is taken after one character went wrong is a key with other numbers, or none.
#[test]
fn a_repair_never_makes_up_a_key() {
    let text = file("p256.spki.pem");
    let wanted = thumbprint(&text);
    let start = text.find('\n').unwrap() + 1;
    let end = text.rfind("\n-----END").unwrap();
    for at in start..end {
        if text.as_bytes()[at] == b'\n' {
            continue;
        }
        let mut damaged = text.clone();
        if damaged.remove(at) == '=' {
            assert_eq!(thumbprint(&damaged), wanted, "padding says nothing");
        } else {
            assert_eq!(refusal(&damaged).reason(), Reason::KeyMalformed, "{damaged}");
        }
        let mut damaged = text.clone().into_bytes();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        // Nearly always not a point of the curve; never the same key.
        if let Ok(key) = VerifyingKey::from_pem(&damaged, Algorithm::Es256) {
            assert_ne!(key.thumbprint(), wanted);
        }
        for junk in ["-", "!", ".", "\\x", "é"] {
            let mut damaged = text.clone();
            damaged.insert_str(at, junk);
            assert!(Jwk::from_pem(&damaged).is_err(), "{damaged}");
        }
    }
}

fn refusal(pem: impl AsRef<[u8]>) -> Error {
    let text = String::from_utf8_lossy(pem.as_ref()).into_owned();
    match Jwk::from_pem(pem) {
        Ok(jwk) => panic!("{} is taken from {text}", jwk.description()),
        Err(error) => error,
    }
}

/// What was found, what is wanted, and the command that mends it.
#[test]
fn what_is_not_taken_is_named() {
    for (name, found, mend) in [
        ("secp256k1.pem", "secp256k1", ""),
        ("secp256k1-sec1.pem", "secp256k1", ""),
        ("brainpool.pem", "brainpoolP256r1", ""),
        ("explicit.pem", "explicit parameters", "openssl ec -in key.pem -param_enc named_curve"),
        ("compressed.pem", "compressed", "-conv_form uncompressed"),
        ("ed448.pem", "an Ed448 key", ""),
        ("x25519.pem", "an X25519 key", "an Ed25519 key does"),
        ("x448.pem", "an X448 key", "an Ed25519 key does"),
        ("dsa.pem", "a DSA key", ""),
        ("dsa-private.pem", "DSA PRIVATE KEY", "jotgate key generate"),
        ("dh.pem", "a Diffie-Hellman key", ""),
        ("rsa-pss.pem", "an RSASSA-PSS key", "jotgate key generate PS256"),
        ("encrypted.pem", "ENCRYPTED PRIVATE KEY", "openssl pkcs8 -in key.pem"),
        ("proc-type.pem", "passphrase", "openssl pkey -in key.pem"),
        ("openssh.pem", "OPENSSH PRIVATE KEY", "ssh-keygen -p"),
        ("request.pem", "CERTIFICATE REQUEST", "openssl req -in request.pem -noout -pubkey"),
        ("pkcs7.pem", "PKCS7", "openssl pkcs7"),
        ("pkcs12.base64", "a PKCS#12 file", "openssl pkcs12"),
    ] {
        let error = refusal(file(&format!("refused.{name}")));
        assert_eq!(error.reason(), Reason::KeyUnsupported, "{name}: {error}");
        assert!(error.to_string().contains(found), "{name}: {error}");
        assert!(error.expected().is_some(), "{name}: {error}");
        assert!(error.hint().unwrap_or_default().contains(mend), "{name}: {error}");
    }
    for (text, found, mend) in [
        (file("refused.ssh-public.txt"), "an OpenSSH public key", "ssh-keygen -e -m PKCS8"),
        (file("refused.ssh2.txt"), "an SSH2 public key", "ssh-keygen -i"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none".into(), "a PuTTY key", "puttygen"),
        (r#"{"kty":"EC"}"#.into(), "JSON", "JWK"),
        (r#"{"keys":[]}"#.into(), "JSON", "JWK Set"),
        (r#"{"type":"service_account","private_key":"..."}"#.into(), "JSON", "member `private_key`"),
        ("<RSAKeyValue><Modulus>AA".into(), "XML", "ExportPkcs8PrivateKeyPem"),
        (" \n".into(), "nothing", "empty"),
        ("---- BEGIN PUBLIC KEY ----\nMIIB".into(), "a broken BEGIN line", "five dashes"),
        ("hunter2!".into(), "other text", "-----BEGIN"),
    ] {
        let error = refusal(&text);
        assert_eq!(error.reason(), Reason::KeyMalformed, "{error}");
        assert!(error.received().unwrap().contains(found), "{error}");
        assert!(error.hint().unwrap().contains(mend), "{error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let error = refusal(b"\xff\xfe-\0-\0");
    assert_eq!(error.received(), Some("UTF-16"));
    assert_eq!(refusal(der(&file("rsa.pkcs8.pem"))).received(), Some("DER"));
    for label in ["PGP PRIVATE KEY BLOCK", "PGP PUBLIC KEY BLOCK"] {
        assert!(refusal(pem(label, b"x")).hint().unwrap().contains("OpenPGP"));
    }
    assert_eq!(refusal(pem("EC PARAMETERS", b"x")).reason(), Reason::KeyUnsupported);
    assert_eq!(refusal(vec![b'A'; 256 * 1024 + 1]).reason(), Reason::MalformedSize);
    assert_eq!(refusal(pem("CERTIFICATE", b"x").repeat(65)).reason(), Reason::MalformedSize);
}

#[test]
fn a_key_cut_short_or_with_something_behind_it_is_named() {
    for name in ["rsa.pkcs8.pem", "rsa.pkcs1.pem", "p256.spki.pem", "ed25519.cert.pem"] {
        let text = file(name);
        let lines: Vec<_> = text.lines().collect();
        let without_end = lines[..lines.len() - 1].join("\n");
        assert!(refusal(&without_end).to_string().contains("END line is missing"));
        let label = lines[0].trim_start_matches("-----BEGIN ").trim_end_matches("-----");
        let whole = der(&text);
        for len in [1, 5, whole.len() / 2, whole.len() - 1] {
            let error = refusal(pem(label, &whole[..len]));
            assert_eq!(error.reason(), Reason::KeyMalformed);
            assert!(len < 5 || error.to_string().contains("cut short"), "{len}: {error}");
            assert_eq!(Jwk::from_der(&whole[..len]).unwrap_err().reason(), Reason::KeyMalformed);
        }
        let longer = [whole.as_slice(), &[0]].concat();
        assert!(refusal(pem(label, &longer)).to_string().contains("stands behind"));
        assert!(Jwk::from_der(&longer).unwrap_err().to_string().contains("stands behind"));
        // Two blocks run together.
        let merged = text.replace(&format!("-----END {label}-----\n"), "") + &text;
        assert!(refusal(merged).to_string().contains("END line is missing"));
    }
    let text = file("p256.spki.pem");
    for broken in
        [text.replace("END PUBLIC", "END PRIVATE"), text.replace("END PUBLIC KEY-----", "END PUBLIC KEY---")]
    {
        assert!(refusal(broken).to_string().contains("END line"));
    }
    assert!(
        refusal(text.replace("BEGIN PUBLIC KEY-----", "BEGIN PUBLIC KEY--"))
            .to_string()
            .contains("BEGIN line")
    );
}

#[test]
fn a_label_that_is_not_of_its_contents_is_named() {
    for (name, label, found) in [
        ("rsa.pkcs1.pem", "PRIVATE KEY", "an RSA private key (PKCS#1)"),
        ("rsa.pkcs8.pem", "RSA PRIVATE KEY", "a private key (PKCS#8)"),
        ("p256.sec1.pem", "PRIVATE KEY", "an EC private key (SEC 1)"),
        ("p256.pkcs8.pem", "EC PRIVATE KEY", "a private key (PKCS#8)"),
        ("p256.pkcs8.pem", "PUBLIC KEY", "a private key (PKCS#8)"),
        ("rsa.spki.pem", "RSA PUBLIC KEY", "a public key (SPKI)"),
        ("rsa.public-pkcs1.pem", "PUBLIC KEY", "an RSA public key (PKCS#1)"),
        ("rsa.cert.pem", "PUBLIC KEY", "a certificate"),
        ("rsa.spki.pem", "CERTIFICATE", "a public key (SPKI)"),
        ("refused.request.pem", "CERTIFICATE", "a certificate request"),
        ("refused.encrypted.pem", "PRIVATE KEY", "an encrypted private key (PKCS#8)"),
    ] {
        let error = refusal(pem(label, &der(&file(name))));
        assert_eq!(error.reason(), Reason::KeyMalformed, "{error}");
        assert_eq!(error.received(), Some(found), "{name} as {label}");
        assert!(error.expected().is_some() && error.hint().unwrap().contains("openssl"), "{error}");
    }
}

#[test]
fn several_blocks() {
    let (key, cert) = (file("p256.pkcs8.pem"), file("p256.cert.pem"));
    let (other_key, other_cert) = (file("ed25519.pkcs8.pem"), file("rsa.cert.pem"));
    // A chain begins with the certificate of the key.
    assert_eq!(thumbprint(cert.clone() + &other_cert), thumbprint(&cert));
    assert_eq!(thumbprint(other_cert.clone() + &cert), thumbprint(&other_cert));
    // A key beside its certificate is the key.
    for text in [key.clone() + &cert, cert.clone() + &key, key.clone() + &cert + &other_cert] {
        let jwk = Jwk::from_pem(&text).unwrap();
        assert!(jwk.is_private());
        assert_eq!(jwk.thumbprint(), thumbprint(&key));
    }
    assert!(refusal(key.clone() + &other_cert).to_string().contains("do not belong together"));
    assert!(refusal(key.clone() + &other_cert + &cert).to_string().contains("do not belong together"));
    for text in [key.clone() + &other_key, key.clone() + &key, key + &file("p256.spki.pem")] {
        assert!(refusal(text).to_string().contains("more than one key"));
    }
}

/// Short forms of lengths, other tags, more members, parameters that do not belong: each makes another document.
#[test]
fn der_is_read_strictly() {
    let spki = der(&file("ed25519.spki.pem"));
    let algorithm = &spki[2..9];
    let bits = &spki[9..];
    let good = element(0x30, &[algorithm, bits]);
    assert_eq!(good, spki);
    let null = element(0x30, &[&algorithm[2..], &[5, 0]]);
    for broken in [
        element(0x30, &[algorithm, bits, &[5, 0]]),
        element(0x30, &[&null, bits]),
        element(0x30, &[bits, algorithm]),
        element(0x31, &[algorithm, bits]),
        [&[0x30, 0x81, 0x2a][..], &spki[2..]].concat(),
        [&[0x30, 0x82, 0x00, 0x2a][..], &spki[2..]].concat(),
        [&[0x30, 0x80][..], &spki[2..], &[0, 0]].concat(),
        element(0x30, &[algorithm, &element(3, &[&[1], &bits[3..]])]),
        element(0x30, &[algorithm, &element(3, &[])]),
        element(0x30, &[]),
        vec![],
    ] {
        assert_eq!(Jwk::from_der(&broken).unwrap_err().reason(), Reason::KeyMalformed, "{broken:02x?}");
    }
    // Numbers with leading zeros or a sign.
    for n in [&[0, 0x7f][..], &[0x80], &[0], &[]] {
        let document = element(0x30, &[&element(2, &[n]), &[2, 3, 1, 0, 1]]);
        assert_eq!(Jwk::from_der(&document).unwrap_err().reason(), Reason::KeyMalformed, "{n:?}");
    }
    // A certificate with a member too many, with two names for its algorithm, or without its signature.
    let cert = der(&file("ed25519.cert.pem"));
    for at in 0..cert.len() {
        let _ = Jwk::from_der(&cert[..at]);
        let mut changed = cert.clone();
        changed[at] ^= 1;
        let _ = Jwk::from_der(&changed);
    }
    let tail = 7 + 67;
    let signed_with = cert.len() - tail;
    assert_eq!(cert[signed_with..signed_with + 2], [0x30, 5]);
    let mut two_names = cert.clone();
    two_names[signed_with + 6] ^= 1;
    assert_eq!(Jwk::from_der(&two_names).unwrap_err().reason(), Reason::KeyMalformed);
}

/// A private number shorter than its curve, as Java wrote it, is the same number; a longer one is refused.
#[test]
fn ec_private_numbers_without_leading_zeros() {
    let mut d = [0; 32];
    d[31] = 9;
    let curve = element(0xa0, &[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]]);
    let document = |d: &[u8]| element(0x30, &[&[2, 1, 1], &element(4, &[d]), &curve]);
    let whole = SigningKey::from_der(&document(&d), Algorithm::Es256).unwrap();
    let short = SigningKey::from_der(&document(&[9]), Algorithm::Es256).unwrap();
    assert_eq!(whole.thumbprint(), short.thumbprint());
    for wrong in [&[][..], &[0; 32], &[0xff; 32], &[[0].as_slice(), &d].concat()] {
        assert_eq!(Jwk::from_der(&document(wrong)).unwrap_err().reason(), Reason::KeyMalformed);
    }
    let nameless = element(0x30, &[&[2, 1, 1], &element(4, &[&d])]);
    assert!(Jwk::from_der(&nameless).unwrap_err().to_string().contains("names no curve"));
}

/// Rows 6 to 9: what everybody can have is no secret, in whatever wrapping.
#[test]
fn no_form_of_a_key_is_a_secret() {
    for name in [
        "rsa.spki.pem",
        "rsa.public-pkcs1.pem",
        "rsa.cert.pem",
        "p256.spki.pem",
        "ed25519.spki.pem",
        "rsa.pkcs1.pem",
    ] {
        let text = file(name);
        let bytes = der(&text);
        let bare = pem("X", &bytes).lines().nth(1).unwrap().to_owned();
        let jwk = Jwk::from_pem(&text).unwrap().to_json().unwrap();
        for secret in [
            text.clone().into_bytes(),
            text.trim_end().as_bytes().to_vec(),
            text.replace('\n', "\r\n").into_bytes(),
            text.replace('\n', "\\n").into_bytes(),
            format!("  {text}").into_bytes(),
            base64url::encode(text.as_bytes()).into_bytes(),
            bytes.clone(),
            bare.clone().into_bytes(),
            bare.replace('+', "-").replace('/', "_").into_bytes(),
            jwk.clone().into_bytes(),
            format!("{{\"keys\":[{jwk}]}}").into_bytes(),
        ] {
            let error = SigningKey::hmac(Algorithm::Hs256, &secret).unwrap_err();
            assert_eq!(error.reason(), Reason::KeyWrongUse, "{name}: {}", String::from_utf8_lossy(&secret));
        }
    }
}
