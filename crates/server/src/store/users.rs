//! Users: who may log in and what they may do. Every change that others may race is one conditional UPDATE whose row
//! count says who won; `hold` keeps a user as it was read until the transaction ends.

use super::statement::statements;
use super::value::{Row, list as json_list, values};
use super::{StoreError, Tx, UserId, Value};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Its id.
    pub id: UserId,
    /// The address as it was given.
    pub email: String,
    /// The address in the form that is compared.
    pub email_key: String,
    /// The name to log in with, as it was given.
    pub username: Option<String>,
    /// That name in the form that is compared.
    pub username_key: Option<String>,
    /// What people call the user.
    pub name: Option<String>,
    /// The language of pages and mails, a tag such as `de`; none follows the browser, and in mails the default.
    pub language: Option<String>,
    /// A PHC string; none when the user has no password.
    pub password_hash: Option<String>,
    /// Whether the address was shown to be the user's.
    pub email_verified: bool,
    /// What the user may do.
    pub roles: Vec<String>,
    /// A JSON object of the application.
    pub data: String,
    /// Since when the user may not log in.
    pub disabled_at: Option<i64>,
    /// Raised by what ends sessions.
    pub credential_epoch: i64,
    /// Raised by what ends access tokens.
    pub authz_epoch: i64,
    /// When it was made.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
}

/// What users may change about themselves, all of it replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What people call the user.
    pub name: Option<String>,
    /// The name to log in with, as it was given.
    pub username: Option<String>,
    /// That name in the form that is compared.
    pub username_key: Option<String>,
    /// The language of pages and mails.
    pub language: Option<String>,
    /// A JSON object of the application.
    pub data: String,
}

/// What became of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// The user is there.
    Done,
    /// Another user has the address.
    EmailTaken,
    /// Another user has the user name.
    UsernameTaken,
}

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Updated {
    /// The user is changed.
    Done,
    /// Another user has the user name.
    UsernameTaken,
    /// There is no such user.
    Gone,
}

/// Inserts a user, or says who is in the way. It begins enabled, with both epochs at zero, whatever the row says.
pub async fn insert(tx: &mut Tx<'_>, user: &UserRow) -> Result<Inserted, StoreError> {
    let roles = json_list(&user.roles);
    let values = values![
        &user.id,
        &user.email,
        &user.email_key,
        user.username.as_ref(),
        user.username_key.as_ref(),
        user.name.as_ref(),
        user.password_hash.as_ref(),
        user.email_verified,
        &roles,
        &user.data,
        user.created_at,
        user.language.as_ref(),
    ];
    if tx.execute(&INSERT, values).await? == 1 {
        return Ok(Inserted::Done);
    }
    if by_email_key(tx, &user.email_key).await?.is_some() {
        return Ok(Inserted::EmailTaken);
    }
    if let Some(key) = &user.username_key
        && by_username_key(tx, key).await?.is_some()
    {
        return Ok(Inserted::UsernameTaken);
    }
    // Whoever was in the way has just been deleted, or the id was used before.
    Err(StoreError::Conflict)
}

/// The user of an id.
pub async fn by_id(tx: &mut Tx<'_>, id: UserId) -> Result<Option<UserRow>, StoreError> {
    tx.query_opt(&BY_ID, values![&id]).await?.map(|mut row| read(&mut row)).transpose()
}

/// The user of an address.
pub async fn by_email_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<UserRow>, StoreError> {
    tx.query_opt(&BY_EMAIL_KEY, values![key]).await?.map(|mut row| read(&mut row)).transpose()
}

/// The user of a user name.
pub async fn by_username_key(tx: &mut Tx<'_>, key: &str) -> Result<Option<UserRow>, StoreError> {
    tx.query_opt(&BY_USERNAME_KEY, values![key]).await?.map(|mut row| read(&mut row)).transpose()
}

/// Users in the order they were made, from behind `after`.
pub async fn list(tx: &mut Tx<'_>, after: Option<UserId>, limit: u32) -> Result<Vec<UserRow>, StoreError> {
    // No id sorts before or at the empty one.
    let after = after.as_ref().map_or(&[][..], |id| id.0.as_bytes());
    tx.query(&LIST, values![after, limit]).await?.iter_mut().map(read).collect()
}

/// Replaces what users may change about themselves.
pub async fn update_profile(
    tx: &mut Tx<'_>,
    id: UserId,
    profile: &Profile,
    now: i64,
) -> Result<Updated, StoreError> {
    let (username, key) = (profile.username.as_ref(), profile.username_key.as_ref());
    let values =
        values![&id, profile.name.as_ref(), username, key, &profile.data, now, profile.language.as_ref()];
    if tx.execute(&UPDATE_PROFILE, values).await? == 1 {
        return Ok(Updated::Done);
    }
    Ok(if by_id(tx, id).await?.is_some() { Updated::UsernameTaken } else { Updated::Gone })
}

