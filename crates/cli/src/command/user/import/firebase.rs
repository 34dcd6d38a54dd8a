//! Firebase Authentication: `firebase auth:export` in either form, and the hash parameters that its console shows.

use std::path::Path;

use jotgate_server::app::hasher::{Project, ScryptCost, Unusable, of_firebase};
use jotgate_server::flow::import_users::{Brought, Incoming, Lost};
use serde_json::{Map, Value};

use super::fields::{User, flag, object, text, time, words};
use super::standard_base64;
use crate::failure::Failure;

/// The columns of the CSV form, which has no headings: those of four providers lie in between.
pub(super) const COLUMNS: &[&str] = &[
    "localId",
    "email",
    "emailVerified",
    "passwordHash",
    "salt",
    "displayName",
    "photoUrl",
    "google",
    "",
    "",
    "",
    "facebook",
    "",
    "",
    "",
    "twitter",
    "",
    "",
    "",
    "github",
    "",
    "",
    "",
    "createdAt",
    "lastSignedInAt",
    "phoneNumber",
    "disabled",
    "customAttributes",
];

pub(super) fn incoming(user: &User, project: Option<&Project>) -> Incoming {
    let claims = object(user, "customAttributes").unwrap_or_default();
    let providers =
        user.get("providerUserInfo").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let mut lost = Vec::new();
    if providers || ["google", "facebook", "twitter", "github"].iter().any(|name| text(user, name).is_some())
    {
        lost.push(Lost::SocialLogin);
    }
    if user.get("mfaInfo").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        lost.push(Lost::SecondFactor);
    }
    if claims.keys().any(|name| name != "roles" && name != "role") {
        lost.push(Lost::ApplicationData);
    }
    let mut roles = words(&claims, "roles");
    roles.extend(text(&claims, "role"));
    let email = text(user, "email");
    let nothing = ["email", "phoneNumber", "passwordHash"].iter().all(|name| text(user, name).is_none());
    if nothing && lost.is_empty() {
        lost = vec![Lost::Anonymous];
    }
    Incoming {
        id: text(user, "localId"),
        email,
        email_verified: flag(user, "emailVerified"),
        name: text(user, "displayName"),
        roles,
        data: Map::new(),
        password: password(user, project),
        created_at: time(user, "createdAt"),
        disabled: flag(user, "disabled"),
        lost,
        ..Incoming::default()
    }
}

fn password(user: &User, project: Option<&Project>) -> Brought {
    let Some(hash) = text(user, "passwordHash") else { return Brought::Nothing };
    let Some(project) = project else {
        return Brought::Unusable(Unusable::Malformed(
            "without --hash-config nobody can check a Firebase hash",
        ));
    };
    let salt = text(user, "salt").unwrap_or_default();
    of_firebase(project, &salt, &hash).map_or_else(Brought::Unusable, Brought::Hash)
}

/// Reads the parameters, as the console shows them or as JSON.
pub(super) fn project(path: &Path) -> Result<Project, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::environment(format!("{} cannot be read: {error}", path.display())))?;
    parse(&text).map_err(|what| {
        Failure::usage(format!("{} {what}", path.display()))
            .mend("copy the whole of \"Password hash parameters\" from Authentication > Users in the Firebase console")
    })
}

fn parse(text: &str) -> Result<Project, &'static str> {
    let pairs = text.split(['{', '}', ',', '\n']).filter_map(|one| one.split_once(':'));
    let pairs: Vec<_> = pairs.map(|(name, value)| (plain(name), plain(value))).collect();
    let value = |names: [&str; 2]| {
        pairs
            .iter()
            .find(|(name, _)| names.iter().any(|one| name.eq_ignore_ascii_case(one)))
            .map(|(_, value)| *value)
    };
    if value(["algorithm", "algorithm"]).is_some_and(|algorithm| !algorithm.eq_ignore_ascii_case("SCRYPT")) {
        return Err("names another algorithm than SCRYPT, which is the one Firebase exports");
    }
    let bytes = |text: &str| standard_base64(text);
    let key = value(["base64_signer_key", "signerKey"]).and_then(bytes);
    let separator = value(["base64_salt_separator", "saltSeparator"]).and_then(bytes);
    let rounds = value(["rounds", "rounds"]).and_then(|text| text.parse().ok());
    let memory = value(["mem_cost", "memoryCost"]).and_then(|text| text.parse().ok());
    match (key, separator, rounds, memory) {
        (Some(key), Some(separator), Some(r), Some(log_n)) if !key.is_empty() => {
            Ok(Project { key, separator, cost: ScryptCost { log_n, r, p: 1 } })
        }
        _ => Err("lacks one of base64_signer_key, base64_salt_separator, rounds and mem_cost"),
    }
}

fn plain(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_are_read_as_the_console_shows_them_and_as_json() {
        let console = "hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: c2lnbmVy+A==,\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n";
        let json = r#"{"algorithm":"SCRYPT","signerKey":"c2lnbmVy-A","saltSeparator":"Bw==","rounds":8,"memoryCost":14}"#;
        for text in [console, json] {
            let project = parse(text).unwrap();
            assert_eq!(
                (project.key.as_slice(), project.separator.as_slice()),
                (&b"signer\xf8"[..], &[7][..])
            );
            assert_eq!(project.cost, ScryptCost { log_n: 14, r: 8, p: 1 });
        }
        assert!(parse(&console.replace("SCRYPT", "BCRYPT")).unwrap_err().contains("algorithm"));
        assert!(parse(&console.replace("mem_cost", "memory")).is_err());
    }
}
