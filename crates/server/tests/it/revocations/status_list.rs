//! `GET /v1/status-lists/{n}`: what a verifier that knows the Token Status List, and nothing of Jotgate, finds there.

use std::time::Duration;

use http::Method;
use jotgate_harness::{Answer, Engine, TestApp};
use jotgate_jose::{JwkSet, KeySet};
use jotgate_server::flow::clean_up::clean_up;
use jotgate_server::flow::end_session::{EndReason, Ending, end_session};
use jotgate_server::flow::issue::hand_out;
use jotgate_server::store::sessions;
use jotgate_server::store::status_entries::{self, Place, StatusEntry};
use jotgate_server::store::{SessionId, StoreError, Tx, UserId};
use jotgate_token::Clock;
use jotgate_token::status_list::{Status, StatusListToken, StatusReference, Verifier};
use serde_json::json;
use uuid::Uuid;

use super::causes::{Cause, OF_ONE_SESSION, OF_THE_USER, claims, every};
use super::follower::ISSUER;
use crate::store::fixture::raw;

const ON: (&str, &str) = ("revocations.status_list", "true");

async fn app(engine: Engine) -> TestApp {
    TestApp::with(engine, &[ON]).await
}

fn reference(answer: &Answer) -> StatusReference {
    claims(answer).status.expect("the token names its status")
}

/// A second later, because a list is made once a second.
async fn status(app: &TestApp, of: &StatusReference) -> Status {
    app.clock.advance(Duration::from_secs(1));
    fetch(app, &of.uri).await.status(of).expect("the list holds it")
}

/// What the address of a list answers, checked with what the issuer publishes.
async fn fetch(app: &TestApp, uri: &str) -> StatusListToken {
    let answer = app.get(path(uri)).header("accept", "application/statuslist+jwt").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/statuslist+jwt");
    let published = app.get("/.well-known/jwks.json").send().await.text();
    let verifier = Verifier::new(ISSUER, KeySet::from(&JwkSet::parse(&published).expect("a key set")));
    verifier.verify(&answer.text(), uri, app.clock.now()).expect("a good list")
}

fn path(uri: &str) -> &str {
    uri.strip_prefix(ISSUER).expect("of this issuer")
}

async fn counts(app: &TestApp) -> Vec<(u32, u64)> {
    let read = async |tx: &mut Tx<'_>| status_entries::counts(tx).await;
    app.app.store.read(read).await.expect("the store answers")
}

#[tokio::test]
async fn a_token_is_valid_until_its_session_is_logged_out() {
    for engine in Engine::all() {
        let app = app(engine).await;
        let (bob, other) = (app.sign_up("bob@example.com").await, app.log_in("bob@example.com").await);
        let (of, beside) = (reference(&bob), reference(&other));
        assert_ne!(of, beside);
        assert_eq!((status(&app, &of).await, status(&app, &beside).await), (Status::Valid, Status::Valid));
        Cause::Logout.happens(&app, &bob).await;
        assert_eq!(fetch(&app, &of.uri).await.status(&of), Ok(Status::Valid), "made less than a second ago");
        assert_eq!((status(&app, &of).await, status(&app, &beside).await), (Status::Invalid, Status::Valid));
        // On another server of the same database at once.
        let list = fetch(&app.beside().await, &of.uri).await;
        assert_eq!(
            (list.status(&of), list.status(&beside)),
            (Ok(Status::Invalid), Ok(Status::Valid)),
            "{engine:?}"
        );
    }
}

#[tokio::test]
async fn whatever_ends_a_session_shows_in_the_list_and_a_role_does_not() {
    let all: Vec<Cause> = OF_ONE_SESSION.into_iter().chain(OF_THE_USER).collect();
    for (engine, cause) in every(&all) {
        let app = app(engine).await;
        let (ada, bob) = (app.sign_up("ada@example.com").await, app.sign_up("bob@example.com").await);
        cause.happens(&app, &bob).await;
        let wanted = if cause == Cause::Roles { Status::Valid } else { Status::Invalid };
        assert_eq!(status(&app, &reference(&bob)).await, wanted, "{cause:?} {engine:?}");
        assert_eq!(status(&app, &reference(&ada)).await, Status::Valid, "{cause:?} {engine:?}");
    }
}

