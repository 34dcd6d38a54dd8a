//! `jotgate jws verify`: one JWS in any form, one answer.

use jotgate_jose::jws::{self, VerifiedSignature};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{Error, KeySet};
use serde_json::{Value, json};

use crate::args::jws::Verify;
use crate::command::key_file::{self, KeyFile};
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(args: &Verify, output: &Output) -> Result<(), Failure> {
    let text = args.jws.read(output)?;
    let detached = args.detached.as_ref().map(|source| source.read("--detached")).transpose()?;
    let keys = match (&args.secret, &args.key) {
        (Some(source), _) => key_file::keys_of_secret(&source.read("--secret")?, &text, args.alg)?,
        (None, Some(source)) => KeyFile::parse(&source.read("--key")?)?.for_token(&text, args.alg)?,
        (None, None) => return Err(Failure::usage("--key or --secret is needed")),
    };
    let good = check(&text, detached.as_ref().map(|bytes| bytes.as_slice()), &keys)?;
    if output.wants_json() {
        let payload = base64url::encode(&good.payload);
        output.value(&json!({ "ok": true, "payload": payload, "signature": said(&good.signature) }));
        return Ok(());
    }
    output.bytes(&good.payload);
    if good.of > 1 {
        let said = &good.signature;
        let kid = said.kid().map(|kid| format!(", kid {kid:?}")).unwrap_or_default();
        let (at, of, alg) = (said.index() + 1, good.of, said.algorithm());
        output.note(format_args!("signature {at} of {of} is good ({alg}{kid})"));
    }
    Ok(())
}

/// A payload whose signature is good.
pub(super) struct Good {
    pub(super) payload: Vec<u8>,
    pub(super) signature: VerifiedSignature,
    /// How many signatures there are.
    pub(super) of: usize,
}

/// Checks a JWS in whichever form it is.
pub(super) fn check(text: &str, detached: Option<&[u8]>, keys: &KeySet) -> Result<Good, Error> {
    let (payload, signature) = match (is_json(text), detached) {
        (true, Some(payload)) => (payload.to_vec(), jws::verify_json_detached(text, payload, keys)?),
        (false, Some(payload)) => (payload.to_vec(), jws::verify_detached(text, payload, keys)?),
        (true, None) => parts(jws::verify_json(text, keys)?),
        (false, None) => parts(jws::verify(text, keys)?),
    };
    let of = jws::Unverified::parse(text)?.signatures().len();
    Ok(Good { payload, signature, of })
}

pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

/// Which signature was good.
pub(super) fn said(signature: &VerifiedSignature) -> Value {
    json!({ "index": signature.index(), "alg": signature.algorithm().name(), "kid": signature.kid() })
}

fn parts(verified: jws::VerifiedPayload) -> (Vec<u8>, VerifiedSignature) {
    let signature = verified.signature().clone();
    (verified.into_payload(), signature)
}
