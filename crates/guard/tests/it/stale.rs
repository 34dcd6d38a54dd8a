//! What a guard does when it has heard nothing of the revocation feed: the three policies, and a guard without.

use jotgate_guard::Staleness;

use crate::support::*;

/// An issuer that promises a feed and has none, and a guard of this policy that has its keys.
async fn silent(stale: Staleness) -> (Issuer, jotgate_guard::Guard, String) {
    let key = key("a");
    let issuer = Issuer::with(&[&key]);
    let mut metadata = metadata(ISSUER);
    metadata["revocations_uri"] = format!("{ISSUER}/v1/revocations").into();
    metadata["revocations_jwks_uri"] = format!("{ISSUER}/v1/revocations/keys").into();
    metadata["revocations_leeway"] = 120.into();
    issuer.answer("/.well-known/oauth-authorization-server", &metadata.to_string());
    let guard = following(&issuer).stale(stale).start().unwrap();
    (issuer, guard, good(&key))
}

#[tokio::test(start_paused = true)]
async fn by_default_nothing_is_let_through() {
    let (_issuer, guard, token) = silent(Staleness::Reject).await;
    let answer = ask(&app(&guard), bearer(&token)).await;
    assert_eq!(answer.short(), (503, "revocations.stale"));
    assert_eq!((answer.challenge, answer.retry_after), (None, Some(2)));
    assert_eq!(guard.check(&token, NOW).unwrap_err().code(), "revocations.stale");
    // What is bad by itself is still told so: it would be no better with the feed.
    assert_eq!(guard.check(&token, NOW + 2000).unwrap_err().code(), "exp.expired");
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_may_ask_asks_about_each_token_and_about_one_once_a_second() {
    let (issuer, guard, token) = silent(Staleness::Introspect).await;
    let app = app(&guard);
    assert_eq!(ask(&app, bearer(&token)).await.short(), (503, "revocations.stale"), "nobody answers");
    issuer.answer_with("/v1/verify", 401, &[], r#"{"reason":"revoked.session"}"#);
    assert_eq!(ask(&app, bearer(&token)).await.short(), (401, "revoked.session"));
    issuer.answer("/v1/verify", r#"{"active":true,"sub":"0197"}"#);
    issuer.seen();
    for _ in 0..5 {
        assert_eq!(ask(&app, bearer(&token)).await.short(), (200, "0197"));
    }
    assert_eq!(issuer.asked("/v1/verify"), 1);
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(ask(&app, bearer(&token)).await.short(), (200, "0197"));
    assert_eq!(issuer.asked("/v1/verify"), 2);
    // A bad token is refused here and not carried to the issuer.
    let bad = format!("{token}A");
    assert_eq!(ask(&app, bearer(&bad)).await.status, 401);
    assert_eq!(issuer.asked("/v1/verify"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_guard_that_accepts_goes_on() {
    let (issuer, guard, token) = silent(Staleness::Accept).await;
    assert_eq!(ask(&app(&guard), bearer(&token)).await.short(), (200, "0197"));
    assert_eq!(issuer.asked("/v1/verify"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_guard_without_the_feed_never_asks_for_it() {
    let key = key("a");
    let issuer = Issuer::with(&[&key]);
    let guard = started(&issuer).await;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    assert_eq!(ask(&app(&guard), bearer(&good(&key))).await.short(), (200, "0197"));
    assert!(issuer.seen().iter().all(|path| path.starts_with("/.well-known/")));
}
