//! The test kit against our own guard: every entry of the catalogue, with the reason that stands there.

mod guard;
mod revoked;
