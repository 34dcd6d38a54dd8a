//! The one door to either engine: statements with parameters, rows out. A closure given to `Store::write` gets it for
//! the time of its transaction.

use std::sync::atomic::{AtomicU64, Ordering};

use deadpool_postgres::{Client, Transaction};

use super::value::Row;
use super::{Statement, StoreError, Value, postgres, sqlite};

/// A transaction, or in `Store::read` a connection.
pub struct Tx<'a> {
    link: Link<'a>,
    /// The first statement that failed.
    failure: Option<StoreError>,
    queries: &'a AtomicU64,
}

enum Link<'a> {
    /// Mutable because a shared reference to a connection could not travel between threads.
    Sqlite(&'a mut rusqlite::Connection),
    Postgres(&'a Client),
    PostgresTransaction(&'a Transaction<'a>),
}

impl<'a> Tx<'a> {
    pub(super) fn sqlite(connection: &'a mut rusqlite::Connection, queries: &'a AtomicU64) -> Self {
        Tx { link: Link::Sqlite(connection), failure: None, queries }
    }

    pub(super) fn postgres(client: &'a Client, queries: &'a AtomicU64) -> Self {
        Tx { link: Link::Postgres(client), failure: None, queries }
    }

    pub(super) fn postgres_transaction(transaction: &'a Transaction<'a>, queries: &'a AtomicU64) -> Self {
        Tx { link: Link::PostgresTransaction(transaction), failure: None, queries }
    }

    /// Runs a statement that gives no rows; answers how many rows it changed.
    pub async fn execute(&mut self, statement: &Statement, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        let result = match &mut self.link {
            Link::Sqlite(connection) => sqlite::execute(connection, statement, values),
            Link::Postgres(client) => postgres::execute(*client, statement, values).await,
            Link::PostgresTransaction(tx) => postgres::execute(*tx, statement, values).await,
        };
        self.note(result)
    }

    /// All rows of a statement.
    pub async fn query(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        let result = match &mut self.link {
            Link::Sqlite(connection) => sqlite::query(connection, statement, values),
            Link::Postgres(client) => postgres::query(*client, statement, values).await,
            Link::PostgresTransaction(tx) => postgres::query(*tx, statement, values).await,
        };
        self.note(result)
    }

    /// The first row of a statement, if there is one.
    pub async fn query_opt(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        Ok(self.query(statement, values).await?.into_iter().next())
    }

    /// What the closure's result is worth: nothing after a failed statement, even if the closure went on. PostgreSQL
    /// has undone the transaction by then and would answer its COMMIT without a word of that.
    pub(super) fn settle<R>(self, result: Result<R, StoreError>) -> Result<R, StoreError> {
        match (result, self.failure) {
            (Ok(_), Some(failure)) => Err(failure),
            (result, _) => result,
        }
    }

    fn note<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let (Err(error), None) = (&result, &self.failure) {
            self.failure = Some(error.clone());
        }
        result
    }
}
