//! Rows 28 to 39: how the bytes are written.

use jotgate_jose::{Algorithm, KeySet, Reason, jwt};
use serde_json::{Value, json};

use crate::support::{
    HEADER, NOW, claims, flattened, forge, forge_json, forged_keys, judge, judge_json, key, keys, policy,
    verdict, verdict_raw, verify,
};

fn good() -> String {
    forge(HEADER, claims().to_string())
}

/// The token with one segment replaced.
fn with_segment(token: &str, at: usize, segment: &str) -> String {
    let mut segments: Vec<_> = token.split('.').collect();
    segments[at] = segment;
    segments.join(".")
}

/// Every refusal of a token changed in this way, in any segment.
fn refused_everywhere(change: impl Fn(&str) -> String) {
    for at in 0..3 {
        let token = good();
        let changed = with_segment(&token, at, &change(token.split('.').nth(at).unwrap()));
        assert_ne!(changed, token);
        let reason = judge(&changed, &forged_keys()).unwrap_err();
        // A payload is decoded only once its signature was found good, which no change of its text leaves so.
        let wanted = if at == 1 { Reason::SignatureInvalid } else { Reason::MalformedBase64 };
        assert_eq!(reason, wanted, "{changed}");
    }
}

/// The same in a payload under a good signature: such a signer exists only in tests, but the payload must not count.
fn refused_under_a_signature(payloads: &[&str]) {
    for payload in payloads {
        let member = forge_json(HEADER, payload);
        let part = |name: &str| member[name].as_str().unwrap();
        let token = [part("protected"), payload, part("signature")].join(".");
        assert_eq!(judge(&token, &forged_keys()), Err(Reason::MalformedBase64), "{payload}");
        assert_eq!(judge_json(&flattened(member, payload)), Some(Reason::MalformedBase64), "{payload}");
    }
}

#[test]
fn row_28_padding_and_white_space() {
    for extra in ["=", "==", " ", "\n", "\r\n", "\t", "\u{a0}", "\0"] {
        refused_everywhere(|segment| format!("{segment}{extra}"));
        refused_everywhere(|segment| format!("{extra}{segment}"));
        refused_everywhere(|segment| format!("{}{extra}{}", &segment[..4], &segment[4..]));
    }
    for token in [
        format!("{}\n", good()),
        format!(" {}", good()),
        format!("Bearer {}", good()),
        format!("\"{}\"", good()),
    ] {
        assert_eq!(judge(&token, &forged_keys()), Err(Reason::MalformedBase64), "{token}");
    }
    refused_under_a_signature(&["e30=", "e30==", "e3 0", " e30", "e30\n", "e\r\n30", "e3\t0"]);
}

#[test]
fn row_29_the_standard_alphabet() {
    refused_everywhere(|segment| format!("+{}", &segment[1..]));
    refused_everywhere(|segment| format!("/{}", &segment[1..]));
    refused_under_a_signature(&["e3+0", "e3/0", "+/+/"]);
}

#[test]
fn row_30_a_length_no_bytes_have() {
    refused_everywhere(|segment| {
        let whole = segment.len() / 4 * 4;
        format!("{}A", &segment[..whole])
    });
    refused_under_a_signature(&["e", "e30ge"]);
}

#[test]
fn row_31_unused_bits_in_the_last_character() {
    let token = good();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    // 32 bytes leave two unused bits: three other last characters spell the same bytes.
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = ALPHABET.find(signature.chars().last().unwrap()).unwrap();
    for twin in last + 1..last + 4 {
        let twin = &ALPHABET[twin..=twin];
        let changed = format!("{signed}.{}{twin}", &signature[..signature.len() - 1]);
        assert_eq!(judge(&changed, &forged_keys()), Err(Reason::MalformedBase64), "{twin}");
    }
    // {"alg":"HS256"} has 15 bytes; with a space behind, 16 bytes leave four unused bits.
    let header = "eyJhbGciOiJIUzI1NiJ9IA";
    for twin in ["B", "P"] {
        let changed = with_segment(&token, 0, &format!("{}{twin}", &header[..header.len() - 1]));
        assert_eq!(judge(&changed, &forged_keys()), Err(Reason::MalformedBase64));
    }
    refused_under_a_signature(&["e31", "e33", "eR"]);
}

