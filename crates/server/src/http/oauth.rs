//! The standard endpoints under `/oauth/`, which take forms and refuse in the words of RFC 6749 section 5.2.

mod credentials;
mod form;
pub(super) mod refusal;
pub(super) mod token;
