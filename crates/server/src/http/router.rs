//! Every route of the server, in one list.

use axum::{
    Router,
    handler::Handler,
    middleware,
    routing::{self, MethodRouter},
};
use http::{Method, StatusCode};
use jotgate_token::reason;
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    api::{
        admin, clients, email, login, login_code, logout, me, mfa, moved, passkeys, password, refresh,
        revocations, sessions, signup, status_lists, verify,
    },
    front::Front,
    gate::gate,
    oauth, operations, pages, well_known,
};
use crate::{app::App, error::Error};

fn list() -> Vec<Route> {
    let mut all = for_programs();
    all.extend(for_people());
    all
}

fn for_programs() -> Vec<Route> {
    vec![
        post("/v1/signup", signup::post),
        post("/v1/login", login::post),
        post("/v1/login/mfa", mfa::answer),
        post("/v1/stepup", mfa::confirm),
        get("/v1/mfa", mfa::list),
        post("/v1/mfa/totp", mfa::begin_totp),
        delete("/v1/mfa/totp", mfa::remove_totp),
        post("/v1/mfa/totp/confirm", mfa::confirm_totp),
        post("/v1/mfa/recovery-codes", mfa::renew_recovery_codes),
        post("/v1/refresh", refresh::post),
        post("/v1/logout", logout::post),
        post("/v1/logout/all", logout::everywhere),
        get("/v1/me", me::get),
        patch("/v1/me", me::patch),
        delete("/v1/me", me::delete),
        get("/v1/me/export", me::export),
        get("/v1/sessions", sessions::list),
        delete("/v1/sessions/{id}", sessions::delete),
        post("/v1/password", password::post),
        delete("/v1/password", passkeys::delete_password),
        post("/v1/login/passkey/options", passkeys::login_options),
        post("/v1/login/passkey", passkeys::login),
        get("/v1/passkeys", passkeys::list),
        post("/v1/passkeys/options", passkeys::options),
        post("/v1/passkeys", passkeys::post),
        patch("/v1/passkeys/{id}", passkeys::patch),
        delete("/v1/passkeys/{id}", passkeys::delete),
        post("/v1/password/forgot", password::forgot),
        post("/v1/password/reset", password::reset),
        post("/v1/email", email::post),
        post("/v1/email/verify", email::verify),
        post("/v1/email/resend", email::resend),
        post("/v1/login/code", login_code::post),
        post("/v1/login/code/confirm", login_code::confirm),
        get("/v1/admin/users", admin::list),
        get("/v1/admin/users/{id}", admin::get),
        patch("/v1/admin/users/{id}", admin::patch),
        get("/v1/admin/clients", clients::list),
        post("/v1/admin/clients", clients::add),
        get("/v1/admin/clients/{id}", clients::get),
        patch("/v1/admin/clients/{id}", clients::patch),
        delete("/v1/admin/clients/{id}", clients::delete),
        post("/v1/admin/clients/{id}/rotate-secret", clients::rotate_secret),
        get("/v1/verify", verify::get),
        post("/oauth/token", oauth::token::post),
        get("/v1/revocations", revocations::get),
        get("/v1/revocations/keys", revocations::keys),
        get("/v1/status-lists/{n}", status_lists::get),
        get("/.well-known/jwks.json", well_known::keys),
        get("/.well-known/oauth-authorization-server", well_known::server),
        get("/livez", operations::live),
        get("/readyz", operations::readiness),
        get("/metrics", operations::metrics_for_administrators),
    ]
}

