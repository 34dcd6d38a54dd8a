//! `jotgate signing-keys`: what the keys do, what comes next, and the two things a person does about it.

mod words;

use jotgate_server::app::App;
use jotgate_server::flow::keys::KeysError;
use jotgate_server::flow::keys::life::{self, KeyView, Planned, Purpose, Wanted};
use jotgate_server::flow::operator::By;
use jotgate_server::rule::key_life::State;
use serde_json::{Value, json};

use self::words::{Told, tell, then};
use super::beside::with_app;
use crate::args::signing_keys::{self as args, List, Revoke, Rotate, SigningKeys};
use crate::failure::Failure;
use crate::input;
use crate::output::{FAINT, GOOD, Output, paint, table};
use crate::words::{moment, rfc3339};

pub(super) fn run(args: SigningKeys, output: &Output) -> Result<(), Failure> {
    match args {
        SigningKeys::List(args) => list(&args, output),
        SigningKeys::Rotate(args) => rotate(&args, output),
        SigningKeys::Revoke(args) => revoke(&args, output),
    }
}

fn list(args: &List, output: &Output) -> Result<(), Failure> {
    let (keys, now, schedule) = with_app(&args.settings, output, async |app| {
        Ok((all(app).await?, app.clock.now_ms(), app.config.keys.clone()))
    })?;
    output.answer(&json!({ "keys": keys.iter().map(json_of).collect::<Vec<_>>() }), || {
        let row = |key: &KeyView| {
            let state = match key.state.name() {
                "active" => paint(GOOD, "active"),
                other => other.to_owned(),
            };
            let purpose = key.purpose.name().to_owned();
            [key.kid.clone(), purpose, key.algorithm.clone(), state, then(key, &schedule, now)]
        };
        table(["key", "signs", "algorithm", "state", ""], keys.iter().map(row))
    });
    Ok(())
}

fn rotate(args: &Rotate, output: &Output) -> Result<(), Failure> {
    let purpose = match args.purpose {
        args::Purpose::Access => Purpose::Access,
        args::Purpose::Feed => Purpose::Feed,
    };
    let wanted = Wanted::Rotate { purpose, at_once: args.now };
    with_app(&args.settings, output, async |app| {
        let before = all(app).await?;
        let planned = life::plan(app, &wanted).await.map_err(unavailable)?;
        if planned.is_empty() {
            let waits = before.iter().find(|key| key.purpose == purpose && key.state == State::Next);
            let Some(next) = waits else { return Err(Failure::no("there is nothing to do")) };
            let told = then(next, &app.config.keys, app.clock.now_ms());
            output.answer(&json!({ "plan": [], "next": json_of(next) }), || {
                format!("{} is published already and {told}; --now lets it sign at once", next.kid)
            });
            return Ok(());
        }
        if args.plan {
            say_plan(app, &planned, output);
            return Ok(());
        }
        carry_out(app, &wanted, output).await
    })
}

fn revoke(args: &Revoke, output: &Output) -> Result<(), Failure> {
    with_app(&args.settings, output, async |app| {
        let before = all(app).await?;
        let wanted = match &args.kid {
            Some(named) => Wanted::Revoke { kid: the_one(&before, named)? },
            None => Wanted::RevokeAll,
        };
        let planned = life::plan(app, &wanted).await.map_err(unavailable)?;
        if planned.is_empty() {
            return Err(Failure::no("the key is void already"));
        }
        if args.plan {
            say_plan(app, &planned, output);
            return Ok(());
        }
        let count = planned.iter().filter(|planned| !planned.step.makes()).count();
        let which = if count == 1 { "this key".to_owned() } else { format!("{count} keys") };
        let question = format!("Void {which} for ever, and with it every token it signed?");
        if !args.yes && !input::confirm(&question, output)? {
            return Err(Failure::no("nothing was revoked"));
        }
        carry_out(app, &wanted, output).await
    })
}

async fn carry_out(app: &App, wanted: &Wanted, output: &Output) -> Result<(), Failure> {
    let done = life::carry_out(app, wanted, &By::default()).await.map_err(unavailable)?;
    let keys = all(app).await?;
    let told = tell(&done, app.clock.now_ms());
    let answer = json!({
        "done": told.iter().map(line_json).collect::<Vec<_>>(),
        "keys": keys.iter().map(json_of).collect::<Vec<_>>(),
    });
    output.answer(&answer, || lines(&told, app.clock.now_ms()));
    Ok(())
}

fn say_plan(app: &App, planned: &[Planned], output: &Output) {
    let now = app.clock.now_ms();
    let told = tell(planned, now);
    let plan: Vec<_> = told.iter().map(line_json).collect();
    output.answer(&json!({ "plan": plan }), || lines(&told, now));
    output.note("this is only the plan: nothing was done");
}

async fn all(app: &App) -> Result<Vec<KeyView>, Failure> {
    life::list(app).await.map_err(unavailable)
}

/// The key that is meant by its id or its beginning.
fn the_one(keys: &[KeyView], named: &str) -> Result<String, Failure> {
    let fitting: Vec<_> = keys.iter().filter(|key| key.kid.starts_with(named)).collect();
    match fitting.as_slice() {
        [one] => Ok(one.kid.clone()),
        [] => {
            Err(Failure::no(format!("there is no key {named}")).mend("jotgate signing-keys list shows all"))
        }
        _ => Err(Failure::usage(format!("several keys begin with {named}")).mend("say more of it")),
    }
}

fn lines(told: &[Told], now: i64) -> String {
    let line = |told: &Told| {
        let when = if told.at <= now { "now".to_owned() } else { moment(told.at / 1000, now / 1000) };
        format!("{}\n  {}", paint(FAINT, when), told.what)
    };
    told.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line_json(told: &Told) -> Value {
    json!({ "at": rfc3339(told.at), "kid": told.kid, "what": told.what })
}

fn json_of(key: &KeyView) -> Value {
    json!({
        "kid": key.kid, "purpose": key.purpose.name(), "alg": key.algorithm, "state": key.state.name(),
        "created_at": rfc3339(key.created_at),
        "signs_from": key.signs_from.map(rfc3339), "activated_at": key.activated_at.map(rfc3339),
        "retired_at": key.retired_at.map(rfc3339), "expires_at": key.expires_at.map(rfc3339),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unavailable(error: KeysError) -> Failure {
    Failure::environment(error.to_string())
}
