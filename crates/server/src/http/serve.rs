//! Accepting connections, bounding them, and stopping without cutting anybody off.
//!
//! hyper bounds nothing by itself, and `axum::serve` offers no bounds: so the loop is ours. Each connection runs in
//! a task with a watcher beside it (`connection`); the number of tasks is bounded by not accepting more.

mod connection;

use std::{future::Future, io, sync::Arc, time::Duration};

use axum::Router;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{Semaphore, watch},
    task::JoinSet,
};

use self::connection::{Connections, Limits};
use super::{front::Front, router};
use crate::app::App;

/// Serves until `shutdown` resolves, then lets requests in flight finish, at most for `[http] drain_timeout`.
///
/// `[metrics] listen`, if set, is bound here and serves until the same moment.
///
/// # Errors
/// When the metrics listener cannot be bound.
pub async fn serve(app: App, listener: TcpListener, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let front = Front::new(app);
    let limits = Limits::of(&front.app.config.http);
    let drain = front.app.config.http.drain_timeout;
    let (stop, stopped) = watch::channel(());
    let connections = Connections::new(limits, stopped);
    let slots = Arc::new(Semaphore::new(front.app.config.http.max_connections));
    let mut tasks = JoinSet::new();
    let metrics = match front.app.config.metrics.listen {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let public = router::public(&front);
    let internal = accept_internal(metrics, router::internal(&front), connections.clone());
    tokio::select! {
        () = shutdown => {}
        () = internal => {}
        () = accept(&listener, &public, &connections, &slots, &mut tasks) => {}
    }
    drop(listener);
    tracing::info!(open = tasks.len(), "stopping: no new connections, requests in flight finish");
    front.app.feed.stop();
    drop(stop);
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(drain, all).await.is_err() {
        tracing::warn!(cut_off = tasks.len(), "stopped with requests unfinished");
    }
    Ok(())
}

/// Resolves at the first SIGTERM or SIGINT. SIGHUP is taken too and does nothing yet, because its default is to die.
///
/// # Errors
/// When the signal handlers cannot be installed.
pub fn signals() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = hang_up.recv() => tracing::info!("SIGHUP: nothing to reload"),
            }
        }
    })
}

async fn accept(
    listener: &TcpListener,
    router: &Router,
    connections: &Connections,
    slots: &Arc<Semaphore>,
    tasks: &mut JoinSet<()>,
) {
    loop {
        // The slot is taken first: past the bound the system's queue waits, which costs no memory here.
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, mostly: trying again at once would only burn the processor.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        while tasks.try_join_next().is_some() {}
        let serving = connections.serve(stream, peer, router.clone());
        tasks.spawn(async move {
            serving.await;
            drop(slot);
        });
    }
}

/// Never returns without a listener; connections of scrapers are not waited for at the end.
async fn accept_internal(listener: Option<TcpListener>, router: Router, connections: Connections) {
    let Some(listener) = listener else { return std::future::pending().await };
    let (slots, mut tasks) = (Arc::new(Semaphore::new(SCRAPERS)), JoinSet::new());
    accept(&listener, &router, &connections, &slots, &mut tasks).await;
}

const SCRAPERS: usize = 32;
