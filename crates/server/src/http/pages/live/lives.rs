//! The lives that are being watched, a few at a time, in memory: they are worth nothing after a restart.

use std::sync::{Arc, Mutex, PoisonError};

use jotgate_jose::primitive::base64url;

use crate::{app::App, flow::live::Life};

/// By the name in the address, the oldest first.
#[derive(Default)]
pub(in crate::http) struct Lives(Mutex<Vec<(String, Shared)>>);

type Shared = Arc<tokio::sync::Mutex<Life>>;

impl Lives {
    /// Keeps one under a new name. Of too many the oldest is handed back, to be ended.
    pub(super) fn keep(&self, app: &App, life: Life) -> (String, Option<Life>) {
        let name = base64url::encode(&app.random_bytes::<16>());
        let mut lives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (lives.len() >= MOST).then(|| lives.remove(0).1);
        lives.push((name.clone(), Arc::new(tokio::sync::Mutex::new(life))));
        (name, oldest.and_then(alone))
    }

    pub(super) fn find(&self, name: &str) -> Option<Shared> {
        let lives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lives.iter().find(|(known, _)| known == name).map(|(_, life)| life.clone())
    }

    pub(super) fn take(&self, name: &str) -> Option<Life> {
        let mut lives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = lives.iter().position(|(known, _)| known == name)?;
        alone(lives.remove(at).1)
    }
}

/// While a step of it is under way, nobody else can have it: then its account stays until it is deleted by hand.
fn alone(life: Shared) -> Option<Life> {
    Arc::into_inner(life).map(tokio::sync::Mutex::into_inner)
}

/// One person watches; a few tabs may be left open.
const MOST: usize = 8;
