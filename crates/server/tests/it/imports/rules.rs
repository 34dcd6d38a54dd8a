use jotgate_harness::{Engine, TestApp};
use jotgate_server::{
    flow::import_users::{Fate, Lost, Problem},
    store::{Tx, audit},
};
use serde_json::Value;
use uuid::Uuid;

use super::*;

const HASH: &str = "$2b$06$abcdefghijklmnopqrstuud/5IuQmqhVO0kfNEbHJM.fJkPiliBzC";

fn data(name: &str, value: &str) -> serde_json::Map<String, Value> {
    [(name.to_owned(), value.into())].into_iter().collect()
}

fn mixed() -> Vec<Incoming> {
    let with = |email: &str, change: fn(&mut Incoming)| {
        let mut one = user(email, HASH);
        change(&mut one);
        one
    };
    let users = vec![
        with("Ada@Example.com", |u| {
            u.name = Some(" Ada Lovelace ".into());
            u.username = Some("ada".into());
            u.email_verified = true;
            u.roles = vec!["editor".into(), "editor".into(), "admin".into(), "no role".into()];
            u.data = data("theme", "dark");
            u.created_at = Some(1_500_000_000_000);
        }),
        with("bob@example.com", |u| u.username = Some("Ada".into())),
        with("ADA@example.com", |_| {}),
        with("no address", |_| {}),
        with("", |u| u.username = Some("carol".into())),
        with("dora@example.com", |u| u.data = data("long", &"x".repeat(5000))),
        with("erin@example.com", |u| u.password = Brought::Nothing),
        with("fay@example.com", |u| u.disabled = true),
        with("gil@example.com", |u| u.lost = vec![Lost::SecondFactor, Lost::SocialLogin]),
        with("robot@example.com", |u| u.lost = vec![Lost::Program]),
        with("hal@example.com", |u| u.username = Some("hal@example.com".into())),
        with("ivy@example.com", |u| u.name = Some("\u{7}".into())),
        user("joe@example.com", "{SSHA}c2VjcmV0"),
        with("kim@example.com", |u| u.created_at = Some(i64::MAX)),
    ];
    users.into_iter().zip(1..).map(|(user, line)| Incoming { line, ..user }).collect()
}

