//! Extractors for axum: who calls, as an argument of a handler.

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    http::request::Parts,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;

use crate::{
    Caller, Checked, OptionalCaller, Refused,
    layer::{Presence, caller, no_guard},
};

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        self.into_http()
    }
}

impl<S: Sync> FromRequestParts<S> for Checked {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        caller(&parts.extensions, &parts.uri).cloned()
    }
}

impl<S: Sync, C: DeserializeOwned> FromRequestParts<S> for Caller<C> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        Self::of(caller(&parts.extensions, &parts.uri)?.clone())
    }
}

impl<S: Sync, C: DeserializeOwned> OptionalFromRequestParts<S> for Caller<C> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refused> {
        let Some(Presence { caller, .. }) = parts.extensions.get() else { return Err(no_guard()) };
        caller.clone().map(Self::of).transpose()
    }
}

impl<S: Sync, C: DeserializeOwned> FromRequestParts<S> for OptionalCaller<C> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        <Caller<C> as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await.map(Self)
    }
}
