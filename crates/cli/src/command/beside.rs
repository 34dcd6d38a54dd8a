//! For commands that work on the database beside a running server, or without one: the same flows, without HTTP.

use std::sync::Arc;

use jotgate_server::app::App;
use jotgate_server::config::{Config, Database, Issuer, Source, TokenAlgorithm};
use jotgate_server::error::{Error, Refused};
use jotgate_server::flow::keys::ISSUER;
use jotgate_server::flow::open::{Edge, OpenError, open};
use jotgate_server::store::{Store, StoreError, Tx, keys as store_keys, meta};
use jotgate_token::{OsRandom, SystemClock};
use tokio::runtime::Runtime;

use crate::args::server::SettingsArgs;
use crate::failure::Failure;
use crate::output::Output;
use crate::settings;

/// Opens what the server has, and does one piece of work with it.
pub(super) fn with_app<R>(
    args: &SettingsArgs,
    output: &Output,
    work: impl AsyncFnOnce(&App) -> Result<R, Failure>,
) -> Result<R, Failure> {
    let mut config = settings::config(args, output)?;
    if !config.data.exists() {
        output.note(format_args!("the data folder {} is new", config.data.display()));
    }
    runtime()?.block_on(async {
        keep_to_the_server(&mut config).await?;
        let app = open(config, real_edge()).await.map_err(|error| not_open(&error))?;
        work(&app).await
    })
}

/// The clock and the randomness of this machine.
pub(super) fn real_edge() -> Edge {
    Edge { clock: Arc::new(SystemClock), random: Arc::new(OsRandom) }
}

pub(super) fn runtime() -> Result<Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::environment(format!("no threads to work with: {error}")))
}

/// Why the server's parts cannot be had. Each error says its mend itself.
pub(super) fn not_open(error: &OpenError) -> Failure {
    Failure::environment(error.to_string())
}

/// A flow's refusal is an answer; what its database cannot do is the surroundings' doing.
pub(super) fn refused(error: &Error) -> Failure {
    match error {
        Error::Refused(refused) => {
            let Refused { reason, detail, hint, .. } = &**refused;
            let text = detail.as_deref().unwrap_or(reason.meaning);
            Failure::no(text).reason(reason.code).mend(hint.as_deref().unwrap_or(reason.mend))
        }
        other => Failure::environment(other.to_string()),
    }
}

/// Takes the issuer that the database knows, and the algorithm its key has where nobody names one. Only `serve` may give
/// a database another one, because that ends sessions or begins a rotation: a command in another folder or without the
/// server's flags must not do so by accident.
async fn keep_to_the_server(config: &mut Config) -> Result<(), Failure> {
    if matches!(&config.database, Database::Sqlite(file) if !file.exists()) {
        return Ok(());
    }
    let store = Store::open(&config.database).await.map_err(|error| not_open(&error.into()))?;
    let known = store.read(async move |tx: &mut Tx<'_>| {
        Ok((meta::value(tx, ISSUER).await?, store_keys::list_signing(tx).await?))
    });
    let (noted, keys) = known.await.map_err(|error: StoreError| refused(&error.into()))?;
    let noted = noted.and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some(issuer) = noted.and_then(|text| Issuer::parse(&text).ok()) {
        // The audience that nobody chose is the issuer, so it follows.
        if config.tokens.audience == [config.issuer.as_str()] {
            config.tokens.audience = vec![issuer.as_str().to_owned()];
        }
        config.issuer = issuer;
    }
    let described = config.describe();
    let nobody_said = described.iter().any(|line| line.key == ALGORITHM && line.source == Source::Default);
    let signing = keys.iter().find(|key| key.state == "active" && key.purpose == "access");
    if let (true, Some(key)) = (nobody_said, signing)
        && let Some(algorithm) = TokenAlgorithm::by_name(&key.algorithm)
    {
        config.tokens.algorithm = algorithm;
    }
    Ok(())
}

const ALGORITHM: &str = "tokens.algorithm";
