//! `jotgate token lint`.

use serde_json::Value;

use super::run::{Answer, Place};

const NOW: &str = "1700000000";

/// A token with the claims of RFC 9068 and nothing to say against it, signed with `key.json`.
fn place() -> Place {
    let place = Place::new();
    place.run("key generate ES256 --kid k --out key.json --public public.json").good();
    place.run("key generate ES256 --kid k --out other.json --public other-public.json").good();
    place.write("token.txt", sign(&place, "--claim client_id=app --claim jti=j --typ at+jwt"));
    place
}

fn sign(place: &Place, more: &str) -> String {
    let signed = place.run(&format!(
        "token sign --key key.json --iss https://id.example --aud api --sub 42 --expires-in 15m --now {NOW} {more}"
    ));
    assert_eq!(signed.code, 0, "{}", signed.stderr);
    signed.stdout
}

fn lint(place: &Place, words: &str) -> Answer {
    place.run(&format!("token lint --now {NOW} {words}"))
}

fn rules(answer: &Answer) -> Vec<String> {
    let json = answer.json();
    let findings = json["findings"].as_array().expect("an answer has findings");
    findings.iter().map(|one| one["rule"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_good_token_passes_with_its_key_and_without() {
    let place = place();
    assert_eq!(lint(&place, "token.txt").good(), "nothing to find fault with");
    assert_eq!(lint(&place, "--key public.json --deny note token.txt").good(), "nothing to find fault with");
    let other = lint(&place, "--key other-public.json token.txt --json");
    assert_eq!((other.code, rules(&other)), (1, vec!["signature-mismatch".to_owned()]));
}

#[test]
fn each_finding_says_what_where_why_and_what_to_do() {
    let place = place();
    place.write("bad.txt", sign(&place, "--claim password=hunter2 --typ invite+jwt"));
    let answer = lint(&place, "--allow claim-unregistered bad.txt");
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""));
    let lines: Vec<&str> = answer.stdout.lines().collect();
    assert_eq!(lines[0], "error  secret-password  claims.password: a text of 7 characters");
    assert!(
        answer.stdout.contains("  mend: Take it out") && answer.stdout.ends_with("\n1 error\n"),
        "{}",
        answer.stdout
    );
    assert!(answer.stdout.contains("/docs/tokens.md#signed-is-not-encrypted"), "{}", answer.stdout);
    assert!(!answer.stdout.contains("hunter2"));
    let json = lint(&place, "bad.txt --json").json();
    assert_eq!((json["ok"].as_bool(), json["counts"]["error"].as_u64()), (Some(false), Some(1)));
    assert_eq!(
        (json["findings"][0]["rule"].as_str(), json["findings"][0]["place"].as_str()),
        (Some("secret-password"), Some("claims.password"))
    );
    assert!(json["findings"][0]["page"].as_str().unwrap().ends_with("lint-rules.md#secret-password"));
    assert!(!json.to_string().contains("hunter2"));
}

#[test]
fn the_exit_code_follows_deny_and_allow() {
    let place = place();
    place.write("mail.txt", sign(&place, "--claim email=ada@example.com --typ invite+jwt"));
    assert_eq!(lint(&place, "mail.txt").code, 0);
    assert_eq!(lint(&place, "mail.txt --deny warning").code, 1);
    assert_eq!(
        lint(&place, "mail.txt --deny warning --allow personal-email").good(),
        "nothing to find fault with"
    );
    assert!(lint(&place, "mail.txt --allow personal-emial").refused(2).contains("no rule has this name"));
    assert!(lint(&place, "mail.txt --deny hint").refused(2).contains("`note`, `warning` or `error`"));
}

#[test]
fn a_secret_is_judged_and_never_shown() {
    let place = Place::new();
    let secret = "correct-horse-battery-staple-0123456789";
    place.write("secret.txt", format!("{secret}\n"));
    let token = place.run(&format!("token sign --secret secret.txt --now {NOW} --expires-in 15m")).stdout;
    let answer = place.pipe(&format!("token lint --secret secret.txt --now {NOW}"), &token);
    assert!(
        answer.stdout.contains("secret-newline") && !answer.stdout.contains("signature-mismatch"),
        "{}",
        answer.stdout
    );
    assert!(!answer.stdout.contains(secret));
    place.write("weak.txt", "your-256-bit-secret");
    let answer = place.pipe(&format!("token lint --secret weak.txt --now {NOW} --json"), &token);
    assert!(
        rules(&answer).contains(&"secret-known".to_owned())
            && rules(&answer).contains(&"signature-mismatch".to_owned())
    );
}

#[test]
fn the_token_is_found_in_what_people_paste() {
    let place = place();
    let curl =
        format!("curl -H 'Authorization: Bearer {}' https://api.example/", place.read("token.txt").trim());
    let answer = place.pipe(&format!("token lint --now {NOW}"), &curl);
    assert_eq!((answer.code, answer.stdout.trim()), (0, "nothing to find fault with"));
    assert!(answer.stderr.starts_with("note: the token was found "), "{}", answer.stderr);
}

#[test]
fn a_secret_that_everybody_knows_is_recognised_without_being_given() {
    let place = Place::new();
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let answer = place.pipe("token lint", token);
    assert!(
        answer.stdout.contains("secret-known  signature: signed with \"your-256-bit-secret\""),
        "{}",
        answer.stdout
    );
    assert_eq!(answer.code, 1);
}

#[test]
fn a_key_that_is_refused_is_a_finding() {
    let place = place();
    place.write("weak.json", r#"{"kty":"oct","alg":"HS256","k":"AAAA"}"#);
    let answer = lint(&place, "--key weak.json token.txt --json");
    assert_eq!((answer.code, rules(&answer)), (1, vec!["key-refused".to_owned()]));
}

#[test]
fn text_that_is_no_token_is_a_finding() {
    let place = Place::new();
    let answer = place.pipe("token lint --json", "hello");
    assert_eq!((answer.code, rules(&answer)), (1, vec!["form-malformed".to_owned()]));
}

/// A folder as a build leaves it, with one of everything.
fn bundle() -> Place {
    let place = Place::new();
    for folder in ["dist", "dist/assets", "dist/node_modules", "dist/.git"] {
        std::fs::create_dir_all(place.path(folder)).expect("the temporary folder is writable");
    }
    place.write("dist/index.html", "<script>localStorage.setItem('token', t)</script>\n");
    place.write(
        "dist/assets/index.js",
        "import j from 'x';\nexport const t=()=>j.sign({a:1},\"hunter2hunter2\",{expiresIn:'1h'});\n",
    );
    place.write("dist/.env", "# settings\nJWT_SECRET=0f93kd02ls8qmz71vbty65ruwpeo4hgn\n");
    place.write("dist/logo.png", "localStorage.setItem('token', t)");
    place.write("dist/data.bin", "\0localStorage.setItem('token', t)");
    place.write("dist/node_modules/a.js", "jwt.sign(a,'hunter2')");
    place.write("dist/.git/config", "jwt.sign(a,'hunter2')");
    place
}

#[test]
fn a_bundle_is_walked_and_each_finding_has_its_place() {
    let place = bundle();
    let answer = lint(&place, "--bundle dist");
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""), "{}", answer.stdout);
    let text = &answer.stdout;
    for part in [
        "dist/.env\n",
        "dist/assets/index.js\n",
        "dist/index.html\n",
        "2:20",
        "2:1",
        "1:9",
        "2 errors, 2 warnings in 3 files",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert!(!text.contains("hunter2") && !text.contains("0f93kd02"), "{text}");
    let json = lint(&place, "--bundle dist --json").json();
    let found: Vec<(&str, &str, u64)> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (one["rule"].as_str().unwrap(), one["file"].as_str().unwrap(), one["line"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("bundle-env-file", "dist/.env", 1),
            ("bundle-secret", "dist/.env", 2),
            ("bundle-sign", "dist/assets/index.js", 2),
            ("bundle-storage", "dist/index.html", 1),
        ]
    );
    assert_eq!(json["files"], 3);
}

#[test]
fn node_modules_are_left_out_unless_asked_for() {
    let place = bundle();
    let json = lint(&place, "--bundle dist --node-modules --json").json();
    assert!(json["findings"].as_array().unwrap().iter().any(|one| one["file"] == "dist/node_modules/a.js"));
    assert!(json["findings"].as_array().unwrap().iter().all(|one| one["file"] != "dist/.git/config"));
}

#[test]
fn what_is_left_out_is_said() {
    let place = bundle();
    std::os::unix::fs::symlink("/etc", place.path("dist/link")).unwrap();
    place.write("dist/large.js", " ".repeat((1 << 20) + 1));
    let answer = lint(&place, "--bundle dist --max-size 1");
    assert!(
        answer.stderr.contains("note: dist/large.js was left out: 1 MiB, more than --max-size"),
        "{}",
        answer.stderr
    );
    assert!(answer.stderr.contains("note: dist/link was left out: a link"), "{}", answer.stderr);
    let json = lint(&place, "--bundle dist --max-size 1 --json").json();
    assert_eq!(json["left_out"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_clean_bundle_is_good_and_a_missing_one_is_not() {
    let place = Place::new();
    std::fs::create_dir(place.path("dist")).unwrap();
    place.write("dist/app.js", "fetch('/v1/me', { headers: { Authorization: `Bearer ${token}` } })");
    assert_eq!(lint(&place, "--bundle dist").good(), "nothing to find fault with in 1 file (66 bytes)");
    assert!(lint(&place, "--bundle dist/app.js").good().starts_with("nothing to find fault with in 1 file"));
    assert!(lint(&place, "--bundle build").refused(3).contains("--bundle"));
    assert!(lint(&place, "--bundle dist --secret s.txt").refused(2).contains("--secret"));
}

#[test]
fn fifty_megabytes_are_no_burden() {
    let place = Place::new();
    std::fs::create_dir(place.path("dist")).unwrap();
    let line = "function n(e,t){return e.algorithm===t.secret?localStorage.getItem(\"key\"):eyJust(e,`https://${t}`)}\n";
    let text = line.repeat((1 << 20) / line.len());
    for at in 0..50 {
        place.write(&format!("dist/chunk-{at:02}.js"), &text);
    }
    place.write("dist/last.js", format!("{text}jwt.sign(a,'hunter2')"));
    let found: Value = lint(&place, "--bundle dist --json").json();
    assert_eq!(found["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!((&found["findings"][0]["file"], found["files"].as_u64()), (&"dist/last.js".into(), Some(51)));
}
