//! Users of other systems: taken in once, with the passwords they have, whatever hashed them.

mod passwords;
mod rules;

use jotgate_harness::TestApp;
use jotgate_server::{
    app::hasher::{Accepted, Unusable, accept},
    flow::import_users::{Brought, Import, Incoming, Outcome, Rules},
    store::{Tx, users},
};

const RULES: Rules = Rules { from: "csv", dry_run: false, verified_only: false, keep_admin: false };

/// A user with an address and this hash.
fn user(email: &str, hash: &str) -> Incoming {
    let password = match accept(hash) {
        Ok(accepted) => Brought::Hash(accepted),
        Err(why) => Brought::Unusable(why),
    };
    Incoming {
        email: Some(email.into()),
        password: if hash.is_empty() { Brought::Nothing } else { password },
        ..Incoming::default()
    }
}

async fn import(app: &TestApp, rules: Rules, users: Vec<Incoming>) -> Vec<Outcome> {
    Import::new(rules).take(&app.app, users).await.expect("the database takes it")
}

async fn stored(app: &TestApp, email: &str) -> Option<users::UserRow> {
    let key = email.to_lowercase();
    let found = app.app.store.read(async move |tx: &mut Tx<'_>| users::by_email_key(tx, &key).await);
    found.await.expect("the database answers")
}

fn accepted(hash: &str) -> Accepted {
    accept(hash).unwrap_or_else(|why: Unusable| panic!("{why}"))
}
