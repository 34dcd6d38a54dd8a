//! `[mfa] required_for`: the role is withheld, never the login.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::flow::operator::{By, set_roles};
use serde_json::json;

use super::{claims, enrol, no, refused, second_step, wait_a_step};

const POLICY: &[(&str, &str)] =
    &[("mfa.required_for", "admin,auditor"), ("tokens.claims", "https://example.com/role=user.roles.first")];

#[tokio::test]
async fn the_role_comes_with_the_second_factor() {
    for engine in Engine::all() {
        let app = TestApp::with(engine, POLICY).await;
        let signed_up = app.sign_up("root@example.com").await;
        let id = uuid::Uuid::parse_str(signed_up.json()["user"]["id"].as_str().unwrap()).unwrap();
        let roles = ["admin".to_owned(), "editor".to_owned()];
        set_roles(&app.app, id, &roles, By::default()).await.unwrap();

        // The login itself goes on as before, and the other roles with it.
        let weak = app.log_in("root@example.com").await;
        let token = weak.member("access_token");
        let said = claims(&token);
        assert_eq!(said["roles"], json!(["editor"]), "{engine:?}");
        assert_eq!(said["https://example.com/role"], "editor", "{engine:?}");
        let listed = app.get("/v1/admin/users").bearer(&token).send().await;
        assert_eq!(refused(&listed), no(403, "mfa.required_by_policy"), "{engine:?}");
        let asked = |role: &str| format!("/v1/verify?role={role}");
        assert_eq!(app.get(&asked("editor")).bearer(&token).send().await.status, 200, "{engine:?}");
        assert_eq!(
            refused(&app.get(&asked("admin")).bearer(&token).send().await),
            no(403, "role.missing"),
            "{engine:?}"
        );
        assert_eq!(app.get("/v1/mfa").bearer(&token).send().await.json()["required"], true, "{engine:?}");

        // The way: add a factor, show it, and the role is there.
        let (phone, _) = enrol(&app, &token).await;
        wait_a_step(&app);
        let step = app.post("/v1/stepup", &json!({"password": PASSWORD})).bearer(&token).send().await;
        let strong = second_step(&app, &step.member("mfa_token"), &phone.code(&app)).await;
        let token = strong.member("access_token");
        assert_eq!(claims(&token)["roles"], json!(["admin", "editor"]), "{engine:?}");
        assert_eq!(claims(&token)["https://example.com/role"], "admin", "{engine:?}");
        assert_eq!(app.get("/v1/admin/users").bearer(&token).send().await.status, 200, "{engine:?}");
        assert_eq!(app.get(&asked("admin")).bearer(&token).send().await.status, 200, "{engine:?}");
        let renewed =
            app.post("/v1/refresh", &json!({"refresh_token": strong.member("refresh_token")})).send().await;
        assert_eq!(
            claims(&renewed.member("access_token"))["roles"],
            json!(["admin", "editor"]),
            "{engine:?}"
        );
    }
}

#[tokio::test]
async fn who_lacks_the_role_is_told_that_and_nothing_of_factors() {
    let app = TestApp::with(Engine::Sqlite, POLICY).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    assert_eq!(refused(&app.get("/v1/admin/users").bearer(&token).send().await), no(403, "role.missing"));
    assert_eq!(app.get("/v1/mfa").bearer(&token).send().await.json()["required"], false);
}

/// A server that was told of the policy a moment ago: sessions from before lack the role at once here.
#[tokio::test]
async fn the_policy_holds_for_sessions_from_before_it() {
    let before = TestApp::new(Engine::Sqlite).await;
    let signed_up = before.sign_up("root@example.com").await;
    let id = uuid::Uuid::parse_str(signed_up.json()["user"]["id"].as_str().unwrap()).unwrap();
    set_roles(&before.app, id, &["admin".to_owned()], By::default()).await.unwrap();
    let token = before.log_in("root@example.com").await.member("access_token");
    assert_eq!(before.get("/v1/admin/users").bearer(&token).send().await.status, 200);
    let after = before.beside_with(POLICY).await;
    let refused_ = after.get("/v1/admin/users").bearer(&token).send().await;
    assert_eq!(refused(&refused_), no(403, "mfa.required_by_policy"));
}
