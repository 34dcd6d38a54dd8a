//! What integration tests share: a server and a database of its own for each test. Never published, never in a
//! binary.

pub mod authenticator;
mod browser;
mod call;
mod clock;
mod listening;
mod log;
mod postgres;
mod proxy;
mod smtp_sink;
mod store;
mod test_app;

pub use authenticator::Authenticator;
pub use browser::{Browser, Form, Page};
pub use call::{Answer, Call, agreed};
pub use clock::{FakeClock, SeededRandom};
pub use listening::Listening;
pub use postgres::Postgres;
pub use proxy::FaultProxy;
pub use smtp_sink::{Manner, Received, SmtpSecurity, SmtpSink};
pub use store::{Engine, TestDatabase, TestStore};
pub use test_app::{PASSWORD, PEER, TestApp};
