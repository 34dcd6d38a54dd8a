//! Whatever takes tokens back says so in the feed, for long enough, and only if it happened.

use std::time::Duration;

use http::Method;
use jotgate_harness::{Answer, Engine, PASSWORD, TestApp};
use jotgate_jose::primitive::base64url;
use jotgate_server::flow::{operator, revocations::announce};
use jotgate_server::store::{StoreError, Tx};
use jotgate_token::access::AccessClaims;
use jotgate_token::revocation::Kind;
use serde_json::json;
use uuid::Uuid;

use super::follower::{Follower, everything};

/// What takes tokens back, and from whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Logout,
    LogoutByBearer,
    EndedFromTheList,
    LogoutEverywhere,
    PasswordChange,
    Reuse,
    Delete,
    OperatorPassword,
    OperatorDisables,
    OperatorDeletes,
    Roles,
    StepUp,
    FactorsReset,
}

pub(super) const OF_ONE_SESSION: [Cause; 5] =
    [Cause::Logout, Cause::LogoutByBearer, Cause::EndedFromTheList, Cause::Reuse, Cause::StepUp];
pub(super) const OF_THE_USER: [Cause; 8] = [
    Cause::LogoutEverywhere,
    Cause::PasswordChange,
    Cause::Delete,
    Cause::OperatorPassword,
    Cause::OperatorDisables,
    Cause::OperatorDeletes,
    Cause::Roles,
    Cause::FactorsReset,
];

#[tokio::test]
async fn what_ends_one_session_takes_back_its_tokens_and_no_others() {
    for (engine, cause) in every(&OF_ONE_SESSION) {
        let app = TestApp::new(engine).await;
        let (first, second) = (app.sign_up("bob@example.com").await, app.log_in("bob@example.com").await);
        cause.happens(&app, &first).await;
        let feed = everything(&app).await;
        assert!(ends(&feed, &claims(&first)), "{cause:?} {engine:?}");
        assert!(!ends(&feed, &claims(&second)), "{cause:?} {engine:?}");
        assert_eq!(feed.entries.len(), 1, "{cause:?} {engine:?}");
    }
}

#[tokio::test]
async fn what_ends_all_sessions_takes_back_every_token_of_the_user_and_nobody_elses() {
    for (engine, cause) in every(&OF_THE_USER) {
        let app = TestApp::new(engine).await;
        let ada = app.sign_up("ada@example.com").await;
        let (first, second) = (app.sign_up("bob@example.com").await, app.log_in("bob@example.com").await);
        cause.happens(&app, &first).await;
        let feed = everything(&app).await;
        for ended in [&first, &second] {
            assert!(ends(&feed, &claims(ended)), "{cause:?} {engine:?}");
        }
        assert!(!ends(&feed, &claims(&ada)), "{cause:?} {engine:?}");
    }
}

#[tokio::test]
async fn a_change_of_roles_takes_back_tokens_and_no_sessions() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let old = app.sign_up("bob@example.com").await;
        Cause::Roles.happens(&app, &old).await;
        let token = json!({"refresh_token": old.member("refresh_token")});
        let new = app.post("/v1/refresh", &token).send().await;
        let feed = everything(&app).await;
        let entry = feed.find(Kind::Subject, &claims(&old).sub).expect("an entry of the subject");
        assert_eq!(entry.value, claims(&new).epoch, "the new epoch is the first that counts");
        assert!(
            entry.value >= claims(&new).iat,
            "never below the clock, so that it survives a restored backup"
        );
        assert!(ends(&feed, &claims(&old)) && !ends(&feed, &claims(&new)), "{engine:?}");
    }
}

#[tokio::test]
async fn what_is_done_twice_is_announced_once_and_what_is_undone_never() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        for _ in 0..2 {
            Cause::Logout.happens(&app, &bob).await;
        }
        let of = app.app.clone();
        let undone = app.app.store.write(async move |tx: &mut Tx<'_>| {
            announce(&of, tx, Kind::Token, "undone", 0).await?;
            Err::<(), _>(StoreError::Busy)
        });
        assert_eq!(undone.await, Err(StoreError::Busy));
        let feed = everything(&app).await;
        assert_eq!((feed.entries.len(), feed.seq), (1, 1), "{engine:?}");
    }
}

