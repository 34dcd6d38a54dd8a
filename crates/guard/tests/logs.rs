//! No token in a log and none in an answer, whatever was wrong with it. A process of its own, because what is logged
//! where is decided for a whole process.
#![expect(clippy::unwrap_used, reason = "the helpers of tests fail like tests")]

#[path = "it/support.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod support;

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use axum::body::{Body, to_bytes};
use http::{Request, header};
use jotgate_testkit::{TestIssuer, catalogue};
use tower::ServiceExt as _;

use support::*;

/// Everything that is logged, down to the last detail.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_logs_nor_answers_hold_a_token() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let issuer = TestIssuer::new(ISSUER, AUDIENCE);
    let guard = issuer.guard().await;
    let app = app(&guard);
    let mut secrets = Vec::new();
    for case in catalogue::all() {
        let Some(sent) = issuer.token("ada").bad(case) else { continue };
        let Some(token) = sent.token() else { continue };
        // The signature is what a thief needs; a short one is no secret and would be found in other words.
        secrets.extend(token.rsplit('.').next().filter(|part| part.len() > 20).map(str::to_owned));
        let request = Request::get("/").header(header::AUTHORIZATION, format!("Bearer {token}"));
        // Some hold what no header can.
        let Ok(request) = request.body(Body::empty()) else { continue };
        let answer = app.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        let told = format!("{head:?}{body}");
        assert!(secrets.iter().all(|secret| !told.contains(secret)), "{}: {told}", case.id);
    }
    issuer.set_down(true);
    let _ = ask(&app, bearer(&issuer.token("ada").signed_by_a_stranger())).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("refused") && log.contains("exp.expired"),
        "nothing was logged, so nothing is shown: {log}"
    );
    assert!(secrets.len() > 30, "{}", secrets.len());
    for secret in &secrets {
        assert!(!log.contains(secret), "{log}");
    }
}
