//! What somebody showed to prove who they are, how tokens say it, and what follows from it.
//!
//! The words are those of RFC 8176 (`amr`); the class (`acr`) is "2" where two factors were shown and "1" otherwise.
//! Not for: checking what was shown, which is done by `flow`.

/// One thing that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A password.
    Password,
    /// A code or link that was sent by mail.
    MailedCode,
    /// A code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A passkey.
    Passkey {
        /// Whether it is copied between devices: then it is a key in software.
        backed_up: bool,
        /// Whether the device made sure of its user, which makes the one passkey two factors.
        user_verified: bool,
    },
}

/// The words of a session for what was shown, each once.
#[must_use]
pub fn amr(methods: &[Method]) -> Vec<String> {
    let mut words: Vec<&str> = Vec::new();
    for method in methods {
        match method {
            Method::Password => words.push("pwd"),
            Method::MailedCode | Method::Totp | Method::RecoveryCode => words.push("otp"),
            Method::Passkey { backed_up, user_verified } => {
                words.push(if *backed_up { "swk" } else { "hwk" });
                words.extend(user_verified.then_some("user"));
            }
        }
    }
    words.extend(is_multi_factor(methods).then_some(MULTI_FACTOR));
    let mut once: Vec<String> = Vec::new();
    for word in words {
        if !once.iter().any(|seen| seen == word) {
            once.push(word.to_owned());
        }
    }
    once
}

/// Whether two factors were shown: two things of which at least one is enrolled as a second factor, or a passkey whose
/// device made sure of its user. A password and a mailed code are not two: whoever reads the mail can reset the
/// password.
#[must_use]
pub fn is_multi_factor(methods: &[Method]) -> bool {
    let first = |method: &Method| matches!(method, Method::Password | Method::MailedCode);
    let verified = |method: &Method| matches!(method, Method::Passkey { user_verified: true, .. });
    methods.iter().any(verified) || (methods.len() > 1 && !methods.iter().all(first))
}

/// The authentication context class of a session with these words.
#[must_use]
pub fn acr(amr: &[String]) -> &'static str {
    if is_strong(amr) { "2" } else { "1" }
}

/// Whether the words say that two factors were shown.
#[must_use]
pub fn is_strong(amr: &[String]) -> bool {
    amr.iter().any(|word| word == MULTI_FACTOR)
}

/// The roles of an account that a session with these words has: those in `required_for` only when two factors were
/// shown in it.
#[must_use]
pub fn granted(roles: &[String], required_for: &[String], amr: &[String]) -> Vec<String> {
    let strong = is_strong(amr);
    roles.iter().filter(|role| strong || !required_for.contains(role)).cloned().collect()
}

/// RFC 8176 section 2.
const MULTI_FACTOR: &str = "mfa";

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Method = Method::Passkey { backed_up: false, user_verified: true };
    const TOUCHED: Method = Method::Passkey { backed_up: true, user_verified: false };

    #[test]
    fn words_of_rfc_8176() {
        let cases: &[(&[Method], &[&str], &str)] = &[
            (&[Method::Password], &["pwd"], "1"),
            (&[Method::MailedCode], &["otp"], "1"),
            (&[Method::Password, Method::Totp], &["pwd", "otp", "mfa"], "2"),
            (&[Method::Password, Method::RecoveryCode], &["pwd", "otp", "mfa"], "2"),
            (&[Method::MailedCode, Method::Totp], &["otp", "mfa"], "2"),
            (&[Method::Password, Method::MailedCode], &["pwd", "otp"], "1"),
            (&[KEY], &["hwk", "user", "mfa"], "2"),
            (&[TOUCHED], &["swk"], "1"),
            (&[Method::Password, TOUCHED], &["pwd", "swk", "mfa"], "2"),
            (&[TOUCHED, Method::Totp], &["swk", "otp", "mfa"], "2"),
        ];
        for (methods, words, class) in cases {
            let said = amr(methods);
            assert_eq!((said.join(" "), acr(&said)), (words.join(" "), *class), "{methods:?}");
        }
    }

    #[test]
    fn a_role_that_wants_two_factors_is_withheld_and_no_other() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (roles, wanted) = (words("admin editor"), words("admin root"));
        assert_eq!(granted(&roles, &wanted, &words("pwd")), words("editor"));
        assert_eq!(granted(&roles, &wanted, &words("pwd otp mfa")), roles);
        assert_eq!(granted(&roles, &[], &words("pwd")), roles);
    }
}
