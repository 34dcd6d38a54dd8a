//! The binary from outside: what it answers, on which stream, and with which exit code.

mod key;
mod openapi;
mod run;
mod secret;
mod token;
