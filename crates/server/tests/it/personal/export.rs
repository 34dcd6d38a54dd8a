//! `GET /v1/me/export`: everything that is held, and never what would open the account.

use std::{collections::BTreeSet, time::Duration};

use jotgate_harness::{Engine, TestApp, agreed};
use jotgate_server::{
    flow::{export::export_user, operator::By},
    store::held,
};
use serde_json::json;

use super::{EMAIL, WORD, export, tables, texts, zelda};

/// Tables with nothing about one user in them, and what they hold.
const OF_NOBODY: &[(&str, &str)] = &[
    ("access_reach", "settings"),
    ("attempts", "digests; those of the account's own counter are in the export as failed_logins"),
    ("clients", "programs"),
    ("mail_requests", "sealed, for seconds: what was asked for in the name of an address"),
    ("meta", "settings"),
    ("refresh_keys", "keys"),
    ("revocation_head", "settings"),
    ("revocations", "digests, gone when the last token they concern is over"),
    ("signing_keys", "keys"),
    ("used_assertions", "digests of programs' assertions"),
];

#[tokio::test]
async fn every_column_of_every_table_is_shown_or_withheld_with_a_reason() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let named: BTreeSet<(String, String)> = held::PARTS
            .iter()
            .flat_map(|part| {
                let shown = part.shown.iter().map(|(column, _)| column);
                let withheld = part.withheld.iter().map(|(column, _)| column);
                shown.chain(withheld).map(|column| (part.table.to_owned(), (*column).to_owned()))
            })
            .collect();
        let of_nobody = |table: &str| OF_NOBODY.iter().any(|(one, _)| *one == table);
        let there: BTreeSet<(String, String)> = tables::columns(&app.database().database())
            .await
            .into_iter()
            .map(|column| (column.table, column.name))
            .filter(|(table, _)| !of_nobody(table) && !table.contains("migration"))
            .collect();
        assert_eq!(named, there, "{engine:?}: store/held.rs and the schema differ");
        let all: usize = held::PARTS.iter().map(|part| part.shown.len() + part.withheld.len()).sum();
        assert_eq!(all, named.len(), "a column is named twice");
    }
}

#[tokio::test]
async fn holds_everything_and_nothing_that_opens_the_account() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (id, token) = zelda(&app).await;
        let answer = export(&app, &token).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let disposition = answer.header("content-disposition");
        assert!(disposition.starts_with("attachment; filename=\"personal-data-20"), "{disposition}");
        assert_eq!(answer.header("cache-control"), "no-store");
        let document = answer.json();
        assert_eq!(document["format"], "jotgate.export.v1");
        assert_eq!(document["account"]["id"], id.to_string());
        assert_eq!(document["account"]["email"], EMAIL);
        assert_eq!(document["account"]["data"], json!({"pet": WORD}));
        assert_eq!(document["account"]["has_password"], true);
        assert_eq!(document["sessions"][0]["user_agent"], "Quokka/1.0");
        assert_eq!(document["failed_logins"]["failures"], 1);
        let kinds: Vec<_> =
            document["events"].as_array().unwrap().iter().map(|event| &event["kind"]).collect();
        assert_eq!(kinds[..2], ["user.exported", "login.failed"]);
        assert_eq!(kinds.len(), 4);
        for part in held::PARTS {
            let held = &document[part.name];
            // Status lists are off, so that there is no entry in one.
            let is_there = held.as_array().map_or(!held.is_null(), |rows| !rows.is_empty());
            assert!(is_there || part.name == "status_list_entries", "{} is empty", part.name);
            let text = held.to_string();
            for (column, _) in part.withheld {
                assert!(!text.contains(&format!("{WORD} in {column}")), "{}.{column}", part.table);
            }
        }
        assert_eq!(document["passkeys"][0]["name"], "\"quokka in name\"");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "most of it is the snapshot")]
