//! Placeholder of the workspace's first build.
