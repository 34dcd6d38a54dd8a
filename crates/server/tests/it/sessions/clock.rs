//! Clocks that jump, and dates far away: nothing wraps, nobody is logged out by a clock that goes back (row 108).

use std::time::Duration;

use jotgate_harness::{Engine, PASSWORD, TestApp};
use jotgate_token::Clock;

use super::world::{caller, code, logged_in, refreshed, signed_up};

/// 1970, the ends of 31 and 32 bits of seconds, 2100, and the last year that has four digits, in milliseconds.
const MOMENTS: [i64; 6] = [
    0,
    i32::MAX as i64 * 1000,
    u32::MAX as i64 * 1000,
    4_102_444_800_000,
    4_107_542_400_000 - 500,
    253_402_300_799_000 - 40 * 86_400_000,
];

#[tokio::test]
async fn every_date_is_a_day_like_any_other() {
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        for (n, moment) in MOMENTS.into_iter().enumerate() {
            server.clock.set(moment);
            let email = format!("traveller-{n}@example.com");
            let first = signed_up(app, &email).await;
            assert_eq!((first.expires_in, first.refresh_expires_in), (900, 604_800), "{moment}");
            caller(app, first.access_token.expose()).await.expect("a new access token is good");
            // Across the moment itself.
            server.clock.advance(Duration::from_secs(2));
            let second = refreshed(app, first.refresh_token.expose(), None).await.expect("a live token");
            let again = refreshed(app, first.refresh_token.expose(), None).await.expect("inside the window");
            assert_eq!(again.refresh_token.expose(), second.refresh_token.expose(), "{moment}");
            server.clock.advance(Duration::from_secs(901));
            assert_eq!(code(&caller(app, second.access_token.expose()).await), "exp.expired", "{moment}");
            assert_eq!(
                code(&refreshed(app, first.refresh_token.expose(), None).await),
                "refresh.reused",
                "{moment}"
            );
            let third = logged_in(app, &email, PASSWORD).await.expect("the password is right");
            server.clock.advance(Duration::from_secs(604_800));
            assert_eq!(
                code(&refreshed(app, third.refresh_token.expose(), None).await),
                "refresh.expired",
                "{moment}"
            );
        }
    }
}

/// Ten years back and forth: windows count as just begun, and what was opened before stays open.
#[tokio::test]
async fn a_clock_that_goes_back_logs_nobody_out() {
    const TEN_YEARS: i64 = 3_652 * 86_400_000;
    for engine in Engine::all() {
        let server = TestApp::new(engine).await;
        let app = &server.app;
        let start = app.clock.now_ms();
        let first = signed_up(app, "back@example.com").await;
        let second = refreshed(app, first.refresh_token.expose(), None).await.expect("a live token");
        server.clock.set(start - TEN_YEARS);
        let again = refreshed(app, first.refresh_token.expose(), None).await.expect("its age counts as zero");
        assert_eq!(again.refresh_token.expose(), second.refresh_token.expose(), "{engine:?}");
        caller(app, again.access_token.expose()).await.expect("a token made now is good now");
        let third = refreshed(app, again.refresh_token.expose(), None).await.expect("a live token");
        logged_in(app, "back@example.com", PASSWORD).await.expect("the password is right");
        // The clock is set right again, sooner than the session would idle out by either reading.
        server.clock.set(start - TEN_YEARS + 3_600_000);
        let fourth = refreshed(app, third.refresh_token.expose(), None).await.expect("a live token");
        assert_eq!(fourth.refresh_generation, 3, "{engine:?}");
    }
}
