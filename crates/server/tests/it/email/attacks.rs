//! What strangers try with mails, links and codes.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::json;

use super::world::{OTHER, asked, letters, mails, newest, posted, refused};

/// Each network may ask for few codes, all together for not many more, and each code is void after five guesses. So an
/// hour of guessing, with as many addresses as one likes, is 60 guesses among a million millions.
#[tokio::test]
async fn an_hour_of_guessing_codes_from_everywhere_is_sixty_guesses() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        server.sign_up("ada@example.com").await;
        let mailed = letters(&server).await.len();
        let (mut wrong, mut counted) = (0, 0);
        for n in 0..40 {
            let from = format!("10.0.{n}.1");
            let ask = json!({"email": "ada@example.com"});
            assert_eq!(server.post("/v1/login/code", &ask).from(&from).send().await.status, 202);
            let code = letters(&server).await.len();
            for guess in 0..6 {
                let body = json!({"email": "ada@example.com", "code": format!("ZZZZ-ZZ{:02}", 22 + guess)});
                let answer = server.post("/v1/login/code/confirm", &body).from(&from).send().await;
                assert_eq!(answer.reason(), "link.code_wrong");
                wrong += 1;
            }
            // Void by now: its own reader could not use it.
            if code > mailed + counted {
                counted += 1;
                let body = newest(&server, "/login/code").await.by_code("ada@example.com");
                let reader = format!("10.1.{n}.1");
                let void = server.post("/v1/login/code/confirm", &body).from(&reader).send().await;
                assert_eq!(void.reason(), "link.code_wrong", "{engine:?}");
            }
        }
        assert_eq!(
            (wrong, counted),
            (240, 12 - 1),
            "{engine:?}: the sign-up's own mail was one of the twelve"
        );
        // The link in the newest mail is its reader's still.
        let body = newest(&server, "/login/code").await.by_token();
        assert_eq!(posted(&server, "/v1/login/code/confirm", &body).await.0, 200, "{engine:?}");
    }
}

/// One network guessing at many addresses runs into the same wall as one guessing passwords.
#[tokio::test]
async fn one_network_guesses_a_hundred_codes_and_then_waits() {
    let server = TestApp::new(Engine::Sqlite).await;
    for n in 0..100 {
        let body = json!({"email": format!("u{n}@example.com"), "code": "2222-2222"});
        assert_eq!(posted(&server, "/v1/login/code/confirm", &body).await, refused(401, "link.code_wrong"));
    }
    for path in ["/v1/login/code/confirm", "/v1/email/verify", "/v1/password/reset"] {
        let body = json!({"email": "ada@example.com", "code": "2222-2222", "new": OTHER});
        let answer = server.post(path, &body).send().await;
        assert_eq!(answer.reason(), "login.throttled", "{path}");
        assert!(!answer.header("retry-after").is_empty());
    }
    let elsewhere = json!({"email": "ada@example.com", "code": "2222-2222"});
    let answer = server.post("/v1/login/code/confirm", &elsewhere).from("10.1.1.1").send().await;
    assert_eq!(answer.reason(), "link.code_wrong", "others are not kept waiting");
}

/// The inbox of somebody who has nothing to do with it.
#[tokio::test]
async fn nobodys_inbox_is_flooded() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        server.sign_up("ada@example.com").await;
        let before = letters(&server).await.len();
        let ask = |path: &'static str, from: String| {
            server.post(path, &json!({"email": "ADA@example.com"})).from(&from).send()
        };
        for n in 0..10 {
            let path = ["/v1/password/forgot", "/v1/login/code", "/v1/email/resend"][n % 3];
            assert_eq!(ask(path, "10.0.0.1".into()).await.status, 202, "it is not told");
        }
        assert_eq!(letters(&server).await.len() - before, 4, "{engine:?}: from one network");
        for n in 2..42 {
            assert_eq!(ask("/v1/password/forgot", format!("10.0.{n}.1")).await.status, 202);
        }
        assert_eq!(letters(&server).await.len() - before, 11, "{engine:?}: from everywhere");
        server.clock.advance(Duration::from_secs(3601));
        assert_eq!(ask("/v1/password/forgot", "10.0.0.1".into()).await.status, 202);
        assert_eq!(
            letters(&server).await.len() - before,
            12,
            "{engine:?}: an hour later there is room again"
        );
    }
}

