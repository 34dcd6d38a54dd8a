//! What was not made here: it costs no query (I4), and neither the database alone nor the keys alone make a token (I5).

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_jose::primitive::base64url;
use jotgate_server::app::App;
use jotgate_server::app::keyring::{MasterKeys, SealedName};
use jotgate_server::store::keys::{RefreshKeyRow, insert_refresh, list_refresh};
use jotgate_server::store::sessions::SessionRow;
use jotgate_server::store::{StoreError, Tx};
use jotgate_token::refresh::{RefreshKey, RefreshKeys};
use jotgate_token::{Clock, random};
use proptest::prelude::*;

use super::holds;
use super::world::{code, logged_out, minted, refreshed, refreshed_by_cookies, row, session_of, signed_up};

/// The bytes of a token before the tag that needs the row.
const BEFORE_TAG2: usize = 1 + 8 + 16 + 8 + 16;

/// Refused in every way of presenting it, without one statement.
async fn costs_nothing(app: &App, text: &str) {
    let before = app.store.queries();
    assert_eq!(code(&refreshed(app, text, None).await), "refresh.invalid", "{text}");
    assert_eq!(
        code(&refreshed(app, text, Some("some-key-of-some-client-1")).await),
        "refresh.invalid",
        "{text}"
    );
    let jar = vec![text.to_owned(), String::new(), text.to_owned()];
    assert_eq!(code(&refreshed_by_cookies(app, jar, None).await), "refresh.invalid", "{text}");
    assert_eq!(code(&logged_out(app, text).await), "refresh.invalid", "{text}");
    assert_eq!(app.store.queries(), before, "{text} cost a query");
}

/// Refused, and the session it names is as it was.
async fn changes_nothing(app: &App, text: &str, session: &SessionRow) {
    assert_eq!(code(&refreshed(app, text, None).await), "refresh.invalid", "{text}");
    assert_eq!(code(&logged_out(app, text).await), "refresh.invalid", "{text}");
    assert_eq!(row(app, session.id.0).await.as_ref(), Some(session), "{text} changed the row");
}

fn bytes(token: &str) -> Vec<u8> {
    base64url::decode(&token[4..]).expect("a token is base64url")
}

fn text(bytes: &[u8]) -> String {
    format!("jgr_{}", base64url::encode(bytes))
}

#[tokio::test]
async fn one_flipped_bit_anywhere_is_refused_and_costs_a_query_only_in_the_second_tag() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let opened = signed_up(&server.app, "bits@example.com").await;
        let session = session_of(&server.app, &opened).await;
        let token = bytes(opened.refresh_token.expose());
        for bit in 0..token.len() * 8 {
            let mut flipped = token.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if bit / 8 < BEFORE_TAG2 {
                costs_nothing(&server.app, &text(&flipped)).await;
            } else {
                changes_nothing(&server.app, &text(&flipped), &session).await;
            }
        }
        refreshed(&server.app, opened.refresh_token.expose(), None).await.expect("the real one is good");
    }
}

#[tokio::test]
async fn what_only_resembles_a_token_costs_nothing() {
    let server = TestApp::new(Engine::Sqlite).await;
    let app = &server.app;
    let opened = signed_up(app, "almost@example.com").await;
    let token = opened.refresh_token.expose();
    let longer = format!("{token}A");
    let swapped = token.replacen("jgr_", "JGR_", 1);
    let standard = token.replace(['-', '_'], "+");
    for almost in [
        "",
        "jgr_",
        &token[4..],
        &token[..token.len() - 1],
        &longer,
        &swapped,
        &standard[..],
        &"é".repeat(56),
    ] {
        costs_nothing(app, almost).await;
    }
    for spaced in [format!(" {token}"), format!("{token} "), format!("{token}\n"), format!("{token}=")] {
        costs_nothing(app, &spaced).await;
    }
}

#[test]
fn invented_tokens_cost_nothing() {
    let texts = prop_oneof![
        any::<String>(),
        "jgr_[A-Za-z0-9_-]{108}",
        // Of the right form, under the key that is there, with invented tags.
        proptest::collection::vec(any::<u8>(), 72)
            .prop_map(|rest| { format!("known-key {}", base64url::encode(&rest)) }),
    ];
    let runtime = super::runtime();
    let server = runtime.block_on(TestApp::new(Engine::Sqlite));
    let key_id = *server.app.keyring.refresh().minting().as_bytes();
    holds(Engine::Sqlite, &texts, async |invented: String| {
        let invented = match invented.strip_prefix("known-key ") {
            Some(rest) => {
                let rest = base64url::decode(rest).expect("encoded above");
                text(&[&[1][..], &key_id, &rest].concat())
            }
            None => invented,
        };
        costs_nothing(&server.app, &invented).await;
    });
}

/// A copy of the database holds ids, generations, salts and sealed keys. Whoever has it makes tags with keys of their own.
#[tokio::test]
async fn the_database_alone_makes_no_token() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let opened = signed_up(app, "copied@example.com").await;
        let session = session_of(app, &opened).await;
        let id = *app.keyring.refresh().minting().as_bytes();
        let own = RefreshKeys::new(app.config.issuer.as_str(), [RefreshKey::new(id, &[7; 32])], id)
            .expect("a ring of one key");
        for generation in 0..3 {
            costs_nothing(app, own.mint(session.id.into(), generation, &session.salt).expose()).await;
        }
        let [sealed] = &sealed_keys(app).await[..] else { panic!("a new server has one refresh key") };
        let name = name_of(id);
        let named = SealedName { issuer: app.config.issuer.as_str(), id: &name };
        assert!(
            MasterKeys::derive(&[7; 32]).open(named, &sealed.sealed).is_err(),
            "sealed for the master key"
        );
    }
}

