//! Statements, values, rows and errors as PostgreSQL's driver has them.

use std::error::Error as _;

use bytes::BytesMut;
use deadpool_postgres::GenericClient;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use crate::store::value::{Cell, Row};
use crate::store::{Statement, StoreError, Value};

pub(in crate::store) async fn execute<C: GenericClient>(
    client: &C,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<u64, StoreError> {
    let failed = |cause| store_error(statement.name(), &cause);
    let prepared = client.prepare_cached(statement.postgres()).await.map_err(failed)?;
    client.execute(&prepared, &parameters(values)).await.map_err(failed)
}

pub(in crate::store) async fn query<C: GenericClient>(
    client: &C,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Vec<Row>, StoreError> {
    let failed = |cause| store_error(statement.name(), &cause);
    let prepared = client.prepare_cached(statement.postgres()).await.map_err(failed)?;
    let rows = client.query(&prepared, &parameters(values)).await.map_err(failed)?;
    rows.iter().map(|row| cells(row).map(|cells| Row::new(statement.name(), cells)).map_err(failed)).collect()
}

fn parameters<'a>(values: &'a [Value<'_>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn cells(row: &tokio_postgres::Row) -> Result<Vec<Cell>, tokio_postgres::Error> {
    let cell = |(place, column): (usize, &tokio_postgres::Column)| {
        Ok(match *column.type_() {
            Type::INT8 => row.try_get::<_, Option<i64>>(place)?.map_or(Cell::Null, Cell::Integer),
            Type::TEXT => row.try_get::<_, Option<String>>(place)?.map_or(Cell::Null, Cell::Text),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(place)?.map_or(Cell::Null, Cell::Bytes),
            _ => Cell::Unknown,
        })
    };
    row.columns().iter().enumerate().map(cell).collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Integer(n) => n.to_sql_checked(ty, out),
            Value::Text(text) => text.to_sql_checked(ty, out),
            Value::Bytes(bytes) => bytes.to_sql_checked(ty, out),
        }
    }

    /// Each value checks its own type above.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

pub(super) fn store_error(statement: &'static str, cause: &tokio_postgres::Error) -> StoreError {
    let Some(code) = cause.code() else {
        return match cause.source() {
            _ if cause.is_closed() => StoreError::Unavailable(plain(cause)),
            Some(source) if source.is::<std::io::Error>() => StoreError::Unavailable(plain(cause)),
            _ => StoreError::Refused { statement, cause: plain(cause) },
        };
    };
    let conflicts = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
        SqlState::FOREIGN_KEY_VIOLATION,
    ];
    match code {
        code if conflicts.contains(code) => StoreError::Conflict,
        &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE => StoreError::Busy,
        // A standby after a failover.
        &SqlState::READ_ONLY_SQL_TRANSACTION => StoreError::Unavailable(plain(cause)),
        // Lost connections, resources used up, a server that stops or fails.
        code if ["08", "53", "57", "58"].contains(&&code.code()[..2]) => {
            StoreError::Unavailable(plain(cause))
        }
        _ => StoreError::Refused { statement, cause: plain(cause) },
    }
}

/// What went wrong without the details PostgreSQL adds, because those quote values of rows.
pub(super) fn plain(cause: &tokio_postgres::Error) -> String {
    match (cause.as_db_error(), cause.source()) {
        (Some(db), _) => format!("{} ({})", db.message(), db.code().code()),
        (None, Some(source)) => format!("{cause}: {source}"),
        (None, None) => cause.to_string(),
    }
}
