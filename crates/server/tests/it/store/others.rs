//! The smaller tables.

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::attempts::{self, AttemptRow, known_addresses};
use jotgate_server::store::audit::{self, AuditRow};
use jotgate_server::store::keys::{self, RefreshKeyRow, SigningKeyRow};
use jotgate_server::store::links::{self, LinkRow};
use jotgate_server::store::{SessionId, StoreError, Tx, UserId, meta};
use uuid::Uuid;

use super::fixture::{id, with_session};

fn signing_key(kid: &str, state: &str) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
        purpose: "access".to_owned(),
        algorithm: "EdDSA".to_owned(),
        state: state.to_owned(),
        public_jwk: "{}".to_owned(),
        private_sealed: vec![1, 0, 255],
        created_at: 1,
        signs_from: Some(2),
        activated_at: None,
        retired_at: Some(7),
        expires_at: None,
        longest_lifetime: 9,
    }
}

#[tokio::test]
async fn of_a_purpose_and_an_algorithm_one_key_signs_and_one_is_next() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let (inserted, listed) = store
            .write(async |tx: &mut Tx<'_>| {
                let mut inserted = Vec::new();
                let hs256 = SigningKeyRow { algorithm: "HS256".to_owned(), ..signing_key("c", "active") };
                let feed = SigningKeyRow { purpose: "feed".to_owned(), ..signing_key("d", "active") };
                for key in [
                    signing_key("a", "active"),
                    signing_key("b", "active"),
                    hs256,
                    feed,
                    signing_key("e", "next"),
                    signing_key("f", "next"),
                    signing_key("g", "retired"),
                    signing_key("h", "retired"),
                ] {
                    inserted.push(keys::insert_signing(tx, &key).await?);
                }
                Ok((inserted, keys::list_signing(tx).await?))
            })
            .await
            .unwrap();
        assert_eq!(inserted, [true, false, true, true, true, false, true, true], "{engine:?}");
        assert_eq!(listed.len(), 6, "{engine:?}");
        assert_eq!(listed[0], signing_key("a", "active"), "{engine:?}");
    }
}

#[tokio::test]
async fn refresh_keys_and_single_values_are_set_once() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let key = RefreshKeyRow {
            id: *b"refresh1",
            sealed: vec![3; 40],
            created_at: 5,
            mints_from: 6,
            expires_at: None,
        };
        let expected = key.clone();
        let (set, listed, value) = store
            .write(async move |tx: &mut Tx<'_>| {
                let mut set =
                    vec![keys::insert_refresh(tx, &key).await?, keys::insert_refresh(tx, &key).await?];
                set.push(meta::value(tx, "check").await?.is_some());
                set.push(meta::set_if_absent(tx, "check", &[1]).await?);
                set.push(meta::set_if_absent(tx, "check", &[2]).await?);
                let first = meta::value(tx, "check").await?;
                meta::set(tx, "check", &[3]).await?;
                let second = meta::value(tx, "check").await?;
                Ok((set, keys::list_refresh(tx).await?, (first, second)))
            })
            .await
            .unwrap();
        assert_eq!(set, [true, false, false, true, false], "{engine:?}");
        assert_eq!(listed, [expected], "{engine:?}");
        assert_eq!(value, (Some(vec![1]), Some(vec![3])), "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_at_once_are_all_counted() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let mut failures = tokio::task::JoinSet::new();
        for n in 0..30 {
            let store = store.clone();
            failures.spawn(async move { fail(&store, n % 2 == 0).await });
        }
        failures.join_all().await;
        let rows =
            store.read(async |tx: &mut Tx<'_>| attempts::by_keys(tx, &[b"ip", b"none", b"pair"]).await);
        let failures: Vec<_> =
            rows.await.unwrap().into_iter().map(|row| row.map(|row| row.failures)).collect();
        assert_eq!(failures, [Some(30), None, Some(30)], "{engine:?}");
    }
}

/// Two keys, asked for in either order: holding them must not make two transactions wait for each other.
async fn fail(store: &jotgate_server::store::Store, turned: bool) {
    let counted = store.write(async move |tx: &mut Tx<'_>| {
        let keys: [&[u8]; 2] = if turned { [b"pair", b"ip"] } else { [b"ip", b"pair"] };
        let rows = attempts::hold(tx, &keys).await?;
        for (key, row) in keys.into_iter().zip(rows) {
            let row = AttemptRow { failures: row.failures + 1, last_failed_at: 9, ..row };
            attempts::record(tx, key, &row).await?;
        }
        Ok(())
    });
    counted.await.expect("the store answers");
}

#[tokio::test]
async fn counters_are_kept_cleared_and_deleted_in_bounded_numbers() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let row = AttemptRow {
            failures: 1,
            window_started_at: 2,
            consecutive: 3,
            blocked_until: 4,
            last_failed_at: 5,
        };
        let (kept, cleared, deleted, left) = store
            .write(async move |tx: &mut Tx<'_>| {
                for n in 0..10_u8 {
                    let row = AttemptRow { last_failed_at: n.into(), ..row };
                    attempts::record(tx, &[n], &row).await?;
                }
                let kept = attempts::by_keys(tx, &[&[5]]).await?;
                let cleared = [attempts::clear(tx, &[9]).await?, attempts::clear(tx, &[9]).await?];
                let mut deleted = Vec::new();
                for _ in 0..3 {
                    deleted.push(attempts::delete_older_than(tx, 5, 3).await?);
                }
                Ok((kept, cleared, deleted, attempts::count(tx).await?))
            })
            .await
            .unwrap();
        assert_eq!(kept, [Some(row)], "{engine:?}");
        assert_eq!((cleared, deleted, left), ([true, false], vec![3, 2, 0], 4), "{engine:?}");
    }
}

