//! Rotation: by the schedule, by hand, on several servers at once, and after a server was off.

use std::time::Duration;

use jotgate_harness::{Engine, TestApp};
use jotgate_server::{
    flow::{
        keys::{
            KeysError, catch_up,
            life::{self, KeyView, Purpose, Wanted},
        },
        operator::By,
    },
    rule::key_life::State,
};
use jotgate_token::Clock;

use super::{alg, kid, look_after, me, pass, published};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

async fn keys_of(app: &TestApp, purpose: Purpose, state: State) -> Vec<KeyView> {
    let all = life::list(&app.app).await.expect("the database answers");
    all.into_iter().filter(|key| key.purpose == purpose && key.state == state).collect()
}

async fn do_it(app: &TestApp, wanted: Wanted) -> Result<usize, KeysError> {
    Ok(life::carry_out(&app.app, &wanted, &By::default()).await?.len())
}

/// Lets the servers be without work for long, with a look now and then, as if they had run.
async fn skip(servers: &[&TestApp], time: Duration) {
    let step = Duration::from_secs(120);
    for _ in 0..time.as_secs() / 120 {
        servers[0].clock.advance(step);
        life::look_after(&servers[0].app).await.expect("the database answers");
    }
    look_after(servers).await;
}

#[tokio::test]
async fn a_new_key_every_month_known_to_everybody_a_day_before_it_signs() {
    let settings = [("keys.rotate_every", "2d"), ("keys.publish_before", "12h")];
    for engine in Engine::all() {
        let first = TestApp::with(engine, &settings).await;
        let second = first.beside().await;
        let both = [&first, &second];
        look_after(&both).await;
        let old = first.sign_up("ada@example.com").await.member("access_token");
        skip(&both, DAY + 12 * HOUR).await;
        let shown = published(&second).await;
        assert_eq!(shown.len(), 2, "{engine:?}");
        assert_eq!(shown[0]["kid"].as_str(), Some(kid(&old).as_str()), "what signs comes first");
        assert_eq!(kid(&second.log_in("ada@example.com").await.member("access_token")), kid(&old));

        skip(&both, 12 * HOUR).await;
        let new = second.log_in("ada@example.com").await.member("access_token");
        assert_eq!(Some(kid(&new).as_str()), shown[1]["kid"].as_str(), "the one that was published");
        assert_eq!(me(&first, &new).await, "200");
        assert_eq!(published(&first).await.len(), 2, "the old one verifies what it signed");
        assert_eq!(keys_of(&first, Purpose::Feed, State::Active).await.len(), 1);
        assert_eq!(keys_of(&first, Purpose::Feed, State::Retired).await.len(), 1, "the feed's rotates too");
        skip(&both, HOUR).await;
        assert_eq!(published(&second).await.len(), 1);
    }
}

#[tokio::test]
async fn servers_that_look_at_once_make_one_key() {
    for engine in Engine::all() {
        let first =
            TestApp::with(engine, &[("keys.rotate_every", "2d"), ("tokens.algorithm", "RS256")]).await;
        let (second, third) = (first.beside().await, first.beside().await);
        skip(&[&first], DAY - HOUR).await;
        first.clock.advance(Duration::from_secs(120));
        life::look_after(&first.app).await.unwrap();
        first.clock.set(first.clock.now_ms() + 3_600_000);
        // A break of an hour, after which all of them see that the next key is due.
        look_after(&[&first]).await;
        first.clock.advance(Duration::from_secs(60));
        let looks = tokio::join!(
            life::look_after(&first.app),
            life::look_after(&second.app),
            life::look_after(&third.app)
        );
        looks.0.and(looks.1).and(looks.2).unwrap();
        assert_eq!(keys_of(&first, Purpose::Access, State::Next).await.len(), 1, "{engine:?}");
        let rotations = tokio::join!(
            do_it(&first, Wanted::Rotate { purpose: Purpose::Access, at_once: true }),
            do_it(&second, Wanted::Rotate { purpose: Purpose::Access, at_once: false }),
            do_it(&third, Wanted::Rotate { purpose: Purpose::Access, at_once: false })
        );
        rotations.0.and(rotations.1).and(rotations.2).unwrap();
        assert_eq!(keys_of(&first, Purpose::Access, State::Active).await.len(), 1, "{engine:?}");
        assert!(keys_of(&first, Purpose::Access, State::Next).await.len() <= 1, "{engine:?}");
    }
}

