//! Clients with a key of their own: `private_key_jwt`. Row 101 of the attack catalogue.

use jotgate_harness::{Answer, Engine, TestApp};
use jotgate_jose::{Algorithm, SigningKey, jwt};
use jotgate_server::flow::clean_up::clean_up;
use jotgate_token::{Clock, assertion};
use serde_json::{Value, json};

use super::{ISSUER, add, add_with_key, error, post, verdict};

pub(super) fn claims(app: &TestApp, id: &str, jti: &str) -> Value {
    let now = app.clock.now();
    json!({"iss": id, "sub": id, "aud": ISSUER, "iat": now, "exp": now + 60, "jti": jti})
}

pub(super) fn signed(key: &SigningKey, claims: &Value) -> String {
    jwt::sign(claims, key).unwrap()
}

pub(super) async fn show(app: &TestApp, assertion: &str) -> Answer {
    app.remember(assertion);
    post(
        app,
        &format!(
            "grant_type=client_credentials&client_assertion={assertion}\
             &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        ),
    )
    .await
}

/// Signs what is given after a change, and shows it.
async fn changed(app: &TestApp, key: &SigningKey, jti: &str, change: &Value) -> Answer {
    let mut claims = claims(app, "reports", jti);
    for (name, value) in change.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    show(app, &signed(key, &claims)).await
}

#[tokio::test]
async fn a_good_assertion_gets_a_token() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let key = add_with_key(&app, "reports").await;
        let answer = show(&app, &signed(&key, &claims(&app, "reports", "a"))).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let typed = assertion::signer(key).unwrap();
        let ours = assertion::Claims::new("reports", ISSUER, &jotgate_token::OsRandom, app.clock.now());
        assert_eq!(show(&app, &typed.sign(&ours).unwrap()).await.status, 200);
    }
}

#[tokio::test]
async fn row_101_the_audience_is_the_issuer_alone() {
    let app = TestApp::new(Engine::Sqlite).await;
    let key = add_with_key(&app, "reports").await;
    let endpoint = format!("{ISSUER}/oauth/token");
    for (n, aud) in [
        json!(endpoint),
        json!([ISSUER]),
        json!([ISSUER, endpoint]),
        json!([endpoint]),
        json!(format!("{ISSUER}/")),
        json!(null),
        json!(""),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = changed(&app, &key, &format!("{n}"), &json!({"aud": aud})).await;
        assert_eq!(error(&answer), verdict(401, "invalid_client"), "{aud}");
    }
}

#[tokio::test]
async fn row_101_it_expires_within_ten_minutes() {
    let app = TestApp::new(Engine::Sqlite).await;
    let key = add_with_key(&app, "reports").await;
    let now = app.clock.now();
    for (n, exp) in [json!(null), json!(now + 601), json!(now + 86_400), json!(now - 30), json!("soon")]
        .into_iter()
        .enumerate()
    {
        let answer = changed(&app, &key, &format!("{n}"), &json!({"exp": exp})).await;
        assert_eq!(error(&answer), verdict(401, "invalid_client"), "{exp}");
    }
    assert_eq!(changed(&app, &key, "last", &json!({"exp": now + 600})).await.status, 200);
}

