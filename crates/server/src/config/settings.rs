//! Gathering: flag before environment before `…_FILE` before `jotgate.toml`; what is left has its default.
//!
//! Files are read here, but only those that the sources name; the environment and the arguments are handed in.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    env::{self, Meaning, Variable},
    error::{ConfigError, Problem, Source},
    file,
    key::{KeyInfo, Raw},
    nearest,
    table::KEYS,
};

/// Where settings may come from. Everything ambient is an argument, so that tests can run side by side.
#[derive(Clone, Default)]
pub struct Sources {
    /// Paths of keys and their values: `("sessions.idle_lifetime", "1d")`.
    pub flags: Vec<(String, String)>,
    /// The environment; names that do not start with `JOTGATE_` are ignored.
    pub env: Vec<(String, String)>,
    /// `jotgate.toml`, which must exist.
    pub file: Option<PathBuf>,
    /// A `.env` file, which must exist. Its variables count where the environment has none of that name.
    pub env_file: Option<PathBuf>,
}

/// What the sources say, not yet held against the rules.
pub struct Settings {
    pub(super) values: BTreeMap<&'static str, (Raw, Source)>,
    pub(super) warnings: Vec<String>,
    pub(super) demo_lifetimes: bool,
}

impl Sources {
    /// `jotgate.toml` in `folder`, if there is one.
    pub fn default_file(folder: &Path) -> Option<PathBuf> {
        Some(folder.join("jotgate.toml")).filter(|path| path.exists())
    }
}

impl Settings {
    /// Gathers what the sources say. Unknown keys and unreadable files are errors, all of them together.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut gathering = Gathering::default();
        gathering.add_flags(&sources.flags);
        gathering.add_env(sources);
        if let Some(path) = &sources.file {
            gathering.add_file(path);
        }
        let Gathering { values, warnings, problems } = gathering;
        match problems.is_empty() {
            true => Ok(Self { values, warnings, demo_lifetimes: false }),
            false => Err(ConfigError { problems }),
        }
    }

    /// Shortens lifetimes so that a person can watch a token expire; checked to be a loopback server.
    #[must_use]
    pub fn with_demo_lifetimes(mut self) -> Self {
        self.demo_lifetimes = true;
        self
    }
}

#[derive(Default)]
struct Gathering {
    values: BTreeMap<&'static str, (Raw, Source)>,
    warnings: Vec<String>,
    problems: Vec<Problem>,
}

impl Gathering {
    fn add_flags(&mut self, flags: &[(String, String)]) {
        for (path, value) in flags {
            let source = Source::Flag(match path.contains('.') {
                true => format!("--set {path}"),
                false => format!("--{path}"),
            });
            match KEYS.iter().find(|info| info.path == path) {
                Some(info) => drop(self.values.insert(info.path, (Raw::Text(value.clone()), source))),
                None => {
                    let near = nearest::key(path);
                    let mend = near.map_or_else(String::new, |near| format!("Did you mean {near}?"));
                    self.problem(source, "names no key of the configuration", &mend);
                }
            }
        }
    }

    fn add_env(&mut self, sources: &Sources) {
        let mut variables: Vec<Variable> = sources.env.iter().map(from_environment).collect();
        if let Some(path) = &sources.env_file {
            let more = self.read_env_file(path);
            let missing = |variable: &Variable| !sources.env.iter().any(|(name, _)| *name == variable.name);
            variables.extend(more.into_iter().filter(missing));
        }
        let mut value_files = Vec::new();
        for variable in variables {
            match env::meaning(&variable) {
                Meaning::Value(info) => self.add_variable(info, variable),
                Meaning::ValueFile(info) => value_files.push((info, variable)),
                Meaning::Unknown(problem) => self.problems.push(problem),
                Meaning::Stray(warning) => self.warnings.push(warning),
                Meaning::Foreign => {}
            }
        }
        for (info, variable) in value_files {
            self.add_value_file(info, &variable);
        }
    }

