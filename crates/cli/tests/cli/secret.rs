//! `jotgate secret`.

use super::run::Place;

#[test]
fn a_secret_is_64_hexadecimal_characters_and_never_the_same() {
    let place = Place::new();
    let (first, second) = (place.run("secret"), place.run("secret"));
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    assert!(first.good().len() == 64 && is_hex(first.good()), "{}", first.stdout);
    assert_ne!(first.good(), second.good());
}

#[test]
fn length_and_encoding_can_be_chosen() {
    let place = Place::new();
    assert_eq!(place.run("secret --bytes 64").good().len(), 128);
    assert_eq!(place.run("secret --base64url").good().len(), 43);
    assert_eq!(place.run("secret --bytes 8").refused(2).matches("16..=1024").count(), 1);
    let short = place.run("secret --bytes 16");
    assert!(short.code == 0 && short.stderr.contains("at least 32 bytes"), "{}", short.stderr);
}

#[test]
fn json_names_the_parts() {
    let answer = Place::new().run("secret --bytes 48 --base64url --json").json();
    assert_eq!((answer["bytes"].as_u64(), answer["encoding"].as_str()), (Some(48), Some("base64url")));
    assert_eq!(answer["secret"].as_str().map(str::len), Some(64));
}

#[test]
fn a_file_holds_the_secret_alone_and_is_never_overwritten() {
    let place = Place::new();
    let answer = place.run("secret --out secret.txt");
    let secret = place.read("secret.txt");
    assert_eq!(secret.len(), 64, "the characters and no end of line");
    assert!(!answer.good().contains(&secret));
    assert!(place.run("secret --out secret.txt").refused(3).contains("exists already"));
    assert_eq!(place.read("secret.txt"), secret);
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    place.run("secret --out secret.txt").good();
    let mode = std::fs::metadata(place.path("secret.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_folder_that_is_not_there_is_an_environment_error() {
    let refused = Place::new().run("secret --out nowhere/secret.txt");
    assert!(refused.refused(3).contains("cannot be written"));
    let json = Place::new().run("secret --out nowhere/secret.txt --json");
    assert_eq!((json.code, json.json()["ok"].as_bool()), (3, Some(false)));
}
