//! Everything that is held about one user, as one JSON document (GDPR articles 15 and 20).
//!
//! What is held is said in `store::held`, table by table; here it gets names and times that people and programs can
//! read. Who may ask: the user with a recent login, because the document is what a thief would want most, and whoever
//! has the machine.

use jotgate_token::reason;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Client,
    audit::Event,
    authenticate::Caller,
    operator::{By, find_user},
    rfc_3339,
    throttle::Counted,
};
use crate::{
    app::App,
    error::Result,
    store::{
        StoreError, Tx, UserId,
        attempts::AttemptRow,
        held::{self, Form, Held, Part},
    },
};

/// All that is held about a user.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The document.
    pub document: Value,
    /// The day it was made, `2026-11-22`.
    pub day: String,
}

/// What is held about the caller.
///
/// # Errors
/// `aud.mismatch`, `stepup.required`.
pub async fn export_me(app: &App, caller: &Caller, client: Client) -> Result<Export> {
    caller.require_exact_audience(app)?;
    caller.require_recent(app)?;
    let event =
        Event::new("user.exported", app.clock.now_ms()).user(caller.row.id).request(&client.request_id);
    export(app, caller.row.id, event).await
}

/// What is held about a user, for an operator who has to answer a request.
///
/// # Errors
/// `request.not_found`.
pub async fn export_user(app: &App, id: Uuid, by: By) -> Result<Export> {
    let id = UserId(find_user(app, &id.to_string()).await?.user.id);
    export(app, id, by.event("user.exported", app.clock.now_ms(), id)).await
}

async fn export(app: &App, id: UserId, event: Event) -> Result<Export> {
    let now = app.clock.now_ms();
    let of = app.clone();
    let collected = app.store.write(async move |tx: &mut Tx<'_>| {
        event.write(&of, tx).await?;
        let mut members = Map::new();
        for part in held::PARTS {
            members.insert(part.name.into(), collect(tx, part, id).await?);
        }
        let failures = Counted::failures_of(&of, tx, &id.0.to_string()).await?;
        members.insert("failed_logins".into(), failures.map_or(Value::Null, counter));
        Ok(members)
    });
    let collected = collected.await?;
    // Gone between being asked for and being read.
    if collected["account"].is_null() {
        return Err((&reason::REQUEST_NOT_FOUND).into());
    }
    let made_at = rfc_3339(now);
    let mut document = json!({
        "format": FORMAT,
        "issuer": app.config.issuer.as_str(),
        "made_at": made_at,
    });
    if let Value::Object(members) = &mut document {
        members.extend(collected);
        members.insert("not_shown".into(), not_shown());
    }
    Ok(Export { document, day: made_at.chars().take(10).collect() })
}

/// The rows of a part; of a part that is there once, the row.
async fn collect(tx: &mut Tx<'_>, part: &Part, id: UserId) -> Result<Value, StoreError> {
    let rows = held::rows(tx, part, id, MOST_ROWS).await?;
    let mut objects: Vec<Value> = rows.into_iter().map(|row| object(part, row)).collect();
    Ok(if ONCE.contains(&part.name) { objects.pop().unwrap_or_default() } else { objects.into() })
}

fn object(part: &Part, row: Vec<Held>) -> Value {
    let name = |(column, form): &(&'static str, Form)| match form {
        Form::Whether(name) => *name,
        _ => column,
    };
    part.shown
        .iter()
        .map(name)
        .map(String::from)
        .zip(row.into_iter().map(value))
        .collect::<Map<_, _>>()
        .into()
}

fn value(held: Held) -> Value {
    match held {
        Held::Nothing => Value::Null,
        Held::Text(text) => text.into(),
        Held::Number(number) => number.into(),
        Held::Flag(flag) => flag.into(),
        Held::Time(at) => rfc_3339(at).into(),
        // What is not JSON any more is shown as it is, because it is held all the same.
        Held::Json(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

fn counter(row: AttemptRow) -> Value {
    json!({
        "failures": row.failures,
        "since": rfc_3339(row.window_started_at),
        "in_a_row": row.consecutive,
        "last_failed_at": rfc_3339(row.last_failed_at),
    })
}

/// What is held and not shown, so that the document does not look like more than it is.
fn not_shown() -> Value {
    let of = |part: &Part| {
        let columns = part.withheld.iter().map(|(column, why)| ((*column).to_owned(), Value::from(*why)));
        (part.name.to_owned(), Value::Object(columns.collect()))
    };
    held::PARTS.iter().filter(|part| !part.withheld.is_empty()).map(of).collect::<Map<_, _>>().into()
}

/// Rises when a program that reads the document would have to change.
pub const FORMAT: &str = "jotgate.export.v1";

/// Of these a user has one at most.
pub const ONCE: &[&str] = &["account", "authenticator_app"];

/// The newest of each kind: an account under attack has failed logins without end, and the answer has to fit in memory.
const MOST_ROWS: u32 = 10_000;
