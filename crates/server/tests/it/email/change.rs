//! Another address for an account.

use jotgate_harness::{Engine, PASSWORD, TestApp};
use serde_json::{Value, json};

use super::world::{OTHER, asked, letters, logged_in, mails, newest, posted, refused};

async fn change(server: &TestApp, access: &str, body: &Value) -> (u16, String) {
    let answer = server.post("/v1/email", body).bearer(access).send().await;
    (answer.status, answer.reason())
}

async fn confirm(server: &TestApp, access: &str, body: &Value) -> (u16, String) {
    let answer = server.post("/v1/email/verify", body).bearer(access).send().await;
    (answer.status, answer.reason())
}

#[tokio::test]
async fn takes_effect_when_the_new_address_has_proven_itself_and_tells_the_old_one() {
    for engine in Engine::all() {
        for by_code in [false, true] {
            let server = TestApp::new(engine).await;
            let access = server.sign_up("ada@example.com").await.member("access_token");
            let old_reset = {
                asked(&server, "/v1/password/forgot", "ada@example.com").await;
                newest(&server, "/reset").await
            };
            let body = json!({"email": "Lovelace@example.org", "password": PASSWORD});
            assert_eq!(change(&server, &access, &body).await.0, 202);
            let mail = newest(&server, "/verify-email").await;
            assert_eq!(mail.to, "Lovelace@example.org");
            assert_eq!(server.get("/v1/me").bearer(&access).send().await.json()["email"], "ada@example.com");

            let shown = if by_code { mail.by_code("lovelace@example.org") } else { mail.by_token() };
            assert_eq!(confirm(&server, &access, &shown).await.0, 204, "{engine:?}");
            let me = server.get("/v1/me").bearer(&access).send().await.json();
            assert_eq!((&me["email"], &me["email_verified"]), (&json!("Lovelace@example.org"), &json!(true)));
            let told = mails(&server).await.pop().unwrap();
            assert_eq!(told.to, "ada@example.com");
            let text = letters(&server).await.pop().unwrap().text;
            assert!(text.contains("Lovelace@example.org"), "{text}");

            assert_eq!(logged_in(&server, "lovelace@example.org", PASSWORD).await.0, 200);
            assert_eq!(logged_in(&server, "ada@example.com", PASSWORD).await.0, 401);
            let mut body = old_reset.by_token();
            body["new"] = OTHER.into();
            let void = posted(&server, "/v1/password/reset", &body).await;
            assert_eq!(void, refused(410, "link.expired"), "{engine:?}: who reads the old address stays out");
        }
    }
}

#[tokio::test]
async fn wants_the_password_or_a_recent_login() {
    let server = TestApp::new(Engine::Sqlite).await;
    let access = server.sign_up("ada@example.com").await.member("access_token");
    let to = |password: Option<&str>| match password {
        Some(password) => json!({"email": "new@example.org", "password": password}),
        None => json!({"email": "new@example.org"}),
    };
    assert_eq!(change(&server, &access, &to(Some(OTHER))).await, refused(403, "password.wrong"));
    assert_eq!(change(&server, &access, &to(None)).await.0, 202, "the login was a moment ago");
    let same = json!({"email": "ADA@example.com", "password": PASSWORD});
    assert_eq!(change(&server, &access, &same).await, refused(400, "signup.email_invalid"));
    server.clock.advance(std::time::Duration::from_secs(3601));
    let later = server.log_in("ada@example.com").await;
    server.clock.advance(std::time::Duration::from_secs(3601));
    let refresh = json!({"refresh_token": later.member("refresh_token")});
    let access = server.post("/v1/refresh", &refresh).send().await.member("access_token");
    assert_eq!(change(&server, &access, &to(None)).await, refused(401, "stepup.required"));
    assert_eq!(change(&server, &access, &to(Some(PASSWORD))).await.0, 202);
}

/// Else a stranger could give an account of theirs the address of somebody who opens the mail, and keep the key.
#[tokio::test]
async fn is_confirmed_only_by_whoever_is_logged_in_to_the_account() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let mallory = server.sign_up("mallory@example.com").await.member("access_token");
        let bob = server.sign_up("bob@example.com").await.member("access_token");
        let body = json!({"email": "victim@example.org", "password": PASSWORD});
        assert_eq!(change(&server, &mallory, &body).await.0, 202);
        let mail = newest(&server, "/verify-email").await;
        for shown in [mail.by_token(), mail.by_code("victim@example.org")] {
            let nobody = posted(&server, "/v1/email/verify", &shown).await;
            assert_eq!(nobody, refused(401, "token.missing"), "{engine:?}");
            assert_eq!(confirm(&server, &bob, &shown).await, refused(401, "token.missing"), "{engine:?}");
        }
        assert_eq!(logged_in(&server, "victim@example.org", PASSWORD).await.0, 401);
    }
}

/// Two race for one address: the account that has it is not shared, and the other is told once it has proven to be able
/// to read the mail anyway.
#[tokio::test]
async fn of_two_who_want_one_address_one_gets_it() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let mut links = Vec::new();
        for name in ["ada", "bob"] {
            let access = server.sign_up(&format!("{name}@example.com")).await.member("access_token");
            let body = json!({"email": "one@example.org", "password": PASSWORD});
            assert_eq!(change(&server, &access, &body).await.0, 202);
            links.push((access, newest(&server, "/verify-email").await));
        }
        let (first, second) = (&links[0], &links[1]);
        let (first_body, second_body) = (first.1.by_token(), second.1.by_token());
        let (a, b) =
            tokio::join!(confirm(&server, &first.0, &first_body), confirm(&server, &second.0, &second_body));
        let mut both = [a, b];
        both.sort();
        assert_eq!(both, [(204, "no reason".to_owned()), refused(409, "signup.taken")], "{engine:?}");
    }
}

#[tokio::test]
async fn does_not_say_whether_the_new_address_has_an_account() {
    let server = TestApp::new(Engine::Sqlite).await;
    server.sign_up("bob@example.com").await;
    let access = server.sign_up("ada@example.com").await.member("access_token");
    letters(&server).await;
    let mut shown = Vec::new();
    for email in ["bob@example.com", "nobody@example.com"] {
        let body = json!({"email": email, "password": PASSWORD});
        shown.push(server.post("/v1/email", &body).bearer(&access).send().await.shown());
        letters(&server).await;
    }
    assert_eq!(shown[0], shown[1]);
    let sent = mails(&server).await;
    let to_bob = &sent[sent.len() - 2];
    assert_eq!((to_bob.to.as_str(), to_bob.token.as_str()), ("bob@example.com", ""), "only told");
}
