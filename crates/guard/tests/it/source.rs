//! The token source: how often it asks, and what it gives meanwhile. Time is tokio's, paused.
#![expect(clippy::disallowed_methods, reason = "tokio's clock stands still here until a test moves it")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use jotgate_guard::{Answering, Fetch, FetchBody, FetchError, SourceError, TokenSource};
use jotgate_jose::{Algorithm, KeySet, SigningKey};
use jotgate_token::{Clock, Random, assertion};
use tokio::time::{Instant, advance};

use crate::support::{ISSUER, NOW};

const LIFE: Duration = Duration::from_secs(900);

/// A token endpoint that counts, and answers after a while.
#[derive(Clone, Default)]
struct Endpoint(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    requests: Vec<(String, Option<String>)>,
    mood: Mood,
}

#[derive(Clone, Copy, Default)]
enum Mood {
    #[default]
    Good,
    Down,
    Busy,
    Strange(&'static str),
}

impl Endpoint {
    fn asked(&self) -> usize {
        self.0.lock().unwrap().requests.len()
    }

    fn set(&self, mood: Mood) {
        self.0.lock().unwrap().mood = mood;
    }

    /// The body of the newest request.
    fn body(&self) -> String {
        self.0.lock().unwrap().requests.last().unwrap().0.clone()
    }

    fn source(&self) -> TokenSource {
        TokenSource::with_secret(ISSUER, "reports", "jgc_secret")
            .fetch(Arc::new(self.clone()))
            .clock(Arc::new(Wall(Instant::now())))
            .random(Arc::new(Half))
            .start()
            .unwrap()
    }
}

impl Fetch for Endpoint {
    fn fetch(&self, request: Request<Bytes>) -> Answering<'_> {
        let (number, mood) = {
            let mut state = self.0.lock().unwrap();
            assert_eq!(request.uri(), "https://id.example/oauth/token");
            let authorization = request.headers().get(header::AUTHORIZATION);
            let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
            let body = String::from_utf8(request.body().to_vec()).unwrap();
            state.requests.push((body, authorization));
            (state.requests.len(), state.mood)
        };
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let (status, body) = match mood {
                Mood::Good => (200, token(number)),
                Mood::Down => return Err(FetchError::Unreachable("the test says so".into())),
                Mood::Busy => (503, r#"{"error":"temporarily_unavailable"}"#.to_owned()),
                Mood::Strange(body) => (200, body.to_owned()),
            };
            let mut answer = Response::new(FetchBody::full(body));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            if status == 503 {
                answer.headers_mut().insert(header::RETRY_AFTER, "20".parse().unwrap());
            }
            Ok(answer)
        })
    }
}

fn token(number: usize) -> String {
    let seconds = LIFE.as_secs();
    format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":{seconds},"scope":""}}"#)
}

/// The clock on the wall, which goes on with tokio's.
struct Wall(Instant);

impl Clock for Wall {
    fn now_ms(&self) -> i64 {
        NOW * 1000 + i64::try_from((Instant::now() - self.0).as_millis()).unwrap()
    }
}

/// Spreads nothing: always the middle.
struct Half;

impl Random for Half {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x80);
    }
}

async fn text(source: &TokenSource) -> String {
    source.token().await.unwrap().expose().to_owned()
}

