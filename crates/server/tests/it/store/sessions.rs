//! Sessions: what a rotation, an end and a sweep do to the rows.

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::sessions::{self, Rotation, SessionRow};
use jotgate_server::store::users;
use jotgate_server::store::{SessionId, Store, Tx, UserId};

use super::fixture::{generation, id, rotation, session, user, with_session};

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_rotations_at_once_one_wins() {
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let store = store.clone();
            tasks.spawn(async move {
                store
                    .write(async |tx: &mut Tx<'_>| sessions::rotate(tx, &rotation(10, 0)).await)
                    .await
                    .unwrap()
            });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1, "{engine:?}");
        assert_eq!(generation(&store, 10).await, 1, "{engine:?}");
    }
}

async fn row(store: &Store, n: u128) -> Option<SessionRow> {
    let row = store.read(async move |tx: &mut Tx<'_>| sessions::by_id(tx, SessionId(id(n))).await).await;
    row.expect("the store answers")
}

#[tokio::test]
async fn a_session_comes_back_as_it_was_inserted_and_rotated() {
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let fresh = row(&store, 10).await.unwrap();
        let inserted = session(10, 1);
        assert_eq!((fresh.generation, fresh.recent.as_str(), fresh.key_run), (0, "[]", 0));
        assert_eq!((fresh.salt, fresh.last_key, fresh.rotated_at), ([7; 16], None, 1_000));
        assert_eq!((&fresh.amr, &fresh.audience, &fresh.ip), (&inserted.amr, &inserted.audience, &None));
        assert_eq!(fresh.user_agent, inserted.user_agent);

        let rotated = store.write(async |tx: &mut Tx<'_>| sessions::rotate(tx, &rotation(10, 0)).await).await;
        assert!(rotated.unwrap());
        let expected = SessionRow {
            generation: 1,
            rotated_at: 2_000,
            recent: "[0]".to_owned(),
            last_key: Some([9; 16]),
            key_run: 1,
            idle_until: 6_000,
            last_seen_at: 2_000,
            ..fresh
        };
        assert_eq!(row(&store, 10).await.unwrap(), expected, "{engine:?}");

        let both = store.read(async |tx: &mut Tx<'_>| sessions::with_user(tx, SessionId(id(10))).await).await;
        let (session, user) = both.unwrap().unwrap();
        assert_eq!((session, user.id), (expected, UserId(id(1))));
    }
}

#[tokio::test]
async fn a_session_that_ended_does_not_rotate() {
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let ends = store
            .write(async |tx: &mut Tx<'_>| {
                let first = sessions::end(tx, SessionId(id(10)), 3_000, "logout").await?;
                let second = sessions::end(tx, SessionId(id(10)), 4_000, "reuse").await?;
                let rotated = sessions::rotate(tx, &rotation(10, 0)).await?;
                let ahead = sessions::rotate_ahead(tx, &rotation(10, 5)).await?;
                Ok([first, second, rotated, ahead])
            })
            .await;
        assert_eq!(ends.unwrap(), [true, false, false, false], "{engine:?}");
        let row = row(&store, 10).await.unwrap();
        assert_eq!((row.revoked_at, row.revoke_reason.as_deref()), (Some(3_000), Some("logout")));
    }
}

#[tokio::test]
async fn a_store_that_is_behind_is_brought_forward_once() {
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let ahead = || Rotation { from: 7, to: 8, ..rotation(10, 7) };
        for (expected, now) in [(true, 8), (false, 8)] {
            let moved =
                store.write(async move |tx: &mut Tx<'_>| sessions::rotate_ahead(tx, &ahead()).await).await;
            assert_eq!((moved.unwrap(), generation(&store, 10).await), (expected, now), "{engine:?}");
        }
    }
}