#[tokio::test]
async fn one_network_that_mails_everybody_is_told_to_wait() {
    let server = TestApp::new(Engine::Sqlite).await;
    for n in 0..60 {
        assert_eq!(asked(&server, "/v1/password/forgot", &format!("u{n}@example.com")).await, 202);
    }
    let answer = server.post("/v1/password/forgot", &json!({"email": "one@example.com"})).send().await;
    assert_eq!((answer.status, answer.reason().as_str()), (429, "mail.throttled"));
    assert!(answer.header("retry-after").parse::<u32>().unwrap() <= 900);
    // Signing up goes on; its mail waits to be asked for.
    server.sign_up("ada@example.com").await;
    assert!(letters(&server).await.is_empty());
}

#[tokio::test]
async fn no_link_does_the_work_of_another() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let access = server.sign_up("ada@example.com").await.member("access_token");
        let verify = newest(&server, "/verify-email").await;
        asked(&server, "/v1/password/forgot", "ada@example.com").await;
        let reset = newest(&server, "/reset").await;
        asked(&server, "/v1/login/code", "ada@example.com").await;
        let log_in = newest(&server, "/login/code").await;
        let change = json!({"email": "new@example.org", "password": PASSWORD});
        assert_eq!(server.post("/v1/email", &change).bearer(&access).send().await.status, 202);
        let change = newest(&server, "/verify-email").await;

        let places = ["/v1/email/verify", "/v1/password/reset", "/v1/login/code/confirm"];
        for (mail, own) in [(&verify, 0), (&reset, 1), (&log_in, 2), (&change, 0)] {
            for (place, path) in places.into_iter().enumerate().filter(|(place, _)| *place != own) {
                for (mut body, expected) in [
                    (mail.by_token(), refused(410, "link.expired")),
                    (mail.by_code(&mail.to), refused(401, "link.code_wrong")),
                ] {
                    body["new"] = OTHER.into();
                    assert_eq!(posted(&server, path, &body).await, expected, "{engine:?}: {own} at {place}");
                }
            }
        }
        assert_eq!(posted(&server, "/v1/login/code/confirm", &log_in.by_token()).await.0, 200);
    }
}

#[tokio::test]
async fn a_code_is_good_for_its_own_address_only() {
    let server = TestApp::new(Engine::Sqlite).await;
    for email in ["ada@example.com", "bob@example.com"] {
        server.sign_up(email).await;
        asked(&server, "/v1/login/code", email).await;
        letters(&server).await;
    }
    let of_bob = newest(&server, "/login/code").await;
    let crossed = posted(&server, "/v1/login/code/confirm", &of_bob.by_code("ada@example.com")).await;
    assert_eq!(crossed, refused(401, "link.code_wrong"));
    let answer = server.post("/v1/login/code/confirm", &of_bob.by_code("bob@example.com")).send().await;
    assert_eq!(answer.json()["user"]["email"], "bob@example.com");
}

#[tokio::test]
async fn a_forged_or_cut_link_is_nobodys() {
    let server = TestApp::new(Engine::Sqlite).await;
    server.sign_up("ada@example.com").await;
    asked(&server, "/v1/password/forgot", "ada@example.com").await;
    let token = newest(&server, "/reset").await.token;
    let zeros = "A".repeat(43);
    for forged in ["", &token[1..], &format!("{token}A"), &token.to_uppercase(), &zeros] {
        let body = json!({"token": forged, "new": OTHER});
        assert_eq!(posted(&server, "/v1/password/reset", &body).await, refused(410, "link.expired"));
    }
    assert_eq!(posted(&server, "/v1/password/reset", &json!({"token": token, "new": OTHER})).await.0, 204);
}