#[test]
fn row_32_another_number_of_segments() {
    let token = good();
    for changed in [
        "abc".into(),
        "abc.def".into(),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.x"),
        format!("{token}.x.y"),
        format!("{token}.x.y.z"),
        token.replace('.', ""),
        token.replace('.', ","),
        ".".repeat(10_000),
    ] {
        assert_eq!(judge(&changed, &forged_keys()), Err(Reason::MalformedParts), "{changed}");
    }
    let error = verify(&format!("{token}.x.y"), &forged_keys()).unwrap_err();
    assert_eq!((error.expected(), error.received()), (Some("3"), Some("5")));
    assert!(error.hint().unwrap().contains("JWE"));
}

#[test]
fn row_33_next_to_nothing() {
    for (token, reason) in [
        ("", Reason::MalformedParts),
        (".", Reason::MalformedParts),
        ("..", Reason::MalformedJson),
        ("a.b.c", Reason::MalformedBase64),
        ("e30..", Reason::AlgUnknown),
        ("e30.e30.", Reason::AlgUnknown),
    ] {
        assert_eq!(judge(token, &forged_keys()), Err(reason), "{token}");
    }
}

#[test]
fn row_34_size() {
    let padded = |len: usize| {
        let mut claims = claims();
        claims["pad"] = "x".repeat(len).into();
        forge(HEADER, claims.to_string())
    };
    assert!(judge(&padded(11_000), &forged_keys()).is_ok());
    for len in [13_000, 1 << 20] {
        assert_eq!(judge(&padded(len), &forged_keys()), Err(Reason::MalformedSize));
    }
    assert_eq!(judge(&"a.".repeat(50 << 20), &forged_keys()), Err(Reason::MalformedSize));
    let wider = policy().max_len(64 * 1024);
    assert!(jwt::verify::<Value>(&padded(30_000), &forged_keys(), &wider, NOW).is_ok());
    let limitless = policy().max_len(usize::MAX);
    let error = jwt::verify::<Value>(&"a.".repeat(40 << 20), &forged_keys(), &limitless, NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::MalformedSize);
}

#[test]
fn row_35_depth() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(verdict_raw("deep", &nested(31)).is_ok());
    for depth in [32, 1_000, 5_000] {
        assert_eq!(verdict_raw("deep", &nested(depth)), Err(Reason::MalformedDepth), "{depth}");
        let header = format!(r#"{{"alg":"HS256","kid":"h","deep":{}}}"#, nested(depth));
        assert_eq!(verdict(header, "{}"), Err(Reason::MalformedDepth), "{depth}");
    }
    let roomy = policy().max_len(1 << 20);
    let token = forge(HEADER, "{\"a\":".repeat(100_000));
    let error = jwt::verify::<Value>(&token, &forged_keys(), &roomy, NOW).unwrap_err();
    assert_eq!(error.reason(), Reason::MalformedDepth);
}

#[test]
fn row_36_members() {
    let many = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!("\"m{n}\":{n}")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(verdict_raw("many", &many(256)).is_ok());
    assert_eq!(verdict_raw("many", &many(257)), Err(Reason::MalformedSize));
    assert_eq!(verdict(HEADER, many(100_000)), Err(Reason::MalformedSize));
    let long = json!("x".repeat(10 << 20)).to_string();
    assert_eq!(verdict_raw("long", &long), Err(Reason::MalformedSize));
}

