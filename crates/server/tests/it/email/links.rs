//! A link is good once, for one purpose, one account, one address, for a while (OWASP, forgot password).

use std::sync::Arc;
use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::app::App;
use jotgate_server::flow::link::{self, Good, Made, Purpose, Shown, Unusable};
use jotgate_server::flow::operator::{AddUser, By, add_user, set_disabled, set_password};
use jotgate_server::rule::identity::Email;
use jotgate_server::store::users::{self, UserRow};
use jotgate_server::store::{Database, StoreError, Tx, UserId};
use tokio::task::JoinSet;

const ALL: [Purpose; 4] =
    [Purpose::VerifyEmail, Purpose::ResetPassword, Purpose::ChangeEmail, Purpose::LogIn];

async fn account(app: &App, email: &str) -> UserId {
    let input = AddUser {
        email: email.into(),
        username: None,
        name: None,
        roles: Vec::new(),
        password: jotgate_harness::PASSWORD.into(),
    };
    UserId(add_user(app, input).await.unwrap().user.id)
}

async fn row(app: &App, id: UserId) -> UserRow {
    app.store.read(async move |tx: &mut Tx<'_>| users::by_id(tx, id).await).await.unwrap().unwrap()
}

async fn made(app: &App, purpose: Purpose, id: UserId, to: &str) -> Made {
    let (of, user, to) = (app.clone(), row(app, id).await, Email::parse(to).unwrap());
    let made = app.store.write(async move |tx: &mut Tx<'_>| link::make(&of, tx, purpose, &user, &to).await);
    made.await.unwrap()
}

fn token(made: &Made) -> Shown {
    Shown::Token(made.url.split_once("?token=").unwrap().1.into())
}

fn code(email: &str, made: &Made) -> Shown {
    Shown::Code { email: email.into(), code: made.code.as_str().into() }
}

fn wrong(email: &str, n: u32) -> Shown {
    Shown::Code { email: email.into(), code: format!("2222-22{n:02}").replace(['0', '1'], "Z").into() }
}

async fn looked(app: &App, purposes: &[Purpose], shown: &Shown) -> Result<Good, Unusable> {
    let (of, purposes, shown) = (app.clone(), purposes.to_vec(), shown.clone());
    app.store.write(async move |tx: &mut Tx<'_>| link::look(&of, tx, &purposes, &shown).await).await.unwrap()
}

async fn used(app: &App, purpose: Purpose, shown: &Shown) -> Result<UserId, Unusable> {
    let (of, shown) = (app.clone(), shown.clone());
    let done = app.store.write(async move |tx: &mut Tx<'_>| {
        let good = match link::look(&of, tx, &[purpose], &shown).await? {
            Ok(good) => good,
            Err(unusable) => return Ok(Err(unusable)),
        };
        Ok(if link::use_up(&of, tx, &good).await? { Ok(good.user.id) } else { Err(Unusable::Used) })
    });
    done.await.unwrap()
}

#[tokio::test]
async fn a_link_and_its_code_are_one_thing_that_is_good_once() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let ada = account(app, "ada@example.com").await;
        for purpose in ALL {
            let made = made(app, purpose, ada, "ada@example.com").await;
            looked(app, &[purpose], &token(&made)).await.unwrap();
            looked(app, &[purpose], &code("ADA@Example.com", &made)).await.unwrap();
            assert_eq!(used(app, purpose, &token(&made)).await, Ok(ada), "{engine:?}");
            assert_eq!(used(app, purpose, &token(&made)).await, Err(Unusable::Used), "{engine:?}");
            let again = used(app, purpose, &code("ada@example.com", &made)).await;
            assert_eq!(again, Err(Unusable::WrongCode), "{engine:?}: the code went with the link");
        }
    }
}