#[tokio::test]
async fn an_ending_that_is_undone_leaves_no_mark() {
    for engine in Engine::all() {
        let app = app(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        let id = |text: &str| text.parse::<Uuid>().expect("an id");
        let session = SessionId(id(&claims(&bob).sid.expect("a session")));
        let ending = Ending {
            user: UserId(id(&claims(&bob).sub)),
            reason: EndReason::LogOut,
            at: app.clock.now_ms(),
            request_id: None,
        };
        let of = app.app.clone();
        let undone = app.app.store.write(async move |tx: &mut Tx<'_>| {
            assert!(end_session(&of, tx, session, &ending).await?);
            Err::<(), _>(StoreError::Busy)
        });
        assert_eq!(undone.await, Err(StoreError::Busy));
        assert_eq!(status(&app, &reference(&bob)).await, Status::Valid, "{engine:?}");
    }
}

#[tokio::test]
async fn a_session_keeps_its_place_when_it_is_refreshed() {
    for engine in Engine::all() {
        let app = app(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        let token = json!({"refresh_token": bob.member("refresh_token")});
        let later = app.post("/v1/refresh", &token).send().await;
        assert_eq!(reference(&later), reference(&bob), "{engine:?}");
        assert_eq!(counts(&app).await, [(0, 1)]);
    }
}

/// Switched on later, and off in one of two processes: what is out is served, whoever ends it.
#[tokio::test]
async fn a_session_from_before_gets_its_place_with_the_next_refresh() {
    for engine in Engine::all() {
        let off = TestApp::new(engine).await;
        let old = off.sign_up("bob@example.com").await;
        assert_eq!(claims(&old).status, None);
        let on = off.beside_with(&[ON]).await;
        let token = json!({"refresh_token": old.member("refresh_token")});
        let new = on.post("/v1/refresh", &token).send().await;
        assert_eq!(status(&on, &reference(&new)).await, Status::Valid, "{engine:?}");
        Cause::Logout.happens(&off, &new).await;
        assert_eq!(status(&on, &reference(&new)).await, Status::Invalid, "{engine:?}");
    }
}

/// The session ends between the moment a refresh finds it alive and the one its token is made.
#[tokio::test]
async fn a_place_that_comes_after_the_end_of_its_session_is_marked_from_the_start() {
    for engine in Engine::all() {
        let off = TestApp::new(engine).await;
        let old = off.sign_up("bob@example.com").await;
        let id = SessionId(claims(&old).sid.expect("a session").parse().expect("an id"));
        let read = async move |tx: &mut Tx<'_>| sessions::with_user(tx, id).await;
        let (session, user) = off.app.store.read(read).await.expect("the store answers").expect("a session");
        Cause::Logout.happens(&off, &old).await;
        let on = off.beside_with(&[ON]).await;
        hand_out(&on.app, &user, &session, on.clock.now_ms()).await.expect("a token");
        let read = async move |tx: &mut Tx<'_>| status_entries::by_session(tx, id).await;
        let place = on.app.store.read(read).await.expect("the store answers").expect("a place");
        let uri = format!("{ISSUER}/v1/status-lists/{}", place.list);
        assert_eq!(
            status(&on, &StatusReference { idx: place.idx.into(), uri }).await,
            Status::Invalid,
            "{engine:?}"
        );
    }
}

#[tokio::test]
async fn switched_off_nothing_changes() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        assert_eq!(claims(&bob).status, None, "{engine:?}");
        Cause::Logout.happens(&app, &bob).await;
        assert!(counts(&app).await.is_empty(), "{engine:?}");
        let answer = app.get("/v1/status-lists/0").send().await;
        assert_eq!((answer.status, answer.reason()), (404, "request.not_found".into()));
    }
}

