//! `jotgate jws`: signatures over bytes of any kind, as plain filters.

mod batch;
mod sign;
mod verify;

use crate::args::jws::Jws;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Jws, output: &Output) -> Result<(), Failure> {
    match args {
        Jws::Sign(args) => sign::run(args, output),
        Jws::Verify(args) if args.batch => batch::run(args, output),
        Jws::Verify(args) => verify::run(args, output),
    }
}
