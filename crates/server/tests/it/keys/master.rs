//! Another master key: everything goes on, and the old one opens nothing.

use jotgate_harness::{Engine, TestApp};
use jotgate_server::{
    flow::{
        keys::{
            catch_up,
            master::rekey,
            refresh::{self, Wanted},
        },
        operator::By,
    },
    store::{Tx, keys},
};
use serde_json::json;

use super::me;

const NEW: &str = "0b7d4c1e96f8a2537de01c94b86f3a5218e7d0c94b6a3f1528d7e09c416bfa35";

fn bytes(hex: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("two digits"))
}

#[tokio::test]
async fn all_keys_move_to_the_new_master_key_at_once_and_the_old_one_opens_nothing() {
    for engine in Engine::all() {
        let before = TestApp::new(engine).await;
        let session = before.sign_up("ada@example.com").await;
        let (token, renew) = (session.member("access_token"), session.member("refresh_token"));
        refresh::carry_out(&before.app, Wanted::Rotate, &By::default()).await.unwrap();
        let published = before.app.keyring.signing().jwks.clone();
        assert_eq!(rekey(&before.app, &bytes(NEW), &By::default()).await.unwrap(), 4, "{engine:?}");

        // A server with the old one keeps what it has in memory for a minute, and then signs nothing.
        assert!(catch_up(&before.app).await.is_err(), "{engine:?}");
        assert_eq!(me(&before, &token).await, "200");
        before.clock.advance(std::time::Duration::from_secs(60));
        let login = json!({"email": "ada@example.com", "password": jotgate_harness::PASSWORD});
        let refused = before.post("/v1/login", &login).send().await;
        assert_eq!((refused.status, refused.reason().as_str()), (503, "keys.unavailable"), "{engine:?}");

        let after = before.beside_with(&[("keys.master_key", NEW)]).await;
        assert_eq!(after.app.keyring.signing().jwks, published, "the keys are the same");
        assert_eq!(me(&after, &token).await, "200");
        let answer = after.post("/v1/refresh", &json!({"refresh_token": renew})).send().await;
        assert_eq!(answer.status, 200, "{engine:?}: {}", answer.text());

        let old = before.app.keyring.master();
        let rows = after.app.store.read(async |tx: &mut Tx<'_>| keys::list_signing(tx).await).await.unwrap();
        for row in rows {
            let name =
                jotgate_server::app::keyring::SealedName { issuer: "http://localhost:8080", id: &row.kid };
            assert!(
                old.open(name, &row.private_sealed).is_err(),
                "{engine:?}: the old master key is worth nothing"
            );
        }
    }
}
