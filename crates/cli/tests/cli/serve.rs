//! `jotgate serve`: what it says, and every way in which it does not start.

use std::net::TcpListener;
use std::process::Command;

use serde_json::json;

use super::run::Place;
use super::serving::Serving;

#[test]
fn it_starts_with_nothing_and_ends_when_told() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    assert!(server.issuer.starts_with("http://localhost:"), "{}", server.issuer);
    let session = server.post("/v1/signup", &json!({ "email": "ada@example.com", "password": PASSWORD }));
    assert_eq!(session.status, 201, "{}", session.body);
    let token = session.body["access_token"].as_str().unwrap().to_owned();
    let refresh_token = session.body["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(server.get("/v1/me", Some(&token)).body["email"], "ada@example.com");
    let (code, log) = server.stop();
    assert_eq!(code, 0, "{log}");
    for secret in [PASSWORD, token.as_str(), refresh_token.as_str()] {
        assert!(!log.contains(secret), "a secret stands in the log");
    }
}

#[test]
fn behind_a_proxy_it_says_which_port_it_picked() {
    let place = Place::new();
    let server = Serving::start_at(&place, "--listen 127.0.0.1:0 --issuer http://localhost:9");
    let ready: serde_json::Value = serde_json::from_str(server.said()).unwrap();
    assert_eq!(ready["issuer"], "http://localhost:9");
    let listens: std::net::SocketAddr = ready["listen"].as_str().unwrap().parse().unwrap();
    assert!(std::net::TcpStream::connect(listens).is_ok(), "{listens}");
}

#[test]
fn a_shifted_clock_signs_and_judges_and_says_so() {
    let place = Place::new();
    let words = format!("--listen 127.0.0.1:{}", free_port());
    let now = Serving::start_at(&place, &words);
    let session = now.post("/v1/signup", &json!({ "email": "ada@example.com", "password": PASSWORD }));
    let token = session.body["access_token"].as_str().unwrap().to_owned();
    drop(now);
    let later = Serving::start_at(&place, &format!("{words} --clock-offset 16m"));
    assert!(later.said().contains("\"clock_offset\":960"), "{}", later.said());
    assert_eq!(later.get("/v1/me", Some(&token)).body["reason"], "exp.expired");
    let (_, log) = later.stop();
    assert!(log.contains("THIS SERVER'S CLOCK IS 16 MINUTES AHEAD"), "{log}");

    let before = Serving::start_at(&place, &format!("{words} --clock-offset -16m"));
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    let old = before.post("/v1/login", &login).body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(before.get("/v1/me", Some(&old)).status, 200, "good for whoever lives then");
    drop(before);
    let now = Serving::start_at(&place, &words);
    assert_eq!(now.get("/v1/me", Some(&old)).body["reason"], "exp.expired");
}

#[test]
fn a_shifted_clock_is_for_loopback_only() {
    let place = Place::new();
    let refused = place.run(
        "serve --listen 127.0.0.1:0 --issuer https://id.example --clock-offset 16m --set tokens.audience=api",
    );
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("--clock-offset is only for a loopback issuer"), "{}", refused.stderr);
    assert_eq!(place.run("serve --clock-offset soon").code, 2);
}

#[test]
fn what_was_there_is_there_after_a_restart() {
    let place = Place::new();
    let port = free_port();
    let words = format!("--listen 127.0.0.1:{port}");
    let start = || Serving::start_at(&place, &words);
    let first = start();
    let session = first.post("/v1/signup", &json!({ "email": "ada@example.com", "password": PASSWORD }));
    drop(first);
    let second = start();
    let again = second.post("/v1/refresh", &json!({ "refresh_token": session.body["refresh_token"] }));
    assert_eq!(again.status, 200, "{}", again.body);
    let token = session.body["access_token"].as_str().unwrap();
    assert_eq!(second.get("/v1/me", Some(token)).status, 200, "the signing key is the same");
}

#[test]
fn people_get_lines_to_paste_and_no_setup_link_in_a_pipe() {
    let place = Place::new();
    let server = Serving::start_for_people(&place);
    let said = server.said();
    assert!(said.contains(&format!("curl -s {}/v1/signup", server.issuer)), "{said}");
    assert!(said.contains(&format!("{}/v1/refresh", server.issuer)), "{said}");
    assert!(said.contains("jotgate-data") && said.contains("jotgate admin setup-link"), "{said}");
    assert!(!said.contains("/setup/"), "a log collector must not get the link: {said}");
}

