//! The life of a client: registered, given a new secret, narrowed, disabled, deleted.

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_jose::{Algorithm, JwkSet, SigningKey};
use jotgate_server::flow::clients::{
    AddClient, ChangeClient, RotateSecret, add_client, change_client, delete_client, find_client,
    list_clients, rotate_secret,
};
use secrecy::ExposeSecret;

use super::{
    add, add_with_key, ask,
    assertions::{claims, show, signed},
    error, texts, verdict,
};

async fn rotate(app: &TestApp, id: &str, how: RotateSecret) -> String {
    let rotated = rotate_secret(&app.app, id, how, Default::default()).await.unwrap();
    let secret = rotated.secret.unwrap().expose_secret().to_owned();
    app.remember(&secret);
    secret
}

async fn token(app: &TestApp, id: &str, secret: &str) -> String {
    ask(app, id, secret, "").await.member("access_token")
}

async fn verified(app: &TestApp, token: &str) -> String {
    let answer = app.get("/v1/verify").bearer(token).send().await;
    if answer.status == 200 { "200".into() } else { answer.reason() }
}

const GENTLY: RotateSecret = RotateSecret { keep_old: Duration::from_secs(3_600), revoke_tokens: false };
const AT_ONCE: RotateSecret = RotateSecret { keep_old: Duration::ZERO, revoke_tokens: true };

#[tokio::test]
async fn two_secrets_are_good_while_one_replaces_the_other_and_never_three() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = add(&app, "reports", &[], &[]).await;
        let second = rotate(&app, "reports", GENTLY).await;
        for secret in [&first, &second] {
            assert_eq!(ask(&app, "reports", secret, "").await.status, 200);
        }
        let third = rotate(&app, "reports", GENTLY).await;
        assert_eq!(error(&ask(&app, "reports", &first, "").await), verdict(401, "invalid_client"));
        app.clock.advance(Duration::from_secs(3_599));
        assert_eq!(ask(&app, "reports", &second, "").await.status, 200);
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(error(&ask(&app, "reports", &second, "").await), verdict(401, "invalid_client"));
        let held = token(&app, "reports", &third).await;
        assert_eq!(verified(&app, &held).await, "200");

        app.clock.advance(Duration::from_secs(2));
        let fourth = rotate(&app, "reports", AT_ONCE).await;
        assert_eq!(error(&ask(&app, "reports", &third, "").await), verdict(401, "invalid_client"));
        assert_eq!(verified(&app, &held).await, "revoked.subject");
        let new = token(&app, "reports", &fourth).await;
        assert_eq!(verified(&app, &new).await, "200");
    }
}

#[tokio::test]
async fn disabling_and_deleting_take_tokens_back_at_once() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let secret = add(&app, "reports", &[], &[]).await;
        let held = token(&app, "reports", &secret).await;
        let disable = |disabled| ChangeClient { disabled: Some(disabled), ..ChangeClient::default() };
        change_client(&app.app, "reports", disable(true), Default::default()).await.unwrap();
        assert_eq!(verified(&app, &held).await, "revoked.subject");
        let answer = ask(&app, "reports", &secret, "").await;
        assert_eq!(error(&answer), verdict(401, "invalid_client"));
        assert!(answer.text().contains("This client is disabled"), "whoever has the secret is told");
        assert!(!ask(&app, "reports", "wrong", "").await.text().contains("This client is disabled"));

        change_client(&app.app, "reports", disable(false), Default::default()).await.unwrap();
        assert_eq!(verified(&app, &held).await, "revoked.subject", "what was taken back stays so");
        let held = token(&app, "reports", &secret).await;
        assert_eq!(verified(&app, &held).await, "200");

        delete_client(&app.app, "reports", Default::default()).await.unwrap();
        assert_eq!(verified(&app, &held).await, "revoked.subject");
        assert_eq!(error(&ask(&app, "reports", &secret, "").await), verdict(401, "invalid_client"));
        assert!(find_client(&app.app, "reports").await.is_err());
        assert!(list_clients(&app.app, None, 10).await.unwrap().is_empty());
        assert!(delete_client(&app.app, "reports", Default::default()).await.is_err());

        // In the same second, under the same name.
        let secret = add(&app, "reports", &[], &[]).await;
        assert_eq!(verified(&app, &held).await, "revoked.subject", "a namesake does not revive it");
        assert_eq!(verified(&app, &token(&app, "reports", &secret).await).await, "200");
    }
}

