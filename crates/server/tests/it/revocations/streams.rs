//! `GET /v1/revocations` and `/v1/revocations/keys`: what is sent to whom, in which form.

use std::io::Read;
use std::time::Duration;

use flate2::read::GzDecoder;
use http_body_util::BodyExt;
use jotgate_harness::{Engine, TestApp};
use jotgate_server::flow::clients::{AddClient, add_client};
use jotgate_server::flow::revocations::announce;
use jotgate_server::store::Tx;
use jotgate_token::revocation::{Kind, Position};
use secrecy::ExposeSecret;

use super::follower::{ISSUER, connect, everything, settle, snapshot, verifier};

pub(super) async fn revoke(app: &TestApp, id: &str) {
    let (of, id) = (app.app.clone(), id.to_owned());
    let write = async move |tx: &mut Tx<'_>| announce(&of, tx, Kind::Session, &id, 0).await;
    app.app.store.write(write).await.expect("it can be announced");
}

#[tokio::test]
async fn a_follower_hears_of_everything_in_order() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        revoke(&app, "before").await;
        let mut follower = everything(&app).await;
        assert!(follower.find(Kind::Session, "before").is_some(), "{engine:?}");
        for (id, seq) in [("one", 2), ("two", 3)] {
            revoke(&app, id).await;
            settle(&app).await;
            let event = follower.next().await.expect("an event");
            assert_eq!((event.prev_seq, event.seq, event.lists.len()), (seq - 1, seq, 1), "{engine:?}");
            assert!(follower.find(Kind::Session, id).is_some());
        }
        for id in ["three", "four", "five"] {
            revoke(&app, id).await;
        }
        settle(&app).await;
        let event = follower.next().await.expect("one event for all of them");
        assert_eq!((event.prev_seq, event.seq, event.lists.len()), (3, 6, 3), "{engine:?}");
        assert!(app.get("/metrics").send().await.status == 401);
    }
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        revoke(&app, "one").await;
        let mut follower = everything(&app).await;
        for id in ["two", "three"] {
            revoke(&app, id).await;
        }
        settle(&app).await;
        let first = follower.resume(&app).await;
        assert_eq!((first.prev_seq, first.seq, first.lists.len()), (1, 3, 2), "{engine:?}");
        // From another era, from nowhere, from beyond the end: it begins at the end, and a snapshot is needed.
        for last in ["AAAAAAAAAAAAAAAAAAAAAA:1".parse().ok(), None] {
            let (_, first) = connect(&app, last.as_ref()).await;
            assert_eq!((first.prev_seq, first.seq, first.lists.len()), (3, 3, 0), "{engine:?}");
        }
    }
}

/// The other node has not read yet what this one has numbered.
#[tokio::test]
async fn a_node_that_is_behind_catches_up_before_it_answers() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let beside = app.beside().await;
        settle(&beside).await;
        revoke(&app, "one").await;
        let mut follower = everything(&app).await;
        let (first, ()) = tokio::join!(follower.resume(&beside), async {
            tokio::task::yield_now().await;
            settle(&beside).await;
        });
        assert_eq!((first.prev_seq, first.seq), (1, 1), "{engine:?}");
    }
}

#[tokio::test]
async fn more_than_fits_an_event_is_several_and_for_who_comes_back_a_snapshot() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut follower = everything(&app).await;
        let last = Position { era: follower.era.clone(), seq: follower.seq };
        let of = app.app.clone();
        let many = async move |tx: &mut Tx<'_>| {
            let ids: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
            jotgate_server::flow::revocations::announce_all(&of, tx, Kind::Token, &ids, 0).await
        };
        app.app.store.write(many).await.expect("it can be announced");
        settle(&app).await;
        let sizes =
            [follower.next().await, follower.next().await].map(|event| event.expect("events").lists.len());
        assert_eq!((sizes, follower.entries.len(), follower.seq), ([4_096, 904], 5_000, 5_000), "{engine:?}");
        let (_, first) = connect(&app, Some(&last)).await;
        assert_eq!((first.prev_seq, first.seq, first.lists.len()), (5_000, 5_000, 0), "{engine:?}");
        // A node that starts now reads all of it.
        let beside = app.beside().await;
        assert_eq!(everything(&beside).await.entries.len(), 5_000, "{engine:?}");
    }
}

