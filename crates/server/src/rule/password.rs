//! Which passwords are accepted, and how they are brought into one form.
//!
//! NIST SP 800-63B-4 section 3.1.1.2: length over composition, a list of common passwords, a reason with each refusal.
//! Not for: hashing (`app::Hasher`).

use std::borrow::Cow;

use jotgate_token::reason::{self, Reason};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// The least zxcvbn score accepted: fewer than about 10^8 guesses is refused, because the online throttle bounds an
/// attacker to far less than that, while a stolen table does not.
pub const MIN_SCORE: zxcvbn::Score = zxcvbn::Score::Two;

/// zxcvbn's work grows with the square of the length; what follows the first hundred characters only adds strength.
const SCORED_CHARACTERS: usize = 100;

/// What a new password must satisfy and must not repeat.
#[derive(Debug, Clone, Copy)]
pub struct Policy<'a> {
    /// Least length in code points.
    pub min_length: usize,
    /// Most length in code points: enough for any passphrase, little enough to hash without harm.
    pub max_length: usize,
    /// The account's e-mail address.
    pub email: &'a str,
    /// The account's username, if any.
    pub username: Option<&'a str>,
    /// The service's name as people know it, such as the host of the issuer.
    pub service: &'a str,
}

/// Why a password was refused, in the catalogue's words and in words for this password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// The catalogue entry.
    pub reason: &'static Reason,
    /// What to change.
    pub detail: String,
}

/// Brings a password into the one form that is hashed: NFKC, so that two keyboards type the same secret.
#[must_use]
pub fn normalize(password: &str) -> Cow<'_, str> {
    match is_nfkc_quick(password.chars()) {
        IsNormalized::Yes => Cow::Borrowed(password),
        _ => Cow::Owned(password.nfkc().collect()),
    }
}

/// Checks a new password, already [normalized](normalize).
///
/// # Errors
/// The first weakness found, in the order a person can mend it.
pub fn check(password: &str, policy: Policy<'_>) -> Result<(), Weakness> {
    let length = password.chars().count();
    if length < policy.min_length {
        return weak(&reason::PASSWORD_TOO_SHORT, format!("use at least {} characters", policy.min_length));
    }
    if length > policy.max_length {
        return weak(&reason::PASSWORD_TOO_LONG, format!("use at most {} characters", policy.max_length));
    }
    let folded = password.to_lowercase();
    if is_same(&folded, policy.email) || policy.username.is_some_and(|name| is_same(&folded, name)) {
        return weak(&reason::PASSWORD_SAME_AS_EMAIL, "it is your own address or name".into());
    }
    if is_same(&folded, policy.service) {
        return weak(&reason::PASSWORD_SAME_AS_SERVICE, "it is the name of this service".into());
    }
    if is_common(&folded) {
        return weak(
            &reason::PASSWORD_TOO_COMMON,
            "it is on every attacker's list of common passwords".into(),
        );
    }
    let head: String = password.chars().take(SCORED_CHARACTERS).collect();
    let inputs = [policy.email, policy.username.unwrap_or_default(), policy.service];
    let estimate = zxcvbn::zxcvbn(&head, &inputs);
    if estimate.score() < MIN_SCORE {
        let warning = estimate.feedback().and_then(zxcvbn::feedback::Feedback::warning);
        let detail =
            warning.map_or_else(|| "it is easy to guess; add another word or two".into(), |w| w.to_string());
        return weak(&reason::PASSWORD_TOO_WEAK, detail);
    }
    Ok(())
}

fn weak(reason: &'static Reason, detail: String) -> Result<(), Weakness> {
    Err(Weakness { reason, detail })
}

/// Whether a folded password is this name, or the part of an address before or after the `@`.
fn is_same(folded: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    !name.is_empty() && (folded == name || name.split('@').any(|part| part == folded))
}

fn is_common(folded: &str) -> bool {
    let list = COMMON.as_bytes();
    let (mut low, mut high) = (0, list.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = list[..middle].iter().rposition(|&b| b == b'\n').map_or(0, |n| n + 1);
        let end = list[middle..].iter().position(|&b| b == b'\n').map_or(list.len(), |n| middle + n);
        match list[start..end].cmp(folded.as_bytes()) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

const COMMON: &str = include_str!("../../data/passwords/common.txt");

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy<'_> = Policy {
        min_length: 8,
        max_length: 1024,
        email: "ada@lovelace.example",
        username: Some("countess"),
        service: "id.acme.example",
    };

    fn refused(password: &str) -> &'static str {
        check(password, POLICY).expect_err("should be refused").reason.code
    }

    #[test]
    fn each_weakness_has_its_reason() {
        assert_eq!(refused("short"), "password.too_short");
        assert_eq!(refused(&"x".repeat(1025)), "password.too_long");
        assert_eq!(refused("Ada@Lovelace.example"), "password.same_as_email");
        assert_eq!(refused("COUNTESS"), "password.same_as_email");
        assert_eq!(refused("id.acme.example"), "password.same_as_service");
        assert_eq!(refused("Password1"), "password.too_common");
        assert_eq!(refused("abababababab"), "password.too_weak");
    }

    #[test]
    fn good_passphrases_pass_in_any_script() {
        for good in
            ["correct horse battery staple", "Tr0ub4dor&3x9!", "мой кот любит молоко", "鳥が鳴く朝の散歩道"]
        {
            assert_eq!(check(good, POLICY), Ok(()), "{good}");
        }
    }

    #[test]
    fn every_listed_password_is_found_and_its_neighbours_are_not() {
        for line in COMMON.lines() {
            assert!(is_common(line), "{line}");
        }
        assert!(!is_common("password1x"));
        assert!(!is_common(""));
        assert!(!is_common("\u{10ffff}"));
    }

    #[test]
    fn two_keyboards_type_the_same_secret() {
        assert_eq!(normalize("Ame\u{301}lie"), normalize("Am\u{e9}lie"));
        assert_eq!(normalize("ﬁsh"), "fish");
    }
}
