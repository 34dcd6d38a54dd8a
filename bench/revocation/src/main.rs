//! What taking something back costs, and how long it takes until guards refuse it. `run` beside this folder starts the
//! servers; each way below prints JSON.
//!
//! - `lookup`: what one look into the set costs, what a token costs on first sight, bytes an entry, loading a snapshot.
//! - `latency`: logs sessions out at a server and watches guards in this process.
//! - `revoke`: logs sessions out and says when, for guards in other languages that are watched elsewhere.

mod latency;
mod lookup;
mod revoke;
mod sessions;

use std::{collections::BTreeMap, error::Error};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let way = words.next().unwrap_or_default();
    let mut options = BTreeMap::new();
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} without a value"))?;
        options.insert(name, value);
    }
    let options = Options(options);
    let runtime = tokio::runtime::Runtime::new()?;
    match way.as_str() {
        "lookup" => lookup::run(),
        "latency" => runtime.block_on(latency::run(&options)),
        "revoke" => runtime.block_on(revoke::run(&options)),
        _ => Err("lookup | latency --issuer URL [--revoke-at URL] [--guards N] [--count N] \
                  | revoke --issuer URL [--revoke-at URL] [--count N] [--pause MS]"
            .into()),
    }
}

struct Options(BTreeMap<String, String>);

impl Options {
    fn text(&self, name: &str) -> Result<&str, Box<dyn Error>> {
        self.0.get(name).map(String::as_str).ok_or_else(|| format!("{name} is missing").into())
    }

    fn number(&self, name: &str, otherwise: usize) -> Result<usize, Box<dyn Error>> {
        self.0.get(name).map_or(Ok(otherwise), |text| text.parse()).map_err(Into::into)
    }
}