#[tokio::test]
async fn a_server_that_was_off_signs_on_with_the_key_that_is_known() {
    for engine in Engine::all() {
        let before = TestApp::new(engine).await;
        look_after(&[&before]).await;
        let old = before.sign_up("ada@example.com").await.member("access_token");
        let asked = Wanted::Rotate { purpose: Purpose::Access, at_once: false };
        do_it(&before, asked).await.unwrap();
        before.clock.advance(40 * DAY);

        let after = before.beside().await;
        look_after(&[&after]).await;
        let (access, next) = (Purpose::Access, State::Next);
        let signs_from = keys_of(&after, access, next).await[0].signs_from;
        assert_eq!(signs_from, Some(after.clock.now_ms() + 86_400_000), "{engine:?}");
        let new = after.sign_up("bob@example.com").await.member("access_token");
        assert_eq!(kid(&new), kid(&old));
        pass(&[&after], 2 * HOUR).await;
        assert_eq!(kid(&after.log_in("bob@example.com").await.member("access_token")), kid(&old));
        skip(&[&after], 22 * HOUR).await;
        assert_ne!(kid(&after.log_in("bob@example.com").await.member("access_token")), kid(&old));
    }
}

#[tokio::test]
async fn a_rotation_at_once_is_known_on_every_server_and_to_none_that_is_slow() {
    for engine in Engine::all() {
        let first = TestApp::new(engine).await;
        let second = first.beside().await;
        let old = second.sign_up("ada@example.com").await.member("access_token");
        do_it(&first, Wanted::Rotate { purpose: Purpose::Access, at_once: true }).await.unwrap();
        let new = first.log_in("ada@example.com").await.member("access_token");
        assert_ne!(kid(&new), kid(&old));
        assert_eq!((me(&first, &old).await, me(&first, &new).await), ("200".into(), "200".into()));
        // The other server has not looked since; its tokens are good for as long as its key is kept.
        assert_eq!(kid(&second.log_in("ada@example.com").await.member("access_token")), kid(&old));
        first.clock.advance(Duration::from_secs(60));
        let later = second.log_in("ada@example.com").await.member("access_token");
        assert_eq!(kid(&later), kid(&new), "{engine:?}: nothing is signed with keys of a minute ago");
        assert_eq!(alg(&later), "ES256");
    }
}

#[tokio::test]
async fn one_value_tells_whether_anything_changed() {
    for engine in Engine::all() {
        let first = TestApp::new(engine).await;
        let second = first.beside().await;
        look_after(&[&first, &second]).await;
        let before = second.app.store.queries();
        catch_up(&second.app).await.unwrap();
        assert_eq!(second.app.store.queries() - before, 1, "{engine:?}: nothing changed, one question");
        do_it(&first, Wanted::Rotate { purpose: Purpose::Feed, at_once: true }).await.unwrap();
        catch_up(&second.app).await.unwrap();
        let (here, there) = (first.app.keyring.signing(), second.app.keyring.signing());
        assert_eq!(here.feed_jwks, there.feed_jwks);
        assert_eq!(here.jwks, there.jwks, "the keys of tokens are not those of the feed");
        // Nothing to do changes nothing, and wakes nobody.
        let before = second.app.store.queries();
        do_it(&first, Wanted::Due).await.unwrap();
        catch_up(&second.app).await.unwrap();
        assert!(second.app.store.queries() - before <= 8, "{engine:?}");
    }
}
