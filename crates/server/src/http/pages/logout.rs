//! `/logout`: the button in the menu posts here; whoever types the address is asked first, because a link from anywhere
//! must not sign people out.

use askama::Template;
use axum::{extract::State, response::Response};
use http::HeaderMap;

use super::{frame::Frame, posted::Posted, signed_in::see_other};
use crate::{
    error::Error,
    flow::{
        log_out::{LogOut, log_out},
        refresh::Presented,
    },
    http::{front::Front, visit::Visit},
};

pub(in crate::http) async fn get(frame: Frame) -> Result<Response, Error> {
    frame.page(&Page { frame: &frame })
}

pub(in crate::http) async fn post(
    State(front): State<Front>,
    visit: Visit,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Error> {
    let presented = Presented::Cookies(front.cookies.held(&headers));
    match log_out(&front.app, LogOut { presented, client: visit.client() }).await {
        // Cookies of sessions that are long gone say nothing worth saying to whoever wants to leave.
        Ok(()) | Err(Error::Refused(_)) => {}
        Err(error) => return Err(error),
    }
    let mut answer = see_other("/logout");
    front.cookies.clear_all(&mut answer, &posted.vouched);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "logout.html")]
struct Page<'a> {
    frame: &'a Frame,
}
