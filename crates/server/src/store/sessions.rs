//! Sessions: the truth that access tokens are a short cache of. A rotation is one conditional UPDATE, the only point
//! at which parallel refreshes are put in order. Columns and their meaning: `design/sessions.md`, "Rows".

use super::statement::statements;
use super::users::{self, UserRow};
use super::value::{Row, list as json_list, values};
use super::{SessionId, StoreError, Tx, UserId, meta};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// The client it was opened for.
    pub client: String,
    /// The generation of the refresh token that is good now; 0 at first.
    pub generation: u64,
    /// What a refresh token of this session is made from, beside the keys. A secret.
    pub salt: [u8; 16],
    /// When that generation was made.
    pub rotated_at: i64,
    /// Superseded generations as `rule::refresh` writes them; an empty JSON array at first.
    pub recent: String,
    /// The digest of the key that made the newest generation.
    pub last_key: Option<[u8; 16]>,
    /// How many rotations in a row that key made.
    pub key_run: i64,
    /// The user's epoch when the session was opened.
    pub credential_epoch: i64,
    /// When it was opened.
    pub created_at: i64,
    /// When it was last used.
    pub last_seen_at: i64,
    /// When it ends unless it is used.
    pub idle_until: i64,
    /// When it ends.
    pub absolute_until: i64,
    /// When it was ended early.
    pub revoked_at: Option<i64>,
    /// Why it was ended early.
    pub revoke_reason: Option<String>,
    /// The program that opened it, by its own words.
    pub user_agent: Option<String>,
    /// The address that opened it.
    pub ip: Option<String>,
    /// How the user showed who they are.
    pub amr: Vec<String>,
    /// When the user did.
    pub auth_time: i64,
    /// How its tokens travel.
    pub delivery: String,
    /// The audiences of its access tokens, where they are not the usual ones.
    pub audience: Option<Vec<String>>,
    /// The thumbprint of the key it is bound to.
    pub dpop_jkt: Option<String>,
    /// The digest of the cookie that signs a browser in to the pages.
    pub page_hash: Option<[u8; 32]>,
}

/// A step from one generation to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The session.
    pub id: SessionId,
    /// The generation that was presented.
    pub from: u64,
    /// The generation that is good afterwards.
    pub to: u64,
    /// When.
    pub rotated_at: i64,
    /// Superseded generations afterwards.
    pub recent: String,
    /// The digest of the key that makes it.
    pub last_key: Option<[u8; 16]>,
    /// How many rotations in a row that key made, this one included.
    pub key_run: i64,
    /// When the session ends unless it is used.
    pub idle_until: i64,
    /// When it was last used.
    pub last_seen_at: i64,
}

/// Inserts a session, live and at generation 0 whatever the row says. [`users::hold`] comes first, so that no session of old credentials is made.
pub async fn insert(tx: &mut Tx<'_>, session: &SessionRow) -> Result<(), StoreError> {
    let amr = json_list(&session.amr);
    let audience = session.audience.as_deref().map(json_list);
    let values = values![
        &session.id,
        &session.user_id,
        &session.client,
        &session.salt,
        session.created_at,
        session.credential_epoch,
        session.idle_until,
        session.absolute_until,
        session.user_agent.as_ref(),
        session.ip.as_ref(),
        &amr,
        session.auth_time,
        &session.delivery,
        audience.as_ref(),
        session.dpop_jkt.as_ref(),
        session.page_hash.as_ref(),
    ];
    tx.execute(&INSERT, values).await.map(drop)
}

/// The session of an id, ended or not.
pub async fn by_id(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<SessionRow>, StoreError> {
    tx.query_opt(&BY_ID, values![&id]).await?.map(|mut row| read(&mut row)).transpose()
}

/// The session of an id, ended or not, and its user, as of one moment.
pub async fn with_user(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<(SessionRow, UserRow)>, StoreError> {
    let Some(mut row) = tx.query_opt(&WITH_USER, values![&id]).await? else { return Ok(None) };
    Ok(Some((read(&mut row)?, users::read(&mut row)?)))
}

/// The session of a page cookie's digest, ended or not, and its user, as of one moment.
pub async fn by_page_hash(
    tx: &mut Tx<'_>,
    page_hash: &[u8; 32],
) -> Result<Option<(SessionRow, UserRow)>, StoreError> {
    let Some(mut row) = tx.query_opt(&BY_PAGE_HASH, values![page_hash]).await? else { return Ok(None) };
    Ok(Some((read(&mut row)?, users::read(&mut row)?)))
}

/// Notes that a page was looked at, which keeps the session from running out as a refresh does.
pub async fn visit(
    tx: &mut Tx<'_>,
    id: SessionId,
    last_seen_at: i64,
    idle_until: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&VISIT, values![&id, last_seen_at, idle_until]).await? == 1)
}

