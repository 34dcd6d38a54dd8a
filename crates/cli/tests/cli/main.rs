//! The binary from outside: what it answers, on which stream, and with which exit code.

mod openapi;
mod run;
mod secret;
