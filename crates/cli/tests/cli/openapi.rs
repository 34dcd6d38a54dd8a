//! `jotgate openapi`, `completions`, and what holds for every command.

use super::run::Place;

#[test]
fn the_description_is_openapi_31() {
    let document = Place::new().run("openapi").json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "http://localhost:8080");
    let login = &document["paths"]["/v1/login"]["post"];
    assert!(login["responses"]["401"]["description"].as_str().unwrap().contains("`login.failed`"));
    assert!(document["components"]["schemas"]["Session"]["properties"]["access_token"].is_object());
}

#[test]
fn the_collection_is_postman_21_with_the_tutorials_path() {
    let collection = Place::new().run("openapi --postman --base-url http://localhost:9000/").json();
    assert!(collection["info"]["schema"].as_str().unwrap().contains("v2.1.0"));
    assert_eq!(collection["variable"][0]["value"], "http://localhost:9000");
    let urls: Vec<_> =
        collection["item"].as_array().unwrap().iter().map(|item| &item["request"]["url"]["raw"]).collect();
    for path in ["signup", "login", "me", "refresh", "logout"] {
        assert!(urls.iter().any(|url| **url == format!("{{{{baseUrl}}}}/v1/{path}")), "{path} is missing");
    }
}

#[test]
fn a_base_that_is_no_url_is_wrong_usage() {
    assert!(Place::new().run("openapi --base-url localhost").refused(2).contains("--base-url"));
}

#[test]
fn completions_come_for_every_shell() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(place.run(&format!("completions {shell}")).good().contains("openapi"), "{shell}");
    }
    let json = place.run("completions bash --json").json();
    assert_eq!(json["shell"], "bash");
    assert_eq!(place.run("completions tcsh").code, 2);
}

#[test]
fn nothing_and_nonsense_are_wrong_usage_and_help_is_good() {
    let place = Place::new();
    assert!(place.run("").refused(2).contains("Usage:"));
    assert!(place.run("sevre").refused(2).contains("sevre"));
    assert!(place.run("--help").good().contains("Exit codes:"));
    assert!(place.run("--version").good().starts_with("jotgate 0."));
}
