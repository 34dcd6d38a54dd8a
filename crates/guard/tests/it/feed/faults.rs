//! Something between issuer and guard is broken or lies: the guard notices, does what its policy says, and misses
//! nothing once all is well.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use jotgate_guard::Guard;
use jotgate_harness::{Engine, FakeClock, Postgres};
use jotgate_jose::primitive::base64url;
use jotgate_token::{
    Clock,
    revocation::{self, Event, Lists},
};
use serde_json::{Value, json};

use super::{
    meddler::Meddler,
    place::{Member, Place, counted, eventually, started},
};

/// What a guard knows after a fault: that one was logged out meanwhile, that another was not.
async fn recovered(place: &Place, guard: &Guard, gone: &Member, there: &Member, meanwhile: &[&str]) {
    place.until(guard, gone, "revoked.session", meanwhile).await;
    place.until(guard, there, "good", meanwhile).await;
}

async fn two_members(place: &Place) -> (Member, Member) {
    (place.member("ada@example.com").await, place.member("bob@example.com").await)
}

#[tokio::test]
async fn a_server_that_was_killed_is_missed_and_then_believed_again() {
    let mut place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let guard = started(place.guard()).await;
    place.kill().await;
    place.log_out(&ada).await; // on another way: the database knows, nobody tells
    place.pass(14);
    assert_eq!((place.said(&guard, &ada), place.said(&guard, &bob)), ("good", "good"));
    place.pass(2);
    assert_eq!(
        (place.said(&guard, &ada), place.said(&guard, &bob)),
        ("revocations.stale", "revocations.stale")
    );
    place.revive().await;
    recovered(&place, &guard, &ada, &bob, &["revocations.stale"]).await;
}

#[tokio::test]
async fn a_guard_that_starts_alone_waits_for_the_issuer() {
    let mut place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    place.log_out(&ada).await;
    place.kill().await;
    let guard = place.guard().start().expect("it starts all the same");
    assert_eq!(place.said(&guard, &bob), "keys.unreachable");
    place.revive().await;
    recovered(&place, &guard, &ada, &bob, &["keys.unreachable", "revocations.stale"]).await;
}

#[tokio::test]
async fn a_line_that_hangs_is_noticed() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let guard = started(place.guard()).await;
    place.proxy.hold(true);
    place.log_out(&ada).await;
    place.pass(16);
    assert_eq!(
        (place.said(&guard, &ada), place.said(&guard, &bob)),
        ("revocations.stale", "revocations.stale")
    );
    place.proxy.hold(false);
    recovered(&place, &guard, &ada, &bob, &["revocations.stale"]).await;
}

#[tokio::test]
async fn events_kept_back_do_not_make_a_guard_fresh() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let meddler = Meddler::on(place.via(place.address));
    let guard = started(place.guard_by(meddler.clone())).await;
    // What came once is sent again and again; what is new is kept back.
    let first = meddler.events().first().expect("a stream has begun").clone();
    meddler.change(move |_| vec![first.clone(); 3]);
    place.log_out(&ada).await;
    for n in 0..4 {
        place.pass(4);
        place.log_out(&place.member(&format!("eve{n}@example.com")).await).await;
    }
    eventually("the guard is stale", || place.said(&guard, &bob) == "revocations.stale").await;
    meddler.stop();
    recovered(&place, &guard, &ada, &bob, &["revocations.stale", "good"]).await;
}

/// What somebody does to the one event that tells of a logout.
type Lie = fn(&str) -> Vec<String>;

#[tokio::test]
async fn events_that_were_changed_are_refused_and_asked_for_again() {
    let lies: [(&str, Lie); 6] = [
        ("a claim changed", |event| vec![with_message(event, |jws| flipped(jws, 1))]),
        ("the signature changed", |event| vec![with_message(event, |jws| flipped(jws, 2))]),
        ("the header changed", |event| vec![with_message(event, |jws| flipped(jws, 0))]),
        ("the end cut off", |event| vec![with_message(event, |jws| jws[..jws.len() - 9].to_owned())]),
        ("no algorithm", |event| vec![with_message(event, unsigned)]),
        ("not a message at all", |_| vec!["event: revocations\ndata: <html>\n\n".into()]),
    ];
    let place = Place::new().await;
    let bob = place.member("bob@example.com").await;
    for (n, (what, lie)) in lies.into_iter().enumerate() {
        let meddler = Meddler::on(place.via(place.address));
        let guard = started(place.guard_by(meddler.clone())).await;
        let ada = place.member(&format!("ada{n}@example.com")).await;
        let told = Arc::new(AtomicUsize::new(0));
        let telling = Arc::clone(&told);
        meddler.change(move |event| match claims(event).get("sessions") {
            Some(_) if telling.fetch_add(1, SeqCst) == 0 => lie(event),
            _ => vec![event.to_owned()],
        });
        place.log_out(&ada).await;
        recovered(&place, &guard, &ada, &bob, &["good"]).await;
        assert!(told.load(SeqCst) >= 2, "{what}: it was asked for again");
        assert_eq!(counted(&guard, REFUSED), 1, "{what}");
    }
}