/// Whoever has the keys and no row does not know the salt; and an issuer's token is worth nothing at another's.
#[tokio::test]
async fn the_keys_alone_make_no_token() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let opened = signed_up(app, "stolen-keys@example.com").await;
        let session = session_of(app, &opened).await;
        let (id, secret) = stolen_key(app).await;
        let ring = |issuer: &str| {
            RefreshKeys::new(issuer, [RefreshKey::new(id, &secret)], id).expect("a ring of one key")
        };
        let stolen = ring(app.config.issuer.as_str());
        let real = stolen.mint(session.id.into(), 0, &session.salt);
        assert_eq!(real.expose(), opened.refresh_token.expose(), "with keys and row it would be the token");
        for guess in [[0; 16], [0xff; 16], random::array(&*app.random)] {
            for generation in [0, 1, 9] {
                let forged = stolen.mint(session.id.into(), generation, &guess);
                changes_nothing(app, forged.expose(), &session).await;
            }
        }
        let nobody = stolen.mint([1; 16].into(), 0, &[0; 16]);
        assert_eq!(code(&refreshed(app, nobody.expose(), None).await), "refresh.unknown");
        let elsewhere = ring("https://login.example").mint(session.id.into(), 0, &session.salt);
        costs_nothing(app, elsewhere.expose()).await;
    }
}

async fn sealed_keys(app: &App) -> Vec<RefreshKeyRow> {
    let read = app.store.read(async |tx: &mut Tx<'_>| list_refresh(tx).await);
    read.await.expect("keys can be listed")
}

async fn stolen_key(app: &App) -> ([u8; 8], [u8; 32]) {
    let [row] = &sealed_keys(app).await[..] else { panic!("a new server has one refresh key") };
    let name = name_of(row.id);
    let named = SealedName { issuer: app.config.issuer.as_str(), id: &name };
    let secret = app.keyring.master().open(named, &row.sealed).expect("the server's own key opens");
    (row.id, secret[..].try_into().expect("a secret of 32 bytes"))
}

fn name_of(id: [u8; 8]) -> String {
    let digits: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("refresh {digits}")
}

/// Another server of the same deployment has made a key that this one has not loaded: a good token must not be called
/// bad for that, because its client would forget it.
#[tokio::test]
async fn a_key_not_loaded_yet_is_looked_for_once_and_never_logs_anybody_out() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let opened = signed_up(app, "new-key@example.com").await;
        let session = session_of(app, &opened).await;
        add_refresh_key(app, [1, 2, 3, 4]).await;
        let other = server.beside().await;
        let newer = refreshed(&other.app, opened.refresh_token.expose(), None).await.expect("a good token");
        let newer = newer.refresh_token.expose();
        assert_ne!(newer, minted(app, &session, 1), "made with the new key");

        // Just started, so not looking yet. The older token in the jar must not stand in for the newer one: out of its
        // window it would end the session.
        let before = app.store.queries();
        server.clock.advance(Duration::from_secs(4));
        assert_eq!(code(&refreshed(app, newer, None).await), "keys.unavailable", "{engine:?}");
        let jar = || vec![opened.refresh_token.expose().to_owned(), newer.to_owned()];
        assert_eq!(code(&refreshed_by_cookies(app, jar(), None).await), "keys.unavailable", "{engine:?}");
        assert_eq!(app.store.queries(), before, "{engine:?}: no query before the time");

        server.clock.advance(Duration::from_secs(3600));
        let got = refreshed_by_cookies(app, jar(), None).await.expect("the key is loaded now");
        assert_eq!(got.refresh_generation, 2, "{engine:?}");
    }
}

async fn add_refresh_key(app: &App, seed: [u8; 4]) {
    let id = app.keyring.master().key_id(seed);
    let name = name_of(id);
    let named = SealedName { issuer: app.config.issuer.as_str(), id: &name };
    let sealed = app.keyring.master().seal([3; 12], named, &[9; 32]);
    let now = app.clock.now_ms();
    let row = RefreshKeyRow { id, sealed, created_at: now + 1, mints_from: now, expires_at: None };
    let write = app
        .store
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, StoreError> { insert_refresh(tx, &row).await });
    assert!(write.await.expect("a key can be added"));
}

/// Of a jar the highest good token counts, not the highest that looks good before its row is read.
#[tokio::test]
async fn a_damaged_copy_hides_no_good_token() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let opened = signed_up(app, "damaged@example.com").await;
        let first = opened.refresh_token.expose();
        let second = refreshed(app, first, None).await.expect("a good token");
        let mut damaged = bytes(second.refresh_token.expose());
        damaged[BEFORE_TAG2] ^= 1;
        let damaged = text(&damaged);

        let jar = [damaged.clone(), first.to_owned()];
        let again = refreshed_by_cookies(app, jar, None).await.expect("the older one is inside its window");
        assert_eq!(again.refresh_token.expose(), second.refresh_token.expose(), "{engine:?}");
        let jar = [damaged.clone(), second.refresh_token.expose().to_owned()];
        let third = refreshed_by_cookies(app, jar, None).await.expect("the good copy counts");
        assert_eq!(third.refresh_generation, 2, "{engine:?}");
        let jar = [damaged.clone(), third.refresh_token.expose().to_owned(), damaged];
        refreshed_by_cookies(app, jar, None).await.expect("the good one counts");
    }
}