/// Two at once, a hundred times over four purposes, by link and by code and by both: exactly one has it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_uses_the_link() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let beside = server.beside().await;
        let ada = account(&server.app, "ada@example.com").await;
        for round in 0..24_usize {
            let purpose = ALL[round % 4];
            let made = Arc::new(made(&server.app, purpose, ada, "ada@example.com").await);
            let mut racers = JoinSet::new();
            for n in 0..4 {
                let (app, made) = ([&server.app, &beside.app][n % 2].clone(), Arc::clone(&made));
                let by_code = (round / 4 + n) % 3 == 0;
                let shown = if by_code { code("ada@example.com", &made) } else { token(&made) };
                racers.spawn(async move { used(&app, purpose, &shown).await });
            }
            let won = racers.join_all().await.into_iter().filter(Result::is_ok).count();
            assert_eq!(won, 1, "{engine:?}, round {round}");
        }
    }
}

#[tokio::test]
async fn a_link_for_one_thing_does_no_other() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let ada = account(app, "ada@example.com").await;
        for purpose in ALL {
            let made = made(app, purpose, ada, "ada@example.com").await;
            for other in ALL.into_iter().filter(|other| *other != purpose) {
                assert_eq!(used(app, other, &token(&made)).await, Err(Unusable::Expired), "{engine:?}");
                let by_code = used(app, other, &code("ada@example.com", &made)).await;
                assert_eq!(by_code, Err(Unusable::WrongCode), "{engine:?}: {purpose:?} as {other:?}");
            }
            used(app, purpose, &token(&made)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_link_is_over_in_time() {
    let server = TestApp::new(Engine::Sqlite).await;
    let app = &server.app;
    let ada = account(app, "ada@example.com").await;
    for purpose in ALL {
        for (after, good) in [(-1, true), (0, false)] {
            let made = made(app, purpose, ada, "ada@example.com").await;
            let wait = u64::try_from(purpose.lifetime() + after).unwrap();
            server.clock.advance(Duration::from_millis(wait));
            assert_eq!(looked(app, &[purpose], &token(&made)).await.is_ok(), good, "{purpose:?}");
            let by_code = looked(app, &[purpose], &code("ada@example.com", &made)).await;
            assert_eq!(by_code.is_ok(), good, "{purpose:?}");
        }
    }
}

#[tokio::test]
async fn a_newer_link_voids_the_older_of_its_kind_and_account_only() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let ada = account(app, "ada@example.com").await;
        let bob = account(app, "bob@example.com").await;
        let reset = Purpose::ResetPassword;
        let old = made(app, reset, ada, "ada@example.com").await;
        let verify = made(app, Purpose::VerifyEmail, ada, "ada@example.com").await;
        let of_bob = made(app, reset, bob, "bob@example.com").await;
        let new = made(app, reset, ada, "ada@example.com").await;
        assert_eq!(used(app, reset, &token(&old)).await, Err(Unusable::Expired), "{engine:?}");
        assert_eq!(used(app, reset, &code("ada@example.com", &old)).await, Err(Unusable::WrongCode));
        assert_eq!(
            used(app, reset, &token(&of_bob)).await,
            Ok(bob),
            "{engine:?}: it opens bob and nobody else"
        );
        assert_eq!(used(app, reset, &token(&new)).await, Ok(ada), "{engine:?}");
        assert_eq!(used(app, Purpose::VerifyEmail, &token(&verify)).await, Ok(ada), "{engine:?}");
    }
}

/// Many made at once: had they not waited for each other, more than one would stand.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_made_at_once_one_is_left() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let ada = account(&server.app, "ada@example.com").await;
        let mut makers = JoinSet::new();
        for _ in 0..8 {
            let app = server.app.clone();
            makers.spawn(async move { made(&app, Purpose::ResetPassword, ada, "ada@example.com").await });
        }
        let mut good = 0;
        for made in makers.join_all().await {
            good += usize::from(looked(&server.app, &[Purpose::ResetPassword], &token(&made)).await.is_ok());
        }
        assert_eq!(good, 1, "{engine:?}");
    }
}

