//! Rows of the attack catalogue that concern where keys come from: 14 to 16, 22, 23, 82 and 85.

use std::time::Duration;

use http::Request;
use jotgate_guard::{BuildError, Guard};
use jotgate_jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use crate::support::*;

#[tokio::test(start_paused = true)]
async fn row_14_no_token_names_where_keys_come_from() {
    let (key, mallory) = (key("a"), key("mallory"));
    let issuer = Issuer::with(&[&key]);
    // Mallory's keys are there to be had, at every place a header could name.
    for path in ["/keys", "/redirect"] {
        issuer.answer(path, &jwks(&[&mallory]));
    }
    let guard = started(&issuer).await;
    issuer.seen();
    let forge = jotgate_testkit::Forge::with_key(mallory.clone(), Noon);
    let jwk: Value = serde_json::from_str::<Value>(&jwks(&[&mallory])).unwrap()["keys"][0].clone();
    for (name, value) in [
        ("jku", json!(format!("{ISSUER}/keys"))),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!(format!("{ISSUER}/keys"))),
        ("jwk", jwk),
        ("x5c", json!(["MIIB"])),
    ] {
        let mut draft = forge.draft().header(name, value);
        for (claim, value) in claims().as_object().unwrap() {
            draft = draft.claim(claim, value.clone());
        }
        let refused = ask(&app(&guard), bearer(&draft.token())).await;
        assert_eq!(refused.short(), (401, "key.unknown_kid"), "{name}");
    }
    assert!(issuer.seen().iter().all(|path| path == "/.well-known/jwks.json"));
}

/// What the keys of this `jwks_uri` are worth: whether the guard gets any, and whom it asked.
async fn with_jwks_uri(uri: &str, named: Option<&str>) -> (bool, Vec<String>) {
    let issuer = Issuer::with(&[&key("a")]);
    let mut said = metadata(ISSUER);
    said["jwks_uri"] = uri.into();
    issuer.answer("/.well-known/oauth-authorization-server", &said.to_string());
    let builder = named.into_iter().fold(builder(&issuer), jotgate_guard::GuardBuilder::allow_origin);
    let guard = builder.start().unwrap();
    let came = tokio::time::timeout(Duration::from_secs(60), guard.ready()).await.is_ok();
    let asked =
        issuer.seen().into_iter().filter(|path| !path.ends_with("oauth-authorization-server")).collect();
    (came, asked)
}

