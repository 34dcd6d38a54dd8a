//! Where other people's examples lie. Compiled into the tests of the crate only, those inside it and those outside.

use std::path::{Path, PathBuf};

/// The folder of test vectors; when it is missing, that is said aloud.
pub(crate) fn vectors() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("JOTGATE_VECTORS").map_or("../shared/vectors".into(), PathBuf::from);
    let folder = root.join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no test vectors at {}", folder.display());
    None
}
