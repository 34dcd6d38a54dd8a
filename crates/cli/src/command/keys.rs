//! `jotgate keys`: the two kinds of keys that no other program ever sees, refresh keys and the master key.

use jotgate_server::app::App;
use jotgate_server::config::MasterKey;
use jotgate_server::flow::keys::refresh::{self, RefreshKeyView, Wanted};
use jotgate_server::flow::keys::{KeysError, master};
use jotgate_server::flow::operator::By;
use serde_json::{Value, json};

use super::beside::with_app;
use crate::args::keys::{Keys, Rekey, RotateRefresh};
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use crate::words::{moment, rfc3339};

pub(super) fn run(args: &Keys, output: &Output) -> Result<(), Failure> {
    match args {
        Keys::RotateRefresh(args) => rotate_refresh(args, output),
        Keys::Rekey(args) => rekey(args, output),
    }
}

fn rotate_refresh(args: &RotateRefresh, output: &Output) -> Result<(), Failure> {
    let question = "Void every refresh token, so that everybody has to log in again?";
    if args.revoke && !args.yes && !input::confirm(question, output)? {
        return Err(Failure::no("nothing was revoked"));
    }
    let wanted = if args.revoke { Wanted::RevokeAll } else { Wanted::Rotate };
    let (keys, now) = with_app(&args.settings, output, async |app| {
        let done = refresh::carry_out(app, wanted, &By::default()).await.map_err(unavailable)?;
        let keys = refresh::list(app).await.map_err(unavailable)?;
        match done.is_empty() {
            true => Err(Failure::no("a new refresh key waits for its time already")),
            false => Ok((keys, app.clock.now_ms())),
        }
    })?;
    output.answer(&json!({ "keys": keys.iter().map(json_of).collect::<Vec<_>>() }), || {
        let newest = keys.iter().map(|key| key.mints_from).max().unwrap_or(now);
        match args.revoke {
            true => "no refresh token counts any more; everybody has to log in again".to_owned(),
            false => format!("a new refresh key mints from {}", moment(newest / 1000, now / 1000)),
        }
    });
    Ok(())
}

fn rekey(args: &Rekey, output: &Output) -> Result<(), Failure> {
    let new = args.new_master_key_file.as_ref().map(|source| {
        let text = source.read_text("--new-master-key-file")?;
        MasterKey::parse(text.trim()).map_err(|why| Failure::usage(format!("the new master key {why}")))
    });
    let new = new.transpose()?;
    let sealed = with_app(&args.settings, output, async |app| change(app, new.as_ref()).await)?;
    output.answer(&json!({ "keys": sealed }), || {
        let then = match new {
            Some(_) => "; start every server with it now: set JOTGATE_KEYS__MASTER_KEY_FILE",
            None => "; it is in the data folder, and a running server takes it by itself",
        };
        format!("{sealed} keys are sealed under the new master key{then}. Keep a copy apart from the backups")
    });
    Ok(())
}

async fn change(app: &App, new: Option<&MasterKey>) -> Result<usize, Failure> {
    let by = By::default();
    match (app.config.keys.master_key.is_some(), new) {
        (true, Some(new)) => master::rekey(app, new.expose(), &by).await.map_err(unavailable),
        (false, None) => master::rekey_in_folder(app, &by).await.map_err(unavailable),
        (true, None) => Err(Failure::usage("the master key is configured, so the new one must be yours")
            .mend("jotgate secret > FILE, then --new-master-key-file FILE")),
        (false, Some(_)) => Err(Failure::usage("the master key is a file in the data folder")
            .mend("leave --new-master-key-file out: a new one is made there")),
    }
}

fn json_of(key: &RefreshKeyView) -> Value {
    json!({
        "id": key.id, "mints_from": rfc3339(key.mints_from), "expires_at": key.expires_at.map(rfc3339),
        "is_over": key.is_over,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unavailable(error: KeysError) -> Failure {
    Failure::environment(error.to_string())
}