    fn add_variable(&mut self, info: &'static KeyInfo, variable: Variable) {
        match self.values.get(info.path) {
            // Two names for one key and no order between them: a guess could pick the wrong database.
            Some((Raw::Text(earlier), source @ (Source::Env(_) | Source::EnvFile { .. }))) => {
                if *earlier != variable.value {
                    let what = format!("says something else than {source}");
                    self.problem(variable.source, &what, "Both set the same key: keep one.");
                }
            }
            Some(_) => {}
            None => drop(self.values.insert(info.path, (Raw::Text(variable.value), variable.source))),
        }
    }

    fn add_value_file(&mut self, info: &'static KeyInfo, variable: &Variable) {
        if let Some((_, source)) = self.values.get(info.path) {
            self.warnings
                .push(format!("{} is ignored, because {source} sets the same key.", variable.source));
            return;
        }
        let path = PathBuf::from(&variable.value);
        let source = Source::ValueFile { name: variable.name.clone(), path: path.clone() };
        match read_text(&path) {
            Ok(text) => {
                let value = text.trim_end_matches(['\r', '\n']).to_owned();
                self.values.insert(info.path, (Raw::Text(value), source));
            }
            Err(why) => self.problem(source, &why, "The variable names a file that holds the value."),
        }
    }

    fn add_file(&mut self, path: &Path) {
        let source = Source::File { path: path.to_owned(), line: 0 };
        let text = match read_text(path) {
            Ok(text) => text,
            Err(why) => return self.problem(source, &why, "Name a file that this user can read."),
        };
        let file = file::read(path, &text);
        let holds_secret = |path: &str| KEYS.iter().any(|info| info.path == path && info.secret);
        if file.values.iter().any(|(path, _, _)| holds_secret(path)) {
            self.warn_if_others_can_read(path);
        }
        self.problems.extend(file.problems);
        for (path, raw, source) in file.values {
            self.values.entry(path).or_insert((raw, source));
        }
    }

    fn read_env_file(&mut self, path: &Path) -> Vec<Variable> {
        let source = Source::File { path: path.to_owned(), line: 0 };
        let read = read_text(path);
        self.warn_if_others_can_read(path);
        match read.map(|text| env::read_file(path, &text)) {
            Ok(Ok(variables)) => return variables,
            Ok(Err(problems)) => self.problems.extend(problems),
            Err(why) => self.problem(source, &why, "Name a file that this user can read."),
        }
        Vec::new()
    }

    fn warn_if_others_can_read(&mut self, path: &Path) {
        if others_can_read(path) {
            let path = path.display();
            self.warnings.push(format!(
                "{path} may hold secrets and every user of this machine can read it: chmod 600 {path}"
            ));
        }
    }

    fn problem(&mut self, source: Source, what: &str, mend: &str) {
        let (key, what, mend) = (String::new(), what.to_owned(), mend.to_owned());
        self.problems.push(Problem { key, source, what, mend });
    }
}

fn from_environment((name, value): &(String, String)) -> Variable {
    Variable { name: name.clone(), value: value.clone(), source: Source::Env(name.clone()) }
}

/// The text of a file of sane size.
fn read_text(path: &Path) -> Result<String, String> {
    match fs::metadata(path) {
        Ok(about) if about.len() > LONGEST_FILE => {
            return Err("is too long for a configuration (1 MiB)".into());
        }
        Ok(about) if about.is_dir() => return Err("is a folder".into()),
        _ => {}
    }
    fs::read_to_string(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "does not exist".into(),
        io::ErrorKind::PermissionDenied => "may not be read by this user".into(),
        io::ErrorKind::InvalidData => "is not UTF-8 text".into(),
        _ => format!("cannot be read: {error}"),
    })
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|about| about.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

const LONGEST_FILE: u64 = 1 << 20;
