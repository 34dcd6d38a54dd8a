//! HTTP: routes, bodies, headers, cookies, pages and the listeners. Knows no SQL and hashes nothing: it parses, calls one
//! flow, and answers.
//!
//! [`router()`] holds every route; `gate` is what every request passes; [`serve`] accepts connections. Specs: RFC 9110,
//! 6750 (challenges), 6265bis (cookies), 9457 (problem documents), Fetch (CORS).

mod accept;
mod api;
mod bearer;
mod body;
mod cookie;
mod deliver;
mod download;
mod front;
mod gate;
mod json;
mod layer;
mod local;
mod metrics;
mod oauth;
mod operations;
mod origin;
mod pages;
mod percent;
mod problem;
mod router;
pub mod serve;
mod site;
mod view;
mod visit;
mod well_known;

pub use pages::home::{CurlStep, curl_steps};
pub use router::{router, routes};
pub use visit::Peer;