/// Whoever holds a key that signs tokens, and sits between, can tell the guard nothing.
#[tokio::test]
async fn a_key_of_the_tokens_does_not_sign_the_feed() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let meddler = Meddler::on(place.via(place.address));
    let guard = started(place.guard_by(meddler.clone())).await;
    let key = place.app.app.keyring.signing().own.key().clone();
    let signer = revocation::signer(key).expect("an ES256 key");
    // It says that nothing happened, in a form that is right to the last letter.
    let issuer = place.issuer.clone();
    meddler.change(move |event| {
        let said = claims(event);
        let number = |name: &str| said[name].as_u64().expect(name);
        let nothing = Event {
            iss: issuer.clone(),
            iat: said["iat"].as_i64().expect("iat"),
            era: said["era"].as_str().expect("era").to_owned(),
            prev_seq: number("prev_seq"),
            seq: number("seq"),
            feed_leeway: 120,
            nonce: said["nonce"].as_str().map(str::to_owned),
            lists: Lists::default(),
        };
        let forged = signer.sign_event(&nothing).expect("it signs");
        vec![with_message(event, |_| forged)]
    });
    place.log_out(&ada).await;
    eventually("it was refused more than once", || counted(&guard, REFUSED) > 1).await;
    place.pass(16);
    assert_eq!(place.said(&guard, &bob), "revocations.stale");
    meddler.stop();
    recovered(&place, &guard, &ada, &bob, &["revocations.stale"]).await;
}

#[tokio::test]
async fn events_lost_doubled_or_out_of_order_are_sorted_out() {
    let place = Place::new().await;
    let bob = place.member("bob@example.com").await;
    let meddler = Meddler::on(place.via(place.address));
    let guard = started(place.guard_by(meddler.clone())).await;
    for fault in ["lost", "doubled", "swapped"] {
        let members = [
            place.member(&format!("ada-{fault}@example.com")).await,
            place.member(&format!("eve-{fault}@example.com")).await,
            place.member(&format!("max-{fault}@example.com")).await,
            place.member(&format!("zoe-{fault}@example.com")).await,
        ];
        let mut kept = None::<String>;
        meddler.change(move |event| {
            if claims(event).get("sessions").is_none() {
                return vec![event.to_owned()];
            }
            match (fault, kept.take()) {
                ("doubled", _) => vec![event.to_owned(), event.to_owned()],
                (_, None) => {
                    kept = Some(event.to_owned());
                    Vec::new()
                }
                ("swapped", Some(first)) => vec![event.to_owned(), first],
                (_, Some(_)) => vec![event.to_owned()],
            }
        });
        for member in &members {
            let seq = place.app.app.feed.last_known().expect("known").head.seq;
            place.log_out(member).await;
            eventually("it has a number", || {
                place.app.app.feed.last_known().is_some_and(|k| k.head.seq > seq)
            })
            .await;
        }
        meddler.stop();
        for member in &members {
            place.until(&guard, member, "revoked.session", &["good"]).await;
        }
        assert_eq!(place.said(&guard, &bob), "good");
    }
}

#[tokio::test]
async fn a_stream_that_answers_another_question_is_left() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let meddler = Meddler::on(place.via(place.proxy.address));
    let guard = started(place.guard_by(meddler.clone())).await;
    meddler.ask(|url| format!("{}?nonce=somebody-else-asked", url.split('?').next().unwrap_or_default()));
    place.proxy.break_all();
    eventually("answers to others were refused", || counted(&guard, REFUSED) > 1).await;
    place.log_out(&ada).await;
    place.pass(16);
    assert_eq!(place.said(&guard, &bob), "revocations.stale");
    meddler.stop();
    recovered(&place, &guard, &ada, &bob, &["revocations.stale"]).await;
}

#[tokio::test]
async fn an_old_snapshot_does_not_pass_for_a_new_one() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let meddler = Meddler::on(place.via(place.address));
    let first = started(place.guard_by(meddler.clone())).await;
    let old = meddler.snapshots().first().expect("it loaded one").clone();
    drop(first);
    place.log_out(&ada).await;
    eventually("the logout has its number", || place.app.app.feed.entries() == 1).await;

    meddler.serve(old);
    let guard = place.guard_by(meddler.clone()).start().expect("it starts");
    eventually("the old one was served and not enough", || meddler.replaced() > 2).await;
    assert_eq!(place.said(&guard, &bob), "revocations.stale");
    meddler.stop();
    recovered(&place, &guard, &ada, &bob, &["revocations.stale"]).await;
}

/// A slow clock: tokens are taken for good ten minutes too long, long after the entry's `until` by the issuer's clock.
#[tokio::test]
async fn a_guard_whose_clock_is_ten_minutes_slow_keeps_what_its_tokens_need() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let clock = Arc::new(FakeClock::default());
    clock.set(place.app.clock.now_ms() - 600_000);
    let guard = started(place.guard().clock(clock.clone())).await;
    let said = |member: &Member| {
        guard.check(&member.access, clock.now()).map_or_else(|refused| refused.code(), |_| "good")
    };
    place.log_out(&ada).await;
    eventually("the logout arrives", || counted(&guard, ENTRIES) == 1).await;
    let streams = counted(&guard, STREAMS);
    // The lifetime of the token, the leeway of the feed and a minute.
    place.pass(15 * 60 + 120 + 60);
    clock.advance(Duration::from_secs(15 * 60 + 120 + 60));
    eventually("the follower asked anew, and looked what is over", || counted(&guard, STREAMS) > streams)
        .await;
    eventually("it is fresh", || said(&bob) == "good").await;
    assert_eq!(said(&ada), "revoked.session");
}

