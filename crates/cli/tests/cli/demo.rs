//! `jotgate demo`: the whole story, which checks itself.

use super::run::Place;

#[test]
fn the_story_is_told_to_its_end_and_leaves_nothing() {
    let place = Place::new();
    std::fs::create_dir(place.path("tmp")).unwrap();
    let tmp = place.path("tmp").display().to_string();
    let answer = place.run_with("demo", &[("TMPDIR", &tmp)], "");
    let text = answer.good();
    for part in
        ["Sign up", "login.failed", "signature.invalid", "exp.expired", "refresh.reused", "revoked.session"]
    {
        assert!(text.contains(part), "{part} is missing");
    }
    assert!(!text.contains('\u{1b}'), "no colour in a pipe");
    assert_eq!(std::fs::read_dir(place.path("tmp")).unwrap().count(), 0);
    assert!(!place.path("jotgate-data").exists());
}

#[test]
fn it_listens_to_no_setting_and_can_be_stepped_and_read_by_machines() {
    let place = Place::new();
    place.write("jotgate.toml", "nonsense = 1\n");
    let stepped =
        place.run_with("demo --step", &[("JOTGATE_TOKENS__ACCESS_LIFETIME", "nonsense")], &"\n".repeat(20));
    assert!(stepped.code == 0 && stepped.stderr.contains("[Enter]"), "{}", stepped.stderr);
    let json = place.run("demo --json").json();
    assert_eq!(json["ok"], true);
    let reasons: Vec<_> =
        json["calls"].as_array().unwrap().iter().filter_map(|call| call["reason"].as_str()).collect();
    assert!(reasons.contains(&"refresh.reused"), "{reasons:?}");
}
