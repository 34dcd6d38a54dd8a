//! Sign-up where only proven addresses get in, and confirming an address.

use insta::assert_snapshot;
use jotgate_harness::{Engine, PASSWORD, TestApp, agreed};
use serde_json::json;

use super::world::{
    OTHER, asked, letters, logged_in, mails, newest, posted, proven, refused, signed_up, verified,
};

#[tokio::test]
async fn an_account_opens_when_its_address_is_proven() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let server = verified(engine).await;
        let body =
            json!({"email": " Ada@Example.com", "username": "ada", "name": "Ada", "password": PASSWORD});
        let answer = server.post("/v1/signup", &body).send().await;
        shown.push(answer.shown());
        let mail = newest(&server, "/verify-email").await;
        assert_eq!(mail.to, "Ada@Example.com");
        assert_eq!(
            logged_in(&server, "ada@example.com", PASSWORD).await,
            refused(403, "login.email_unverified")
        );
        assert_eq!(logged_in(&server, "ada@example.com", OTHER).await, refused(401, "login.failed"));
        // The login above sent another mail, which took the place of the first.
        let mail = newest(&server, "/verify-email").await;
        assert_eq!(posted(&server, "/v1/email/verify", &mail.by_token()).await.0, 204);
        let again = posted(&server, "/v1/email/verify", &mail.by_token()).await;
        assert_eq!(again, refused(410, "link.used"), "{engine:?}");
        let session = server.log_in("ada@example.com").await.json();
        assert_eq!(session["user"]["email_verified"], true);
        assert_eq!((&session["user"]["username"], &session["user"]["name"]), (&json!("ada"), &json!("Ada")));
    }
    assert_snapshot!(agreed(shown), @r#"
    202 application/json
    {
      "status": "verification_sent"
    }
    "#);
}

#[tokio::test]
async fn a_code_confirms_as_the_link_does() {
    let server = verified(Engine::Sqlite).await;
    signed_up(&server, "ada@example.com", PASSWORD).await;
    let mail = newest(&server, "/verify-email").await;
    let typed = json!({"email": "ADA@example.com", "code": mail.code.to_lowercase().replace('-', " ")});
    assert_eq!(posted(&server, "/v1/email/verify", &typed).await.0, 204);
    server.log_in("ada@example.com").await;
    assert_eq!(posted(&server, "/v1/email/verify", &typed).await, refused(401, "link.code_wrong"));
    assert_eq!(
        posted(&server, "/v1/email/verify", &json!({"code": "x"})).await,
        refused(400, "request.body")
    );
}

#[tokio::test]
async fn a_known_address_gets_a_mail_and_the_same_answer() {
    for engine in Engine::all() {
        let server = verified(engine).await;
        proven(&server, "ada@example.com").await;
        assert_eq!(signed_up(&server, "ADA@example.com", OTHER).await.status, 202);
        let mail = mails(&server).await.pop().unwrap();
        assert_eq!(
            (mail.to.as_str(), mail.token.as_str()),
            ("ada@example.com", ""),
            "{engine:?}: {}",
            mail.subject
        );
        assert_eq!(logged_in(&server, "ada@example.com", PASSWORD).await.0, 200);
        assert_eq!(logged_in(&server, "ada@example.com", OTHER).await.0, 401);
    }
}

#[tokio::test]
async fn what_says_nothing_about_anybody_is_still_said() {
    let server = verified(Engine::Sqlite).await;
    for (email, password, reason) in [
        ("ada", PASSWORD, "signup.email_invalid"),
        ("ada@example.com", "short", "password.too_short"),
        ("ada@example.com", "ada@example.com", "password.same_as_email"),
    ] {
        let answer = signed_up(&server, email, password).await;
        assert_eq!((answer.status, answer.reason().as_str()), (400, reason));
    }
    let named = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    assert_eq!(posted(&server, "/v1/signup", &named).await.0, 202);
    letters(&server).await;
    let taken = json!({"email": "bob@example.com", "username": "ADA", "password": PASSWORD});
    assert_eq!(posted(&server, "/v1/signup", &taken).await, refused(409, "signup.taken"));
    for mode in ["open", "closed"] {
        let other = server.beside_with(&[("signup.mode", mode)]).await;
        let status = signed_up(&other, &format!("{mode}@example.com"), PASSWORD).await.status;
        assert_eq!(status, if mode == "open" { 201 } else { 403 });
    }
}

