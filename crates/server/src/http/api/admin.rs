//! `GET /v1/admin/users`, `GET` and `PATCH /v1/admin/users/{id}`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use jotgate_token::reason;
use serde::Serialize;
use uuid::Uuid;

use super::{Id, page::Page};
use crate::{
    error::Error,
    flow::{
        admin::{ChangeUser, change_user, list_users, show_user},
        operator::UserView as Account,
    },
    http::{
        bearer::Bearer,
        body::{Members, unfit},
        front::Front,
        view::{UserView, rfc_3339},
        visit::Visit,
    },
};

pub(in crate::http) async fn list(
    State(front): State<Front>,
    Bearer(caller): Bearer,
    page: Page<Uuid>,
) -> Result<Response, Error> {
    let users = list_users(&front.app, &caller, page.after, page.limit).await?;
    let next = page.next(&users, |last| last.user.id);
    Ok(Json(List { users: users.iter().map(Line::of).collect(), next }).into_response())
}

pub(in crate::http) async fn get(
    State(front): State<Front>,
    Bearer(caller): Bearer,
    Id(id): Id,
) -> Result<Response, Error> {
    let id = id.ok_or(&reason::REQUEST_NOT_FOUND)?;
    let account = show_user(&front.app, &caller, id).await?;
    Ok(Json(Line::of(&account)).into_response())
}

pub(in crate::http) async fn patch(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
    Id(id): Id,
    mut members: Members,
) -> Result<Response, Error> {
    let id = id.ok_or(&reason::REQUEST_NOT_FOUND)?;
    let reset_factors = match members.text("factors")?.as_deref() {
        None => false,
        Some("reset") => true,
        Some(_) => return Err(unfit("`factors` has an unknown value.").expected("\"reset\"").into()),
    };
    let (roles, disabled) = (members.texts("roles")?, members.flag("disabled")?);
    let change = ChangeUser { roles, disabled, reset_factors };
    let account = change_user(&front.app, &caller, id, change, visit.client()).await?;
    Ok(Json(Line::of(&account)).into_response())
}

#[derive(Serialize)]
struct List<'a> {
    users: Vec<Line<'a>>,
    /// The `after` of the next page.
    next: Option<Uuid>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    user: UserView<'a>,
    disabled_at: Option<String>,
}

impl<'a> Line<'a> {
    fn of(account: &'a Account) -> Self {
        Self { user: UserView::of(&account.user), disabled_at: account.disabled_at.map(rfc_3339) }
    }
}
