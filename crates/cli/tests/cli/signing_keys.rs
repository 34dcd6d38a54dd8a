//! `jotgate signing-keys`, without a server and beside a running one, and the drill for a key that has leaked.

use serde_json::{Value, json};

use super::run::Place;
use super::serving::Serving;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

fn states(place: &Place) -> Vec<(String, String)> {
    let keys = place.run("signing-keys list --json").json();
    let line = |key: &Value| (text(&key["purpose"]).to_owned(), text(&key["state"]).to_owned());
    keys["keys"].as_array().expect("a list").iter().map(line).collect()
}

fn of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn a_rotation_is_planned_published_and_done() {
    let place = Place::new();
    assert_eq!(states(&place), of(&[("access", "active"), ("feed", "active")]));
    let plan = place.run("signing-keys rotate --plan").stdout;
    assert!(plan.contains("is published; it signs nothing yet"), "{plan}");
    assert!(plan.contains("(in 23 hours") || plan.contains("(in 1 day)"), "{plan}");
    assert_eq!(states(&place), of(&[("access", "active"), ("feed", "active")]), "a plan does nothing");

    place.run("signing-keys rotate").good();
    assert_eq!(states(&place), of(&[("access", "active"), ("access", "next"), ("feed", "active")]));
    let again = place.run("signing-keys rotate").good().to_owned();
    assert!(again.contains("is published already"), "{again}");
    let listed = place.run("signing-keys list").good().to_owned();
    assert!(listed.contains("signs in 23 hours") || listed.contains("signs in 1 day"), "{listed}");

    let done = place.run("signing-keys rotate --now --json").json();
    assert_eq!(done["done"].as_array().map(Vec::len), Some(5), "{done}");
    let after = [("access", "active"), ("access", "next"), ("access", "retired"), ("feed", "active")];
    assert_eq!(states(&place), of(&after), "and the one after it is published");
    place.run("signing-keys rotate --now --purpose feed").good();
    assert_eq!(states(&place), of(&[&after[..], &[("feed", "next"), ("feed", "retired")]].concat()));
}

#[test]
fn a_command_without_the_servers_settings_keeps_its_algorithm() {
    let place = Place::new();
    assert_eq!(place.run("signing-keys list --set tokens.algorithm=Ed25519").code, 0);
    place.run("signing-keys rotate --now").good();
    let keys = place.run("signing-keys list --json").json();
    assert_eq!(keys["keys"][0]["alg"], "Ed25519");
    assert_eq!((&keys["keys"][1]["alg"], &keys["keys"][2]["alg"]), (&json!("Ed25519"), &json!("Ed25519")));
}

#[test]
fn a_key_is_revoked_by_its_beginning_and_only_when_somebody_agrees() {
    let place = Place::new();
    let keys = place.run("signing-keys list --json").json();
    let kid = text(&keys["keys"][0]["kid"]).to_owned();
    assert!(place.run("signing-keys revoke no-such-key").refused(1).contains("no key no-such-key"));
    assert!(place.run(&format!("signing-keys revoke {kid}")).refused(2).contains("--yes"));
    let plan = place.run(&format!("signing-keys revoke {kid} --plan")).stdout;
    assert!(plan.contains("Nobody is logged out"), "{plan}");
    place.run(&format!("signing-keys revoke {} --yes", &kid[..12])).good();
    assert_eq!(states(&place), of(&[("access", "active"), ("access", "revoked"), ("feed", "active")]));
    assert!(place.run(&format!("signing-keys revoke {kid} --yes")).refused(1).contains("void already"));
    place.run("signing-keys revoke --all --yes").good();
    assert_eq!(
        states(&place),
        of(&[("access", "active"), ("access", "revoked"), ("access", "revoked"), ("feed", "active")])
    );
}

