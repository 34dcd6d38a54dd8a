//! The tutorial's application as a Rust API. Every route is behind Jotgate's guard: tokens are checked here, without a
//! word to Jotgate, and what a logout took back is refused within a moment.
//!
//! `cargo run`, then http://localhost:3000

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    sync::{Arc, Mutex},
};

use axum::{Json, Router, extract::State, routing::get};
use jotgate_guard::{Caller, Guard, require_role};
use serde_json::{Value, json};

/// The application's own data, by `sub`: it never changes and is never given to somebody else. An e-mail address may be.
type Profiles = Arc<Mutex<BTreeMap<String, u64>>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());
    let issuer = setting("JOTGATE_URL", "http://localhost:8080");
    let audience = setting("AUDIENCE", &issuer);

    let guard = Guard::new(&issuer, &audience).start()?;
    let app = Router::new()
        .route("/dashboard", get(dashboard))
        .route("/profiles", get(profiles))
        .route("/api/profile", get(profile))
        .route("/admin", get(admin).route_layer(require_role("admin")))
        .layer(guard.layer())
        .with_state(Profiles::default());

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", setting("PORT", "3000").parse()?)).await?;
    println!("http://localhost:{}", listener.local_addr()?.port());
    Ok(axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?)
}

async fn dashboard(State(profiles): State<Profiles>, caller: Caller) -> Json<Value> {
    let sub = &caller.claims().sub;
    Json(json!({ "message": format!("Welcome, user {sub}"), "profile": visit(&profiles, sub) }))
}

async fn profiles(State(profiles): State<Profiles>, caller: Caller) -> Json<Value> {
    visit(&profiles, &caller.claims().sub);
    let profiles = profiles.lock().expect("no thread panics with the lock");
    Json(json!({ "profiles": profiles.iter().map(|(id, visits)| shown(id, *visits)).collect::<Vec<_>>() }))
}

async fn profile(State(profiles): State<Profiles>, caller: Caller) -> Json<Value> {
    let claims = caller.claims();
    let profile = visit(&profiles, &claims.sub);
    Json(json!({ "sub": claims.sub, "roles": claims.roles, "tokenExpires": claims.exp, "profile": profile }))
}

async fn admin(State(profiles): State<Profiles>) -> Json<Value> {
    let count = profiles.lock().expect("no thread panics with the lock").len();
    Json(json!({ "message": "Only for administrators", "profiles": count }))
}

fn visit(profiles: &Profiles, sub: &str) -> Value {
    let mut profiles = profiles.lock().expect("no thread panics with the lock");
    let visits = profiles.entry(sub.to_owned()).or_default();
    *visits += 1;
    shown(sub, *visits)
}

fn shown(id: &str, visits: u64) -> Value {
    json!({ "id": id, "visits": visits })
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut asked) => _ = asked.recv().await,
        Err(_) => std::future::pending().await,
    }
}
