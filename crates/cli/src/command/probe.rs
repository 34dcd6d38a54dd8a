//! `jotgate probe`: sends the catalogue of wrong tokens to somebody's route, and says which it lets in.
//!
//! First the controls, because against a route that refuses or accepts everything the rest means nothing. Nothing here
//! prints a token. Which tokens there are, and what is wrong with them, stands in `jotgate_testkit::catalogue`.

mod course;
mod junit;
mod listener;
mod outcome;
mod report;
mod stop;
mod target;
mod tokens;
mod world;

use jotgate_server::config::Database;
use jotgate_testkit::Forge;

use self::course::{Course, Ground};
use self::listener::Listener;
use self::outcome::Summary;
use self::report::Report;
use self::stop::Stop;
use self::target::Target;
use self::world::World;
use super::beside::{runtime, with_app};
use crate::args::probe::Probe;
use crate::failure::Failure;
use crate::output::Output;
use crate::settings;

pub(super) fn run(args: &Probe, output: &Output) -> Result<(), Failure> {
    let target = Target::new(args)?;
    course::check_only(&args.only)?;
    let course = match tokens::forge(&args.tokens, output)? {
        Some(forge) => runtime()?
            .block_on(async { attempt(args, output, (&target, forge), None, Stop::listen()?).await })?,
        None => beside_a_jotgate(args, output, &target)?,
    };
    let report = Report::new(args, &target, course);
    if let Some(file) = &args.junit {
        junit::write(file, &report)?;
    }
    output.answer(&report.json(), || report.words());
    match report.summary() {
        Summary { accepted: 0, .. } => Ok(()),
        _ => Err(Failure::silent_no()),
    }
}

/// With tokens of the Jotgate whose database this is.
fn beside_a_jotgate(args: &Probe, output: &Output, target: &Target) -> Result<Course, Failure> {
    let config = settings::config(&args.settings, output)?;
    if matches!(&config.database, Database::Sqlite(file) if !file.exists()) {
        return Err(Failure::environment(format!("there is no Jotgate in {}", config.data.display())).mend(
            "run it with the settings of `jotgate serve` (--data, --config), or give the API's key with --secret or --key",
        ));
    }
    with_app(&args.settings, output, async |app| {
        let stop = Stop::listen()?;
        let mut world = World::enter(app, &args.tokens).await?;
        let course = match world.forge().await {
            Ok(forge) => attempt(args, output, (target, forge), Some(&mut world), stop).await,
            Err(failure) => Err(failure),
        };
        // Whatever came of it, and also after Ctrl-C.
        world.leave().await?;
        course
    })
}

/// Goes the whole course, unless somebody or the clock ends it.
async fn attempt(
    args: &Probe,
    output: &Output,
    ground: (&Target, Forge),
    world: Option<&mut World<'_>>,
    mut stop: Stop,
) -> Result<Course, Failure> {
    let (target, forge) = ground;
    let listener = Listener::start(&forge).await?;
    let forge = forge.listener(listener.url());
    let mut course = Course::new(args);
    let ground = Ground { target, forge: &forge, listener: &listener };
    let ended = tokio::select! {
        done = course.go(&ground, world, output) => done.map(|()| None),
        () = tokio::time::sleep(args.bounds.time_limit) => Ok(Some("the time was up (--time-limit)")),
        () = stop.asked() => Err(Failure::environment("stopped; what was made for it is removed")),
    };
    output.progress("");
    if let Some(why) = ended? {
        course.end_early(why);
    }
    Ok(course)
}
