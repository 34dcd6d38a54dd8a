//! What every request passes before and after its handler, one concern a file; [`super::gate`] puts them in order.

pub(super) mod body;
pub(super) mod cors;
pub(super) mod forwarded;
pub(super) mod host;
pub(super) mod request_id;
pub(super) mod security;
