//! A form that a page of this server sent: its fields, and the proof that it was this server's page.

use std::ops::Deref;

use axum::extract::{FromRequest, Request};
use secrecy::SecretString;
use serde_json::Value;

use super::fields::Fields;
use crate::{
    error::Error,
    http::{
        api::moved,
        body::{media_type, unfit},
        front::Front,
        json,
        origin::{Vouched, vouch},
    },
};

/// Every page that is posted to takes this: without it there is neither a field nor a cookie to set.
pub(in crate::http) struct Posted {
    fields: Fields,
    /// The proof, for setting cookies.
    pub(in crate::http) vouched: Vouched,
}

impl Posted {
    /// A field that nothing may print.
    pub(in crate::http) fn secret(&self, name: &str) -> SecretString {
        self.fields.text(name).into()
    }

    /// A field that a script filled in, read as strictly as a body of the JSON API.
    pub(in crate::http) fn json(&self, name: &str) -> Result<Value, Error> {
        json::parse(self.fields.text(name).as_bytes()).map_err(|_| unfit("A field holds no JSON.").into())
    }
}

impl Deref for Posted {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}

impl FromRequest<Front> for Posted {
    type Rejection = Error;

    async fn from_request(request: Request, front: &Front) -> Result<Self, Error> {
        let sends_json = media_type(request.headers()).is_some_and(|kind| kind.name == "application/json");
        if let (true, Some(moved)) = (sends_json, moved::signpost(request.uri().path())) {
            return Err(moved.into());
        }
        // Before the body is looked at, because of a foreign page nothing is worth reading.
        let vouched = vouch(front, request.headers())?;
        vouched.require_own(front)?;
        Ok(Self { fields: Fields::from_request(request, front).await?, vouched })
    }
}
