//! What can go wrong with the database, told apart by whose fault it is and whether trying again helps.
//! No message carries a value of a row or a password of a URL: these texts reach logs.

use std::path::PathBuf;

/// Why a transaction or a query did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// More work is waiting than may wait. Nothing was done; try again later.
    #[error("the database has more work waiting than it accepts")]
    Busy,
    /// The database cannot be reached or cannot write. Whether a commit in flight held is unknown.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Another transaction came first, or a row of the same unique key exists. Nothing was done.
    #[error("another change came first")]
    Conflict,
    /// A row holds what this version cannot read.
    #[error("the database holds what cannot be read: {0}")]
    Corrupt(String),
    /// The database understood the statement and refused it: a defect of Jotgate.
    #[error("the database refused {statement}: {cause}")]
    Refused {
        /// The name of the statement.
        statement: &'static str,
        /// What the database said.
        cause: String,
    },
    /// The closure panicked; its changes are undone.
    #[error("a transaction panicked")]
    Panicked,
    /// The closure awaited something other than a query; its changes are undone.
    #[error("a transaction awaited something other than a query")]
    Suspended,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The schema was made by a newer version.
    #[error(
        "the database has schema version {found}, this version of Jotgate knows up to {known}: run the newer version, or restore a backup made before the upgrade"
    )]
    NewerSchema {
        /// The version in the database.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A migration that ran here differs from the one of the same number in this program.
    #[error(
        "the database was made with another text of migration {version}: it belongs to a build that was never released"
    )]
    ChangedMigration {
        /// The number of the migration.
        version: i64,
    },
    /// Nobody answers at the address.
    #[error("the database at {host} cannot be reached: {cause}")]
    Unreachable {
        /// Host and port.
        host: String,
        /// What went wrong.
        cause: String,
    },
    /// The server answers and does not let us in.
    #[error("the database at {host} refused: {cause}")]
    Refused {
        /// Host and port.
        host: String,
        /// What the server said.
        cause: String,
    },
    /// The URL is not one this program understands. The text does not repeat it, because it may hold a password.
    #[error("the database URL is not usable: {0}")]
    BadUrl(String),
    /// The file or its folder cannot be written.
    #[error("the database file {} cannot be written: {cause}", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// The file is there and is something else.
    #[error("{} is not a SQLite database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// Anything else.
    #[error("the database could not be opened: {0}")]
    Failed(String),
}
