//! `/live`: watch a token live. It is made, used, runs out, is renewed, stolen and taken back, step by step, on a
//! throw-away account; every step is a form, so it works without a script. Only for the person at this machine, because
//! the page shows tokens and makes accounts.

mod lives;
mod view;

use askama::Template;
use axum::{
    extract::{Path, State, rejection::PathRejection},
    response::Response,
};
use jotgate_token::reason;

use super::{frame::Frame, posted::Posted, signed_in::see_other};
use crate::{
    error::{Error, Refused},
    flow::live::{self, Act},
    http::{front::Front, local::Local, visit::Visit},
};
pub(in crate::http) use lives::Lives;
use view::View;

pub(in crate::http) async fn intro(
    State(front): State<Front>,
    local: Local,
    frame: Frame,
) -> Result<Response, Error> {
    here_only(local)?;
    let demo = front.app.config.demo_lifetimes;
    frame.page(&Intro { frame: &frame, demo })
}

pub(in crate::http) async fn begin(
    State(front): State<Front>,
    local: Local,
    visit: Visit,
    _: Posted,
) -> Result<Response, Error> {
    here_only(local)?;
    let life = live::begin(&front.app, visit.client()).await?;
    let (name, oldest) = front.lives.keep(&front.app, life);
    if let Some(oldest) = oldest {
        live::end(&front.app, oldest).await?;
    }
    Ok(see_other(&format!("/live/{name}")))
}

pub(in crate::http) async fn look(
    State(front): State<Front>,
    local: Local,
    frame: Frame,
    name: Result<Path<String>, PathRejection>,
) -> Result<Response, Error> {
    here_only(local)?;
    let name = name.map_err(|_| gone())?.0;
    let life = front.lives.find(&name).ok_or_else(gone)?;
    let life = life.lock().await;
    let frame = frame.with_scripts();
    let view = View::of(&front.app, &frame, &life)?;
    frame.page(&Page { frame: &frame, name: &name, view })
}

pub(in crate::http) async fn act(
    State(front): State<Front>,
    local: Local,
    visit: Visit,
    name: Result<Path<String>, PathRejection>,
    posted: Posted,
) -> Result<Response, Error> {
    here_only(local)?;
    let name = name.map_err(|_| gone())?.0;
    let act = match posted.text("act").as_str() {
        "call" => Act::Call,
        "refresh" => Act::Refresh,
        "replay" => Act::Replay,
        "log-out" => Act::LogOut,
        _ => {
            if let Some(life) = front.lives.take(&name) {
                live::end(&front.app, life).await?;
            }
            return Ok(see_other("/live"));
        }
    };
    let life = front.lives.find(&name).ok_or_else(gone)?;
    life.lock().await.act(&front.app, act, visit.client()).await?;
    Ok(see_other(&format!("/live/{name}#now")))
}

fn here_only(local: Local) -> Result<(), Error> {
    if local.is_local() {
        return Ok(());
    }
    Err(Refused::new(&reason::REQUEST_NOT_FOUND)
        .detail("This page is only for the machine the server runs on.")
        .hint("Run `jotgate serve` on your own machine and open /live there, without a proxy in between.")
        .into())
}

fn gone() -> Error {
    Refused::new(&reason::REQUEST_NOT_FOUND)
        .detail("This life is over.")
        .hint("Begin another one at /live.")
        .into()
}

#[derive(Template)]
#[template(path = "live_intro.html")]
struct Intro<'a> {
    frame: &'a Frame,
    demo: bool,
}

#[derive(Template)]
#[template(path = "live.html")]
struct Page<'a> {
    frame: &'a Frame,
    name: &'a str,
    view: View<'a>,
}