#[tokio::test]
async fn ending_all_spares_the_named_one_and_other_users() {
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let ended = store
            .write(async |tx: &mut Tx<'_>| {
                assert_eq!(users::insert(tx, &user(2)).await?, users::Inserted::Done);
                for (n, owner) in [(11, 1), (12, 1), (20, 2)] {
                    sessions::insert(tx, &session(n, owner)).await?;
                }
                sessions::end_all(tx, UserId(id(1)), Some(SessionId(id(11))), 3_000, "password").await
            })
            .await;
        let mut ended = ended.unwrap();
        ended.sort();
        assert_eq!(ended, [SessionId(id(10)), SessionId(id(12))], "{engine:?}");
        let live = store
            .read(async |tx: &mut Tx<'_>| {
                let mut live = Vec::new();
                for (owner, now) in [(1, 4_000), (2, 4_000), (1, 5_000)] {
                    live.push(sessions::list_live(tx, UserId(id(owner)), now).await?);
                }
                Ok(live)
            })
            .await;
        let live: Vec<Vec<SessionId>> =
            live.unwrap().into_iter().map(|rows| rows.into_iter().map(|row| row.id).collect()).collect();
        assert_eq!(live, [vec![SessionId(id(11))], vec![SessionId(id(20))], vec![]], "{engine:?}");
        let rest = store
            .write(async |tx: &mut Tx<'_>| sessions::end_all(tx, UserId(id(1)), None, 4_000, "logout").await)
            .await;
        assert_eq!(rest.unwrap(), [SessionId(id(11))], "{engine:?}");
    }
}

/// 25 sessions, of which those with an odd number ended long ago, each in one of three ways.
async fn with_many(engine: Engine) -> TestStore {
    let store = TestStore::new(engine).await;
    let inserted = store
        .write(async |tx: &mut Tx<'_>| {
            assert_eq!(users::insert(tx, &user(1)).await?, users::Inserted::Done);
            for n in 100..125 {
                let mut new = session(n, 1);
                (new.idle_until, new.absolute_until) = match n % 6 {
                    1 => (50, 90_000),
                    3 => (90_000, 50),
                    _ => (90_000, 90_000),
                };
                sessions::insert(tx, &new).await?;
                if n % 6 == 5 {
                    sessions::end(tx, new.id, 50, "logout").await?;
                }
            }
            Ok(())
        })
        .await;
    inserted.expect("sessions go in");
    store
}

#[tokio::test]
async fn a_sweep_looks_at_few_rows_at_a_time_and_gets_around() {
    for engine in Engine::all() {
        let store = with_many(engine).await;
        let mut deleted = Vec::new();
        for _ in 0..4 {
            let step =
                store.write(async |tx: &mut Tx<'_>| sessions::delete_ended_before(tx, 60, 10).await).await;
            deleted.push(step.unwrap());
        }
        // 25 rows in steps of ten, the last of which meets the end; then from the beginning again.
        assert_eq!(deleted, [5, 5, 2, 0], "{engine:?}");
        for n in 100..125 {
            assert_eq!(row(&store, n).await.is_some(), n % 2 == 0, "{engine:?} {n}");
        }
        let touched = store
            .write(async |tx: &mut Tx<'_>| {
                sessions::end(tx, SessionId(id(100)), 50, "logout").await?;
                sessions::delete_ended_before(tx, 60, 100).await
            })
            .await;
        let again =
            store.write(async |tx: &mut Tx<'_>| sessions::delete_ended_before(tx, 60, 100).await).await;
        assert_eq!(touched.unwrap() + again.unwrap(), 1, "{engine:?}");
    }
}

#[tokio::test]
async fn a_user_who_goes_takes_sessions_along() {
    for engine in Engine::all() {
        let store = with_session(engine).await;
        let gone = store
            .write(async |tx: &mut Tx<'_>| {
                let seen = sessions::touch(tx, SessionId(id(10)), 1_500).await?;
                let turned_back = sessions::touch(tx, SessionId(id(10)), 1_200).await?;
                Ok([seen, turned_back, users::delete(tx, UserId(id(1))).await?])
            })
            .await;
        assert_eq!(gone.unwrap(), [true, false, true], "{engine:?}");
        assert_eq!(row(&store, 10).await, None, "{engine:?}");
    }
}
