//! `/inbox`: the mails of a server that has no mail server, for the person at this machine and for tests.
//!
//! Because whoever reads it can open every account, it is there on a loopback issuer only, for requests that never left
//! this machine, and nowhere as soon as `[mail]` is configured. A mail is shown in a frame that may do nothing but open
//! its links.

use askama::Template;
use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    response::{Html, IntoResponse, Response},
};
use http::{HeaderMap, header, request};
use jiff::{Timestamp, tz::TimeZone};
use jotgate_token::reason;
use serde::Serialize;
use uuid::Uuid;

use super::frame::Frame;
use crate::{
    error::{Error, Refused},
    flow::mail::{
        Way,
        kept::{self, KEPT, KeptMail},
        way,
    },
    http::{accept::wants_page, front::Front, gate::set, local::Local},
};

pub(in crate::http) async fn list(
    State(front): State<Front>,
    _: Reader,
    headers: HeaderMap,
    frame: Frame,
) -> Result<Response, Error> {
    let mails = kept::list(&front.app, KEPT).await?;
    if !wants_page(PATH, &headers) {
        return Ok(Json(mails.iter().map(View::of).collect::<Vec<_>>()).into_response());
    }
    frame.page(&List { frame: &frame, mails: mails.iter().map(Shown::of).collect() })
}

pub(in crate::http) async fn one(
    State(front): State<Front>,
    _: Reader,
    id: MailId,
    headers: HeaderMap,
    frame: Frame,
) -> Result<Response, Error> {
    let mail = id.find(&front).await?;
    if !wants_page(PATH, &headers) {
        return Ok(Json(View::of(&mail)).into_response());
    }
    let mut answer =
        frame.page(&One { frame: &frame, mail: Shown::of(&mail), text: linked(&mail.mail.text) })?;
    set(&mut answer, header::CONTENT_SECURITY_POLICY, MAIL_POLICY);
    Ok(answer)
}

/// The HTML as it is sent, for the frame.
pub(in crate::http) async fn html(
    State(front): State<Front>,
    _: Reader,
    id: MailId,
) -> Result<Response, Error> {
    let mail = id.find(&front).await?;
    // Links of a mail lead out of it, as in every mail reader.
    let html = mail.mail.html.replacen("<head>", "<head><base target=\"_blank\">", 1);
    let mut answer = Html(html).into_response();
    set(&mut answer, header::CONTENT_SECURITY_POLICY, HTML_POLICY);
    set(&mut answer, header::X_FRAME_OPTIONS, "SAMEORIGIN");
    Ok(answer)
}

/// Proof that mails stay here and that the request never left this machine.
pub(in crate::http) struct Reader(());

impl FromRequestParts<Front> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Error> {
        let missing = |detail: &str, hint: &str| {
            Error::from(Refused::new(&reason::REQUEST_NOT_FOUND).detail(detail).hint(hint))
        };
        if way(&front.app) == Way::Smtp {
            return Err(missing(
                "mails are sent by the mail server of `[mail]`, so none stay here",
                "`jotgate doctor mail` shows what waits and what failed",
            ));
        }
        if !Local::from_request_parts(parts, front).await?.is_local() {
            return Err(missing(
                "the inbox is for the person at the machine that the server runs on",
                "run `jotgate serve` on your own machine and open it there, without a proxy in between; \
                 a server for others needs `[mail]`",
            ));
        }
        Ok(Self(()))
    }
}

/// Which mail.
pub(in crate::http) struct MailId(Uuid);

impl MailId {
    async fn find(&self, front: &Front) -> Result<KeptMail, Error> {
        kept::by_id(&front.app, self.0).await?.ok_or_else(gone)
    }
}

impl FromRequestParts<Front> for MailId {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, front: &Front) -> Result<Self, Error> {
        let id = Path::<Uuid>::from_request_parts(parts, front).await;
        id.map(|Path(id)| Self(id)).map_err(|_| gone())
    }
}

fn gone() -> Error {
    let detail = "there is no such mail; the newest 200 stay for a day";
    Refused::new(&reason::REQUEST_NOT_FOUND).detail(detail).hint("open `/inbox` again").into()
}

/// A mail for programs.
#[derive(Serialize)]
struct View<'a> {
    id: Uuid,
    kind: &'a str,
    to: &'a str,
    subject: &'a str,
    at: String,
    text: &'a str,
    html: &'a str,
}

impl<'a> View<'a> {
    fn of(kept: &'a KeptMail) -> Self {
        let at = Timestamp::from_millisecond(kept.at).map(|at| at.to_string()).unwrap_or_default();
        let (id, kind, mail) = (kept.id, kept.kind.as_str(), &kept.mail);
        Self { id, kind, to: &mail.to, subject: &mail.subject, at, text: &mail.text, html: &mail.html }
    }
}

/// A mail for people.
struct Shown<'a> {
    id: Uuid,
    to: &'a str,
    subject: &'a str,
    /// For programs, and for people.
    at: (String, String),
}

impl<'a> Shown<'a> {
    fn of(kept: &'a KeptMail) -> Self {
        let at = Timestamp::from_millisecond(kept.at).unwrap_or_default();
        let told = at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        Self { id: kept.id, to: &kept.mail.to, subject: &kept.mail.subject, at: (at.to_string(), told) }
    }
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct List<'a> {
    frame: &'a Frame,
    mails: Vec<Shown<'a>>,
}

#[derive(Template)]
#[template(path = "inbox_mail.html")]
struct One<'a> {
    frame: &'a Frame,
    mail: Shown<'a>,
    text: Vec<Piece<'a>>,
}

/// A stretch of plain text, a link or not.
struct Piece<'a> {
    is_link: bool,
    text: &'a str,
}

/// In our mails a link has a line of its own.
fn linked(text: &str) -> Vec<Piece<'_>> {
    let is_link = |line: &str| line.starts_with("http://") || line.starts_with("https://");
    let lines = text.split_inclusive('\n');
    lines
        .flat_map(|line| {
            let bare = line.trim_end();
            let is_link = is_link(bare);
            [Piece { is_link, text: bare }, Piece { is_link: false, text: &line[bare.len()..] }]
        })
        .collect()
}

const PATH: &str = "/inbox";

/// That of every page, and the frame.
const MAIL_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Styles of its own and links that open; nothing else, wherever it is opened.
const HTML_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; \
     frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";
