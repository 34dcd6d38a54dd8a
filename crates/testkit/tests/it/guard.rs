//! Our own guard over HTTP: each entry of the catalogue is sent to a protected route, as `jotgate probe` would.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use jotgate_guard::{Caller, Guard};
use jotgate_jose::Algorithm;
use jotgate_testkit::catalogue::{self, BadToken, Verdict};
use jotgate_testkit::{Sent, TestIssuer};
use tower::ServiceExt as _;

pub(crate) const ISSUER: &str = "https://id.example";
pub(crate) const API: &str = "https://api.example";

/// What a route behind the guard answers: the status, and the reason where it refuses.
pub(crate) async fn ask(guard: &Guard, sent: &Sent) -> (StatusCode, Option<String>) {
    let app: Router = Router::new()
        .route("/profile", get(async |caller: Caller| caller.claims().sub.clone()))
        .layer(guard.layer());
    let query: Vec<_> = sent.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut request = Request::get(format!("/profile?{}", query.join("&")));
    for (name, value) in sent.headers() {
        request = request.header(*name, value);
    }
    let answer =
        app.oneshot(request.body(Body::empty()).expect("a good request")).await.expect("it always answers");
    let status = answer.status();
    let body = axum::body::to_bytes(answer.into_body(), 64 * 1024).await.expect("a short body");
    let problem: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    (status, problem.and_then(|problem| Some(problem.get("reason")?.as_str()?.to_owned())))
}

#[track_caller]
pub(crate) fn agrees(case: &BadToken, (status, reason): &(StatusCode, Option<String>)) {
    let told = format!("{}: {status} {reason:?}", case.id);
    match case.verdict {
        Verdict::Accept => assert!(status.is_success(), "{told}"),
        Verdict::Either => assert!(status.is_success() || status.is_client_error(), "{told}"),
        Verdict::Refuse(reasons) => {
            assert!(matches!(status.as_u16(), 400 | 401), "{told}");
            assert!(reason.as_deref().is_some_and(|reason| reasons.contains(&reason)), "{told}");
        }
        other => panic!("{other:?} is a verdict this test does not know"),
    }
}

#[tokio::test]
async fn the_guard_says_of_every_entry_what_the_catalogue_says() {
    for algorithm in [Algorithm::Es256, Algorithm::Ed25519, Algorithm::Rs256] {
        let issuer = TestIssuer::with_algorithm(ISSUER, API, algorithm);
        let guard = issuer.guard().await;
        let forge = issuer.forge("ada");
        let mut tried = 0;
        for case in catalogue::all().filter(|case| case.change.is_none()) {
            let Some(sent) = case.make(&forge) else { continue };
            agrees(case, &ask(&guard, &sent).await);
            tried += 1;
        }
        assert!(tried > 65, "only {tried} under {algorithm}");
        let (fetches, _) = guard.metrics().key_fetches();
        assert!(fetches <= 2, "keys were fetched {fetches} times: a cool-down should stand between");
    }
}

/// A token that was verified before is looked up, and that must change no verdict.
#[tokio::test]
async fn a_second_look_gives_the_same_verdict() {
    let issuer = TestIssuer::new(ISSUER, API);
    let guard = issuer.guard().await;
    for case in catalogue::all().filter(|case| case.change.is_none()) {
        let Some(sent) = issuer.token("ada").bad(case) else { continue };
        let first = ask(&guard, &sent).await;
        assert_eq!(ask(&guard, &sent).await, first, "{}", case.id);
    }
}

#[tokio::test]
async fn a_token_expires_when_the_issuers_clock_says_so() {
    let issuer = TestIssuer::new(ISSUER, API);
    let guard = issuer.guard_builder().leeway(std::time::Duration::ZERO).start().unwrap();
    guard.ready().await;
    let sent = Sent::bearer(issuer.token("ada").valid());
    assert_eq!(ask(&guard, &sent).await.0, StatusCode::OK);
    issuer.advance(std::time::Duration::from_secs(899));
    assert_eq!(ask(&guard, &sent).await.0, StatusCode::OK);
    issuer.advance(std::time::Duration::from_secs(1));
    assert_eq!(ask(&guard, &sent).await, (StatusCode::UNAUTHORIZED, Some("exp.expired".to_owned())));
}

#[tokio::test]
async fn keys_rotate_and_tokens_of_both_are_good() {
    let issuer = TestIssuer::new(ISSUER, API);
    let guard = issuer.guard_builder().key_cool_down(std::time::Duration::ZERO).start().unwrap();
    guard.ready().await;
    let before = Sent::bearer(issuer.token("ada").valid());
    issuer.rotate_key();
    let after = Sent::bearer(issuer.token("ada").valid());
    for sent in [&before, &after, &before] {
        assert_eq!(ask(&guard, sent).await.0, StatusCode::OK);
    }
}
