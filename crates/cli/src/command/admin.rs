//! `jotgate admin`: the way in for the first administrator, and for one who lost the password.

use jotgate_server::flow::set_up::make_setup_link;
use serde_json::json;

use super::beside::{refused, with_app};
use crate::args::server::Admin;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Admin, output: &Output) -> Result<(), Failure> {
    let Admin::SetupLink { settings } = args;
    let link =
        with_app(settings, output, async |app| make_setup_link(app).await.map_err(|error| refused(&error)))?;
    output.answer(&json!({ "url": link, "expires_in": 3600 }), || link.clone());
    output.note("open it in a browser; it works once, within one hour, and voids every earlier link");
    Ok(())
}
