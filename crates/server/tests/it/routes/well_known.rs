//! `/.well-known/jwks.json` and `/.well-known/oauth-authorization-server`

use insta::assert_snapshot;
use jotgate_harness::{Engine, TestApp};

#[tokio::test]
async fn the_key_set_is_public_cached_and_never_private() {
    let app = TestApp::new(Engine::Sqlite).await;
    let answer = app.get("/.well-known/jwks.json").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_eq!(answer.header("content-type"), "application/jwk-set+json");
    let set = answer.json();
    for key in set["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "priv"] {
            assert!(key.get(private).is_none(), "{key}");
        }
        assert_eq!(key["alg"], "ES256");
    }
    assert!(!set["keys"].as_array().unwrap().is_empty());
    let etag = answer.header("etag").to_owned();
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let again = app.get("/.well-known/jwks.json").header("if-none-match", &known).send().await;
        assert_eq!(
            (again.status, again.body.len(), again.header("etag")),
            (304, 0, etag.as_str()),
            "{known}"
        );
    }
    let other = app.get("/.well-known/jwks.json").header("if-none-match", "\"other\"").send().await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn a_shared_secret_is_not_in_the_key_set() {
    let settings = [
        ("tokens.algorithm", "HS256"),
        ("tokens.secret", SECRET),
        ("tokens.audience", "https://api.example.com"),
    ];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    app.remember(SECRET);
    let text = app.get("/.well-known/jwks.json").send().await.text();
    assert!(!text.contains("oct") && !text.contains("HS256"), "{text}");
    let session = app.sign_up("ada@example.com").await;
    assert_eq!(session.json()["token_type"], "Bearer");
}

const SECRET: &str = "5d1f0c9be2a84763f8a0c1d59e3b7264aa90fe13c27d86b04c5eb1f9d2380761";

#[tokio::test]
async fn the_metadata_claims_only_what_is_true() {
    let app = TestApp::new(Engine::Sqlite).await;
    let answer = app.get("/.well-known/oauth-authorization-server").send().await;
    assert_eq!(answer.header("cache-control"), "public, max-age=300");
    assert_snapshot!(answer.shown(), @r#"
    200 application/json
    {
      "grant_types_supported": [
        "client_credentials"
      ],
      "issuer": "http://localhost:8080",
      "jwks_uri": "http://localhost:8080/.well-known/jwks.json",
      "response_types_supported": [],
      "revocations_jwks_uri": "http://localhost:8080/v1/revocations/keys",
      "revocations_leeway": 120,
      "revocations_uri": "http://localhost:8080/v1/revocations",
      "service_documentation": "http://localhost:8080/",
      "token_endpoint": "http://localhost:8080/oauth/token",
      "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
      ],
      "token_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS384",
        "PS512",
        "ES256",
        "ES384",
        "ES512",
        "Ed25519"
      ]
    }
    "#);
}
