//! Tokens that jsonwebtoken, jwt-simple, josekit and biscuit made, checked in under `interop/tokens`, and the pages for
//! people who come from there. The other direction needs those libraries: `interop/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Typ, Verified};
use jotgate_jose::{Algorithm, Error, Jwk, KeySet, Reason, VerifyingKey};
use serde_json::Value;

/// What each library has in common with this one; a file that lost a token is noticed.
const MADE: [(&str, usize); 4] = [("jsonwebtoken", 12), ("jwt-simple", 12), ("josekit", 13), ("biscuit", 11)];

#[test]
fn their_tokens_pass_under_keys_from_pem() {
    each_token(|file, one, algorithm| {
        let verified = verify(file, one, key(algorithm)).unwrap();
        assert_eq!(verified.claims()["sub"], "user-17");
        assert_eq!(verified.claims()["scope"], "read write");
        assert_eq!(verified.algorithm(), algorithm);
    });
}

#[test]
fn their_tokens_pass_under_jwks_of_their_making() {
    let mut jwks = 0;
    each_token(|file, one, algorithm| {
        if one["jwk"].is_null() {
            return;
        }
        let jwk = Jwk::parse(one["jwk"].to_string()).unwrap();
        let from_jwk = VerifyingKey::from_jwk_with(&jwk, algorithm).unwrap();
        assert_eq!(from_jwk.thumbprint(), key(algorithm).thumbprint(), "{}", one["alg"]);
        verify(file, one, from_jwk).unwrap();
        jwks += 1;
    });
    assert!(jwks >= 30, "{jwks}");
}

#[test]
fn their_tokens_fail_when_touched() {
    each_token(|file, one, algorithm| {
        let token = one["token"].as_str().unwrap();
        let mut parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        for part in [1, 2] {
            let kept = parts[part].clone();
            let other = if kept.as_bytes()[3] == b'A' { "B" } else { "A" };
            parts[part].replace_range(3..4, other);
            let mut touched = one.clone();
            touched["token"] = parts.join(".").into();
            let error = verify(file, &touched, key(algorithm)).unwrap_err();
            assert_eq!(error.reason(), Reason::SignatureInvalid, "{algorithm}, part {part}");
            parts[part] = kept;
        }
    });
}

#[test]
fn the_pages_show_code_that_is_compiled() {
    for library in ["jsonwebtoken", "jwt-simple", "josekit"] {
        let name = format!("docs/from-{library}.md");
        let page = text(&name);
        let source = text(&format!("interop/{library}/tests/migration.rs"));
        let passages = passages(&source);
        let mut shown = 0;
        for (mark, block) in blocks(&page) {
            let passage = passages.iter().find(|(name, _)| *name == mark);
            let (_, passage) =
                passage.unwrap_or_else(|| panic!("{name} shows `{mark}`, which is no passage"));
            assert_eq!(block, *passage, "{name}, `{mark}`");
            shown += 1;
        }
        assert_eq!(shown, passages.len(), "{name} leaves a passage out");
        assert_eq!(page.matches("```rust").count(), shown, "{name} has a block without a passage");
    }
}

#[test]
fn passages_and_blocks_are_found() {
    let source = "fn f() {\n    // page: a, theirs\n    let x = 1;\n\n    if x {\n        y();\n    }\n    // page end\n}";
    assert_eq!(passages(source), [("a, theirs", "let x = 1;\n\nif x {\n    y();\n}\n".to_owned())]);
    let page = "text\n\n<!-- code: a, theirs -->\n```rust\nlet x = 1;\n```\n";
    assert_eq!(blocks(page), [("a, theirs", "let x = 1;\n".to_owned())]);
}

fn each_token(mut check: impl FnMut(&Value, &Value, Algorithm)) {
    for (library, count) in MADE {
        let file: Value = serde_json::from_str(&text(&format!("interop/tokens/{library}.json"))).unwrap();
        let tokens = file["tokens"].as_array().unwrap();
        assert_eq!(tokens.len(), count, "{library}");
        for one in tokens {
            check(&file, one, Algorithm::from_name(one["alg"].as_str().unwrap()).unwrap());
        }
    }
}

/// At the time the tokens were made.
fn verify(file: &Value, one: &Value, key: VerifyingKey) -> Result<Verified<Value>, Error> {
    let expected = |name: &str| file[name].as_str().unwrap().to_owned();
    let policy = Policy::new(
        Issuer::exact(expected("iss")),
        Audience::any_of([expected("aud")]),
        Typ::absent_or("JWT"),
    );
    let now = file["now"].as_i64().unwrap() + 5;
    jwt::verify(one["token"].as_str().unwrap(), &KeySet::from(key.with_kid("interop")), &policy, now)
}

fn key(algorithm: Algorithm) -> VerifyingKey {
    let name = match algorithm {
        Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => {
            let secret = fs::read(root().join("interop/keys/secret")).unwrap();
            return VerifyingKey::hmac(algorithm, &secret).unwrap();
        }
        Algorithm::Es256 => "p256",
        Algorithm::Es384 => "p384",
        Algorithm::Es512 => "p521",
        Algorithm::Ed25519 => "ed25519",
        _ => "rsa",
    };
    VerifyingKey::from_pem(text(&format!("interop/keys/{name}.pub.pem")), algorithm).unwrap()
}

/// What stands between `// page: NAME` and `// page end`, without the indentation.
fn passages(source: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.trim_start().strip_prefix("// page: ") else { continue };
        let indent = line.len() - line.trim_start().len();
        let inside = lines.by_ref().take_while(|line| line.trim() != "// page end");
        let text = inside.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect();
        found.push((name, text));
    }
    found
}

/// The blocks of a page that are marked with the name of a passage.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let marked = page.split("<!-- code: ").skip(1);
    marked
        .map(|rest| {
            let (name, rest) = rest.split_once(" -->\n```rust\n").unwrap();
            (name, rest.split_once("```\n").unwrap().0.to_owned())
        })
        .collect()
}

fn text(name: &str) -> String {
    let file = root().join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
