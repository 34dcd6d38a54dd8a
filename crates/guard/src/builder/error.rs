//! What can be wrong with what a guard was told.

use crate::FetchError;

/// Why a guard does not start: a mistake in what it was told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An issuer or origin is not written as one.
    #[error("`{given}` is no origin such as https://id.example: {why}")]
    Address {
        /// What was given, shortened.
        given: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The audience is empty.
    #[error("the audience for {0} is empty: every token of the issuer would be meant for you")]
    NoAudience(String),
    /// An issuer was given twice.
    #[error("{0} is trusted twice; its keys and audience must be said once")]
    Twice(String),
    /// The leeway is no difference of clocks.
    #[error("the leeway must be whole seconds, at most 300")]
    Leeway,
    /// The shared secret is too weak or no secret.
    #[error("the shared secret is not fit for use: {0}")]
    Secret(#[source] jotgate_jose::Error),
    /// The client of a [`TokenSource`](crate::TokenSource) cannot show who it is.
    #[error("the client cannot show who it is: {0}")]
    Client(String),
    /// The edge to the network could not be made.
    #[error(transparent)]
    Fetch(FetchError),
    /// There is no tokio runtime to run the fetching in.
    #[error("a guard is started inside a tokio runtime")]
    NoRuntime,
}
