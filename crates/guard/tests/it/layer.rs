//! Requests through the layers: who gets in, who does not, and what they are told.

use axum::{Router, body::Body, routing::get};
use http::{Request, header};
use jotgate_guard::{Caller, OptionalCaller, any_of, fresh_within, require_role, require_scope};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn a_good_token_gets_in_and_nobody_is_asked() {
    let key = key("a");
    let issuer = Issuer::with(&[&key]);
    let guard = started(&issuer).await;
    assert_eq!(issuer.seen(), ["/.well-known/oauth-authorization-server", "/.well-known/jwks.json"]);
    let app = app(&guard);
    for _ in 0..3 {
        assert_eq!(ask(&app, bearer(&good(&key))).await.short(), (200, "0197"));
    }
    assert_eq!(issuer.seen(), Vec::<String>::new(), "a check asks nobody");
    assert_eq!((guard.metrics().accepted(), guard.metrics().refusals()), (3, 0));
}

#[tokio::test]
async fn no_token_is_challenged_without_an_error() {
    let guard = started(&Issuer::with(&[&key("a")])).await;
    let answer = ask(&app(&guard), Request::get("/").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.short(), (401, "token.missing"));
    assert_eq!(answer.challenge.as_deref(), Some("Bearer realm=\"jotgate\""));
    assert_eq!(guard.metrics().refused("token.missing"), 1);
}

#[tokio::test]
async fn an_optional_caller_may_be_nobody_but_not_somebody_bad() {
    let key = key("a");
    let guard = started(&Issuer::with(&[&key])).await;
    let greet = async |OptionalCaller(caller): OptionalCaller| {
        caller.map_or("stranger".to_owned(), |caller| caller.claims().sub.clone())
    };
    let app = Router::new()
        .route("/", get(greet))
        .route("/option", get(async |caller: Option<Caller>| caller.is_some().to_string()))
        .route("/mine", get(async |_: Caller| "in"))
        .layer(guard.optional_layer());
    let at = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    assert_eq!(ask(&app, at("/")).await.short(), (200, "stranger"));
    assert_eq!(ask(&app, at("/option")).await.short(), (200, "false"));
    assert_eq!(ask(&app, at("/mine")).await.short(), (401, "token.missing"));
    assert_eq!(ask(&app, bearer(&good(&key))).await.short(), (200, "0197"));
    let old = token(&key, |claims| claims["exp"] = json!(NOW - 100));
    assert_eq!(ask(&app, bearer(&old)).await.short(), (401, "exp.expired"));
    let basic = Request::get("/").header(header::AUTHORIZATION, "Basic eDp5").body(Body::empty()).unwrap();
    assert_eq!(ask(&app, basic).await.short(), (401, "token.scheme"));
}