/// A thousand tasks want a token at once.
async fn thousand(source: &TokenSource) -> Vec<Result<String, SourceError>> {
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.token().await.map(|token| token.expose().to_owned()) })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.unwrap());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_make_one_request_a_lifetime() {
    let endpoint = Endpoint::default();
    let source = endpoint.source();
    for lifetime in 1..=4 {
        let tokens = thousand(&source).await;
        assert!(tokens.iter().all(|token| token.as_deref() == Ok(&format!("token-{lifetime}"))));
        assert_eq!(endpoint.asked(), lifetime);
        advance(LIFE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_callers_share_one_error_and_its_pause() {
    let endpoint = Endpoint::default();
    endpoint.set(Mood::Down);
    let source = endpoint.source();
    let all = thousand(&source).await;
    assert!(all.iter().all(|one| matches!(one, Err(SourceError::Fetch(FetchError::Unreachable(_))))));
    assert_eq!(endpoint.asked(), 1);
    for _ in 0..3_000 {
        advance(Duration::from_millis(10)).await;
        source.token().await.unwrap_err();
    }
    // 30 s of asking all the time: pauses of 75 ms that double, up to about half a minute.
    assert!((8..=11).contains(&endpoint.asked()), "{}", endpoint.asked());
    endpoint.set(Mood::Good);
    advance(Duration::from_secs(30)).await;
    assert!(text(&source).await.starts_with("token-"));
}

#[tokio::test(start_paused = true)]
async fn it_renews_before_the_end_and_nobody_waits() {
    let endpoint = Endpoint::default();
    let source = endpoint.source();
    assert_eq!(text(&source).await, "token-1");
    // With this randomness at 75 % of the life.
    advance(Duration::from_secs(674)).await;
    thousand(&source).await;
    assert_eq!(endpoint.asked(), 1);
    advance(Duration::from_secs(2)).await;
    let before = Instant::now();
    let tokens = thousand(&source).await;
    assert!(tokens.iter().all(|token| token.as_deref() == Ok("token-1")), "the old one is good");
    assert_eq!(Instant::now(), before, "nobody waited");
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(endpoint.asked(), 2);
    assert_eq!(text(&source).await, "token-2");
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_still_good_outlasts_the_issuer() {
    let endpoint = Endpoint::default();
    let source = endpoint.source();
    assert_eq!(text(&source).await, "token-1");
    endpoint.set(Mood::Down);
    for _ in 0..890 {
        advance(Duration::from_secs(1)).await;
        assert_eq!(text(&source).await, "token-1");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(endpoint.asked() < 30, "{} requests to a dead issuer", endpoint.asked());
    advance(Duration::from_secs(6)).await;
    source.token().await.unwrap_err();
    endpoint.set(Mood::Good);
    advance(Duration::from_secs(31)).await;
    assert!(text(&source).await.starts_with("token-"));
}

#[tokio::test(start_paused = true)]
async fn the_issuer_says_when_to_ask_again() {
    let endpoint = Endpoint::default();
    endpoint.set(Mood::Busy);
    let source = endpoint.source();
    let Err(SourceError::Refused { status, error, .. }) = source.token().await else { panic!() };
    assert_eq!((status, error.as_str()), (503, "temporarily_unavailable"));
    endpoint.set(Mood::Good);
    advance(Duration::from_secs(19)).await;
    source.token().await.unwrap_err();
    assert_eq!(endpoint.asked(), 1);
    advance(Duration::from_secs(1)).await;
    assert_eq!(text(&source).await, "token-2");
}

#[tokio::test(start_paused = true)]
async fn each_scope_and_audience_has_a_token_of_its_own() {
    let endpoint = Endpoint::default();
    let source = endpoint.source();
    let billing = source.for_audience("https://billing.example").for_scope("read write");
    assert_eq!((text(&source).await, text(&billing).await), ("token-1".into(), "token-2".into()));
    assert_eq!(
        endpoint.body(),
        "grant_type=client_credentials&scope=read%20write&audience=https%3A%2F%2Fbilling.example"
    );
    let again = source.clone().for_scope("read write").for_audience("https://billing.example");
    assert_eq!((text(&again).await, text(&source.clone()).await), ("token-2".into(), "token-1".into()));
    assert_eq!(endpoint.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_an_api_refused_is_replaced_but_not_at_every_call() {
    let endpoint = Endpoint::default();
    let source = endpoint.source();
    let first = source.token().await.unwrap();
    source.forget(&first);
    assert_eq!(text(&source).await, "token-1", "brand new");
    advance(Duration::from_secs(10)).await;
    source.forget(&first);
    let second = source.token().await.unwrap();
    assert_eq!(second.expose(), "token-2");
    source.forget(&first);
    advance(Duration::from_secs(10)).await;
    source.forget(&first);
    assert_eq!(text(&source).await, "token-2", "another one is nothing to this one");
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_asks_anew() {
    struct Jumping(Mutex<i64>);
    impl Clock for Jumping {
        fn now_ms(&self) -> i64 {
            *self.0.lock().unwrap()
        }
    }
    let endpoint = Endpoint::default();
    let wall = Arc::new(Jumping(Mutex::new(NOW * 1000)));
    let source = TokenSource::with_secret(ISSUER, "reports", "s")
        .fetch(Arc::new(endpoint.clone()))
        .clock(wall.clone())
        .start()
        .unwrap();
    assert_eq!(text(&source).await, "token-1");
    *wall.0.lock().unwrap() += 3_600_000;
    assert_eq!(text(&source).await, "token-2", "the wall clock went on while the other stood");
    *wall.0.lock().unwrap() -= 7_200_000;
    advance(LIFE).await;
    assert_eq!(text(&source).await, "token-3", "a clock set back keeps no token alive");
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_no_token_are_errors() {
    for strange in [
        "",
        "{}",
        r#"{"access_token":"a","token_type":"DPoP","expires_in":60}"#,
        r#"{"access_token":"a\r\nb","token_type":"Bearer","expires_in":60}"#,
        r#"{"access_token":"a","token_type":"Bearer","expires_in":0}"#,
        r#"{"access_token":"a","token_type":"Bearer","expires_in":-1}"#,
    ] {
        let endpoint = Endpoint::default();
        endpoint.set(Mood::Strange(strange));
        let refused = endpoint.source().token().await.unwrap_err();
        assert!(matches!(refused, SourceError::Fetch(FetchError::Unusable(_))), "{strange}: {refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_signs_a_new_assertion_for_each_request() {
    let endpoint = Endpoint::default();
    let key = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("one");
    let keys = KeySet::new([key.verifying_key()]);
    let source = TokenSource::with_key(ISSUER, "billing", key)
        .fetch(Arc::new(endpoint.clone()))
        .clock(Arc::new(Wall(Instant::now())))
        .start()
        .unwrap();
    let mut seen = Vec::new();
    for _ in 0..2 {
        source.token().await.unwrap();
        let body = endpoint.body();
        let text = body.split("client_assertion=").nth(1).unwrap();
        assert!(body.contains("jwt-bearer") && !body.contains("client_id"), "{body}");
        let now = NOW + i64::try_from(seen.len()).unwrap() * 900;
        seen.push(assertion::verify(text, "billing", ISSUER, &keys, now).unwrap().jti);
        advance(LIFE).await;
    }
    assert_ne!(seen[0], seen[1]);
    assert_eq!(endpoint.0.lock().unwrap().requests[0].1, None);
}

#[tokio::test(start_paused = true)]
async fn no_debug_shows_a_secret() {
    let endpoint = Endpoint::default();
    let builder = TokenSource::with_secret(ISSUER, "reports", "jgc_secret").fetch(Arc::new(endpoint.clone()));
    let mut shown = format!("{builder:?}");
    let source = builder.start().unwrap();
    let token = source.token().await.unwrap();
    shown += &format!("{source:?} {token:?} {:?}", token.header());
    assert!(!shown.contains("jgc_") && !shown.contains("token-1"), "{shown}");
    let authorization = endpoint.0.lock().unwrap().requests[0].1.clone().unwrap();
    assert!(authorization.starts_with("Basic "), "it was sent, though");
    endpoint.set(Mood::Strange(r#"{"access_token":"leaked-token"}"#));
    let refused = source.for_scope("other").token().await.unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("leaked"), "{refused}");
}

#[tokio::test]
async fn mistakes_are_told_at_the_start() {
    for (issuer, client, secret) in [
        ("http://id.example", "reports", "s"),
        ("https://id.example/", "reports", "s"),
        (ISSUER, "", "s"),
        (ISSUER, "reports", ""),
    ] {
        let refused = TokenSource::with_secret(issuer, client, secret).start().unwrap_err();
        assert!(!refused.to_string().is_empty());
    }
    let elsewhere =
        TokenSource::with_secret(ISSUER, "reports", "s").token_endpoint("https://evil.example/token");
    elsewhere.start().unwrap_err();
    let shared = SigningKey::generate(Algorithm::Hs256).unwrap();
    TokenSource::with_key(ISSUER, "reports", shared).start().unwrap_err();
}
