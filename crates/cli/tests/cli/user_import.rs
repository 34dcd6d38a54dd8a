//! `jotgate user import` and `user export`: files as each system writes them, in and out again.

use serde_json::{Value, json};

use super::run::{Answer, Place};
use super::serving::Serving;

/// `correct horse` by libxcrypt, `secret` by Keycloak 26, `user1password` as Firebase publishes it.
const BCRYPT: &str = "$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC";
const KEYCLOAK: &str = r#"{"type":"password","secretData":"{\"value\":\"xKjWvB9+0sSP6wTqI1JoEI7w+iA0x9VDhPgmrOHRG80=\",\"salt\":\"LRScGShC7shkdoU5B1UgUQ==\"}","credentialData":"{\"hashIterations\":5,\"algorithm\":\"argon2\",\"additionalParameters\":{\"hashLength\":[\"32\"],\"memory\":[\"7168\"],\"type\":[\"id\"],\"version\":[\"1.3\"],\"parallelism\":[\"1\"]}}"}"#;
const FIREBASE_HASH: &str =
    "lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==";
const FIREBASE_CONFIG: &str = "hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==,\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n";

fn import(place: &Place, words: &str) -> Value {
    let answer = place.run(&format!("user import {words} --json"));
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    answer.json()
}

/// How many users had each problem.
fn problems(answer: &Value) -> Value {
    let kinds = answer["problems"].as_array().expect("a list").iter();
    kinds.map(|kind| (kind["problem"].as_str().expect("a code").to_owned(), kind["users"].clone())).collect()
}

fn counts(answer: &Value) -> [u64; 3] {
    ["imported", "already_there", "left_out"].map(|name| answer[name].as_u64().expect("a number"))
}

fn show(place: &Place, whom: &str) -> Value {
    place.run(&format!("user show {whom} --json")).json()
}

fn log_in(server: &Serving, email: &str, password: &str) -> u16 {
    server.post("/v1/login", &json!({ "email": email, "password": password })).status
}

