//! Mails: written with what causes them, sealed, delivered.

mod deliver;
mod inbox;
mod notices;
mod post;

use jotgate_harness::TestApp;
use jotgate_server::{
    app::App,
    flow::mail::{self, Letter, To},
    store::{StoreError, Tx},
    text::Language,
};
use std::time::Duration;

/// The mail that tests send: it has a link and a code.
pub(crate) fn letter() -> Letter {
    Letter::ResetPassword {
        url: format!("http://localhost:8080/reset?token={TOKEN}"),
        code: CODE.into(),
        good_for: Duration::from_secs(1800),
    }
}

pub(crate) async fn write(app: &App, tx: &mut Tx<'_>, address: &str) -> Result<(), StoreError> {
    let to = To { user: None, address, language: Language::En };
    mail::post(app, tx, to, letter()).await
}

/// Posts a mail in a transaction of its own.
pub(crate) async fn post(server: &TestApp, address: &str) {
    let (app, address) = (server.app.clone(), address.to_owned());
    let posted = server.app.store.write(async move |tx: &mut Tx<'_>| write(&app, tx, &address).await);
    posted.await.expect("a mail is written");
    server.remember(TOKEN);
}

pub(crate) const TOKEN: &str = "v3rySecretTokenOfTheTest0123456789";
pub(crate) const CODE: &str = "K7MP-2XQD";
