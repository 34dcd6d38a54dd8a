//! Single values of the whole database: key check values, marks of first runs, where a sweep stands.

use super::statement::statements;
use super::value::values;
use super::{StoreError, Tx};

/// The value of a name.
pub async fn value(tx: &mut Tx<'_>, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    match tx.query_opt(&VALUE, values![name]).await? {
        Some(mut row) => row.bytes().map(Some),
        None => Ok(None),
    }
}

/// Sets a value where there is none; false when there was one. Of two at once the second waits for the first.
pub async fn set_if_absent(tx: &mut Tx<'_>, name: &str, value: &[u8]) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_IF_ABSENT, values![name, value]).await? == 1)
}

/// Sets a value, whatever it was.
pub async fn set(tx: &mut Tx<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    tx.execute(&SET, values![name, value]).await.map(drop)
}

/// Every value whose name begins so, with its name.
pub async fn list(tx: &mut Tx<'_>, prefix: &str) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
    let rows = tx.query(&LIST, values![&format!("{prefix}%")]).await?;
    rows.into_iter().map(|mut row| Ok((row.text()?, row.bytes()?))).collect()
}

/// Removes a value.
pub async fn delete(tx: &mut Tx<'_>, name: &str) -> Result<(), StoreError> {
    tx.execute(&DELETE, values![name]).await.map(drop)
}

statements! {
    VALUE = "SELECT value FROM meta WHERE name = ?1";
    SET_IF_ABSENT = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
    SET = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    LIST = "SELECT name, value FROM meta WHERE name LIKE ?1 ORDER BY name";
    DELETE = "DELETE FROM meta WHERE name = ?1";
}