/// Whether the user is enabled and of this epoch, and stays so until the transaction ends: PostgreSQL locks the row.
pub async fn hold(tx: &mut Tx<'_>, id: UserId, credential_epoch: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&HOLD, values![&id, credential_epoch]).await? == 1)
}

/// Sets a password and raises the epoch, unless the epoch has moved since it was read.
pub async fn set_password(
    tx: &mut Tx<'_>,
    id: UserId,
    from_epoch: i64,
    hash: &str,
    now: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_PASSWORD, values![&id, from_epoch, hash, now]).await? == 1)
}

/// Takes the password away and raises the epoch, unless the epoch has moved since it was read.
pub async fn remove_password(
    tx: &mut Tx<'_>,
    id: UserId,
    from_epoch: i64,
    now: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_PASSWORD, values![&id, from_epoch, Value::Null, now]).await? == 1)
}

/// Puts a new hash of the same password, unless the password has changed meanwhile. Ends no session.
pub async fn rehash(tx: &mut Tx<'_>, id: UserId, old_hash: &str, new_hash: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&REHASH, values![&id, old_hash, new_hash]).await? == 1)
}

/// Notes that the address was shown to be the user's and raises the epoch; false when it was before. A password that
/// somebody else disputed meanwhile does not outlive it.
pub async fn verify_email(tx: &mut Tx<'_>, id: UserId, now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&VERIFY_EMAIL, values![&id, now]).await? == 1)
}

/// Notes that somebody else, who may be the owner of the address, signed up with it and another password.
pub async fn contest_password(tx: &mut Tx<'_>, id: UserId) -> Result<(), StoreError> {
    tx.execute(&CONTEST_PASSWORD, values![&id]).await.map(drop)
}

/// Gives a user another address, which was shown to be theirs; false when another user has it.
pub async fn set_email(
    tx: &mut Tx<'_>,
    id: UserId,
    email: &str,
    key: &str,
    now: i64,
) -> Result<bool, StoreError> {
    Ok(tx.execute(&SET_EMAIL, values![&id, email, key, now]).await? == 1)
}

/// Makes every session of the user one of old credentials.
pub async fn raise_credential_epoch(tx: &mut Tx<'_>, id: UserId, now: i64) -> Result<bool, StoreError> {
    Ok(tx.execute(&RAISE_CREDENTIAL_EPOCH, values![&id, now]).await? == 1)
}

/// Sets the roles; answers the epoch from now on, none for an unknown user. It rises by at least one, and to
/// `authz_epoch` at least, so that it never falls behind what a restored backup had handed out.
pub async fn set_roles(
    tx: &mut Tx<'_>,
    id: UserId,
    roles: &[String],
    authz_epoch: i64,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let roles = json_list(roles);
    match tx.query_opt(&SET_ROLES, values![&id, &roles, authz_epoch, now]).await? {
        Some(mut row) => row.i64().map(Some),
        None => Ok(None),
    }
}

/// Disables a user from a time on, which raises the credential epoch, or enables it.
pub async fn set_disabled(
    tx: &mut Tx<'_>,
    id: UserId,
    disabled_at: Option<i64>,
    now: i64,
) -> Result<bool, StoreError> {
    let changed = match disabled_at {
        Some(at) => tx.execute(&DISABLE, values![&id, at, now]).await?,
        None => tx.execute(&ENABLE, values![&id, now]).await?,
    };
    Ok(changed == 1)
}

/// Deletes a user with its sessions, known addresses and links; what was audited stays.
pub async fn delete(tx: &mut Tx<'_>, id: UserId) -> Result<bool, StoreError> {
    Ok(tx.execute(&DELETE, values![&id]).await? == 1)
}

/// Whether anybody has a role. Reads every user, so it is for start-up and the command line.
pub async fn any_with_role(tx: &mut Tx<'_>, role: &str) -> Result<bool, StoreError> {
    let (first, later) = as_element(role);
    Ok(tx.query_opt(&ANY_WITH_ROLE, values![&first, &later]).await?.is_some())
}

/// Whether an enabled user other than this one has a role.
pub async fn any_other_with_role(tx: &mut Tx<'_>, role: &str, id: UserId) -> Result<bool, StoreError> {
    let (first, later) = as_element(role);
    Ok(tx.query_opt(&ANY_OTHER_WITH_ROLE, values![&first, &later, &id]).await?.is_some())
}

/// How a role stands in a JSON array, first and further on. Behind [ or , a quote opens an element: inside of one it
/// follows a backslash, and at the end of one it is followed by another of these signs.
fn as_element(role: &str) -> (String, String) {
    let element = serde_json::to_string(role).expect("strings always have a JSON form");
    (format!("[{element}"), format!(",{element}"))
}

/// Whether any password is stored in a form that begins so. Reads every user, so it is for what happens once an hour.
pub async fn any_password_like(tx: &mut Tx<'_>, beginning: &str) -> Result<bool, StoreError> {
    Ok(tx.query_opt(&ANY_PASSWORD_LIKE, values![&format!("{beginning}%")]).await?.is_some())
}

