//! `GET`, `PATCH` and `DELETE /v1/me`, `GET /v1/me/export`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::HeaderMap;

use super::logout::gone;
use crate::{
    error::Error,
    flow::{
        account::{ChangeMe, change_me},
        delete_user::{DeleteMe, delete_me},
        export::export_me,
    },
    http::{bearer::Bearer, body::Members, download, front::Front, view::UserView, visit::Visit},
};

pub(in crate::http) async fn get(Bearer(caller): Bearer) -> Response {
    Json(UserView::of(&caller.user)).into_response()
}

pub(in crate::http) async fn patch(
    State(front): State<Front>,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let change = ChangeMe {
        name: members.clearable("name")?,
        username: members.clearable("username")?,
        data: members.object("data")?,
        ..ChangeMe::default()
    };
    let user = change_me(&front.app, &caller, change).await?;
    Ok(Json(UserView::of(&user)).into_response())
}

pub(in crate::http) async fn delete(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    Bearer(caller): Bearer,
    mut members: Members,
) -> Result<Response, Error> {
    let password = match caller.has_password() {
        true => Some(members.required_secret("password")?),
        false => members.secret("password")?,
    };
    let input = DeleteMe { password, client: visit.client() };
    delete_me(&front.app, &caller, input).await?;
    Ok(gone(&front, &headers))
}

pub(in crate::http) async fn export(
    State(front): State<Front>,
    visit: Visit,
    Bearer(caller): Bearer,
) -> Result<Response, Error> {
    Ok(download::of(&export_me(&front.app, &caller, visit.client()).await?))
}
