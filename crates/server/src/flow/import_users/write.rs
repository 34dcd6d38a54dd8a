//! A batch into the database, or in a dry run only held against it.

use std::sync::Arc;

use serde_json::json;

use super::{Fate, Outcome, Prepared, Problem, Ready, Rules};
use crate::{
    app::App,
    error::Result,
    flow::{audit::Event, imported_passwords},
    store::{
        StoreError, Tx, UserId,
        users::{self, Inserted, UserRow},
    },
};

pub(super) async fn write(app: &App, rules: Rules, batch: Vec<Prepared>, now: i64) -> Result<Vec<Outcome>> {
    let (batch, of) = (Arc::new(batch), app.clone());
    let work = Work { batch: Arc::clone(&batch), of, rules, now };
    let written = if rules.dry_run {
        app.store.read(async move |tx: &mut Tx<'_>| work.compare(tx).await).await?
    } else {
        app.store.write(async move |tx: &mut Tx<'_>| work.insert_all(tx).await).await?
    };
    let outcome = |(prepared, (fate, problem)): (&Prepared, (Fate, Option<Problem>))| {
        let mut outcome = prepared.outcome.clone();
        outcome.fate = fate;
        outcome.problems.extend(problem);
        // Of who was there before, nothing was to be taken over.
        if matches!(fate, Fate::There(_)) {
            outcome.problems.clear();
        }
        outcome
    };
    Ok(batch.iter().zip(written).map(outcome).collect())
}

struct Work {
    batch: Arc<Vec<Prepared>>,
    of: App,
    rules: Rules,
    now: i64,
}

type Written = (Fate, Option<Problem>);

impl Work {
    async fn compare(&self, tx: &mut Tx<'_>) -> Result<Vec<Written>, StoreError> {
        let mut all = Vec::with_capacity(self.batch.len());
        for prepared in self.batch.iter() {
            let Some(ready) = &prepared.user else {
                all.push((Fate::Left, None));
                continue;
            };
            let row = &ready.row;
            let there = users::by_email_key(tx, &row.email_key).await?;
            let fate = there.map_or(Fate::Imported(row.id.0), |there| Fate::There(there.id.0));
            let taken = match &row.username_key {
                Some(key) => users::by_username_key(tx, key).await?.is_some(),
                None => false,
            };
            all.push((fate, taken.then_some(Problem::UsernameTaken)));
        }
        Ok(all)
    }

    async fn insert_all(&self, tx: &mut Tx<'_>) -> Result<Vec<Written>, StoreError> {
        self.note(tx).await?;
        let mut all = Vec::with_capacity(self.batch.len());
        for prepared in self.batch.iter() {
            all.push(match &prepared.user {
                Some(ready) => self.insert(tx, ready).await?,
                None => (Fate::Left, None),
            });
        }
        Ok(all)
    }

    /// What the hashes of this batch need, before the first of them stands in the database.
    async fn note(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let mut schemes = Vec::new();
        let mut keys = Vec::new();
        let brought = self.batch.iter().filter_map(|prepared| prepared.user.as_ref()?.password.as_ref());
        for password in brought {
            if !schemes.contains(&password.stored.scheme) {
                schemes.push(password.stored.scheme);
                imported_passwords::note(tx, password.stored.scheme).await?;
            }
            if let (Some(id), Some(key)) = (&password.stored.key, &password.signer_key)
                && !keys.contains(&id)
            {
                keys.push(id);
                imported_passwords::keep_signer_key(&self.of, tx, id, key).await?;
            }
        }
        Ok(())
    }

    async fn insert(&self, tx: &mut Tx<'_>, ready: &Ready) -> Result<Written, StoreError> {
        let mut row = ready.row.clone();
        if let Some(otherwise) = ready.otherwise
            && users::by_id(tx, row.id).await?.is_some_and(|there| there.email_key != row.email_key)
        {
            row.id = UserId(otherwise);
        }
        let mut problem = None;
        let mut inserted = users::insert(tx, &row).await?;
        if inserted == Inserted::UsernameTaken {
            problem = Some(Problem::UsernameTaken);
            (row.username, row.username_key) = (None, None);
            inserted = users::insert(tx, &row).await?;
        }
        if inserted != Inserted::Done {
            let there = users::by_email_key(tx, &row.email_key).await?;
            return there.map(|there| (Fate::There(there.id.0), None)).ok_or(StoreError::Conflict);
        }
        self.finish(tx, &row).await?;
        Ok((Fate::Imported(row.id.0), problem))
    }

    async fn finish(&self, tx: &mut Tx<'_>, row: &UserRow) -> Result<(), StoreError> {
        if row.disabled_at.is_some() {
            users::set_disabled(tx, row.id, Some(self.now), self.now).await?;
        }
        let detail = json!({ "by": "import", "from": self.rules.from });
        Event::new("user.created", self.now).user(row.id).detail(detail).write(&self.of, tx).await
    }
}
