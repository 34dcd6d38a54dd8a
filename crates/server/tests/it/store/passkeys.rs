//! Passkeys: whose they are, and what of two uses at once remains.

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::passkeys::{self, PasskeyRow};
use jotgate_server::store::users::{self, Inserted};
use jotgate_server::store::{Tx, UserId};

use super::fixture::{id, user};

fn passkey(n: u128, owner: u128) -> PasskeyRow {
    PasskeyRow {
        id: id(n),
        user_id: UserId(id(owner)),
        credential_id: vec![1, 0, 255, u8::try_from(n).expect("tests count to 255")],
        credential: r#"{"counter":1}"#.to_owned(),
        name: "Ünï key".to_owned(),
        created_at: 1_000,
        last_used_at: None,
    }
}

async fn with_two_users(engine: Engine) -> TestStore {
    let store = TestStore::new(engine).await;
    let inserted = store.write(async |tx: &mut Tx<'_>| {
        let first = users::insert(tx, &user(1)).await?;
        let second = users::insert(tx, &user(2)).await?;
        Ok([first, second])
    });
    assert_eq!(inserted.await.expect("two users go into a new database"), [Inserted::Done, Inserted::Done]);
    store
}

#[tokio::test]
async fn a_passkey_is_found_by_its_id_at_the_authenticator_and_belongs_to_one_user() {
    for engine in Engine::all() {
        let store = with_two_users(engine).await;
        let (inserted, found, unknown, listed) = store
            .write(async |tx: &mut Tx<'_>| {
                let stolen = PasskeyRow { credential_id: passkey(10, 1).credential_id, ..passkey(11, 2) };
                let mut inserted = Vec::new();
                for row in [passkey(10, 1), stolen, passkey(13, 1), passkey(12, 1)] {
                    inserted.push(passkeys::insert(tx, &row).await?);
                }
                let found = passkeys::by_credential_id(tx, &passkey(10, 1).credential_id).await?;
                let unknown = passkeys::by_credential_id(tx, &[1, 0, 255]).await?;
                Ok((inserted, found, unknown, passkeys::list_by_user(tx, UserId(id(1))).await?))
            })
            .await
            .unwrap();
        assert_eq!(inserted, [true, false, true, true], "{engine:?}");
        assert_eq!((found, unknown), (Some(passkey(10, 1)), None), "{engine:?}");
        assert_eq!(listed, [passkey(10, 1), passkey(12, 1), passkey(13, 1)], "{engine:?}");
    }
}

#[tokio::test]
async fn only_the_owner_renames_and_deletes() {
    for engine in Engine::all() {
        let store = with_two_users(engine).await;
        let answers = store
            .write(async |tx: &mut Tx<'_>| {
                let (ada, eve) = (UserId(id(1)), UserId(id(2)));
                for row in [passkey(10, 1), passkey(11, 1), passkey(12, 2)] {
                    assert!(passkeys::insert(tx, &row).await?);
                }
                let strange = [
                    passkeys::rename(tx, id(10), eve, "mine").await?,
                    passkeys::delete(tx, id(10), eve).await?,
                    passkeys::rename(tx, id(99), ada, "none").await?,
                ];
                let own = [
                    passkeys::rename(tx, id(10), ada, "Phone").await?,
                    passkeys::delete(tx, id(11), ada).await?,
                ];
                let left = passkeys::list_by_user(tx, ada).await?;
                assert!(users::delete(tx, eve).await?);
                let gone = passkeys::by_credential_id(tx, &passkey(12, 2).credential_id).await?;
                let all = passkeys::delete_by_user(tx, ada).await?;
                Ok((strange, own, left, gone, all))
            })
            .await
            .unwrap();
        let (strange, own, left, gone, all) = answers;
        assert_eq!((strange, own), ([false; 3], [true; 2]), "{engine:?}");
        assert_eq!(left, [PasskeyRow { name: "Phone".to_owned(), ..passkey(10, 1) }], "{engine:?}");
        assert_eq!((gone, all), (None, 1), "{engine:?}: a user's passkeys go with the user");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_uses_that_read_the_same_one_counts() {
    for engine in Engine::all() {
        let store = with_two_users(engine).await;
        let inserted = store.write(async |tx: &mut Tx<'_>| passkeys::insert(tx, &passkey(10, 1)).await);
        assert!(inserted.await.unwrap());
        let mut uses = tokio::task::JoinSet::new();
        for n in 0..8_i64 {
            let store = store.clone();
            uses.spawn(async move {
                let used = store.write(async move |tx: &mut Tx<'_>| {
                    let new = format!(r#"{{"counter":{}}}"#, n + 2);
                    passkeys::mark_used(tx, id(10), r#"{"counter":1}"#, &new, 2_000 + n).await
                });
                used.await.unwrap().then_some(n)
            });
        }
        let winners: Vec<_> = uses.join_all().await.into_iter().flatten().collect();
        let [winner] = winners[..] else { panic!("{engine:?}: {winners:?}") };
        let row = store
            .read(async |tx: &mut Tx<'_>| passkeys::by_credential_id(tx, &passkey(10, 1).credential_id).await)
            .await
            .unwrap()
            .unwrap();
        let expected = (format!(r#"{{"counter":{}}}"#, winner + 2), Some(2_000 + winner));
        assert_eq!((row.credential, row.last_used_at), expected, "{engine:?}");
    }
}
