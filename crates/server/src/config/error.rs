//! What is wrong with a configuration: every problem at once, each with its place and its mend.
//!
//! No problem shows a secret: values of secret keys are never put into words.

use std::{fmt, path::PathBuf};

/// Everything that keeps a configuration from being used; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// The problems, in the order of the sources and of the table of keys.
    pub problems: Vec<Problem>,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The key, `sessions.idle_lifetime`; empty when a source as a whole is unusable.
    pub key: String,
    /// Where the value came from.
    pub source: Source,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// Nobody set it.
    Default,
    /// A flag of the command line, with its dashes.
    Flag(String),
    /// A variable of the environment.
    Env(String),
    /// A variable of the file given with `--env-file`.
    EnvFile {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
    },
    /// The file that a `…_FILE` variable names.
    ValueFile {
        /// The variable.
        name: String,
        /// The file it names.
        path: PathBuf,
    },
    /// `jotgate.toml`
    File {
        /// The file.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.source, self.what)?,
            key => write!(f, "{key} ({}): {}", self.source, self.what)?,
        }
        if self.mend.is_empty() { Ok(()) } else { write!(f, "\n  {}", self.mend) }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Flag(name) | Self::Env(name) => f.write_str(name),
            Self::EnvFile { name, path, line } => write!(f, "{name} in {}:{line}", path.display()),
            Self::ValueFile { name, path } => write!(f, "{name} = {}", path.display()),
            Self::File { path, line: 0 } => write!(f, "{}", path.display()),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
        }
    }
}
