//! `[tokens] claims`: which fields of the user's row become claims, under which names.
//!
//! The right-hand side is a path, not a template: a claim is a value of the row or absent, never text made
//! of several. Names are checked because two meanings of one name are how tokens go wrong (RFC 7519 section 4).

use std::fmt;

use jotgate_jose::claims::may_collide;
use jotgate_token::access::is_reserved;

use super::{
    key::{Fault, Raw, Setting},
    nearest,
};

/// One extra claim of the access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedClaim {
    /// The name of the claim.
    pub name: String,
    /// Where its value comes from.
    pub path: ClaimPath,
}

/// A field of the user's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimPath {
    /// `user.id`
    Id,
    /// `user.email`
    Email,
    /// `user.username`
    Username,
    /// `user.name`
    Name,
    /// `user.email_verified`
    EmailVerified,
    /// `user.roles`, a list
    Roles,
    /// `user.roles.first`, the first role as text
    FirstRole,
    /// `user.data.a.b`: the value at these keys of the user's own data; never empty
    Data(Vec<String>),
}

impl ClaimPath {
    /// Reads `user.…`; `None` when it names no field.
    pub fn parse(text: &str) -> Option<Self> {
        let field = text.strip_prefix("user.")?;
        if let Some(keys) = field.strip_prefix("data.") {
            let keys: Vec<String> = keys.split('.').map(str::to_owned).collect();
            return keys.iter().all(|key| !key.is_empty()).then_some(Self::Data(keys));
        }
        match field {
            "id" => Some(Self::Id),
            "email" => Some(Self::Email),
            "username" => Some(Self::Username),
            "name" => Some(Self::Name),
            "email_verified" => Some(Self::EmailVerified),
            "roles" => Some(Self::Roles),
            "roles.first" => Some(Self::FirstRole),
            _ => None,
        }
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = match self {
            Self::Id => "id",
            Self::Email => "email",
            Self::Username => "username",
            Self::Name => "name",
            Self::EmailVerified => "email_verified",
            Self::Roles => "roles",
            Self::FirstRole => "roles.first",
            Self::Data(keys) => return write!(f, "user.data.{}", keys.join(".")),
        };
        write!(f, "user.{field}")
    }
}

impl Setting for Vec<MappedClaim> {
    const KIND: &'static str = "table of claim names and fields";

    fn read(raw: &Raw) -> Result<Self, Fault> {
        let pairs: Vec<(&str, &str)> = match raw {
            Raw::Map(pairs) => pairs.iter().map(|(name, path)| (name.as_str(), path.as_str())).collect(),
            // A URI may hold an equals sign, a path cannot: the last one divides.
            Raw::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    pair.rsplit_once('=').ok_or_else(|| Fault::new("holds no name = field", TEXT_FORM))
                })
                .collect::<Result<_, _>>()?,
            other => {
                let what = format!("is {} where a table belongs", other.type_name());
                return Err(Fault::new(what, "Write { role = \"user.roles.first\" }."));
            }
        };
        pairs.into_iter().map(|(name, path)| read_claim(name.trim(), path.trim())).collect()
    }

    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
}

impl MappedClaim {
    /// What a careful person would want to hear about the claim, though it is allowed.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let Self { name, path } = self;
        if may_collide(name) {
            remarks.push(format!(
                "the claim `{name}` is neither registered with IANA nor a URI: another service may mean something \
                 else by it; \"https://YOUR.DOMAIN/{name}\" cannot collide"
            ));
        }
        if matches!(path, ClaimPath::Email | ClaimPath::Name | ClaimPath::Username) {
            remarks.push(format!(
                "the claim `{name}` puts personal data ({path}) into every access token, and everybody who sees a \
                 token can read it: it is signed, not encrypted"
            ));
        }
        remarks
    }
}

fn read_claim(name: &str, path: &str) -> Result<MappedClaim, Fault> {
    if name.is_empty() || name.len() > 255 || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let mend = "A name is a word such as `cartID` or a URI such as \"https://example.com/cart\".";
        return Err(Fault::new(format!("names a claim {name:?}"), mend));
    }
    // Because the server's own checks, and everybody else's, rest on what these mean.
    if is_reserved(name) {
        let mend = format!("Jotgate sets `{name}` itself; map the field to another name.");
        return Err(Fault::new(format!("names the claim `{name}`"), mend));
    }
    let Some(field) = ClaimPath::parse(path) else {
        return Err(unknown_field(name, path));
    };
    // Because users write `data` themselves: nobody may hand himself a role.
    if matches!(field, ClaimPath::Data(_)) && AUTHORITY.contains(&plain(name).as_str()) {
        let mend = "Users edit their own data, so they could promote themselves: use user.roles or user.roles.first.";
        return Err(Fault::new(format!("takes the claim `{name}` from {path}"), mend));
    }
    Ok(MappedClaim { name: name.to_owned(), path: field })
}

