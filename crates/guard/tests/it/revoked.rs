//! Rows 97 to 99: tokens that were good once, and tokens that are good only with a proof.

use http::{Request, header};
use jotgate_testkit::{TestIssuer, catalogue};
use serde_json::json;

use crate::support::*;

#[tokio::test]
async fn row_97_what_was_taken_back_is_refused_at_once_and_nobody_is_asked() {
    let mut tried = 0;
    for case in catalogue::all() {
        let Some(change) = case.change else { continue };
        tried += 1;
        let issuer = TestIssuer::new(ISSUER, AUDIENCE);
        let guard = issuer.guard().await;
        let app = app(&guard);
        let sent = issuer.token("ada").bad(case).expect("every issuer has it");
        let token = sent.token().expect("it is a token").to_owned();
        let bystander = issuer.token("grace").valid();
        // Seen before or not makes no difference.
        if tried % 2 == 0 {
            assert_eq!(ask(&app, bearer(&token)).await.status, 200, "{}", case.id);
        }
        issuer.bring_about(change, &token).await;
        let answer = ask(&app, bearer(&token)).await;
        let catalogue::Verdict::Refuse(reasons) = case.verdict else { panic!("{}", case.id) };
        assert_eq!(answer.status, 401, "{}", case.id);
        assert!(reasons.contains(&answer.said.as_str()), "{}: {answer:?}, not {reasons:?}", case.id);
        assert!(answer.challenge.unwrap().contains("invalid_token"));
        if change != catalogue::Change::KeyRevoked {
            assert_eq!(
                ask(&app, bearer(&bystander)).await.status,
                200,
                "{}: somebody else's is good",
                case.id
            );
        }
        assert_eq!(guard.metrics().asked(), 0);
    }
    assert!(tried >= 7, "{tried}");
}

#[tokio::test]
async fn row_97_a_revoked_key_is_never_taken_back_from_a_key_set() {
    let issuer = TestIssuer::new(ISSUER, AUDIENCE);
    let guard = issuer.guard().await;
    let app = app(&guard);
    let old = issuer.token("ada").valid();
    assert_eq!(ask(&app, bearer(&old)).await.status, 200);
    issuer.revoke_key().await;
    assert_eq!(ask(&app, bearer(&old)).await.short(), (401, "revoked.key"));
    // The issuer signs with another key now, which the guard fetches unasked or at the first token.
    assert_eq!(ask(&app, bearer(&issuer.token("ada").valid())).await.status, 200);
    assert_eq!(ask(&app, bearer(&old)).await.short(), (401, "revoked.key"));
}

#[tokio::test]
async fn row_97_a_stale_key_set_does_not_bring_a_revoked_key_back() {
    let test_issuer = TestIssuer::new(ISSUER, AUDIENCE);
    let old_set = test_issuer.jwks();
    let replaying = Replaying { issuer: test_issuer.clone(), old_set };
    let guard = test_issuer
        .guard_builder()
        .fetch(replaying)
        .key_cool_down(std::time::Duration::ZERO)
        .start()
        .unwrap();
    guard.ready().await;
    let app = app(&guard);
    let (old, fetches) = (test_issuer.token("ada").valid(), guard.metrics().key_fetches().0);
    test_issuer.revoke_key().await;
    // Each of these causes a fetch, which brings the old set: a cache on the way that nobody emptied.
    for _ in 0..3 {
        assert_eq!(
            ask(&app, bearer(&test_issuer.token("ada").valid())).await.short(),
            (401, "key.unknown_kid")
        );
        assert_eq!(ask(&app, bearer(&old)).await.short(), (401, "revoked.key"));
    }
    assert!(guard.metrics().key_fetches().0 >= fetches + 3);
}

/// An issuer behind something that gives its first key set for ever.
struct Replaying {
    issuer: TestIssuer,
    old_set: String,
}

impl jotgate_guard::Fetch for Replaying {
    fn fetch(&self, request: Request<bytes::Bytes>) -> jotgate_guard::Answering<'_> {
        if request.uri().path() != "/.well-known/jwks.json" {
            return self.issuer.fetch(request);
        }
        let body = jotgate_guard::FetchBody::full(self.old_set.clone());
        Box::pin(async move { Ok(http::Response::new(body)) })
    }
}

#[tokio::test]
async fn row_98_and_99_proofs_are_not_taken_and_bound_tokens_neither() {
    let key = key("a");
    let guard = started(&Issuer::with(&[&key])).await;
    let app = app(&guard);
    let bound =
        token(&key, |claims| claims["cnf"] = json!({"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}));
    for _ in 0..2 {
        assert_eq!(
            ask(&app, bearer(&bound)).await.short(),
            (401, "token.scheme"),
            "a thief has no key either"
        );
    }
    for token in [bound, good(&key)] {
        let request = Request::get("/")
            .header(header::AUTHORIZATION, format!("DPoP {token}"))
            .header("dpop", "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.c2ln")
            .body(axum::body::Body::empty())
            .unwrap();
        assert_eq!(ask(&app, request).await.short(), (401, "token.scheme"));
    }
}
