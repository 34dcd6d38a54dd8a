//! What a login or an enrolment is refused for: one lie at a time, all else as it should be.

use std::time::Duration;

use jotgate_harness::{
    Engine, TestApp,
    authenticator::{ATTESTED, BACKED_UP, BACKUP_ELIGIBLE, Draft, PRESENT, VERIFIED},
};
use jotgate_jose::primitive::base64url;
use serde_json::{Value, json};

use super::{ADA, ask, ask_to_enrol, log_in, log_in_with, send_new, sign_up, with_passkey};

type Change = Box<dyn Fn(&mut Value)>;
type Lie = (&'static str, fn(&mut Draft));

#[tokio::test]
async fn a_login_with_one_thing_wrong_is_refused_and_says_which() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = with_passkey(&app, ADA).await;
    let lies: &[Lie] = &[
        ("to another question", |draft| draft.kind = "webauthn.create".into()),
        ("to another challenge", |draft| draft.challenge = base64url::encode(&[7; 32])),
        ("to another challenge", |draft| draft.challenge = String::new()),
        ("may use passkeys", |draft| draft.origin = "https://evil.example".into()),
        ("may use passkeys", |draft| draft.origin = "http://localhost:8081".into()),
        ("may use passkeys", |draft| draft.origin = "https://localhost:8080".into()),
        ("may use passkeys", |draft| draft.origin = "http://a.localhost:8080".into()),
        ("another site", |draft| draft.rp_id = "evil.example".into()),
        ("frame", |draft| draft.cross_origin = true),
        ("anybody was there", |draft| draft.flags &= !PRESENT),
        ("did not verify", |draft| draft.flags &= !VERIFIED),
        ("copies of the key", |draft| draft.flags |= BACKUP_ELIGIBLE),
        ("copies of the key", |draft| draft.flags |= BACKED_UP),
        ("whole and unchanged", |draft| draft.flags |= ATTESTED),
        ("whole and unchanged", |draft| draft.flags |= 0x80),
        ("whole and unchanged", |draft| draft.behind = vec![0]),
        ("whole and unchanged", |draft| draft.behind = vec![0; 1000]),
        ("counter", |draft| draft.counter = 0),
        ("of another account", |draft| draft.handle = None),
        ("of another account", |draft| draft.handle = Some(Vec::new())),
        ("of another account", |draft| draft.handle = Some(vec![9; 16])),
        ("No account here", |draft| draft.id = vec![9; 32]),
    ];
    assert_eq!(log_in_with(&app, &mut ada.device).await.status, 200);
    for (n, (said, lie)) in lies.iter().enumerate() {
        let given = ask(&app).await;
        let passkey = ada.device.get_with(&given["options"], lie);
        let answer = log_in(&app, &given, &passkey).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (401, "passkey.invalid"),
            "{n}: {}",
            answer.text()
        );
        assert!(answer.member("detail").contains(said), "{n}: {}", answer.member("detail"));
        assert!(answer.header("www-authenticate").starts_with("Jotgate "), "{n}");
    }
    assert_eq!(log_in_with(&app, &mut ada.device).await.status, 200, "and the truth is still believed");
}

/// Every text of the answer, changed after it was signed.
#[tokio::test]
async fn a_login_that_was_tampered_with_is_refused() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = with_passkey(&app, ADA).await;
    let flip = |text: &str, at: usize| {
        let mut bytes = base64url::decode(text).unwrap();
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 1;
        base64url::encode(&bytes)
    };
    let cut = |text: &str| base64url::encode(&base64url::decode(text).unwrap()[1..]);
    let mut changes: Vec<(&str, Change)> = Vec::new();
    for name in ["signature", "authenticatorData", "clientDataJSON", "userHandle"] {
        for at in [0, 9, usize::MAX] {
            changes.push((
                name,
                Box::new(move |answer| {
                    let text = answer["response"][name].as_str().unwrap();
                    answer["response"][name] = flip(text, at).into();
                }),
            ));
        }
        changes.push((
            name,
            Box::new(move |answer| {
                answer["response"][name] = cut(answer["response"][name].as_str().unwrap()).into();
            }),
        ));
        changes.push((name, Box::new(move |answer| answer["response"][name] = "".into())));
        changes.push((name, Box::new(move |answer| answer["response"][name] = 5.into())));
    }
    changes.push(("type", Box::new(|answer| answer["type"] = "password".into())));
    changes.push(("id", Box::new(|answer| answer["id"] = base64url::encode(&[1; 32]).into())));
    changes.push(("rawId", Box::new(|answer| answer["rawId"] = base64url::encode(&[1; 32]).into())));
    changes
        .push(("no response", Box::new(|answer| drop(answer.as_object_mut().unwrap().remove("response")))));
    changes.push(("nothing", Box::new(|answer| *answer = json!({}))));
    for (n, (name, change)) in changes.iter().enumerate() {
        let given = ask(&app).await;
        let mut passkey = ada.device.get(&given["options"]);
        change(&mut passkey);
        let answer = log_in(&app, &given, &passkey).await;
        assert_eq!(answer.reason(), "passkey.invalid", "{n} {name}: {}", answer.text());
    }
    for body in [
        json!({"passkey": {}}),
        json!({"challenge_token": "x"}),
        json!({"challenge_token": "x", "passkey": "y"}),
    ] {
        assert_eq!(app.post("/v1/login/passkey", &body).send().await.reason(), "request.body");
    }
}

