//! Second factors: who gets in with what, how often, and what tokens say of it.

mod brute_force;
mod claims;
mod enrolment;
mod interleavings;
mod login;
mod loss;
mod pages;
mod policy;
mod recovery;

use jotgate_harness::{Answer, PASSWORD, TestApp};
use jotgate_jose::primitive::base64url;
use jotgate_token::Clock;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder};

/// An authenticator app.
#[derive(Clone)]
struct Phone {
    secret: [u8; 20],
}

impl Phone {
    /// Reads what was shown to be typed.
    fn scan(secret: &str) -> Self {
        let five = |c: char| match c {
            'A'..='Z' => c as u64 - 'A' as u64,
            '2'..='7' => c as u64 - '2' as u64 + 26,
            other => panic!("{other:?} is not in base32"),
        };
        let bits: Vec<u64> = secret.chars().filter(|c| *c != ' ').map(five).collect();
        assert_eq!(bits.len(), 32);
        let mut bytes = bits.chunks(8).flat_map(|eight| {
            let all = eight.iter().fold(0, |all, five| all << 5 | five);
            (0..5).rev().map(move |n| u8::try_from(all >> (8 * n) & 255).expect("eight bits"))
        });
        Self { secret: std::array::from_fn(|_| bytes.next().expect("twenty bytes")) }
    }

    /// What it shows so many steps from now.
    fn shows(&self, app: &TestApp, steps: i64) -> String {
        let seconds = app.clock.now_ms() / 1000 + 30 * steps;
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(30)
            .with_secret(self.secret)
            .build_noncompliant();
        totp.generate(u64::try_from(seconds).expect("after 1970")).to_string()
    }

    /// What it shows now.
    fn code(&self, app: &TestApp) -> String {
        self.shows(app, 0)
    }

    /// A code that it shows at no time near now.
    fn wrong_code(&self, app: &TestApp) -> String {
        let near: Vec<String> = (-2..=2).map(|steps| self.shows(app, steps)).collect();
        let wrong = (0..10).map(|n| format!("{n:06}")).find(|code| !near.contains(code));
        wrong.expect("five codes are not ten")
    }
}

/// Waits until the phone shows another code.
fn wait_a_step(app: &TestApp) {
    app.clock.advance(std::time::Duration::from_secs(30));
}

/// What a JWT says.
fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&base64url::decode(payload).expect("base64url")).expect("JSON")
}

/// The words and the class of an access token.
fn said(answer: &Answer) -> String {
    let claims = claims(&answer.member("access_token"));
    let words: Vec<&str> =
        claims["amr"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    format!("{} acr={}", words.join(" "), claims["acr"].as_str().expect("a text"))
}

/// Adds an authenticator app to whoever has this token; answers it with the recovery codes.
async fn enrol(app: &TestApp, token: &str) -> (Phone, Vec<String>) {
    let begun = app.post("/v1/mfa/totp", &json!({})).bearer(token).send().await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let phone = Phone::scan(&begun.member("secret"));
    let code = phone.code(app);
    let confirmed = app.post("/v1/mfa/totp/confirm", &json!({"code": code})).bearer(token).send().await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.text());
    let codes = confirmed.json()["recovery_codes"].clone();
    (phone, serde_json::from_value(codes).unwrap_or_default())
}

/// Somebody with an authenticator app.
async fn with_phone(app: &TestApp, email: &str) -> (Phone, Vec<String>) {
    let token = app.sign_up(email).await.member("access_token");
    let enrolled = enrol(app, &token).await;
    wait_a_step(app);
    enrolled
}

/// The first step of a login: the right password, answered by the demand for a second factor.
async fn first_step(app: &TestApp, email: &str) -> String {
    let answer = app.post("/v1/login", &json!({"email": email, "password": PASSWORD})).send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (401, "login.mfa_required"), "{}", answer.text());
    answer.member("mfa_token")
}

/// The second step with a code of the app.
async fn second_step(app: &TestApp, mfa_token: &str, code: &str) -> Answer {
    app.post("/v1/login/mfa", &json!({"mfa_token": mfa_token, "code": code})).send().await
}

/// The second step with a recovery code.
async fn recover(app: &TestApp, mfa_token: &str, code: &str) -> Answer {
    app.post("/v1/login/mfa", &json!({"mfa_token": mfa_token, "recovery_code": code})).send().await
}

/// Both steps.
async fn log_in(app: &TestApp, email: &str, phone: &Phone) -> Answer {
    let mfa_token = first_step(app, email).await;
    let answer = second_step(app, &mfa_token, &phone.code(app)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// Status and reason.
fn refused(answer: &Answer) -> (u16, String) {
    (answer.status, answer.reason())
}

fn no(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}