#[tokio::test]
async fn requirements_are_403_with_a_challenge() {
    let key = key("a");
    let guard = started(&Issuer::with(&[&key])).await;
    let app = Router::new()
        .route("/read", get(async || "in").route_layer(require_scope("posts:read")))
        .route("/write", get(async || "in").route_layer(require_scope("posts:write")))
        .route("/editor", get(async || "in").route_layer(require_role("editor")))
        .route("/admin", get(async || "in").route_layer(require_role("admin")))
        .route(
            "/either",
            get(async || "in").route_layer(any_of([require_role("admin"), require_scope("posts:read")])),
        )
        .route(
            "/both",
            get(async || "in").route_layer(require_role("editor")).route_layer(require_scope("x")),
        )
        .layer(guard.layer());
    let token = good(&key);
    let at = |path: &str| {
        Request::get(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap()
    };
    for path in ["/read", "/editor", "/either"] {
        assert_eq!(ask(&app, at(path)).await.short(), (200, "in"), "{path}");
    }
    for (path, code) in [("/write", "scope.missing"), ("/admin", "role.missing"), ("/both", "scope.missing")]
    {
        let answer = ask(&app, at(path)).await;
        assert_eq!(answer.short(), (403, code), "{path}");
        assert!(answer.challenge.unwrap().contains("error=\"insufficient_scope\""));
    }
    assert_eq!(guard.metrics().refused("scope.missing"), 2);
}

#[tokio::test]
async fn without_a_guard_nobody_gets_in() {
    let app = Router::new()
        .route("/caller", get(async |_: Caller| "in"))
        .route("/option", get(async |_: OptionalCaller| "in"))
        .route("/role", get(async || "in").route_layer(require_role("admin")));
    for path in ["/caller", "/option", "/role"] {
        let request =
            Request::get(path).header(header::AUTHORIZATION, "Bearer a.b.c").body(Body::empty()).unwrap();
        assert_eq!(ask(&app, request).await.short(), (500, "policy.invalid"), "{path}");
    }
}

#[tokio::test]
async fn extra_claims_come_as_a_type() {
    #[derive(serde::Deserialize)]
    struct Mine {
        tenant: String,
    }
    let key = key("a");
    let guard = started(&Issuer::with(&[&key])).await;
    let app = Router::new()
        .route("/", get(async |caller: Caller<Mine>| caller.extra().tenant.clone()))
        .layer(guard.layer());
    assert_eq!(ask(&app, bearer(&good(&key))).await.short(), (200, "north"));
    let without = token(&key, |claims| claims["tenant"] = json!(17));
    assert_eq!(ask(&app, bearer(&without)).await.short(), (401, "claim.malformed"));
}

#[tokio::test]
async fn a_fresh_route_asks_the_issuer_and_remembers_for_as_long_as_it_may() {
    let key = key("a");
    let issuer = Issuer::with(&[&key]);
    let guard = started(&issuer).await;
    let app = Router::new()
        .route("/", get(async || "in").route_layer(fresh_within(60)))
        .route("/now", get(async || "in").route_layer(fresh_within(0)))
        .layer(guard.layer());
    let token = good(&key);
    let now = || {
        Request::get("/now")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty())
            .unwrap()
    };
    issuer.seen();
    let stale = (503, "revocations.stale");
    // Nobody there; then things that are no answer.
    assert_eq!(ask(&app, bearer(&token)).await.short(), stale);
    for (status, body) in [
        (200, "<html>log in to the Wi-Fi</html>"),
        (200, r#"{"active":false,"sub":"0197"}"#),
        (200, r#"{"active":true,"sub":"another"}"#),
        (302, ""),
        (401, "no"),
        (401, r#"{"reason":"scope.missing"}"#),
        (500, r#"{"reason":"exp.expired"}"#),
    ] {
        issuer.answer_with("/v1/verify", status, &[], body);
        assert_eq!(ask(&app, bearer(&token)).await.short(), stale, "{status} {body}");
    }
    issuer.answer_with("/v1/verify", 401, &[], r#"{"reason":"revoked.session"}"#);
    assert_eq!(ask(&app, bearer(&token)).await.short(), (401, "revoked.session"));
    issuer.answer("/v1/verify", r#"{"active":true,"sub":"0197"}"#);
    assert_eq!(issuer.seen().len(), 9, "a bad answer is not remembered");
    for _ in 0..3 {
        assert_eq!(ask(&app, bearer(&token)).await.short(), (200, "in"));
    }
    assert_eq!(issuer.seen(), ["/v1/verify"]);
    for _ in 0..3 {
        assert_eq!(ask(&app, now()).await.short(), (200, "in"));
    }
    assert_eq!(issuer.seen().len(), 3, "0 seconds is always");
    assert_eq!(guard.metrics().asked(), 13);
}

#[tokio::test]
async fn the_api_says_whose_tokens_it_takes() {
    let issuer = Issuer::with(&[&key("a")]);
    let guard = builder(&issuer).resource("https://api.example/v1").start().unwrap();
    let app = app(&guard).merge(guard.metadata_route());
    let path = "/.well-known/oauth-protected-resource/v1";
    let answer = ask(&app, Request::get(path).body(Body::empty()).unwrap()).await;
    let metadata: serde_json::Value = serde_json::from_str(&answer.said).unwrap();
    assert_eq!(metadata["resource"], "https://api.example/v1");
    assert_eq!(metadata["authorization_servers"], json!([ISSUER]));
    let challenge = ask(&app, Request::get("/").body(Body::empty()).unwrap()).await.challenge.unwrap();
    assert_eq!(
        challenge,
        format!("Bearer realm=\"jotgate\", resource_metadata=\"https://api.example{path}\"")
    );
}