#[test]
fn auth0_in_both_of_its_forms() {
    let place = Place::new();
    let lines = [
        json!({"_id": {"$oid": "5dea9f9c82dd7c0e76e4ec93"}, "email_verified": false, "email": "ada@example.com", "passwordHash": BCRYPT,
               "created_at": {"$date": "2019-12-06T18:36:12.412Z"}, "tenant": "acme", "_tmp_is_unique": true, "name": "ada@example.com",
               "user_metadata": {"theme": "dark"}, "app_metadata": {"roles": ["editor"], "plan": "gold"}, "mfa_factors": [{"totp": {}}]}),
        json!({"_id": {"$oid": "5dea9f9c82dd7c0e76e4ec94"}, "identifiers": [{"type": "email", "value": "bob@example.com", "verified": true}],
               "blocked": true, "given_name": "Bob", "family_name": "Hale", "alt_id": "euclid"}),
    ];
    place.write("users.ndjson", lines.map(|line| line.to_string()).join("\n"));
    let answer = import(&place, "--from auth0 users.ndjson --ids ids.csv --report left.jsonl");
    assert_eq!(counts(&answer), [2, 0, 0]);
    assert_eq!(problems(&answer), json!({"application_data": 1, "password_missing": 1, "second_factor": 1}));
    let ada = show(&place, "ada@example.com");
    assert_eq!(
        (&ada["data"], &ada["roles"], &ada["name"]),
        (&json!({"theme": "dark"}), &json!(["editor"]), &Value::Null)
    );
    assert_eq!(ada["created_at"], "2019-12-06T18:36:12.412Z");
    let bob = show(&place, "bob@example.com");
    assert_eq!((&bob["name"], &bob["email_verified"]), (&json!("Bob Hale"), &json!(true)));
    assert_ne!(bob["disabled_at"], Value::Null);
    let ids = place.read("ids.csv");
    assert!(
        ids.contains(&format!(
            "auth0|5dea9f9c82dd7c0e76e4ec93,{},ada@example.com",
            ada["id"].as_str().unwrap()
        )),
        "{ids}"
    );
    assert!(ids.contains("auth0|euclid,"), "{ids}");
    let report: Vec<Value> =
        place.read("left.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(report.len(), 3);
    assert_eq!(
        (&report[2]["line"], &report[2]["user"], &report[2]["imported"]),
        (&json!(2), &json!("bob@example.com"), &json!(true))
    );
    assert!(!place.read("left.jsonl").contains("$2b$"), "no hash in a report");

    let custom =
        |email: &str, hash: Value| json!({"email": email, "user_id": "x", "custom_password_hash": hash});
    let array = json!([
        custom("c@example.com", json!({"algorithm": "bcrypt", "hash": {"value": BCRYPT}})),
        custom(
            "d@example.com",
            json!({"algorithm": "scrypt", "hash": {"value": "23862e1e9c7feb1249e3eb24ef885053e2a15befa03c4f1a1f35db1e28f18338", "encoding": "hex"},
                                       "salt": {"value": "0123456789abcdef", "encoding": "utf8"}, "cost": 1024, "blockSize": 8, "parallelization": 2})
        ),
        custom(
            "e@example.com",
            json!({"algorithm": "md5", "hash": {"value": "5f4dcc3b5aa765d61d8327deb882cf99", "encoding": "hex"}})
        ),
        custom(
            "f@example.com",
            json!({"algorithm": "bcrypt", "hash": {"value": BCRYPT}, "password": {"encoding": "utf16le"}})
        ),
    ]);
    place.write("users.json", array.to_string());
    let answer = import(&place, "--from auth0 users.json");
    assert_eq!(
        (counts(&answer), problems(&answer)["password_unknown_kind"].clone()),
        ([4, 0, 0], json!(1)),
        "{answer}"
    );
    let server = Serving::start(&place, "");
    for email in ["ada@example.com", "c@example.com", "d@example.com"] {
        assert_eq!(log_in(&server, email, "correct horse"), 200, "{email}");
        assert_eq!(log_in(&server, email, "correct horse"), 200, "{email}, as ours");
    }
    assert_eq!(log_in(&server, "f@example.com", "correct horse"), 401);
}

#[test]
fn firebase_as_json_and_csv_with_its_hash_parameters() {
    let place = Place::new();
    place.write("hash.txt", FIREBASE_CONFIG);
    let user = json!({"localId": "a1", "email": "ada@example.com", "emailVerified": true, "passwordHash": FIREBASE_HASH, "salt": "42xEC+ixf3L2lw==",
                      "displayName": "Ada", "createdAt": "1575657372412", "disabled": false, "customAttributes": "{\"roles\":[\"editor\"]}", "providerUserInfo": []});
    let phone = json!({"localId": "p1", "phoneNumber": "+12025550142"});
    place.write(
        "users.json",
        serde_json::to_string_pretty(&json!({"users": [user, phone, {"localId": "n1"}]})).unwrap(),
    );
    let answer = import(&place, "--from firebase users.json --hash-config hash.txt");
    assert_eq!(
        (counts(&answer), problems(&answer)),
        ([1, 0, 2], json!({"anonymous": 1, "email_missing": 1}))
    );
    let ada = show(&place, "ada@example.com");
    assert_eq!(
        (&ada["name"], &ada["roles"], &ada["created_at"]),
        (&json!("Ada"), &json!(["editor"]), &json!("2019-12-06T18:36:12.412Z"))
    );

    let row = format!(
        "b1,bob@example.com,false,{FIREBASE_HASH},42xEC+ixf3L2lw==,\"Hale, Bob\",,,,,,,,,,,,,,,,,,1575657372412,,,false,\"{{\"\"plan\"\":1}}\",\n"
    );
    place.write("users.csv", row);
    let answer = import(&place, "--from firebase users.csv --hash-config hash.txt");
    assert_eq!((counts(&answer), problems(&answer)), ([1, 0, 0], json!({"application_data": 1})));
    assert_eq!(show(&place, "bob@example.com")["name"], "Hale, Bob");
    let server = Serving::start(&place, "");
    assert_eq!(
        (
            log_in(&server, "ada@example.com", "user1password"),
            log_in(&server, "bob@example.com", "user1password")
        ),
        (200, 200)
    );

    assert!(place.run("user import --from firebase users.json").refused(2).contains("--hash-config"));
    place.write("wrong.txt", "rounds: 8");
    assert!(
        place
            .run("user import --from firebase users.json --hash-config wrong.txt")
            .refused(2)
            .contains("console")
    );
}

#[test]
fn keycloak_by_the_realm_and_by_its_user_files() {
    let place = Place::new();
    let user = format!(
        r#"{{"id":"7d5f6a1c-3b52-4e0f-9a41-0c6e4be291d7","username":"ada","firstName":"Ada","lastName":"Lovelace","email":"ada@example.com","emailVerified":true,"enabled":true,
        "createdTimestamp":1575657372412,"attributes":{{"plan":["gold"],"tags":["a","b"],"locale":["de"]}},"credentials":[{KEYCLOAK},{{"type":"otp","secretData":"{{}}"}}],
        "realmRoles":["default-roles-acme","offline_access","editor","admin"]}}"#
    );
    let robot = r#"{"id":"r","username":"service-account-x","enabled":true,"serviceAccountClientId":"x"}"#;
    place.write(
        "acme-realm.json",
        format!("{{\n\"realm\": \"acme\", \"clients\": [{{\"users\": 1}}],\n\"users\": [{user},\n{robot}]}}"),
    );
    place.write("acme-users-0.json", r#"{"realm":"acme","users":[{"username":"bob","enabled":false,"email":"bob@example.com","credentials":[]}]}"#);
    let answer = import(&place, "--from keycloak acme-realm.json acme-users-0.json");
    assert_eq!(counts(&answer), [2, 0, 1]);
    assert_eq!(
        problems(&answer),
        json!({"password_missing": 1, "program": 1, "role_admin": 1, "second_factor": 1})
    );
    let ada = show(&place, "ada");
    assert_eq!(
        (&ada["id"], &ada["name"]),
        (&json!("7d5f6a1c-3b52-4e0f-9a41-0c6e4be291d7"), &json!("Ada Lovelace"))
    );
    assert_eq!(
        (&ada["roles"], &ada["data"]),
        (&json!(["editor"]), &json!({"plan": "gold", "tags": ["a", "b"]}))
    );
    assert_ne!(show(&place, "bob")["disabled_at"], Value::Null);
    let server = Serving::start(&place, "");
    assert_eq!(log_in(&server, "ada@example.com", "secret"), 200);
}