/// The command line runs with other settings, a lifetime was lowered: the tokens that are out are as long as they are.
#[tokio::test]
async fn an_entry_outlives_the_longest_token_of_any_server() {
    for engine in Engine::all() {
        let app = TestApp::with(engine, &[("tokens.access_lifetime", "1h")]).await;
        let [first, second, third] = ["bob", "cleo", "dan"].map(|name| format!("{name}@example.com"));
        let (first, second) = (app.sign_up(&first).await, app.sign_up(&second).await);
        let beside = app.beside_with(&[("tokens.access_lifetime", "1m")]).await;
        let id: Uuid = claims(&first).sub.parse().expect("a user's id");
        operator::set_disabled(&beside.app, id, true, Default::default()).await.expect("it can be disabled");
        app.clock.advance(Duration::from_secs(3_000));
        let third = beside.sign_up(&third).await;
        for session in [&second, &third] {
            Cause::Logout.happens(&beside, session).await;
        }
        let feed = everything(&app).await;
        for session in [&first, &second, &third] {
            assert!(ends(&feed, &claims(session)), "{engine:?}");
        }
        // And once all of those are past, by no more than is needed.
        app.clock.advance(Duration::from_secs(2 * 3_600));
        let late = beside.sign_up("eve@example.com").await;
        Cause::Logout.happens(&beside, &late).await;
        let feed = everything(&beside).await;
        let entry = claims(&late).sid.and_then(|sid| feed.find(Kind::Session, &sid)).expect("an entry");
        assert_eq!(i64::from(entry.until), claims(&late).exp + 120 + 1, "{engine:?}");
        assert_eq!(feed.entries.len(), 1, "the others have ended and are not sent");
    }
}

#[tokio::test]
async fn a_session_that_was_replaced_is_taken_back() {
    let app = TestApp::new(Engine::Sqlite).await;
    let body = json!({"email": "bob@example.com", "password": PASSWORD, "delivery": "cookie"});
    let origin = "http://localhost:8080";
    let first = app.post("/v1/signup", &body).header("origin", origin).send().await;
    let again = app.post("/v1/login", &body).header("origin", origin).cookies(&first.cookies()).send().await;
    assert_eq!(again.status, 200, "{}", again.text());
    let feed = everything(&app).await;
    assert!(ends(&feed, &claims(&first)) && !ends(&feed, &claims(&again)));
}

#[tokio::test]
async fn what_has_ended_is_cleaned_up() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let bob = app.sign_up("bob@example.com").await;
        Cause::Logout.happens(&app, &bob).await;
        assert_eq!(everything(&app).await.entries.len(), 1);
        let rows = async || {
            let read = async |tx: &mut Tx<'_>| jotgate_server::store::revocations::list(tx, 0, 9, 0, 9).await;
            app.app.store.read(read).await.expect("the store answers").len()
        };
        app.clock.advance(Duration::from_secs(900 + 121));
        jotgate_server::flow::clean_up::clean_up(&app.app).await.expect("it can be cleaned up");
        assert_eq!((rows().await, app.app.feed.entries()), (1, 1), "{engine:?}: to the last second");
        app.clock.advance(Duration::from_secs(1));
        jotgate_server::flow::clean_up::clean_up(&app.app).await.expect("it can be cleaned up");
        assert_eq!((rows().await, app.app.feed.entries()), (0, 0), "{engine:?}");
        let after = everything(&app.beside().await).await;
        assert_eq!((after.entries.len(), after.seq), (0, 1), "its number stays used");
    }
}

