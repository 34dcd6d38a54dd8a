//! Sessions: what a rotation, an end and a sweep do to the rows.

use std::sync::Arc;

use jotgate_harness::{Engine, TestStore};
use jotgate_server::store::sessions::{self, NewSession, Rotation};
use jotgate_server::store::users::{self, Inserted, NewUser};
use jotgate_server::store::{SessionId, Tx, UserId};
use uuid::Uuid;

fn id(n: u128) -> Uuid {
    Uuid::from_u128((1_700_000_000_000_u128 << 80) | n)
}

fn user(n: u128) -> NewUser {
    NewUser {
        id: UserId(id(n)),
        email: format!("User{n}@Example.com"),
        email_key: format!("user{n}@example.com"),
        username: None,
        username_key: None,
        name: Some("Ünï ☃".to_owned()),
        password_hash: Some("$argon2id$old".to_owned()),
        email_verified: false,
        roles: vec!["user".to_owned()],
        data: r#"{"a":1}"#.to_owned(),
        created_at: 1_000,
    }
}

fn session(n: u128, owner: u128) -> NewSession {
    NewSession {
        id: SessionId(id(n)),
        user_id: UserId(id(owner)),
        client: "web".to_owned(),
        salt: [7; 16],
        credential_epoch: 0,
        created_at: 1_000,
        idle_until: 5_000,
        absolute_until: 9_000,
        user_agent: Some("curl".to_owned()),
        ip: None,
        amr: vec!["pwd".to_owned()],
        auth_time: 1_000,
        delivery: "cookie".to_owned(),
        audience: Some(vec!["https://api.example".to_owned()]),
        dpop_jkt: None,
    }
}

fn rotation(n: u128, from: u64) -> Rotation {
    Rotation {
        id: SessionId(id(n)),
        from,
        to: from + 1,
        rotated_at: 2_000,
        recent: format!("[{from}]"),
        last_key: Some([9; 16]),
        key_run: 1,
        idle_until: 6_000,
        last_seen_at: 2_000,
    }
}

async fn with_session(engine: Engine) -> TestStore {
    let store = TestStore::new(engine).await;
    store
        .write(async |tx: &mut Tx<'_>| {
            assert_eq!(users::insert(tx, &user(1)).await?, Inserted::Done);
            sessions::insert(tx, &session(10, 1)).await
        })
        .await
        .expect("a user and a session go into a new database");
    store
}

#[tokio::test]
async fn of_fifty_rotations_at_once_one_wins() {
    for engine in Engine::all() {
        let store = Arc::new(with_session(engine).await);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let store = Arc::clone(&store);
            tasks.spawn(async move {
                store
                    .write(async |tx: &mut Tx<'_>| sessions::rotate(tx, &rotation(10, 0)).await)
                    .await
                    .unwrap()
            });
        }
        let won = tasks.join_all().await.into_iter().filter(|won| *won).count();
        assert_eq!(won, 1, "{engine:?}");
        let row =
            store.read(async |tx: &mut Tx<'_>| sessions::by_id(tx, SessionId(id(10))).await).await.unwrap();
        assert_eq!(row.unwrap().generation, 1, "{engine:?}");
    }
}
