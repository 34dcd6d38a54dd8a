//! What is held about one user, table by table, for whoever asks for all of it (GDPR articles 15 and 20).
//!
//! Each part names the columns that are shown and those that are not, with the reason; a test holds both lists against
//! the schema, so that no later table or column can be forgotten. Not for flows that decide something: those read the
//! rows of a table through its own file.

use super::statement::statements;
use super::value::{Row, values};
use super::{Statement, StoreError, Tx, UserId};

/// A kind of thing that is held about a user.
#[derive(Debug)]
pub struct Part {
    /// What it is called in the export.
    pub name: &'static str,
    /// The table it is read from.
    pub table: &'static str,
    /// The columns that are shown, and what each holds.
    pub shown: &'static [(&'static str, Form)],
    /// The columns that are not shown, and why.
    pub withheld: &'static [(&'static str, &'static str)],
    statement: &'static Statement,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A text.
    Text,
    /// A count.
    Number,
    /// Yes or no.
    Flag,
    /// A time in Unix milliseconds.
    Time,
    /// A time in Unix seconds.
    Seconds,
    /// An id.
    Id,
    /// A JSON text.
    Json,
    /// A text that is kept to itself: only whether there is one is shown, under this name.
    Whether(&'static str),
}

/// What a column of a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// A text.
    Text(String),
    /// A count.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A time in Unix milliseconds.
    Time(i64),
    /// A JSON text.
    Json(String),
}

/// The newest `limit` rows of a part that are about a user, each as long as [`Part::shown`].
pub async fn rows(
    tx: &mut Tx<'_>,
    part: &Part,
    user_id: UserId,
    limit: u32,
) -> Result<Vec<Vec<Held>>, StoreError> {
    let mut rows = tx.query(part.statement, values![&user_id, limit]).await?;
    rows.iter_mut().map(|row| part.shown.iter().map(|(_, form)| read(row, *form)).collect()).collect()
}

fn read(row: &mut Row, form: Form) -> Result<Held, StoreError> {
    let held = match form {
        Form::Text => row.opt_text()?.map(Held::Text),
        Form::Number => row.opt_i64()?.map(Held::Number),
        Form::Flag => row.opt_i64()?.map(|flag| Held::Flag(flag != 0)),
        Form::Time => row.opt_i64()?.map(Held::Time),
        Form::Seconds => row.opt_i64()?.map(|seconds| Held::Time(seconds.saturating_mul(1000))),
        Form::Id => row.opt_uuid()?.map(|id| Held::Text(id.to_string())),
        Form::Json => row.opt_text()?.map(Held::Json),
        Form::Whether(_) => Some(Held::Flag(row.opt_text()?.is_some())),
    };
    Ok(held.unwrap_or(Held::Nothing))
}

/// Declares the parts, with a statement for each.
macro_rules! parts {
    ($($statement:ident = $name:literal from $table:literal $rest:literal {
        $first:literal: $first_form:expr, $($column:literal: $form:expr,)*
    } without { $($hidden:literal: $why:expr,)* })+) => {
        statements! {
            $($statement = concat!("SELECT ", $first, $(", ", $column,)* " FROM ", $table, " ", $rest, " LIMIT ?2");)+
        }

        /// Everything that is held about a user, in the order of the export.
        pub static PARTS: &[Part] = &[$(Part {
            name: $name,
            table: $table,
            shown: &[($first, $first_form), $(($column, $form),)*],
            withheld: &[$(($hidden, $why),)*],
            statement: &$statement,
        },)+];
    };
}

const OWNER: &str = "the id of the account, which stands above";
const COMPARED: &str = "the same in the form that is compared";
const SECRET: &str = "a secret; who reads it could act as you";
const INTERNAL: &str = "a counter without a meaning of its own";

