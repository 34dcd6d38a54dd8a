//! Users: names that are taken, changes that others race, epochs.

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::users::{self, Inserted, Profile, Updated, UserRow};
use jotgate_server::store::{Store, Tx, UserId, sessions};

use super::fixture::{id, session, user};

fn named(n: u128, name: &str) -> UserRow {
    UserRow { username: Some(name.to_owned()), username_key: Some(name.to_lowercase()), ..user(n) }
}

async fn insert(store: &Store, user: UserRow) -> Inserted {
    let inserted = store.write(async move |tx: &mut Tx<'_>| users::insert(tx, &user).await).await;
    inserted.expect("the store answers")
}

async fn row(store: &Store, n: u128) -> UserRow {
    let row = store.read(async move |tx: &mut Tx<'_>| users::by_id(tx, UserId(id(n))).await).await;
    row.expect("the store answers").expect("the user is there")
}

#[tokio::test]
async fn a_user_comes_back_as_it_was_inserted() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        assert_eq!(insert(&store, named(1, "Ada")).await, Inserted::Done);
        let found = store
            .read(async |tx: &mut Tx<'_>| {
                let by_email = users::by_email_key(tx, "user1@example.com").await?;
                let by_name = users::by_username_key(tx, "ada").await?;
                let nobody = users::by_email_key(tx, "User1@Example.com").await?;
                Ok((by_email, by_name, nobody))
            })
            .await
            .unwrap();
        let new = named(1, "Ada");
        let expected = UserRow {
            id: new.id,
            email: new.email,
            email_key: new.email_key,
            username: new.username,
            username_key: new.username_key,
            name: new.name,
            language: new.language,
            password_hash: new.password_hash,
            email_verified: false,
            roles: new.roles,
            data: new.data,
            disabled_at: None,
            credential_epoch: 0,
            authz_epoch: 0,
            created_at: 1_000,
            updated_at: 1_000,
        };
        assert_eq!(found, (Some(expected.clone()), Some(expected), None), "{engine:?}");
    }
}

#[tokio::test]
async fn what_is_taken_is_said_by_name() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        assert_eq!(insert(&store, named(1, "Ada")).await, Inserted::Done);
        let same_email = UserRow { email_key: user(1).email_key, ..named(2, "Grace") };
        assert_eq!(insert(&store, same_email).await, Inserted::EmailTaken, "{engine:?}");
        assert_eq!(insert(&store, named(3, "ADA")).await, Inserted::UsernameTaken, "{engine:?}");
        // Any number of users have no user name.
        assert_eq!(insert(&store, user(4)).await, Inserted::Done, "{engine:?}");
        assert_eq!(insert(&store, user(5)).await, Inserted::Done, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_one_address_or_name_one_gets_it() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        let mut inserts = tokio::task::JoinSet::new();
        for n in 0..20 {
            let store = store.clone();
            inserts
                .spawn(async move { insert(&store, UserRow { email_key: "x".to_owned(), ..user(n) }).await });
        }
        let mut answers = inserts.join_all().await;
        answers.retain(|answer| *answer != Inserted::EmailTaken);
        assert_eq!(answers, [Inserted::Done], "{engine:?}");

        let mut updates = tokio::task::JoinSet::new();
        for n in 100..110 {
            assert_eq!(insert(&store, user(n)).await, Inserted::Done);
            let store = store.clone();
            updates.spawn(async move { rename(&store, n, "Grace").await });
        }
        let mut answers = updates.join_all().await;
        answers.retain(|answer| *answer != Updated::UsernameTaken);
        assert_eq!(answers, [Updated::Done], "{engine:?}");
    }
}

async fn rename(store: &Store, n: u128, name: &str) -> Updated {
    let profile = Profile {
        language: Some("fr".to_owned()),
        name: None,
        username: Some(name.to_owned()),
        username_key: Some(name.to_lowercase()),
        data: "{}".to_owned(),
    };
    let updated = store
        .write(async move |tx: &mut Tx<'_>| users::update_profile(tx, UserId(id(n)), &profile, 2_000).await)
        .await;
    updated.expect("the store answers")
}

#[tokio::test]
async fn a_profile_is_replaced_and_keeps_its_own_name() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        assert_eq!(insert(&store, named(1, "Ada")).await, Inserted::Done);
        assert_eq!(rename(&store, 1, "ADA").await, Updated::Done, "{engine:?}");
        assert_eq!(rename(&store, 2, "Grace").await, Updated::Gone, "{engine:?}");
        let row = row(&store, 1).await;
        assert_eq!((row.name, row.username.as_deref(), row.updated_at), (None, Some("ADA"), 2_000));
    }
}