/// Steps to the next generation, if `from` is still the good one and the session was not ended.
pub async fn rotate(tx: &mut Tx<'_>, rotation: &Rotation) -> Result<bool, StoreError> {
    step(tx, &ROTATE, rotation).await
}

/// Steps past generations this database never saw, as after a restored backup, if it is still behind `from`.
pub async fn rotate_ahead(tx: &mut Tx<'_>, rotation: &Rotation) -> Result<bool, StoreError> {
    step(tx, &ROTATE_AHEAD, rotation).await
}

async fn step(
    tx: &mut Tx<'_>,
    statement: &super::Statement,
    rotation: &Rotation,
) -> Result<bool, StoreError> {
    let values = values![
        &rotation.id,
        rotation.from,
        rotation.to,
        rotation.rotated_at,
        &rotation.recent,
        rotation.last_key.as_ref(),
        rotation.key_run,
        rotation.idle_until,
        rotation.last_seen_at,
    ];
    Ok(tx.execute(statement, values).await? == 1)
}

/// Ends a session; false when it had been ended. An expired one can be ended too: a refresh that found it alive just
/// before may still be on its way.
pub async fn end(tx: &mut Tx<'_>, id: SessionId, at: i64, reason: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&END, values![&id, at, reason]).await? == 1)
}

/// Ends all sessions of a user but one; answers which it ended, expired ones among them.
pub async fn end_all(
    tx: &mut Tx<'_>,
    user_id: UserId,
    except: Option<SessionId>,
    at: i64,
    reason: &str,
) -> Result<Vec<SessionId>, StoreError> {
    // The empty id is nobody's.
    let except = except.as_ref().map_or(&[][..], |id| id.0.as_bytes());
    let mut rows = tx.query(&END_ALL, values![&user_id, except, at, reason]).await?;
    rows.iter_mut().map(|row| row.uuid().map(SessionId)).collect()
}

/// Keeps a session that was not ended as it is until the transaction ends; false when it was ended or is unknown.
pub async fn hold(tx: &mut Tx<'_>, id: SessionId) -> Result<bool, StoreError> {
    Ok(tx.execute(&HOLD, values![&id]).await? == 1)
}

/// The newest sessions of a user that can still be used, at most 1,000.
pub async fn list_live(tx: &mut Tx<'_>, user_id: UserId, now: i64) -> Result<Vec<SessionRow>, StoreError> {
    tx.query(&LIST_LIVE, values![&user_id, now]).await?.iter_mut().map(read).collect()
}

/// When the last of all sessions is over, ended ones counted too. Reads the whole table: for once a month.
pub async fn last_end(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    match tx.query_opt(&LAST_END, values![]).await? {
        Some(mut row) => row.opt_i64(),
        None => Ok(None),
    }
}

/// Notes that a session was used without rotating.
pub async fn touch(tx: &mut Tx<'_>, id: SessionId, last_seen_at: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&TOUCH, values![&id, last_seen_at]).await? == 1)
}

/// Looks at the next `limit` sessions and deletes those that ended before `cutoff`; answers how many those were.
///
/// The place is kept in the database, so that nodes share the walk and a restart goes on with it; behind the last
/// session it begins again. An index on the end would be written by every rotation; a walk costs them nothing.
pub async fn delete_ended_before(tx: &mut Tx<'_>, cutoff: i64, limit: u32) -> Result<u64, StoreError> {
    let after = meta::value(tx, SWEPT).await?.unwrap_or_default();
    let last = match tx.query_opt(&NTH_AFTER, values![&after, limit.saturating_sub(1)]).await? {
        Some(mut row) => Some(row.bytes()?),
        None => None,
    };
    let deleted = match &last {
        Some(last) => tx.execute(&DELETE_ENDED_UP_TO, values![&after, last, cutoff]).await?,
        None => tx.execute(&DELETE_ENDED_AFTER, values![&after, cutoff]).await?,
    };
    let place = last.unwrap_or_default();
    if place != after {
        meta::set(tx, SWEPT, &place).await?;
    }
    Ok(deleted)
}

/// Deletes all sessions of a user.
pub async fn delete_by_user(tx: &mut Tx<'_>, user_id: UserId) -> Result<u64, StoreError> {
    tx.execute(&DELETE_BY_USER, values![&user_id]).await
}

