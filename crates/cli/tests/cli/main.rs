//! The binary from outside: what it answers, on which stream, and with which exit code.

mod client;
mod config;
mod demo;
mod explain;
mod explain_page;
mod jws;
mod key;
mod kill;
mod mail;
mod openapi;
mod probe;
mod revocations;
mod run;
mod secret;
mod serve;
mod serving;
mod signing_keys;
mod token;
mod token_diff;
mod token_lint;
mod user;
mod user_import;
mod why;
