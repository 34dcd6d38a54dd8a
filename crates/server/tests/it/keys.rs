//! Keys across starts, servers and changes of the configuration.

mod leaked;
mod master;
mod refreshing;
mod rotation;

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_jose::jwt::Unverified;
use jotgate_server::flow::keys::{catch_up, life};
use jotgate_token::access;
use serde_json::{Value, json};

async fn published(app: &TestApp) -> Vec<Value> {
    let set = app.get("/.well-known/jwks.json").send().await.json();
    set["keys"].as_array().expect("a key set").clone()
}

fn alg(token: &str) -> String {
    Unverified::parse(token).expect("it is a token").alg().expect("every token says it").to_owned()
}

fn kid(token: &str) -> String {
    Unverified::parse(token).expect("it is a token").kid().expect("every token says it").to_owned()
}

/// What the jobs of running servers do.
async fn look_after(servers: &[&TestApp]) {
    for server in servers {
        life::look_after(&server.app).await.expect("the database answers");
    }
    for server in servers {
        catch_up(&server.app).await.expect("the database answers");
    }
}

/// Time in which the servers run: they look after their keys every minute.
async fn pass(servers: &[&TestApp], time: Duration) {
    let minute = Duration::from_secs(60);
    for _ in 0..time.as_secs() / 60 {
        servers[0].clock.advance(minute);
        look_after(servers).await;
    }
}

async fn me(app: &TestApp, token: &str) -> String {
    let answer = app.get("/v1/me").bearer(token).send().await;
    if answer.status == 200 { "200".into() } else { answer.reason() }
}

#[tokio::test]
async fn a_second_start_and_a_second_server_use_the_same_keys() {
    for engine in Engine::all() {
        let first = TestApp::new(engine).await;
        let token = first.sign_up("ada@example.com").await.member("access_token");
        let second = first.beside().await;
        assert_eq!(published(&first).await, published(&second).await);
        assert_eq!(me(&second, &token).await, "200");
    }
}

#[tokio::test]
async fn another_algorithm_is_published_for_a_day_before_it_signs() {
    for engine in Engine::all() {
        let before = TestApp::new(engine).await;
        let old = before.sign_up("ada@example.com").await.member("access_token");
        let after = before.beside_with(&[("tokens.algorithm", "RS256")]).await;
        let both = [&before, &after];
        look_after(&both).await;
        let kinds = |keys: &[Value]| -> Vec<Value> { keys.iter().map(|key| key["alg"].clone()).collect() };
        assert_eq!(kinds(&published(&after).await), ["ES256", "RS256"], "{engine:?}: what signs comes first");
        assert_eq!(alg(&after.log_in("ada@example.com").await.member("access_token")), "ES256");

        pass(&both, Duration::from_secs(86_400 - 60)).await;
        assert_eq!(alg(&after.log_in("ada@example.com").await.member("access_token")), "ES256");
        pass(&both, Duration::from_secs(60)).await;
        let new = after.log_in("ada@example.com").await.member("access_token");
        assert_eq!(alg(&new), "RS256");
        assert_eq!(me(&before, &new).await, "200", "it was published a day ago");
        assert_eq!(me(&after, &old).await, "exp.expired", "its key is still there");
        pass(&[&after], Duration::from_secs(15 * 60 + 120 + 360 - 60)).await;
        assert_eq!(published(&after).await.len(), 2);
        pass(&[&after], Duration::from_secs(60)).await;
        assert_eq!(kinds(&published(&after).await), ["RS256"]);
    }
}

#[tokio::test]
async fn the_feed_has_a_key_of_its_own_that_no_token_is_checked_with() {
    for engine in Engine::all() {
        let first = TestApp::with(engine, &[("tokens.algorithm", "RS256")]).await;
        let second = first.beside().await;
        let (keys, of_the_second) = (first.app.keyring.signing(), second.app.keyring.signing());
        assert_eq!(keys.feed_jwks, of_the_second.feed_jwks, "{engine:?}");
        let feed: Value = serde_json::from_str(&keys.feed_jwks).unwrap();
        let kid = keys.feed.key().kid().expect("the feed's key has a name");
        assert_eq!(feed["keys"].as_array().map(Vec::len), Some(1));
        assert_eq!(
            (&feed["keys"][0]["kid"], &feed["keys"][0]["alg"], &feed["keys"][0]["use"]),
            (&json!(kid), &json!("ES256"), &json!("sig"))
        );
        assert_eq!(feed["keys"][0]["d"], Value::Null, "its private half stays here");
        assert!(!keys.jwks.contains(kid), "{engine:?}");

        // A token that the feed's key signed, good in everything else.
        let token = first.sign_up("ada@example.com").await.member("access_token");
        let claims: Value = serde_json::from_str(Unverified::parse(&token).unwrap().payload_json()).unwrap();
        let forged = access::signer(keys.feed.key().clone()).unwrap().sign(&claims).unwrap();
        assert_eq!(me(&first, &forged).await, "key.unknown_kid");
        assert_eq!(me(&first, &token).await, "200");
    }
}

#[tokio::test]
async fn another_issuer_keeps_the_keys_and_ends_the_sessions() {
    for engine in Engine::all() {
        let before = TestApp::new(engine).await;
        let session = before.sign_up("ada@example.com").await;
        let after = before.beside_with(&[("issuer", "http://localhost:9090")]).await;
        let ask = json!({"refresh_token": session.member("refresh_token")});
        let answer = after.post("/v1/refresh", &ask).header("host", "localhost:9090").send().await;
        assert_eq!((answer.status, answer.reason().as_str()), (401, "refresh.invalid"));
        let keys = after.get("/.well-known/jwks.json").header("host", "localhost:9090").send().await.json();
        assert_eq!(keys["keys"], json!(published(&before).await));
    }
}

#[tokio::test]
async fn a_shared_secret_signs_for_apis_and_never_for_the_server() {
    let settings = [
        ("tokens.algorithm", "HS256"),
        ("tokens.audience", "my-api"),
        ("tokens.secret", "9f4c1d8e2b7a6053f1e8c9d4a7b2063e5d1f8a9c4b7e2d60"),
        ("tokens.claims", "email=user.email"),
    ];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    let session = app.sign_up("ada@example.com").await;
    let shared = session.member("access_token");
    let peek = Unverified::parse(&shared).unwrap();
    assert_eq!(peek.alg(), Some("HS256"));
    assert!(peek.payload_json().contains(r#""email":"ada@example.com""#), "{}", peek.payload_json());
    let answer = app.get("/v1/me").bearer(&shared).send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (401, "alg.not_allowed"));
    assert!(answer.member("hint").contains("audience"), "{}", answer.text());

    let ask = json!({"refresh_token": session.member("refresh_token"), "audience": "http://localhost:8080"});
    let own = app.post("/v1/refresh", &ask).send().await.member("access_token");
    assert_eq!(Unverified::parse(&own).unwrap().alg(), Some("ES256"));
    assert_eq!(me(&app, &own).await, "200");
    assert!(published(&app).await.iter().all(|key| key["kty"] == "EC"));
}
