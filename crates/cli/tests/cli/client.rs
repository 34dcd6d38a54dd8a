//! `jotgate client`, without a server and beside a running one.

use serde_json::{Value, json};

use super::run::Place;
use super::serving::{Reply, Serving};

fn ask(server: &Serving, id: &str, secret: &str) -> Reply {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    server.post_form("/oauth/token", &form)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

#[test]
fn a_client_is_added_shown_listed_changed_and_deleted() {
    let place = Place::new();
    let added = place.run("client add reports --scope read --scope write --audience api --json").json();
    assert!(text(&added["client_secret"]).starts_with("jgc_"), "{added}");
    assert_eq!((&added["scope"], &added["audiences"]), (&json!("read write"), &json!(["api"])));
    let shown = place.run("client show reports --json");
    assert_eq!(shown.json()["client_id"], "reports");
    assert!(!shown.stdout.contains("jgc_"), "a secret is shown once");
    assert!(place.run("client list").good().contains("reports"));
    let changed = place.run("client change reports --scope read --json").json();
    assert_eq!((&changed["scope"], &changed["audiences"]), (&json!("read"), &json!(["api"])));
    assert!(place.run("client add reports").refused(1).starts_with("request.body"));
    assert!(place.run("client delete reports").refused(2).contains("--yes"), "nobody is there to ask");
    place.run("client delete reports --yes").good();
    assert!(place.run("client show reports").refused(1).starts_with("request.not_found"));
    for words in ["disable", "enable", "rotate-secret", "change --scope x"] {
        let mut words = words.splitn(2, ' ');
        let (verb, rest) = (words.next().unwrap(), words.next().unwrap_or_default());
        assert_eq!(place.run(&format!("client {verb} reports {rest}")).code, 1, "{verb}");
    }
}

#[test]
fn a_secret_can_go_to_a_file_that_nobody_else_reads() {
    let place = Place::new();
    let told = place.run("client add reports --secret-file secret.txt");
    assert!(told.code == 0 && !told.stdout.contains("jgc_"), "{}", told.stdout);
    let secret = place.read("secret.txt");
    assert!(secret.starts_with("jgc_") && secret.len() == 47, "{secret}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(place.path("secret.txt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let again = place.run("client rotate-secret reports --secret-file secret.txt");
    assert_eq!(again.code, 3);
    assert!(again.stderr.contains("rotate-secret"), "{}", again.stderr);
}

#[test]
fn a_key_of_its_own_takes_the_place_of_a_secret() {
    let place = Place::new();
    place.run("key generate ES256 --out key.json --public public.json").good();
    let private = place.run("client add billing --jwks key.json");
    assert!(private.code == 1 && private.stderr.contains("public"), "{}", private.stderr);
    let added = place.run("client add billing --auth private_key_jwt --jwks public.json --json").json();
    assert_eq!((&added["auth"], &added["client_secret"]), (&json!("private_key_jwt"), &Value::Null));
    assert_eq!(added["keys"].as_array().map(Vec::len), Some(1));
    assert_eq!(place.run("client add other --auth private_key_jwt").code, 2);
    assert_eq!(place.run("client add other --auth secret --jwks public.json").code, 2);
    assert_eq!(place.run("client rotate-secret billing").code, 1);
    place.run("key generate Ed25519 --out new.json --public new-public.json").good();
    let changed = place.run("client change billing --jwks new-public.json --json").json();
    assert_ne!(changed["keys"], added["keys"]);
    assert_eq!(changed["keys"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_running_server_sees_every_change_at_once() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let secret = place.run("client add reports --json").json()["client_secret"].clone();
    let token = ask(&server, "reports", text(&secret));
    assert_eq!(token.status, 200, "{}", token.body);
    let token = text(&token.body["access_token"]).to_owned();
    assert_eq!(server.get("/v1/verify", Some(&token)).status, 200);

    let new = place.run("client rotate-secret reports --keep-old 0s --json").json()["client_secret"].clone();
    assert_eq!(ask(&server, "reports", text(&secret)).status, 401);
    assert_eq!(ask(&server, "reports", text(&new)).status, 200);
    assert_eq!(server.get("/v1/verify", Some(&token)).status, 200);

    place.run("client disable reports").good();
    assert_eq!(ask(&server, "reports", text(&new)).body["error"], "invalid_client");
    assert_eq!(server.get("/v1/verify", Some(&token)).body["reason"], "revoked.subject");
    place.run("client enable reports").good();
    assert_eq!(ask(&server, "reports", text(&new)).status, 200);
}