#[test]
fn supabase_as_csv_and_json() {
    let place = Place::new();
    place.write("users.csv", format!(
        "instance_id,id,email,encrypted_password,email_confirmed_at,created_at,banned_until,raw_app_meta_data,raw_user_meta_data,is_anonymous,deleted_at\n\
         0,7d5f6a1c-3b52-4e0f-9a41-0c6e4be291d7,ada@example.com,{BCRYPT},2019-12-06 18:36:12.412+00,2019-12-06 18:36:12.412+00,,\"{{\"\"provider\"\":\"\"email\"\",\"\"providers\"\":[\"\"email\"\"],\"\"roles\"\":[\"\"editor\"\"]}}\",\"{{\"\"full_name\"\":\"\"Ada\"\",\"\"sub\"\":\"\"x\"\"}}\",f,\n\
         0,,,,,,,,,t,\n\
         0,,gone@example.com,,,,,,,f,2020-01-01 00:00:00+00\n"));
    let answer = import(&place, "--from supabase users.csv");
    assert_eq!((counts(&answer), problems(&answer)), ([1, 0, 2], json!({"anonymous": 1, "deleted": 1})));
    let ada = show(&place, "ada@example.com");
    assert_eq!(
        (&ada["id"], &ada["email_verified"]),
        (&json!("7d5f6a1c-3b52-4e0f-9a41-0c6e4be291d7"), &json!(true))
    );
    assert_eq!(
        (&ada["roles"], &ada["name"], &ada["data"]),
        (&json!(["editor"]), &json!("Ada"), &json!({"full_name": "Ada"}))
    );
    let banned = json!({"email": "bob@example.com", "encrypted_password": "", "banned_until": "2099-01-01T00:00:00Z",
                        "raw_app_meta_data": {"providers": ["google"], "internal": 1}, "email_confirmed_at": null});
    place.write("users.json", json!([banned]).to_string());
    let answer = import(&place, "--from supabase users.json");
    assert_eq!(problems(&answer), json!({"application_data": 1, "password_missing": 1, "social_login": 1}));
    assert_ne!(show(&place, "bob@example.com")["disabled_at"], Value::Null);
}

#[test]
fn what_is_exported_can_be_imported_again_as_it_was() {
    let (from, to) = (Place::new(), Place::new());
    from.write("hash.txt", FIREBASE_CONFIG);
    from.write("users.json", json!({"users": [{"localId": "a1", "email": "ada@example.com", "passwordHash": FIREBASE_HASH, "salt": "42xEC+ixf3L2lw==", "displayName": "\"Ada\", the first"}]}).to_string());
    import(&from, "--from firebase users.json --hash-config hash.txt");
    from.write("users.csv", format!("email,username,name,password_hash,email_verified,roles,created_at,data,disabled,shoe size,language\nbob@example.com,bob,Bob,{BCRYPT},true,a b,2019-12-06T18:36:12Z,\"{{\"\"k\"\":[1]}}\",true,43,fr-CA\n"));
    import(&from, "--from csv users.csv");

    for format in ["jsonl", "csv"] {
        let bare = from.run(&format!("user export bare.{format} --format {format}"));
        assert!(bare.good().contains("2 users"));
        assert!(!from.read(&format!("bare.{format}")).contains('$'), "no hash unless it is asked for");
        from.run(&format!("user export all.{format} --format {format} --with-password-hashes")).good();
        assert!(from.run(&format!("user export all.{format}")).refused(3).contains("not there yet"));
        let all = from.read(&format!("all.{format}"));
        assert!(all.contains("fr") && all.contains(BCRYPT) && all.contains("$fbscrypt$"), "{all}");
        to.write(&format!("all.{format}"), all);
    }
    assert_eq!(counts(&import(&to, "--from jsonl all.jsonl")), [2, 0, 0]);
    assert_eq!(counts(&import(&to, "--from csv all.csv")), [0, 2, 0], "the same two");
    for whom in ["ada@example.com", "bob"] {
        let (mut there, mut here) = (show(&from, whom), show(&to, whom));
        assert_eq!(there["disabled_at"].is_null(), here["disabled_at"].is_null());
        there["disabled_at"].take();
        here["disabled_at"].take();
        assert_eq!(there, here);
    }
    let server = Serving::start(&to, "");
    assert_eq!(log_in(&server, "ada@example.com", "user1password"), 200, "the signer key came along");
}