#[tokio::test]
async fn addresses_are_known_for_a_time_and_renewed_by_the_hour() {
    const HOUR: i64 = 3_600_000;
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let known = store
            .write(async |tx: &mut Tx<'_>| {
                let ada = UserId(id(1));
                known_addresses::remember(tx, ada, &[1], 100).await?;
                known_addresses::remember(tx, ada, &[1], 100 + HOUR).await?;
                known_addresses::remember(tx, ada, &[2], 100).await?;
                known_addresses::remember(tx, ada, &[2], 99 + HOUR).await?;
                let known = vec![
                    known_addresses::is_known(tx, ada, &[1], 100 + HOUR).await?,
                    known_addresses::is_known(tx, ada, &[1], 101 + HOUR).await?,
                    known_addresses::is_known(tx, ada, &[2], 100).await?,
                    known_addresses::is_known(tx, ada, &[2], 101).await?,
                    known_addresses::is_known(tx, ada, &[3], 0).await?,
                ];
                let deleted = [
                    known_addresses::delete_older_than(tx, 2 * HOUR, 1).await?,
                    known_addresses::delete_older_than(tx, 2 * HOUR, 5).await?,
                ];
                Ok((known, deleted))
            })
            .await;
        assert_eq!(known.unwrap(), (vec![true, false, true, false, false], [1, 1]), "{engine:?}");
    }
}

fn event(at: i64, session: Option<u128>) -> AuditRow {
    let millis = u128::try_from(at).expect("times of tests are positive");
    AuditRow {
        id: Uuid::from_u128((millis << 80) | 0x7000_8000_0000_0000_0001),
        at,
        kind: "login".to_owned(),
        user_id: Some(UserId(id(1))),
        session_id: session.map(|n| SessionId(id(n))),
        request_id: None,
        detail: "{}".to_owned(),
    }
}

#[tokio::test]
async fn events_are_listed_newest_first_and_deleted_oldest_first() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let (of_user, of_session, deleted, left) = store
            .write(async |tx: &mut Tx<'_>| {
                for at in [30, 10, 20, 40] {
                    audit::insert(tx, &event(at, (at > 20).then_some(10))).await?;
                }
                let of_user = audit::list_by_user(tx, UserId(id(1)), 3).await?;
                let of_session = audit::list_by_session(tx, SessionId(id(10)), 3).await?;
                let deleted =
                    [audit::delete_older_than(tx, 30, 1).await?, audit::delete_older_than(tx, 30, 9).await?];
                Ok((of_user, of_session, deleted, audit::list_by_user(tx, UserId(id(1)), 9).await?))
            })
            .await
            .unwrap();
        assert_eq!(of_user, [event(40, Some(10)), event(30, Some(10)), event(20, None)], "{engine:?}");
        assert_eq!(of_session, [event(40, Some(10)), event(30, Some(10))], "{engine:?}");
        assert_eq!((deleted, left), ([1, 1], vec![event(40, Some(10)), event(30, Some(10))]), "{engine:?}");
    }
}

fn link(hash: u8, user: Option<u128>) -> LinkRow {
    LinkRow {
        token_hash: vec![hash; 32],
        kind: "setup".to_owned(),
        user_id: user.map(|n| UserId(id(n))),
        created_at: 1,
        expires_at: 100,
        used_at: None,
        code_hash: Some(vec![hash; 4]),
        address: user.map(|_| vec![7; 3]),
        tries: 0,
        credential_epoch: Some(2),
        data: "{}".to_owned(),
    }
}

#[tokio::test]
async fn a_link_works_once_in_its_time_and_voids_older_ones() {
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let (found, used, deleted) = store
            .write(async |tx: &mut Tx<'_>| {
                for link in [link(1, None), link(2, Some(1)), link(3, None), link(4, Some(1))] {
                    links::insert(tx, &link).await?;
                }
                let mut found = Vec::new();
                for hash in 1..=4 {
                    found.push(links::by_hash(tx, &[hash; 32]).await?);
                }
                let used = [
                    links::mark_used(tx, &[3; 32], 100).await?,
                    links::mark_used(tx, &[3; 32], 99).await?,
                    links::mark_used(tx, &[3; 32], 99).await?,
                    links::mark_used(tx, &[1; 32], 99).await?,
                ];
                let deleted = [
                    links::delete_expired_before(tx, 101, 1).await?,
                    links::delete_expired_before(tx, 101, 5).await?,
                ];
                Ok((found, used, deleted))
            })
            .await
            .unwrap();
        assert_eq!(found, [None, None, Some(link(3, None)), Some(link(4, Some(1)))], "{engine:?}");
        assert_eq!((used, deleted), ([false, true, false, false], [1, 1]), "{engine:?}");
    }
}

#[tokio::test]
async fn a_second_row_of_a_key_and_a_row_of_nobody_are_conflicts() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let twice = store.write(async |tx: &mut Tx<'_>| {
            audit::insert(tx, &event(10, None)).await?;
            audit::insert(tx, &event(10, None)).await
        });
        assert_eq!(twice.await, Err(StoreError::Conflict), "{engine:?}");
        let of_nobody = store
            .write(async |tx: &mut Tx<'_>| known_addresses::remember(tx, UserId(id(1)), &[1], 1).await)
            .await;
        assert_eq!(of_nobody, Err(StoreError::Conflict), "{engine:?}");
    }
}
