//! The guard's token source against this server, over a socket.

use std::time::Duration;

use jotgate_guard::{SourceError, TokenSource};
use jotgate_harness::{Engine, Listening, TestApp};
use tokio::net::TcpListener;

use super::{add, add_with_key};

async fn listening(engine: Engine) -> (TestApp, Listening, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let app = TestApp::with(engine, &[("issuer", &issuer)]).await;
    let listening = Listening::on(listener, &app);
    (app, listening, issuer)
}

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_make_one_request_a_lifetime() {
    for engine in Engine::all() {
        let (app, listening, issuer) = listening(engine).await;
        let secret = add(&app, "reports", &["read"], &[]).await;
        let tokens = TokenSource::with_secret(&issuer, "reports", secret)
            .scope("read")
            .clock(app.clock.clone())
            .start()
            .unwrap();
        for lifetime in 1..=3 {
            let all = thousand(&tokens).await;
            let first = all[0].clone().unwrap();
            app.remember(&first);
            assert!(all.iter().all(|one| one.as_ref() == Ok(&first)));
            assert_eq!(app.app.counters.client_tokens.value(), lifetime);
            let answer = app.get("/v1/verify?scope=read").bearer(&first).send().await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            app.clock.advance(Duration::from_secs(900));
        }
        listening.stopped().await;
    }
}

#[tokio::test]
async fn a_key_does_as_well_and_a_refusal_is_told() {
    let (app, _listening, issuer) = listening(Engine::Sqlite).await;
    let key = add_with_key(&app, "billing").await;
    let source =
        |key| TokenSource::with_key(&issuer, "billing", key).clock(app.clock.clone()).start().unwrap();
    let tokens = source(key);
    let token = tokens.token().await.unwrap();
    assert_eq!(app.get("/v1/verify").bearer(token.expose()).send().await.status, 200);
    app.remember(token.expose());
    let stranger = jotgate_jose::SigningKey::generate(jotgate_jose::Algorithm::Es256).unwrap();
    let refused = source(stranger).token().await.unwrap_err();
    assert!(
        matches!(&refused, SourceError::Refused { status: 401, error, .. } if error == "invalid_client"),
        "{refused}"
    );
    let refused = tokens.for_scope("admin").token().await.unwrap_err();
    assert!(refused.to_string().contains("invalid_scope"), "{refused}");
}