#[test]
fn an_import_goes_on_beside_a_server_and_can_be_run_again() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let line = |n: usize| format!("{{\"email\":\"user{n}@example.com\",\"password_hash\":\"{BCRYPT}\"}}\n");
    let mut lines: String = (0..1200).map(line).collect();
    lines.push_str("{\"email\": \n\n[1]\n{\"email\":\"last@example.com\"}\n");
    place.write("users.jsonl", &lines);
    let dry = import(&place, "--from jsonl users.jsonl --dry-run");
    assert_eq!(place.run("user list --json").json()["users"], json!([]), "nothing was written");
    let wet = import(&place, "--from jsonl users.jsonl");
    assert_eq!((counts(&dry), problems(&dry)), (counts(&wet), problems(&wet)));
    assert_eq!((counts(&wet), problems(&wet)["unreadable"].clone()), ([1201, 0, 2], json!(2)), "{wet}");
    assert_eq!(
        wet["problems"].as_array().unwrap().iter().find(|kind| kind["problem"] == "unreadable").unwrap()["first"]
            [0]["line"],
        1201
    );
    assert_eq!(log_in(&server, "user1199@example.com", "correct horse"), 200);
    assert_eq!(counts(&import(&place, "--from jsonl users.jsonl")), [0, 1201, 2]);
    let refused = place.run("user import --from jsonl users.jsonl --on-conflict fail");
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("1201 of the users are there already: user0@example.com"),
        "{}",
        refused.stderr
    );
    place.write("more.jsonl", "{\"email\":\"new@example.com\"}");
    assert_eq!(counts(&import(&place, "--from jsonl more.jsonl --on-conflict fail")), [1, 0, 0]);
}

#[test]
fn a_file_that_is_damaged_is_named_with_the_place() {
    let place = Place::new();
    let import = |name: &str, text: &[u8], words: &str| -> Answer {
        place.write(name, text);
        place.run(&format!("user import {words} {name}"))
    };
    let cut = import("cut.json", b"[{\"email\":\"ada@example.com\"},\n{\"email\":", "--from auth0");
    assert!(
        cut.code == 1 && cut.stderr.contains("cut.json is damaged: it ends in the middle (line 2"),
        "{}",
        cut.stderr
    );
    assert!(cut.stderr.contains("1 imported before") && cut.stderr.contains("again"), "{}", cut.stderr);
    let wide = import("wide.json", b"\xff\xfe[\0", "--from auth0");
    assert!(wide.stderr.contains("UTF-16"), "{}", wide.stderr);
    for (name, text, words, says) in [
        ("empty.json", &b""[..], "--from auth0", "is empty"),
        ("none.json", b"{\"realm\":\n\"x\"}", "--from keycloak", "no array `users`"),
        ("plain.csv", b"mail,name\na,b\n", "--from csv", "no column `email`"),
    ] {
        let answer = import(name, text, words);
        assert!(answer.code == 1 && answer.stderr.contains(says), "{name}: {}", answer.stderr);
    }
    assert!(place.run("user import --from auth0 missing.json").refused(3).contains("missing.json"));
    assert_eq!(place.run("user import missing.json").code, 2);
}

#[cfg(unix)]
#[test]
fn files_with_hashes_are_for_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    place.write("users.csv", "email\nada@example.com\n");
    std::fs::set_permissions(place.path("users.csv"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let open = place.run("user import --from csv users.csv --report left.jsonl --ids ids.csv");
    assert!(open.stderr.contains("chmod 600"), "{}", open.stderr);
    std::fs::set_permissions(place.path("users.csv"), std::fs::Permissions::from_mode(0o600)).unwrap();
    place.run("user import --from csv users.csv").good();
    place.run("user export all.csv --format csv").good();
    assert_eq!([mode("left.jsonl"), mode("ids.csv"), mode("all.csv")], [0o600; 3]);
}
