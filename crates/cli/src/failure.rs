//! Why a command did not succeed, as a value: what it says, and with which code the process ends.
//!
//! The codes are a contract with scripts: 1 the answer is no, 2 the command was called wrongly, 3 the surroundings
//! (a file, the port, the database) do not allow it. Not here: how it looks, which `output` decides.

use std::process::ExitCode;

/// A command that ends with something else than success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    exit: Exit,
    /// A code of the catalogue, where one fits.
    pub(crate) reason: Option<String>,
    /// What is wrong, in one line.
    pub(crate) text: String,
    /// What to do about it.
    pub(crate) mend: Option<String>,
}

/// The exit codes besides 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    No = 1,
    Usage = 2,
    Environment = 3,
}

impl Failure {
    /// The question was understood and answered: no.
    pub(crate) fn no(text: impl Into<String>) -> Self {
        Self::new(Exit::No, text.into())
    }

    /// The command was called in a way that makes no sense.
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text.into())
    }

    /// A file, a port, a database or the configuration stands in the way.
    pub(crate) fn environment(text: impl Into<String>) -> Self {
        Self::new(Exit::Environment, text.into())
    }

    pub(crate) fn reason(mut self, code: impl Into<String>) -> Self {
        self.reason = Some(code.into());
        self
    }

    pub(crate) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    fn new(exit: Exit, text: String) -> Self {
        Self { exit, reason: None, text, mend: None }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
