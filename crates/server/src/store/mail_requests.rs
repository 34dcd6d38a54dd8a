//! What was asked for in the name of a mail address, sealed, until a job has looked up who that is.

use uuid::Uuid;

use super::statement::statements;
use super::value::values;
use super::{StoreError, Tx};

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRequestRow {
    /// Its id; ids count up in time.
    pub id: Uuid,
    /// What and by whom, sealed.
    pub sealed: Vec<u8>,
    /// When.
    pub created_at: i64,
}

/// Writes a request down.
pub async fn insert(tx: &mut Tx<'_>, request: &MailRequestRow) -> Result<(), StoreError> {
    let MailRequestRow { id, sealed, created_at } = request;
    tx.execute(&INSERT, values![id, sealed, *created_at]).await.map(drop)
}

/// The oldest requests.
pub async fn oldest(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<MailRequestRow>, StoreError> {
    let mut rows = tx.query(&OLDEST, values![limit]).await?;
    rows.iter_mut()
        .map(|row| Ok(MailRequestRow { id: row.uuid()?, sealed: row.bytes()?, created_at: row.i64()? }))
        .collect()
}

/// Takes a request, to do it in this transaction: false when another server did.
pub async fn take(tx: &mut Tx<'_>, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.execute(&TAKE, values![&id]).await? == 1)
}

/// Puts a request in under another seal.
pub async fn reseal(tx: &mut Tx<'_>, id: Uuid, sealed: &[u8]) -> Result<(), StoreError> {
    tx.execute(&RESEAL, values![&id, sealed]).await.map(drop)
}

statements! {
    INSERT = "INSERT INTO mail_requests (id, sealed, created_at) VALUES (?1, ?2, ?3)";
    OLDEST = "SELECT id, sealed, created_at FROM mail_requests ORDER BY id LIMIT ?1";
    TAKE = "DELETE FROM mail_requests WHERE id = ?1";
    RESEAL = "UPDATE mail_requests SET sealed = ?2 WHERE id = ?1";
}
