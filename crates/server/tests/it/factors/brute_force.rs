//! Whoever has the password must not be able to guess codes, and must not be able to lock the owner out.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

use super::{first_step, no, recover, refused, second_step, wait_a_step, with_phone};

const EMAIL: &str = "ada@example.com";

#[tokio::test]
async fn five_tries_and_the_login_is_over_also_when_they_come_at_once() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, codes) = with_phone(&app, EMAIL).await;
        let (waiting, wrong) = (first_step(&app, EMAIL).await, phone.wrong_code(&app));
        let one = || second_step(&app, &waiting, &wrong);
        let (a, b, c, d, e, f, g, h) = tokio::join!(one(), one(), one(), one(), one(), one(), one(), one());
        let answers = [a, b, c, d, e, f, g, h];
        let count = |reason: &str| answers.iter().filter(|answer| answer.reason() == reason).count();
        assert_eq!((count("mfa.code_wrong"), count("link.expired")), (5, 3), "{engine:?}");
        assert_eq!(refused(&recover(&app, &waiting, &codes[0]).await), no(410, "link.expired"), "{engine:?}");
    }
}

#[tokio::test]
async fn a_wrong_code_says_how_many_tries_are_left() {
    let app = TestApp::new(Engine::Sqlite).await;
    let (phone, _) = with_phone(&app, EMAIL).await;
    let waiting = first_step(&app, EMAIL).await;
    let mut said = Vec::new();
    for _ in 0..5 {
        said.push(second_step(&app, &waiting, &phone.wrong_code(&app)).await.member("detail"));
    }
    assert!(said[0].contains("4 tries are left") && said[3].contains("One try is left"), "{said:?}");
    assert!(said[4].contains("last try"), "{said:?}");
}

/// A guesser with the password, from as many addresses as it likes, with a new login for every try.
#[tokio::test]
async fn guessing_across_logins_and_addresses_comes_to_a_stop() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (phone, codes) = with_phone(&app, EMAIL).await;
        let mut looked_at = 0;
        for hour in 0..48 {
            for n in 0..20 {
                let from = format!("198.51.{hour}.{n}");
                let body = json!({"email": EMAIL, "password": PASSWORD});
                let asked = app.post("/v1/login", &body).from(&from).send().await;
                assert_eq!(asked.reason(), "login.mfa_required", "{engine:?}");
                let body = json!({"mfa_token": asked.member("mfa_token"), "code": phone.wrong_code(&app)});
                let answer = app.post("/v1/login/mfa", &body).from(&from).send().await;
                match answer.reason().as_str() {
                    "mfa.code_wrong" => looked_at += 1,
                    "login.throttled" => {
                        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
                        break;
                    }
                    other => panic!("{other}"),
                }
            }
            app.clock.advance(Duration::from_secs(3600));
        }
        // Ten an hour up to a hundred in a row, then one a day.
        assert!((100..=103).contains(&looked_at), "{engine:?}: {looked_at}");

        // The owner is not locked out: at a network where the account was used, and anywhere with a recovery code.
        let waiting = first_step(&app, EMAIL).await;
        assert_eq!(second_step(&app, &waiting, &phone.code(&app)).await.status, 200, "{engine:?}");
        let away = json!({"email": EMAIL, "password": PASSWORD});
        let asked = app.post("/v1/login", &away).from("203.0.113.9").send().await;
        let body = json!({"mfa_token": asked.member("mfa_token"), "recovery_code": codes[0]});
        assert_eq!(
            app.post("/v1/login/mfa", &body).from("203.0.113.9").send().await.status,
            200,
            "{engine:?}"
        );
    }
}

/// NIST SP 800-63B-4 section 3.2.2: at most 100 in a row.
#[tokio::test]
async fn after_a_hundred_in_a_row_an_app_is_asked_once_a_day_and_never_not_at_all() {
    let app = TestApp::with(
        Engine::Sqlite,
        &[
            ("login.pair_failures", "1000"),
            ("login.ip_failures", "1000000"),
            ("login.lock_unknown_after", "100"),
        ],
    )
    .await;
    let (phone, codes) = with_phone(&app, EMAIL).await;
    for _ in 0..20 {
        let waiting = first_step(&app, EMAIL).await;
        for _ in 0..5 {
            let answer = second_step(&app, &waiting, &phone.wrong_code(&app)).await;
            assert_eq!(answer.reason(), "mfa.code_wrong");
        }
    }
    let waiting = first_step(&app, EMAIL).await;
    let throttled = second_step(&app, &waiting, &phone.code(&app)).await;
    assert_eq!(refused(&throttled), no(429, "login.throttled"));
    assert_eq!(throttled.header("retry-after"), "86400");
    // No try was taken, and what nobody guesses goes on.
    assert_eq!(recover(&app, &waiting, &codes[0]).await.status, 200);

    // A success begins the row anew.
    wait_a_step(&app);
    let waiting = first_step(&app, EMAIL).await;
    assert_eq!(second_step(&app, &waiting, &phone.code(&app)).await.status, 200);
}

#[tokio::test]
async fn a_day_later_the_app_is_asked_again() {
    let app =
        TestApp::with(Engine::Sqlite, &[("login.pair_failures", "1000"), ("login.lock_unknown_after", "10")])
            .await;
    let (phone, _) = with_phone(&app, EMAIL).await;
    for _ in 0..2 {
        let waiting = first_step(&app, EMAIL).await;
        for _ in 0..5 {
            second_step(&app, &waiting, &phone.wrong_code(&app)).await;
        }
    }
    app.clock.advance(Duration::from_secs(86_000));
    let waiting = first_step(&app, EMAIL).await;
    assert_eq!(second_step(&app, &waiting, &phone.code(&app)).await.reason(), "login.throttled");
    app.clock.advance(Duration::from_secs(401));
    assert_eq!(second_step(&app, &waiting, &phone.code(&app)).await.status, 200);
}

/// The right password alone must not make a network one that the account knows.
#[tokio::test]
async fn an_address_from_which_only_the_password_was_right_stays_unknown() {
    let app = TestApp::with(Engine::Sqlite, &[("login.account_failures", "3")]).await;
    with_phone(&app, EMAIL).await;
    let log_in = async |password: &str, from: &str| {
        let body = json!({"email": EMAIL, "password": password});
        app.post("/v1/login", &body).from(from).send().await.reason()
    };
    assert_eq!(log_in(PASSWORD, "198.51.100.1").await, "login.mfa_required");
    for n in 2..5 {
        assert_eq!(log_in("eight copper pans sing", &format!("198.51.100.{n}")).await, "login.failed");
    }
    assert_eq!(log_in(PASSWORD, "198.51.100.1").await, "login.throttled");
    assert_eq!(log_in(PASSWORD, &jotgate_harness::PEER.to_string()).await, "login.mfa_required");
}
