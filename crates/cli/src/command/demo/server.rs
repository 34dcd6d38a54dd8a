//! The throw-away server of the demo: a free port, a folder that is removed, a clock that can be moved.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jotgate_server::app::App;
use jotgate_server::config::{Settings, Sources};
use jotgate_server::flow::open::{Edge, open};
use jotgate_server::http;
use jotgate_token::{Clock, OsRandom, Random as _, SystemClock};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::command::beside::not_open;
use crate::failure::Failure;
use crate::settings;

pub(super) struct Server {
    pub(super) app: App,
    clock: Arc<MovableClock>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    _folder: Folder,
}

impl Server {
    pub(super) async fn start() -> Result<Self, Failure> {
        let folder = Folder::new()?;
        let listener =
            TcpListener::bind("127.0.0.1:0").await.map_err(|error| broken("no free port", &error))?;
        let port = listener.local_addr().map_err(|error| broken("no free port", &error))?.port();
        let flags = [("listen", "127.0.0.1:0".to_owned()), ("data", folder.0.display().to_string())];
        let flags = flags.map(|(key, value)| (key.to_owned(), value)).to_vec();
        // Neither environment nor file: the demo is the same on every machine.
        let checked = Settings::load(&Sources { flags, ..Sources::default() })
            .and_then(|settings| settings.check(Some(port)));
        let config = checked.map_err(|error| settings::unusable(&error))?.config;
        let clock = Arc::new(MovableClock(AtomicI64::new(0)));
        let edge = Edge { clock: clock.clone(), random: Arc::new(OsRandom) };
        let app = open(config, edge).await.map_err(|error| not_open(&error))?;
        let (stop, stopped) = oneshot::channel();
        let serving = {
            let app = app.clone();
            tokio::spawn(async move {
                let told = async { drop(stopped.await) };
                if let Err(error) = http::serve::serve(app, listener, told).await {
                    tracing::error!(%error, "the demo's server stopped");
                }
            })
        };
        Ok(Self { app, clock, stop, serving, _folder: folder })
    }

    pub(super) fn issuer(&self) -> &str {
        self.app.config.issuer.as_str()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.app.config.data
    }

    /// Lets time pass for the server.
    pub(super) fn wait(&self, seconds: u64) {
        let milliseconds = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
        self.clock.0.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// The server's time, in Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.clock.now()
    }

    pub(super) async fn stop(self) {
        // Either it is told to stop or it has stopped already.
        let _ = self.stop.send(());
        let _ = self.serving.await;
    }
}

/// The machine's clock and how far it was moved.
struct MovableClock(AtomicI64);

impl Clock for MovableClock {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.0.load(Ordering::Relaxed)
    }
}

/// A folder of its own; gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let mut name = [0; 8];
        OsRandom.fill(&mut name);
        let path = std::env::temp_dir().join(format!("jotgate-demo-{:016x}", u64::from_be_bytes(name)));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(&path)
            .map_err(|error| broken(&format!("{} cannot be made", path.display()), &error))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to whoever cleans the temporary folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn broken(what: &str, error: &std::io::Error) -> Failure {
    Failure::environment(format!("{what}: {error}"))
}