#[tokio::test]
async fn row_101_each_is_good_once() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let key = add_with_key(&app, "reports").await;
        let other = add_with_key(&app, "billing").await;
        let text = signed(&key, &claims(&app, "reports", "same"));
        assert_eq!(show(&app, &text).await.status, 200);
        let again = show(&app, &text).await;
        assert_eq!(error(&again), verdict(401, "invalid_client"));
        assert!(again.text().contains("used before"), "{}", again.text());
        let renewed = changed(&app, &key, "same", &json!({"exp": app.clock.now() + 120})).await;
        assert_eq!(error(&renewed), verdict(401, "invalid_client"), "the id counts, not the text");
        let others = show(&app, &signed(&other, &claims(&app, "billing", "same"))).await;
        assert_eq!(others.status, 200, "ids of two clients have nothing to do with each other");

        app.clock.advance(std::time::Duration::from_secs(300));
        clean_up(&app.app).await.unwrap();
        assert_eq!(
            error(&show(&app, &text).await),
            verdict(401, "invalid_client"),
            "expired, and so forgotten"
        );
        assert_eq!(changed(&app, &key, "same", &json!({})).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_101_and_94_two_nodes_at_once_accept_it_once() {
    for engine in Engine::all() {
        let first = TestApp::new(engine).await;
        let second = first.beside().await;
        let key = add_with_key(&first, "reports").await;
        for round in 0..8 {
            let text = signed(&key, &claims(&first, "reports", &format!("jti-{round}")));
            let (a, b, c, d) = tokio::join!(
                show(&first, &text),
                show(&second, &text),
                show(&first, &text),
                show(&second, &text)
            );
            let mut seen = [&a, &b, &c, &d].map(error);
            seen.sort();
            let no = verdict(401, "invalid_client");
            assert_eq!(seen, [verdict(200, "none"), no.clone(), no.clone(), no], "round {round}");
            // The refused ones counted as failures of this address; the good one of the next round starts anew.
            first.clock.advance(std::time::Duration::from_secs(1_000));
        }
    }
}

#[tokio::test]
async fn row_101_issuer_and_subject_are_the_client() {
    let app = TestApp::new(Engine::Sqlite).await;
    let key = add_with_key(&app, "reports").await;
    add_with_key(&app, "billing").await;
    for (n, change) in [
        json!({"sub": "billing"}),
        json!({"iss": "billing"}),
        json!({"iss": "billing", "sub": "billing"}),
        json!({"iss": ISSUER}),
        json!({"sub": null}),
        json!({"iss": null}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"jti": 7}),
    ]
    .into_iter()
    .enumerate()
    {
        let answer = changed(&app, &key, &format!("{n}"), &change).await;
        assert_eq!(error(&answer), verdict(401, "invalid_client"), "{change}");
    }
    let text = signed(&key, &claims(&app, "reports", "beside"));
    let form = |id: &str| {
        format!(
            "grant_type=client_credentials&client_id={id}&client_assertion={text}\
             &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        )
    };
    assert_eq!(error(&post(&app, &form("billing")).await), verdict(401, "invalid_client"));
    assert_eq!(error(&post(&app, &form("reports")).await), verdict(200, "none"));
}

#[tokio::test]
async fn row_101_a_shared_secret_is_no_private_key() {
    let app = TestApp::new(Engine::Sqlite).await;
    let key = add_with_key(&app, "reports").await;
    let public = key.verifying_key().public_jwk().unwrap();
    let secret = add(&app, "billing", &[], &[]).await;
    let forgeries = [
        SigningKey::generate(Algorithm::Hs256).unwrap(),
        SigningKey::hmac(Algorithm::Hs256, public.thumbprint().as_bytes()).unwrap(),
        SigningKey::generate(Algorithm::Es256).unwrap(),
        SigningKey::generate(Algorithm::Es256).unwrap().with_kid("one"),
        SigningKey::generate(Algorithm::Ed25519).unwrap().with_kid("one"),
    ];
    for (n, forged) in forgeries.iter().enumerate() {
        let answer = show(&app, &signed(forged, &claims(&app, "reports", &format!("{n}")))).await;
        assert_eq!(error(&answer), verdict(401, "invalid_client"), "{n}");
    }
    // client_secret_jwt is not offered either: a secret that signs would have to be stored as it is.
    let by_secret = SigningKey::hmac(Algorithm::Hs256, secret.as_bytes()).unwrap();
    let answer = show(&app, &signed(&by_secret, &claims(&app, "billing", "s"))).await;
    assert_eq!(error(&answer), verdict(401, "invalid_client"));
    let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJyZXBvcnRzIn0.";
    assert_eq!(error(&show(&app, none).await), verdict(401, "invalid_client"));
}

#[tokio::test]
async fn what_is_wrong_is_told_to_whoever_has_the_key() {
    let app = TestApp::new(Engine::Sqlite).await;
    let key = add_with_key(&app, "reports").await;
    let told = changed(&app, &key, "a", &json!({"aud": format!("{ISSUER}/oauth/token")})).await;
    assert!(told.member("error_description").contains("aud"), "{}", told.text());
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let mut untold = changed(&app, &stranger, "b", &json!({"aud": "elsewhere"})).await.json();
    let mut unknown = show(&app, &signed(&stranger, &claims(&app, "nobody", "c"))).await.json();
    untold["request_id"] = json!("");
    unknown["request_id"] = json!("");
    assert_eq!(untold, unknown);
}

#[tokio::test]
async fn the_way_is_the_registered_one() {
    let app = TestApp::new(Engine::Sqlite).await;
    let key = add_with_key(&app, "reports").await;
    let secret = add(&app, "billing", &[], &[]).await;
    let text = signed(&key, &claims(&app, "billing", "a"));
    assert_eq!(error(&show(&app, &text).await), verdict(401, "invalid_client"));
    assert_eq!(error(&super::ask(&app, "reports", &secret, "").await), verdict(401, "invalid_client"));
    assert_eq!(error(&super::ask(&app, "reports", "", "").await), verdict(401, "invalid_client"));
    let text = signed(&key, &claims(&app, "reports", "b"));
    for (form, expected) in [
        (format!("client_assertion={text}"), verdict(400, "invalid_request")),
        (format!("client_assertion={text}&client_assertion_type=jwt"), verdict(400, "invalid_request")),
        (
            "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
            verdict(400, "invalid_request"),
        ),
        (
            format!(
                "client_assertion={text}&client_id=reports&client_secret=x\
                 &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            ),
            verdict(400, "invalid_request"),
        ),
    ] {
        let answer = post(&app, &format!("grant_type=client_credentials&{form}")).await;
        assert_eq!(error(&answer), expected, "{}", answer.text());
    }
}
