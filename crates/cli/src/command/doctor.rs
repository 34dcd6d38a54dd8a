//! `jotgate doctor`: whether what the server needs from others works.

use jotgate_server::flow::mail::Way;
use jotgate_server::flow::mail::doctor::{Examined, Failed, Finding, examine};
use serde_json::{Value, json};

use super::beside::{refused, with_app};
use crate::args::server::{Doctor, DoctorMail};
use crate::failure::Failure;
use crate::output::{BAD, FAINT, GOOD, Output, paint, pairs};
use crate::words::{rfc3339, span};

pub(super) fn run(args: &Doctor, output: &Output) -> Result<(), Failure> {
    match args {
        Doctor::Mail(args) => mail(args, output),
    }
}

fn mail(args: &DoctorMail, output: &Output) -> Result<(), Failure> {
    let (examined, now) = with_app(&args.settings, output, async |app| {
        let examined = examine(app, args.to.as_deref()).await.map_err(|error| refused(&error))?;
        Ok((examined, app.clock.now_ms()))
    })?;
    if examined.is_good() {
        output.answer(&as_json(&examined, now), || in_words(&examined, now));
        return Ok(());
    }
    if !output.wants_json() {
        output.line(in_words(&examined, now));
    }
    let bad = examined.steps.iter().find(|step| !step.is_good);
    let what = match examined.way {
        Way::Smtp => bad.map_or_else(String::new, |bad| format!("{}: {}", bad.step, bad.seen)),
        Way::Inbox | Way::Nowhere => "no mail leaves this server".to_owned(),
    };
    let failure = Failure::no(what).with(as_json(&examined, now));
    Err(bad.and_then(|bad| bad.mend).into_iter().fold(failure, Failure::mend))
}

fn in_words(examined: &Examined, now: i64) -> String {
    let mut lines: Vec<String> = examined.steps.iter().map(step).collect();
    let queue = &examined.queue;
    let age = queue.oldest.map_or_else(String::new, |oldest| {
        let seconds = u64::try_from((now - oldest) / 1000).unwrap_or(0);
        format!(", the oldest for {}", span(seconds))
    });
    lines.push(String::new());
    lines.push(pairs([
        ("waiting", format!("{}{age}", queue.waiting)),
        ("sent", format!("{} in 30 days", queue.sent)),
        ("given up", format!("{} in 30 days", queue.given_up)),
    ]));
    if !examined.failed.is_empty() {
        lines.push(format!("\nThe newest that failed:\n{}", failures(&examined.failed)));
    }
    lines.join("\n")
}

fn step(Finding { step, is_good, seen, .. }: &Finding) -> String {
    let mark = if *is_good { paint(GOOD, "✓") } else { paint(BAD, "✗") };
    format!("{mark} {step:<14}{seen}")
}

fn failures(failed: &[Failed]) -> String {
    let line = |Failed { kind, at, attempts, next_at, error }: &Failed| {
        let next = next_at.map_or_else(|| "given up".to_owned(), |at| format!("again {}", rfc3339(at)));
        format!("{} {kind}, tried {attempts} times, {next}\n  {}", rfc3339(*at), paint(FAINT, error))
    };
    failed.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn as_json(examined: &Examined, now: i64) -> Value {
    let step = |Finding { step, is_good, seen, mend }: &Finding| json!({ "step": step, "ok": is_good, "seen": seen, "mend": mend });
    let failed = |Failed { kind, at, attempts, next_at, error }: &Failed| {
        json!({
            "kind": kind, "at": rfc3339(*at), "attempts": attempts, "next_at": next_at.map(rfc3339), "error": error,
        })
    };
    let queue = &examined.queue;
    json!({
        "ok": examined.is_good(),
        "steps": examined.steps.iter().map(step).collect::<Vec<_>>(),
        "queue": {
            "waiting": queue.waiting, "oldest_seconds": queue.oldest.map(|at| (now - at) / 1000),
            "sent": queue.sent, "given_up": queue.given_up,
        },
        "failed": examined.failed.iter().map(failed).collect::<Vec<_>>(),
    })
}
