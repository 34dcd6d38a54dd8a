//! What the machine gives without a server, for the ratios of the benchmark: `floor update|insert|argon2id SECONDS FOLDER`
//! prints one line of JSON.
//!
//! `update` and `insert` are one rotation of a refresh token in the two ways it can be kept, durable (WAL,
//! synchronous=FULL) and one transaction at a time. `argon2id` is the bare call with the parameters of a login.
//! Not here: the servers, and the comparison (`../run`).

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use rusqlite::{Connection, TransactionBehavior, params};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, seconds, folder] = arguments.as_slice() else {
        return Err("usage: floor update|insert|argon2id SECONDS FOLDER".into());
    };
    let duration = Duration::from_secs_f64(seconds.parse()?);
    let folder = Path::new(folder);
    let measured = match what.as_str() {
        "update" => update_in_place(folder, duration)?,
        "insert" => mark_and_insert(folder, duration)?,
        "argon2id" => argon2id(duration)?,
        other => return Err(format!("{other} is not measured here").into()),
    };
    println!("{}", measured.into_json());
    Ok(())
}

/// One row a session, its generation raised: session and user read together, then a conditional UPDATE.
fn update_in_place(folder: &Path, duration: Duration) -> Result<Measured> {
    let mut database = open(folder)?;
    database.execute_batch(
        "CREATE TABLE users (id BLOB PRIMARY KEY, email TEXT, roles TEXT, credential_epoch INTEGER, disabled_at INTEGER) WITHOUT ROWID;
         CREATE TABLE sessions (id BLOB PRIMARY KEY, user_id BLOB, generation INTEGER, salt BLOB, rotated_at INTEGER, recent TEXT,
             credential_epoch INTEGER, idle_until INTEGER, absolute_until INTEGER, revoked_at INTEGER) WITHOUT ROWID;",
    )?;
    let before = database.transaction()?;
    for n in 0..ROWS {
        before.execute("INSERT INTO users VALUES (?1, 'somebody@example.com', '[]', 0, NULL)", [id(n)])?;
        before.execute(
            "INSERT INTO sessions VALUES (?1, ?1, 0, ?1, 0, '[]', 0, 9000000000000, 9000000000000, NULL)",
            [id(n)],
        )?;
    }
    before.commit()?;
    let recent = format!("[{}]", ["[1234567,1795317606921]"; 8].join(","));
    measure(duration, |n| {
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let session = id(n % ROWS);
        let at = i64::try_from(n)?;
        let generation: i64 = transaction
            .prepare_cached(
                "SELECT s.generation, s.salt, s.recent, u.roles FROM sessions s JOIN users u ON u.id = s.user_id
                 WHERE s.id = ?1 AND s.credential_epoch = u.credential_epoch AND u.disabled_at IS NULL",
            )?
            .query_row([session], |row| row.get(0))?;
        let changed = transaction
            .prepare_cached(
                "UPDATE sessions SET generation = ?2, rotated_at = ?3, recent = ?4, idle_until = ?5
                 WHERE id = ?1 AND generation = ?2 - 1 AND revoked_at IS NULL",
            )?
            .execute(params![session, generation + 1, at, recent, at])?;
        assert_eq!(changed, 1);
        Ok(transaction.commit()?)
    })
}

/// One row a token: the old one marked, a new one inserted.
fn mark_and_insert(folder: &Path, duration: Duration) -> Result<Measured> {
    let mut database = open(folder)?;
    database.execute_batch(
        "CREATE TABLE refresh_tokens (token_hash BLOB PRIMARY KEY, family BLOB, expires_at INTEGER, used_at INTEGER) WITHOUT ROWID;",
    )?;
    let before = database.transaction()?;
    for n in 0..ROWS {
        before.execute("INSERT INTO refresh_tokens VALUES (?1, ?1, 0, NULL)", [id(n)])?;
    }
    before.commit()?;
    measure(duration, |n| {
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let at = i64::try_from(n)?;
        let family: [u8; 16] = transaction
            .prepare_cached("SELECT family FROM refresh_tokens WHERE token_hash = ?1 AND used_at IS NULL")?
            .query_row([id(n)], |row| row.get(0))?;
        transaction
            .prepare_cached(
                "UPDATE refresh_tokens SET used_at = ?2 WHERE token_hash = ?1 AND used_at IS NULL",
            )?
            .execute(params![id(n), at])?;
        transaction
            .prepare_cached("INSERT INTO refresh_tokens VALUES (?1, ?2, ?3, NULL)")?
            .execute(params![id(n + ROWS), family, at])?;
        Ok(transaction.commit()?)
    })
}

fn argon2id(duration: Duration) -> Result<Measured> {
    let parameters = Params::new(19456, 2, 1, Some(32)).map_err(|error| error.to_string())?;
    // Memory kept between calls, because that is the cheapest way to make them.
    let mut memory = vec![Block::default(); parameters.block_count()];
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    measure(duration, |n| {
        let mut hash = [0; 32];
        hasher
            .hash_password_into_with_memory(b"correct horse battery staple", &id(n), &mut hash, &mut memory)
            .map_err(|error| error.to_string())?;
        std::hint::black_box(hash);
        Ok(())
    })
}

struct Measured {
    elapsed: Duration,
    cpu: Duration,
    each: Vec<Duration>,
}

impl Measured {
    fn into_json(mut self) -> String {
        self.each.sort_unstable();
        let count = self.each.len();
        let at = |percent: usize| self.each[(count * percent / 100).min(count - 1)].as_secs_f64() * 1e3;
        format!(
            r#"{{"count":{count},"per_second":{:.1},"p50_ms":{:.4},"p99_ms":{:.4},"cpu_us":{:.2}}}"#,
            count as f64 / self.elapsed.as_secs_f64(),
            at(50),
            at(99),
            self.cpu.as_secs_f64() * 1e6 / count as f64,
        )
    }
}

fn measure(duration: Duration, mut once: impl FnMut(u64) -> Result<()>) -> Result<Measured> {
    let mut each = Vec::new();
    let cpu_before = cpu_time()?;
    let started = Instant::now();
    while started.elapsed() < duration || each.is_empty() {
        let before = Instant::now();
        once(each.len() as u64)?;
        each.push(before.elapsed());
    }
    Ok(Measured { elapsed: started.elapsed(), cpu: cpu_time()? - cpu_before, each })
}

/// The time this thread, the only one, has spent on a CPU.
fn cpu_time() -> Result<Duration> {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = schedstat.split_whitespace().next().ok_or("schedstat is empty")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

fn open(folder: &Path) -> Result<Connection> {
    let database = Connection::open(folder.join("floor.db"))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    Ok(database)
}

/// Sixteen bytes that no other number gives, spread like random ones.
fn id(n: u64) -> [u8; 16] {
    let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut id = [0; 16];
    id[..8].copy_from_slice(&spread.to_be_bytes());
    id[8..].copy_from_slice(&n.to_be_bytes());
    id
}

const ROWS: u64 = 1000;
