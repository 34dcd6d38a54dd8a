//! `jotgate user`: accounts, by the same steps as over HTTP.

mod export;
mod import;

use jotgate_server::app::App;
use jotgate_server::flow::export::export_user;
use jotgate_server::flow::operator::{self, AddUser, By, UserView};
use jotgate_server::store::factors::Enrolled;
use serde_json::{Value, json};
use uuid::Uuid;

use super::beside::{refused, with_app};
use crate::args::server::SettingsArgs;
use crate::args::user::{Add, Delete, List, Passwd, ResetFactors, Roles, Show, User, Whom};
use crate::failure::Failure;
use crate::input;
use crate::output::{Output, pairs, table};
use crate::words::rfc3339;

pub(super) fn run(args: User, output: &Output) -> Result<(), Failure> {
    match args {
        User::Add(args) => add(args, output),
        User::List(args) => list(&args, output),
        User::Show(args) if args.everything => show_everything(&args, output),
        User::Show(args) => show(&args, output),
        User::Passwd(args) => set_password(&args, output),
        User::Roles(args) => set_roles(&args, output),
        User::Disable(args) => set_disabled(true, &args.whom, &args.settings, output),
        User::Enable(args) => set_disabled(false, &args.whom, &args.settings, output),
        User::ResetFactors(args) => reset_factors(&args, output),
        User::Delete(args) => delete(&args, output),
        User::Import(args) => import::import(&args, output),
        User::Export(args) => export::export(&args, output),
    }
}

fn show(args: &Show, output: &Output) -> Result<(), Failure> {
    let (found, factors) = with_app(&args.settings, output, async |app| {
        let found = find(app, &args.whom).await?;
        let factors = operator::factors(app, found.user.id).await.map_err(|error| refused(&error))?;
        Ok((found, factors))
    })?;
    let mut json = json_of(&found);
    json["factors"] = json!({
        "totp": factors.totp, "passkeys": factors.passkeys, "recovery_codes_left": factors.recovery_codes,
    });
    output.answer(&json, || {
        format!("{}\n{}", words_of(&found), pairs([("factors", words_of_factors(factors))]))
    });
    Ok(())
}

fn words_of_factors(factors: Enrolled) -> String {
    if !factors.any() {
        return "-".to_owned();
    }
    let mut words: Vec<String> = Vec::new();
    words.extend(factors.totp.then(|| "authenticator app".to_owned()));
    words.extend(match factors.passkeys {
        0 => None,
        1 => Some("1 passkey".to_owned()),
        n => Some(format!("{n} passkeys")),
    });
    words.push(format!("{} recovery codes left", factors.recovery_codes));
    words.join(", ")
}