fn read(row: &mut Row) -> Result<SessionRow, StoreError> {
    Ok(SessionRow {
        id: SessionId(row.uuid()?),
        user_id: UserId(row.uuid()?),
        client: row.text()?,
        generation: row.u64()?,
        salt: row.array()?,
        rotated_at: row.i64()?,
        recent: row.text()?,
        last_key: row.opt_array()?,
        key_run: row.i64()?,
        credential_epoch: row.i64()?,
        created_at: row.i64()?,
        last_seen_at: row.i64()?,
        idle_until: row.i64()?,
        absolute_until: row.i64()?,
        revoked_at: row.opt_i64()?,
        revoke_reason: row.opt_text()?,
        user_agent: row.opt_text()?,
        ip: row.opt_text()?,
        amr: row.list()?,
        auth_time: row.i64()?,
        delivery: row.text()?,
        audience: row.opt_list()?,
        dpop_jkt: row.opt_text()?,
        page_hash: row.opt_array()?,
    })
}

/// Where the walk of [`delete_ended_before`] stands.
const SWEPT: &str = "sessions.swept";

/// The columns of a session in the order of [`read`].
macro_rules! columns {
    () => {
        "s.id, s.user_id, s.client, s.generation, s.salt, s.rotated_at, s.recent, s.last_key, s.key_run, \
         s.credential_epoch, s.created_at, s.last_seen_at, s.idle_until, s.absolute_until, s.revoked_at, \
         s.revoke_reason, s.user_agent, s.ip, s.amr, s.auth_time, s.delivery, s.audience, s.dpop_jkt, \
         s.page_hash"
    };
}

/// What a rotation writes.
macro_rules! step {
    () => {
        "UPDATE sessions SET generation = ?3, rotated_at = ?4, recent = ?5, last_key = ?6, key_run = ?7, \
         idle_until = ?8, last_seen_at = ?9 WHERE id = ?1 AND revoked_at IS NULL AND generation"
    };
}

statements! {
    INSERT = "INSERT INTO sessions (id, user_id, client, generation, salt, rotated_at, recent, last_key, key_run, \
         credential_epoch, created_at, last_seen_at, idle_until, absolute_until, revoked_at, revoke_reason, \
         user_agent, ip, amr, auth_time, delivery, audience, dpop_jkt, page_hash) \
         VALUES (?1, ?2, ?3, 0, ?4, ?5, '[]', NULL, 0, ?6, ?5, ?5, ?7, ?8, NULL, NULL, \
         ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    BY_ID = concat!("SELECT ", columns!(), " FROM sessions s WHERE s.id = ?1");
    WITH_USER = concat!("SELECT ", columns!(), ", ", users::columns!(),
         " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?1");
    BY_PAGE_HASH = concat!("SELECT ", columns!(), ", ", users::columns!(),
         " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.page_hash = ?1");
    VISIT = "UPDATE sessions SET last_seen_at = ?2, idle_until = ?3 WHERE id = ?1 AND revoked_at IS NULL \
         AND last_seen_at < ?2 AND idle_until < ?3";
    ROTATE = concat!(step!(), " = ?2");
    ROTATE_AHEAD = concat!(step!(), " < ?2");
    HOLD = "UPDATE sessions SET last_seen_at = last_seen_at WHERE id = ?1 AND revoked_at IS NULL";
    END = "UPDATE sessions SET revoked_at = ?2, revoke_reason = ?3 WHERE id = ?1 AND revoked_at IS NULL";
    END_ALL = "UPDATE sessions SET revoked_at = ?3, revoke_reason = ?4 \
         WHERE user_id = ?1 AND id <> ?2 AND revoked_at IS NULL RETURNING id";
    LIST_LIVE = concat!("SELECT ", columns!(), " FROM sessions s WHERE s.user_id = ?1 AND s.revoked_at IS NULL \
         AND s.idle_until > ?2 AND s.absolute_until > ?2 ORDER BY s.id DESC LIMIT 1000");
    LAST_END = "SELECT MAX(absolute_until) FROM sessions";
    TOUCH = "UPDATE sessions SET last_seen_at = ?2 WHERE id = ?1 AND last_seen_at < ?2";
    NTH_AFTER = "SELECT id FROM sessions WHERE id > ?1 ORDER BY id LIMIT 1 OFFSET ?2";
    DELETE_ENDED_UP_TO = "DELETE FROM sessions WHERE id > ?1 AND id <= ?2 \
         AND (revoked_at < ?3 OR idle_until < ?3 OR absolute_until < ?3)";
    DELETE_ENDED_AFTER = "DELETE FROM sessions WHERE id > ?1 \
         AND (revoked_at < ?2 OR idle_until < ?2 OR absolute_until < ?2)";
    DELETE_BY_USER = "DELETE FROM sessions WHERE user_id = ?1";
}
