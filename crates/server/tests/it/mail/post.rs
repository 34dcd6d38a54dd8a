//! Posting: in the transaction, sealed, and gone with its time.

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::{
    app::keyring::SealedName,
    flow::{clean_up::clean_up, keys::master::rekey, mail::kept, operator::By},
    store::{StoreError, Tx, outbox},
};
use uuid::Uuid;

use super::{CODE, TOKEN, post, write};

async fn sealed(server: &TestApp) -> Vec<(Uuid, Vec<u8>)> {
    server
        .app
        .store
        .read(async |tx: &mut Tx<'_>| outbox::list_sealed(tx).await)
        .await
        .expect("mails can be read")
}

#[tokio::test]
async fn a_mail_is_read_as_it_was_written_the_oldest_first() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        post(&server, "ada@example.com").await;
        server.clock.advance(Duration::from_secs(1));
        post(&server, "bob@example.com").await;
        let mails = server.mails().await;
        let to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
        assert_eq!(to, ["ada@example.com", "bob@example.com"], "{engine:?}");
        assert_eq!(mails[0].subject, "Set a new password for Jotgate");
        assert!(mails[0].text.contains(TOKEN) && mails[0].html.contains(CODE), "{engine:?}");
    }
}

#[tokio::test]
async fn what_is_rolled_back_sends_nothing() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = server.app.clone();
        let failed: Result<(), StoreError> = server
            .app
            .store
            .write(async move |tx: &mut Tx<'_>| {
                write(&app, tx, "ada@example.com").await?;
                assert_eq!(outbox::list_sealed(tx).await?.len(), 1);
                Err(StoreError::Corrupt("for the test".into()))
            })
            .await;
        assert!(failed.is_err());
        assert!(server.mails().await.is_empty(), "{engine:?}");
    }
}

#[tokio::test]
async fn the_database_alone_gives_nobody_a_link() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        post(&server, "ada@example.com").await;
        let rows = sealed(&server).await;
        let (id, bytes) = rows.first().expect("one mail");
        for plain in [TOKEN, CODE, "ada@example.com", "password"] {
            assert!(
                !bytes.windows(plain.len()).any(|window| window == plain.as_bytes()),
                "{engine:?}: {plain}"
            );
        }
        let master = server.app.keyring.master();
        let named = |id: &str| master.open(SealedName { issuer: "outbox", id }, bytes).is_ok();
        assert!(named(&id.to_string()), "{engine:?}");
        assert!(!named(&Uuid::nil().to_string()), "{engine:?}: copied to another row it does not open");
    }
}

#[tokio::test]
async fn another_master_key_and_another_issuer_open_what_waits() {
    const NEW: &str = "0b7d4c1e96f8a2537de01c94b86f3a5218e7d0c94b6a3f1528d7e09c416bfa35";
    let bytes =
        std::array::from_fn(|at| u8::from_str_radix(&NEW[2 * at..2 * at + 2], 16).expect("two digits"));
    for engine in Engine::all() {
        let before = TestApp::new(engine).await;
        post(&before, "ada@example.com").await;
        rekey(&before.app, &bytes, &By::default()).await.unwrap();
        assert!(kept::list(&before.app, 9).await.is_err(), "{engine:?}: the old one opens nothing");
        let after =
            before.beside_with(&[("keys.master_key", NEW), ("issuer", "http://127.0.0.1:9999")]).await;
        assert_eq!(after.mails().await.len(), 1, "{engine:?}");
    }
}

#[tokio::test]
async fn the_inbox_keeps_two_hundred_for_a_day() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = server.app.clone();
        let many = server.app.store.write(async move |tx: &mut Tx<'_>| {
            for n in 0..205 {
                write(&app, tx, &format!("u{n}@example.com")).await?;
            }
            Ok(())
        });
        many.await.unwrap();
        server.clock.advance(Duration::from_secs(60));
        post(&server, "last@example.com").await;
        clean_up(&server.app).await.unwrap();
        assert_eq!(sealed(&server).await.len(), 200, "{engine:?}");
        server.clock.advance(Duration::from_secs(86_400 - 30));
        clean_up(&server.app).await.unwrap();
        let left = server.mails().await;
        assert_eq!(
            left.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(),
            ["last@example.com"],
            "{engine:?}"
        );
    }
}

#[tokio::test]
async fn a_public_server_that_was_told_of_no_mail_server_writes_none_and_says_so() {
    for engine in Engine::all() {
        let public = [("issuer", "https://id.example"), ("tokens.audience", "api")];
        let server = TestApp::with(engine, &public).await;
        post(&server, "ada@example.com").await;
        assert!(server.mails().await.is_empty(), "{engine:?}");
        let refused = jotgate_server::flow::mail::require(&server.app).unwrap_err().into_refused();
        assert_eq!(refused.reason.code, "mail.not_configured");
    }
}
