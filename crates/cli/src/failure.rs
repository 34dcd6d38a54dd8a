//! Why a command did not succeed, as a value: what it says, and with which code the process ends.
//!
//! The codes are a contract with scripts: 1 the answer is no, 2 the command was called wrongly, 3 the surroundings
//! (a file, the port, the database) do not allow it. Not here: how it looks, which `output` decides.

use std::process::ExitCode;

use serde_json::Value;

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
    /// More members for `--json`.
    pub(crate) more: Option<Value>,
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

    /// Adds the members of this object to what `--json` says.
    pub(crate) fn with(mut self, more: Value) -> Self {
        self.more = Some(more);
        self
    }

    /// The same, as the answer to a question that was asked.
    pub(crate) fn answering_no(mut self) -> Self {
        self.exit = Exit::No;
        self
    }

    /// The same, as the caller's mistake.
    pub(crate) fn blaming_usage(mut self) -> Self {
        self.exit = Exit::Usage;
        self
    }

    /// Adds what else is known, in the same line.
    pub(crate) fn and(mut self, hint: &str) -> Self {
        self.text = format!("{}; {hint}", self.text);
        self
    }

    /// The answer is no, and has been given in full already.
    pub(crate) fn silent_no() -> Self {
        Self::no("")
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    fn new(exit: Exit, text: String) -> Self {
        Self { exit, reason: None, text, mend: None, more: None }
    }
}

/// A token or key that was refused: the library's own line.
impl From<jotgate_jose::Error> for Failure {
    fn from(error: jotgate_jose::Error) -> Self {
        let code = error.reason().code();
        let line = error.to_string();
        let text = line.strip_prefix(code).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&line);
        Self::no(text).reason(code)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