#[tokio::test]
async fn a_password_is_set_only_over_the_one_that_was_read() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        assert_eq!(insert(&store, user(1)).await, Inserted::Done);
        let ada = UserId(id(1));
        let answers = store
            .write(async move |tx: &mut Tx<'_>| {
                let rehashed = users::rehash(tx, ada, "$argon2id$old", "again").await?;
                let stale = users::rehash(tx, ada, "$argon2id$old", "stale").await?;
                let held = users::hold(tx, ada, 0).await?;
                let set = users::set_password(tx, ada, 0, "new", 2_000).await?;
                let late = users::set_password(tx, ada, 0, "late", 3_000).await?;
                let released = users::hold(tx, ada, 0).await?;
                Ok([rehashed, stale, held, set, late, released])
            })
            .await;
        assert_eq!(answers.unwrap(), [true, false, true, true, false, false], "{engine:?}");
        let row = row(&store, 1).await;
        assert_eq!((row.password_hash.as_deref(), row.credential_epoch), (Some("new"), 1), "{engine:?}");
    }
}

/// I8 of `design/sessions.md`, as far as the store carries it: whichever comes first, no session is left alive.
#[tokio::test(flavor = "multi_thread")]
async fn no_login_in_flight_survives_a_password_change() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        for n in 0..20 {
            assert_eq!(insert(&store, user(n)).await, Inserted::Done);
            let owner = UserId(id(n));
            let login = store.clone();
            let login = tokio::spawn(async move {
                let opened = login.write(async move |tx: &mut Tx<'_>| {
                    let held = users::hold(tx, owner, 0).await?;
                    if held {
                        sessions::insert(tx, &session(1_000 + n, n)).await?;
                    }
                    Ok(held)
                });
                opened.await.unwrap()
            });
            let change = store.clone();
            let change = tokio::spawn(async move {
                let changed = change.write(async move |tx: &mut Tx<'_>| {
                    assert!(users::set_password(tx, owner, 0, "new", 2_000).await?);
                    sessions::end_all(tx, owner, None, 2_000, "password").await
                });
                changed.await.unwrap()
            });
            let (opened, ended) = (login.await.unwrap(), change.await.unwrap());
            let live = store
                .read(async move |tx: &mut Tx<'_>| sessions::list_live(tx, owner, 3_000).await)
                .await
                .unwrap();
            assert!(live.is_empty(), "{engine:?}");
            assert_eq!(
                ended.len(),
                usize::from(opened),
                "{engine:?}: a session that was made is one that is ended"
            );
        }
    }
}

#[tokio::test]
async fn epochs_rise_with_what_they_stand_for() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        assert_eq!(insert(&store, user(1)).await, Inserted::Done);
        let ada = UserId(id(1));
        store
            .write(async move |tx: &mut Tx<'_>| {
                let two = ["admin".to_owned(), "x".to_owned()];
                assert_eq!(users::set_roles(tx, ada, &two[..1], 1_700, 2_000).await?, Some(1_700));
                assert_eq!(users::set_roles(tx, ada, &two, 1_700, 2_000).await?, Some(1_701));
                assert_eq!(users::set_roles(tx, UserId(id(99)), &two, 1_700, 2_000).await?, None);
                assert!(users::set_disabled(tx, ada, Some(2_500), 2_500).await?);
                assert!(!users::hold(tx, ada, 1).await?);
                assert!(users::set_disabled(tx, ada, None, 2_600).await?);
                assert!(users::hold(tx, ada, 1).await?);
                assert!(users::raise_credential_epoch(tx, ada, 2_700).await?);
                assert!(!users::raise_credential_epoch(tx, UserId(id(9)), 2_700).await?);
                Ok(())
            })
            .await
            .unwrap();
        let row = row(&store, 1).await;
        assert_eq!((row.authz_epoch, row.credential_epoch, row.disabled_at), (1_701, 2, None), "{engine:?}");
        assert_eq!(row.roles, ["admin", "x"], "{engine:?}");
    }
}

#[tokio::test]
async fn users_are_listed_in_pages_and_found_by_role() {
    for engine in Engine::all() {
        let store = TestStore::new(engine).await;
        for n in [3, 1, 2] {
            assert_eq!(insert(&store, user(n)).await, Inserted::Done);
        }
        let (first, rest, roles, count) = store
            .write(async |tx: &mut Tx<'_>| {
                let first = users::list(tx, None, 2).await?;
                let rest = users::list(tx, Some(first[1].id), 2).await?;
                let odd = ["a\"b".to_owned(), "x,".to_owned(), "Admins".to_owned()];
                assert_eq!(users::set_roles(tx, UserId(id(1)), &odd, 0, 0).await?, Some(1));
                let mut roles = Vec::new();
                for role in ["user", "a\"b", "b", "admin", "Admin", "admins", "Admins", "%", ""] {
                    roles.push(users::any_with_role(tx, role).await?);
                }
                Ok((first, rest, roles, users::count(tx).await?))
            })
            .await
            .unwrap();
        let ids = |rows: Vec<UserRow>| rows.into_iter().map(|row| row.id.0).collect::<Vec<_>>();
        assert_eq!((ids(first), ids(rest)), (vec![id(1), id(2)], vec![id(3)]), "{engine:?}");
        assert_eq!(roles, [true, true, false, false, false, false, true, false, false], "{engine:?}");
        assert_eq!(count, 3, "{engine:?}");
    }
}
