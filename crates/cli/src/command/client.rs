//! `jotgate client`: programs that get tokens for themselves, by the same steps as over HTTP.

use std::path::Path;

use jotgate_server::flow::clients::{
    self, AddClient, ChangeClient, ClientAuth, ClientView, RotateSecret as How, WithSecret,
};
use jotgate_server::flow::operator::By;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::beside::{refused, with_app};
use super::private_file;
use crate::args::client::{Add, Auth, Change, Client, Delete, List, RotateSecret, Which};
use crate::args::server::SettingsArgs;
use crate::failure::Failure;
use crate::input;
use crate::output::{GOOD, Output, paint, pairs, table};
use crate::words::rfc3339;

pub(super) fn run(args: Client, output: &Output) -> Result<(), Failure> {
    match args {
        Client::Add(args) => add(args, output),
        Client::List(args) => list(&args, output),
        Client::Show(args) => {
            let Which { client } = &args.which;
            let found = with_app(&args.settings, output, async |app| {
                clients::find_client(app, client).await.map_err(|error| refused(&error))
            })?;
            output.answer(&json_of(&found), || words_of(&found));
            Ok(())
        }
        Client::Change(args) => change(args, output),
        Client::RotateSecret(args) => rotate_secret(&args, output),
        Client::Disable(args) => set_disabled(true, &args.which, &args.settings, output),
        Client::Enable(args) => set_disabled(false, &args.which, &args.settings, output),
        Client::Delete(args) => delete(&args, output),
    }
}

fn add(args: Add, output: &Output) -> Result<(), Failure> {
    let jwks = match (args.auth, &args.jwks) {
        (Some(Auth::PrivateKeyJwt), None) => {
            return Err(Failure::usage("private_key_jwt needs the client's public keys").mend("--jwks FILE"));
        }
        (Some(Auth::Secret), Some(_)) => {
            return Err(Failure::usage("a client with a secret has no keys").mend("leave --jwks out"));
        }
        (_, source) => source.as_ref().map(|source| source.read_text("--jwks")).transpose()?,
    };
    let jwks = jwks.map(|text| (*text).clone());
    let Add { which: Which { client: id }, scopes, audiences, secret_file, settings, .. } = args;
    let input = AddClient { id, scopes, audiences, jwks };
    let made = with_app(&settings, output, async |app| {
        clients::add_client(app, input, By::default()).await.map_err(|error| refused(&error))
    })?;
    let words = format!("added {}", made.client.id);
    hand_over(&made, &words, secret_file.as_deref(), output)
}

/// Shows a secret the one time it can be shown, or writes it where nobody else reads.
fn hand_over(made: &WithSecret, words: &str, file: Option<&Path>, output: &Output) -> Result<(), Failure> {
    let WithSecret { client, secret } = made;
    let mut answer = json_of(client);
    let text = secret.as_ref().map(SecretString::expose_secret);
    let told = match (text, file) {
        (Some(text), Some(file)) => {
            // The client is there already: a secret that cannot be written is replaced by `rotate-secret`.
            private_file::create(file, text.as_bytes()).map_err(|failure| {
                failure.and(&format!("{} has no known secret now: jotgate client rotate-secret", client.id))
            })?;
            answer["secret_file"] = json!(file);
            format!("{words}; its secret is in {}, readable by you alone", file.display())
        }
        (Some(text), None) => {
            answer["client_secret"] = text.into();
            let shown = pairs([("client_id", client.id.clone()), ("client_secret", paint(GOOD, text))]);
            format!("{words}. The secret is shown this once:\n\n{shown}")
        }
        (None, _) => words.to_owned(),
    };
    output.answer(&answer, || told);
    Ok(())
}

