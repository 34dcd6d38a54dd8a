//! `/livez`, `/readyz` and `/metrics`

use jotgate_harness::{Engine, TestApp};
use jotgate_server::flow::operator::set_roles;
use jotgate_token::{Clock, SystemClock};

#[tokio::test]
async fn probes_need_neither_host_nor_token() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        app.clock.set(SystemClock.now_ms());
        for path in ["/livez", "/readyz"] {
            let answer = app.get(path).header("host", "10.0.0.7:8080").send().await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn a_clock_that_differs_from_the_databases_is_not_ready_and_names_no_figures() {
    for engine in Engine::all().into_iter().filter(|engine| *engine == Engine::Postgres) {
        let app = TestApp::new(engine).await;
        app.clock.set(SystemClock.now_ms() + 3_600_000);
        let answer = app.get("/readyz").send().await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
        assert_eq!(answer.text(), r#"{"failed":["clock"],"status":"not ready"}"#);
    }
}

#[tokio::test]
async fn metrics_are_for_administrators_and_count() {
    let app = TestApp::new(Engine::Sqlite).await;
    let ada = app.sign_up("ada@example.com").await;
    assert_eq!(app.get("/metrics").send().await.reason(), "token.missing");
    assert_eq!(app.get("/metrics").bearer(&ada.member("access_token")).send().await.reason(), "role.missing");
    let id = ada.json()["user"]["id"].as_str().unwrap().parse().unwrap();
    set_roles(&app.app, id, &["admin".into()], Default::default()).await.unwrap();
    let token = app.log_in("ada@example.com").await.member("access_token");
    app.get("/v1/nowhere/with/a/secret").send().await;
    app.call(http::Method::from_bytes(b"BREW").unwrap(), "/v1/login").send().await;
    let answer = app.get("/metrics").bearer(&token).send().await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text();
    for line in [
        "jotgate_http_request_seconds_count{method=\"POST\",route=\"/v1/signup\",status=\"201\"} 1",
        "jotgate_http_request_seconds_count{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "jotgate_http_request_seconds_count{method=\"OTHER\",route=\"/v1/login\",status=\"405\"} 1",
        "jotgate_refusals_total{reason=\"role.missing\"} 1",
        "jotgate_logins_total{outcome=\"opened\"} 1",
        "jotgate_sessions_total{event=\"opened\"} 2",
        "jotgate_sign_ups_total 1",
        "jotgate_hashes_waiting 0",
        "jotgate_store_queries_total ",
        "process_resident_memory_bytes ",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains("secret"), "paths are no labels");
}

#[tokio::test]
async fn metrics_with_a_listener_of_their_own_are_not_public() {
    let app = TestApp::with(Engine::Sqlite, &[("metrics.listen", "127.0.0.1:0")]).await;
    assert_eq!(app.get("/metrics").send().await.reason(), "request.not_found");
}