/// The link says where it leads by the configuration, whatever the request says about hosts.
#[tokio::test]
async fn a_host_header_does_not_get_into_a_mail() {
    let settings = [("http.hosts", "other.localhost:8080"), ("http.trusted_proxies", "192.0.2.0/24")];
    let server = TestApp::with(Engine::Sqlite, &settings).await;
    server.sign_up("ada@example.com").await;
    server
        .post("/v1/password/forgot", &json!({"email": "ada@example.com"}))
        .header("host", "other.localhost:8080")
        .header("x-forwarded-host", "evil.example")
        .header("forwarded", "host=evil.example;proto=https")
        .header("x-forwarded-proto", "https")
        .send()
        .await;
    let mail = letters(&server).await.pop().unwrap();
    assert!(mail.text.contains("http://localhost:8080/reset?token="), "{}", mail.subject);
    for text in [&mail.text, &mail.html] {
        assert!(!text.contains("evil.example") && !text.contains("other.localhost"));
    }
}

/// Two ways of writing count as one address here; elsewhere they may be two inboxes.
#[tokio::test]
async fn a_look_alike_address_does_not_get_the_mail_of_the_account() {
    let server = TestApp::new(Engine::Sqlite).await;
    server.sign_up("ada@example.com").await;
    for typed in ["\u{ff41}da@example.com", "ad\u{aa}@example.com", "ADA@EXAMPLE.COM"] {
        assert_eq!(asked(&server, "/v1/password/forgot", typed).await, 202);
        let mail = newest(&server, "/reset").await;
        assert_eq!(mail.to, "ada@example.com", "{typed}");
    }
}

#[tokio::test]
async fn an_address_carries_nothing_into_a_mail() {
    let server = TestApp::new(Engine::Sqlite).await;
    for bad in [
        "ada@example.com\r\nBcc: all@example.com",
        "ada@example.com, eve@example.com",
        "\"<script>alert(1)</script>\"@example.com",
        "<img src=x onerror=alert(1)>@example.com",
    ] {
        for path in ["/v1/password/forgot", "/v1/login/code", "/v1/email/resend"] {
            let body = json!({ "email": bad });
            assert_eq!(posted(&server, path, &body).await, refused(400, "signup.email_invalid"), "{bad}");
        }
    }
    let odd = "o'brien&co=\u{ff1c}b\u{ff1e}@example.com";
    server.sign_up(odd).await;
    let access = server.sign_up("ada@example.com").await.member("access_token");
    let change = json!({"email": "o'neil&amp@example.com", "password": PASSWORD});
    server.post("/v1/email", &change).bearer(&access).send().await;
    let confirm = newest(&server, "/verify-email").await.by_token();
    assert_eq!(server.post("/v1/email/verify", &confirm).bearer(&access).send().await.status, 204);
    let told = letters(&server).await.pop().unwrap();
    assert!(
        told.html.contains("o&#39;neil&#38;amp@example.com") || told.html.contains("o&#x27;neil&amp;amp@"),
        "{}",
        told.html
    );
    assert_eq!(mails(&server).await.iter().filter(|mail| mail.to.contains("brien")).count(), 1);
}

/// A page of another site cannot send JSON without asking, and is not answered when it asks.
#[tokio::test]
async fn another_site_cannot_ask_or_confirm_in_somebodys_name() {
    let server = TestApp::new(Engine::Sqlite).await;
    for path in [
        "/v1/password/forgot",
        "/v1/password/reset",
        "/v1/email",
        "/v1/email/verify",
        "/v1/email/resend",
        "/v1/login/code",
        "/v1/login/code/confirm",
    ] {
        let body = r#"{"email":"ada@example.com","token":"x","new":"y"}"#;
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            let call = server.call(http::Method::POST, path).body(kind, body);
            let answer = call.header("origin", "https://evil.example").send().await;
            assert!((400..500).contains(&answer.status), "{path} {kind}: {}", answer.status);
        }
        let asks = server
            .call(http::Method::OPTIONS, path)
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type")
            .send()
            .await;
        assert_eq!(asks.header("access-control-allow-origin"), "", "{path}");
    }
    assert!(letters(&server).await.is_empty());
}