/// The pre-hijacking rule, first half: whoever signed up first or second with somebody else's address, no password of
/// theirs opens what the owner proves.
#[tokio::test]
async fn of_two_who_signed_up_with_one_address_neither_password_stands() {
    for engine in Engine::all() {
        for attacker_first in [true, false] {
            let server = verified(engine).await;
            let (first, second) = if attacker_first { (OTHER, PASSWORD) } else { (PASSWORD, OTHER) };
            signed_up(&server, "ada@example.com", first).await;
            letters(&server).await;
            signed_up(&server, "ada@example.com", second).await;
            letters(&server).await;
            // Not even when the attacker has the owner sent a mail without a password in between.
            asked(&server, "/v1/email/resend", "ada@example.com").await;
            let mail = newest(&server, "/verify-email").await;
            assert_eq!(posted(&server, "/v1/email/verify", &mail.by_token()).await.0, 204);
            for password in [PASSWORD, OTHER] {
                assert_eq!(
                    logged_in(&server, "ada@example.com", password).await,
                    refused(401, "login.failed")
                );
            }
            asked(&server, "/v1/password/forgot", "ada@example.com").await;
            let mail = newest(&server, "/reset").await;
            let mut body = mail.by_token();
            body["new"] = "a third one nobody knows".into();
            assert_eq!(posted(&server, "/v1/password/reset", &body).await.0, 204, "{engine:?}");
            assert_eq!(logged_in(&server, "ada@example.com", "a third one nobody knows").await.0, 200);
        }
    }
}

#[tokio::test]
async fn who_signs_up_again_with_the_same_password_is_the_same_person() {
    for engine in Engine::all() {
        let server = verified(engine).await;
        for _ in 0..2 {
            signed_up(&server, "ada@example.com", PASSWORD).await;
            letters(&server).await;
        }
        let sent = mails(&server).await;
        assert_eq!(sent.len(), 2);
        let old = posted(&server, "/v1/email/verify", &sent[0].by_token()).await;
        assert_eq!(old, refused(410, "link.expired"), "{engine:?}: the newer took its place");
        assert_eq!(posted(&server, "/v1/email/verify", &sent[1].by_token()).await.0, 204);
        server.log_in("ada@example.com").await;
    }
}

/// The second half: what was set up before the proof goes with it.
#[tokio::test]
async fn the_first_proof_ends_the_sessions_of_whoever_was_in_before() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let session = server.sign_up("ada@example.com").await;
        let mail = newest(&server, "/verify-email").await;
        asked(&server, "/v1/password/forgot", "ada@example.com").await;
        let reset = newest(&server, "/reset").await;
        assert_eq!(posted(&server, "/v1/email/verify", &mail.by_token()).await.0, 204);
        let me = server.get("/v1/me").bearer(&session.member("access_token")).send().await;
        assert_eq!(me.reason(), "revoked.session", "{engine:?}");
        let refresh = json!({"refresh_token": session.member("refresh_token")});
        assert_eq!(posted(&server, "/v1/refresh", &refresh).await, refused(401, "refresh.revoked"));
        let mut body = reset.by_token();
        body["new"] = OTHER.into();
        assert_eq!(posted(&server, "/v1/password/reset", &body).await, refused(410, "link.expired"));
        // A second proof would end nothing: there is none to ask for.
        assert_eq!(asked(&server, "/v1/email/resend", "ada@example.com").await, 202);
        assert_eq!(newest(&server, "/verify-email").await.token, mail.token);
        server.log_in("ada@example.com").await;
    }
}

#[tokio::test]
async fn an_operators_word_for_an_address_is_enough() {
    use jotgate_server::flow::operator::{AddUser, add_user};
    let server = verified(Engine::Sqlite).await;
    let input = AddUser {
        email: "ada@example.com".into(),
        username: None,
        name: None,
        roles: Vec::new(),
        password: PASSWORD.into(),
    };
    assert!(add_user(&server.app, input).await.unwrap().user.email_verified);
    server.log_in("ada@example.com").await;
}

/// A mail at most every few minutes, however often somebody tries.
#[tokio::test]
async fn logins_before_the_proof_send_a_mail_now_and_then() {
    let server = verified(Engine::Sqlite).await;
    signed_up(&server, "ada@example.com", PASSWORD).await;
    assert_eq!(letters(&server).await.len(), 1);
    for _ in 0..3 {
        assert_eq!(logged_in(&server, "ada@example.com", PASSWORD).await.0, 403);
    }
    assert_eq!(letters(&server).await.len(), 2);
    server.clock.advance(std::time::Duration::from_secs(301));
    assert_eq!(logged_in(&server, "ada@example.com", PASSWORD).await.0, 403);
    assert_eq!(letters(&server).await.len(), 3);
}
