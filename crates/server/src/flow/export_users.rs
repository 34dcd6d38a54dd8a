//! All users, page by page, for moving elsewhere. Not for: what a person gets of itself, with sessions and factors.

use std::collections::HashMap;

use jotgate_jose::SecretBytes;
use uuid::Uuid;

use super::{imported_passwords::signer_key, operator::UserView};
use crate::{
    app::{App, hasher::Stored},
    error::Result,
    store::{Tx, UserId, users},
};

/// An export under way.
#[derive(Debug, Default)]
pub struct Export {
    with_password_hashes: bool,
    after: Option<Uuid>,
    signer_keys: HashMap<String, SecretBytes>,
}

/// A user as it is exported.
#[derive(Debug)]
pub struct Exported {
    /// The account.
    pub view: UserView,
    /// Its hash, in a form that can be imported again: one of Firebase has its signer key in it.
    pub password_hash: Option<String>,
}

impl Export {
    /// Begins. Hashes are left out unless they are asked for, because who has them can try passwords at leisure.
    #[must_use]
    pub fn new(with_password_hashes: bool) -> Self {
        Self { with_password_hashes, ..Self::default() }
    }

    /// The next users; none at the end.
    ///
    /// # Errors
    /// When the database does.
    pub async fn page(&mut self, app: &App, limit: u32) -> Result<Vec<Exported>> {
        let after = self.after.map(UserId);
        let rows = app.store.read(async move |tx: &mut Tx<'_>| users::list(tx, after, limit).await).await?;
        self.after = rows.last().map(|row| row.id.0).or(self.after);
        let mut page = Vec::with_capacity(rows.len());
        for row in &rows {
            let password_hash = match &row.password_hash {
                Some(hash) if self.with_password_hashes => Some(self.portable(app, hash).await?),
                _ => None,
            };
            page.push(Exported { view: UserView::from(row), password_hash });
        }
        Ok(page)
    }

    async fn portable(&mut self, app: &App, hash: &str) -> Result<String> {
        let stored = Stored::parse(hash).ok();
        let Some((stored, id)) = stored.and_then(|stored| stored.key.clone().map(|id| (stored, id))) else {
            return Ok(hash.to_owned());
        };
        if !self.signer_keys.contains_key(&id) {
            self.signer_keys.insert(id.clone(), signer_key(app, &id).await?);
        }
        let key = self.signer_keys.get(&id).map_or(&[][..], |key| key);
        Ok(stored.with_signer_key(key).unwrap_or_else(|| hash.to_owned()))
    }
}
