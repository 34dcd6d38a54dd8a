//! `jotgate token diff`.

use super::run::Place;

const NOW: &str = "1700000000";

fn place() -> Place {
    let place = Place::new();
    place.run("key generate ES256 --kid k --out key.json --public public.json").good();
    let sign = |more: &str| {
        let signed = place.run(&format!("token sign --key key.json --sub 42 --now {NOW} {more}"));
        assert_eq!(signed.code, 0, "{}", signed.stderr);
        signed.stdout
    };
    place.write("one.txt", sign("--expires-in 15m --claim roles=[\"admin\"]"));
    place.write("two.txt", sign("--expires-in 2h --claim roles=[\"admin\",\"editor\"] --kid other"));
    place
}

#[test]
fn a_token_is_the_same_as_itself() {
    let place = place();
    let answer = place.run("token diff one.txt one.txt");
    assert!(answer.good().contains("the tokens are the same"), "{}", answer.stdout);
    let quoted = place
        .pipe("token diff one.txt -", &format!("Authorization: Bearer {}", place.read("one.txt").trim()));
    assert_eq!(quoted.code, 0, "{}", quoted.stdout);
    assert_eq!(place.run("token diff one.txt one.txt --json").json()["same"], true);
}

#[test]
fn members_times_and_lists_are_told_one_by_one() {
    let place = place();
    let answer = place.run("token diff one.txt two.txt");
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""));
    for line in [
        "  ~ kid  \"k\"  ->  \"other\"",
        "  ~ exp       1700000900  ->  1700007200  (1 hour 45 minutes later)",
        "  + roles[1]  \"editor\"",
        "  two tokens, signed each for itself",
        "  no signature was checked; --key or --secret checks both",
    ] {
        assert!(answer.stdout.lines().any(|one| one == line), "{line}\nis missing in\n{}", answer.stdout);
    }
    let json = place.run("token diff one.txt two.txt --json").json();
    assert_eq!(
        (json["claims"][0]["path"].as_str(), json["claims"][0]["seconds"].as_i64()),
        (Some("claims.exp"), Some(6300))
    );
    assert_eq!(
        (&json["claims"][1]["left"], json["claims"][1]["right"].as_str()),
        (&serde_json::Value::Null, Some("\"editor\""))
    );
}

#[test]
fn a_changed_payload_under_an_old_signature_is_recognised() {
    let place = place();
    let one = place.read("one.txt");
    let two = place.read("two.txt");
    let [header, _, signature] = one.trim().split('.').collect::<Vec<_>>()[..] else { panic!("{one}") };
    let forged = format!("{header}.{}.{signature}", two.split('.').nth(1).unwrap());
    let answer = place.pipe("token diff --key public.json one.txt -", &forged);
    assert!(
        answer.stdout.contains("at least one of them was changed after it was signed"),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("left: made by this key (k, thumbprint "), "{}", answer.stdout);
    assert!(answer.stdout.contains("right: not made by this key (signature.invalid"), "{}", answer.stdout);
}

#[test]
fn no_signature_is_ever_printed() {
    let place = place();
    for words in ["token diff one.txt two.txt", "token diff one.txt two.txt --json --key public.json"] {
        let answer = place.run(words);
        for token in ["one.txt", "two.txt"] {
            let token = place.read(token);
            let signature = token.trim().rsplit('.').next().unwrap().to_owned();
            assert!(!answer.stdout.contains(&signature) && !answer.stderr.contains(&signature));
        }
    }
}

#[test]
fn a_token_that_cannot_be_read_is_named_by_its_side() {
    let place = place();
    let answer = place.pipe("token diff one.txt -", "nonsense");
    assert!(answer.refused(1).contains("this is the token on the right"), "{}", answer.stderr);
    assert!(place.pipe("token diff - -", "x").refused(2).contains("standard input"));
    assert!(place.run("token diff one.txt").refused(2).contains("RIGHT"));
}
