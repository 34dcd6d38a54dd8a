mod reference;

use super::*;

fn scan(text: &str) -> Result<Vec<String>, Flaw> {
    scan_bytes(text.as_bytes())
}

fn scan_bytes(bytes: &[u8]) -> Result<Vec<String>, Flaw> {
    let mut names = Vec::new();
    object(bytes, Limits::STRICT, |member| names.push(member.name.decode().into_owned()))?;
    Ok(names)
}

#[test]
fn members_are_shown_in_order_and_decoded() {
    let text = r#" {"a":1,"\u0062":[{}],"\ud83d\ude00c":{"x":null}, "":true} "#;
    assert_eq!(scan(text).unwrap(), ["a", "b", "\u{1f600}c", ""]);
}

#[test]
fn duplicates_are_found_at_every_level_and_in_every_spelling() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"\u0061":1,"\u0061":2}"#,
        r#"{"\u0061":1,"a":2}"#,
        r#"{"o":{"b":1,"b":1}}"#,
        r#"{"o":[[{"c":{"d":0,"e":1,"d":2}}]]}"#,
        r#"{"\/":1,"/":1}"#,
        r#"{"\ud83d\ude00":1,"😀":1}"#,
        r#"{"\uD83D\uDE00":1,"\ud83d\ude00":1}"#,
    ] {
        assert_eq!(scan(text), Err(Flaw::DuplicateMember), "{text}");
    }
    // The same name on different levels, in siblings, or differing in letter case, is no duplicate.
    for text in [
        r#"{"a":{"a":{"a":1}}}"#,
        r#"{"l":[{"a":1},{"a":1}]}"#,
        r#"{"a":1,"A":2}"#,
        "{\"\u{e9}\":1,\"e\u{301}\":2}",
    ] {
        assert!(scan(text).is_ok(), "{text}");
    }
}

#[test]
fn duplicates_are_found_beyond_the_inline_names() {
    let many = |last: &str| {
        let members: Vec<_> = (0..255).map(|n| format!("\"n{n}\":{{\"n{n}\":0}}")).collect();
        format!("{{{},\"{last}\":0}}", members.join(","))
    };
    assert!(scan(&many("other")).is_ok());
    for taken in ["n0", "n39", "n40", "n254"] {
        assert_eq!(scan(&many(taken)), Err(Flaw::DuplicateMember), "{taken}");
    }
}

#[test]
fn depth_and_members_are_capped() {
    let nested = |depth: usize| format!("{}{}{}", "{\"a\":".repeat(depth - 1), "{}", "}".repeat(depth - 1));
    assert!(scan(&nested(32)).is_ok());
    assert_eq!(scan(&nested(33)), Err(Flaw::Depth));
    let arrays = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(scan(&arrays(31)).is_ok());
    assert_eq!(scan(&arrays(32)), Err(Flaw::Depth));
    assert_eq!(scan(&"[".repeat(100_000)), Err(Flaw::Depth));
    assert_eq!(scan(&"{\"a\":".repeat(100_000)), Err(Flaw::Depth));

    let wide = |count: usize| {
        let members: Vec<_> = (0..count).map(|n| format!("\"{n}\":{n}")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(scan(&wide(256)).is_ok());
    assert_eq!(scan(&wide(257)), Err(Flaw::Members));
}

#[test]
fn grammar_is_exact() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "{]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1}{}",
        "{\"a\":1} x",
        "{\"a\":1}\0",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":[}",
        "{\"a\":[1}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":.5}",
        "{\"a\":5.}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":-}",
        "{\"a\":--1}",
        "{\"a\":0x1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":-Infinity}",
        "{\"a\":tru}",
        "{\"a\":TRUE}",
        "{\"a\":nulll}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\0\"}",
        "{\"a\":\"\\x41\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u+123\"}",
        "{\"a\":\"\\uD800\"}",
        "{\"a\":\"\\uDC00\"}",
        "{\"a\":\"\\uD800\\uD800\"}",
        "{\"a\":\"\\uD800\\n\"}",
        "{\"\\uD800\":1}",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "{/*c*/\"a\":1}",
        "{\"a\":1 // c\n}",
        "\u{b}{}",
        "\u{a0}{}",
        "{\"a\":1,,\"b\":2}",
        "{\"a\"::1}",
    ] {
        assert_eq!(scan(text), Err(Flaw::Grammar), "{text:?}");
    }
    for text in ["[]", "1", "\"x\"", "null", "true", " [1, {\"a\":2}] ", "-0.5e-3"] {
        assert_eq!(scan(text), Err(Flaw::NotObject), "{text:?}");
    }
    for text in [
        "{}",
        "{ }",
        "\t\r\n {\"a\"\n:\t1\r} ",
        "{\"a\":[]}",
        "{\"a\":[ ]}",
        "{\"a\":-0}",
        "{\"a\":0.0e-0}",
        "{\"a\":1E+5}",
        "{\"a\":\"\\u0000\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
        "{\"a\":\"\u{7f}\u{2028}\"}",
    ] {
        assert!(scan(text).is_ok(), "{text:?}");
    }
}