#[tokio::test]
async fn a_narrowed_client_loses_its_wider_tokens_and_a_widened_one_none() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let secret = add(&app, "reports", &["read"], &[]).await;
        let held = token(&app, "reports", &secret).await;
        let scopes = |words: &[&str]| ChangeClient { scopes: Some(texts(words)), ..ChangeClient::default() };
        change_client(&app.app, "reports", scopes(&["read", "write"]), Default::default()).await.unwrap();
        assert_eq!(verified(&app, &held).await, "200");
        change_client(&app.app, "reports", scopes(&["write"]), Default::default()).await.unwrap();
        assert_eq!(verified(&app, &held).await, "revoked.subject");
        let held = token(&app, "reports", &secret).await;
        let audiences = ChangeClient { audiences: Some(texts(&["other"])), ..ChangeClient::default() };
        change_client(&app.app, "reports", audiences, Default::default()).await.unwrap();
        assert_eq!(verified(&app, &held).await, "revoked.subject");
        assert_eq!(verified(&app, &token(&app, "reports", &secret).await).await, "200", "its own audience");
    }
}

#[tokio::test]
async fn only_what_can_be_used_is_registered() {
    let app = TestApp::new(Engine::Sqlite).await;
    add(&app, "reports", &[], &[]).await;
    let private = SigningKey::generate(Algorithm::Es256).unwrap().private_jwk().unwrap();
    let set = |json: String| AddClient { id: "new".into(), jwks: Some(json), ..AddClient::default() };
    let private = (*private).to_owned();
    for (case, input) in [
        ("taken", AddClient { id: "reports".into(), ..AddClient::default() }),
        ("unfit name", AddClient { id: "a b".into(), ..AddClient::default() }),
        ("reserved name", AddClient { id: "first-party".into(), ..AddClient::default() }),
        ("unfit scope", AddClient { id: "new".into(), scopes: texts(&["a\"b"]), ..AddClient::default() }),
        (
            "unfit audience",
            AddClient { id: "new".into(), audiences: texts(&["a b"]), ..AddClient::default() },
        ),
        ("private key", set(private)),
        (
            "shared secret",
            set(r#"{"kty":"oct","alg":"HS256","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#.into()),
        ),
        ("no key", set(r#"{"keys":[]}"#.into())),
        ("no JSON", set("-----BEGIN".into())),
    ] {
        let refused = add_client(&app.app, input, Default::default()).await.unwrap_err();
        assert_eq!(refused.refusal().reason.code, "request.body", "{case}");
    }
    assert_eq!(list_clients(&app.app, None, 10).await.unwrap().len(), 1);
    add_with_key(&app, "keyed").await;
    let refused = rotate_secret(&app.app, "keyed", GENTLY, Default::default()).await.unwrap_err();
    assert_eq!(refused.refusal().reason.code, "request.body");
    let names: Vec<_> =
        list_clients(&app.app, None, 10).await.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(names, ["keyed", "reports"]);
    assert_eq!(list_clients(&app.app, Some("keyed"), 10).await.unwrap()[0].id, "reports");
}

#[tokio::test]
async fn keys_are_replaced_without_a_gap_and_a_key_that_goes_takes_its_tokens() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let old = add_with_key(&app, "billing").await;
        let new = SigningKey::generate(Algorithm::Ed25519).unwrap().with_kid("two");
        let jwks = |keys: &[&SigningKey]| {
            let keys = keys.iter().map(|key| key.verifying_key().public_jwk().unwrap());
            Some(JwkSet::new(keys).to_json().unwrap())
        };
        let change = |jwks| ChangeClient { jwks, ..ChangeClient::default() };
        let held = show(&app, &signed(&old, &claims(&app, "billing", "a"))).await.member("access_token");
        change_client(&app.app, "billing", change(jwks(&[&old, &new])), Default::default()).await.unwrap();
        assert_eq!(show(&app, &signed(&old, &claims(&app, "billing", "b"))).await.status, 200);
        assert_eq!(show(&app, &signed(&new, &claims(&app, "billing", "c"))).await.status, 200);
        assert_eq!(verified(&app, &held).await, "200");
        change_client(&app.app, "billing", change(jwks(&[&new])), Default::default()).await.unwrap();
        let answer = show(&app, &signed(&old, &claims(&app, "billing", "d"))).await;
        assert_eq!(error(&answer), verdict(401, "invalid_client"));
        assert_eq!(verified(&app, &held).await, "revoked.subject");
        let again = show(&app, &signed(&new, &claims(&app, "billing", "e"))).await.member("access_token");
        assert_eq!(verified(&app, &again).await, "200");

        add(&app, "reports", &[], &[]).await;
        let refused = change_client(&app.app, "reports", change(jwks(&[&new])), Default::default()).await;
        assert_eq!(refused.unwrap_err().refusal().reason.code, "request.body");
    }
}