async fn has_one_form_on_both_engines() {
    let mut shown = Vec::new();
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let token = app.sign_up("ada@example.com").await.member("access_token");
        app.clock.advance(Duration::from_millis(1));
        let document = export(&app, &token).await;
        let members: Vec<String> = document.json().as_object().unwrap().keys().cloned().collect();
        assert_eq!(texts(&json!(members)).len(), held::PARTS.len() + 5);
        let mut short = document;
        let mut json = short.json();
        json.as_object_mut().unwrap().remove("not_shown");
        json.as_object_mut().unwrap().remove("events");
        short.body = json.to_string().into();
        shown.push(short.shown());
    }
    insta::assert_snapshot!(agreed(shown), @r#"
    200 application/json
    {
      "account": {
        "created_at": "[time]",
        "data": {},
        "disabled_at": null,
        "email": "ada@example.com",
        "email_verified": false,
        "has_password": true,
        "id": "[uuid]",
        "language": null,
        "name": null,
        "password_contested": false,
        "roles": [],
        "updated_at": "[time]",
        "username": null
      },
      "authenticator_app": null,
      "challenges": [],
      "failed_logins": null,
      "format": "jotgate.export.v1",
      "issuer": "http://localhost:8080",
      "known_addresses": [
        {
          "last_success_at": "[time]"
        }
      ],
      "known_devices": [],
      "links": [
        {
          "created_at": "[time]",
          "data": {
            "key": "ada@example.com",
            "shown": "ada@example.com"
          },
          "expires_at": "[time]",
          "kind": "verify_email",
          "tries": 0,
          "used_at": null
        }
      ],
      "made_at": "[time]",
      "mails": [
        {
          "attempts": 0,
          "created_at": "[time]",
          "given_up_at": null,
          "kind": "verify_email",
          "last_error": null,
          "next_at": null,
          "sent_at": null
        }
      ],
      "passkeys": [],
      "recovery_codes": [],
      "sessions": [
        {
          "absolute_until": "[time]",
          "amr": [
            "pwd"
          ],
          "audience": [
            "http://localhost:8080"
          ],
          "auth_time": "[time]",
          "client": "first-party",
          "created_at": "[time]",
          "delivery": "body",
          "dpop_jkt": null,
          "id": "[uuid]",
          "ip": "192.0.2.7",
          "last_seen_at": "[time]",
          "revoke_reason": null,
          "revoked_at": null,
          "user_agent": null
        }
      ],
      "status_list_entries": []
    }
    "#);
}

#[tokio::test]
async fn wants_a_token_for_this_server_alone_and_a_recent_login() {
    let app = TestApp::with(Engine::Sqlite, &[("tokens.audience", "https://api.example")]).await;
    let login = json!({"email": "ada@example.com", "password": jotgate_harness::PASSWORD});
    let broad = app.sign_up("ada@example.com").await.member("access_token");
    assert_eq!(export(&app, &broad).await.reason(), "aud.mismatch");
    let mut exact = login.clone();
    exact["audience"] = json!("http://localhost:8080");
    let token = app.post("/v1/login", &exact).send().await.member("access_token");
    assert_eq!(export(&app, &token).await.status, 200);
    let window = app.app.config.sessions.recent_login;
    app.clock.advance(window.saturating_sub(Duration::from_secs(1)).min(Duration::from_secs(14 * 60)));
    assert_eq!(export(&app, &token).await.status, 200);
    let refresh = app.post("/v1/login", &exact).send().await.member("refresh_token");
    app.clock.advance(window + Duration::from_secs(1));
    let old = json!({"refresh_token": refresh, "audience": "http://localhost:8080"});
    let token = app.post("/v1/refresh", &old).send().await.member("access_token");
    assert_eq!(export(&app, &token).await.reason(), "stepup.required");
    assert_eq!(app.get("/v1/me/export").send().await.reason(), "token.missing");
}

#[tokio::test]
async fn an_operator_gets_the_same_document() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let (id, token) = zelda(&app).await;
        let own = export(&app, &token).await.json();
        app.clock.advance(Duration::from_millis(1));
        let made = export_user(&app.app, id, By::default()).await.unwrap().document;
        for part in held::PARTS.iter().filter(|part| part.name != "events") {
            assert_eq!(own[part.name], made[part.name], "{}", part.name);
        }
        assert_eq!(made["events"][0]["kind"], "user.exported");
        assert_eq!(made["events"][0]["detail"]["by"], "operator");
        assert!(export_user(&app.app, uuid::Uuid::nil(), By::default()).await.is_err());
    }
}
