//! A PostgreSQL for the tests of this process: the one `JOTGATE_TEST_POSTGRES` names, or else one started here from
//! the programs Debian installs, with a folder, a port and an end of its own. Every test gets a database copied from
//! a template that was migrated once.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jotgate_server::store::{Database, Store, schema_fingerprint};
use tokio_postgres::NoTls;

/// A running PostgreSQL in which databases may be made.
pub struct Postgres {
    url: String,
    root_cert: Option<PathBuf>,
    /// The watchdog and with it the pipe it reads; the server ends when this process does, however it does.
    _watchdog: Option<Child>,
}

impl Postgres {
    /// The PostgreSQL of this process, started at the first call; none when this machine has none, which is printed.
    pub fn shared() -> Option<&'static Postgres> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        SHARED.get_or_init(Postgres::find).as_ref()
    }

    /// How to reach its database `postgres`, with the right to make others.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The authority that signed the server's certificate for `127.0.0.1` and `localhost`, where that is known: it was
    /// started here, or `JOTGATE_TEST_POSTGRES_CA` names the file.
    pub fn root_cert(&self) -> Option<&Path> {
        self.root_cert.as_deref()
    }

    /// How to reach another of its databases.
    pub fn url_of(&self, database: &str) -> String {
        with_database(&self.url, database)
    }

    /// Makes a database with the current schema and nothing in it; answers its name.
    pub async fn create_database(&self) -> String {
        let template = self.template().await;
        let name = unused_name();
        self.admin(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        name
    }

    /// Makes a database without any schema; answers its name.
    pub async fn create_empty_database(&self) -> String {
        let name = unused_name();
        self.admin(&format!("CREATE DATABASE {name}")).await;
        name
    }

    /// Drops a database and whatever is connected to it. Blocks, because it is called when values are dropped.
    pub fn drop_database(&self, name: &str) {
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime of one thread starts").block_on(self.admin(&sql));
            });
        });
    }

    /// Runs SQL as the server's administrator.
    pub async fn admin(&self, sql: &str) {
        let client = self.connect().await;
        client.batch_execute(sql).await.unwrap_or_else(|cause| panic!("{sql}: {cause:?}"));
    }

    fn find() -> Option<Postgres> {
        if let Ok(url) = std::env::var("JOTGATE_TEST_POSTGRES") {
            let root_cert = std::env::var_os("JOTGATE_TEST_POSTGRES_CA").map(PathBuf::from);
            return Some(Postgres { url, root_cert, _watchdog: None });
        }
        let Some(programs) = programs() else {
            skip("PostgreSQL was not found under /usr/lib/postgresql and JOTGATE_TEST_POSTGRES is not set");
            return None;
        };
        Some(start(&programs).unwrap_or_else(|cause| panic!("PostgreSQL does not start: {cause}")))
    }

    /// The name of a database with the current schema that nobody is connected to.
    async fn template(&self) -> String {
        static MADE: tokio::sync::OnceCell<String> = tokio::sync::OnceCell::const_new();
        MADE.get_or_init(|| self.make_template()).await.clone()
    }

    /// Several processes may share one server, so the template is made under another name while others wait.
    async fn make_template(&self) -> String {
        let name = format!("jotgate_template_{}", &schema_fingerprint()[..16]);
        let client = self.connect().await;
        let locked = client.batch_execute("SELECT pg_advisory_lock(7306368341712659558)").await;
        locked.expect("the lock of the template is ours");
        let made = client.query("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await;
        if made.expect("databases can be listed").is_empty() {
            let raw = self.create_empty_database().await;
            let url = self.url_of(&raw);
            let store = Store::open(&Database::Postgres(url.into())).await.expect("the schema can be made");
            drop(store);
            let alone = format!(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{raw}';
                 ALTER DATABASE {raw} RENAME TO {name}"
            );
            client.batch_execute(&alone).await.expect("the template gets its name");
        }
        name
    }

    async fn connect(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls)
            .await
            .unwrap_or_else(|cause| panic!("the PostgreSQL of the tests cannot be reached: {cause:?}"));
        // Ends when the client is dropped.
        tokio::spawn(connection);
        client
    }
}

fn start(programs: &Path) -> io::Result<Postgres> {
    let as_postgres = is_root()?;
    let mut tries = 1;
    loop {
        let folder = new_cluster(programs, as_postgres)?;
        match serve(programs, &folder, as_postgres) {
            // The port, free a moment before, may have been taken.
            Err(_) if tries < 3 => tries += 1,
            other => return other,
        }
    }
}

