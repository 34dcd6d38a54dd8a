//! What a user could show as a second factor, over the three tables that hold factors, in one query: every login asks.

use super::statement::statements;
use super::value::values;
use super::{StoreError, Tx, UserId};

/// What is enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enrolled {
    /// Whether there is a confirmed authenticator app.
    pub totp: bool,
    /// How many passkeys there are.
    pub passkeys: i64,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

impl Enrolled {
    /// Whether a login is asked for a second factor. Recovery codes alone ask for nothing: they stand in for a factor.
    #[must_use]
    pub fn any(self) -> bool {
        self.totp || self.passkeys > 0
    }
}

/// What a user has enrolled.
pub async fn by_user(tx: &mut Tx<'_>, user_id: UserId) -> Result<Enrolled, StoreError> {
    let Some(mut row) = tx.query_opt(&BY_USER, values![&user_id]).await? else {
        return Ok(Enrolled::default());
    };
    Ok(Enrolled { totp: row.i64()? > 0, passkeys: row.i64()?, recovery_codes: row.i64()? })
}

statements! {
    BY_USER = "SELECT \
         (SELECT COUNT(*) FROM totp_secrets t WHERE t.user_id = ?1 AND t.confirmed_at IS NOT NULL), \
         (SELECT COUNT(*) FROM passkeys p WHERE p.user_id = ?1), \
         (SELECT COUNT(*) FROM recovery_codes c WHERE c.user_id = ?1 AND c.used_at IS NULL)";
}
