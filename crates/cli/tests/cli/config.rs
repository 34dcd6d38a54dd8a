//! `jotgate config`.

use super::run::Place;

#[test]
fn what_is_in_force_is_shown_with_who_said_so() {
    let place = Place::new();
    place.write("jotgate.toml", "[sessions]\nidle_lifetime = \"2d\"\nrace_window = \"5s\"\n");
    let env = [("JOTGATE_SESSIONS__RACE_WINDOW", "6s"), ("JOTGATE_TOKENS__ACCESS_LIFETIME", "7m")];
    let shown = place.run_with("config show --json --set tokens.access_lifetime=8m", &env, "").json();
    let find = |key: &str| {
        let found =
            shown.as_array().unwrap().iter().find(|entry| entry["key"] == key).expect("every key is shown");
        (found["value"].as_str().unwrap().to_owned(), found["source"].as_str().unwrap().to_owned())
    };
    assert_eq!(find("tokens.access_lifetime").0, "8m", "a flag beats the environment");
    assert_eq!(find("sessions.race_window"), ("6s".into(), "JOTGATE_SESSIONS__RACE_WINDOW".into()));
    assert_eq!(find("sessions.idle_lifetime"), ("2d".into(), "jotgate.toml:2".into()));
    assert_eq!(find("sessions.absolute_lifetime"), ("30d".into(), "default".into()));
}

#[test]
fn secrets_are_not_shown() {
    let place = Place::new();
    let secret = place.run("secret").good().to_owned();
    place.write(".env", format!("JOTGATE_TOKENS__SECRET={secret}\n"));
    let words = "config show --env-file .env --set tokens.algorithm=HS256 --set tokens.audience=api";
    for format in ["", "--json"] {
        let shown = place.run(&format!("{words} {format}"));
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        assert!(shown.stdout.contains("tokens.secret") && !shown.stdout.contains(&secret));
    }
    let url = [("JOTGATE_DATABASE_URL", "postgres://jotgate:hunter2secret@db.example/jotgate")];
    let shown = place.run_with("config show", &url, "");
    assert!(
        !shown.stdout.contains("hunter2secret") && !shown.stderr.contains("hunter2secret"),
        "{}",
        shown.stdout
    );
}

#[test]
fn check_answers_yes_or_no() {
    let place = Place::new();
    assert!(place.run("config check").good().contains("good"));
    place.write("bad.toml", "lisen = \"127.0.0.1:1\"\n[tokens]\naccess_lifetime = \"25h\"\n");
    let answer = place.run("config check --config bad.toml");
    let text = answer.refused(1);
    assert!(text.contains("bad.toml:1") && text.contains("listen"), "{text}");
    let json = place.run("config check --config bad.toml --json");
    assert_eq!((json.code, json.json()["ok"].as_bool()), (1, Some(false)));
    assert!(
        json.json()["problems"][0]["mend"].as_str().is_some_and(|mend| mend.contains("listen")),
        "{}",
        json.stdout
    );
    assert!(place.run("config check --config nowhere.toml").refused(1).contains("nowhere.toml"));
    assert!(place.run("config show --set lisen=1").refused(3).contains("lisen"));
}
