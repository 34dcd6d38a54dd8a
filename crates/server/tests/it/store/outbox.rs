//! Mails in the database: each taken by one, put off, sent, given up, forgotten.

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::outbox::{self, Counts, OutboxRow};
use jotgate_server::store::users::{self, Inserted};
use jotgate_server::store::{Tx, UserId};

use super::fixture::{id, user};

fn mail(n: u128, next_at: Option<i64>) -> OutboxRow {
    OutboxRow {
        id: id(n),
        user_id: Some(UserId(id(1))),
        kind: "verify_email".to_owned(),
        sealed: Some(vec![1, 2, 3]),
        created_at: 1_000 + i64::try_from(n).expect("small"),
        attempts: 0,
        next_at,
        sent_at: None,
        given_up_at: None,
        last_error: None,
    }
}

async fn with_mails(engine: Engine, mails: Vec<OutboxRow>) -> TestStore {
    let store = TestStore::new(engine).await;
    store
        .write(async move |tx: &mut Tx<'_>| {
            assert_eq!(users::insert(tx, &user(1)).await?, Inserted::Done);
            for mail in &mails {
                outbox::insert(tx, mail).await?;
            }
            Ok(())
        })
        .await
        .expect("mails go into a new database");
    store
}

#[tokio::test]
async fn a_mail_is_taken_once_until_its_lease_is_over() {
    for engine in Engine::all() {
        let due = vec![mail(1, Some(2_000)), mail(2, Some(1_500)), mail(3, Some(9_000)), mail(4, None)];
        let store = with_mails(engine, due).await;
        let claim = |now: i64, lease: i64, limit: u32| {
            let store = &store;
            async move {
                let taken =
                    store.write(async move |tx: &mut Tx<'_>| outbox::claim_due(tx, now, lease, limit).await);
                taken.await.unwrap().into_iter().map(|row| (row.id, row.attempts)).collect::<Vec<_>>()
            }
        };
        assert_eq!(claim(2_000, 5_000, 1).await, [(id(2), 1)], "{engine:?}: the one that waits longest");
        assert_eq!(claim(2_000, 5_000, 10).await, [(id(1), 1)], "{engine:?}");
        assert_eq!(claim(4_999, 8_000, 10).await, [], "{engine:?}");
        let mut again = claim(5_000, 8_000, 10).await;
        again.sort();
        assert_eq!(again, [(id(1), 2), (id(2), 2)], "{engine:?}: whoever had them is gone");
    }
}

#[tokio::test]
async fn two_that_ask_at_once_never_get_the_same_mail() {
    for engine in Engine::all() {
        let store = with_mails(engine, (1..=40).map(|n| mail(n, Some(1_000))).collect()).await;
        let claim = async || {
            let taken = store.write(async |tx: &mut Tx<'_>| outbox::claim_due(tx, 2_000, 5_000, 30).await);
            taken.await.unwrap().into_iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let (one, two, three) = tokio::join!(claim(), claim(), claim());
        let mut all = [one, two, three, claim().await].concat();
        all.sort();
        assert_eq!(all, (1..=40).map(id).collect::<Vec<_>>(), "{engine:?}");
    }
}

#[tokio::test]
async fn what_is_done_forgets_what_was_said_and_to_whom() {
    for engine in Engine::all() {
        let mails = vec![mail(1, Some(10)), mail(2, Some(10)), mail(3, Some(10)), mail(4, Some(10))];
        let store = with_mails(engine, mails).await;
        let (marked, rows, counts) = store
            .write(async |tx: &mut Tx<'_>| {
                outbox::claim_due(tx, 10, 50, 9).await?;
                let marked = [
                    outbox::mark_sent(tx, id(1), 60).await?,
                    outbox::mark_sent(tx, id(1), 61).await?,
                    outbox::mark_given_up(tx, id(2), 50, 60, "no such mailbox").await?,
                    outbox::mark_failed(tx, id(3), 50, 900, "nobody answers").await?,
                    // Another node has it by now.
                    outbox::mark_failed(tx, id(4), 49, 900, "nobody answers").await?,
                    outbox::mark_given_up(tx, id(4), 49, 60, "nobody answers").await?,
                ];
                let mut rows = Vec::new();
                for n in 1..=4 {
                    rows.extend(outbox::by_id(tx, id(n)).await?);
                }
                Ok((marked, rows, outbox::counts(tx).await?))
            })
            .await
            .unwrap();
        assert_eq!(marked, [true, false, true, true, false, false], "{engine:?}");
        let tried = |n| OutboxRow { attempts: 1, ..mail(n, Some(50)) };
        let done = |n| OutboxRow { user_id: None, sealed: None, next_at: None, ..tried(n) };
        let expected = [
            OutboxRow { sent_at: Some(60), ..done(1) },
            OutboxRow { given_up_at: Some(60), last_error: Some("no such mailbox".to_owned()), ..done(2) },
            OutboxRow { next_at: Some(900), last_error: Some("nobody answers".to_owned()), ..tried(3) },
            tried(4),
        ];
        assert_eq!(rows, expected, "{engine:?}");
        let expected = Counts { waiting: 2, oldest: Some(1_003), sent: 1, given_up: 1 };
        assert_eq!(counts, expected, "{engine:?}");
    }
}

#[tokio::test]
async fn mails_go_with_their_account_and_when_they_are_old() {
    for engine in Engine::all() {
        let store =
            with_mails(engine, vec![mail(1, Some(10)), OutboxRow { user_id: None, ..mail(2, None) }]).await;
        let ids = store
            .write(async |tx: &mut Tx<'_>| {
                assert!(users::delete(tx, UserId(id(1))).await?);
                outbox::list_readable(tx, 9).await
            })
            .await
            .unwrap();
        assert_eq!(ids.iter().map(|row| row.id).collect::<Vec<_>>(), [id(2)], "{engine:?}");

        let store =
            with_mails(engine, (1..=9).map(|n| mail(n, None)).chain([mail(10, Some(10))]).collect()).await;
        let (over, old, done, left) = store
            .write(async |tx: &mut Tx<'_>| {
                let over = outbox::delete_kept(tx, 0, 7, 1).await? + outbox::delete_kept(tx, 0, 7, 9).await?;
                let old = outbox::delete_kept(tx, 1_004, 7, 9).await?;
                let done = outbox::delete_done_before(tx, 1_006, 1).await?;
                Ok((over, old, done, outbox::list_readable(tx, 9).await?))
            })
            .await
            .unwrap();
        assert_eq!((over, old, done), (2, 1, 1), "{engine:?}");
        let left: Vec<_> = left.iter().map(|row| row.id).collect();
        assert_eq!(left, [10, 9, 8, 7, 6, 5].map(id), "{engine:?}");
    }
}
