//! The database as it is, read past the store: whatever tables and columns the schema has today.

use std::collections::{BTreeMap, BTreeSet};

use jotgate_server::store::Database;
use secrecy::ExposeSecret;
use serde_json::Value;
use uuid::Uuid;

use super::WORD;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Column {
    pub(crate) table: String,
    pub(crate) name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Integer,
    Text,
    Bytes,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "integer" | "bigint" => Self::Integer,
            "text" => Self::Text,
            "blob" | "bytea" => Self::Bytes,
            other => panic!("a column of the type {other}"),
        }
    }
}

/// Every column of every table.
pub(crate) async fn columns(database: &Database) -> BTreeSet<Column> {
    let sql = match database {
        Database::Sqlite(_) => {
            "SELECT t.name AS t, c.name AS c, c.type AS k FROM sqlite_schema t, pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'"
        }
        Database::Postgres(_) => {
            "SELECT table_name AS t, column_name AS c, data_type AS k FROM information_schema.columns \
             WHERE table_schema = current_schema()"
        }
    };
    let text = |row: &BTreeMap<String, String>, name: &str| row[name].clone();
    let rows = rows(database, sql).await;
    rows.iter()
        .map(|row| Column { table: text(row, "t"), name: text(row, "c"), kind: Kind::of(&row["k"]) })
        .collect()
}

/// Tables that know users.
pub(crate) fn of_users(columns: &BTreeSet<Column>) -> BTreeSet<String> {
    columns.iter().filter(|column| column.name == "user_id").map(|column| column.table.clone()).collect()
}

/// Puts a row of this user into every table that knows users and has none, with the word in every text.
pub(crate) async fn fill(database: &Database, user: Uuid) {
    let columns = columns(database).await;
    for table in of_users(&columns) {
        let id = literal(database, user.as_bytes());
        let there = rows(database, &format!("SELECT user_id FROM {table} WHERE user_id = {id}")).await;
        if !there.is_empty() {
            continue;
        }
        let of_table: Vec<_> = columns.iter().filter(|column| column.table == table).collect();
        let names: Vec<_> = of_table.iter().map(|column| column.name.as_str()).collect();
        let values: Vec<_> = of_table
            .iter()
            .map(|column| match (column.name.as_str(), column.kind) {
                ("user_id", _) => id.clone(),
                ("id", Kind::Bytes) => literal(database, Uuid::from_u128(u128::MAX).as_bytes()),
                (_, Kind::Integer) => "1900000000000".to_owned(),
                (name, Kind::Text) => format!("'\"{WORD} in {name}\"'"),
                (name, Kind::Bytes) => literal(database, format!("{WORD} in {name}").as_bytes()),
            })
            .collect();
        let sql = format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
        run(database, &sql).await;
    }
}

/// Where any of these words stands, as `table.column`: in a text, or in bytes as they are or as text.
pub(crate) async fn traces(database: &Database, words: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let tables: BTreeSet<_> = columns(database).await.into_iter().map(|column| column.table).collect();
    for table in tables {
        for row in rows(database, &format!("SELECT * FROM {table}")).await {
            for (column, value) in row {
                if words.iter().any(|word| value.to_lowercase().contains(&word.to_lowercase())) {
                    found.insert(format!("{table}.{column}"));
                }
            }
        }
    }
    found
}

/// A word in the forms in which it could stand somewhere.
pub(crate) fn forms(word: &str) -> [String; 3] {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let capital = format!("{}{}", word[..1].to_uppercase(), &word[1..]);
    [word.to_owned(), hex(word), hex(&capital)]
}

/// An id in the forms in which it could stand somewhere.
pub(crate) fn forms_of_id(id: Uuid) -> [String; 2] {
    [id.hyphenated().to_string(), id.simple().to_string()]
}

/// Rows by the names of their columns; bytes as hexadecimal digits, numbers as texts.
async fn rows(database: &Database, sql: &str) -> Vec<BTreeMap<String, String>> {
    match database {
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let mut statement = connection.prepare(sql).unwrap();
            let names: Vec<String> = statement.column_names().map(ToOwned::to_owned).collect();
            let mut rows = statement.query([]).unwrap();
            let mut all = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                let cell = |place| shown(row.get_ref(place).unwrap());
                all.push(names.iter().enumerate().map(|(place, name)| (name.clone(), cell(place))).collect());
            }
            all
        }
        Database::Postgres(url) => {
            let (client, connection) =
                tokio_postgres::connect(url.expose_secret(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let wrapped = format!("SELECT row_to_json(r)::text FROM ({sql}) r");
            let rows = client.query(&wrapped, &[]).await.unwrap();
            rows.iter().map(|row| members(&row.get::<_, String>(0))).collect()
        }
    }
}

/// Runs a statement past the store.
pub(crate) async fn run(database: &Database, sql: &str) {
    match database {
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
        }
        Database::Postgres(url) => {
            let (client, connection) =
                tokio_postgres::connect(url.expose_secret(), tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
        }
    }
}

fn literal(database: &Database, bytes: &[u8]) -> String {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match database {
        Database::Sqlite(_) => format!("x'{hex}'"),
        Database::Postgres(_) => format!("'\\x{hex}'::bytea"),
    }
}

fn shown(value: rusqlite::types::ValueRef<'_>) -> String {
    use rusqlite::types::ValueRef;
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn members(json: &str) -> BTreeMap<String, String> {
    let Ok(Value::Object(members)) = serde_json::from_str(json) else { panic!("no object: {json}") };
    let text = |value: Value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    members.into_iter().map(|(name, value)| (name, text(value))).collect()
}
