//! An answer that a browser saves as a file instead of showing it.

use axum::response::{IntoResponse, Response};
use http::header;

use super::gate;
use crate::flow::export::Export;

/// The document as a file, indented, because people will open it.
pub(super) fn of(export: &Export) -> Response {
    // A JSON value always has a text.
    let text = serde_json::to_string_pretty(&export.document).unwrap_or_default();
    let mut answer = ([(header::CONTENT_TYPE, "application/json")], text).into_response();
    let name = format!("attachment; filename=\"personal-data-{}.json\"", export.day);
    gate::set(&mut answer, header::CONTENT_DISPOSITION, &name);
    answer
}
