//! The shapes of the JSON API that more than one call answers with. Times are RFC 3339.

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

pub(super) use crate::flow::rfc_3339;

use crate::flow::User;

/// `user`
#[derive(Serialize)]
pub(super) struct UserView<'a> {
    id: Uuid,
    email: &'a str,
    username: Option<&'a str>,
    name: Option<&'a str>,
    email_verified: bool,
    roles: &'a [String],
    data: &'a Map<String, Value>,
    created_at: String,
}

impl<'a> UserView<'a> {
    pub(super) fn of(user: &'a User) -> Self {
        Self {
            id: user.id,
            email: &user.email,
            username: user.username.as_deref(),
            name: user.name.as_deref(),
            email_verified: user.email_verified,
            roles: &user.roles,
            data: &user.data,
            created_at: rfc_3339(user.created_at),
        }
    }
}
