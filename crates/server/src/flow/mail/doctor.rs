//! Looking whether mail works: the configuration, each step to the mail server, a test mail if one is asked for, and
//! what waits. Asks no name server about the sender's domain: what others make of a mail is seen where it arrives.

use super::{Letter, Way, sender, way};
use crate::{
    app::{
        App,
        mailer::{Failure, Mailer, Outgoing, Step},
    },
    error::Result,
    store::{
        Tx,
        outbox::{self, Counts},
    },
    text::Language,
};

/// What was found.
#[derive(Debug, Clone)]
pub struct Examined {
    /// What becomes of mails here.
    pub way: Way,
    /// Each step in order; the first that failed is the last.
    pub steps: Vec<Finding>,
    /// How many mails are where.
    pub queue: Counts,
    /// The newest that failed.
    pub failed: Vec<Failed>,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Which.
    pub step: &'static str,
    /// Whether it went well.
    pub is_good: bool,
    /// What was seen.
    pub seen: String,
    /// What to do when it did not go well.
    pub mend: Option<&'static str>,
}

/// A mail that failed, without what it said and to whom.
#[derive(Debug, Clone)]
pub struct Failed {
    /// Which mail.
    pub kind: String,
    /// When it was written, in Unix milliseconds.
    pub at: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// When it is tried again; none when it was given up.
    pub next_at: Option<i64>,
    /// What the last failure said.
    pub error: String,
}

impl Examined {
    /// Whether everything that was tried went well.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.steps.iter().all(|step| step.is_good)
    }
}

/// Looks, and sends a test mail to an address if one is given.
///
/// # Errors
/// When the database does.
pub async fn examine(app: &App, to: Option<&str>) -> Result<Examined> {
    let mut steps = Vec::new();
    match &app.mailer {
        Some(mailer) => {
            steps.push(good("configuration", format!("[mail] names {}", mailer.place())));
            if let Err(failure) = go(app, mailer, to, &mut steps).await {
                let mend = Some(mend(&failure));
                steps.push(Finding { step: failure.at.name(), is_good: false, seen: failure.said, mend });
            }
        }
        None => steps.push(unconfigured(app)),
    }
    let (queue, failed) = app
        .store
        .read(async |tx: &mut Tx<'_>| Ok((outbox::counts(tx).await?, outbox::list_failed(tx, SHOWN).await?)))
        .await?;
    let failed = failed.into_iter().map(|row| Failed {
        kind: row.kind,
        at: row.created_at,
        attempts: row.attempts,
        next_at: row.next_at,
        error: row.last_error.unwrap_or_default(),
    });
    Ok(Examined { way: way(app), steps, queue, failed: failed.collect() })
}

async fn go(
    app: &App,
    mailer: &Mailer,
    to: Option<&str>,
    steps: &mut Vec<Finding>,
) -> std::result::Result<(), Failure> {
    let made = |step: Step, seen: String| steps.push(good(step.name(), seen));
    let mut connection = mailer.connect(made).await?;
    if let Some(to) = to {
        let mail = Letter::Test.write(to, Language::default(), sender(app));
        let outgoing = Outgoing {
            id: app.new_id(),
            at: app.clock.now_ms(),
            to,
            subject: &mail.subject,
            text: &mail.text,
            html: &mail.html,
        };
        connection.send(&outgoing).await?;
        steps.push(good(Step::Send.name(), format!("the server took a test mail to {to}")));
    }
    connection.quit().await;
    Ok(())
}

fn unconfigured(app: &App) -> Finding {
    let seen = match way(app) {
        Way::Inbox => format!("no mail server is named; mails stay at {}/inbox", app.config.issuer),
        _ => "no mail server is named, and on a public issuer no mail is written without one".to_owned(),
    };
    let mend =
        "Name it in [mail]: host, from, and mostly username and password (JOTGATE_MAIL__PASSWORD_FILE).";
    Finding { step: "configuration", is_good: false, seen, mend: Some(mend) }
}

fn good(step: &'static str, seen: String) -> Finding {
    Finding { step, is_good: true, seen, mend: None }
}

fn mend(failure: &Failure) -> &'static str {
    match failure.at {
        Step::Connect | Step::Starttls if failure.said.contains("certificate") => {
            "Use the name that stands in the server's certificate as mail.host; for an authority of your own, name \
             its certificate in mail.ca_file."
        }
        Step::Connect if failure.said.contains("InvalidContentType") => {
            "The server does not begin with TLS on this port: try mail.security = \"starttls\", mostly with port 587."
        }
        Step::Connect => {
            "Look at mail.host, mail.port and mail.security. Many hosting providers block ports 25 and 465: try 587 \
             with \"starttls\"."
        }
        Step::Starttls => "Try mail.security = \"tls\", mostly with port 465; without TLS nothing is sent.",
        Step::Login => {
            "Look at mail.username and mail.password. Some providers want a password made for programs."
        }
        Step::Send => {
            "The server says why. Mostly it wants the domain of mail.from to be confirmed first, or does not relay \
             for this login."
        }
    }
}

const SHOWN: u32 = 10;