#[tokio::test]
async fn a_guard_whose_clock_is_ten_minutes_fast_follows_all_the_same() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let clock = Arc::new(FakeClock::default());
    clock.set(place.app.clock.now_ms() + 600_000);
    let guard = started(place.guard().clock(clock.clone())).await;
    let said = |member: &Member| {
        guard.check(&member.access, clock.now()).map_or_else(|refused| refused.code(), |_| "good")
    };
    assert_eq!((said(&ada), said(&bob)), ("good", "good"));
    place.log_out(&ada).await;
    eventually("the logout arrives", || said(&ada) == "revoked.session").await;
    place.pass(16);
    clock.advance(Duration::from_secs(16));
    eventually("it is fresh again", || said(&bob) == "good").await;
    assert_eq!(said(&ada), "revoked.session");
}

/// The database is away: the server closes its streams rather than to say that nothing happened.
#[tokio::test]
async fn a_server_cut_off_from_its_database_is_no_comfort() {
    let Some(postgres) = Postgres::shared() else { return };
    let place = Place::with(Engine::Postgres, &[]).await;
    let (ada, bob) = two_members(&place).await;
    let guard = started(place.guard()).await;
    let url = place.app.database().address();
    let name = url.rsplit('/').next().and_then(|rest| rest.split('?').next()).expect("a name");
    postgres.admin(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await;
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    postgres.admin(&end).await;
    eventually("the server closed its streams", || place.app.app.feed.streams() == 0).await;
    place.pass(16);
    assert_eq!(
        (place.said(&guard, &ada), place.said(&guard, &bob)),
        ("revocations.stale", "revocations.stale")
    );
    postgres.admin(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true")).await;
    place.until(&guard, &bob, "good", &["revocations.stale"]).await;
    place.log_out(&ada).await;
    recovered(&place, &guard, &ada, &bob, &["good"]).await;
}

#[tokio::test]
async fn a_new_era_is_an_alarm_and_forgets_nothing() {
    let place = Place::new().await;
    let (ada, bob) = two_members(&place).await;
    let guard = started(place.guard()).await;
    place.log_out(&ada).await;
    place.until(&guard, &ada, "revoked.session", &["good"]).await;
    let head = place.app.app.feed.last_known().expect("known").head;
    jotgate_server::flow::revocations::new_era(&place.app.app, head).await.expect("the database takes it");
    eventually("an alarm", || counted(&guard, "jotgate_guard_feed_alarms_total") == 1).await;
    assert_eq!(place.said(&guard, &ada), "revoked.session");
    let eve = place.member("eve@example.com").await;
    place.log_out(&eve).await;
    recovered(&place, &guard, &eve, &bob, &["good"]).await;
}

#[tokio::test]
async fn a_feed_with_less_leeway_than_the_guard_is_refused_at_once() {
    let place = Place::new().await;
    let ada = place.member("ada@example.com").await;
    let guard = place.guard().leeway(Duration::from_secs(121)).start().expect("it starts");
    eventually("its keys are there", || place.said(&guard, &ada) == "revocations.stale").await;
    eventually("the feed was turned down", || counted(&guard, "jotgate_guard_feed_breaks_total") > 1).await;
    assert_eq!(place.said(&guard, &ada), "revocations.stale");
}

/// The claims of an event as they are written, unverified.
fn claims(event: &str) -> Value {
    let part = message(event).split('.').nth(1).and_then(|part| base64url::decode(part).ok());
    part.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(json!({}))
}

fn message(event: &str) -> &str {
    event.lines().find_map(|line| line.strip_prefix("data: ")).unwrap_or_default()
}

fn with_message(event: &str, change: impl FnOnce(&str) -> String) -> String {
    let old = message(event);
    event.replace(old, &change(old))
}

/// Another letter in the middle of one of the three parts.
fn flipped(jws: &str, part: usize) -> String {
    let mut parts: Vec<String> = jws.split('.').map(str::to_owned).collect();
    let at = parts[part].len() / 2;
    let other = if parts[part].as_bytes()[at] == b'A' { "B" } else { "A" };
    parts[part].replace_range(at..=at, other);
    parts.join(".")
}

/// The same claims under `alg: none`.
fn unsigned(jws: &str) -> String {
    let header = base64url::encode(format!(r#"{{"alg":"none","typ":"{}"}}"#, revocation::TYP).as_bytes());
    format!("{header}.{}.", jws.split('.').nth(1).unwrap_or_default())
}

const ENTRIES: &str = "jotgate_guard_revocations";
const STREAMS: &str = "jotgate_guard_feed_streams_total";
const REFUSED: &str = "jotgate_guard_feed_refused_total";