/// Every place is taken after this server counted: no token gets one of them, the next list begins.
#[tokio::test]
async fn a_place_that_is_taken_is_given_to_nobody_else() {
    for engine in Engine::all() {
        let app = app(engine).await;
        let first = app.sign_up("bob@example.com").await;
        fill(&app, engine, "n < 131072").await;
        let second = app.log_in("bob@example.com").await;
        let (of, other) = (reference(&first), reference(&second));
        assert_eq!(
            (path(&of.uri), path(&other.uri)),
            ("/v1/status-lists/0", "/v1/status-lists/1"),
            "{engine:?}"
        );
        assert_eq!(counts(&app).await, [(0, 131_072), (1, 1)], "{engine:?}");
        Cause::Logout.happens(&app, &second).await;
        assert_eq!((status(&app, &of).await, status(&app, &other).await), (Status::Valid, Status::Invalid));
        let elsewhere = fetch(&app, &other.uri).await.status(&of).unwrap_err();
        assert_eq!(elsewhere.reason().code(), "claim.mismatch");
    }
}

#[tokio::test]
async fn the_next_list_begins_when_one_is_half_full() {
    for engine in Engine::all() {
        let app = app(engine).await;
        fill(&app, engine, "n < 65536").await;
        let bob = app.sign_up("bob@example.com").await;
        assert_eq!(path(&reference(&bob).uri), "/v1/status-lists/1", "{engine:?}");
    }
}

/// Takes the places of list 0 for which this holds, each for a session of its own.
async fn fill(app: &TestApp, engine: Engine, which: &str) {
    let own = match engine {
        Engine::Sqlite => "randomblob(16)",
        Engine::Postgres => "decode(md5(n::text), 'hex')",
    };
    let all = "WITH RECURSIVE every(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM every WHERE n < 131071)";
    let sql = format!(
        "INSERT INTO status_entries (list, idx, session_id, ended, used_until) {all} \
         SELECT 0, n, {own}, 0, 9000000000 FROM every WHERE {which} ON CONFLICT DO NOTHING"
    );
    raw(&app.database().database(), &sql).await;
}