/// How many users there are.
pub async fn count(tx: &mut Tx<'_>) -> Result<u64, StoreError> {
    match tx.query_opt(&COUNT, values![]).await? {
        Some(mut row) => row.u64(),
        None => Ok(0),
    }
}

/// Takes the columns of `columns!` from a row.
pub(super) fn read(row: &mut Row) -> Result<UserRow, StoreError> {
    Ok(UserRow {
        id: UserId(row.uuid()?),
        email: row.text()?,
        email_key: row.text()?,
        username: row.opt_text()?,
        username_key: row.opt_text()?,
        name: row.opt_text()?,
        password_hash: row.opt_text()?,
        email_verified: row.i64()? != 0,
        roles: row.list()?,
        data: row.text()?,
        disabled_at: row.opt_i64()?,
        credential_epoch: row.i64()?,
        authz_epoch: row.i64()?,
        created_at: row.i64()?,
        updated_at: row.i64()?,
        language: row.opt_text()?,
    })
}

/// The columns of a user in the order of [`read`].
macro_rules! columns {
    () => {
        "u.id, u.email, u.email_key, u.username, u.username_key, u.name, u.password_hash, u.email_verified, \
         u.roles, u.data, u.disabled_at, u.credential_epoch, u.authz_epoch, u.created_at, u.updated_at, \
         u.language"
    };
}
pub(super) use columns;

statements! {
    INSERT = "INSERT INTO users (id, email, email_key, username, username_key, name, password_hash, \
         email_verified, roles, data, disabled_at, credential_epoch, authz_epoch, created_at, updated_at, language) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, 0, 0, ?11, ?11, ?12) ON CONFLICT DO NOTHING";
    BY_ID = concat!("SELECT ", columns!(), " FROM users u WHERE u.id = ?1");
    BY_EMAIL_KEY = concat!("SELECT ", columns!(), " FROM users u WHERE u.email_key = ?1");
    BY_USERNAME_KEY = concat!("SELECT ", columns!(), " FROM users u WHERE u.username_key = ?1");
    LIST = concat!("SELECT ", columns!(), " FROM users u WHERE u.id > ?1 ORDER BY u.id LIMIT ?2");
    UPDATE_PROFILE = "UPDATE users SET name = ?2, username = ?3, username_key = ?4, data = ?5, updated_at = ?6, \
         language = ?7 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM users o WHERE o.username_key = ?4 AND o.id <> ?1)";
    HOLD = "UPDATE users SET updated_at = updated_at \
         WHERE id = ?1 AND credential_epoch = ?2 AND disabled_at IS NULL";
    SET_PASSWORD = "UPDATE users SET password_hash = ?3, password_contested = 0, \
         credential_epoch = credential_epoch + 1, updated_at = ?4 WHERE id = ?1 AND credential_epoch = ?2";
    VERIFY_EMAIL = "UPDATE users SET email_verified = 1, credential_epoch = credential_epoch + 1, \
         password_hash = CASE WHEN password_contested = 0 THEN password_hash END, password_contested = 0, \
         updated_at = ?2 WHERE id = ?1 AND email_verified = 0";
    CONTEST_PASSWORD = "UPDATE users SET password_contested = 1 WHERE id = ?1 AND email_verified = 0";
    SET_EMAIL = "UPDATE users SET email = ?2, email_key = ?3, email_verified = 1, updated_at = ?4 \
         WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM users o WHERE o.email_key = ?3 AND o.id <> ?1)";
    REHASH = "UPDATE users SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2";
    RAISE_CREDENTIAL_EPOCH = "UPDATE users SET credential_epoch = credential_epoch + 1, updated_at = ?2 \
         WHERE id = ?1";
    SET_ROLES = "UPDATE users SET roles = ?2, updated_at = ?4, authz_epoch = \
         CASE WHEN authz_epoch + 1 > ?3 THEN authz_epoch + 1 ELSE ?3 END WHERE id = ?1 RETURNING authz_epoch";
    DISABLE = "UPDATE users SET disabled_at = ?2, credential_epoch = credential_epoch + 1, updated_at = ?3 \
         WHERE id = ?1";
    ENABLE = "UPDATE users SET disabled_at = NULL, updated_at = ?2 WHERE id = ?1";
    DELETE = "DELETE FROM users WHERE id = ?1";
    ANY_WITH_ROLE = "SELECT id FROM users \
         WHERE REPLACE(roles, ?1, '') <> roles OR REPLACE(roles, ?2, '') <> roles LIMIT 1";
    ANY_OTHER_WITH_ROLE = "SELECT id FROM users \
         WHERE (REPLACE(roles, ?1, '') <> roles OR REPLACE(roles, ?2, '') <> roles) \
         AND id <> ?3 AND disabled_at IS NULL LIMIT 1";
    ANY_PASSWORD_LIKE = "SELECT id FROM users WHERE password_hash LIKE ?1 LIMIT 1";
    COUNT = "SELECT COUNT(*) FROM users";
}
