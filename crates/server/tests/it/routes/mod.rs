//! Every route through the real server, one module a URL; what holds for all of them is in `gate`, `malformed`,
//! `cookies` and `serve`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod account;
mod admin;
mod cookies;
mod debugger;
mod dropped;
mod entering;
mod gate;
mod live;
mod login;
mod logout;
mod malformed;
mod me;
mod operations;
mod page_cookie;
mod pages;
mod password;
mod refresh;
mod serve;
mod sessions;
mod signup;
mod templates;
mod verify;
mod well_known;
