//! SQLite: one connection that writes, on its own thread, and a few that read, on the thread that asks.
//! Reading inline costs 4 to 8 µs, which is less than handing the work to another thread.

mod writer;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, params_from_iter};

use self::writer::Writer;
use super::value::{Cell, Row};
use super::{OpenError, Statement, StoreError, Tx, Value, migrate};

pub(super) struct Sqlite {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
}

impl Sqlite {
    pub(super) fn open(path: &Path, queries: &Arc<AtomicU64>) -> Result<Sqlite, OpenError> {
        make_private(path).map_err(|cause| not_writable(path, cause.to_string()))?;
        let mut connection = connect(path).map_err(|cause| open_error(path, &cause))?;
        begin_wal(&connection).map_err(|cause| open_error(path, &cause))?;
        migrate::sqlite(&mut connection).map_err(|failure| match failure {
            migrate::Failure::Open(error) => error,
            migrate::Failure::Engine(cause) => open_error(path, &cause),
        })?;
        let writer = Writer::start(connection, Arc::clone(queries))
            .map_err(|cause| OpenError::Failed(format!("the writer thread does not start: {cause}")))?;
        Ok(Sqlite { path: path.to_owned(), readers: Mutex::new(Vec::new()), writer })
    }

    pub(super) async fn write<F, R>(&self, work: F) -> Result<R, StoreError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        self.writer.write(work).await
    }

    pub(super) fn read<F, R>(&self, work: &F, queries: &AtomicU64) -> Result<R, StoreError>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<R, StoreError>,
    {
        let mut connection = self.reader()?;
        let result = writer::run_once(work, &mut connection, queries);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < KEPT_READERS {
            readers.push(connection);
        }
        result
    }

    pub(super) fn prepare(&self, statement: &Statement) -> Result<(), StoreError> {
        let connection = self.reader()?;
        connection.prepare(statement.sqlite()).map_err(|cause| store_error(statement.name(), &cause))?;
        Ok(())
    }

    fn reader(&self) -> Result<Connection, StoreError> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.map_or_else(|| connect_reader(&self.path).map_err(|cause| store_error("connect", &cause)), Ok)
    }
}

pub(super) fn execute(
    connection: &Connection,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<u64, StoreError> {
    let changed = connection
        .prepare_cached(statement.sqlite())
        .and_then(|mut prepared| prepared.execute(params_from_iter(values)))
        .map_err(|cause| store_error(statement.name(), &cause))?;
    Ok(changed as u64)
}

pub(super) fn query(
    connection: &Connection,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Vec<Row>, StoreError> {
    all_rows(connection, statement, values).map_err(|cause| store_error(statement.name(), &cause))
}

fn all_rows(
    connection: &Connection,
    statement: &Statement,
    values: &[Value<'_>],
) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = connection.prepare_cached(statement.sqlite())?;
    let columns = prepared.column_count();
    let mut rows = prepared.query(params_from_iter(values))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let cells = (0..columns).map(|column| row.get_ref(column).map(cell)).collect::<Result<_, _>>()?;
        all.push(Row::new(statement.name(), cells));
    }
    Ok(all)
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(n) => Cell::Integer(n),
        ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_owned()),
        ValueRef::Real(_) => Cell::Unknown,
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Value::Null => ValueRef::Null,
            Value::Integer(n) => ValueRef::Integer(n),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// The file holds password hashes and sealed keys, so nobody else on the machine may read it. SQLite gives its log
/// the permissions of the file.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new();
    file.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map(drop)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Otherwise SQLite looks into the values and compiles a statement anew for each: 30 µs of every refresh.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // Because what a user deletes must not stay readable in the free space of the file.
    connection.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
    Ok(connection)
}

fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update_and_check(None, "mmap_size", READER_MMAP, |_| Ok(()))?;
    Ok(connection)
}

/// Two processes that both switch a new file to WAL can collide without SQLite waiting for either, so this tries again.
fn begin_wal(connection: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        let switched =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match switched {
            Err(cause) if is_busy(&cause) && tries < 100 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            other => return other.map(drop),
        }
    }
}

fn is_busy(cause: &rusqlite::Error) -> bool {
    matches!(cause.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn store_error(statement: &'static str, cause: &rusqlite::Error) -> StoreError {
    match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::ConstraintViolation) if is_conflict(cause) => StoreError::Conflict,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(cause.to_string()),
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreError::Unavailable(cause.to_string()),
        _ => StoreError::Refused { statement, cause: cause.to_string() },
    }
}

/// A second row of the same key, or a row whose user is gone; other constraints are defects.
fn is_conflict(cause: &rusqlite::Error) -> bool {
    use rusqlite::ffi;
    let code = cause.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(
            ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_FOREIGNKEY
        )
    )
}

fn open_error(path: &Path, cause: &rusqlite::Error) -> OpenError {
    match cause.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path: path.to_owned() },
        Some(
            ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::DiskFull,
        ) => not_writable(path, cause.to_string()),
        _ => OpenError::Failed(format!("{}: {cause}", path.display())),
    }
}

fn not_writable(path: &Path, cause: String) -> OpenError {
    OpenError::NotWritable { path: path.to_owned(), cause }
}

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_millis(5_000);
/// More than there are statements, so that none is ever prepared twice on a connection.
const CACHED_STATEMENTS: usize = 128;
/// Idle readers kept open; more are opened when more threads read at once.
const KEPT_READERS: usize = 16;
const READER_MMAP: i64 = 64 << 20;

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    /// How often SQLite compiled a cached statement again.
    fn compiled_again(connection: &Connection, sql: &str) -> i32 {
        connection.prepare_cached(sql).unwrap().get_status(StatementStatus::RePrepare)
    }

    #[test]
    fn a_statement_is_compiled_once_whatever_its_values() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jotgate.db");
        make_private(&path).unwrap();
        let mut connection = connect(&path).unwrap();
        assert!(migrate::sqlite(&mut connection).is_ok());
        // Two tables joined by a key: the shape in which SQLite looks into the value.
        let sql = "SELECT s.salt, u.email FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = ?1";
        for value in 0..3_u8 {
            let mut prepared = connection.prepare_cached(sql).unwrap();
            assert!(prepared.query([[value; 16]]).unwrap().next().unwrap().is_none());
        }
        assert_eq!(compiled_again(&connection, sql), 0);
    }
}