#[tokio::test(start_paused = true)]
async fn row_15_the_jwks_uri_is_on_the_very_origin_of_the_issuer() {
    assert!(with_jwks_uri("https://id.example/.well-known/jwks.json", None).await.0);
    for uri in [
        "https://id.example@evil.example/.well-known/jwks.json",
        "https://user@id.example/.well-known/jwks.json",
        "https://id.example:443/.well-known/jwks.json",
        "https://id.example.evil.example/.well-known/jwks.json",
        "https://id.example./.well-known/jwks.json",
        "https://ID.example/.well-known/jwks.json",
        "https://id.example/.well-known/jwks.json#fragment",
        "https://id.example\\@evil.example/.well-known/jwks.json",
        "https://id.ex\u{430}mple/.well-known/jwks.json",
    ] {
        assert_eq!(with_jwks_uri(uri, None).await, (false, Vec::new()), "{uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_16_no_other_scheme_or_address_unless_named() {
    for uri in [
        "http://id.example/.well-known/jwks.json",
        "file:///etc/passwd",
        "data:application/json,{\"keys\":[]}",
        "gopher://id.example/",
        "https://127.0.0.1/jwks.json",
        "https://[::1]/jwks.json",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/jwks.json",
        "https://2130706433/jwks.json",
        "https://keys.example/.well-known/jwks.json",
        "/.well-known/jwks.json",
        "",
    ] {
        assert_eq!(with_jwks_uri(uri, None).await, (false, Vec::new()), "{uri}");
    }
    let named =
        with_jwks_uri("https://keys.example/.well-known/jwks.json", Some("https://keys.example")).await;
    assert!(named.0, "an origin that the configuration names");
    for (origin, is_good) in
        [("http://keys.example", false), ("https://169.254.169.254", true), ("file:///", false)]
    {
        let started = builder(&Issuer::default()).allow_origin(origin).start();
        assert_eq!(
            started.is_ok(),
            is_good,
            "{origin}: whoever writes the configuration may name an address"
        );
    }
    for issuer in ["http://id.example", "http://10.0.0.1", "ftp://id.example", "https://u@id.example"] {
        assert!(matches!(Guard::new(issuer, "api").start(), Err(BuildError::Address { .. })), "{issuer}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_metadata_of_another_issuer_is_not_taken() {
    let issuer = Issuer::with(&[&key("a")]);
    for body in [metadata("https://other.example").to_string(), "[]".into(), "<html>".into(), "{}".into()] {
        issuer.answer("/.well-known/oauth-authorization-server", &body);
        let guard = builder(&issuer).start().unwrap();
        let came = tokio::time::timeout(Duration::from_secs(60), guard.ready()).await;
        assert!(came.is_err() && issuer.key_fetches() == 0, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn row_22_unknown_kids_cause_one_fetch_a_cool_down() {
    let (known, stranger) = (key("a"), SigningKey::generate(Algorithm::Es256).unwrap());
    let issuer = Issuer::with(&[&known]);
    let guard = started(&issuer).await;
    let app = app(&guard);
    issuer.seen();
    for n in 0..1000 {
        let token = good(&stranger.clone().with_kid(format!("made-up-{n}")));
        assert_eq!(ask(&app, bearer(&token)).await.short(), (401, "key.unknown_kid"));
    }
    assert_eq!(issuer.key_fetches(), 0, "the first set came a moment ago");
    for n in 0..5 {
        tokio::time::sleep(Duration::from_secs(10)).await;
        for m in 0..100 {
            let token = good(&stranger.clone().with_kid(format!("made-up-{n}-{m}")));
            assert_eq!(ask(&app, bearer(&token)).await.short(), (401, "key.unknown_kid"));
        }
        assert_eq!(issuer.key_fetches(), n + 1);
    }
    assert_eq!(ask(&app, bearer(&good(&known))).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn row_22_many_at_once_share_one_flight_and_a_new_key_is_found() {
    let (old, new) = (key("a"), key("b"));
    let issuer = Issuer::with(&[&old]);
    let guard = started(&issuer).await;
    let app = app(&guard);
    tokio::time::sleep(Duration::from_secs(11)).await;
    issuer.publish(&[&old, &new]);
    issuer.seen();
    let token = good(&new);
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let (app, request) = (app.clone(), bearer(&token));
            tokio::spawn(async move { ask(&app, request).await.status })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap(), 200, "whoever comes while the set is fetched waits for it");
    }
    assert_eq!(issuer.key_fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn row_23_two_keys_of_one_name_and_the_algorithm_decides() {
    let ec = key("same");
    let ed = SigningKey::generate(Algorithm::Ed25519).unwrap().with_kid("same");
    let guard = started(&Issuer::with(&[&ec, &ed])).await;
    let app = app(&guard);
    for key in [&ec, &ed] {
        assert_eq!(ask(&app, bearer(&good(key))).await.short(), (200, "0197"));
    }
    // Two of one kind are no choice a token can make.
    let twin = key("same");
    let guard = started(&Issuer::with(&[&ec, &twin])).await;
    assert_eq!(ask(&super::support::app(&guard), bearer(&good(&ec))).await.short(), (401, "key.ambiguous"));
}

#[tokio::test(start_paused = true)]
async fn row_82_secrets_in_a_key_set_are_no_keys() {
    let (good_key, leaked) = (key("a"), key("leaked"));
    let secret = SigningKey::generate(Algorithm::Hs256).unwrap().with_kid("secret");
    let private = |key: &SigningKey| -> Value { serde_json::from_str(&key.private_jwk().unwrap()).unwrap() };
    let public: Value = serde_json::from_str(&jwks(&[&good_key])).unwrap();
    let set = json!({"keys": [private(&secret), public["keys"][0], private(&leaked)]});
    let issuer = Issuer::with(&[]);
    issuer.answer("/.well-known/jwks.json", &set.to_string());
    let guard = started(&issuer).await;
    let app = app(&guard);
    assert_eq!(ask(&app, bearer(&good(&good_key))).await.status, 200);
    for bad in [&secret, &leaked] {
        assert_eq!(ask(&app, bearer(&good(bad))).await.short(), (401, "key.unknown_kid"));
    }
}

#[tokio::test(start_paused = true)]
async fn row_85_rotation_old_keys_go_new_keys_come() {
    let (old, new) = (key("a"), key("b"));
    let issuer = Issuer::with(&[&old]);
    let guard = started(&issuer).await;
    let app = app(&guard);
    let old_token = good(&old);
    assert_eq!(ask(&app, bearer(&old_token)).await.status, 200);
    tokio::time::sleep(Duration::from_secs(11)).await;
    issuer.publish(&[&new]);
    assert_eq!(ask(&app, bearer(&good(&new))).await.status, 200, "found by its name");
    assert_eq!(
        ask(&app, bearer(&old_token)).await.short(),
        (401, "key.unknown_kid"),
        "remembered, but its key is gone"
    );
    // The same name with other material: known within one life of the set.
    let same_name = key("b");
    issuer.publish(&[&same_name]);
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert_eq!(ask(&app, bearer(&good(&same_name))).await.status, 200);
    assert_eq!(ask(&app, bearer(&good(&new))).await.short(), (401, "signature.invalid"));
}

#[tokio::test(start_paused = true)]
async fn row_52_a_key_of_one_issuer_speaks_for_no_other() {
    const PARTNER: &str = "https://partner.example";
    let (ours, theirs) = (key("a"), key("b"));
    let documents = Issuer::with(&[&ours]);
    let partner = Issuer::default();
    partner.answer("/.well-known/oauth-authorization-server", &metadata(PARTNER).to_string());
    partner.publish(&[&theirs]);
    let both = Both { ours: documents, partner };
    let guard =
        Guard::new(ISSUER, AUDIENCE).trust(PARTNER, "their-api").without_feed().clock(Noon).fetch(both);
    let guard = guard.start().unwrap();
    guard.ready().await;
    let app = app(&guard);
    let partners = |key: &SigningKey, aud: &str| {
        token(key, |claims| {
            claims["iss"] = PARTNER.into();
            claims["aud"] = aud.into();
        })
    };
    let said = async |token: String| ask(&app, bearer(&token)).await.said;
    assert_eq!(said(good(&ours)).await, "0197");
    assert_eq!(said(partners(&theirs, "their-api")).await, "0197");
    assert_eq!(said(partners(&theirs, AUDIENCE)).await, "aud.mismatch");
    assert_eq!(said(partners(&ours, "their-api")).await, "key.unknown_kid");
    assert_eq!(said(good(&theirs)).await, "key.unknown_kid");
    let renamed = ours.clone().with_kid("b");
    assert_eq!(said(partners(&renamed, "their-api")).await, "signature.invalid");
    assert_eq!(
        said(token(&ours, |claims| claims["iss"] = "https://id.example/".into())).await,
        "iss.mismatch"
    );
    assert_eq!(
        said(token(&ours, |claims| {
            claims.as_object_mut().unwrap().remove("iss");
        }))
        .await,
        "iss.missing"
    );
}

/// Two issuers at one edge.
struct Both {
    ours: Issuer,
    partner: Issuer,
}

impl jotgate_guard::Fetch for Both {
    fn fetch(&self, request: Request<bytes::Bytes>) -> jotgate_guard::Answering<'_> {
        match request.uri().host() {
            Some("id.example") => self.ours.fetch(request),
            _ => self.partner.fetch(request),
        }
    }
}
