//! `jotgate demo`: the whole story against a throw-away server in this process, told as it really happens.
//!
//! Every answer shown comes from the server over HTTP; an answer that does not fit the story ends the demo with exit
//! code 1. Time passes by moving the server's clock, so nobody waits. Not here: what a server does.

mod client;
mod server;
mod story;
mod teller;

use crate::args::Demo;
use crate::command::beside::runtime;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Demo, output: &Output) -> Result<(), Failure> {
    runtime()?.block_on(async {
        let server = server::Server::start().await?;
        let mut teller = teller::Teller::new(output, args.step && !output.wants_json());
        let told = story::tell(&server, &mut teller).await;
        server.stop().await;
        told?;
        teller.end();
        Ok(())
    })
}
