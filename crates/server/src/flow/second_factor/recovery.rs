//! Recovery codes: for whoever lost the phone. Ten, each good once, shown once.
//!
//! A code is 16 characters, 80 random bits: so many that its digest in a stolen database cannot be turned back, without a
//! slow hash whose setting would have to stay as it was for as long as people keep paper.

use jotgate_jose::primitive::sha256;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    app::App,
    store::{StoreError, Tx, UserId, recovery_codes},
};

/// New codes, not yet written. Made before the transaction, which may run twice.
pub(in crate::flow) struct NewCodes {
    /// As they are shown, `XXXX-XXXX-XXXX-XXXX`.
    pub(in crate::flow) shown: Vec<String>,
    hashes: Vec<[u8; 32]>,
}

impl NewCodes {
    /// Ten codes for this user.
    pub(in crate::flow) fn make(app: &App, user: UserId) -> Self {
        let codes: Vec<String> = (0..CODES).map(|_| written(app.random_bytes())).collect();
        let hashes = codes.iter().map(|code| digest(user, code)).collect();
        let grouped = |code: &String| {
            let four = |n: usize| &code[4 * n..4 * n + 4];
            format!("{}-{}-{}-{}", four(0), four(1), four(2), four(3))
        };
        Self { shown: codes.iter().map(grouped).collect(), hashes }
    }

    /// What is written of them.
    pub(in crate::flow) fn hashes(&self) -> Vec<[u8; 32]> {
        self.hashes.clone()
    }
}

/// Uses a code: true once.
///
/// # Errors
/// When the database does.
pub(super) async fn take(
    tx: &mut Tx<'_>,
    user: UserId,
    typed: &SecretString,
    now: i64,
) -> Result<bool, StoreError> {
    recovery_codes::mark_used(tx, user, &digest(user, &read(typed.expose_secret())), now).await
}

/// Bound to its user, so that no digest is found in the rows of another.
fn digest(user: UserId, code: &str) -> [u8; 32] {
    sha256(format!("jotgate recovery code {} {code}", user.0).as_bytes())
}

/// Five bits a character.
fn written(random: [u8; 10]) -> String {
    let bits = random.iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    (0..16).rev().map(|n| char::from(ALPHABET[(bits >> (5 * n)) as usize & 31])).collect()
}

/// A code as it was written, however it was typed: letters that look like digits are those digits.
fn read(typed: &str) -> String {
    let plain = |c: char| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).map(plain).collect()
}

/// Crockford's: no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const CODES: usize = 10;

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_bit_is_in_the_code() {
        assert_eq!(written([0; 10]), "0".repeat(16));
        assert_eq!(written([0xff; 10]), "Z".repeat(16));
        assert_eq!(written([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1]), "G000000000000001");
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        for typed in ["01ABCDEFGHJKMNPQ", "o1ab-cdef-ghjk-mnpq", " OLAB CDEF GHJK MNPQ ", "0IABCDEF-GHJKMNPQ"]
        {
            assert_eq!(read(typed), "01ABCDEFGHJKMNPQ", "{typed}");
        }
    }

    #[test]
    fn the_same_code_of_two_users_has_two_digests() {
        let user = |n: u128| UserId(Uuid::from_u128(n));
        assert_ne!(digest(user(1), "01ABCDEFGHJKMNPQ"), digest(user(2), "01ABCDEFGHJKMNPQ"));
    }
}
