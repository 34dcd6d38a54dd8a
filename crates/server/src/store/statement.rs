//! A SQL statement, written once for both engines with `?1` parameters and declared by `statements!`, which also
//! registers it: so one test prepares every statement on both engines.

use std::sync::OnceLock;

/// One statement.
#[derive(Debug)]
pub struct Statement {
    name: &'static str,
    sql: &'static str,
    postgres: OnceLock<String>,
}

impl Statement {
    pub(super) const fn new(name: &'static str, sql: &'static str) -> Self {
        Statement { name, sql, postgres: OnceLock::new() }
    }

    /// Module and name, for messages.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn sqlite(&self) -> &'static str {
        self.sql
    }

    pub(super) fn postgres(&self) -> &str {
        self.postgres.get_or_init(|| numbered(self.sql))
    }
}

/// Every statement of every table.
pub(super) fn all() -> impl Iterator<Item = &'static Statement> {
    use super::{
        attempts, audit, challenges, clients, devices, factors, held, keys, links, mail_requests, meta,
        outbox, passkeys, recovery_codes, revocations, sessions, status_entries, totp_secrets, users,
    };
    [
        meta::ALL,
        users::ALL,
        sessions::ALL,
        status_entries::ALL,
        keys::ALL,
        attempts::ALL,
        audit::ALL,
        links::ALL,
        outbox::ALL,
        mail_requests::ALL,
        devices::ALL,
        revocations::ALL,
        clients::ALL,
        passkeys::ALL,
        challenges::ALL,
        totp_secrets::ALL,
        recovery_codes::ALL,
        factors::ALL,
        held::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// `?1` as PostgreSQL writes it, `$1`. SQLite would take `$1` too, but as a *name* numbered by first appearance.
pub(super) fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

/// Declares statements and the list of them, `ALL`.
macro_rules! statements {
    ($($name:ident = $sql:expr;)+) => {
        $(static $name: $crate::store::Statement =
            $crate::store::Statement::new(concat!(module_path!(), "::", stringify!($name)), $sql);)+
        pub(super) static ALL: &[&$crate::store::Statement] = &[$(&$name),+];
    };
}
pub(super) use statements;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_rewritten_for_postgresql() {
        assert_eq!(numbered("UPDATE t SET a = ?2 WHERE b = ?1"), "UPDATE t SET a = $2 WHERE b = $1");
    }

    /// What makes the plain replacement right, and the row counts too.
    #[test]
    fn every_question_mark_is_a_numbered_parameter() {
        for statement in all() {
            let sql = statement.sqlite();
            assert!(!sql.contains('$'), "{}", statement.name());
            for after in sql.split('?').skip(1) {
                assert!(after.starts_with(|c: char| c.is_ascii_digit()), "{}", statement.name());
            }
        }
    }

    #[test]
    fn no_statement_reads_the_clock_of_the_database_or_is_declared_twice() {
        let mut names = std::collections::HashSet::new();
        for statement in all() {
            let sql = statement.sqlite().to_ascii_lowercase();
            assert!(!sql.contains("now()") && !sql.contains("current_timestamp"), "{}", statement.name());
            assert!(names.insert(statement.name()), "{}", statement.name());
        }
        assert!(names.len() > 40);
    }
}
