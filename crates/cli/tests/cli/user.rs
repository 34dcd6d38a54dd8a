//! `jotgate user` and `jotgate admin`, without a server and beside a running one.

use serde_json::json;

use super::run::{Answer, Place};
use super::serving::Serving;

const PASSWORD: &str = "seven brass kettles hum";

fn add(place: &Place, words: &str) -> Answer {
    place.pipe(&format!("user add {words} --password-stdin --json"), PASSWORD)
}

#[test]
fn a_user_is_added_shown_listed_and_deleted() {
    let place = Place::new();
    let added = add(&place, "Ada@Example.com --username ada --role editor").json();
    assert_eq!((&added["email"], &added["roles"]), (&json!("Ada@Example.com"), &json!(["editor"])));
    for name in ["ada@example.com", "ADA", added["id"].as_str().unwrap()] {
        assert_eq!(place.run(&format!("user show {name} --json")).json()["id"], added["id"], "{name}");
    }
    assert!(place.run("user show ada").good().contains("editor"));
    assert!(place.run("user list").good().contains("Ada@Example.com"));
    assert!(place.run("user delete ada").refused(2).contains("--yes"), "nobody is there to ask");
    place.run("user delete ada --yes").good();
    assert!(place.run("user show ada").refused(1).starts_with("request.not_found"));
}

#[test]
fn everything_about_a_user_is_shown_for_handing_out() {
    let place = Place::new();
    let id = add(&place, "ada@example.com --name Ada").json()["id"].clone();
    for words in ["user show ada@example.com --everything", "user show ada@example.com --everything --json"] {
        let document: serde_json::Value = serde_json::from_str(place.run(words).good()).unwrap();
        assert_eq!((&document["account"]["id"], &document["account"]["name"]), (&id, &json!("Ada")));
        assert_eq!(document["events"][0]["detail"], json!({"by": "operator"}));
    }
    assert!(place.run("user show bob --everything").refused(1).starts_with("request.not_found"));
}

#[test]
fn the_password_comes_from_a_pipe_a_file_or_the_environment() {
    let place = Place::new();
    place.write("password.txt", format!("{PASSWORD}\n"));
    place.run("user add a@example.com --password-file password.txt --json").json();
    let env = [("NEW_PASSWORD", PASSWORD)];
    assert_eq!(place.run_with("user add b@example.com --password-file env:NEW_PASSWORD", &env, "").code, 0);
    assert!(place.run("user add c@example.com").refused(2).contains("--password-stdin"));
    assert_eq!(place.run("user add c@example.com --password hunter2hunter2").code, 2, "never as an argument");
    let list = place.run("user list --json").json();
    assert_eq!(list["users"].as_array().map(Vec::len), Some(2));
}

#[test]
fn bad_input_is_the_answer_no_with_its_reason() {
    let place = Place::new();
    add(&place, "ada@example.com").json();
    let again = add(&place, "ADA@example.com");
    assert_eq!((again.code, &again.json()["reason"]), (1, &json!("signup.taken")));
    let short = place.pipe("user add b@example.com --password-stdin", "hunter2");
    assert!(short.refused(1).starts_with("password.too_short") && !short.stderr.contains("hunter2"));
    assert!(
        place
            .pipe("user add nonsense --password-stdin", PASSWORD)
            .refused(1)
            .starts_with("signup.email_invalid")
    );
    assert!(place.run("user disable nobody@example.com").refused(1).starts_with("request.not_found"));
}

#[test]
fn the_last_administrator_stays() {
    let place = Place::new();
    add(&place, "root@example.com --role admin").json();
    for words in
        ["roles root@example.com --none", "disable root@example.com", "delete root@example.com --yes"]
    {
        assert_eq!(place.run(&format!("user {words}")).code, 1, "{words}");
    }
    add(&place, "second@example.com --role admin").json();
    place.run("user roles root@example.com --none").good();
    assert_eq!(place.run("user show root@example.com --json").json()["roles"], json!([]));
}

#[test]
fn a_running_server_sees_every_change_at_once() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    add(&place, "ada@example.com").json();
    let log_in = |password: &str| {
        server.post("/v1/login", &json!({ "email": "ada@example.com", "password": password }))
    };
    let session = log_in(PASSWORD);
    assert_eq!(session.status, 200, "{}", session.body);
    let token = session.body["access_token"].as_str().unwrap();

    place.run("user roles ada@example.com editor").good();
    assert_eq!(server.get("/v1/me", Some(token)).body["reason"], "revoked.subject", "old roles end");

    place.run("user disable ada@example.com").good();
    let refresh = json!({ "refresh_token": session.body["refresh_token"] });
    assert_eq!(server.post("/v1/refresh", &refresh).status, 401);
    assert_eq!(log_in(PASSWORD).status, 401);

    place.run("user enable ada@example.com").good();
    assert_eq!(log_in(PASSWORD).status, 200);
    let changed = place.pipe("user passwd ada@example.com --password-stdin", "eight copper pans sing");
    assert!(changed.good().contains("all sessions ended"));
    assert_eq!((log_in(PASSWORD).status, log_in("eight copper pans sing").status), (401, 200));
}

#[test]
fn a_command_without_the_servers_flags_ends_no_session() {
    let place = Place::new();
    // The issuer of this server carries its port, which no command below knows.
    let server = Serving::start(&place, "");
    let session =
        server.post("/v1/signup", &json!({ "email": "ada@example.com", "password": PASSWORD })).body;
    place.run("user list").good();
    let link = place.run("admin setup-link --json").json();
    assert!(link["url"].as_str().unwrap().starts_with(&format!("{}/setup/", server.issuer)), "{link}");
    let again = server.post("/v1/refresh", &json!({ "refresh_token": session["refresh_token"] }));
    assert_eq!(again.status, 200, "{}", again.body);
}

#[test]
fn a_new_setup_link_voids_the_old() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let make =
        || place.run("admin setup-link --json").json()["url"].as_str().unwrap().replace(&server.issuer, "");
    let (first, second) = (make(), make());
    assert_eq!((server.get(&first, None).status, server.get(&second, None).status), (410, 200));
}
