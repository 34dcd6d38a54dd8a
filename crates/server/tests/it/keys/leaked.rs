//! A key has leaked: what was signed with it is refused at once, here and by everybody who follows the feed.

use jotgate_harness::{Engine, TestApp};
use jotgate_jose::jwt::Unverified;
use jotgate_server::{
    flow::{
        keys::{
            catch_up,
            life::{self, Purpose, Wanted},
        },
        operator::By,
    },
    rule::key_life::State,
    store::{Tx, keys, revocations},
};
use jotgate_token::{
    Clock, access,
    revocation::{Digest, Entry, Kind},
};
use serde_json::{Value, json};

use super::{kid, me, published};

async fn revoke(app: &TestApp, wanted: &Wanted) {
    life::carry_out(&app.app, wanted, &By::default()).await.expect("the database answers");
}

/// What the feed tells, numbered first.
async fn announced(app: &TestApp) -> Vec<(u64, Entry)> {
    let now = app.clock.now();
    let listed = app.app.store.write(async move |tx: &mut Tx<'_>| {
        let (head, waiting) = revocations::head(tx, 100).await?.expect("the feed was begun");
        revocations::number(tx, &head, waiting).await?;
        revocations::list(tx, 0, head.seq + waiting, now, 100).await
    });
    listed.await.expect("the database answers")
}

async fn refreshed(app: &TestApp, session: &str) -> String {
    let answer = app.post("/v1/refresh", &json!({"refresh_token": session})).send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.member("access_token")
}

#[tokio::test]
async fn every_token_of_it_is_refused_and_nobody_is_logged_out() {
    for engine in Engine::all() {
        let first = TestApp::new(engine).await;
        let second = first.beside().await;
        let session = first.sign_up("ada@example.com").await;
        let (token, refresh) = (session.member("access_token"), session.member("refresh_token"));
        let leaked = kid(&token);
        // What a thief makes of it.
        let mut claims: Value =
            serde_json::from_str(Unverified::parse(&token).unwrap().payload_json()).unwrap();
        claims["roles"] = json!(["admin"]);
        let stolen = first.app.keyring.signing().own.key().clone();
        let forged = access::signer(stolen).unwrap().sign(&claims).unwrap();
        assert_eq!(me(&first, &forged).await, "200", "{engine:?}");

        revoke(&first, &Wanted::Revoke { kid: leaked.clone() }).await;
        assert_eq!(me(&first, &token).await, "revoked.key", "{engine:?}");
        assert_eq!(me(&first, &forged).await, "revoked.key");
        catch_up(&second.app).await.unwrap();
        assert_eq!(me(&second, &forged).await, "revoked.key", "{engine:?}");
        assert!(!published(&second).await.iter().any(|key| key["kid"].as_str() == Some(&leaked)));

        let new = refreshed(&second, &refresh).await;
        assert_ne!(kid(&new), leaked);
        assert_eq!((me(&first, &new).await, me(&second, &new).await), ("200".into(), "200".into()));
        let digest = Digest::of("http://localhost:8080", Kind::Key, &leaked);
        assert!(
            announced(&first)
                .await
                .iter()
                .any(|(_, entry)| entry.kind == Kind::Key && entry.digest == digest),
            "{engine:?}"
        );
        let rows = first.app.store.read(async |tx: &mut Tx<'_>| keys::list_signing(tx).await).await.unwrap();
        let row = rows.iter().find(|row| row.kid == leaked).expect("its name is kept");
        assert!(row.private_sealed.is_empty(), "its private half is gone");
    }
}

#[tokio::test]
async fn everybody_out_voids_all_keys_of_tokens_and_none_of_the_feed() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = app.sign_up("ada@example.com").await.member("access_token");
        let rotate = |at_once| Wanted::Rotate { purpose: Purpose::Access, at_once };
        revoke(&app, &rotate(true)).await;
        let second = app.log_in("ada@example.com").await.member("access_token");
        revoke(&app, &rotate(false)).await;
        let feed = app.app.keyring.signing().feed_jwks.clone();
        revoke(&app, &Wanted::RevokeAll).await;
        for token in [&first, &second] {
            assert_eq!(me(&app, token).await, "revoked.key", "{engine:?}");
        }
        assert_eq!(published(&app).await.len(), 1, "also the key that was to come");
        assert_eq!(app.app.keyring.signing().feed_jwks, feed);
        let third = app.log_in("ada@example.com").await.member("access_token");
        assert_eq!(me(&app, &third).await, "200");
        let all = life::list(&app.app).await.unwrap();
        let states: Vec<_> =
            all.iter().map(|key| key.state).filter(|state| *state == State::Revoked).collect();
        assert_eq!(states.len(), 3, "{engine:?}");
    }
}

#[tokio::test]
async fn a_leaked_key_of_the_feed_is_replaced() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = app.sign_up("ada@example.com").await.member("access_token");
        let leaked = app.app.keyring.signing().feed.key().kid().expect("it has a name").to_owned();
        revoke(&app, &Wanted::Revoke { kid: leaked.clone() }).await;
        let keys = app.app.keyring.signing();
        assert!(!keys.feed_jwks.contains(&leaked), "{engine:?}");
        assert_ne!(keys.feed.key().kid(), Some(leaked.as_str()));
        assert_eq!(me(&app, &token).await, "200", "tokens have nothing to do with it");
    }
}
