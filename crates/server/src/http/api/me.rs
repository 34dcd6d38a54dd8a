//! `GET`, `PATCH` and `DELETE /v1/me`

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
        delete_user::delete_me,
    },
    http::{bearer::Bearer, body::Members, front::Front, view::UserView, visit::Visit},
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
    let password = members.required_secret("password")?;
    delete_me(&front.app, &caller, password, visit.client()).await?;
    Ok(gone(&front, &headers))
}
