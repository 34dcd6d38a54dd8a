//! Nobody learns from an answer who has an account: not from its text, its headers, its time or what the server does.

use std::collections::BTreeMap;
use std::time::Duration;

use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use jotgate_server::flow::operator::{By, find_user, set_disabled};
use serde_json::{Value, json};

use super::world::{OTHER, asked, letters, newest, proven, signed_up, verified};

const KNOWN: &str = "known@example.com";
const UNVERIFIED: &str = "unverified@example.com";
const DISABLED: &str = "disabled@example.com";
const UNKNOWN: &str = "unknown@example.com";
const EVERYBODY: [&str; 4] = [KNOWN, UNVERIFIED, DISABLED, UNKNOWN];

async fn with_accounts(engine: Engine) -> TestApp {
    let server = verified(engine).await;
    proven(&server, KNOWN).await;
    proven(&server, DISABLED).await;
    signed_up(&server, UNVERIFIED, PASSWORD).await;
    letters(&server).await;
    let disabled = find_user(&server.app, DISABLED).await.unwrap().user.id;
    set_disabled(&server.app, disabled, true, By::default()).await.unwrap();
    server.clock.advance(Duration::from_secs(3601));
    server
}

/// What can be asked about an address by whoever knows nothing but the address.
fn questions(email: &str) -> Vec<(&'static str, Value)> {
    let code = |more: Value| {
        let mut body = json!({"email": email, "code": "2222-2222"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    vec![
        ("/v1/password/forgot", json!({ "email": email })),
        ("/v1/email/resend", json!({ "email": email })),
        ("/v1/login/code", json!({ "email": email })),
        ("/v1/signup", json!({ "email": email, "password": OTHER })),
        ("/v1/email/verify", code(json!({}))),
        ("/v1/password/reset", code(json!({ "new": OTHER }))),
        ("/v1/login/code/confirm", code(json!({}))),
    ]
}

/// All but what is of the moment.
fn seen(answer: &Answer) -> (u16, BTreeMap<String, String>, String) {
    let of_the_moment = ["x-request-id", "date"];
    let headers = answer.headers.iter().filter(|(name, _)| !of_the_moment.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    (answer.status, headers, answer.shown())
}

#[tokio::test]
async fn everybody_is_answered_alike_and_by_the_same_statements() {
    for engine in Engine::all() {
        let server = with_accounts(engine).await;
        // So that a live link and code are among what could be told.
        for path in ["/v1/password/forgot", "/v1/login/code"] {
            asked(&server, path, KNOWN).await;
        }
        letters(&server).await;
        server.clock.advance(Duration::from_secs(301));
        for n in 0..questions(KNOWN).len() {
            let mut answers = Vec::new();
            for (who, email) in EVERYBODY.into_iter().enumerate() {
                let (path, body) = questions(email).swap_remove(n);
                let before = server.app.store.queries();
                let answer = server.post(path, &body).from(&format!("10.{n}.{who}.1")).send().await;
                answers.push((path, seen(&answer), server.app.store.queries() - before));
            }
            for answer in &answers {
                assert_eq!(answer, &answers[0], "{engine:?}");
            }
        }
    }
}

/// The answers of a login, for all four with a wrong password, and for the three who may not know with the right one.
#[tokio::test]
async fn a_login_tells_the_owner_alone_that_the_address_is_unproven() {
    for engine in Engine::all() {
        let server = with_accounts(engine).await;
        let mut answers = Vec::new();
        for (n, (email, password)) in EVERYBODY
            .map(|email| (email, OTHER))
            .into_iter()
            .chain([(DISABLED, PASSWORD), (UNKNOWN, PASSWORD)])
            .enumerate()
        {
            let body = json!({ "email": email, "password": password });
            let before = server.app.store.queries();
            let answer = server.post("/v1/login", &body).from(&format!("10.0.{n}.1")).send().await;
            answers.push((seen(&answer), server.app.store.queries() - before));
        }
        for answer in &answers {
            assert_eq!(answer, &answers[0], "{engine:?}");
        }
        let body = json!({ "email": UNVERIFIED, "password": PASSWORD });
        let answer = server.post("/v1/login", &body).send().await;
        assert_eq!(answer.reason(), "login.email_unverified", "{engine:?}");
    }
}

/// What differs must differ by half and in nearly every round to count: a busy machine makes single answers slow, and
/// never the same one every time. The order turns from round to round. The figures are printed with `--nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_is_answered_about_as_fast() {
    const ROUNDS: usize = 40;
    let server = with_accounts(Engine::Sqlite).await;
    for n in 0..questions(KNOWN).len() {
        let mut spans = EVERYBODY.map(|_| Vec::new());
        for round in 0..ROUNDS {
            server.clock.advance(Duration::from_secs(3601));
            for who in (0..4).map(|place| (place + round) % 4) {
                let (path, body) = questions(EVERYBODY[who]).swap_remove(n);
                let from = format!("10.{round}.{who}.{n}");
                spans[who]
                    .push(timed(async { drop(server.post(path, &body).from(&from).send().await) }).await);
            }
        }
        let medians = spans.clone().map(median);
        println!("{}: known, unverified, disabled, unknown {medians:?}", questions("")[n].0);
        for who in 0..3 {
            let slower = spans[who].iter().zip(&spans[3]).filter(|(one, unknown)| one > unknown).count();
            let ratio = medians[who].as_secs_f64() / medians[3].as_secs_f64();
            // Chance alone gives fewer than 7 or more than 33 of 40 once in a hundred thousand.
            let by_chance = (7..=33).contains(&slower);
            let path = questions("")[n].0;
            assert!(by_chance || (0.67..1.5).contains(&ratio), "{path}: {slower} of {ROUNDS}, {medians:?}");
        }
    }
    asked(&server, "/v1/login/code", KNOWN).await;
    let mail = newest(&server, "/login/code").await;
    assert_eq!(server.post("/v1/login/code/confirm", &mail.by_token()).send().await.status, 200);
}

fn median(mut spans: Vec<Duration>) -> Duration {
    spans.sort_unstable();
    spans[spans.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "measures how long an answer takes; nothing is decided by it")]
async fn timed(work: impl Future<Output = ()>) -> Duration {
    let start = std::time::Instant::now();
    work.await;
    start.elapsed()
}