parts! {
    ACCOUNT = "account" from "users" "WHERE id = ?1" {
        "id": Form::Id,
        "email": Form::Text,
        "email_verified": Form::Flag,
        "username": Form::Text,
        "name": Form::Text,
        "language": Form::Text,
        "roles": Form::Json,
        "data": Form::Json,
        "password_hash": Form::Whether("has_password"),
        "password_contested": Form::Flag,
        "disabled_at": Form::Time,
        "created_at": Form::Time,
        "updated_at": Form::Time,
    } without {
        "email_key": COMPARED,
        "username_key": COMPARED,
        "credential_epoch": INTERNAL,
        "authz_epoch": INTERNAL,
    }
    SESSIONS = "sessions" from "sessions" "WHERE user_id = ?1 ORDER BY id DESC" {
        "id": Form::Id,
        "client": Form::Text,
        "user_agent": Form::Text,
        "ip": Form::Text,
        "amr": Form::Json,
        "auth_time": Form::Time,
        "created_at": Form::Time,
        "last_seen_at": Form::Time,
        "absolute_until": Form::Time,
        "revoked_at": Form::Time,
        "revoke_reason": Form::Text,
        "delivery": Form::Text,
        "audience": Form::Json,
        "dpop_jkt": Form::Text,
    } without {
        "user_id": OWNER,
        "salt": SECRET,
        "page_hash": SECRET,
        "generation": INTERNAL,
        "key_run": INTERNAL,
        "last_key": INTERNAL,
        "credential_epoch": INTERNAL,
        "rotated_at": "would tell a thief when to use a stolen token; last_seen_at is the same by the hour",
        "idle_until": "would tell the same",
        "recent": "would tell the same",
    }
    STATUS = "status_list_entries" from "status_entries"
        "e JOIN sessions s ON s.id = e.session_id WHERE s.user_id = ?1 ORDER BY e.session_id DESC"
    {
        "session_id": Form::Id,
        "list": Form::Number,
        "idx": Form::Number,
        "ended": Form::Flag,
        "used_until": Form::Seconds,
    } without {}
    EVENTS = "events" from "audit" "WHERE user_id = ?1 ORDER BY id DESC" {
        "at": Form::Time,
        "kind": Form::Text,
        "session_id": Form::Id,
        "request_id": Form::Text,
        "detail": Form::Json,
    } without {
        "id": INTERNAL,
        "user_id": OWNER,
    }
    AUTHENTICATOR = "authenticator_app" from "totp_secrets" "WHERE user_id = ?1" {
        "created_at": Form::Time,
        "confirmed_at": Form::Time,
        "last_used_at": Form::Time,
    } without {
        "user_id": OWNER,
        "sealed": SECRET,
        "last_step": INTERNAL,
    }
    PASSKEYS = "passkeys" from "passkeys" "WHERE user_id = ?1 ORDER BY id DESC" {
        "id": Form::Id,
        "name": Form::Text,
        "created_at": Form::Time,
        "last_used_at": Form::Time,
    } without {
        "user_id": OWNER,
        "credential_id": "says nothing outside of your device",
        "credential": "the public key of your device",
    }
    RECOVERY_CODES = "recovery_codes" from "recovery_codes" "WHERE user_id = ?1 ORDER BY created_at DESC" {
        "created_at": Form::Time,
        "used_at": Form::Time,
    } without {
        "user_id": OWNER,
        "code_hash": SECRET,
    }
    DEVICES = "known_devices" from "known_devices" "WHERE user_id = ?1 ORDER BY last_success_at DESC" {
        "user_agent": Form::Text,
        "first_success_at": Form::Time,
        "last_success_at": Form::Time,
    } without {
        "user_id": OWNER,
        "device": SECRET,
    }
    ADDRESSES = "known_addresses" from "known_addresses" "WHERE user_id = ?1 ORDER BY last_success_at DESC" {
        "last_success_at": Form::Time,
    } without {
        "user_id": OWNER,
        "address": "kept as a keyed digest, which cannot be turned back into an address",
    }
    MAILS = "mails" from "outbox" "WHERE user_id = ?1 ORDER BY id DESC" {
        "kind": Form::Text,
        "created_at": Form::Time,
        "attempts": Form::Number,
        "next_at": Form::Time,
        "sent_at": Form::Time,
        "given_up_at": Form::Time,
        "last_error": Form::Text,
    } without {
        "id": INTERNAL,
        "user_id": OWNER,
        "sealed": "a mail that is not sent yet; links in it open accounts",
    }
    LINKS = "links" from "links" "WHERE user_id = ?1 ORDER BY created_at DESC" {
        "kind": Form::Text,
        "data": Form::Json,
        "created_at": Form::Time,
        "expires_at": Form::Time,
        "used_at": Form::Time,
        "tries": Form::Number,
    } without {
        "user_id": OWNER,
        "token_hash": SECRET,
        "code_hash": SECRET,
        "address": "a digest of your address",
        "credential_epoch": INTERNAL,
    }
    CHALLENGES = "challenges" from "challenges" "WHERE user_id = ?1 ORDER BY created_at DESC" {
        "kind": Form::Text,
        "created_at": Form::Time,
        "expires_at": Form::Time,
        "tries": Form::Number,
    } without {
        "user_id": OWNER,
        "token_hash": SECRET,
        "state": "what was asked of a device; it would help whoever answers in your place",
    }
}