#[test]
fn only_utf8_without_a_mark_is_read() {
    let utf16: Vec<u8> = "{\"a\":1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(scan_bytes(&utf16), Err(Flaw::Grammar));
    for bytes in [&b"\xef\xbb\xbf{}"[..], b"\xff\xfe{}", b"{\"a\":\"\xc0\xaf\"}", b"{\"a\":\"\xed\xa0\x80\"}"]
    {
        assert_eq!(scan_bytes(bytes), Err(Flaw::Utf8), "{bytes:?}");
    }
}

#[test]
fn elements_of_an_array() {
    let kinds = |array| elements(array).map(Value::kind).collect::<Vec<_>>();
    assert_eq!(kinds("[]"), [""; 0]);
    assert_eq!(kinds("[ ]"), [""; 0]);
    assert_eq!(
        kinds("[ 1 , \"a,]\" ,[2,3],{\"a\":[]},true,null]"),
        ["a number", "a string", "an array", "an object", "a boolean", "null"]
    );
}

#[test]
fn an_envelope_overlooks_duplicates_inside() {
    let set = br#"{"keys":[{"a":1,"a":2}]}"#;
    assert!(object(set, Limits::ENVELOPE, |_| ()).is_ok());
    assert_eq!(object(br#"{"keys":[],"keys":[]}"#, Limits::ENVELOPE, |_| ()), Err(Flaw::DuplicateMember));
}

/// JSON-looking text, so that the scanner is exercised beyond the first byte.
fn almost_json() -> impl proptest::strategy::Strategy<Value = String> {
    let token = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\"a\"",
        "\"b\":1",
        "\"\\u0061\":0",
        "1",
        "-",
        ".",
        "e5",
        "0",
        "true",
        "null",
        " ",
        "\\",
        "\\ud83d",
        "\\ude00",
        "é",
        "\u{1}",
    ]);
    proptest::strategy::Strategy::prop_map(proptest::collection::vec(token, 0..12), |tokens| {
        format!("{{{}}}", tokens.concat())
    })
}

fn json_value() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(|float| serde_json::json!(float)),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(".{0,6}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn never_panics(bytes: Vec<u8>) {
        let _ = scan_bytes(&bytes);
    }

    #[test]
    fn agrees_with_serde_json_on_almost_json(text in almost_json()) {
        let ours = scan(&text);
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match ours {
            // 1e511 is good JSON, and no number serde_json has room for.
            Ok(_) => assert!(theirs.map_or_else(|error| error.to_string().contains("out of range"), |_| true), "{text}"),
            Err(Flaw::DuplicateMember) => {}
            Err(flaw) => assert!(theirs.is_err(), "{text}: {flaw:?}"),
        }
    }

    #[test]
    fn takes_whatever_serde_json_writes(value in json_value()) {
        let text = serde_json::json!({ "inner": value }).to_string();
        assert_eq!(scan(&text).unwrap(), ["inner"]);
        let pretty = serde_json::to_string_pretty(&serde_json::json!({ "inner": value })).unwrap();
        assert_eq!(scan(&pretty).unwrap(), ["inner"]);
    }

    #[test]
    fn strings_decode_as_serde_json_decodes_them(text in "(\\PC|\\\\n|\\\\u00e9|\\\\ud83d\\\\ude00|\\\\\"){0,12}") {
        let document = format!("{{\"a\":\"{text}\"}}");
        let mut ours = None;
        if object(document.as_bytes(), Limits::STRICT, |member| ours = member.value.as_str()).is_ok() {
            let theirs: serde_json::Value = serde_json::from_str(&document).unwrap();
            let ours = ours.unwrap();
            assert_eq!(ours.decode(), theirs["a"].as_str().unwrap());
            assert!(ours.is(theirs["a"].as_str().unwrap()));
        }
    }
}
