//! A [`TestApp`] behind a real socket on loopback, for what only a socket shows: time-outs, bounds, stopping.

use std::{io, net::SocketAddr};

use jotgate_server::http::serve::serve;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

use crate::TestApp;

/// A server that listens until it is told to stop or dropped.
pub struct Listening {
    /// Where.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<io::Result<()>>,
}

impl Listening {
    /// Listens on a free port.
    pub async fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        Self::on(listener, app)
    }

    /// Listens where somebody has bound already, such as to learn the port before the issuer is set.
    pub fn on(listener: TcpListener, app: &TestApp) -> Self {
        let address = listener.local_addr().expect("a bound listener has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(app.app.clone(), listener, async move { drop(stopped.await) }));
        Self { address, stop: Some(stop), task }
    }

    /// Connects to it.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server accepts")
    }

    /// Tells it to stop, and does not wait.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until it has stopped.
    pub async fn stopped(mut self) {
        self.stop();
        self.task.await.expect("serving does not panic").expect("serving ends well");
    }
}