impl Cause {
    pub(super) async fn happens(self, app: &TestApp, session: &Answer) {
        let (bearer, refresh) = (session.member("access_token"), session.member("refresh_token"));
        let id: Uuid = claims(session).sub.parse().expect("a user's id");
        let post = async |path: &str, body: serde_json::Value, status: u16| {
            let answer = app.post(path, &body).bearer(&bearer).send().await;
            assert_eq!(answer.status, status, "{self:?}: {}", answer.text());
        };
        let token = json!({"refresh_token": refresh});
        match self {
            Self::Logout => post("/v1/logout", token, 204).await,
            Self::LogoutByBearer => {
                let answer = app.call(Method::POST, "/v1/logout").bearer(&bearer).send().await;
                assert_eq!(answer.status, 204, "{}", answer.text());
            }
            Self::EndedFromTheList => {
                let path = format!("/v1/sessions/{}", claims(session).sid.expect("a session"));
                let answer = app.call(Method::DELETE, &path).bearer(&bearer).send().await;
                assert_eq!(answer.status, 204, "{}", answer.text());
            }
            Self::LogoutEverywhere => {
                let answer = app.call(Method::POST, "/v1/logout/all").bearer(&bearer).send().await;
                assert_eq!(answer.status, 204, "{}", answer.text());
            }
            Self::PasswordChange => {
                let change = json!({"current": PASSWORD, "new": "eleven quiet umbrellas"});
                post("/v1/password", change, 200).await;
            }
            Self::StepUp => post("/v1/stepup", json!({"password": PASSWORD}), 200).await,
            Self::FactorsReset => {
                let by = operator::By::default();
                operator::reset_factors(&app.app, id, by).await.expect("factors can be reset");
            }
            Self::Reuse => {
                post("/v1/refresh", token.clone(), 200).await;
                app.clock.advance(Duration::from_secs(120));
                post("/v1/refresh", token, 401).await;
            }
            Self::Delete => {
                let body = json!({"password": PASSWORD});
                let answer = app.call(Method::DELETE, "/v1/me").bearer(&bearer).json(&body).send().await;
                assert_eq!(answer.status, 204, "{}", answer.text());
            }
            Self::OperatorPassword => {
                let new = "eleven quiet umbrellas".to_owned().into();
                operator::set_password(&app.app, id, new).await.expect("a password can be set");
            }
            Self::OperatorDisables => {
                operator::set_disabled(&app.app, id, true, Default::default())
                    .await
                    .map(drop)
                    .expect("disabled");
            }
            Self::OperatorDeletes => operator::delete_user(&app.app, id).await.expect("deleted"),
            Self::Roles => {
                let roles = ["editor".to_owned()];
                operator::set_roles(&app.app, id, &roles, Default::default()).await.map(drop).expect("roles");
            }
        }
    }
}

pub(super) fn every(causes: &[Cause]) -> Vec<(Engine, Cause)> {
    Engine::all().into_iter().flat_map(|engine| causes.iter().map(move |cause| (engine, *cause))).collect()
}

/// Whether a verifier that knows this feed refuses the token as long as it would take it, with a clock that is two
/// minutes slow.
fn ends(feed: &Follower, claims: &AccessClaims) -> bool {
    let session = claims.sid.as_deref().and_then(|sid| feed.find(Kind::Session, sid));
    let subject = feed.find(Kind::Subject, &claims.sub).filter(|entry| entry.value > claims.epoch);
    [session, subject].into_iter().flatten().any(|entry| i64::from(entry.until) >= claims.exp + 120)
}

/// What an access token says, as whoever holds it can read.
pub(super) fn claims(answer: &Answer) -> AccessClaims {
    let token = answer.member("access_token");
    let payload = token.split('.').nth(1).expect("a token has a payload");
    serde_json::from_slice(&base64url::decode(payload).expect("base64url")).expect("claims")
}

#[tokio::test]
async fn what_narrows_a_client_takes_back_its_tokens() {
    use jotgate_server::flow::clients::{
        AddClient, ChangeClient, RotateSecret, add_client, change_client, delete_client, rotate_secret,
    };
    use secrecy::ExposeSecret;

    for (engine, cause) in
        Engine::all().into_iter().flat_map(|engine| (0..4).map(move |cause| (engine, cause)))
    {
        let app = TestApp::new(engine).await;
        let input = AddClient { id: "reports".into(), scopes: vec!["read".into()], ..AddClient::default() };
        let made = add_client(&app.app, input, Default::default()).await.expect("a new client");
        let secret = made.secret.expect("a secret").expose_secret().to_owned();
        let form = format!("grant_type=client_credentials&client_id=reports&client_secret={secret}");
        let asked = app.call(Method::POST, "/oauth/token").body("application/x-www-form-urlencoded", form);
        let token = asked.send().await;
        let change = |change| change_client(&app.app, "reports", change, Default::default());
        let done = match cause {
            0 => change(ChangeClient { disabled: Some(true), ..Default::default() }).await.is_ok(),
            1 => change(ChangeClient { scopes: Some(Vec::new()), ..Default::default() }).await.is_ok(),
            2 => delete_client(&app.app, "reports", Default::default()).await.is_ok(),
            _ => {
                let how = RotateSecret { keep_old: Duration::ZERO, revoke_tokens: true };
                rotate_secret(&app.app, "reports", how, Default::default()).await.is_ok()
            }
        };
        assert!(done, "cause {cause} {engine:?}");
        let feed = everything(&app).await;
        assert!(ends(&feed, &claims(&token)), "cause {cause} {engine:?}");
        assert_eq!(feed.entries.len(), 1, "cause {cause} {engine:?}");
    }
}
