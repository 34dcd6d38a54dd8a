//! The forger's address on this machine: it notices when an API asks a place that a token named, and answers a key set.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jotgate_testkit::Forge;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::failure::Failure;

pub(super) struct Listener {
    url: String,
    asked: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Listener {
    pub(super) async fn start(forge: &Forge) -> Result<Self, Failure> {
        let broken = |error: std::io::Error| Failure::environment(format!("no free port: {error}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(broken)?;
        let url = format!("http://{}/keys.json", listener.local_addr().map_err(broken)?);
        let asked = Arc::new(AtomicUsize::new(0));
        let keys = forge.stranger_jwks();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{keys}",
            keys.len()
        );
        let task = {
            let asked = asked.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    asked.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(reply(stream, answer.clone()));
                }
            })
        };
        Ok(Self { url, asked, task })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How often it was asked so far.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers whatever was asked. That it was asked at all is what counts, so failures are of no interest.
async fn reply(mut stream: TcpStream, answer: String) {
    let mut head = Vec::new();
    // To its end, because closing a connection with something unread takes the answer back.
    while !head.ends_with(b"\r\n\r\n") && head.len() < MOST_HEAD {
        match stream.read_buf(&mut head).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let _ = stream.write_all(answer.as_bytes()).await;
}

const MOST_HEAD: usize = 16 * 1024;
