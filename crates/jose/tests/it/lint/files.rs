//! Rules about front-end files.

use jotgate_jose::lint::{self, Spot};

/// Rule, a text it finds fault with, a similar text that it leaves alone. `*` stands for random characters, so that
/// no scanner takes this file for a leak.
pub(super) const EXAMPLES: &[(&str, &str, &str)] = &[
    ("bundle-secret", "const JWT_SECRET = \"*\";", "const JWT_SECRET = process.env.JWT_SECRET;"),
    ("bundle-sign", "jwt.sign({ sub }, 'secret')", "jwt.sign({ sub }, secret)"),
    ("bundle-verify", "jwt.verify(token, 'secret')", "jwt.verify(token, publicKey)"),
    (
        "bundle-private-key",
        "`-----BEGIN PRIVATE KEY-----\n*******\n-----END PRIVATE KEY-----`",
        "`-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`",
    ),
    (
        "bundle-jwk-secret",
        "{kty:\"EC\",crv:\"P-256\",x:\"*\",y:\"*\",d:\"**\"}",
        "{kty:\"EC\",crv:\"P-256\",x:\"*\",y:\"*\"}",
    ),
    (
        "bundle-service-account",
        "{\"type\":\"service_account\",\"private_key\":\"-----BEGIN PRIVATE KEY-----\\n**\"}",
        "{\"type\":\"service_account\",\"client_email\":\"a@b.example\"}",
    ),
    (
        "bundle-api-key",
        "headers:{Authorization:\"token ghp_***\"}",
        "headers:{Authorization:\"token ghp_xxx\"}",
    ),
    (
        "bundle-connection",
        "connect(\"postgres://app:*@db.corp.net/app\")",
        "connect(\"postgres://app@db.corp.net/app\")",
    ),
    (
        "bundle-token",
        // {"alg":"HS256"} . {"exp":1700000001}
        "\"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDF9.AAAA\"",
        // {"alg":"HS256"} . {"exp":1700000000}
        "\"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.AAAA\"",
    ),
    (
        "bundle-token-expired",
        "\"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.AAAA\"",
        "\"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDF9.AAAA\"",
    ),
    (
        "bundle-token-public",
        // {"iss":"supabase","role":"anon","exp":2000000000}
        "\"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJvbGUiOiJhbm9uIiwiZXhwIjoyMDAwMDAwMDAwfQ.AAAA\"",
        // {"iss":"supabase","role":"service_role","exp":2000000000}
        "\"eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJzdXBhYmFzZSIsInJvbGUiOiJzZXJ2aWNlX3JvbGUiLCJleHAiOjIwMDAwMDAwMDB9.AAAA\"",
    ),
    ("bundle-storage", "localStorage.setItem('token', t)", "localStorage.setItem('theme', t)"),
    ("bundle-none", "{algorithms: ['none']}", "{algorithms: ['ES256']}"),
    ("bundle-env-file", ".env\nA=1", ".env.example\nA=1"),
    (
        "bundle-library",
        "return n(new Error(\"secretOrPrivateKey must have a value\"));",
        "return n(new Error(\"the key must have a value\"));",
    ),
];

const NOW: i64 = 1_700_000_000;

/// A text that begins with `.env` is a file of that name.
fn spots(text: &str) -> Vec<Spot> {
    let name = text.lines().next().filter(|line| line.starts_with(".env")).unwrap_or("index.js");
    lint::file(name, text.replace('*', "kX93Jf02LsQm").as_bytes(), NOW)
}

#[test]
fn each_rule_fires_on_its_example_and_only_there() {
    for (rule, bad, good) in EXAMPLES {
        let found: Vec<_> = spots(bad).iter().map(|spot| spot.finding.rule.id).collect();
        assert_eq!(found, [*rule], "{bad}");
        let found = spots(good);
        assert!(found.iter().all(|spot| spot.finding.rule.id != *rule), "{good}: {found:?}");
        assert!(lint::rule(rule).is_some());
    }
}

#[test]
fn the_place_is_counted_in_lines_and_characters() {
    let text = "// größe ✓\n\tlocalStorage.setItem('jwt', t);ä localStorage.jwt = u\r\nlocalStorage.jwt = v";
    let places: Vec<_> = spots(text).iter().map(|spot| (spot.line, spot.column)).collect();
    assert_eq!(places, [(2, 2), (2, 35), (3, 1)]);
}

#[test]
fn bytes_that_are_no_text_are_read_as_well() {
    let mut bytes = vec![0xff, 0xfe, 0x00, 0x80];
    bytes.extend_from_slice(b"jwt.sign(x,'secret')");
    assert_eq!(lint::text(&bytes, NOW).len(), 1);
    assert!(lint::text(&[], NOW).is_empty());
}

#[test]
fn a_token_says_what_it_is_and_until_when_it_works() {
    // {"alg":"HS256"} . {"iss":"https://id.example","exp":1700003600}
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJleHAiOjE3MDAwMDM2MDB9.AAAA";
    let seen = spots(token)[0].finding.seen.clone();
    assert_eq!(seen, "a token (\"HS256\", from \"https://id.example\"), good for another 1 hour");
}
