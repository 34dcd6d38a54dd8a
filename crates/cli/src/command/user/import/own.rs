//! Jotgate's own form: what `jotgate user export` writes, and what is easily made of any other table of users.

use jotgate_server::flow::import_users::{Brought, Incoming};

use super::fields::{User, flag, object, text, time, words};
use super::hash;

/// The columns of the CSV form. All but `email` may be left out.
pub(in crate::command::user) const COLUMNS: &[&str] = &[
    "id",
    "email",
    "email_verified",
    "username",
    "name",
    "language",
    "roles",
    "data",
    "created_at",
    "disabled",
    "password_hash",
];

pub(super) fn incoming(user: &User) -> Incoming {
    Incoming {
        id: text(user, "id"),
        email: text(user, "email"),
        email_verified: flag(user, "email_verified"),
        username: text(user, "username"),
        name: text(user, "name"),
        language: text(user, "language"),
        roles: words(user, "roles"),
        data: object(user, "data").unwrap_or_default(),
        password: text(user, "password_hash").map_or(Brought::Nothing, |text| hash(&text)),
        created_at: time(user, "created_at"),
        disabled: flag(user, "disabled"),
        ..Incoming::default()
    }
}
