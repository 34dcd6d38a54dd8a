//! Everything the process logs, kept so that a test can look for what must not be there.
//!
//! One log for the whole process, because the server's own threads log too and a subscriber of one thread would
//! not hear them.

use std::{
    io,
    sync::{Mutex, Once, PoisonError},
};

use tracing_subscriber::{Layer, filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Starts keeping; returns where the log stands now.
pub(crate) fn start() -> usize {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let layer = fmt::layer().with_ansi(false).with_writer(|| Writer).with_filter(LevelFilter::DEBUG);
        // A test that installed its own subscriber hears instead; then there is nothing to look through.
        let _ = tracing_subscriber::registry().with(layer).try_init();
    });
    text().len()
}

/// The log from a place on.
pub(crate) fn since(from: usize) -> String {
    String::from_utf8_lossy(text().get(from..).unwrap_or_default()).into_owned()
}

fn text() -> std::sync::MutexGuard<'static, Vec<u8>> {
    TEXT.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        text().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
