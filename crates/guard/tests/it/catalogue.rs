//! The whole catalogue of wrong tokens against a guard: each refused, with the reason it should have, and nobody asked
//! because of it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{Router, body::Body};
use http::Request;
use jotgate_guard::{Guard, OptionalCaller};
use jotgate_jose::Algorithm;
use jotgate_testkit::{
    Sent, TestIssuer,
    catalogue::{self, Verdict},
};

use crate::support::*;

fn request(sent: &Sent) -> Request<Body> {
    let query: Vec<_> = sent.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut request = Request::get(format!("/?{}", query.join("&")));
    for (name, value) in sent.headers() {
        request = request.header(*name, value);
    }
    request.body(Body::empty()).unwrap()
}

/// A guard of a test issuer with this algorithm, and the issuer's documents.
async fn of(algorithm: Algorithm) -> (TestIssuer, Issuer, Guard) {
    let test_issuer = TestIssuer::with_algorithm(ISSUER, AUDIENCE, algorithm);
    let documents = Issuer::with(&[]);
    documents.answer("/.well-known/jwks.json", &test_issuer.jwks());
    let guard = builder(&documents).clock(test_issuer.clock()).start().unwrap();
    guard.ready().await;
    documents.seen();
    (test_issuer, documents, guard)
}

/// A listener that counts who comes, for the addresses that tokens name.
async fn trap() -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys.json", listener.local_addr().unwrap());
    let visits = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&visits);
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, SeqCst);
        }
    });
    (url, visits)
}

#[tokio::test]
async fn every_row_of_the_catalogue_has_its_verdict() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ed25519] {
        let (test_issuer, documents, guard) = of(algorithm).await;
        let (url, visits) = trap().await;
        let forge = test_issuer.forge("ada").listener(url);
        let app = app(&guard);
        let mut tried = 0;
        for case in catalogue::all().filter(|case| case.change.is_none()) {
            let Some(sent) = case.make(&forge) else { continue };
            tried += 1;
            let answer = ask(&app, request(&sent)).await;
            match case.verdict {
                Verdict::Refuse(reasons) => {
                    assert!(
                        reasons.contains(&answer.said.as_str()),
                        "{algorithm:?} {}: {answer:?}, not {reasons:?}",
                        case.id
                    );
                    assert!((400..404).contains(&answer.status), "{}: {answer:?}", case.id);
                }
                Verdict::Accept => assert_eq!(answer.status, 200, "{algorithm:?} {}: {answer:?}", case.id),
                _ => assert!(matches!(answer.status, 200 | 401), "{}: {answer:?}", case.id),
            }
            assert_eq!(answer.challenge.is_some(), matches!(answer.status, 400..=403), "{}", case.id);
        }
        assert!(tried > 60, "{algorithm:?}: only {tried}");
        assert_eq!(visits.load(SeqCst), 0, "a token sent the guard somewhere");
        let asked = documents.seen();
        assert!(asked.len() <= 1 && asked.iter().all(|path| path == "/.well-known/jwks.json"), "{asked:?}");
    }
}

#[tokio::test]
async fn an_optional_caller_refuses_what_a_caller_does() {
    let (test_issuer, _documents, guard) = of(Algorithm::Es256).await;
    let forge = test_issuer.forge("ada");
    let app = Router::new()
        .route("/", axum::routing::get(async |_: OptionalCaller| "in"))
        .layer(guard.optional_layer());
    for case in catalogue::all().filter(|case| case.change.is_none() && case.must_be_refused()) {
        let Some(sent) = case.make(&forge) else { continue };
        let answer = ask(&app, request(&sent)).await;
        // Without a token there is nobody, which is what the route is for.
        let is_nobody = sent.headers().iter().all(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
        assert_eq!(answer.status == 200, is_nobody, "{}: {answer:?}", case.id);
    }
}
