//! Delivering: every mail that is due is taken, handed to the mail server and marked, by as many nodes as there are.
//!
//! At least once: whoever is killed between sending and marking leaves a mail that is sent again after its lease, with
//! the same `Message-ID`. Never twice at once, and never lost: a mail leaves only as sent, as refused for good, or after
//! three days without success. All of it is seen in `jotgate doctor mail` and in `/metrics`.

use super::seal;
use crate::{
    app::{
        App,
        mailer::{Connection, Failure, Mailer, Outgoing, Step},
    },
    error::Result,
    flow::throttle::millis,
    store::{
        Tx,
        outbox::{self, OutboxRow},
    },
};

/// Sends what is due, one mail after the other, and answers when nothing is due any more or the server cannot be
/// reached. Run several at once: a mail that takes long then holds up no other.
///
/// # Errors
/// When the database does.
pub async fn turn(app: &App) -> Result<()> {
    let Some(mailer) = &app.mailer else { return Ok(()) };
    lane(app, mailer).await?;
    let waiting = app.store.read(async |tx: &mut Tx<'_>| outbox::waiting(tx).await).await?;
    mailer.queue.note(waiting.waiting, waiting.oldest);
    Ok(())
}

/// One mail after the other over one connection.
async fn lane(app: &App, mailer: &Mailer) -> Result<()> {
    let mut connection = None;
    while let Some(row) = claim(app, mailer).await? {
        let outcome = attempt(app, mailer, &mut connection, &row).await;
        let lost = matches!(&outcome, Err(failure) if failure.at != Step::Send);
        settle(app, row, outcome).await?;
        if lost {
            // The others would fare no better, and each failure is written down.
            break;
        }
    }
    if let Some(connection) = connection {
        connection.quit().await;
    }
    Ok(())
}

async fn claim(app: &App, mailer: &Mailer) -> Result<Option<OutboxRow>> {
    let now = app.clock.now_ms();
    let lease = now + lease(mailer);
    let claimed = app.store.write(async move |tx: &mut Tx<'_>| outbox::claim_due(tx, now, lease, 1).await);
    Ok(claimed.await?.pop())
}

async fn attempt<'a>(
    app: &App,
    mailer: &'a Mailer,
    connection: &mut Option<Connection<'a>>,
    row: &OutboxRow,
) -> std::result::Result<(), Failure> {
    let sealed = row.sealed.as_deref().unwrap_or_default();
    let mail = seal::open(app, row.id, sealed).map_err(|_| Failure {
        at: Step::Send,
        is_final: true,
        said: "it was sealed under another master key".into(),
    })?;
    let ready = match connection.take() {
        Some(ready) => ready,
        None => reach(app, mailer).await?,
    };
    let outgoing = Outgoing {
        id: row.id,
        at: row.created_at,
        to: &mail.to,
        subject: &mail.subject,
        text: &mail.text,
        html: &mail.html,
    };
    let ready = connection.insert(ready);
    let sent = ready.send(&outgoing).await;
    if sent.is_err() {
        *connection = None;
    }
    sent
}

/// Connects; says once when the server is gone, and when it is back has all tried that were put off meanwhile.
async fn reach<'a>(app: &App, mailer: &'a Mailer) -> std::result::Result<Connection<'a>, Failure> {
    let reached = mailer.connect(|_, _| {}).await;
    let changed = mailer.queue.note_down(reached.is_err());
    match &reached {
        Err(failure) if changed => {
            let (server, step) = (mailer.place(), failure.at.name());
            tracing::warn!(server, step, %failure, "mails wait: the mail server cannot be used");
        }
        Ok(_) if changed => {
            tracing::info!(server = mailer.place(), "the mail server is back");
            let (now, leased) = (app.clock.now_ms(), lease(mailer));
            let hurried =
                app.store.write(async move |tx: &mut Tx<'_>| outbox::hurry(tx, now, now + leased).await);
            // Without it they go a little later.
            let _ = hurried.await;
        }
        _ => {}
    }
    reached
}

async fn settle(app: &App, row: OutboxRow, outcome: std::result::Result<(), Failure>) -> Result<()> {
    let now = app.clock.now_ms();
    let Err(failure) = outcome else {
        app.counters.mails_sent.add();
        let sent = app.store.write(async move |tx: &mut Tx<'_>| outbox::mark_sent(tx, row.id, now).await);
        return Ok(sent.await.map(drop)?);
    };
    app.counters.mails_failed.add();
    let next = now + back_off(row.attempts, app.random_bytes());
    let gives_up = failure.is_final || next >= row.created_at + LONGEST;
    if gives_up {
        app.counters.mails_given_up.add();
        let (kind, tries) = (row.kind.as_str(), row.attempts);
        tracing::warn!(mail = %row.id, kind, tries, %failure, "a mail is given up");
    }
    let marked = app.store.write(async move |tx: &mut Tx<'_>| {
        let lease = row.next_at.unwrap_or_default();
        match gives_up {
            true => outbox::mark_given_up(tx, row.id, lease, now, &failure.said).await,
            false => outbox::mark_failed(tx, row.id, lease, next, &failure.said).await,
        }
    });
    Ok(marked.await.map(drop)?)
}

/// One minute, doubled by every failure up to six hours, and up to a quarter more, so that what failed together does not
/// come back together.
fn back_off(attempts: i64, random: [u8; 2]) -> i64 {
    let doublings = u32::try_from((attempts - 1).clamp(0, 16)).unwrap_or(16);
    let wait = (FIRST << doublings).min(SLOWEST);
    wait + wait * i64::from(u16::from_be_bytes(random)) / (4 * 65_536)
}

/// Longer than an attempt can take, so that a mail is given to another only when its node is gone.
fn lease(mailer: &Mailer) -> i64 {
    millis(mailer.longest()) + 30_000
}

const FIRST: i64 = 60_000;
const SLOWEST: i64 = 6 * 3_600_000;

/// Whoever was not reached for so long would not know any more what the mail is about.
const LONGEST: i64 = 3 * 86_400_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_to_six_hours_and_is_never_the_same_for_all() {
        let waits: Vec<i64> = (1..=11).map(|attempts| back_off(attempts, [0, 0]) / 60_000).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]);
        assert_eq!(back_off(1, [255, 255]), 74_999);
        assert_eq!(back_off(i64::MAX, [0, 0]), SLOWEST);
    }
}
