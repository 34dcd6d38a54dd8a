//! What runs beside the requests: clean-up, and a look for keys other servers have made.

use std::time::Duration;

use tokio::task::JoinHandle;

use crate::{
    app::App,
    flow::{clean_up::clean_up, keys},
};

/// The running jobs; they stop when this is dropped.
#[derive(Debug)]
pub struct Jobs {
    handles: Vec<JoinHandle<()>>,
}

/// Starts the jobs of a server.
#[must_use]
pub fn start(app: &App) -> Jobs {
    Jobs { handles: vec![tokio::spawn(cleaning(app.clone())), tokio::spawn(reloading(app.clone()))] }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        for handle in &self.handles {
            handle.abort();
        }
    }
}

async fn cleaning(app: App) {
    loop {
        tokio::time::sleep(CLEAN_UP_EVERY).await;
        // One batch after the other, with a breath between, until nothing is left.
        loop {
            match clean_up(&app).await {
                Ok(done) if done.more => tokio::time::sleep(BREATH).await,
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!(%error, "clean-up did not finish; it is tried again later");
                    break;
                }
            }
        }
    }
}

async fn reloading(app: App) {
    loop {
        tokio::time::sleep(RELOAD_EVERY).await;
        if let Err(error) = keys::reload(&app).await {
            tracing::warn!(%error, "the keys could not be loaded again; those in memory stay in use");
        }
    }
}

const CLEAN_UP_EVERY: Duration = Duration::from_secs(60);
const BREATH: Duration = Duration::from_millis(50);
const RELOAD_EVERY: Duration = Duration::from_secs(60);
