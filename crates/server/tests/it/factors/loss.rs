//! The phone is gone, and the paper too: nobody is locked out, and nobody gets in without being seen.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::{
    flow::{
        operator::{By, reset_factors, set_roles},
        set_up::make_setup_link,
    },
    store::{Tx, UserId, audit},
};
use serde_json::json;
use uuid::Uuid;

use super::{first_step, log_in, no, refused, said, second_step, wait_a_step, with_phone};

fn id_of(answer: &jotgate_harness::Answer) -> Uuid {
    let id = answer.json()["user"]["id"].clone();
    Uuid::parse_str(id.as_str().expect("a text")).expect("an id")
}

#[tokio::test]
async fn an_operator_takes_the_factors_away_and_everything_open_ends() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, codes) = with_phone(&app, "ada@example.com").await;
        let session = log_in(&app, "ada@example.com", &phone).await;
        wait_a_step(&app);
        let waiting = first_step(&app, "ada@example.com").await;
        reset_factors(&app.app, id_of(&session), By::default()).await.unwrap();

        assert_eq!(
            refused(&second_step(&app, &waiting, &phone.code(&app)).await),
            no(410, "link.expired"),
            "{engine:?}"
        );
        assert_eq!(
            refused(&super::recover(&app, &waiting, &codes[0]).await),
            no(410, "link.expired"),
            "{engine:?}"
        );
        let body = json!({"refresh_token": session.member("refresh_token")});
        assert_eq!(
            refused(&app.post("/v1/refresh", &body).send().await),
            no(401, "refresh.revoked"),
            "{engine:?}"
        );
        assert_eq!(said(&app.log_in("ada@example.com").await), "pwd acr=1", "{engine:?}");
        let id = UserId(id_of(&session));
        let events = app.app.store.read(async move |tx: &mut Tx<'_>| audit::list_by_user(tx, id, 100).await);
        let kinds: Vec<String> = events.await.unwrap().into_iter().map(|row| row.kind).collect();
        for kind in ["factor.added", "factors.reset"] {
            assert!(kinds.iter().any(|one| one == kind), "{engine:?}: {kind} is not among {kinds:?}");
        }
    }
}

#[tokio::test]
async fn an_administrator_does_it_over_http() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let root = id_of(&app.sign_up("root@example.com").await);
        set_roles(&app.app, root, &["admin".to_owned()], By::default()).await.unwrap();
        let token = app.log_in("root@example.com").await.member("access_token");
        let (phone, _) = with_phone(&app, "ada@example.com").await;
        let ada = log_in(&app, "ada@example.com", &phone).await;
        let path = format!("/v1/admin/users/{}", id_of(&ada));
        let patch = async |bearer: &str, body: serde_json::Value| {
            app.call(http::Method::PATCH, &path).bearer(bearer).json(&body).send().await
        };
        let body = json!({"factors": "reset"});
        assert_eq!(refused(&patch(&ada.member("access_token"), body.clone()).await), no(403, "role.missing"));
        assert_eq!(refused(&patch(&token, json!({"factors": "none"})).await), no(400, "request.body"));
        assert_eq!(patch(&token, body).await.status, 200, "{engine:?}");
        assert_eq!(said(&app.log_in("ada@example.com").await), "pwd acr=1", "{engine:?}");
    }
}

/// The last administrator, with the policy that wants a factor of administrators.
#[tokio::test]
async fn the_set_up_link_lets_the_last_administrator_in_again() {
    for engine in Engine::all() {
        let app = TestApp::with(engine, &[("mfa.required_for", "admin")]).await;
        let (_, _) = with_phone(&app, "root@example.com").await;
        let link = make_setup_link(&app.app).await.unwrap();
        let path = link.strip_prefix("http://localhost:8080").unwrap().to_owned();
        let form = "email=root%40example.com&password=eight+copper+pans+sing";
        let used = app
            .call(http::Method::POST, &path)
            .header("origin", "http://localhost:8080")
            .body("application/x-www-form-urlencoded", form)
            .send()
            .await;
        assert!(used.status < 400, "{engine:?}: {}", used.text());
        let body = json!({"email": "root@example.com", "password": "eight copper pans sing"});
        let weak = app.post("/v1/login", &body).send().await;
        assert_eq!(weak.status, 200, "{engine:?}: {}", weak.text());
        // From there the way is the same as for everybody whom the policy concerns.
        let token = weak.member("access_token");
        let listed = app.get("/v1/admin/users").bearer(&token).send().await;
        assert_eq!(refused(&listed), no(403, "mfa.required_by_policy"), "{engine:?}");
        let (phone, _) = super::enrol(&app, &token).await;
        wait_a_step(&app);
        let step = app
            .post("/v1/stepup", &json!({"password": "eight copper pans sing"}))
            .bearer(&token)
            .send()
            .await;
        let strong = second_step(&app, &step.member("mfa_token"), &phone.code(&app)).await;
        let listed = app.get("/v1/admin/users").bearer(&strong.member("access_token")).send().await;
        assert_eq!(listed.status, 200, "{engine:?}: {}", listed.text());
    }
}

#[tokio::test]
async fn an_operator_who_sets_a_password_leaves_the_factor() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, "ada@example.com").await;
    let id = id_of(&log_in(&app, "ada@example.com", &phone).await);
    jotgate_server::flow::operator::set_password(&app.app, id, PASSWORD.into()).await.unwrap();
    first_step(&app, "ada@example.com").await;
}
