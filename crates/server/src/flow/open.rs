//! Starting: data folder, database, master key, keys, and the parts that serve them.
//!
//! Used by `serve`, by the commands that touch the database, and by tests. Each way it can fail says what to do.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use jotgate_token::{Clock, Random, random};
use zeroize::Zeroizing;

use super::keys::{self, KeysError, Needs, master::next_file};
use super::revocations;
use crate::{
    app::{App, Counters, Feed, Hasher, Keyring, Mailer, Parts, Passkeys, RefusalLog, StatusLists},
    config::Config,
    store::{self, Store, StoreError},
};

/// What comes from outside and what tests replace.
#[derive(Clone)]
pub struct Edge {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The data folder cannot be made or written.
    #[error("the data folder {path} cannot be used: {cause}; choose another with --data")]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Another server has the data folder.
    #[error(
        "the data folder {path} is in use by another `jotgate serve`; stop that one or choose another with --data"
    )]
    InUse {
        /// Which.
        path: PathBuf,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] store::OpenError),
    /// The database answered an error.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The master key is gone while the database holds keys sealed under it.
    #[error(
        "the database holds keys sealed under a master key, and {path} is not there; restore that file or set [keys] master_key"
    )]
    MasterKeyMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The master key's file does not hold a master key.
    #[error("{path} does not hold a master key of 64 hexadecimal characters")]
    MasterKeyMalformed {
        /// Which file.
        path: PathBuf,
    },
    /// The keys.
    #[error("{0}; set [keys] master_key or restore the file master.key of this database")]
    WrongMasterKey(KeysError),
    /// The keys.
    #[error(transparent)]
    Keys(KeysError),
    /// What `[mail]` names cannot be used.
    #[error("{0}")]
    Mail(String),
}

/// Opens everything a server or a command needs.
///
/// # Errors
/// [`OpenError`], each with the mend.
pub async fn open(config: Config, edge: Edge) -> Result<App, OpenError> {
    make_folder(&config.data)?;
    let store = Store::open(&config.database).await?;
    let master = master_key(&config, &store, &*edge.random).await?;
    let needs = Needs { store: &store, config: &config, clock: &*edge.clock, random: &*edge.random };
    let loaded = match keys::load_or_make(needs, &master).await {
        Err(KeysError::WrongMasterKey) => take_the_next_master_key(needs).await,
        loaded => loaded,
    };
    let keyring = loaded.map_err(|error| match error {
        KeysError::WrongMasterKey => OpenError::WrongMasterKey(error),
        KeysError::Store(error) => OpenError::Store(error),
        other => OpenError::Keys(other),
    })?;
    let refusals = RefusalLog::open(&config.data, config.log.refusals_kept)
        .map_err(|cause| OpenError::Folder { path: config.data.clone(), cause })?;
    let passwords = &config.passwords;
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let threads = passwords.hash_threads.map_or_else(cores, std::num::NonZeroUsize::get);
    let hasher = Hasher::start(passwords.argon2, threads, passwords.hash_queue);
    let feed = Feed::new(config.revocations.max_streams, config.revocations.max_streams_of_network);
    let passkeys = Passkeys::new(&config);
    let mailer = config.mail.as_ref().map(Mailer::new).transpose().map_err(OpenError::Mail)?;
    let app = App::new(Parts {
        config,
        store,
        clock: edge.clock,
        random: edge.random,
        hasher,
        passkeys,
        keyring,
        feed,
        status_lists: StatusLists::default(),
        mail_requests: tokio::sync::Notify::new(),
        counters: Counters::default(),
        mailer,
        refusals,
    });
    revocations::begin(&app).await?;
    Ok(app)
}

/// Holds the data folder for one `serve`; released when dropped or when the process ends, however it ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

/// Takes the data folder for this process.
///
/// # Errors
/// [`OpenError::InUse`] when another server has it.
pub fn lock_data(folder: &Path) -> Result<DataLock, OpenError> {
    make_folder(folder)?;
    let unusable = |cause| OpenError::Folder { path: folder.to_path_buf(), cause };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(DataLock { _file: file }),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse { path: folder.to_path_buf() }),
        Err(TryLockError::Error(cause)) => Err(unusable(cause)),
    }
}

fn make_folder(folder: &Path) -> Result<(), OpenError> {
    let unusable = |cause| OpenError::Folder { path: folder.to_path_buf(), cause };
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(unusable)
}

/// A change of the master key that ended between the database and the folder is brought to its end.
async fn take_the_next_master_key(needs: Needs<'_>) -> Result<Keyring, KeysError> {
    let next = next_file(&needs.config.data);
    let key = match (&needs.config.keys.master_key, read_key(&next)) {
        (None, Some(key)) => key,
        _ => return Err(KeysError::WrongMasterKey),
    };
    let keyring = keys::load_or_make(needs, &key).await?;
    fs::rename(&next, needs.config.data.join(MASTER_KEY_FILE))
        .map_err(|error| KeysError::Unusable(format!("{}: {error}", next.display())))?;
    Ok(keyring)
}

/// The master keys that this server could have now: the configured one, or those in the data folder.
pub(super) fn master_keys_at_hand(config: &Config) -> Vec<Zeroizing<[u8; 32]>> {
    match &config.keys.master_key {
        Some(key) => vec![Zeroizing::new(*key.expose())],
        None => [config.data.join(MASTER_KEY_FILE), next_file(&config.data)]
            .iter()
            .filter_map(|path| read_key(path))
            .collect(),
    }
}

fn read_key(path: &Path) -> Option<Zeroizing<[u8; 32]>> {
    let text = fs::read_to_string(path).map(Zeroizing::new).ok()?;
    from_hex(text.trim())
}

async fn master_key(
    config: &Config,
    store: &Store,
    random: &dyn Random,
) -> Result<Zeroizing<[u8; 32]>, OpenError> {
    if let Some(key) = &config.keys.master_key {
        return Ok(Zeroizing::new(*key.expose()));
    }
    let path = config.data.join(MASTER_KEY_FILE);
    match fs::read_to_string(&path).map(Zeroizing::new) {
        Ok(text) => from_hex(text.trim()).ok_or(OpenError::MasterKeyMalformed { path }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            // A new master key beside old sealed keys would make them unreadable for ever.
            if keys::any_sealed(store).await? {
                return Err(OpenError::MasterKeyMissing { path });
            }
            let key: Zeroizing<[u8; 32]> = Zeroizing::new(random::array(random));
            write_once(&path, &key)
                .map_err(|cause| OpenError::Folder { path: config.data.clone(), cause })?;
            Ok(key)
        }
        Err(cause) => Err(OpenError::Folder { path, cause }),
    }
}

/// Written beside and moved into place, so that a crash leaves no half key; 0600, because it opens every private key.
pub(super) fn write_once(path: &Path, key: &[u8; 32]) -> io::Result<()> {
    use std::fmt::Write as _;
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key {
        let _ = write!(text, "{byte:02x}");
    }
    text.push('\n');
    let beside = path.with_extension("key.new");
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

/// The file in the data folder that holds the master key where none is configured.
pub(super) const MASTER_KEY_FILE: &str = "master.key";

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0; 32]);
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}
