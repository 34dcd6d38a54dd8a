//! Jotgate, the login server for JSON Web Tokens, as a library.
//!
//! The rooms and who may use whom: `http -> flow -> { rule, store }`, `job -> flow`; `app`, `config` and `error` serve
//! all. `ARCHITECTURE.md` walks through a login and a check.

pub mod app;
pub mod config;
pub mod error;
pub mod flow;
pub mod http;
pub mod job;
pub mod mail;
pub mod rule;
pub mod store;
pub mod text;