#[tokio::test]
async fn a_challenge_is_good_once_and_for_five_minutes() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let given = ask(&app).await;
        let passkey = ada.device.get(&given["options"]);
        assert_eq!(log_in(&app, &given, &passkey).await.status, 200);
        let replayed = log_in(&app, &given, &passkey).await;
        assert_eq!((replayed.status, replayed.reason().as_str()), (410, "link.expired"), "{engine:?}");

        let other = ask(&app).await;
        assert_eq!(
            log_in(&app, &other, &passkey).await.reason(),
            "passkey.invalid",
            "an answer fits one challenge"
        );
        let truth = ada.device.get(&other["options"]);
        assert_eq!(log_in(&app, &other, &truth).await.reason(), "link.expired", "one answer, right or wrong");

        let given = ask(&app).await;
        let late = ada.device.get(&given["options"]);
        app.clock.advance(Duration::from_secs(300));
        assert_eq!(log_in(&app, &given, &late).await.reason(), "link.expired", "{engine:?}");
        let unknown = json!({"challenge_token": "never given", "options": {}});
        assert_eq!(log_in(&app, &unknown, &late).await.reason(), "link.expired");
    }
}

#[tokio::test]
async fn a_copied_key_is_refused_and_written_down() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let stolen = ada.device.passkeys().to_vec();
        for _ in 0..3 {
            assert_eq!(log_in_with(&app, &mut ada.device).await.status, 200);
        }
        let mut thief = jotgate_harness::Authenticator::new(super::ORIGIN);
        *thief.passkeys_mut() = stolen;
        let refused = log_in_with(&app, &mut thief).await;
        assert_eq!(
            (refused.reason().as_str(), refused.member("detail").contains("copy")),
            ("passkey.invalid", true)
        );
        assert!(app.log().contains("it may have been copied"), "{engine:?}");
        assert_eq!(log_in_with(&app, &mut ada.device).await.status, 200, "the owner's own goes on");
    }
}

/// Two answers with one counter: whichever comes second shows that two devices hold the key.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_logins_with_one_counter_one_gets_in() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let mut ada = with_passkey(&app, ADA).await;
        let mut twin = jotgate_harness::Authenticator::new(super::ORIGIN);
        *twin.passkeys_mut() = ada.device.passkeys().to_vec();
        let (first, second) = (ask(&app).await, ask(&app).await);
        let (one, other) = (ada.device.get(&first["options"]), twin.get(&second["options"]));
        let (one, other) = tokio::join!(log_in(&app, &first, &one), log_in(&app, &second, &other));
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "{engine:?}");
    }
}

