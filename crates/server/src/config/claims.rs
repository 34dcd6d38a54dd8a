//! `[tokens] claims`: which fields of the user's row become claims, under which names.
//!
//! The right-hand side is a path, not a template: a claim is a value of the row or absent, never text made
//! of several. Names are checked because two meanings of one name are how tokens go wrong (RFC 7519 section 4).

use std::fmt;

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