fn reset_factors(args: &ResetFactors, output: &Output) -> Result<(), Failure> {
    let reset = with_app(&args.settings, output, async |app| {
        let found = find(app, &args.whom).await?;
        let question = format!(
            "Remove all second factors of {}? Be sure that it is this person who asks: the password alone lets in then.",
            found.user.email
        );
        if !args.yes && !input::confirm(&question, output)? {
            return Err(Failure::no("nothing was changed"));
        }
        operator::reset_factors(app, found.user.id, By::default()).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json!({ "id": reset.user.id, "factors": "reset" }), || {
        format!("{} has no second factor any more; all sessions ended", reset.user.email)
    });
    Ok(())
}

fn add(args: Add, output: &Output) -> Result<(), Failure> {
    let password = input::new_password(args.password.source(), output)?;
    let Add { email, username, name, roles, settings, .. } = args;
    let input = AddUser { email, username, name, roles, password };
    let added = with_app(&settings, output, async |app| {
        operator::add_user(app, input).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json_of(&added), || format!("added {} ({})", added.user.email, added.user.id));
    Ok(())
}

fn list(args: &List, output: &Output) -> Result<(), Failure> {
    let users = with_app(&args.settings, output, async |app| {
        operator::list_users(app, args.after, args.limit).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json!({ "users": users.iter().map(json_of).collect::<Vec<_>>() }), || {
        let row = |view: &UserView| {
            let UserView { user, disabled_at } = view;
            let state = disabled_at.map_or("", |_| "disabled");
            [user.id.to_string(), user.email.clone(), user.roles.join(" "), state.to_owned()]
        };
        table(["id", "e-mail", "roles", ""], users.iter().map(row))
    });
    if let Some(last) = users.last().filter(|_| users.len() == args.limit as usize) {
        output.note(format_args!("there may be more: --after {}", last.user.id));
    }
    Ok(())
}

/// The document is JSON with and without `--json`: whoever asked for it gets it as it is.
fn show_everything(args: &Show, output: &Output) -> Result<(), Failure> {
    let export = with_app(&args.settings, output, async |app| {
        let id = find(app, &args.whom).await?.user.id;
        export_user(app, id, By::default()).await.map_err(|error| refused(&error))
    })?;
    // A JSON value always has a text.
    output.answer(&export.document, || serde_json::to_string_pretty(&export.document).unwrap_or_default());
    Ok(())
}

fn set_password(args: &Passwd, output: &Output) -> Result<(), Failure> {
    let password = input::new_password(args.password.source(), output)?;
    let found = with_app(&args.settings, output, async |app| {
        let found = find(app, &args.whom).await?;
        operator::set_password(app, found.user.id, password).await.map_err(|error| refused(&error))?;
        Ok(found)
    })?;
    output.answer(&json!({ "id": found.user.id, "password": "set" }), || {
        format!("{} has a new password; all sessions ended", found.user.email)
    });
    Ok(())
}

fn set_roles(args: &Roles, output: &Output) -> Result<(), Failure> {
    let changed = with_app(&args.settings, output, async |app| {
        let id = find(app, &args.whom).await?.user.id;
        operator::set_roles(app, id, &args.roles, By::default()).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json_of(&changed), || match changed.user.roles.as_slice() {
        [] => format!("{} has no role", changed.user.email),
        roles => format!("{} has the roles {}", changed.user.email, roles.join(", ")),
    });
    Ok(())
}

fn set_disabled(
    disabled: bool,
    whom: &Whom,
    settings: &SettingsArgs,
    output: &Output,
) -> Result<(), Failure> {
    let changed = with_app(settings, output, async |app| {
        let id = find(app, whom).await?.user.id;
        operator::set_disabled(app, id, disabled, By::default()).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json_of(&changed), || match disabled {
        true => format!("{} is disabled; all sessions ended", changed.user.email),
        false => format!("{} may log in again", changed.user.email),
    });
    Ok(())
}

fn delete(args: &Delete, output: &Output) -> Result<(), Failure> {
    let deleted = with_app(&args.settings, output, async |app| {
        let found = find(app, &args.whom).await?;
        let question = format!("Delete {} and all sessions for ever?", found.user.email);
        if !args.yes && !input::confirm(&question, output)? {
            return Err(Failure::no("nothing was deleted"));
        }
        operator::delete_user(app, found.user.id).await.map_err(|error| refused(&error))?;
        Ok(found)
    })?;
    output.answer(&json!({ "id": deleted.user.id, "deleted": true }), || {
        format!("deleted {}", deleted.user.email)
    });
    Ok(())
}

async fn find(app: &App, whom: &Whom) -> Result<UserView, Failure> {
    operator::find_user(app, &whom.user).await.map_err(|error| refused(&error))
}

fn json_of(view: &UserView) -> Value {
    let UserView { user, disabled_at } = view;
    json!({
        "id": user.id, "email": user.email, "username": user.username, "name": user.name,
        "email_verified": user.email_verified, "roles": user.roles, "data": user.data,
        "created_at": rfc3339(user.created_at), "disabled_at": disabled_at.map(rfc3339),
    })
}

fn words_of(view: &UserView) -> String {
    let UserView { user, disabled_at } = view;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let id: Uuid = user.id;
    pairs([
        ("id", id.to_string()),
        ("e-mail", user.email.clone()),
        ("user name", or_none(&user.username)),
        ("name", or_none(&user.name)),
        ("roles", if user.roles.is_empty() { "-".to_owned() } else { user.roles.join(" ") }),
        ("data", Value::Object(user.data.clone()).to_string()),
        ("signed up", rfc3339(user.created_at)),
        (
            "state",
            disabled_at.map_or_else(|| "enabled".to_owned(), |at| format!("disabled since {}", rfc3339(at))),
        ),
    ])
}
