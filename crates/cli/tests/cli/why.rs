//! `jotgate why`.

use serde_json::json;

use super::run::Place;
use super::serving::Serving;

#[test]
fn a_reason_is_explained_without_a_server() {
    let place = Place::new();
    let text = place.run("why refresh.reused").good().to_owned();
    assert!(text.starts_with("refresh.reused:") && text.contains("mend"), "{text}");
    assert_eq!(place.run("why exp.expired --json").json()["status"], 401);
    assert!(!place.path("jotgate-data").exists(), "asking makes nothing");
}

#[test]
fn a_request_is_explained_while_the_server_runs() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let session = server
        .post("/v1/signup", &json!({ "email": "a@example.com", "password": "seven brass kettles hum" }));
    let token = session.body["access_token"].as_str().unwrap();
    let refused = server.get("/v1/me", Some(&format!("{token}x"))).body;
    let id = refused["request_id"].as_str().unwrap();
    let answer = place.eventually(&format!("why {id} --json"));
    assert_eq!(answer["refusal"]["reason"], refused["reason"]);
    let text = place.run(&format!("why {id}")).good().to_owned();
    assert!(text.contains("GET /v1/me") && !text.contains(token), "{text}");
}

#[test]
fn the_session_of_a_reused_token_tells_its_story() {
    let place = Place::new();
    let server = Serving::start(&place, "--set sessions.retry_window=0s");
    let session = server
        .post("/v1/signup", &json!({ "email": "a@example.com", "password": "seven brass kettles hum" }));
    let stolen = json!({ "refresh_token": session.body["refresh_token"] });
    assert_eq!(server.post("/v1/refresh", &stolen).status, 200);
    let refused = server.post("/v1/refresh", &stolen).body;
    assert_eq!(refused["reason"], "refresh.reused");
    let answer = place.eventually(&format!("why {} --json", refused["request_id"].as_str().unwrap()));
    let told = &answer["session"];
    assert_eq!((&told["replaced"][0]["generation"], &told["generation"]), (&json!(0), &json!(1)), "{told}");
    let events: Vec<_> = told["events"].as_array().unwrap().iter().map(|event| &event["event"]).collect();
    assert!(events.contains(&&json!("refresh.reuse")) && told["ended_at"].is_i64(), "{told}");
    let words = place.run(&format!("why {}", refused["request_id"].as_str().unwrap()));
    assert!(words.good().contains("generation 0 became 1"), "{}", words.stdout);
    assert!(!answer.to_string().contains(stolen["refresh_token"].as_str().unwrap()));
}

#[test]
fn an_unknown_id_is_the_answer_no() {
    let place = Place::new();
    assert!(place.run("why 019abcde-0000-7000-8000-000000000000").refused(1).contains("on record"));
}

#[test]
fn colour_is_for_those_who_want_it() {
    let place = Place::new();
    let coloured =
        |env: &[(&str, &str)]| place.run_with("why exp.expired", env, "").good().contains('\u{1b}');
    assert!(!coloured(&[]), "a pipe is no terminal");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