#[test]
fn the_printed_lines_work_when_pasted() {
    let place = Place::new();
    let server = Serving::start_for_people(&place);
    let is_line = |line: &&str| line.starts_with("curl ") || line.starts_with("SESSION=");
    let lines: Vec<_> = server.said().lines().filter(is_line).collect();
    assert_eq!(lines.len(), 5, "{}", server.said());
    let pasted = Command::new("sh").args(["-ec", &lines.join("\necho\n")]).output();
    let answers = String::from_utf8(pasted.expect("every system has sh").stdout).expect("answers are text");
    let answers: Vec<_> = answers.lines().filter(|line| !line.is_empty()).collect();
    assert!(answers[0].contains("\"access_token\""), "sign up: {answers:?}");
    assert!(answers[2].contains("\"email\":\"ada@example.com\""), "a protected call: {answers:?}");
    assert!(answers[3].contains("\"refresh_generation\":1"), "refresh: {answers:?}");
    assert!(answers[4].contains(" 204"), "log out: {answers:?}");
}

#[test]
fn demo_lifetimes_are_short_and_for_loopback_alone() {
    let place = Place::new();
    let server = Serving::start(&place, "--demo-lifetimes");
    let session =
        server.post("/v1/signup", &json!({ "email": "ada@example.com", "password": PASSWORD })).body;
    assert_eq!((&session["expires_in"], &session["refresh_expires_in"]), (&json!(20), &json!(120)));
    drop(server);
    let public = place.run("serve --demo-lifetimes --issuer https://id.example --set tokens.audience=api");
    assert!(public.refused(3).contains("demo"), "{}", public.stderr);
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let place = Place::new();
    let refused = place.run(&format!("serve --listen 127.0.0.1:{port}"));
    assert!(refused.refused(3).contains(&format!("port {port} is taken")), "{}", refused.stderr);
    assert!(!place.path("jotgate-data").exists(), "nothing was made");
}

#[test]
fn a_data_folder_is_for_one_server() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let refused = place.run("serve --listen 127.0.0.1:0");
    assert!(refused.refused(3).contains("in use by another"), "{}", refused.stderr);
    drop(server);
    drop(Serving::start(&place, ""));
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let place = Place::new();
    place.write("file", "");
    let refused = place.run("serve --listen 127.0.0.1:0 --data file/data");
    assert!(refused.refused(3).contains("file/data"), "{}", refused.stderr);
}

#[test]
fn a_database_out_of_reach_is_named_without_its_password() {
    let place = Place::new();
    let port = free_port();
    let url = format!("postgres://jotgate:hunter2secret@127.0.0.1:{port}/jotgate");
    let master = place.run("secret").good().to_owned();
    let env = [("JOTGATE_DATABASE_URL", url.as_str()), ("JOTGATE_KEYS__MASTER_KEY", master.as_str())];
    let refused = place.run_with("serve --listen 127.0.0.1:0", &env, "");
    let text = refused.refused(3);
    assert!(text.contains("127.0.0.1") && !text.contains("hunter2secret"), "{text}");
}

#[test]
fn another_master_key_does_not_open_the_database() {
    let place = Place::new();
    drop(Serving::start(&place, ""));
    place.write("jotgate-data/master.key", place.run("secret").good());
    let refused = place.run("serve --listen 127.0.0.1:0");
    assert!(refused.refused(3).contains("master key"), "{}", refused.stderr);
}

#[test]
fn http_is_for_this_machine_and_an_unknown_setting_is_an_error() {
    let place = Place::new();
    assert!(place.run("serve --issuer http://id.example").refused(3).contains("https"));
    place.write("jotgate.toml", "[sessions]\nidle_lifetme = \"1d\"\n");
    let text = place.run("serve").refused(3).to_owned();
    assert!(text.contains("jotgate.toml:2") && text.contains("idle_lifetime"), "{text}");
}

#[test]
fn a_weak_shared_secret_does_not_serve() {
    let place = Place::new();
    let refused = place.run_with(
        "serve --listen 127.0.0.1:0 --set tokens.algorithm=HS256 --set tokens.audience=api",
        &[("JOTGATE_TOKENS__SECRET", "your-256-bit-secret")],
        "",
    );
    let text = refused.refused(3);
    assert!(text.contains("tokens.secret") && !text.contains("your-256-bit-secret"), "{text}");
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("loopback has free ports")
        .port()
}

const PASSWORD: &str = "seven brass kettles hum";
