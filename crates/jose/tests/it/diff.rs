//! Differences between two tokens.

use jotgate_jose::diff::{Diff, diff};
use jotgate_jose::primitive::base64url;

fn token(header: &str, claims: &str, signature: &[u8]) -> String {
    let [header, claims] = [header, claims].map(|part| base64url::encode(part.as_bytes()));
    format!("{header}.{claims}.{}", base64url::encode(signature))
}

fn claims(left: &str, right: &str) -> Diff {
    let [left, right] = [left, right].map(|claims| token("{\"alg\":\"HS256\"}", claims, b"signature"));
    diff(&left, &right).unwrap()
}

/// Each change as `path: left -> right`.
fn changes(diff: &Diff) -> Vec<String> {
    let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "-".to_owned());
    let all = diff.header.iter().chain(&diff.claims);
    all.map(|change| format!("{}: {} -> {}", change.path, side(&change.left), side(&change.right))).collect()
}

#[test]
fn each_member_is_compared_where_it_stands() {
    let found = claims(
        r#"{"a":1,"b":{"c":[1,{"d":true}],"e":null},"https://x.example/y":"z"}"#,
        r#"{"a":1.0,"b":{"c":[1,{"d":false},2]},"f":{"g":"h"}}"#,
    );
    let want = [
        "claims.a: 1 -> 1.0",
        "claims.b.c[1].d: true -> false",
        "claims.b.c[2]: - -> 2",
        "claims.b.e: null -> -",
        r#"claims.f: - -> {"g":"h"}"#,
        r#"claims["https://x.example/y"]: "z" -> -"#,
    ];
    assert_eq!(changes(&found), want);
}

#[test]
fn times_are_told_apart_in_seconds_and_other_numbers_are_not() {
    let found = claims(r#"{"exp":1700000000,"n":1}"#, r#"{"exp":1699999999,"n":2}"#);
    let seconds: Vec<_> = found.claims.iter().map(|change| change.seconds).collect();
    assert_eq!(seconds, [Some(-1), None]);
    let found = claims(r#"{"exp":"soon"}"#, r#"{"exp":1}"#);
    assert_eq!(found.claims[0].seconds, None);
}

#[test]
fn the_summary_tells_the_cases_apart() {
    let (header, body) = ("{\"alg\":\"HS256\"}", "{\"a\":1,\"b\":2}");
    let one = token(header, body, b"one");
    let summary = |other: &str| diff(&one, other).unwrap().summary();
    assert_eq!(summary(&one), "the tokens are the same");
    assert!(summary(&token(header, body, b"two")).starts_with("the same text with two signatures"));
    assert!(summary(&token(header, "{\"a\":2}", b"one")).starts_with("two texts with one signature"));
    assert!(summary(&token(header, "{\"b\":2, \"a\":1}", b"two")).starts_with("the same members"));
    assert_eq!(summary(&token(header, "{}", b"two")), "two tokens, signed each for itself");
}

#[test]
fn what_is_shown_is_ascii_short_and_never_the_signature() {
    let long = "x".repeat(200);
    let found = claims(
        "{}",
        &format!("{{\"a\":\"\u{202e}\u{1b}[2J\",\"b\":\"{long}\"}}").replace('\u{1b}', "\\u001b"),
    );
    for change in &found.claims {
        let right = change.right.as_deref().unwrap();
        assert!(
            right.len() < 100 && right.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
            "{right}"
        );
    }
    assert!(!format!("{found:?}").contains(&base64url::encode(b"signature")));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let good = token("{\"alg\":\"HS256\"}", "{}", b"s");
    for bad in ["", "a.b", "e30.W10.", "e30.e30", &token("{}", "{\"a\":1e999}", b"s")] {
        let reason = diff(&good, bad).unwrap_err().reason().code();
        assert!(reason.starts_with("malformed."), "{bad}: {reason}");
        assert!(diff(bad, &good).is_err());
    }
}