#[tokio::test]
async fn no_link_outlives_a_change_of_password_address_or_standing() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        for purpose in ALL {
            let email = |what: &str| format!("{what}.{purpose:?}@example.com");
            let changed = account(app, &email("changed")).await;
            let first = made(app, purpose, changed, &email("changed")).await;
            set_password(app, changed.0, "another nine brass kettles".into()).await.unwrap();
            assert_eq!(used(app, purpose, &token(&first)).await, Err(Unusable::Expired), "{engine:?}");
            let by_code = used(app, purpose, &code(&email("changed"), &first)).await;
            assert_eq!(by_code, Err(Unusable::WrongCode), "{engine:?}");

            let disabled = account(app, &email("disabled")).await;
            let second = made(app, purpose, disabled, &email("disabled")).await;
            set_disabled(app, disabled.0, true, By::default()).await.unwrap();
            assert_eq!(used(app, purpose, &token(&second)).await, Err(Unusable::Expired), "{engine:?}");
            let user = row(app, disabled).await;
            let (of, to) = (app.clone(), Email::parse(&email("disabled")).unwrap());
            let none =
                app.store.write(async move |tx: &mut Tx<'_>| link::make(&of, tx, purpose, &user, &to).await);
            assert_eq!(none.await.err(), Some(StoreError::Conflict), "{engine:?}");

            // Sent to an address that is not the account's: only a change of address may do that.
            let moved = account(app, &email("moved")).await;
            let third = made(app, purpose, moved, &email("elsewhere")).await;
            let good = used(app, purpose, &token(&third)).await.is_ok();
            assert_eq!(good, purpose == Purpose::ChangeEmail, "{engine:?}: {purpose:?}");
        }
    }
}

#[tokio::test]
async fn five_wrong_codes_void_the_code_and_leave_the_link() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let ada = account(app, "ada@example.com").await;
        let purpose = Purpose::LogIn;
        let made = made(app, purpose, ada, "ada@example.com").await;
        let right = code("ada@example.com", &made);
        for n in 0..4 {
            let tried = looked(app, &[purpose], &wrong("ada@example.com", n)).await;
            assert_eq!(tried.err(), Some(Unusable::WrongCode));
            looked(app, &[purpose], &right).await.unwrap();
        }
        for n in 4..5 {
            looked(app, &[purpose], &wrong("ada@example.com", n)).await.unwrap_err();
        }
        assert_eq!(looked(app, &[purpose], &right).await.err(), Some(Unusable::WrongCode), "{engine:?}");
        used(app, purpose, &token(&made)).await.unwrap();
    }
}

/// Guessing in parallel gives no more tries than guessing in turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_wrong_codes_at_once_are_thirty_tries() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let ada = account(&server.app, "ada@example.com").await;
        let made = made(&server.app, Purpose::LogIn, ada, "ada@example.com").await;
        let mut guessers = JoinSet::new();
        for n in 0..30 {
            let app = server.app.clone();
            guessers
                .spawn(async move { looked(&app, &[Purpose::LogIn], &wrong("ada@example.com", n)).await });
        }
        assert!(guessers.join_all().await.iter().all(Result::is_err));
        let right = looked(&server.app, &[Purpose::LogIn], &code("ada@example.com", &made)).await;
        assert_eq!(right.err(), Some(Unusable::WrongCode), "{engine:?}");
    }
}

#[tokio::test]
async fn what_is_stored_opens_nothing_and_what_is_shown_says_nothing() {
    let server = TestApp::new(Engine::Sqlite).await;
    let app = &server.app;
    let ada = account(app, "ada@example.com").await;
    let made = made(app, Purpose::ResetPassword, ada, "ada@example.com").await;
    let (secret, code) = (made.url.split_once("?token=").unwrap().1, made.code.replace('-', ""));
    assert_eq!(secret.len(), 43, "32 random bytes");
    assert!(made.url.starts_with("http://localhost:8080/reset?token="));
    let shown = format!("{made:?} {:?}", token(&made));
    let Database::Sqlite(path) = &app.config.database else { unreachable!("it was asked for SQLite") };
    let rows = rusqlite::Connection::open(path).unwrap();
    let all = "SELECT group_concat(hex(token_hash) || token_hash || hex(code_hash) || code_hash || data) FROM links";
    let dump: Vec<u8> =
        rows.query_row(all, [], |row| row.get_ref(0)?.as_bytes().map(Vec::from).map_err(Into::into)).unwrap();
    let dump = String::from_utf8_lossy(&dump).into_owned();
    assert!(dump.contains("ada@example.com"), "the rows are read: {dump}");
    for text in [shown, dump] {
        assert!(!text.contains(secret) && !text.contains(&code), "{text}");
    }
}
