//! Reading the mails that are still here, for the inbox of this machine and for tests.

use uuid::Uuid;

use super::seal;
use crate::{
    app::App,
    error::Result,
    mail::Written,
    store::{
        Tx,
        outbox::{self, OutboxRow},
    },
};

/// A mail that can be read.
#[derive(Clone)]
pub struct KeptMail {
    /// Its id.
    pub id: Uuid,
    /// Which mail it is.
    pub kind: String,
    /// When it was written, in Unix milliseconds.
    pub at: i64,
    /// What it says, and to whom.
    pub mail: Written,
}

/// The newest mails, the newest first.
///
/// # Errors
/// When the database does, or a mail was sealed under another master key.
pub async fn list(app: &App, limit: u32) -> Result<Vec<KeptMail>> {
    let rows = app.store.read(async move |tx: &mut Tx<'_>| outbox::list_readable(tx, limit).await).await?;
    rows.into_iter().filter_map(|row| read(app, row).transpose()).collect()
}

/// One mail; none when it is gone.
///
/// # Errors
/// As [`list`].
pub async fn by_id(app: &App, id: Uuid) -> Result<Option<KeptMail>> {
    let row = app.store.read(async move |tx: &mut Tx<'_>| outbox::by_id(tx, id).await).await?;
    row.map_or(Ok(None), |row| read(app, row))
}

fn read(app: &App, row: OutboxRow) -> Result<Option<KeptMail>> {
    let Some(sealed) = row.sealed else { return Ok(None) };
    let mail = seal::open(app, row.id, &sealed)?;
    Ok(Some(KeptMail { id: row.id, kind: row.kind, at: row.created_at, mail }))
}

/// As many as the inbox keeps.
pub const KEPT: u32 = 200;