fn for_people() -> Vec<Route> {
    vec![
        get("/", pages::home::get),
        get("/login", pages::login::get),
        post("/login", pages::login::post),
        post("/login/passkey", pages::login::with_passkey),
        get("/signup", pages::signup::get),
        post("/signup", pages::signup::post),
        get("/login/code", pages::login_code::get),
        post("/login/code", pages::login_code::post),
        post("/login/code/confirm", pages::login_code::confirm),
        get("/verify-email", pages::verify_email::get),
        post("/verify-email", pages::verify_email::post),
        post("/verify-email/resend", pages::verify_email::resend),
        get("/account/email", pages::account_email::get),
        post("/account/email", pages::account_email::post),
        post("/account/email/confirm", pages::account_email::confirm),
        get("/forgot", pages::forgot::get),
        post("/forgot", pages::forgot::post),
        get("/reset", pages::forgot::reset_page),
        post("/reset", pages::forgot::reset),
        get("/account", pages::account::get),
        get("/account/profile", pages::account::profile::get),
        post("/account/profile", pages::account::profile::post),
        get("/account/password", pages::account::password::get),
        post("/account/password", pages::account::password::post),
        get("/account/sessions", pages::account::sessions::get),
        post("/account/sessions/end-others", pages::account::sessions::end_others),
        post("/account/sessions/{id}/end", pages::account::sessions::end),
        get("/account/data", pages::account::data::get),
        post("/account/data/export", pages::account::data::export),
        get("/account/delete", pages::account::delete::get),
        post("/account/delete", pages::account::delete::post),
        get("/logout", pages::logout::get),
        get("/mfa", pages::mfa::get),
        post("/mfa", pages::mfa::post),
        get("/confirm", pages::confirm::get),
        post("/confirm", pages::confirm::post),
        get("/account/security", pages::security::get),
        get("/account/security/app", pages::security::app),
        post("/account/security/app", pages::security::begin),
        post("/account/security/app/confirm", pages::security::confirm),
        post("/account/security/app/remove", pages::security::remove),
        post("/account/security/codes", pages::security::renew),
        post("/account/security/passkeys/options", pages::passkeys::options),
        post("/account/security/passkeys", pages::passkeys::add),
        post("/account/security/passkeys/{id}", pages::passkeys::rename),
        post("/account/security/passkeys/{id}/remove", pages::passkeys::remove),
        post("/logout", pages::logout::post),
        get("/setup/{token}", pages::setup::get),
        post("/setup/{token}", pages::setup::post),
        get("/debugger", pages::debugger::get),
        post("/debugger", pages::debugger::post),
        get("/live", pages::live::intro),
        post("/live", pages::live::begin),
        get("/live/{name}", pages::live::look),
        post("/live/{name}", pages::live::act),
        get("/inbox", pages::inbox::list),
        get("/inbox/{id}", pages::inbox::one),
        get("/inbox/{id}/html", pages::inbox::html),
        get("/reasons", pages::reasons::index),
        get("/reasons/{code}", pages::reasons::one),
        get("/assets/{name}", pages::assets::get),
        any("/register", moved::any),
        any("/refresh", moved::any),
    ]
}

/// The server's routes over this app, behind the gate.
pub fn router(app: App) -> Router {
    public(&Front::new(app))
}

/// Method and pattern of every route; `None` takes any method.
#[must_use]
pub fn routes() -> Vec<(Option<Method>, &'static str)> {
    list().into_iter().map(|route| (route.method, route.path)).collect()
}

pub(super) fn public(front: &Front) -> Router {
    let empty = Router::<Front>::new();
    let routes = list().into_iter().fold(empty, |router, route| router.route(route.path, route.serve));
    gated(front, routes)
}

/// The listener of `[metrics] listen`.
pub(super) fn internal(front: &Front) -> Router {
    let routes = Router::<Front>::new()
        .route("/livez", routing::get(operations::live))
        .route("/readyz", routing::get(operations::readiness))
        .route("/metrics", routing::get(operations::metrics));
    gated(front, routes)
}

fn gated(front: &Front, routes: Router<Front>) -> Router {
    routes
        .fallback(|| async { Err::<StatusCode, _>(Error::from(&reason::REQUEST_NOT_FOUND)) })
        .method_not_allowed_fallback(|| async { Err::<StatusCode, _>(Error::from(&reason::REQUEST_METHOD)) })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(front.clone(), gate))
        .with_state(front.clone())
}

/// The payload is not looked at: it can hold what the handler was working on.
fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    use axum::response::IntoResponse;
    Error::Internal("a handler panicked".into()).into_response()
}

struct Route {
    method: Option<Method>,
    path: &'static str,
    serve: MethodRouter<Front>,
}

fn get<T: 'static>(path: &'static str, handler: impl Handler<T, Front>) -> Route {
    Route { method: Some(Method::GET), path, serve: routing::get(handler) }
}

fn post<T: 'static>(path: &'static str, handler: impl Handler<T, Front>) -> Route {
    Route { method: Some(Method::POST), path, serve: routing::post(handler) }
}

fn patch<T: 'static>(path: &'static str, handler: impl Handler<T, Front>) -> Route {
    Route { method: Some(Method::PATCH), path, serve: routing::patch(handler) }
}

fn delete<T: 'static>(path: &'static str, handler: impl Handler<T, Front>) -> Route {
    Route { method: Some(Method::DELETE), path, serve: routing::delete(handler) }
}

fn any<T: 'static>(path: &'static str, handler: impl Handler<T, Front>) -> Route {
    Route { method: None, path, serve: routing::any(handler) }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, extract::Request};
    use tower::ServiceExt;

    use super::*;
    use crate::http::problem::Refusal;

    #[tokio::test]
    async fn a_panic_is_answered_like_any_other_fault() {
        let router = Router::<()>::new()
            .route("/", routing::get(|| async { panic!("of the test") as &str }))
            .layer(CatchPanicLayer::custom(panicked));
        let answer = router.oneshot(Request::new(Body::empty())).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let Refusal(refused) = answer.extensions().get().unwrap();
        assert_eq!((refused.reason.code, &refused.detail), ("server.internal", &None));
    }

    #[test]
    fn no_route_is_listed_twice() {
        let mut routes: Vec<_> =
            routes().into_iter().map(|(method, path)| format!("{method:?} {path}")).collect();
        let all = routes.len();
        routes.sort();
        routes.dedup();
        assert_eq!(routes.len(), all);
    }
}
