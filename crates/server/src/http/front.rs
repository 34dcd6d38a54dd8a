//! What the HTTP room works out once from the configuration, shared by all requests beside the [`App`].

use std::{ops::Deref, sync::Arc};

use super::{
    cookie::Names,
    layer::{cors::Origins, host::Hosts},
    metrics::Metrics,
    pages::live::Lives,
};
use crate::app::App;

/// The state of the router; a clone is a pointer.
#[derive(Clone)]
pub(super) struct Front(Arc<Parts>);

pub(super) struct Parts {
    pub(super) app: App,
    pub(super) hosts: Hosts,
    pub(super) origins: Origins,
    pub(super) cookies: Names,
    pub(super) metrics: Metrics,
    pub(super) lives: Lives,
}

impl Front {
    pub(super) fn new(app: App) -> Self {
        let config = &app.config;
        Self(Arc::new(Parts {
            hosts: Hosts::new(config),
            origins: Origins::new(config),
            cookies: Names::new(&config.issuer),
            metrics: Metrics::new(),
            lives: Lives::default(),
            app,
        }))
    }
}

impl Deref for Front {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
