//! The one door to either engine: statements with parameters, rows out. A closure given to `Store::write` gets it for
//! the time of its transaction.

use std::sync::atomic::{AtomicU64, Ordering};

use super::value::Row;
use super::{Statement, StoreError, Value, sqlite};

/// A transaction, or in `Store::read` a connection.
pub struct Tx<'a> {
    link: Link<'a>,
    queries: &'a AtomicU64,
}

enum Link<'a> {
    /// Mutable because a shared reference to a connection could not travel between threads.
    Sqlite(&'a mut rusqlite::Connection),
}

impl<'a> Tx<'a> {
    pub(super) fn sqlite(connection: &'a mut rusqlite::Connection, queries: &'a AtomicU64) -> Self {
        Tx { link: Link::Sqlite(connection), queries }
    }

    /// Runs a statement that gives no rows; answers how many rows it changed.
    pub async fn execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        match &mut self.link {
            Link::Sqlite(connection) => sqlite::execute(connection, statement, values),
        }
    }

    /// All rows of a statement.
    pub async fn query(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        match &mut self.link {
            Link::Sqlite(connection) => sqlite::query(connection, statement, values),
        }
    }

    /// The first row of a statement, if there is one.
    pub async fn query_opt(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(statement, values).await?.into_iter().next())
    }
}
