//! Brings the schema up to date: numbered texts, applied in order, never changed once released, never undone.
//! Why not a library: `docs/adr/0001-migration-runner.md`.

use deadpool_postgres::Client;
use tokio_postgres::types::ToSql;

use super::OpenError;
use super::statement::numbered;

/// One step of the schema.
struct Migration {
    version: i64,
    name: &'static str,
    /// In SQLite's words.
    sql: &'static str,
}

/// What an engine found to have been applied.
struct Applied {
    version: i64,
    checksum: String,
}

/// Why the schema could not be brought up to date.
pub(super) enum Failure<E> {
    Open(OpenError),
    Engine(E),
}

impl<E> From<E> for Failure<E> {
    fn from(cause: E) -> Self {
        Failure::Engine(cause)
    }
}

/// All of it is one transaction, so a second process that opens the same new file waits and then finds it done.
pub(super) fn sqlite(connection: &mut rusqlite::Connection) -> Result<(), Failure<rusqlite::Error>> {
    let tx = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    tx.execute_batch(LEDGER)?;
    let applied = tx
        .prepare(LIST_APPLIED)?
        .query_map([], |row| Ok(Applied { version: row.get(0)?, checksum: row.get(1)? }))?
        .collect::<Result<Vec<_>, _>>()?;
    for migration in missing(&applied).map_err(Failure::Open)? {
        tx.execute_batch(migration.sql)?;
        tx.execute(MARK_APPLIED, (migration.version, migration.name, migration.checksum()))?;
    }
    tx.commit()?;
    Ok(())
}

/// The same on PostgreSQL, where a lock of its own makes other nodes wait: two that create one table would collide.
pub(super) async fn postgres(client: &mut Client) -> Result<(), Failure<tokio_postgres::Error>> {
    let tx = client.transaction().await?;
    tx.batch_execute(LOCK).await?;
    tx.batch_execute(LEDGER).await?;
    let mut applied = Vec::new();
    for row in tx.query(LIST_APPLIED, &[]).await? {
        applied.push(Applied { version: row.try_get(0)?, checksum: row.try_get(1)? });
    }
    for migration in missing(&applied).map_err(Failure::Open)? {
        tx.batch_execute(&migration.postgres()).await?;
        let values: [&(dyn ToSql + Sync); 3] = [&migration.version, &migration.name, &migration.checksum()];
        tx.execute(&numbered(MARK_APPLIED), &values).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A digest of the schema this program makes, so that tests can keep a database of it to copy.
pub fn schema_fingerprint() -> String {
    let all: String = ALL.iter().map(Migration::checksum).collect();
    digest(&all)
}

/// What is still to do, or why nothing may be done.
fn missing(applied: &[Applied]) -> Result<impl Iterator<Item = &'static Migration>, OpenError> {
    let known = ALL.last().map_or(0, |migration| migration.version);
    let found = applied.iter().map(|row| row.version).max().unwrap_or(0);
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    for row in applied {
        let same = ALL.iter().any(|known| known.version == row.version && known.checksum() == row.checksum);
        if !same {
            return Err(OpenError::ChangedMigration { version: row.version });
        }
    }
    Ok(ALL.iter().filter(move |migration| migration.version > found))
}

impl Migration {
    /// SHA-256 of the text, in hexadecimal digits.
    fn checksum(&self) -> String {
        jotgate_jose::primitive::sha256(self.sql.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// The same in PostgreSQL's words: its integers and bytes have other names, its tables need no word for being
    /// strict about types, and it has no tables kept in the order of their key.
    fn postgres(&self) -> String {
        let sql = self.sql.replace(") STRICT, WITHOUT ROWID;", ");").replace(") STRICT;", ");");
        sql.replace(" INTEGER", " BIGINT").replace(" BLOB", " BYTEA")
    }
}

fn digest(text: &str) -> String {
    jotgate_jose::primitive::sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

const ALL: &[Migration] = &[
    Migration { version: 1, name: "first", sql: include_str!("../../migrations/0001_first.sql") },
    Migration {
        version: 2,
        name: "key_purposes",
        sql: include_str!("../../migrations/0002_key_purposes.sql"),
    },
    Migration { version: 3, name: "revocations", sql: include_str!("../../migrations/0003_revocations.sql") },
    Migration { version: 4, name: "clients", sql: include_str!("../../migrations/0004_clients.sql") },
    Migration {
        version: 5,
        name: "status_entries",
        sql: include_str!("../../migrations/0005_status_entries.sql"),
    },
    Migration { version: 6, name: "accounts", sql: include_str!("../../migrations/0006_accounts.sql") },
    Migration { version: 7, name: "links", sql: include_str!("../../migrations/0007_links.sql") },
];

/// Held until the transaction ends. The number has no meaning but to be ours; waiting for it may take as long as the
/// other node's migration.
const LOCK: &str = "SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock(7306368341712659557)";
/// Which migrations ran.
const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)";
const LIST_APPLIED: &str = "SELECT version, checksum FROM schema_migrations ORDER BY version";
const MARK_APPLIED: &str = "INSERT INTO schema_migrations (version, name, checksum) VALUES (?1, ?2, ?3)";

#[cfg(test)]
mod tests {
    use super::*;

    /// A landed migration has run somewhere: to change its text, add another one.
    #[test]
    fn landed_migrations_are_what_they_were() {
        let now: Vec<_> = ALL.iter().map(|migration| (migration.version, migration.checksum())).collect();
        let landed = [
            (1, "3f359cc6f830d8b09ccd3aed4e2fc91af575217e0ac90f6799955ca511f4d621"),
            (2, "68698710862a66a5f7be78f4558b0525642f3071b945a02a34e633f8671fcdca"),
            (3, "c4b8b8911b8429ccb0758e91c2fa1e3c2fe08d940be6f958c5326661c95f0a38"),
            (4, "519846e650819151158cae93d6a662af1e0a5da38018eb9348a833a6b84b89b3"),
            (5, "b7ca13c918b098d94444f4962b8e536e8665d520d9ea693e35b52d8d071dd1cb"),
            (6, "758f317ce355cb81ff3e29c32b1c15e750afe4f5d5b59a4ed4f96efc16404480"),
            (7, "f49c351819c85932b71cbe070772434319064f76a9507f089653f5bbe2bf1e55"),
        ];
        assert_eq!(now, landed.map(|(version, checksum)| (version, checksum.to_owned())));
    }

    #[test]
    fn versions_count_up_from_one() {
        let versions: Vec<_> = ALL.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..).take(versions.len()).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_of_sqlite_is_left_in_the_text_for_postgresql() {
        for migration in ALL {
            let sql = migration.postgres();
            for word in ["STRICT", "WITHOUT", "INTEGER", "BLOB"] {
                assert!(!sql.contains(word), "{word} in {}", migration.name);
            }
        }
    }

    #[test]
    fn what_is_missing_is_what_comes_after_the_newest() {
        let applied = |version, checksum: &str| Applied { version, checksum: checksum.to_owned() };
        let first = ALL[0].checksum();
        let versions = |applied: &[Applied]| missing(applied).map(|all| all.map(|one| one.version).collect());
        assert_eq!(versions(&[]).ok(), Some(ALL.iter().map(|one| one.version).collect::<Vec<_>>()));
        assert!(matches!(
            versions(&[applied(1, &first), applied(999, "x")]),
            Err(OpenError::NewerSchema { found: 999, .. })
        ));
        assert!(matches!(versions(&[applied(1, "x")]), Err(OpenError::ChangedMigration { version: 1 })));
    }
}
