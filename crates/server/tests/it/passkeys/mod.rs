//! Passkeys over the JSON API, with a software authenticator in the place of browser and device.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod enrolment;
mod login;
mod only;
mod pages;
mod refusals;
mod second_factor;

use jotgate_harness::{Answer, Authenticator, TestApp};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const ORIGIN: &str = "http://localhost:8080";

/// Somebody who signed up a moment ago, with a browser of their own.
struct Person {
    token: String,
    device: Authenticator,
}

async fn sign_up(app: &TestApp, email: &str) -> Person {
    let token = app.sign_up(email).await.member("access_token");
    Person { token, device: Authenticator::new(ORIGIN) }
}

/// Somebody with a passkey.
async fn with_passkey(app: &TestApp, email: &str) -> Person {
    let mut person = sign_up(app, email).await;
    let made = enrol(app, &mut person, json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    person
}

/// `POST /v1/passkeys/options` and `POST /v1/passkeys`.
async fn enrol(app: &TestApp, person: &mut Person, more: Value) -> Answer {
    let given = ask_to_enrol(app, &person.token).await;
    let passkey = person.device.create(&given["options"]);
    let answer = send_new(app, &person.token, &given, passkey, more).await;
    if answer.status == 201 {
        // From here on changes of factors want a session in which one was shown.
        person.token = log_in_with(app, &mut person.device).await.member("access_token");
    }
    answer
}

async fn ask_to_enrol(app: &TestApp, token: &str) -> Value {
    let given = app.post("/v1/passkeys/options", &json!({})).bearer(token).send().await;
    assert_eq!(given.status, 200, "{}", given.text());
    remembered(app, given.json())
}

async fn send_new(app: &TestApp, token: &str, given: &Value, passkey: Value, more: Value) -> Answer {
    let mut body = json!({"challenge_token": given["challenge_token"], "passkey": passkey});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let answer = app.post("/v1/passkeys", &body).bearer(token).send().await;
    if answer.status == 201 {
        let json = answer.json();
        let codes = json["recovery_codes"].as_array().into_iter().flatten();
        codes.for_each(|code| app.remember(code.as_str().unwrap()));
    }
    answer
}

/// `POST /v1/login/passkey/options`.
async fn ask(app: &TestApp) -> Value {
    let given = app.post("/v1/login/passkey/options", &json!({})).send().await;
    assert_eq!(given.status, 200, "{}", given.text());
    remembered(app, given.json())
}

/// `POST /v1/login/passkey`.
async fn log_in(app: &TestApp, given: &Value, passkey: &Value) -> Answer {
    let body = json!({"challenge_token": given["challenge_token"], "passkey": passkey});
    app.post("/v1/login/passkey", &body).send().await
}

/// A whole login with a passkey.
async fn log_in_with(app: &TestApp, device: &mut Authenticator) -> Answer {
    let given = ask(app).await;
    let passkey = device.get(&given["options"]);
    log_in(app, &given, &passkey).await
}

fn remembered(app: &TestApp, given: Value) -> Value {
    app.remember(given["challenge_token"].as_str().unwrap());
    given
}

/// The claims of an access token.
fn claims(answer: &Answer) -> Value {
    let token = answer.member("access_token");
    let payload = token.split('.').nth(1).unwrap();
    let bytes = jotgate_jose::primitive::base64url::decode(payload).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}
