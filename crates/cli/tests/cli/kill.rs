//! `kill -9` at random moments while clients refresh: nothing that was answered is lost, nobody honest is out (I2, I6).
//!
//! Ten kills an engine; with `JOTGATE_DEEP=1` two hundred. Each client keeps the last token it was answered with and
//! repeats a request whose reply it did not get, half of them with an Idempotency-Key, as real clients do.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use jotgate_harness::{Engine, TestDatabase};
use serde_json::{Value, json};
use tempfile::TempDir;

#[tokio::test]
async fn kill_dash_nine_loses_nothing_answered_and_logs_nobody_out() {
    for engine in Engine::all() {
        let database = TestDatabase::empty(engine).await;
        let kills = if std::env::var_os("JOTGATE_DEEP").is_some() { 200 } else { 10 };
        tokio::task::spawn_blocking(move || {
            let story = Story::new(&database);
            story.play(kills);
            println!(
                "{engine:?}: {kills} kills, {} refreshes answered",
                story.shared.answered.load(Ordering::Relaxed)
            );
        })
        .await
        .unwrap();
    }
}

/// One server that is killed again and again, and the clients that stay.
struct Story {
    folder: TempDir,
    database: String,
    shared: Arc<Shared>,
}

struct Shared {
    address: SocketAddr,
    over: AtomicBool,
    answered: AtomicU64,
    broken: Mutex<Vec<String>>,
}

impl Story {
    fn new(database: &TestDatabase) -> Self {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = free.local_addr().expect("an address");
        let at = database.address();
        Self {
            folder: TempDir::new().expect("a temporary folder"),
            database: if at.contains("://") { at } else { format!("sqlite:{at}") },
            shared: Arc::new(Shared {
                address,
                over: AtomicBool::new(false),
                answered: AtomicU64::new(0),
                broken: Mutex::default(),
            }),
        }
    }

    fn play(&self, kills: u32) {
        let mut server = self.start();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|n| {
                let shared = Arc::clone(&self.shared);
                let session = sign_up(&shared, n);
                thread::spawn(move || client(&shared, n, session))
            })
            .collect();
        let mut moments = Moments(0x9e37_79b9_7f4a_7c15);
        for _ in 0..kills {
            thread::sleep(Duration::from_millis(moments.next(250)));
            // SIGKILL: no handler runs, no buffer is flushed.
            server.0.kill().expect("the server can be killed");
            server.0.wait().expect("the server ends");
            server = self.start();
        }
        thread::sleep(Duration::from_millis(100));
        self.shared.over.store(true, Ordering::Relaxed);
        for client in clients {
            client.join().expect("a client ends");
        }
        drop(server);
        let broken = self.shared.broken.lock().expect("no client panicked");
        assert!(broken.is_empty(), "{broken:#?}");
        let log = fs::read_to_string(self.log()).expect("a log");
        for alarm in ["store_behind", "reuse:"] {
            assert!(!log.contains(alarm), "the server saw {alarm}");
        }
        let answered = self.shared.answered.load(Ordering::Relaxed);
        assert!(answered > u64::from(kills), "only {answered} refreshes were answered");
    }

    fn start(&self) -> Running {
        let log = File::options().append(true).create(true).open(self.log()).expect("a log");
        let child = Command::new(env!("CARGO_BIN_EXE_jotgate"))
            .args([
                "serve",
                "--listen",
                &self.shared.address.to_string(),
                "--database",
                &self.database,
                "--data",
            ])
            .arg(self.folder.path())
            .env_clear()
            .env(
                "JOTGATE_KEYS__MASTER_KEY",
                "5be0837d6a1f24c9d8315e907bb2640f6f1c9a0e47d2b85380aa6d3c19f4e752",
            )
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the binary starts");
        let mut running = Running(child);
        let mut left = 30_000 / 5;
        while call(self.shared.address, "GET", "/livez", None, None).is_err() {
            let ended = running.0.try_wait().expect("a child");
            assert!(ended.is_none(), "the server did not start again: {}", tail(&self.log()));
            left -= 1;
            assert!(left > 0, "the server is not ready: {}", tail(&self.log()));
            thread::sleep(Duration::from_millis(5));
        }
        running
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("stderr.log")
    }
}

/// Ends with the test, also when it panics.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct Session {
    token: String,
    generation: u64,
}

fn sign_up(shared: &Shared, n: usize) -> Session {
    let who = json!({"email": format!("client{n}@example.com"), "password": "seven brass kettles hum"});
    let (status, body) = call(shared.address, "POST", "/v1/signup", Some(&who), None).expect("an answer");
    assert_eq!(status, 201, "{body}");
    session(&body)
}

fn session(body: &Value) -> Session {
    Session {
        token: body["refresh_token"].as_str().expect("a refresh token").to_owned(),
        generation: body["refresh_generation"].as_u64().expect("a generation"),
    }
}

fn client(shared: &Shared, n: usize, mut held: Session) {
    let mut tries = 0_u64;
    while !shared.over.load(Ordering::Relaxed) {
        tries += 1;
        let key = n.is_multiple_of(2).then(|| format!("client-{n}-refresh-{tries}-of-this-test"));
        let ask = json!({ "refresh_token": held.token });
        // The same token and the same key until a whole answer has come.
        let (status, body) = loop {
            match call(shared.address, "POST", "/v1/refresh", Some(&ask), key.as_deref()) {
                Ok((status, _)) if status >= 500 => thread::sleep(Duration::from_millis(20)),
                Ok(answer) => break answer,
                Err(_) if shared.over.load(Ordering::Relaxed) => return,
                Err(_) => thread::sleep(Duration::from_millis(2)),
            }
        };
        let new = if status == 200 { Some(session(&body)) } else { None };
        match new {
            // The one before may have been committed and its reply lost; then the same successor comes again.
            Some(new) if new.generation == held.generation + 1 => held = new,
            _ => {
                let reason = &body["reason"];
                let said = format!("client {n} at generation {}: {status} {reason}", held.generation);
                shared.broken.lock().expect("no client panicked").push(said);
                return;
            }
        }
        shared.answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// One request on a connection of its own. An answer that is not whole is an error, as for any client.
fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    body: Option<&Value>,
    key: Option<&str>,
) -> io::Result<(u16, Value)> {
    let cut_off = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let body = body.map(ToString::to_string).unwrap_or_default();
    let key = key.map(|key| format!("Idempotency-Key: {key}\r\n")).unwrap_or_default();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Type: application/json\r\n{key}\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        address.port(),
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8(answer).map_err(|_| cut_off())?;
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(cut_off)?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(cut_off)?;
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    if length != Some(body.len()) {
        return Err(cut_off());
    }
    Ok((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

fn tail(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().rev().take(5).collect::<Vec<_>>().join(" / ")
}

/// Moments that look random and are the same in every run.
struct Moments(u64);

impl Moments {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

const CLIENTS: usize = 6;
