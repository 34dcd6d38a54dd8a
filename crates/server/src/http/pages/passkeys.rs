//! Passkeys in the account: the list that `/account/security` holds, making, renaming and removing them.
//!
//! A page has no token, so the script asks for options here, with the cookie of the pages and the origin of a page of ours; it
//! puts what the browser answers into a form, which is sent like any other.

use axum::{
    extract::{FromRequest, Request, State},
    response::Response,
};
use jotgate_token::reason;
use uuid::Uuid;

use super::{
    frame::Frame,
    posted::Posted,
    security::{SECURITY, day, led_back, written},
    signed_in::{Detour, SignedIn, see_other},
};
use crate::{
    error::Error,
    flow::passkey::{
        PasskeyView,
        enrol::{Enrol, ask_to_enrol, enrol},
        manage::{remove_passkey, rename_passkey},
    },
    http::{
        api::{Id, passkeys::question},
        body::OptionalMembers,
        front::Front,
        origin::vouch,
        visit::Visit,
    },
};

/// `POST /account/security/passkeys/options`, by the script.
pub(in crate::http) async fn options(
    State(front): State<Front>,
    signed_in: SignedIn,
    _: AskedByScript,
) -> Result<Response, Detour> {
    Ok(question(&ask_to_enrol(&front.app, &signed_in).await?))
}

/// `POST /account/security/passkeys`
pub(in crate::http) async fn add(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    frame: Frame,
    posted: Posted,
) -> Result<Response, Detour> {
    let input = Enrol {
        challenge_token: posted.secret("challenge_token"),
        passkey: posted.json("passkey")?,
        name: None,
        client: visit.client(),
    };
    match enrol(&front.app, &signed_in, input).await.map_err(led_back)?.recovery_codes {
        Some(codes) => written(&frame, &codes, true),
        None => Ok(see_other(&format!("{SECURITY}?done=passkey-added"))),
    }
}

/// `POST /account/security/passkeys/{id}`
pub(in crate::http) async fn rename(
    State(front): State<Front>,
    signed_in: SignedIn,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Detour> {
    let id = known(id)?;
    rename_passkey(&front.app, &signed_in, id, posted.text("name")).await.map_err(led_back)?;
    Ok(see_other(&format!("{SECURITY}?done=passkey-renamed")))
}

/// `POST /account/security/passkeys/{id}/remove`
pub(in crate::http) async fn remove(
    State(front): State<Front>,
    visit: Visit,
    signed_in: SignedIn,
    Id(id): Id,
    _: Posted,
) -> Result<Response, Detour> {
    remove_passkey(&front.app, &signed_in, known(id)?, visit.client()).await.map_err(led_back)?;
    Ok(see_other(&format!("{SECURITY}?done=passkey-removed")))
}

fn known(id: Option<Uuid>) -> Result<Uuid, Detour> {
    id.ok_or_else(|| Error::from(&reason::PASSKEY_UNKNOWN).into())
}

/// A request of the script: by a page of ours, and with nothing in it.
pub(in crate::http) struct AskedByScript;

impl FromRequest<Front> for AskedByScript {
    type Rejection = Error;

    async fn from_request(request: Request, front: &Front) -> Result<Self, Error> {
        // Before the body is looked at, as with forms.
        vouch(front, request.headers())?.require_own(front)?;
        OptionalMembers::from_request(request, front).await?;
        Ok(Self)
    }
}

/// A passkey in the list.
pub(super) struct Line {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) made: String,
    pub(super) used: Option<String>,
}

impl Line {
    pub(super) fn of(frame: &Frame, passkey: PasskeyView) -> Self {
        let said = |key: &str, at: i64| frame.fill(key, &[("date", &day(at))]);
        Self {
            id: passkey.id,
            made: said("passkey.made", passkey.created_at),
            used: passkey.last_used_at.map(|at| said("passkey.used", at)),
            name: passkey.name,
        }
    }
}