/// The steps of docs/when-a-key-leaks.md.
#[test]
fn the_drill_for_a_leaked_key() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let ada = json!({"email": "ada@example.com", "password": "seven brass kettles hum"});
    let session = server.post("/v1/signup", &ada).body;
    let (token, refresh) = (text(&session["access_token"]), text(&session["refresh_token"]));
    assert_eq!(server.get("/v1/me", Some(token)).status, 200);

    let set = server.get("/.well-known/jwks.json", None).body;
    let kid = text(&set["keys"][0]["kid"]).to_owned();
    assert!(place.run(&format!("signing-keys revoke {kid} --plan")).stdout.contains("within a second"));
    place.run(&format!("signing-keys revoke {kid} --yes")).good();

    // The server notices by itself, within a quarter of a second; a request takes less than a thousandth.
    let refused = (0..20_000).map(|_| server.get("/v1/me", Some(token))).find(|answer| answer.status == 401);
    assert_eq!(refused.expect("it is refused before long").body["reason"], "revoked.key");
    let after = server.get("/.well-known/jwks.json", None).body;
    assert!(after["keys"].as_array().expect("a set").iter().all(|key| key["kid"] != json!(kid)), "{after}");

    let refreshed = server.post("/v1/refresh", &json!({"refresh_token": refresh}));
    assert_eq!(refreshed.status, 200, "nobody is logged out: {}", refreshed.body);
    assert_eq!(server.get("/v1/me", Some(text(&refreshed.body["access_token"]))).status, 200);
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_master_key_in_the_data_folder_is_changed_beside_a_running_server() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let ada = json!({"email": "ada@example.com", "password": "seven brass kettles hum"});
    let session = server.post("/v1/signup", &ada).body;
    let old = place.read("jotgate-data/master.key");
    place.run("keys rekey").good();
    assert_ne!(place.read("jotgate-data/master.key"), old);
    let refreshed = server.post("/v1/refresh", &json!({"refresh_token": session["refresh_token"]}));
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    place.run("signing-keys rotate --now").good();
    let refreshed = server.post("/v1/refresh", &json!({"refresh_token": refreshed.body["refresh_token"]}));
    assert_eq!(server.get("/v1/me", Some(text(&refreshed.body["access_token"]))).status, 200);
    assert_eq!(server.stop().0, 0);

    // The file of before is refused, and so is none.
    let new = place.read("jotgate-data/master.key");
    place.write("jotgate-data/master.key", &old);
    assert!(place.run("signing-keys list").refused(3).contains("master key is not the one"));
    // A crash after the database was written leaves the new one beside the old one.
    place.write("jotgate-data/master.key.next", &new);
    place.run("signing-keys list").good();
    assert_eq!(place.read("jotgate-data/master.key"), new, "the change is brought to its end");
}

#[test]
fn a_configured_master_key_is_changed_to_one_in_a_file() {
    let place = Place::new();
    let secret = |name: &str| {
        let made = place.run("secret").stdout;
        place.write(name, &made);
        made.trim().to_owned()
    };
    let (old, new) = (secret("old"), secret("new"));
    let with = |key: &str, words: &str| place.run_with(words, &[("JOTGATE_KEYS__MASTER_KEY", key)], "");
    assert_eq!(with(&old, "signing-keys list").code, 0);
    assert!(with(&old, "keys rekey").refused(2).contains("--new-master-key-file"));
    with(&old, "keys rekey --new-master-key-file new").good();
    with(&new, "signing-keys list").good();
    assert!(with(&old, "signing-keys list").refused(3).contains("master key is not the one"));
}

#[test]
fn refresh_keys_are_rotated_and_revoked() {
    let place = Place::new();
    assert_eq!(place.run("signing-keys list").code, 0);
    assert!(place.run("keys rotate-refresh").good().contains("mints from"));
    assert!(place.run("keys rotate-refresh").refused(1).contains("waits for its time"));
    assert!(place.run("keys rotate-refresh --revoke").refused(2).contains("--yes"));
    let keys = place.run("keys rotate-refresh --revoke --yes --json").json();
    let over: Vec<_> = keys["keys"].as_array().expect("a list").iter().map(|key| &key["is_over"]).collect();
    assert_eq!(over, [true, true, false]);
}
