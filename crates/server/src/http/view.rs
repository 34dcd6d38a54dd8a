//! The shapes of the JSON API that more than one call answers with. Times are RFC 3339.

use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

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

/// A time out of the database, which no caller chooses and which fits a calendar.
pub(super) fn rfc_3339(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn times_show_milliseconds_in_utc() {
        assert_eq!(super::rfc_3339(1_700_000_000_000), "2023-11-14T22:13:20.000Z");
        assert_eq!(super::rfc_3339(i64::MAX), "");
    }
}