#[tokio::test]
async fn a_snapshot_is_cached_tagged_and_compressed() {
    let app = TestApp::new(Engine::Sqlite).await;
    for n in 0..100 {
        revoke(&app, &n.to_string()).await;
    }
    settle(&app).await;
    let plain = app.get("/v1/revocations").send().await;
    assert_eq!(plain.header("cache-control"), "public, max-age=1");
    assert_eq!(plain.header("vary"), "accept, accept-encoding");
    let tag = plain.header("etag").to_owned();
    let again = app.get("/v1/revocations").header("if-none-match", &tag).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let small = app.get("/v1/revocations").header("accept-encoding", "br;q=1, gzip;q=0.8").send().await;
    assert_eq!(small.header("content-encoding"), "gzip");
    assert_ne!(small.header("etag"), tag, "other bytes, another tag");
    assert!(small.body.len() < plain.body.len() * 4 / 5, "{} of {}", small.body.len(), plain.body.len());
    let mut unpacked = String::new();
    GzDecoder::new(&small.body[..]).read_to_string(&mut unpacked).expect("gzip");
    assert_eq!(unpacked, plain.text(), "made and signed once");
    let refused = app.get("/v1/revocations").header("accept-encoding", "gzip;q=0, identity").send().await;
    assert_eq!((refused.header("content-encoding"), refused.text()), ("", plain.text()));
}

#[tokio::test]
async fn what_has_changed_is_in_the_snapshot_a_second_later() {
    let app = TestApp::new(Engine::Sqlite).await;
    let verifier = verifier(&app).await;
    settle(&app).await;
    assert_eq!(snapshot(&app, &verifier).await.seq, 0);
    revoke(&app, "one").await;
    settle(&app).await;
    // At most one is made a second; how long it takes until then is not what is tested.
    let mut newest = snapshot(&app, &verifier).await;
    for _ in 0..100 {
        if newest.seq == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        newest = snapshot(&app, &verifier).await;
    }
    assert_eq!((newest.seq, newest.lists.len()), (1, 1));
}

#[tokio::test]
async fn the_head_of_a_stream_tells_everybody_on_the_way_to_let_it_through() {
    let app = TestApp::new(Engine::Sqlite).await;
    settle(&app).await;
    let answer = app.get("/v1/revocations").header("accept", "text/event-stream").open().await;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!((header("cache-control"), header("x-accel-buffering")), ("no-store", "no"));
    assert_eq!(header("vary"), "accept, accept-encoding");
    for nonce in ["short", "with+other/characters", ""] {
        let path = format!("/v1/revocations?nonce={nonce}");
        let refused = app.get(&path).header("accept", "text/event-stream").send().await;
        assert_eq!((refused.status, refused.reason().as_str()), (400, "request.body"), "{nonce}");
    }
}

#[tokio::test]
async fn streams_are_bounded_and_a_place_is_given_back() {
    let app = TestApp::with(Engine::Sqlite, &[("revocations.max_streams", "2")]).await;
    settle(&app).await;
    let (first, _) = connect(&app, None).await;
    let _second = connect(&app, None).await;
    let full = app.get("/v1/revocations").header("accept", "text/event-stream").send().await;
    assert_eq!((full.status, full.reason().as_str()), (503, "server.busy"));
    assert_eq!(full.header("retry-after"), "5");
    assert_eq!(app.get("/v1/revocations").send().await.status, 200, "a snapshot needs no place");
    drop(first);
    let _third = connect(&app, None).await;
    assert_eq!(app.app.feed.streams(), 2);
}

#[tokio::test]
async fn one_network_does_not_take_every_place() {
    let app = TestApp::with(Engine::Sqlite, &[("revocations.max_streams_of_network", "1")]).await;
    settle(&app).await;
    let from =
        |peer: &str| app.get("/v1/revocations").header("accept", "text/event-stream").from(peer).open();
    let first = from("2001:db8:0:1::1").await;
    for (peer, status) in [("2001:db8:0:1::2", 503), ("2001:db8:0:2::1", 200), ("192.0.2.1", 200)] {
        assert_eq!(from(peer).await.status(), status, "{peer}");
    }
    drop(first);
    assert_eq!(from("2001:db8:0:1::2").await.status(), 200);
    assert_eq!(app.app.feed.streams(), 0, "every place was given back");
}

