//! Taking all factors from an account, for whoever lost phone and paper: by an operator, an administrator or a link that
//! sets everything anew. Sessions end and the credential epoch rises, so that no login half way comes through; audit
//! and mail say so, because this is also what a thief would ask a help desk for.

use crate::store::{StoreError, Tx, UserId, challenges, passkeys, recovery_codes, totp_secrets};

/// Removes all factors and what waits for them; answers how many there were.
///
/// # Errors
/// When the database does.
pub(in crate::flow) async fn remove_all(tx: &mut Tx<'_>, user: UserId) -> Result<u64, StoreError> {
    challenges::delete_by_user(tx, user).await?;
    let totp = u64::from(totp_secrets::delete(tx, user).await?);
    let passkeys = passkeys::delete_by_user(tx, user).await?;
    recovery_codes::delete_by_user(tx, user).await?;
    Ok(totp + passkeys)
}