#[test]
fn row_37_payloads_that_are_no_object() {
    for payload in
        ["[]", "\"text\"", "17", "null", "true", "[1,2]", r#"[9999999999,0,"17","i","a"]"#, " [ ] "]
    {
        assert_eq!(verdict(HEADER, payload), Err(Reason::MalformedClaimsNotObject), "{payload}");
    }
    for payload in ["", " ", "{}x", "{} {}", "{}\0", "{", "{}{}"] {
        assert_eq!(verdict(HEADER, payload), Err(Reason::MalformedJson), "{payload:?}");
    }
}

#[test]
fn row_38_other_character_sets() {
    let utf16: Vec<u8> = claims().to_string().encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(verdict(HEADER, utf16), Err(Reason::MalformedJson));
    let marked = format!("\u{feff}{}", claims());
    assert_eq!(verdict(HEADER, &marked), Err(Reason::MalformedUtf8));
    assert_eq!(verdict(format!("\u{feff}{HEADER}"), claims().to_string()), Err(Reason::MalformedUtf8));
    assert_eq!(verdict(HEADER, b"{\"a\":\"\xff\"}"), Err(Reason::MalformedUtf8));
    assert_eq!(verdict(HEADER, b"{\"a\":\"\xc0\x80\"}"), Err(Reason::MalformedUtf8));
    assert_eq!(verdict(b"{\"alg\":\"HS256\",\"a\":\"\xed\xa0\x80\"}", "{}"), Err(Reason::MalformedUtf8));
    for text in [r#""\ud800""#, r#""\udc00x""#, r#""\ud800\u0041""#] {
        assert_eq!(verdict_raw("x", text), Err(Reason::MalformedJson), "{text}");
    }
}

#[test]
fn row_39_almost_json() {
    for value in [
        "1/*c*/",
        "1//c\n",
        "'x'",
        "[1,]",
        "NaN",
        "Infinity",
        "-Infinity",
        "01",
        "-01",
        "+1",
        ".5",
        "1.",
        "0x10",
        "1_000",
        "undefined",
        "True",
        "\"a\nb\"",
        "\"\\x41\"",
        "\"\\'\"",
    ] {
        assert_eq!(verdict_raw("x", value), Err(Reason::MalformedJson), "{value}");
    }
    assert_eq!(verdict(HEADER, "{\"a\":1,}"), Err(Reason::MalformedJson));
    assert_eq!(verdict(r#"{"alg":"HS256",}"#, "{}"), Err(Reason::MalformedJson));
    assert_eq!(verdict(r"{alg:'HS256'}", "{}"), Err(Reason::MalformedJson));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(256))]

    #[test]
    fn no_text_makes_verify_panic(token in "\\PC*", dotted in "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}") {
        for token in [&token, &dotted] {
            assert!(verify(token, &forged_keys()).is_err());
            assert!(verify(token, &KeySet::default()).is_err());
            let _ = jwt::Unverified::parse(token);
        }
    }

    #[test]
    fn no_signed_bytes_make_verify_panic(header: Vec<u8>, payload: Vec<u8>, text in "\\{(\"(alg|kid|crit|exp|aud)\":(\"HS256\"|\\[\\]|1e9|\"h\"|null),?){0,4}\\}") {
        let _ = verdict(&header, &payload);
        let _ = verdict(HEADER, &payload);
        let _ = verdict(&text, &text);
        let _ = verdict(HEADER, &text);
    }

    /// Any flipped bit of a token is noticed.
    #[test]
    fn any_flipped_bit_rejects(which in 0..Algorithm::ALL.len(), at: proptest::sample::Index, bit in 0_u8..8) {
        let algorithm = Algorithm::ALL[which];
        let mut bytes = jwt::Signer::new(key(algorithm).clone(), "at+jwt").unwrap().sign(&claims()).unwrap().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(token) = String::from_utf8(bytes) {
            assert!(verify(&token, &keys(algorithm)).is_err(), "{algorithm}: bit {bit} of byte {at}");
        }
    }
}