fn told(outcomes: &[Outcome]) -> String {
    let line = |one: &Outcome| {
        let fate = match one.fate {
            Fate::Imported(_) => "in",
            Fate::There(_) => "there",
            Fate::Left => "left",
        };
        let problems: Vec<_> = one.problems.iter().map(Problem::code).collect();
        format!("{} {} {fate} {}", one.line, one.who, problems.join(" ")).trim_end().to_owned()
    };
    outcomes.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn who_can_be_had_is_had_and_the_rest_is_said_in_a_dry_run_too() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let dry = import(&app, Rules { dry_run: true, ..RULES }, mixed()).await;
        assert!(stored(&app, "ada@example.com").await.is_none(), "{engine:?}: a dry run writes nothing");
        let wet = import(&app, RULES, mixed()).await;
        assert_eq!(told(&dry), told(&wet), "{engine:?}");
        let expected = "1 Ada@Example.com in role_admin role_invalid\n\
            2 bob@example.com in username_taken\n\
            3 ADA@example.com left twice_in_the_file\n\
            4 no address left email_invalid\n\
            5 carol left email_missing\n\
            6 dora@example.com in data_too_large\n\
            7 erin@example.com in password_missing\n\
            8 fay@example.com in\n\
            9 gil@example.com in second_factor social_login\n\
            10 robot@example.com left program\n\
            11 hal@example.com in\n\
            12 ivy@example.com in name_invalid\n\
            13 joe@example.com in password_unknown_kind\n\
            14 kim@example.com in";
        assert_eq!(told(&wet), expected, "{engine:?}");
        for problem in wet.iter().flat_map(|one| &one.problems) {
            assert!(problem.text().len() > 8 && problem.mend().len() > 6, "{problem:?}");
            assert!(!problem.text().contains("c2VjcmV0"), "no hash in a report");
        }
        let ada = stored(&app, "ada@example.com").await.unwrap();
        assert_eq!((ada.email.as_str(), ada.name.as_deref()), ("Ada@Example.com", Some("Ada Lovelace")));
        assert_eq!((ada.username.as_deref(), ada.email_verified), (Some("ada"), true));
        assert_eq!(
            (ada.roles.as_slice(), ada.data.as_str()),
            (&["editor".to_owned()][..], r#"{"theme":"dark"}"#)
        );
        assert_eq!(ada.created_at, 1_500_000_000_000);
        assert!(stored(&app, "fay@example.com").await.unwrap().disabled_at.is_some());
        assert!(stored(&app, "kim@example.com").await.unwrap().created_at <= app.app.clock.now_ms());
        let events =
            app.app.store.read(async move |tx: &mut Tx<'_>| audit::list_by_user(tx, ada.id, 10).await);
        let events: Vec<_> = events.await.unwrap().into_iter().map(|row| (row.kind, row.detail)).collect();
        assert_eq!(events.len(), 1, "{events:?}");
        assert!(events[0].1.contains("import") && events[0].1.contains("csv"), "{events:?}");
    }
}

#[tokio::test]
async fn an_import_that_is_run_again_changes_nothing_and_finds_everybody() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let first = import(&app, RULES, mixed()).await;
        let before = stored(&app, "ada@example.com").await;
        let again = import(&app, RULES, mixed()).await;
        assert_eq!(stored(&app, "ada@example.com").await, before, "{engine:?}");
        for (one, other) in first.iter().zip(&again) {
            match (one.fate, other.fate) {
                (Fate::Imported(id), Fate::There(there)) => assert_eq!(id, there, "{engine:?}"),
                (Fate::Left, Fate::Left) => {}
                other => panic!("{engine:?}: {} {other:?}", one.line),
            }
        }
        let dry = import(&app, Rules { dry_run: true, ..RULES }, mixed()).await;
        assert_eq!(dry, again, "{engine:?}");
    }
}

#[tokio::test]
async fn an_id_that_is_a_uuid_stays_unless_somebody_else_has_it() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let id = Uuid::from_u128(0x7d5f_6a1c_3b52_4e0f_9a41_0c6e_4be2_91d7);
        let with = |email: &str, id: &str| Incoming { id: Some(id.into()), ..user(email, HASH) };
        let users = vec![
            with("ada@example.com", &id.to_string()),
            with("bob@example.com", &id.to_string()),
            with("eve@example.com", "auth0|5dea9f9c82dd7c0e76e4ec93"),
        ];
        let outcomes = import(&app, RULES, users).await;
        assert_eq!(outcomes[0].fate, Fate::Imported(id), "{engine:?}");
        let Fate::Imported(other) = outcomes[1].fate else { panic!("{outcomes:?}") };
        assert_ne!(other, id, "{engine:?}");
        assert_eq!(stored(&app, "bob@example.com").await.unwrap().id.0, other);
        assert_eq!(outcomes[2].foreign_id.as_deref(), Some("auth0|5dea9f9c82dd7c0e76e4ec93"));
    }
}

#[tokio::test]
async fn administrators_and_unverified_addresses_are_the_operators_decision() {
    for engine in Engine::all() {
        let app = TestApp::new(engine).await;
        let admin = || Incoming { roles: vec!["admin".into()], ..user("root@example.com", HASH) };
        let verified = Rules { verified_only: true, ..RULES };
        assert_eq!(
            told(&import(&app, verified, vec![admin()]).await),
            "0 root@example.com left email_not_verified"
        );
        import(&app, Rules { keep_admin: true, ..RULES }, vec![admin()]).await;
        assert_eq!(stored(&app, "root@example.com").await.unwrap().roles, ["admin"], "{engine:?}");
    }
}
