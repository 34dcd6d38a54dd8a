//! `jotgate serve`: from settings to a running server, and the lines that a newcomer needs to go on.
//!
//! Each step that can fail fails before the next begins, and says what to do: settings, port, data folder, database,
//! keys. What the server then does is in `jotgate_server`.

mod clock;
mod log;
mod welcome;

use std::io;
use std::net::SocketAddr;

use jotgate_server::app::App;
use jotgate_server::config::{Checked, Config, ConfigError};
use jotgate_server::flow::open::{lock_data, open};
use jotgate_server::{http, job};
use jotgate_token::{Clock as _, SystemClock};
use tokio::net::TcpListener;

use super::beside::{not_open, runtime};
use crate::args::server::Serve;
use crate::failure::Failure;
use crate::output::Output;
use crate::settings;

pub(crate) use clock::Offset;

pub(super) fn run(args: &Serve, output: &Output) -> Result<(), Failure> {
    runtime()?.block_on(serve(args, output))
}

async fn serve(args: &Serve, output: &Output) -> Result<(), Failure> {
    let started = SystemClock.now_ms();
    let wanted = check(args, None).map_err(|error| settings::unusable(&error))?.config.listen;
    let listener = bind(wanted).await?;
    let bound = listener.local_addr().map_err(|error| unbindable(wanted, &error))?;
    let checked = check(args, Some(bound.port())).map_err(|error| settings::unusable(&error))?;
    log::start(&checked.config.log);
    let config = settings::warned(checked, output);
    // Taken before anything is written, because two servers in one folder would answer with each other's keys.
    let _lock = lock_data(&config.data).map_err(|error| not_open(&error))?;
    let edge = clock::edge(args.clock_offset, &config)?;
    let app = open(config, edge).await.map_err(|error| not_open(&error))?;
    if let Some(offset) = args.clock_offset {
        tracing::warn!("{}", offset.banner().trim());
    }
    welcome::say(&app, bound, args.clock_offset, SystemClock.now_ms() - started, output).await?;
    run_until_told(app, listener).await
}

async fn run_until_told(app: App, listener: TcpListener) -> Result<(), Failure> {
    let broken = |error: io::Error| Failure::environment(format!("the server stopped: {error}"));
    let told = http::serve::signals().map_err(broken)?;
    let jobs = job::start(&app);
    let served = http::serve::serve(app.clone(), listener, told).await;
    drop(jobs);
    app.refusals.flush();
    served.map_err(broken)
}

fn check(args: &Serve, port: Option<u16>) -> Result<Checked, ConfigError> {
    let mut flags = args.settings.clone();
    flags.set.extend(args.listen.iter().map(|listen| ("listen".to_owned(), listen.clone())));
    let loaded = settings::load(&flags)?;
    let loaded = if args.demo_lifetimes { loaded.with_demo_lifetimes() } else { loaded };
    loaded.check(port)
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| unbindable(address, &error))
}

fn unbindable(address: SocketAddr, error: &io::Error) -> Failure {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => Failure::environment(format!("port {port} is taken by another program"))
            .mend(format!(
                "stop that program, or choose another port: --listen {}:0 picks a free one",
                address.ip()
            )),
        io::ErrorKind::PermissionDenied => {
            Failure::environment(format!("this user may not open port {port}"))
                .mend("choose a port above 1023, and let a reverse proxy have the low one")
        }
        io::ErrorKind::AddrNotAvailable => {
            Failure::environment(format!("{} is not an address of this machine", address.ip()))
                .mend("--listen 127.0.0.1:8080 for this machine alone, 0.0.0.0:8080 for every address it has")
        }
        _ => Failure::environment(format!("{address} cannot be listened on: {error}")),
    }
}

/// Where the database is, without its password.
fn database_of(config: &Config) -> String {
    config.database.redacted()
}
