//! `/v1/admin/clients`: programs that get tokens for themselves, for administrators.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::{Name, page::Page};
use crate::{
    config::duration,
    error::Error,
    flow::{
        admin,
        clients::{AddClient, ChangeClient, ClientView, RotateSecret, WithSecret},
    },
    http::{
        bearer::Bearer,
        body::{Members, OptionalMembers, unfit},
        front::Front,
        view::rfc_3339,
        visit::Visit,
    },
};

pub(in crate::http) async fn list(
    State(front): State<Front>,
    Bearer(caller): Bearer,
    page: Page<String>,
) -> Result<Response, Error> {
    let clients = admin::list_clients(&front.app, &caller, page.after.as_deref(), page.limit).await?;
    let next = page.next(&clients, |last| last.id.clone());
    Ok(Json(List { clients: clients.iter().map(Line::of).collect(), next }).into_response())
}

pub(in crate::http) async fn add(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let input = AddClient {
        id: members.required("client_id")?,
        scopes: members.text("scope")?.into_iter().collect(),
        audiences: members.texts("audiences")?.unwrap_or_default(),
        jwks: jwks(&mut members)?,
    };
    let made = admin::add_client(&front.app, &caller, input, visit.client()).await?;
    Ok((StatusCode::CREATED, Json(Line::with_secret(&made))).into_response())
}

pub(in crate::http) async fn get(
    State(front): State<Front>,
    Bearer(caller): Bearer,
    Name(id): Name,
) -> Result<Response, Error> {
    let client = admin::show_client(&front.app, &caller, &id).await?;
    Ok(Json(Line::of(&client)).into_response())
}

pub(in crate::http) async fn patch(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    Name(id): Name,
    mut members: Members,
) -> Result<Response, Error> {
    let change = ChangeClient {
        scopes: members.text("scope")?.map(|scope| vec![scope]),
        audiences: members.texts("audiences")?,
        jwks: jwks(&mut members)?,
        disabled: members.flag("disabled")?,
    };
    let client = admin::change_client(&front.app, &caller, &id, change, visit.client()).await?;
    Ok(Json(Line::of(&client)).into_response())
}

pub(in crate::http) async fn delete(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    Name(id): Name,
) -> Result<Response, Error> {
    admin::delete_client(&front.app, &caller, &id, visit.client()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(in crate::http) async fn rotate_secret(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    Name(id): Name,
    OptionalMembers(mut members): OptionalMembers,
) -> Result<Response, Error> {
    let keep_old = match members.text("keep_old")? {
        Some(span) => duration::read(&span)
            .map_err(|_| unfit("`keep_old` is no span.").expected("such as 24h or 0s"))?,
        None => KEEP_OLD,
    };
    let revoke_tokens = members.flag("revoke_tokens")?.unwrap_or(false);
    let how = RotateSecret { keep_old, revoke_tokens };
    let made = admin::rotate_secret(&front.app, &caller, &id, how, visit.client()).await?;
    Ok(Json(Line::with_secret(&made)).into_response())
}

fn jwks(members: &mut Members) -> Result<Option<String>, Error> {
    Ok(members.object("jwks")?.map(|jwks| serde_json::Value::Object(jwks).to_string()))
}

#[derive(Serialize)]
struct List<'a> {
    clients: Vec<Line<'a>>,
    /// The `after` of the next page.
    next: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    client_id: &'a str,
    auth: &'static str,
    scope: String,
    audiences: &'a [String],
    keys: &'a [String],
    old_secret_until: Option<String>,
    disabled_at: Option<String>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(client: &'a ClientView) -> Self {
        Self {
            client_id: &client.id,
            auth: client.auth.name(),
            scope: client.scopes.join(" "),
            audiences: &client.audiences,
            keys: &client.keys,
            old_secret_until: client.old_secret_until.map(rfc_3339),
            disabled_at: client.disabled_at.map(rfc_3339),
            created_at: rfc_3339(client.created_at),
            client_secret: None,
        }
    }

    /// The one time that the secret is told.
    fn with_secret(made: &'a WithSecret) -> Self {
        let client_secret = made.secret.as_ref().map(ExposeSecret::expose_secret);
        Self { client_secret, ..Self::of(&made.client) }
    }
}

/// Long enough to change a service over by hand.
const KEEP_OLD: Duration = Duration::from_secs(24 * 3_600);
