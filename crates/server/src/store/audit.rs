//! What happened, to whom and when. Rows are only added, and deleted when they are old; they outlive the users and
//! sessions they tell of.

use uuid::Uuid;

use super::statement::statements;
use super::value::{Row, values};
use super::{SessionId, StoreError, Tx, UserId};

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its id, a UUIDv7 of `at`: the order of ids is the order of time.
    pub id: Uuid,
    /// When it happened.
    pub at: i64,
    /// What happened, as in `refresh.reuse`.
    pub kind: String,
    /// To whom.
    pub user_id: Option<UserId>,
    /// In which session.
    pub session_id: Option<SessionId>,
    /// In which request.
    pub request_id: Option<String>,
    /// The rest, a JSON object.
    pub detail: String,
}

/// Adds an event.
pub async fn insert(tx: &mut Tx<'_>, event: &AuditRow) -> Result<(), StoreError> {
    let values = values![
        &event.id,
        event.at,
        &event.kind,
        event.user_id.as_ref(),
        event.session_id.as_ref(),
        event.request_id.as_ref(),
        &event.detail,
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

/// The newest events of a user, the newest first.
pub async fn list_by_user(tx: &mut Tx<'_>, user_id: UserId, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    tx.query(&LIST_BY_USER, values![&user_id, limit]).await?.iter_mut().map(read).collect()
}

/// The newest events of a session, the newest first.
pub async fn list_by_session(
    tx: &mut Tx<'_>,
    session_id: SessionId,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    tx.query(&LIST_BY_SESSION, values![&session_id, limit]).await?.iter_mut().map(read).collect()
}

/// Deletes events from before `cutoff`, the oldest `limit` of them.
pub async fn delete_older_than(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    tx.execute(&DELETE_OLDER_THAN, values![&first_id_of(cutoff), limit]).await
}

/// The lowest UUIDv7 of a millisecond: what is older sorts before it, so the primary key is the index of time.
fn first_id_of(at: i64) -> Uuid {
    let millis = u128::try_from(at).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

fn read(row: &mut Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        id: row.uuid()?,
        at: row.i64()?,
        kind: row.text()?,
        user_id: row.opt_uuid()?.map(UserId),
        session_id: row.opt_uuid()?.map(SessionId),
        request_id: row.opt_text()?,
        detail: row.text()?,
    })
}

/// The columns of an event in the order of [`read`].
macro_rules! columns {
    () => {
        "id, at, kind, user_id, session_id, request_id, detail"
    };
}

statements! {
    INSERT = concat!("INSERT INTO audit (", columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    LIST_BY_USER = concat!("SELECT ", columns!(), " FROM audit WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2");
    LIST_BY_SESSION = concat!("SELECT ", columns!(), " FROM audit WHERE session_id = ?1 ORDER BY id DESC LIMIT ?2");
    DELETE_OLDER_THAN = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE id < ?1 ORDER BY id LIMIT ?2)";
}
