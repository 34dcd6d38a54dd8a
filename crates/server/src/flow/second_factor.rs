//! The second factor of a login: what is enrolled, what is asked for, and what was shown.
//!
//! RFC 6238 for codes of an authenticator app, NIST SP 800-63B-4 for what bounds guessing. Passkeys are checked elsewhere;
//! here they are one of the answers.

use secrecy::SecretString;
use serde_json::Value;

/// A second factor that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// A code of an authenticator app.
    Totp,
    /// A passkey.
    Passkey,
    /// A recovery code.
    RecoveryCode,
}

impl Factor {
    /// The word in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Passkey => "passkey",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// What is still missing, and how to bring it.
#[derive(Debug)]
pub struct Demand {
    /// Names this login until the factor is shown. Good once.
    pub mfa_token: SecretString,
    /// Any one of these will do.
    pub methods: Vec<Factor>,
    /// For so many seconds.
    pub expires_in: i64,
    /// What the browser's passkey function is called with, where a passkey is one of the methods.
    pub passkey_options: Option<Value>,
}
