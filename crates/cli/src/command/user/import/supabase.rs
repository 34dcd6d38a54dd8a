//! Supabase: the table `auth.users` as CSV with headings or as JSON.

use jotgate_server::flow::import_users::{Brought, Incoming, Lost};
use serde_json::Value;

use super::fields::{User, first_text, flag, object, text, time, words};
use super::hash;

pub(super) fn incoming(user: &User, now: i64) -> Incoming {
    let application = object(user, "raw_app_meta_data").unwrap_or_default();
    let mut data = object(user, "raw_user_meta_data").unwrap_or_default();
    let name = first_text(&data, &["full_name", "name", "display_name"]);
    // What Supabase copies there from a provider, and from its own columns.
    for copied in ["email", "email_verified", "phone_verified", "sub", "iss", "provider_id"] {
        data.remove(copied);
    }
    let mut lost = Vec::new();
    if words(&application, "providers").iter().any(|name| name != "email" && name != "phone")
        || flag(user, "is_sso_user")
    {
        lost.push(Lost::SocialLogin);
    }
    if application.keys().any(|name| !["provider", "providers", "roles", "role"].contains(&name.as_str())) {
        lost.push(Lost::ApplicationData);
    }
    if user.get("factors").and_then(Value::as_array).is_some_and(|list| !list.is_empty()) {
        lost.push(Lost::SecondFactor);
    }
    if flag(user, "is_anonymous") {
        lost = vec![Lost::Anonymous];
    }
    if text(user, "deleted_at").is_some() {
        lost = vec![Lost::Deleted];
    }
    let mut roles = words(&application, "roles");
    roles.extend(text(&application, "role"));
    Incoming {
        id: text(user, "id"),
        email: text(user, "email"),
        email_verified: first_text(user, &["email_confirmed_at", "confirmed_at"]).is_some(),
        name,
        roles,
        data,
        password: text(user, "encrypted_password").map_or(Brought::Nothing, |text| hash(&text)),
        created_at: time(user, "created_at"),
        disabled: time(user, "banned_until").is_some_and(|until| until > now),
        lost,
        ..Incoming::default()
    }
}