/// A folder with an empty cluster, which the watchdog will remove.
fn new_cluster(programs: &Path, as_postgres: bool) -> io::Result<PathBuf> {
    let folder = tempfile::Builder::new().prefix("jotgate-postgres-").tempdir()?;
    if as_postgres {
        must(Command::new("chown").arg("postgres").arg(folder.path()))?;
    }
    let mut initdb = command(as_postgres, &programs.join("initdb"));
    // Without syncs of its own, which would guard nothing yet; the server's stay on.
    initdb.args(["--no-sync", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-D"]);
    must(initdb.arg(folder.path()))?;
    must(
        command(as_postgres, Path::new("sh")).args(["-euc", CERTIFICATES, "certificates"]).arg(folder.path()),
    )?;
    Ok(folder.keep())
}

fn serve(programs: &Path, folder: &Path, as_postgres: bool) -> io::Result<Postgres> {
    use std::os::unix::process::CommandExt;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
    let watchdog = command(as_postgres, Path::new("sh"))
        .args(["-c", WATCHDOG, "watchdog"])
        .arg(programs.join("postgres"))
        .arg(folder)
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C in the terminal ends the tests, which ends the server; it must not end the watchdog first.
        .process_group(0)
        .spawn()?;
    for _ in 0..600 {
        if is_ready(folder) {
            let url = format!("postgres://postgres@127.0.0.1:{port}/postgres");
            let root_cert = Some(folder.join("ca.pem"));
            return Ok(Postgres { url, root_cert, _watchdog: Some(watchdog) });
        }
        let log = std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
        if log.contains("could not create any TCP/IP sockets") {
            return Err(io::Error::other(log));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(io::Error::other("the server is not ready after 30 s"))
}

/// The server writes its state into the eighth line of this file. Asking the port could find another server.
fn is_ready(folder: &Path) -> bool {
    let state = std::fs::read_to_string(folder.join("postmaster.pid")).unwrap_or_default();
    state.lines().nth(7).is_some_and(|line| line.trim() == "ready")
}

/// The newest of Debian's versions.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    versions
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("bin/postgres").exists())
        .max_by_key(number)
        .map(|path| path.join("bin"))
}

/// PostgreSQL refuses to run as root.
fn is_root() -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

fn command(as_postgres: bool, program: &Path) -> Command {
    let mut command = if as_postgres { Command::new("runuser") } else { Command::new(program) };
    if as_postgres {
        command.args(["-u", "postgres", "--"]).arg(program);
    }
    command.current_dir("/");
    command
}

fn must(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
}

/// A name no other process takes: ids of processes repeat, ports and folders in use do not.
fn unused_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let tag = tempfile::Builder::new().prefix("t").rand_bytes(10).tempfile_in(std::env::temp_dir());
    let tag = tag.expect("a temporary file can be made");
    let tag = tag.path().file_name().and_then(|name| name.to_str()).unwrap_or("t").to_ascii_lowercase();
    let process = std::process::id();
    format!("jotgate_{process}_{}_{tag}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn with_database(url: &str, database: &str) -> String {
    let authority = url.find("//").map_or(0, |at| at + 2);
    let path = url[authority..].find(['/', '?']).map_or(url.len(), |at| authority + at);
    let query = url[path..].find('?').map_or("", |at| &url[path + at..]);
    format!("{}/{database}{query}", &url[..path])
}

#[expect(clippy::print_stderr, reason = "a test that does nothing must say so")]
fn skip(why: &str) {
    eprintln!("SKIPPED: {why}; nothing is tested on PostgreSQL in this run");
}

/// Runs the server until the pipe on its standard input closes, which the death of the test process does in any case.
const WATCHDOG: &str = r#"
"$1" -D "$2" -p "$3" -k "$2" -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=on -c ssl=on \
    >"$2/server.log" 2>&1 </dev/null &
server=$!
trap '' INT TERM HUP
read -r never
kill -QUIT $server
wait $server
rm -rf "$2"
"#;

/// An authority and a certificate it signs. Debian installs `openssl` along with PostgreSQL.
const CERTIFICATES: &str = r#"
cd "$1"
new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "$@" 2>&1; }
new -keyout ca.key -out ca.pem -subj "/CN=the authority of a test"
new -keyout server.key -out server.crt -subj "/CN=localhost" -CA ca.pem -CAkey ca.key \
    -addext "basicConstraints=critical,CA:FALSE" -addext "subjectAltName=IP:127.0.0.1,DNS:localhost"
chmod 600 server.key
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced() {
        assert_eq!(with_database("postgres://u@h:1/postgres?a=b", "x"), "postgres://u@h:1/x?a=b");
        assert_eq!(with_database("postgres://u@h:1", "x"), "postgres://u@h:1/x");
    }
}
