//! One connection: HTTP/1.1 or HTTP/2, its time-outs and its end.
//!
//! hyper's own header time-out also ends quiet connections, but a proxy keeps those open for a minute on purpose
//! while a head should arrive in seconds. So hyper's is the quiet one, and [`Activity`] watches for heads that do
//! not get finished.

use std::{
    convert::Infallible,
    future::Future,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, body::Body, extract::Request};
use http::{Response, Version};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::watch,
};
use tower::ServiceExt;

use crate::{config::Http, http::Peer};

/// The bounds of one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    header: Duration,
    idle: Duration,
    head_bytes: usize,
}

impl Limits {
    pub(super) fn of(config: &Http) -> Self {
        Self { header: config.header_timeout, idle: config.idle_timeout, head_bytes: config.max_header_bytes }
    }
}

/// Serves connections that all stop together.
#[derive(Clone)]
pub(super) struct Connections {
    limits: Limits,
    protocol: Arc<auto::Builder<TokioExecutor>>,
    /// Closes when the server stops.
    stopped: watch::Receiver<()>,
}

impl Connections {
    pub(super) fn new(limits: Limits, stopped: watch::Receiver<()>) -> Self {
        let mut protocol = auto::Builder::new(TokioExecutor::new());
        protocol
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.idle)
            .max_buf_size(limits.head_bytes.max(SMALLEST_BUFFER));
        protocol
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING)
            .keep_alive_timeout(PING)
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX));
        Self { limits, protocol: Arc::new(protocol), stopped }
    }

    /// Serves until the client leaves, a bound is hit, or the server stops and nothing is in flight.
    pub(super) fn serve(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        router: Router,
    ) -> impl Future<Output = ()> + use<> {
        let Self { limits, protocol, mut stopped } = self.clone();
        // Answers are small and written whole: waiting to fill a packet would only add a delay.
        let _ = stream.set_nodelay(true);
        let activity = Arc::new(Activity::default());
        let service = {
            let activity = Arc::clone(&activity);
            service_fn(move |request| answer(router.clone(), peer, Arc::clone(&activity), request))
        };
        let io = TokioIo::new(Watched { stream, activity: Arc::clone(&activity) });
        async move {
            let mut connection = pin!(protocol.serve_connection(io, service));
            let mut watcher = Watcher::new(&activity, limits);
            let mut stopping = false;
            loop {
                tokio::select! {
                    ended = connection.as_mut() => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, "a connection ended early");
                        }
                        return;
                    }
                    _ = stopped.changed(), if !stopping => {
                        stopping = true;
                        connection.as_mut().graceful_shutdown();
                    }
                    verdict = watcher.next() => match verdict {
                        Verdict::Unfinished => return tracing::debug!("a request's head took too long"),
                        Verdict::Quiet => connection.as_mut().graceful_shutdown(),
                    }
                }
            }
        }
    }
}

async fn answer(
    router: Router,
    peer: SocketAddr,
    activity: Arc<Activity>,
    mut request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let _in_flight = InFlight::begin(activity, request.version());
    request.extensions_mut().insert(Peer(peer));
    router.oneshot(request.map(Body::new)).await
}

/// What a connection is doing, written by its socket and its requests, read by its watcher.
#[derive(Debug, Default)]
struct Activity {
    in_flight: AtomicUsize,
    requests: AtomicUsize,
    /// Bytes came in that no request has claimed.
    unclaimed: AtomicBool,
    http2: AtomicBool,
}

struct InFlight(Arc<Activity>);

impl InFlight {
    fn begin(activity: Arc<Activity>, version: Version) -> Self {
        activity.in_flight.fetch_add(1, Ordering::Relaxed);
        activity.requests.fetch_add(1, Ordering::Relaxed);
        activity.unclaimed.store(false, Ordering::Relaxed);
        activity.http2.store(version == Version::HTTP_2, Ordering::Relaxed);
        Self(activity)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.unclaimed.store(false, Ordering::Relaxed);
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

enum Verdict {
    /// The head of a request began and did not end.
    Unfinished,
    /// Nothing was asked for long.
    Quiet,
}

/// Looks at the activity twice per header time-out, so a slow head is found after one to one and a half of them.
struct Watcher<'a> {
    activity: &'a Activity,
    tick: Duration,
    idle: Duration,
    requests: usize,
    quiet: Duration,
    unfinished: u8,
}

impl<'a> Watcher<'a> {
    fn new(activity: &'a Activity, limits: Limits) -> Self {
        let tick = limits.header / 2;
        Self { activity, tick, idle: limits.idle, requests: 0, quiet: Duration::ZERO, unfinished: 0 }
    }

    /// The next reason to end the connection. Forgets at most one tick when dropped.
    async fn next(&mut self) -> Verdict {
        loop {
            tokio::time::sleep(self.tick).await;
            if let Some(verdict) = self.look() {
                return verdict;
            }
        }
    }

    fn look(&mut self) -> Option<Verdict> {
        let requests = self.activity.requests.load(Ordering::Relaxed);
        if self.activity.in_flight.load(Ordering::Relaxed) > 0 || requests != self.requests {
            (self.requests, self.quiet, self.unfinished) = (requests, Duration::ZERO, 0);
            return None;
        }
        // HTTP/2 has frames that belong to no request, such as pings.
        let http2 = self.activity.http2.load(Ordering::Relaxed);
        let waits = self.activity.unclaimed.load(Ordering::Relaxed) && !http2;
        self.unfinished = if waits { self.unfinished + 1 } else { 0 };
        self.quiet += self.tick;
        if self.unfinished > 1 {
            return Some(Verdict::Unfinished);
        }
        (self.quiet >= self.idle).then_some(Verdict::Quiet)
    }
}

/// A socket that tells when bytes come in.
struct Watched {
    stream: TcpStream,
    activity: Arc<Activity>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.unclaimed.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// hyper refuses buffers below this.
const SMALLEST_BUFFER: usize = 8192;
const PING: Duration = Duration::from_secs(20);
const STREAMS: u32 = 128;
