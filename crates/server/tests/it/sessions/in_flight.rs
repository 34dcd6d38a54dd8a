//! Logins and refreshes in flight while the password changes, the account is disabled, and the like (I8): what was
//! answered before the commit is worth nothing after it, and nothing of the old credentials is made any more.

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_server::app::App;
use jotgate_server::flow::change_password::{ChangePassword, change_password};
use jotgate_server::flow::log_out::log_out_everywhere;
use jotgate_server::flow::operator::{self, By};
use jotgate_server::flow::{Session, authenticate::Caller};
use jotgate_server::store::sessions::{self, SessionRow};
use jotgate_server::store::{SessionId, Tx, UserId, audit};
use jotgate_token::Clock;
use tokio::task::JoinSet;

use super::world::{UNTHROTTLED, caller, client, code, logged_in, refreshed, signed_up};
use super::{is_deep, postgres};

/// What ends the sessions of an account.
#[derive(Debug, Clone, Copy)]
enum Ender {
    ChangePassword,
    SetPassword,
    LogOutEverywhere,
    Disable,
    Delete,
}

const ENDERS: [Ender; 5] =
    [Ender::ChangePassword, Ender::SetPassword, Ender::LogOutEverywhere, Ender::Disable, Ender::Delete];

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_in_flight_outlives_what_ends_it_on_sqlite() {
    let server = TestApp::with(Engine::Sqlite, &UNTHROTTLED).await;
    race_all(&[&server.app], if is_deep() { 200 } else { 8 }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_in_flight_outlives_what_ends_it_on_two_servers_of_one_database() {
    let Some(engine) = postgres() else { return };
    let first = TestApp::with(engine, &UNTHROTTLED).await;
    let second = first.beside().await;
    race_all(&[&first.app, &second.app], if is_deep() { 100 } else { 6 }).await;
}

async fn race_all(servers: &[&App], rounds: u64) {
    for ender in ENDERS {
        for round in 0..rounds {
            race(servers, ender, round).await;
        }
    }
}

/// Six logins and six chains of refreshes against one ender, which starts a little later every time.
async fn race(servers: &[&App], ender: Ender, round: u64) {
    let app = |n: usize| servers[n % servers.len()].clone();
    let email = format!("{ender:?}-{round}@example.com").to_lowercase();
    let first = signed_up(servers[0], &email).await;
    let second = logged_in(&app(1), &email, PASSWORD).await.expect("the password is right");
    let user = UserId(first.user.id);
    let who = caller(servers[0], first.access_token.expose()).await.expect("the session is alive");

    let (mut logins, mut refreshes) = (JoinSet::new(), JoinSet::new());
    for n in 0..6 {
        logins.spawn(login_in_flight(app(n), email.clone()));
        let of = if n % 2 == 0 { &first } else { &second };
        refreshes.spawn(refreshes_in_flight(app(n), of.refresh_token.expose().to_owned()));
    }
    tokio::time::sleep(Duration::from_micros(round * 150)).await;
    let survivor = end(servers[0], &who, ender).await;
    let logins = logins.join_all().await.into_iter().flatten();
    let refreshes = refreshes.join_all().await.into_iter().flatten();
    let mut answered: Vec<Session> = refreshes.chain([first, second]).collect();
    if let Ender::LogOutEverywhere = ender {
        // The password is still good: a login may as well have come after, and then nothing has ended it.
        logins.for_each(drop);
    } else {
        answered.extend(logins);
    }

    for session in &answered {
        nothing_works(&app(1), session, ender).await;
        was_written_down(servers[0], session, ender).await;
    }
    if !matches!(ender, Ender::LogOutEverywhere) {
        let live = live_sessions(servers[0], user).await;
        let kept: Vec<SessionId> = survivor.iter().map(|session| id(servers[0], session)).collect();
        assert_eq!(live.iter().map(|row| row.id).collect::<Vec<_>>(), kept, "{ender:?}: who is still in");
    }
    match ender {
        Ender::Disable => nothing_comes_back(servers[0], user, &answered).await,
        Ender::ChangePassword | Ender::SetPassword => {
            assert_eq!(code(&logged_in(servers[0], &email, PASSWORD).await), "login.failed", "{ender:?}");
            logged_in(servers[0], &email, NEW_PASSWORD).await.expect("the new password is right");
        }
        Ender::LogOutEverywhere | Ender::Delete => {}
    }
}

async fn login_in_flight(app: App, email: String) -> Vec<Session> {
    let answer = logged_in(&app, &email, PASSWORD).await;
    assert!(["ok", "login.failed"].contains(&code(&answer)), "{}", code(&answer));
    answer.into_iter().collect()
}

/// One after the other until it is refused.
async fn refreshes_in_flight(app: App, mut token: String) -> Vec<Session> {
    let mut answered = Vec::new();
    for _ in 0..6 {
        match refreshed(&app, &token, None).await {
            Ok(session) => {
                token = session.refresh_token.expose().to_owned();
                answered.push(session);
            }
            refused => {
                let code = code(&refused);
                assert!(["refresh.revoked", "refresh.unknown"].contains(&code), "{code}");
                break;
            }
        }
    }
    answered
}

/// Answers the session that comes out of it, if one does.
async fn end(app: &App, who: &Caller, ender: Ender) -> Option<Session> {
    let user = who.user.id;
    match ender {
        Ender::ChangePassword => {
            let input =
                ChangePassword { current: Some(PASSWORD.into()), new: NEW_PASSWORD.into(), client: client() };
            Some(change_password(app, who, input).await.expect("the password changes"))
        }
        Ender::SetPassword => {
            operator::set_password(app, user, NEW_PASSWORD.into()).await.expect("the password is set");
            None
        }
        Ender::LogOutEverywhere => {
            log_out_everywhere(app, who, client()).await.expect("everybody is logged out");
            None
        }
        Ender::Disable => {
            operator::set_disabled(app, user, true, By::default()).await.expect("the account is disabled");
            None
        }
        Ender::Delete => {
            operator::delete_user(app, user).await.expect("the account is deleted");
            None
        }
    }
}

async fn nothing_works(app: &App, session: &Session, ender: Ender) {
    let expected = if let Ender::Delete = ender { "refresh.unknown" } else { "refresh.revoked" };
    assert_eq!(code(&refreshed(app, session.refresh_token.expose(), None).await), expected, "{ender:?}");
    assert_eq!(code(&caller(app, session.access_token.expose()).await), "revoked.session", "{ender:?}");
}

/// Whoever follows what ends must have heard of this one too.
async fn was_written_down(app: &App, session: &Session, ender: Ender) {
    let id = id(app, session);
    let events = app.store.read(async move |tx: &mut Tx<'_>| audit::list_by_session(tx, id, 100).await);
    let events = events.await.expect("the audit can be read");
    let ended = events.iter().filter(|event| event.kind == "session.ended").count();
    assert_eq!(ended, 1, "{ender:?}: a session ends once, and in writing");
}

async fn nothing_comes_back(app: &App, user: UserId, answered: &[Session]) {
    operator::set_disabled(app, user.0, false, By::default()).await.expect("the account is enabled");
    for session in answered {
        nothing_works(app, session, Ender::Disable).await;
    }
}

async fn live_sessions(app: &App, user: UserId) -> Vec<SessionRow> {
    let now = app.clock.now_ms();
    let read = app.store.read(async move |tx: &mut Tx<'_>| sessions::list_live(tx, user, now).await);
    read.await.expect("sessions can be listed")
}

fn id(app: &App, session: &Session) -> SessionId {
    let opened = app.keyring.refresh().open(session.refresh_token.expose());
    SessionId::from(opened.expect("a token made here").session())
}

const NEW_PASSWORD: &str = "eight copper ladles ring";