fn list(args: &List, output: &Output) -> Result<(), Failure> {
    let found = with_app(&args.settings, output, async |app| {
        clients::list_clients(app, args.after.as_deref(), args.limit).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json!({ "clients": found.iter().map(json_of).collect::<Vec<_>>() }), || {
        let row = |client: &ClientView| {
            let state = client.disabled_at.map_or("", |_| "disabled").to_owned();
            let auth = client.auth.name().to_owned();
            [client.id.clone(), auth, client.scopes.join(" "), audiences_of(client), state]
        };
        table(["client_id", "shows itself by", "scope", "audiences", ""], found.iter().map(row))
    });
    if let Some(last) = found.last().filter(|_| found.len() == args.limit as usize) {
        output.note(format_args!("there may be more: --after {}", last.id));
    }
    Ok(())
}

fn change(args: Change, output: &Output) -> Result<(), Failure> {
    let Change { which: Which { client }, scopes, audiences, jwks, settings } = args;
    let jwks = jwks.map(|source| source.read_text("--jwks")).transpose()?.map(|text| (*text).clone());
    let change = ChangeClient { scopes, audiences, jwks, disabled: None };
    let changed = with_app(&settings, output, async |app| {
        clients::change_client(app, &client, change, By::default()).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json_of(&changed), || words_of(&changed));
    Ok(())
}

fn rotate_secret(args: &RotateSecret, output: &Output) -> Result<(), Failure> {
    let how = How { keep_old: args.keep_old, revoke_tokens: args.revoke_tokens };
    let made = with_app(&args.settings, output, async |app| {
        let rotated = clients::rotate_secret(app, &args.which.client, how, By::default()).await;
        rotated.map_err(|error| refused(&error))
    })?;
    let old = match made.client.old_secret_until {
        Some(until) => format!("the old secret is good until {}", rfc3339(until)),
        None => "the old secret is void".to_owned(),
    };
    let words = format!("{} has a new secret; {old}", made.client.id);
    hand_over(&made, &words, args.secret_file.as_deref(), output)
}

fn set_disabled(
    disabled: bool,
    which: &Which,
    settings: &SettingsArgs,
    output: &Output,
) -> Result<(), Failure> {
    let change = ChangeClient { disabled: Some(disabled), ..ChangeClient::default() };
    let changed = with_app(settings, output, async |app| {
        let changed = clients::change_client(app, &which.client, change, By::default()).await;
        changed.map_err(|error| refused(&error))
    })?;
    output.answer(&json_of(&changed), || match disabled {
        true => format!("{} is disabled; its tokens are taken back", changed.id),
        false => format!("{} gets tokens again", changed.id),
    });
    Ok(())
}

fn delete(args: &Delete, output: &Output) -> Result<(), Failure> {
    let Which { client } = &args.which;
    with_app(&args.settings, output, async |app| {
        clients::find_client(app, client).await.map_err(|error| refused(&error))?;
        let question = format!("Delete the client {client} for ever?");
        if !args.yes && !input::confirm(&question, output)? {
            return Err(Failure::no("nothing was deleted"));
        }
        clients::delete_client(app, client, By::default()).await.map_err(|error| refused(&error))
    })?;
    output.answer(&json!({ "client_id": client, "deleted": true }), || {
        format!("deleted {client}; its tokens are taken back")
    });
    Ok(())
}

fn json_of(client: &ClientView) -> Value {
    json!({
        "client_id": client.id, "auth": client.auth.name(), "scope": client.scopes.join(" "),
        "audiences": client.audiences, "keys": client.keys,
        "old_secret_until": client.old_secret_until.map(rfc3339),
        "disabled_at": client.disabled_at.map(rfc3339), "created_at": rfc3339(client.created_at),
    })
}

fn audiences_of(client: &ClientView) -> String {
    if client.audiences.is_empty() { "the usual".to_owned() } else { client.audiences.join(" ") }
}

fn words_of(client: &ClientView) -> String {
    let or_none = |words: String| if words.is_empty() { "-".to_owned() } else { words };
    let state = client.disabled_at.map(|at| format!("disabled since {}", rfc3339(at)));
    let with = match client.auth {
        ClientAuth::Secret => "a secret".to_owned(),
        ClientAuth::PrivateKeyJwt => format!("private_key_jwt, keys {}", client.keys.join(", ")),
    };
    let old = client.old_secret_until.map(|until| ("old secret until", rfc3339(until)));
    pairs(
        [
            ("client_id", client.id.clone()),
            ("shows itself by", with),
            ("scope", or_none(client.scopes.join(" "))),
            ("audiences", audiences_of(client)),
            ("made", rfc3339(client.created_at)),
            ("state", state.unwrap_or_else(|| "enabled".to_owned())),
        ]
        .into_iter()
        .chain(old),
    )
}
