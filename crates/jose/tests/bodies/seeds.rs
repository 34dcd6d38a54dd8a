//! Where the inputs begin: honest tokens and keys made here, and the published examples where they are at hand.

use std::path::{Path, PathBuf};

use jotgate_jose::jws;
use jotgate_jose::primitive::base64url;
use serde_json::Value;

use super::{NOW, signing};

/// Inputs that make sense for the target of this name.
pub(crate) fn of(target: &str) -> Vec<Vec<u8>> {
    let mut seeds = own(target);
    if let Some(folder) = vectors() {
        for (name, bytes) in files(&folder, &["rfc-examples", "jose-cookbook", "wycheproof"]) {
            published(target, &name, &bytes, &mut seeds);
        }
    }
    seeds.sort();
    seeds.dedup();
    seeds
}

/// The folder of published vectors, if it is there.
pub(crate) fn vectors() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|at| at.join("deny.toml").exists())?;
    let named = std::env::var_os("JOTGATE_VECTORS").map_or_else(|| "../shared/vectors".into(), PathBuf::from);
    Some(root.join(named)).filter(|folder| folder.is_dir())
}

fn own(target: &str) -> Vec<Vec<u8>> {
    let claims = format!(
        r#"{{"iss":"i","aud":["a","x"],"sub":"17","exp":{},"nbf":{NOW},"iat":{NOW},"nonce":"n","x":[1.5e3,{{"a":null}}]}}"#,
        NOW + 600
    );
    let text = |text: &str| text.as_bytes().to_vec();
    match target {
        "compact" | "explain" | "lint" => {
            let token = jws::sign(claims.as_bytes(), &signing(), &jws::Extras::typ("t")).expect("a good key");
            vec![
                text(&format!("Authorization: Bearer {token}")),
                text(&token),
                text(&format!("{{\"alg\":\"HS256\",\"typ\":\"t\",\"kid\":\"h\"}}\n{claims}")),
                text(&format!("{{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}}\n{claims}")),
                text(&format!("{{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}}\n{claims}")),
                text("{\"alg\":\"none\"}\n{}"),
            ]
        }
        "json" => {
            let key = signing();
            let keys = [key.clone(), key.clone().with_kid("other")];
            let forms = [
                jws::sign_flattened(claims.as_bytes(), &key, &jws::Extras::typ("t")),
                jws::sign_general(claims.as_bytes(), &keys, &jws::Extras::default()),
                jws::sign_flattened(b"payload", &key, &jws::Extras::default().unencoded()),
                jws::sign_flattened(b"payload", &key, &jws::Extras::default().detached()),
            ];
            let mut seeds: Vec<_> =
                forms.map(|form| form.expect("a good key signs").into_bytes()).into_iter().collect();
            seeds.extend(own("compact"));
            seeds.push(text("{\"x\":1,\"typ\":\"t\"}"));
            seeds
        }
        "policy" => ["", "i", "ia", "io", "ialsnm", "x", "xm"]
            .map(|demands| text(&format!("{demands}\n{claims}")))
            .to_vec(),
        "jwk" | "jwks" => {
            if target == "jwk" {
                KEYS.map(text).to_vec()
            } else {
                vec![
                    text(&format!("{{\"keys\":[{}]}}", KEYS.join(","))),
                    text(r#"{"keys":[{},1,{"kty":"EC"}]}"#),
                ]
            }
        }
        _ => vec![
            text(
                "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
            ),
            base64url::decode("MCowBQYDK2VwAyEA11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").expect("DER"),
            base64url::decode("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v_VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g")
                .expect("DER"),
        ],
    }
}

/// Everything in a published file that the target reads, wherever it stands in it.
fn published(target: &str, name: &str, bytes: &[u8], seeds: &mut Vec<Vec<u8>>) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let is_compact = |text: &str| text.split('.').count() == 3 && text.len() < 4096 && !text.contains(' ');
    if !name.ends_with(".json") {
        let text = text.trim();
        let fits = match target {
            "compact" | "explain" | "lint" => is_compact(text),
            "jwk" => name.ends_with(".jwk"),
            "jwks" => name.ends_with(".jwkset"),
            "json" => name.ends_with(".jwsg") || name.ends_with(".jwsf"),
            _ => false,
        };
        if fits {
            seeds.push(text.as_bytes().to_vec());
        }
        return;
    }
    let Ok(whole) = serde_json::from_str::<Value>(text) else { return };
    visit(&whole, &mut |value| match (target, value) {
        ("compact" | "explain" | "lint", Value::String(text)) if is_compact(text) => {
            seeds.push(text.as_bytes().to_vec());
        }
        ("pem", Value::String(text)) if text.contains("-----BEGIN ") && !text.contains("CERT") => {
            seeds.push(text.as_bytes().to_vec());
        }
        ("jwk", Value::Object(members)) if members.contains_key("kty") => {
            seeds.push(value.to_string().into_bytes());
        }
        ("jwks", Value::Object(members)) if members.contains_key("keys") => {
            seeds.push(value.to_string().into_bytes());
        }
        ("json", Value::Object(members)) if members.contains_key("payload") => {
            seeds.push(value.to_string().into_bytes());
        }
        _ => {}
    });
}

fn visit(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(elements) => elements.iter().for_each(|element| visit(element, see)),
        Value::Object(members) => members.values().for_each(|member| visit(member, see)),
        _ => {}
    }
}

fn files(folder: &Path, below: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open: Vec<PathBuf> = below.iter().map(|name| folder.join(name)).collect();
    while let Some(path) = open.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            open.extend(entries.flatten().map(|entry| entry.path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            found.push((path.to_string_lossy().into_owned(), bytes));
        }
    }
    found
}

/// The keys of RFC 7515 A.3 and RFC 8037 A.1, and a secret: fixed, so that a failure comes back.
const KEYS: [&str; 3] = [
    r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI","kid":"k","use":"sig"}"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","key_ops":["sign","verify"]}"#,
    r#"{"kty":"oct","alg":"HS256","k":"c2l4IHRpbWVzIGVpZ2h0IGxldHRlcnMgYXJlIGZvcnR5LWVpZ2h0IQ"}"#,
];
