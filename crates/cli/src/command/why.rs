//! `jotgate why`: what a refusal was about, from the record the server keeps of its last refusals; or what a reason
//! of the catalogue means.

use jotgate_server::app::refusals::{Refusal, RefusalLog};
use jotgate_token::reason::{self, Reason};
use serde_json::json;

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
    let value = json!({
        "refusal": refusal, "meaning": reason.map(|reason| reason.meaning), "mend": reason.map(|reason| reason.mend),
    });
    output.answer(&value, || story(&refusal, reason));
    Ok(())
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
