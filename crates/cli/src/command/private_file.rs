//! Writing a file that holds a secret: new, and readable by its owner alone from its first moment.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use crate::failure::Failure;

/// Creates the file. An existing one is left alone, because a key that is overwritten is gone for ever.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::environment(format!("{} exists already", path.display()))
            .mend("name another file, or remove that one first"),
        _ => Failure::environment(format!("{} cannot be written: {error}", path.display())),
    })
}

/// Opens a new file to be written piece by piece, such as a list of everybody's addresses.
pub(super) fn begin(path: &Path) -> Result<File, Failure> {
    open(path).map_err(|error| {
        Failure::environment(format!("{} cannot be made: {error}", path.display()))
            .mend("name a file that is not there yet")
    })
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