#[tokio::test]
async fn streams_end_when_the_server_stops_and_none_is_opened_any_more() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut follower = everything(&app).await;
    app.app.feed.stop();
    assert!(follower.next().await.is_none());
    let refused = app.get("/v1/revocations").header("accept", "text/event-stream").send().await;
    assert_eq!((refused.status, refused.reason().as_str()), (503, "server.database"));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_sees_nothing_sends_its_followers_away() {
    let app = TestApp::new(Engine::Sqlite).await;
    let unread = app.get("/v1/revocations").send().await;
    assert_eq!((unread.status, unread.reason().as_str()), (503, "server.database"), "nothing was read yet");
    let mut follower = everything(&app).await;
    tokio::time::advance(Duration::from_millis(4_900)).await;
    assert!(!app.app.feed.close_if_blind());
    tokio::time::advance(Duration::from_millis(200)).await;
    assert!(app.app.feed.close_if_blind());
    assert!(follower.next().await.is_none());
    for accept in ["text/event-stream", "application/jwt"] {
        let refused = app.get("/v1/revocations").header("accept", accept).send().await;
        assert_eq!((refused.status, refused.reason().as_str()), (503, "server.database"), "{accept}");
        assert_eq!(refused.header("retry-after"), "1");
    }
    settle(&app).await;
    assert_eq!(follower.resume(&app).await.prev_seq, 0);
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled_with_heartbeats_that_say_the_time() {
    let app = TestApp::new(Engine::Sqlite).await;
    revoke(&app, "one").await;
    let mut follower = everything(&app).await;
    settle(&app).await;
    let began = follower.next().await.expect("the first turn with a listener").iat;
    for n in 1..=3 {
        tokio::time::advance(Duration::from_millis(2_600)).await;
        app.clock.advance(Duration::from_millis(2_600));
        settle(&app).await;
        tokio::time::advance(Duration::from_millis(2_400)).await;
        app.clock.advance(Duration::from_millis(2_400));
        settle(&app).await;
        let beat = follower.next().await.expect("a heartbeat");
        assert_eq!((beat.prev_seq, beat.seq, beat.lists.is_empty()), (1, 1, true));
        assert_eq!(beat.iat, began + 5 * n, "one for every five seconds");
    }
}

/// A proxy or a reader that takes nothing must not make the server keep what it does not take.
#[tokio::test]
async fn who_reads_too_slowly_is_sent_away_and_comes_back() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut slow = everything(&app).await;
    for n in 0..70 {
        revoke(&app, &n.to_string()).await;
        settle(&app).await;
    }
    let mut read = 0;
    while slow.next().await.is_some() {
        read += 1;
    }
    assert_eq!(read, 64, "what waited for it, and no more");
    slow.resume(&app).await;
    assert_eq!(slow.entries.len(), 70);
}

/// A token of a client for this server, with this scope.
async fn client_token(app: &TestApp, scope: &str) -> String {
    let (id, scopes) = (format!("follower-{scope}-{}", app.app.new_id()), vec![scope.to_owned()]);
    let input = AddClient { id: id.clone(), scopes, audiences: vec![ISSUER.to_owned()], jwks: None };
    let added = add_client(&app.app, input, Default::default()).await.expect("a client can be added");
    let secret = added.secret.expect("it has a secret");
    let form =
        format!("grant_type=client_credentials&client_id={id}&client_secret={}", secret.expose_secret());
    let call = app.call(http::Method::POST, "/oauth/token").body("application/x-www-form-urlencoded", form);
    call.send().await.member("access_token")
}

