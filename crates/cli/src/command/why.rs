//! `jotgate why`: what a refusal was about, from the record the server keeps of its last refusals; or what a reason
//! of the catalogue means.

use jotgate_server::app::refusals::{Refusal, RefusalLog};
use jotgate_server::flow::lineage::{Lineage, lineage};
use jotgate_token::reason::{self, Reason};
use serde_json::{Value, json};
use uuid::Uuid;

use super::beside;
use crate::args::server::Why;
use crate::failure::Failure;
use crate::output::{Output, TITLE, paint, pairs};
use crate::settings;
use crate::words::date;

pub(super) fn run(args: &Why, output: &Output) -> Result<(), Failure> {
    let subject = args.subject.trim();
    if let Some(reason) = reason::by_code(subject) {
        let Reason { code, status, title, meaning, mend, .. } = reason;
        let value =
            json!({ "reason": code, "status": status, "title": title, "meaning": meaning, "mend": mend });
        output.answer(&value, || explanation(reason));
        return Ok(());
    }
    let config = settings::config(&args.settings, output)?;
    let found = RefusalLog::find(&config.data, subject)
        .map_err(|error| Failure::environment(format!("the record of refusals cannot be read: {error}")))?;
    let Some(refusal) = found else {
        return Err(Failure::no(format!("no refusal with this id is on record in {}", config.data.display()))
            .mend("give the request_id of an error answer of this server, or a reason code such as exp.expired; --data names the server's folder"));
    };
    let reason = reason::by_code(&refusal.reason);
    let session = refusal.session.as_deref().and_then(|id| id.parse().ok());
    let lineage = session.and_then(|id| lineage_of(args, output, id));
    let value = json!({
        "refusal": refusal, "meaning": reason.map(|reason| reason.meaning), "mend": reason.map(|reason| reason.mend),
        "session": lineage.as_ref().map(as_json),
    });
    output.answer(&value, || {
        let told = lineage.as_ref().map(|lineage| format!("\n\n{}", in_words(lineage)));
        story(&refusal, reason) + &told.unwrap_or_default()
    });
    Ok(())
}

/// What the database knows of the session. The refusal is explained without it too, so a database that cannot be
/// reached is a note and no failure.
fn lineage_of(args: &Why, output: &Output, session: Uuid) -> Option<Lineage> {
    let asked = beside::with_app(&args.settings, output, async |app| {
        lineage(app, session).await.map_err(|error| beside::refused(&error))
    });
    asked.unwrap_or_else(|_| {
        output.note(format_args!("the database cannot be asked about the session"));
        None
    })
}

fn as_json(lineage: &Lineage) -> Value {
    let Lineage { opened_at, generation, rotated_at, until, ended, replaced, events } = lineage;
    let replaced: Vec<_> = replaced
        .iter()
        .map(|one| json!({ "generation": one.generation, "at": one.at, "carried": one.carried }))
        .collect();
    let events: Vec<_> = events
        .iter()
        .map(|(at, kind, request)| json!({ "at": at, "event": kind, "request_id": request }))
        .collect();
    json!({
        "opened_at": opened_at, "generation": generation, "rotated_at": rotated_at, "until": until,
        "ended_at": ended.as_ref().map(|(at, _)| at), "end_reason": ended.as_ref().map(|(_, reason)| reason),
        "replaced": replaced, "events": events,
    })
}

fn in_words(lineage: &Lineage) -> String {
    let when = |at: i64| date(at.div_euclid(1000));
    let mut lines = vec![paint(TITLE, "the session"), format!("  opened {}", when(lineage.opened_at))];
    for one in &lineage.replaced {
        let next = one.generation + 1;
        lines.push(format!(
            "  generation {} became {next} {}, with {}",
            one.generation,
            when(one.at),
            one.carried
        ));
    }
    lines.push(match &lineage.ended {
        Some((at, reason)) => format!("  ended {}: {reason}", when(*at)),
        None => format!(
            "  generation {} is live; over {} unless refreshed",
            lineage.generation,
            when(lineage.until)
        ),
    });
    for (at, kind, request) in &lineage.events {
        let request = request.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
        lines.push(format!("  {kind} {}{request}", when(*at)));
    }
    lines.join("\n")
}

fn explanation(reason: &Reason) -> String {
    let Reason { code, status, title, meaning, mend, .. } = reason;
    let rows =
        [("status", status.to_string()), ("meaning", (*meaning).to_owned()), ("mend", (*mend).to_owned())];
    format!("{}: {title}\n\n{}", paint(TITLE, code), pairs(rows))
}

fn story(refusal: &Refusal, reason: Option<&Reason>) -> String {
    let Refusal { at, request_id, route, detail, expected, received, hint, session, status, .. } = refusal;
    let when = date(at.div_euclid(1000));
    let head = format!("{} {} was refused {when}", paint(TITLE, &refusal.reason), route);
    let meaning = reason.map(|reason| reason.meaning.to_owned());
    let mend = hint.clone().or_else(|| reason.map(|reason| reason.mend.to_owned()));
    let rows = [
        ("request", Some(request_id.clone())),
        ("status", Some(status.to_string())),
        ("meaning", meaning),
        ("here", detail.clone()),
        ("expected", expected.clone()),
        ("received", received.clone()),
        ("session", session.clone()),
        ("mend", mend),
    ];
    format!("{head}\n\n{}", pairs(rows.into_iter().filter_map(|(name, value)| Some((name, value?)))))
}
