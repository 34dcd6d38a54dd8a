//! A proxy on loopback that breaks what passes through it, as a test says.
//!
//! It knows nothing of HTTP but one mark: bytes of an event stream are counted from the header that announces it.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Stands between a client and a server until it is dropped.
pub struct FaultProxy {
    /// Where clients connect.
    pub address: SocketAddr,
    faults: Arc<Faults>,
    task: JoinHandle<()>,
}

struct Faults {
    target: Mutex<SocketAddr>,
    /// How many bytes of the next event stream go through; [`ALL`] when it is left alone.
    of_next_stream: AtomicUsize,
    cuts: AtomicUsize,
    /// Connections made under another number are broken.
    generation: watch::Sender<u64>,
    is_held: watch::Sender<bool>,
    is_closed: watch::Sender<bool>,
}

impl FaultProxy {
    /// Passes everything on to `target`.
    pub async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let faults = Arc::new(Faults {
            target: Mutex::new(target),
            of_next_stream: AtomicUsize::new(ALL),
            cuts: AtomicUsize::new(0),
            generation: watch::Sender::new(0),
            is_held: watch::Sender::new(false),
            is_closed: watch::Sender::new(false),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&faults)));
        Self { address, faults, task }
    }

    /// Passes new connections on to another server, and breaks those there are.
    pub fn retarget(&self, target: SocketAddr) {
        *self.faults.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
        self.break_all();
    }

    /// Breaks every connection.
    pub fn break_all(&self) {
        self.faults.generation.send_modify(|generation| *generation += 1);
    }

    /// Cuts the next event stream after so many bytes behind its `text/event-stream`, and no other after it.
    pub fn cut_next_stream_after(&self, bytes: usize) {
        self.faults.of_next_stream.store(bytes, SeqCst);
    }

    /// Whether the cut that was asked for is still to come.
    pub fn is_cut_due(&self) -> bool {
        self.faults.of_next_stream.load(SeqCst) != ALL
    }

    /// How many streams were cut.
    pub fn cuts(&self) -> usize {
        self.faults.cuts.load(SeqCst)
    }

    /// Keeps back what the server sends, on connections that stay open, until told otherwise.
    pub fn hold(&self, is_held: bool) {
        self.faults.is_held.send_replace(is_held);
    }

    /// Turns every connection away, old and new, until told otherwise.
    pub fn close(&self, is_closed: bool) {
        self.faults.is_closed.send_replace(is_closed);
        self.break_all();
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
        self.break_all();
    }
}

async fn accept(listener: TcpListener, faults: Arc<Faults>) {
    while let Ok((client, _)) = listener.accept().await {
        if *faults.is_closed.borrow() {
            continue;
        }
        let faults = Arc::clone(&faults);
        let mut generation = faults.generation.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                () = pass(client, &faults) => {}
                _ = generation.changed() => {}
            }
        });
    }
}

async fn pass(mut client: TcpStream, faults: &Faults) {
    let target = *faults.target.lock().unwrap_or_else(PoisonError::into_inner);
    let Ok(mut server) = TcpStream::connect(target).await else { return };
    // Without this the last bytes before a cut would wait for others.
    let _ = client.set_nodelay(true);
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.split(), server.split());
    let up = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
    };
    let down = async {
        let mut held = faults.is_held.subscribe();
        let mut cut = Cut::default();
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read) = from_server.read(&mut buffer).await {
            let _ = held.wait_for(|is_held| !is_held).await;
            let (through, is_over) = cut.part(&buffer[..read], &faults.of_next_stream);
            if is_over {
                faults.cuts.fetch_add(1, SeqCst);
            }
            if read == 0 || to_client.write_all(&buffer[..through]).await.is_err() || is_over {
                return;
            }
        }
    };
    tokio::select! {
        () = up => {}
        () = down => {}
    }
}

/// Finds the beginning of an event stream and counts from there.
#[derive(Default)]
struct Cut {
    /// The last bytes of what came, in which the mark may have begun.
    tail: Vec<u8>,
    /// How much of the stream may still go through.
    left: Option<usize>,
}

impl Cut {
    /// How many of these bytes go through, and whether the connection ends behind them.
    fn part(&mut self, bytes: &[u8], of_next_stream: &AtomicUsize) -> (usize, bool) {
        let mut before = 0;
        if self.left.is_none() {
            let joined = [&self.tail[..], bytes].concat();
            let Some(at) = joined.windows(MARK.len()).position(|window| window == MARK) else {
                self.tail = joined[joined.len().saturating_sub(MARK.len() - 1)..].to_vec();
                return (bytes.len(), false);
            };
            self.left = Some(of_next_stream.swap(ALL, SeqCst));
            before = at + MARK.len() - self.tail.len();
        }
        let left = self.left.get_or_insert(ALL);
        if *left == ALL {
            return (bytes.len(), false);
        }
        let through = (bytes.len() - before).min(*left);
        *left -= through;
        (before + through, *left == 0)
    }
}

const MARK: &[u8] = b"text/event-stream";
const ALL: usize = usize::MAX;
