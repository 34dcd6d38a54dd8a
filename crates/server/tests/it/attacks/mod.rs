//! What somebody tries who is not let in, over all routes at once: forged requests, rebound names, frames.
//! What belongs to one page is tested beside that page.

mod forged;
mod framed;
mod rebound;

use http::Method;
use jotgate_harness::{Answer, TestApp};
use jotgate_server::http::routes;
use serde_json::json;

/// Every route with something in place of its parameters.
fn addresses() -> impl Iterator<Item = (Option<Method>, String)> {
    let id = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    routes().into_iter().map(move |(method, path)| {
        let filled = path.split('/').map(|part| match part {
            "{code}" => "exp.expired",
            "{n}" => "0",
            part if part.starts_with('{') => id,
            part => part,
        });
        (method, filled.collect::<Vec<_>>().join("/"))
    })
}

/// Signs Ada up and in, with every cookie there is.
async fn signed_in(app: &TestApp) -> Vec<(String, String)> {
    app.sign_up("ada@example.com").await;
    let body =
        json!({"email": "ada@example.com", "password": jotgate_harness::PASSWORD, "delivery": "cookies"});
    let answer: Answer = app.post("/v1/login", &body).header("origin", "http://localhost:8080").send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.cookies()
}
