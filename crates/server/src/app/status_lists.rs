//! What a node keeps of the Token Status Lists: the one whose places it gives out, and each as it was last made.
//!
//! Not here: which places are taken. Only the database knows that, for all nodes together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use tokio::sync::MutexGuard;

/// The lists of this node.
#[derive(Debug, Default)]
pub struct StatusLists {
    filling: Mutex<Option<Filling>>,
    made: tokio::sync::Mutex<HashMap<u32, Made>>,
}

/// A list with room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filling {
    /// Its number.
    pub list: u32,
    /// How many places this node gives out before it counts again.
    pub left: u64,
}

/// A list as it was last made.
#[derive(Debug, Clone)]
pub struct Made {
    /// When the database was last asked, in Unix milliseconds.
    pub asked_at: i64,
    /// When it was signed, in Unix milliseconds.
    pub signed_at: i64,
    /// Which statuses were not valid.
    pub ended: Arc<[u32]>,
    /// The key that signed it.
    pub kid: Option<String>,
    /// The Status List Token.
    pub token: Bytes,
}

impl StatusLists {
    /// The list to fill, if this node counted not too many places ago.
    #[must_use]
    pub fn filling(&self) -> Option<u32> {
        let mut filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        let now = filling.as_mut().filter(|now| now.left > 0)?;
        now.left -= 1;
        Some(now.list)
    }

    /// What was counted.
    pub fn fill(&self, filling: Filling) {
        *self.filling.lock().unwrap_or_else(PoisonError::into_inner) = Some(filling);
    }

    /// The lists as they were last made; whoever holds them makes them anew, and nobody else does so meanwhile.
    pub async fn made(&self) -> MutexGuard<'_, HashMap<u32, Made>> {
        self.made.lock().await
    }
}
