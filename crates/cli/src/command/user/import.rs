//! `jotgate user import`: the users of another system, read in one thread and written by batches in another place, so that
//! neither waits for the other and no file is too long.

mod auth0;
mod fields;
mod firebase;
mod keycloak;
pub(super) mod own;
mod read;
mod supabase;
mod tally;

use std::path::{Path, PathBuf};

use jotgate_jose::primitive::base64url;
use jotgate_server::app::App;
use jotgate_server::app::hasher::{Project, accept};
use jotgate_server::flow::import_users::{
    Brought, Fate, Import as Importing, Incoming, Outcome, Problem, Rules,
};
use tokio::sync::mpsc;

use super::super::beside::{refused, with_app};
use crate::args::user::{Import, OnConflict, Provider};
use crate::failure::Failure;
use crate::output::Output;
use tally::Tally;

pub(super) fn import(args: &Import, output: &Output) -> Result<(), Failure> {
    let source = Source::of(args)?;
    for path in args.files.iter().chain(&args.hash_config) {
        warn_if_open(path, output);
    }
    let mut tally = Tally::new(args)?;
    with_app(&args.settings, output, async |app| {
        if args.on_conflict == OnConflict::Fail && !args.dry_run {
            let mut before = Tally::silent();
            let rules = Rules { dry_run: true, ..rules(args) };
            run(app, &source, rules, &mut before, output).await?;
            before.refuse_conflicts()?;
        }
        run(app, &source, rules(args), &mut tally, output).await?;
        if args.on_conflict == OnConflict::Fail { tally.refuse_conflicts() } else { Ok(()) }
    })?;
    tally.finish(args, output)
}

fn rules(args: &Import) -> Rules {
    let Import { from, dry_run, verified_only, keep_admin, .. } = *args;
    Rules { from: from.name(), dry_run, verified_only, keep_admin }
}

/// Where the users come from, and how one is read.
#[derive(Clone)]
struct Source {
    files: Vec<PathBuf>,
    from: Provider,
    project: Option<Project>,
}

impl Source {
    fn of(args: &Import) -> Result<Self, Failure> {
        for path in &args.files {
            if let Err(error) = std::fs::File::open(path) {
                return Err(Failure::environment(format!("{} cannot be read: {error}", path.display())));
            }
        }
        let project = args.hash_config.as_deref().map(firebase::project).transpose()?;
        Ok(Self { files: args.files.clone(), from: args.from, project })
    }

    fn incoming(&self, user: &fields::User, now: i64) -> Incoming {
        match self.from {
            Provider::Auth0 => auth0::incoming(user),
            Provider::Firebase => firebase::incoming(user, self.project.as_ref()),
            Provider::Keycloak => keycloak::incoming(user),
            Provider::Supabase => supabase::incoming(user, now),
            Provider::Csv | Provider::Jsonl => own::incoming(user),
        }
    }
}

/// What the reading thread hands over.
enum Read {
    Users {
        file: usize,
        users: Vec<Incoming>,
        damaged: Vec<(u64, String)>,
    },
    /// Nothing more of this file can be read.
    Broken {
        file: usize,
        what: String,
    },
}

async fn run(
    app: &App,
    source: &Source,
    rules: Rules,
    tally: &mut Tally,
    output: &Output,
) -> Result<(), Failure> {
    let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
    let (of, now) = (source.clone(), app.clock.now_ms());
    let reader = std::thread::spawn(move || read_all(&of, now, &sender));
    let mut importing = Importing::new(rules);
    while let Some(read) = batches.recv().await {
        match read {
            Read::Users { file, users, damaged } => {
                let outcomes = importing.take(app, users).await.map_err(|error| refused(&error))?;
                tally.add(&source.files[file], damaged.into_iter().map(unreadable).chain(outcomes))?;
            }
            Read::Broken { file, what } => tally.break_off(&source.files[file], what),
        }
        output.progress(tally.progress(rules.dry_run));
    }
    output.progress("");
    reader.join().map_err(|_| Failure::environment("the file could not be read to its end"))
}

fn unreadable((line, what): (u64, String)) -> Outcome {
    let problems = vec![Problem::Unreadable(what)];
    Outcome { line, foreign_id: None, who: String::new(), fate: Fate::Left, problems }
}

fn read_all(source: &Source, now: i64, sender: &mpsc::Sender<Read>) {
    for (file, path) in source.files.iter().enumerate() {
        let (mut users, mut damaged) = (Vec::with_capacity(BATCH), Vec::new());
        let columns = (source.from == Provider::Firebase).then_some(firebase::COLUMNS);
        let read = read::read(path, columns, &mut |record| {
            match record.found {
                Ok(found) => users.push(Incoming { line: record.line, ..source.incoming(&found, now) }),
                Err(what) => damaged.push((record.line, what)),
            }
            if users.len() + damaged.len() < BATCH {
                return true;
            }
            let (users, damaged) = (std::mem::take(&mut users), std::mem::take(&mut damaged));
            // Nobody listens when the database has refused the batch before.
            sender.blocking_send(Read::Users { file, users, damaged }).is_ok()
        });
        let rest = Read::Users { file, users, damaged };
        let broken = read.err().map(|what| Read::Broken { file, what });
        if std::iter::once(rest).chain(broken).any(|last| sender.blocking_send(last).is_err()) {
            return;
        }
    }
}

/// A hash in any form that says what it is.
fn hash(text: &str) -> Brought {
    accept(text).map_or_else(Brought::Unusable, Brought::Hash)
}

fn standard_base64(text: &str) -> Option<Vec<u8>> {
    base64url::decode(&text.trim_end_matches('=').replace('+', "-").replace('/', "_")).ok()
}

#[cfg(unix)]
fn warn_if_open(path: &Path, output: &Output) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).map_or(0, |about| about.permissions().mode());
    if mode & 0o077 != 0 {
        let shown = path.display();
        output.warning(format_args!(
            "{shown} can be read by other users of this machine, and who has password hashes can try passwords at \
             leisure: chmod 600 {shown}, and delete it after the move"
        ));
    }
}

#[cfg(not(unix))]
fn warn_if_open(_: &Path, _: &Output) {}

/// Large enough for few commits, small enough that logins of a running server hardly wait.
const BATCH: usize = 500;
/// How far the reading may be ahead.
const BATCHES_AHEAD: usize = 2;