#[tokio::test]
async fn a_feed_for_clients_is_closed_to_others() {
    let app = TestApp::with(Engine::Sqlite, &[("revocations.access", "clients")]).await;
    settle(&app).await;
    let bob = app.sign_up("bob@example.com").await.member("access_token");
    for accept in ["text/event-stream", "application/jwt"] {
        let none = app.get("/v1/revocations").header("accept", accept).send().await;
        assert_eq!((none.status, none.reason().as_str()), (401, "token.missing"), "{accept}");
        let user = app.get("/v1/revocations").header("accept", accept).bearer(&bob).send().await;
        assert_eq!((user.status, user.reason().as_str()), (403, "scope.missing"), "{accept}");
    }
    for (scope, status) in [("revocations", 200), ("reports", 403)] {
        let token = client_token(&app, scope).await;
        for accept in ["text/event-stream", "application/jwt"] {
            let call = app.get("/v1/revocations").header("accept", accept).bearer(&token);
            assert_eq!(call.open().await.status(), status, "{accept} {scope}");
        }
    }
    let token = client_token(&app, "revocations").await;
    let snapshot = app.get("/v1/revocations").bearer(&token).send().await;
    assert_eq!(snapshot.header("cache-control"), "private, max-age=1", "caches on the way serve anybody");
    assert_eq!(app.get("/v1/revocations/keys").send().await.status, 200, "keys are public");
}

#[tokio::test]
async fn the_keys_are_the_feeds_own() {
    let app = TestApp::new(Engine::Sqlite).await;
    let feed = app.get("/v1/revocations/keys").send().await;
    let tokens = app.get("/.well-known/jwks.json").send().await;
    let kid = |answer: &jotgate_harness::Answer| answer.json()["keys"][0]["kid"].clone();
    assert_ne!(kid(&feed), kid(&tokens));
    assert_eq!(feed.json()["keys"][0]["alg"], "ES256");
    assert!(feed.json()["keys"][0].get("d").is_none());
    let metadata = app.get("/.well-known/oauth-authorization-server").send().await.json();
    assert_eq!(metadata["revocations_uri"], "http://localhost:8080/v1/revocations");
    assert_eq!(metadata["revocations_jwks_uri"], "http://localhost:8080/v1/revocations/keys");
    assert_eq!(metadata["revocations_leeway"], 120);
}

#[tokio::test]
async fn a_head_that_goes_back_begins_a_new_era() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        for id in ["one", "two"] {
            revoke(&app, id).await;
        }
        let mut follower = everything(&app).await;
        let era = follower.era.clone();
        // As after a restored backup: the database has forgotten numbers that would soon mean something else.
        let mut known = app.app.feed.last_known().expect("the feed was read");
        known.head.seq += 2;
        let all = app.app.feed.all().expect("the feed was read").1;
        app.app.feed.replace(known, all.into_iter().zip(1..).map(|(entry, seq)| (seq, entry)));
        follower.seq += 2;
        assert!(follower.next().await.is_none());
        let (mut body, _) = connect(&app, None).await;
        settle(&app).await;
        assert!(body.frame().await.is_none(), "{engine:?}: followers are sent away");
        assert_eq!(app.app.counters.feed_resets.value(), 2, "noticed, and read anew");
        let first = follower.resume(&app).await;
        assert_ne!(first.era, era, "{engine:?}");
        assert!(app.log().contains("the revocation feed went back"), "{engine:?}");
        assert!(follower.find(Kind::Session, "one").is_some(), "what it had it keeps");
    }
}

#[tokio::test]
async fn followers_share_every_event() {
    let app = TestApp::new(Engine::Sqlite).await;
    settle(&app).await;
    let mut bodies = Vec::new();
    for _ in 0..3 {
        bodies.push(connect(&app, None).await.0);
    }
    let queries = app.app.store.queries();
    let _ = connect(&app, None).await;
    assert_eq!(app.app.store.queries(), queries, "a follower costs no query");
    revoke(&app, "one").await;
    settle(&app).await;
    let mut frames = Vec::new();
    for body in &mut bodies {
        let frame = body.frame().await.expect("an event").expect("that does not fail");
        frames.push(frame.into_data().expect("of data"));
    }
    assert!(frames.windows(2).all(|pair| pair[0] == pair[1]), "the same signature for all");
}