#[tokio::test]
async fn an_enrolment_with_one_thing_wrong_is_refused_and_says_which() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = sign_up(&app, ADA).await;
    let lies: &[Lie] = &[
        ("to another question", |draft| draft.kind = "webauthn.get".into()),
        ("to another challenge", |draft| draft.challenge = base64url::encode(&[7; 32])),
        ("may use passkeys", |draft| draft.origin = "https://evil.example".into()),
        ("another site", |draft| draft.rp_id = "evil.example".into()),
        ("frame", |draft| draft.cross_origin = true),
        ("anybody was there", |draft| draft.flags &= !PRESENT),
        ("did not verify", |draft| draft.flags &= !VERIFIED),
        ("copies of the key", |draft| draft.flags |= BACKED_UP),
        ("whole and unchanged", |draft| draft.flags &= !ATTESTED),
        ("whole and unchanged", |draft| draft.flags |= 0x80),
        ("whole and unchanged", |draft| draft.behind = vec![0xa0]),
        ("whole and unchanged", |draft| draft.cose.truncate(70)),
        ("whole and unchanged", |draft| draft.id = vec![9; 1024]),
        ("whole and unchanged", |draft| draft.id = Vec::new()),
        // -8 (EdDSA), -47 (ES256K) and -65535 (RSA with SHA-1) in the place of -7, on a key of P-256.
        ("", |draft| draft.cose[4] = 0x27),
        ("", |draft| drop(draft.cose.splice(4..5, [0x38, 0x2e]))),
        ("", |draft| drop(draft.cose.splice(4..5, [0x39, 0xff, 0xfe]))),
        // A point that is not on the curve.
        ("", |draft| draft.cose[12] ^= 1),
    ];
    for (n, (said, lie)) in lies.iter().enumerate() {
        ada.device.passkeys_mut().clear();
        let given = ask_to_enrol(&app, &ada.token).await;
        let passkey = ada.device.create_with(&given["options"], lie);
        let answer = send_new(&app, &ada.token, &given, passkey, json!({})).await;
        assert_eq!(
            (answer.status, answer.reason().as_str()),
            (401, "passkey.invalid"),
            "{n}: {}",
            answer.text()
        );
        assert!(answer.member("detail").contains(said), "{n}: {}", answer.member("detail"));
    }
    let list = app.get("/v1/passkeys").bearer(&ada.token).send().await.json();
    assert_eq!(list, json!({"passkeys": []}));
}

#[tokio::test]
async fn an_enrolment_belongs_to_who_asked_for_it() {
    let app = TestApp::new(Engine::Sqlite).await;
    let mut ada = sign_up(&app, ADA).await;
    let mut eve = sign_up(&app, "eve@example.com").await;
    let given = ask_to_enrol(&app, &ada.token).await;
    let passkey = eve.device.create(&given["options"]);
    let stolen = send_new(&app, &eve.token, &given, passkey.clone(), json!({})).await;
    assert_eq!(stolen.reason(), "link.expired");
    let made = send_new(&app, &ada.token, &given, ada.device.create(&given["options"]), json!({})).await;
    assert_eq!(made.status, 201, "and it was not used up by somebody else");
    ada.token = log_in_with(&app, &mut ada.device).await.member("access_token");
    let again = send_new(&app, &ada.token, &given, passkey, json!({})).await;
    assert_eq!(again.reason(), "link.expired");

    // Questions of one kind are not answered by the other call.
    let login = ask(&app).await;
    let other = send_new(&app, &ada.token, &login, ada.device.get(&login["options"]), json!({})).await;
    assert_eq!(other.reason(), "link.expired");

    // A key that is stored for one account cannot be stored for another.
    let id = ada.device.passkeys()[0].id.clone();
    let given = ask_to_enrol(&app, &eve.token).await;
    let same = eve.device.create_with(&given["options"], |draft| draft.id = id);
    let taken = send_new(&app, &eve.token, &given, same, json!({})).await;
    assert_eq!(taken.reason(), "passkey.invalid");
}

#[tokio::test]
async fn a_key_of_one_account_does_not_open_another() {
    let app = TestApp::new(Engine::Sqlite).await;
    let ada = with_passkey(&app, ADA).await;
    let mut eve = with_passkey(&app, "eve@example.com").await;
    let handle = ada.device.passkeys()[0].handle.clone();
    let id = ada.device.passkeys()[0].id.clone();
    // Her own key under Ada's handle, and her own signature under Ada's key.
    for n in 0..2 {
        let given = ask(&app).await;
        let (handle, id) = (handle.clone(), id.clone());
        let passkey = eve.device.get_with(&given["options"], |draft| {
            draft.handle = Some(handle);
            if n == 1 {
                draft.id = id;
            }
        });
        assert_eq!(log_in(&app, &given, &passkey).await.reason(), "passkey.invalid", "{n}");
    }
    assert_eq!(log_in_with(&app, &mut eve.device).await.json()["user"]["email"], "eve@example.com");
}

#[tokio::test]
async fn enormous_and_deep_messages_are_refused_before_they_are_read() {
    let app = TestApp::new(Engine::Sqlite).await;
    let given = ask(&app).await;
    let big = json!({"challenge_token": given["challenge_token"], "passkey": {"id": "x".repeat(70_000)}});
    assert_eq!(app.post("/v1/login/passkey", &big).send().await.status, 413);
    let deep = format!("{{\"passkey\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let deep = app.call(http::Method::POST, "/v1/login/passkey").body("application/json", deep).send().await;
    assert_eq!(deep.reason(), "request.body");
    let twice = r#"{"challenge_token":"x","passkey":{"id":"a","id":"b"}}"#;
    let twice =
        app.call(http::Method::POST, "/v1/login/passkey").body("application/json", twice).send().await;
    assert_eq!(twice.reason(), "request.body");
}
