//! Keycloak: `kc.sh export`, the file of a realm or those of its users.

use jotgate_server::app::hasher::{Unusable, accept};
use jotgate_server::flow::import_users::{Brought, Incoming, Lost};
use serde_json::{Map, Value};

use super::fields::{User, flag, object, text, time, words};

pub(super) fn incoming(user: &User) -> Incoming {
    let names = [text(user, "firstName"), text(user, "lastName")];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let credentials = || user.get("credentials").and_then(Value::as_array).into_iter().flatten();
    let of_type = |kind: &str| credentials().filter_map(Value::as_object).find(|one| is(one, kind)).cloned();
    let mut lost = Vec::new();
    if credentials().filter_map(Value::as_object).any(|one| !is(one, "password")) || flag(user, "totp") {
        lost.push(Lost::SecondFactor);
    }
    if user.get("federatedIdentities").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
        || text(user, "federationLink").is_some()
    {
        lost.push(Lost::SocialLogin);
    }
    if text(user, "serviceAccountClientId").is_some() || text(user, "serviceAccountClientLink").is_some() {
        lost = vec![Lost::Program];
    }
    let mut attributes = attributes(user);
    Incoming {
        id: text(user, "id"),
        email: text(user, "email"),
        email_verified: flag(user, "emailVerified"),
        username: text(user, "username"),
        name: Some(name),
        roles: words(user, "realmRoles").into_iter().filter(|role| !is_of_every_user(role)).collect(),
        language: attributes.remove("locale").as_ref().and_then(Value::as_str).map(str::to_owned),
        data: attributes,
        password: of_type("password").map_or(Brought::Nothing, |one| password(&one)),
        created_at: time(user, "createdTimestamp"),
        disabled: user.contains_key("enabled") && !flag(user, "enabled"),
        lost,
        ..Incoming::default()
    }
}

fn is(credential: &User, kind: &str) -> bool {
    text(credential, "type").as_deref() == Some(kind)
}

/// Roles that Keycloak gives everybody, for purposes of its own.
fn is_of_every_user(role: &str) -> bool {
    role.starts_with("default-roles-") || role == "offline_access" || role == "uma_authorization"
}

/// Every attribute is a list there; a list of one is what it holds.
fn attributes(user: &User) -> User {
    let all = object(user, "attributes").unwrap_or_default();
    let plain = |(name, value): (String, Value)| match value {
        Value::Array(mut list) if list.len() == 1 => (name, list.remove(0)),
        value => (name, value),
    };
    all.into_iter().map(plain).collect::<Map<_, _>>()
}

fn password(credential: &User) -> Brought {
    phc(credential).and_then(|text| accept(&text)).map_or_else(Brought::Unusable, Brought::Hash)
}

/// The parts put together, from the two objects that Keycloak has kept since version 8, or from the fields before.
fn phc(credential: &User) -> Result<String, Unusable> {
    let secret = object(credential, "secretData").unwrap_or_default();
    let about = object(credential, "credentialData").unwrap_or_default();
    let of =
        |member: &User, name: &str, before: &str| text(member, name).or_else(|| text(credential, before));
    let missing = || Unusable::Malformed("value, salt or algorithm are missing");
    let hash = of(&secret, "value", "hashedSaltedValue").ok_or_else(missing)?;
    let salt = of(&secret, "salt", "salt").ok_or_else(missing)?;
    let iterations = of(&about, "hashIterations", "hashIterations").ok_or_else(missing)?;
    let algorithm = of(&about, "algorithm", "algorithm").ok_or_else(missing)?;
    match algorithm.as_str() {
        "pbkdf2" => Ok(format!("$pbkdf2-sha1$i={iterations}${salt}${hash}")),
        "pbkdf2-sha256" | "pbkdf2-sha512" => Ok(format!("${algorithm}$i={iterations}${salt}${hash}")),
        "argon2" => {
            let tuning = object(&about, "additionalParameters").unwrap_or_default();
            let one = |name: &str| words(&tuning, name).into_iter().next();
            let version = match one("version").as_deref() {
                Some("1.0") => 16,
                _ => 19,
            };
            let kind = one("type").unwrap_or_else(|| "id".into());
            let (Some(memory), Some(lanes)) = (one("memory"), one("parallelism")) else {
                return Err(missing());
            };
            Ok(format!("$argon2{kind}$v={version}$m={memory},t={iterations},p={lanes}${salt}${hash}"))
        }
        // Some put it there by an extension; then the value is the whole of it.
        "bcrypt" if hash.starts_with("$2") => Ok(hash),
        _ => Err(Unusable::Unknown("none that Keycloak brings along".into())),
    }
}
