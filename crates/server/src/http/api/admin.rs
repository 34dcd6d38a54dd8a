//! `GET /v1/admin/users`, `GET` and `PATCH /v1/admin/users/{id}`

use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use jotgate_token::reason;
use serde::Serialize;
use uuid::Uuid;

use super::Id;
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
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Error> {
    let Query(pairs) = query.map_err(|_| unfit("The query cannot be read."))?;
    let page = Page::of(&pairs)?;
    let users = list_users(&front.app, &caller, page.after, page.limit).await?;
    // A full page may have a next one; a short one is the last.
    let next = users.last().filter(|_| users.len() == page.limit as usize).map(|last| last.user.id);
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
    let change = ChangeUser { roles: members.texts("roles")?, disabled: members.flag("disabled")? };
    let account = change_user(&front.app, &caller, id, change, visit.client()).await?;
    Ok(Json(Line::of(&account)).into_response())
}

struct Page {
    after: Option<Uuid>,
    limit: u32,
}

impl Page {
    fn of(pairs: &[(String, String)]) -> Result<Self, Error> {
        let mut page = Self { after: None, limit: 100 };
        for (name, value) in pairs {
            match name.as_str() {
                "after" => {
                    page.after = Some(Uuid::parse_str(value).map_err(|_| unfit("`after` is not an id."))?);
                }
                "limit" => {
                    let limit = value.parse().ok().filter(|limit| (1..=1000).contains(limit));
                    page.limit =
                        limit.ok_or_else(|| unfit("`limit` is not a number.").expected("1 to 1000"))?;
                }
                _ => {}
            }
        }
        Ok(page)
    }
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
