//! What a page's form sends (`application/x-www-form-urlencoded`, WHATWG URL).

use axum::extract::{FromRequest, Request};
use jotgate_token::reason;

use crate::{
    error::{Error, Refused},
    http::{
        body::{media_type, read, unfit},
        front::Front,
    },
};

/// The fields of a form, each at most once.
pub(in crate::http) struct Fields(Vec<(String, String)>);

impl Fields {
    /// What was entered; empty when the field is missing.
    pub(in crate::http) fn text(&self, name: &str) -> String {
        self.0.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone()).unwrap_or_default()
    }
}

impl FromRequest<Front> for Fields {
    type Rejection = Error;

    async fn from_request(request: Request, front: &Front) -> Result<Self, Error> {
        let kind = media_type(request.headers()).map(|kind| kind.name);
        if kind.as_deref() != Some("application/x-www-form-urlencoded") {
            let refused = Refused::new(&reason::REQUEST_CONTENT_TYPE).detail("This page sends a form.");
            return Err(refused.expected("application/x-www-form-urlencoded").into());
        }
        let (parts, body) = request.into_parts();
        let body = read(body).await?;
        let request = Request::from_parts(parts, body.into());
        let Ok(axum::Form(fields)) = axum::Form::<Vec<(String, String)>>::from_request(request, front).await
        else {
            return Err(unfit("The form cannot be read.").into());
        };
        if fields.len() > MOST_FIELDS {
            return Err(unfit("The form has more fields than any of ours.").into());
        }
        let twice = fields
            .iter()
            .enumerate()
            .any(|(n, (name, _))| fields[..n].iter().any(|(other, _)| other == name));
        let nul = fields.iter().any(|(_, value)| value.contains('\0'));
        if twice || nul {
            return Err(unfit("A field of the form occurs twice or holds the character NUL.").into());
        }
        Ok(Self(fields))
    }
}

/// Because each is compared with all before it.
const MOST_FIELDS: usize = 50;