fn unknown_field(name: &str, path: &str) -> Fault {
    let what = format!("takes the claim `{name}` from {path:?}, which is no field");
    if path == "user.data" {
        return Fault::new(
            what,
            "Name one key of it, `user.data.cartID`: the whole object would make the tokens large.",
        );
    }
    let near = nearest::among(path, FIELDS.into_iter());
    let meant = near.map_or_else(String::new, |near| format!("Did you mean {near}? "));
    Fault::new(what, format!("{meant}Fields are {} and user.data.KEY.", FIELDS.join(", ")))
}

/// `isAdmin` and `is_admin` are one word to whoever checks them.
fn plain(name: &str) -> String {
    let word = name.rsplit(['/', ':', '#']).next().unwrap_or(name);
    word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Names by which an API decides what somebody may do, as lower-case letters.
const AUTHORITY: [&str; 14] = [
    "role",
    "roles",
    "admin",
    "isadmin",
    "superuser",
    "issuperuser",
    "staff",
    "isstaff",
    "groups",
    "group",
    "permissions",
    "permission",
    "scopes",
    "entitlements",
];

const FIELDS: [&str; 7] = [
    "user.id",
    "user.email",
    "user.username",
    "user.name",
    "user.email_verified",
    "user.roles",
    "user.roles.first",
];

const TEXT_FORM: &str = "In a variable or a flag write role=user.roles.first,cartID=user.data.cartID.";

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(text: &str) -> Result<Vec<MappedClaim>, Fault> {
        Vec::read(&Raw::Text(text.to_owned()))
    }

    #[test]
    fn every_field_is_read_and_written_alike() {
        for path in FIELDS.into_iter().chain(["user.data.cartID", "user.data.a.b"]) {
            assert_eq!(ClaimPath::parse(path).unwrap().to_string(), path);
        }
    }

    #[test]
    fn a_list_of_pairs_is_read() {
        let read = claims("role = user.roles.first, https://x.example/?a=b=user.data.cartID").unwrap();
        assert_eq!(read[0], MappedClaim { name: "role".into(), path: ClaimPath::FirstRole });
        assert_eq!(read[1].name, "https://x.example/?a=b");
        assert_eq!(read[1].path, ClaimPath::Data(vec!["cartID".into()]));
    }

    #[test]
    fn what_names_no_field_is_refused_with_the_nearest() {
        let fault = claims("role=user.role").unwrap_err();
        assert!(fault.mend.starts_with("Did you mean user.roles?"), "{}", fault.mend);
        for path in ["email", "user.", "user.data", "user.data.", "user.data.a..b", "user.password_hash"] {
            assert!(claims(&format!("x={path}")).is_err(), "{path}");
        }
    }

    #[test]
    fn the_servers_own_claims_are_refused() {
        for name in jotgate_token::access::RESERVED {
            let fault = claims(&format!("{name}=user.id")).unwrap_err();
            assert!(fault.what.contains(name), "{name}");
        }
    }

    #[test]
    fn nobody_can_promote_himself() {
        for name in ["role", "isAdmin", "is_admin", "permissions", "https://x.example/role"] {
            let fault = claims(&format!("{name}=user.data.x")).unwrap_err();
            assert!(fault.mend.contains("promote"), "{name}");
        }
        assert!(claims("role=user.roles.first").is_ok());
    }

    #[test]
    fn a_bare_unregistered_name_and_personal_data_are_remarked() {
        let remarks = |text: &str| claims(text).unwrap()[0].remarks();
        assert!(remarks("cartID=user.data.cartID")[0].contains("neither registered"));
        assert!(remarks("email=user.email")[0].contains("personal data"));
        assert_eq!(remarks("email_verified=user.email_verified"), [""; 0]);
        assert_eq!(remarks("https://x.example/cart=user.data.cartID"), [""; 0]);
    }
}
