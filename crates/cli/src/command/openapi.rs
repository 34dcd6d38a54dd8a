//! `jotgate openapi`: the HTTP API as OpenAPI 3.1 or as a Postman collection.
//!
//! Both are made from one table of endpoints (`endpoint`) and one list of shapes (`schema`); the refusals come from
//! the catalogue of reasons, so that a new reason cannot be forgotten in the words about it.

mod document;
mod endpoint;
mod postman;
mod schema;

use crate::args::Openapi;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Openapi, output: &Output) -> Result<(), Failure> {
    let base = args.base_url.trim_end_matches('/');
    if !(base.starts_with("http://") || base.starts_with("https://")) {
        return Err(Failure::usage("--base-url is not a http or https URL"));
    }
    output.value(&if args.postman { postman::collection(base) } else { document::openapi(base) });
    Ok(())
}
