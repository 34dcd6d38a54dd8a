//! `POST /oauth/token` and the clients that call it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod administration;
mod assertions;
mod errors;
mod lives;
mod secrets;
mod source;

use jotgate_harness::{Answer, TestApp};
use jotgate_jose::{Algorithm, JwkSet, SigningKey};
use jotgate_server::flow::clients::{AddClient, WithSecret, add_client};
use secrecy::ExposeSecret;

const ISSUER: &str = "http://localhost:8080";

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Registers a client with a secret, and answers the secret.
async fn add(app: &TestApp, id: &str, scopes: &[&str], audiences: &[&str]) -> String {
    let input = AddClient { id: id.into(), scopes: texts(scopes), audiences: texts(audiences), jwks: None };
    let WithSecret { secret, .. } = add_client(&app.app, input, Default::default()).await.unwrap();
    let secret = secret.unwrap().expose_secret().to_owned();
    app.remember(&secret);
    secret
}

/// Registers a client with a key of its own, and answers the key.
async fn add_with_key(app: &TestApp, id: &str) -> SigningKey {
    let key = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("one");
    let jwks = JwkSet::new([key.verifying_key().public_jwk().unwrap()]).to_json().unwrap();
    let input = AddClient { id: id.into(), jwks: Some(jwks), ..AddClient::default() };
    add_client(&app.app, input, Default::default()).await.unwrap();
    key
}

async fn post(app: &TestApp, form: &str) -> Answer {
    post_as(app, form, None).await
}

async fn post_as(app: &TestApp, form: &str, authorization: Option<&str>) -> Answer {
    let call = app.call(http::Method::POST, "/oauth/token").body("application/x-www-form-urlencoded", form);
    authorization.iter().fold(call, |call, line| call.header("authorization", line)).send().await
}

/// A request of a client with its secret in the form.
async fn ask(app: &TestApp, id: &str, secret: &str, rest: &str) -> Answer {
    post(app, &format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{rest}")).await
}

fn error(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["error"].as_str().unwrap_or("none").to_owned())
}

fn verdict(status: u16, error: &str) -> (u16, String) {
    (status, error.to_owned())
}
