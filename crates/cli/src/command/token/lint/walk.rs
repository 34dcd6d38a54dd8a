//! The files of a folder, in the order of their names, without following links.
//!
//! A file that is no text, is too large or cannot be read is left out and said so, because a check that passes over
//! things in silence is believed too much.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What to look into.
pub(super) struct Walk {
    pub(super) node_modules: bool,
    pub(super) largest: u64,
}

/// What the walk came to.
pub(super) enum Step {
    Text(PathBuf, Vec<u8>),
    LeftOut(PathBuf, String),
}

impl Walk {
    /// Shows every file below `root`, or `root` itself when it is one.
    pub(super) fn over(&self, root: &Path, visit: &mut dyn FnMut(Step)) -> io::Result<()> {
        if fs::metadata(root)?.is_dir() {
            for path in entries(root)? {
                self.below(path, visit);
            }
        } else {
            self.file(root.to_owned(), visit);
        }
        Ok(())
    }

    fn below(&self, path: PathBuf, visit: &mut dyn FnMut(Step)) {
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) => return visit(Step::LeftOut(path, error.to_string())),
        };
        if kind.is_file() {
            self.file(path, visit);
        } else if kind.is_symlink() {
            visit(Step::LeftOut(path, "a link".to_owned()));
        } else if kind.is_dir() && self.enters(&path) {
            match entries(&path) {
                Ok(paths) => paths.into_iter().for_each(|path| self.below(path, visit)),
                Err(error) => visit(Step::LeftOut(path, error.to_string())),
            }
        }
    }

    fn enters(&self, folder: &Path) -> bool {
        let name = folder.file_name().unwrap_or_default();
        name != ".git" && (self.node_modules || name != "node_modules")
    }

    fn file(&self, path: PathBuf, visit: &mut dyn FnMut(Step)) {
        if has_end(&path, BINARY) {
            return;
        }
        match self.read(&path) {
            Ok(Some(bytes)) => visit(Step::Text(path, bytes)),
            Ok(None) => {}
            Err(why) => visit(Step::LeftOut(path, why)),
        }
    }

    /// `None` for what is no text.
    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, String> {
        let file = File::open(path).map_err(|error| error.to_string())?;
        let length = file.metadata().map_err(|error| error.to_string())?.len();
        if length > self.largest {
            return Err(format!("{} MiB, more than --max-size", length >> 20));
        }
        let mut bytes = Vec::new();
        // It may grow while it is read.
        file.take(self.largest + 1).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        let is_text = !bytes[..bytes.len().min(HEAD)].contains(&0);
        Ok(is_text.then_some(bytes))
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort_unstable();
    Ok(paths)
}

fn has_end(path: &Path, ends: &[&str]) -> bool {
    let end = path.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
    end.is_some_and(|end| ends.contains(&end.as_str()))
}

/// What no browser reads as text, and what is compressed.
const BINARY: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "bmp", "woff", "woff2", "ttf", "otf", "eot", "mp3",
    "mp4", "webm", "ogg", "wav", "mov", "pdf", "zip", "gz", "br", "zst", "tgz", "tar", "wasm", "node", "so",
    "dylib", "dll", "exe",
];

/// A byte zero among the first ones means that it is no text.
const HEAD: usize = 8192;
