//! Auth0: the file of password hashes from its support (an object a line), and the array of its own bulk import.

use base64url::decode;
use jotgate_jose::primitive::base64url;
use jotgate_server::app::hasher::{Unusable, accept};
use jotgate_server::flow::import_users::{Brought, Incoming, Lost};
use serde_json::Value;

use super::fields::{User, first_text, flag, object, text, time, words};
use super::hash;

pub(super) fn incoming(user: &User) -> Incoming {
    let identifier = identifier(user);
    let email = text(user, "email").or_else(|| identifier.as_ref().and_then(|one| text(one, "value")));
    let verified = flag(user, "email_verified") || identifier.is_some_and(|one| flag(&one, "verified"));
    let both = || {
        let names = [text(user, "given_name"), text(user, "family_name")];
        Some(names.into_iter().flatten().collect::<Vec<_>>().join(" ")).filter(|name| !name.is_empty())
    };
    // Where nobody gave a name, Auth0 puts the address there.
    let name = text(user, "name").filter(|name| Some(name) != email.as_ref()).or_else(both);
    let application = object(user, "app_metadata").unwrap_or_default();
    Incoming {
        id: id(user),
        name: name.or_else(|| text(user, "nickname")),
        email,
        email_verified: verified,
        username: text(user, "username"),
        roles: words(&application, "roles"),
        data: object(user, "user_metadata").unwrap_or_default(),
        password: password(user),
        created_at: time(user, "created_at"),
        disabled: flag(user, "blocked"),
        lost: lost(user, &application),
        ..Incoming::default()
    }
}

/// Some exports have the address only here.
fn identifier(user: &User) -> Option<User> {
    let all = user.get("identifiers")?.as_array()?;
    let of_email = |one: &&Value| one.get("type").and_then(Value::as_str) == Some("email");
    all.iter().find(of_email)?.as_object().cloned()
}

/// The id that tokens had as `sub`: applications have it in their tables.
fn id(user: &User) -> Option<String> {
    let inner = text(user, "alt_id")
        .or_else(|| object(user, "_id").and_then(|id| text(&id, "$oid")))
        .or_else(|| text(user, "_id"))
        .map(|id| format!("auth0|{id}"));
    text(user, "user_id").map(|id| if id.contains('|') { id } else { format!("auth0|{id}") }).or(inner)
}

fn lost(user: &User, application: &User) -> Vec<Lost> {
    let filled = |name: &str| user.get(name).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    let mut lost = Vec::new();
    if filled("mfa_factors") || filled("multifactor") || filled("guardian_authenticators") {
        lost.push(Lost::SecondFactor);
    }
    let identities = user.get("identities").and_then(Value::as_array).into_iter().flatten();
    let of_others =
        |one: &Value| one.get("provider").and_then(Value::as_str).is_some_and(|name| name != "auth0");
    if identities.clone().any(of_others) {
        lost.push(Lost::SocialLogin);
    }
    if application.keys().any(|name| name != "roles") {
        lost.push(Lost::ApplicationData);
    }
    lost
}

fn password(user: &User) -> Brought {
    match (user.get("custom_password_hash"), first_text(user, &["passwordHash", "password_hash"])) {
        (Some(Value::Object(custom)), _) => {
            custom_hash(custom).and_then(|text| accept(&text)).map_or_else(Brought::Unusable, Brought::Hash)
        }
        (_, Some(text)) => hash(&text),
        _ => Brought::Nothing,
    }
}

/// Argon2, bcrypt and PBKDF2 come in the form of crypt or PHC, scrypt in its parts with the defaults of Node.
fn custom_hash(custom: &User) -> Result<String, Unusable> {
    let algorithm = text(custom, "algorithm").unwrap_or_default();
    let typed = object(custom, "password").and_then(|password| text(&password, "encoding"));
    if typed.is_some_and(|encoding| encoding != "utf8") {
        return Err(Unusable::Unknown("a password in another encoding than UTF-8".into()));
    }
    let (value, encoding) = match custom.get("hash") {
        Some(Value::Object(hash)) => (text(hash, "value"), text(hash, "encoding")),
        _ => (text(custom, "hash"), text(custom, "encoding")),
    };
    let value = value.ok_or(Unusable::Malformed("it has no value"))?;
    match algorithm.as_str() {
        "argon2" | "bcrypt" | "pbkdf2" => Ok(value),
        "scrypt" => {
            let bad = Unusable::Malformed("hash or salt are not in their encoding");
            let salt = object(custom, "salt").unwrap_or_default();
            let hash = bytes(&value, encoding.as_deref().unwrap_or("base64")).ok_or(bad.clone())?;
            let salt_encoding = text(&salt, "encoding");
            let salt =
                bytes(&text(&salt, "value").unwrap_or_default(), salt_encoding.as_deref().unwrap_or("utf8"));
            let salt = salt.ok_or(bad)?;
            let number =
                |name: &str, otherwise: u64| custom.get(name).and_then(Value::as_u64).unwrap_or(otherwise);
            let cost = number("cost", 16_384);
            if !cost.is_power_of_two() {
                return Err(Unusable::Malformed("the cost of scrypt is a power of two"));
            }
            let (r, p) = (number("blockSize", 8), number("parallelization", 1));
            let [salt, hash] = [salt, hash].map(|bytes| base64url::encode(&bytes));
            Ok(format!("$scrypt$ln={},r={r},p={p}${salt}${hash}", cost.trailing_zeros()))
        }
        "md4" | "md5" | "sha1" | "sha256" | "sha512" | "hmac" | "ldap" => Err(Unusable::Unknown(algorithm)),
        _ => Err(Unusable::Unknown("none that Auth0 names".into())),
    }
}

fn bytes(text: &str, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "utf8" => Some(text.as_bytes().to_vec()),
        "base64" => decode(&text.trim_end_matches('=').replace('+', "-").replace('/', "_")).ok(),
        "hex" if text.len().is_multiple_of(2) && text.is_ascii() => {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
        }
        _ => None,
    }
}
