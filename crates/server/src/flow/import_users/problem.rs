//! What an import could not take over, each with its code, its words and its mend: for the report.

use crate::app::hasher::Unusable;

/// Something of a user that did not come over, or why the whole user did not.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The file could not be read at this place.
    Unreadable(String),
    /// There is no address.
    NoEmail,
    /// The address is none.
    EmailInvalid(&'static str),
    /// Its address was never verified, and only verified ones were asked for.
    NotVerified,
    /// The address stands in the file before.
    Twice,
    /// Imported without the username: it is none.
    UsernameInvalid(&'static str),
    /// Imported without the username: somebody has it.
    UsernameTaken,
    /// Imported without the name.
    NameInvalid(&'static str),
    /// Imported without a role.
    RoleInvalid(&'static str),
    /// Imported without the roles past the most an account has.
    TooManyRoles,
    /// Imported without the role `admin`.
    Administrator,
    /// Imported without its data, which is too long.
    DataTooLarge,
    /// Imported without a password, because it has none in the file.
    NoPassword,
    /// Imported without a password, because its hash cannot be used.
    Password(Unusable),
    /// Something that cannot be had here.
    Lost(Lost),
}

/// What an account may have elsewhere and does not bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lost {
    /// An authenticator app, passkey or other second factor.
    SecondFactor,
    /// A login by another provider.
    SocialLogin,
    /// What the application kept there and users could not change.
    ApplicationData,
    /// No person: a program's own account.
    Program,
    /// Deleted over there, and kept as a row.
    Deleted,
    /// Somebody without a name, who never signed up.
    Anonymous,
}

impl Problem {
    /// Its code, for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::NoEmail => "email_missing",
            Self::EmailInvalid(_) => "email_invalid",
            Self::NotVerified => "email_not_verified",
            Self::Twice => "twice_in_the_file",
            Self::UsernameInvalid(_) => "username_invalid",
            Self::UsernameTaken => "username_taken",
            Self::NameInvalid(_) => "name_invalid",
            Self::RoleInvalid(_) => "role_invalid",
            Self::TooManyRoles => "roles_too_many",
            Self::Administrator => "role_admin",
            Self::DataTooLarge => "data_too_large",
            Self::NoPassword => "password_missing",
            Self::Password(Unusable::Unknown(_)) => "password_unknown_kind",
            Self::Password(Unusable::TooDear(_)) => "password_too_dear",
            Self::Password(_) => "password_malformed",
            Self::Lost(Lost::SecondFactor) => "second_factor",
            Self::Lost(Lost::SocialLogin) => "social_login",
            Self::Lost(Lost::ApplicationData) => "application_data",
            Self::Lost(Lost::Program) => "program",
            Self::Lost(Lost::Deleted) => "deleted",
            Self::Lost(Lost::Anonymous) => "anonymous",
        }
    }

    /// What did not come over.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Unreadable(what) => format!("could not be read: {what}"),
            Self::NoEmail => "has no e-mail address".into(),
            Self::EmailInvalid(what) => format!("has an address that is none: {what}"),
            Self::NotVerified => "has an address that was never verified".into(),
            Self::Twice => "stands in the file a second time".into(),
            Self::UsernameInvalid(what) => format!("without the username: {what}"),
            Self::UsernameTaken => "without the username: another account has it".into(),
            Self::NameInvalid(what) => format!("without the name: {what}"),
            Self::RoleInvalid(what) => format!("without a role: {what}"),
            Self::TooManyRoles => "without some roles: an account has at most 32".into(),
            Self::Administrator => "without the role admin, which administers this server".into(),
            Self::DataTooLarge => "without the data: more than 4096 bytes of JSON".into(),
            Self::NoPassword => "without a password: the file has none".into(),
            Self::Password(why) => format!("without the password: {why}"),
            Self::Lost(Lost::SecondFactor) => "without the second factor".into(),
            Self::Lost(Lost::SocialLogin) => "without the login by another provider".into(),
            Self::Lost(Lost::ApplicationData) => {
                "without what the application kept and users could not change".into()
            }
            Self::Lost(Lost::Program) => "is a program and no person".into(),
            Self::Lost(Lost::Deleted) => "was deleted there".into(),
            Self::Lost(Lost::Anonymous) => "never signed up".into(),
        }
    }

    /// What to do.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "mend this place of the file and run the import again; who is in stays in",
            Self::NoEmail => "add an address to the file and run the import again; accounts here have one",
            Self::EmailInvalid(_) => "correct the address in the file and run the import again",
            Self::NotVerified => "leave out --verified-only, or let them sign up anew",
            Self::Twice => {
                "nothing, if the first one is the right one; else change the address of one of them"
            }
            Self::UsernameInvalid(_) | Self::UsernameTaken => {
                "nothing: they log in with their address and may choose another in their profile"
            }
            Self::NameInvalid(_) => "nothing: they may set it in their profile",
            Self::RoleInvalid(_) | Self::TooManyRoles => "give the roles with `jotgate user roles`",
            Self::Administrator => {
                "give it with `jotgate user roles` to those who should have it, or import with --keep-admin"
            }
            Self::DataTooLarge => "keep what is large in the application's own database, by the user's id",
            Self::NoPassword | Self::Password(_) => {
                "nothing: they come in by a mailed code or a link to set a password"
            }
            Self::Lost(Lost::SecondFactor) => {
                "they set it up again after their first login; tell them before"
            }
            Self::Lost(Lost::SocialLogin) => "they come in by a mailed code, a passkey or a new password",
            Self::Lost(Lost::ApplicationData) => {
                "keep it in the application's own database, by the user's id; roles came over"
            }
            Self::Lost(Lost::Program) => "make a client for it with `jotgate client add`",
            Self::Lost(Lost::Deleted | Lost::Anonymous) => "nothing",
        }
    }

    /// Whether the user stays out because of it.
    #[must_use]
    pub fn keeps_out(&self) -> bool {
        matches!(
            self,
            Self::Unreadable(_)
                | Self::NoEmail
                | Self::EmailInvalid(_)
                | Self::NotVerified
                | Self::Twice
                | Self::Lost(Lost::Program | Lost::Deleted | Lost::Anonymous)
        )
    }
}