#[tokio::test]
async fn a_place_is_freed_when_the_last_token_that_names_it_is_over() {
    for engine in Engine::all() {
        let app = app(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        let place = Place { list: 0, idx: u32::try_from(reference(&bob).idx).expect("an index") };
        Cause::Logout.happens(&app, &bob).await;
        let again =
            || StatusEntry { place, session: SessionId(Uuid::nil()), ended: false, used_until: i64::MAX };
        let take = async || {
            let entry = again();
            let write = async move |tx: &mut Tx<'_>| status_entries::insert(tx, &entry).await;
            app.app.store.write(write).await.expect("the store answers")
        };
        // The lifetime, the leeway, and two seconds that were rounded.
        app.clock.advance(Duration::from_secs(900 + 120 + 2));
        clean_up(&app.app).await.expect("it can be cleaned up");
        assert_eq!(
            (counts(&app).await, take().await),
            (vec![(0, 1)], false),
            "{engine:?}: to the last second"
        );
        assert_eq!(status(&app, &reference(&bob)).await, Status::Invalid);
        clean_up(&app.app).await.expect("it can be cleaned up");
        assert!(counts(&app).await.is_empty(), "{engine:?}");
        app.clock.advance(Duration::from_secs(1));
        let answer = app.get("/v1/status-lists/0").send().await;
        assert_eq!(answer.status, 404, "a list without entries is none");
        assert!(take().await, "{engine:?}");
    }
}

/// A session that nobody ends may be refreshed until its last day, and its row may be gone before.
#[tokio::test]
async fn the_place_of_a_session_that_was_not_ended_outlives_its_row() {
    for engine in Engine::all() {
        let app = app(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        let last = app.app.config.sessions.absolute_lifetime + Duration::from_secs(900 + 120);
        app.clock.advance(last);
        while clean_up(&app.app).await.expect("it can be cleaned up").rows > 0 {}
        assert_eq!(counts(&app).await, [(0, 1)], "{engine:?}");
        assert_eq!(status(&app, &reference(&bob)).await, Status::Valid, "nobody ended it");
        app.clock.advance(Duration::from_secs(2));
        clean_up(&app.app).await.expect("it can be cleaned up");
        assert!(counts(&app).await.is_empty(), "{engine:?}");
    }
}

#[tokio::test]
async fn a_list_is_made_once_a_second_and_signed_when_it_changes() {
    for engine in Engine::all() {
        let app = app(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        let of = reference(&bob);
        let first = app.get(path(&of.uri)).send().await;
        assert_eq!(first.header("cache-control"), "public, max-age=60");
        let token = fetch(&app, &of.uri).await;
        let made = app.clock.now();
        assert_eq!((token.iat, token.exp, token.ttl), (made, made + 300, Some(60)));
        assert_eq!((token.iss.as_deref(), token.list.len()), (Some(ISSUER), 131_072));
        assert!(first.body.len() < 1_024, "{}", first.body.len());
        // Asked again: nothing new, then the same message, then one that is signed anew.
        let tag = first.header("etag").to_owned();
        app.clock.advance(Duration::from_secs(29));
        let again = app.get(path(&of.uri)).header("if-none-match", &tag).send().await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{engine:?}");
        app.clock.advance(Duration::from_secs(1));
        let again = app.get(path(&of.uri)).header("if-none-match", &tag).send().await;
        assert_eq!(again.status, 200, "{engine:?}");
        assert_eq!(fetch(&app, &of.uri).await.iat, made + 30);
        // A crowd within one second costs no query, and a change shows in the next.
        Cause::Logout.happens(&app, &bob).await;
        let queries = app.app.store.queries();
        for _ in 0..5 {
            assert_eq!(app.get(path(&of.uri)).send().await.body, again.body);
        }
        assert_eq!(app.app.store.queries(), queries, "{engine:?}");
        assert_eq!(status(&app, &of).await, Status::Invalid, "{engine:?}");
    }
}

#[tokio::test]
async fn pages_of_allowed_origins_may_read_it() {
    let app = TestApp::with(Engine::Sqlite, &[ON, ("http.origins", "https://app.example")]).await;
    let of = reference(&app.sign_up("bob@example.com").await);
    let answer = app.get(path(&of.uri)).header("origin", "https://app.example").send().await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
}

#[tokio::test]
async fn an_address_that_no_token_names_is_none() {
    let app = app(Engine::Sqlite).await;
    app.sign_up("bob@example.com").await;
    for list in ["1", "00", "+0", "-1", "4294967295", "4294967296", "0x0", "a", "%30%30"] {
        let answer = app.get(&format!("/v1/status-lists/{list}")).send().await;
        assert_eq!((answer.status, answer.reason()), (404, "request.not_found".into()), "{list}");
    }
    assert_eq!(app.call(Method::POST, "/v1/status-lists/0").send().await.status, 405);
}

/// Whoever shares the secret of the tokens could else declare them good.
#[tokio::test]
async fn a_list_is_never_signed_with_the_shared_secret() {
    let secret = ("tokens.secret", "9f4c1d8e2b7a6053f1e8c9d4a7b2063e5d1f8a9c4b7e2d60");
    let settings = [ON, ("tokens.algorithm", "HS256"), ("tokens.audience", "my-api"), secret];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let bob = app.sign_up("bob@example.com").await;
    assert_eq!(status(&app, &reference(&bob)).await, Status::Valid, "checked with the published keys");
}
