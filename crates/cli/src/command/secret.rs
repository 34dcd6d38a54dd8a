//! `jotgate secret`: random bytes for whoever needs a shared secret, in the form the tutorials print them.

use std::fmt::Write as _;

use jotgate_jose::primitive::base64url;
use jotgate_token::{OsRandom, Random as _};
use secrecy::zeroize::Zeroizing;
use serde_json::json;

use super::private_file;
use crate::args::key::Secret;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Secret, output: &Output) -> Result<(), Failure> {
    let mut bytes = Zeroizing::new(vec![0; usize::from(args.bytes)]);
    OsRandom.fill(&mut bytes);
    let text = Zeroizing::new(if args.base64url { base64url::encode(&bytes) } else { hex(&bytes) });
    let encoding = if args.base64url { "base64url" } else { "hex" };
    match &args.private.out {
        // No line end: HMAC takes the bytes of the file as they are, and an end of line would be one of them.
        Some(path) => {
            private_file::create(path, text.as_bytes())?;
            let answer = json!({ "file": path, "bytes": args.bytes, "encoding": encoding });
            output.answer(&answer, || format!("wrote {}, readable by you alone", path.display()));
        }
        None => {
            let answer = json!({ "secret": *text, "bytes": args.bytes, "encoding": encoding });
            output.answer(&answer, || text.to_string());
        }
    }
    if args.bytes < 32 {
        output.note("HS256 wants at least 32 bytes");
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}
