//! Keys in PEM (RFC 7468), also when the text has suffered on its way through an environment variable, a
//! configuration file or a chat.
//!
//! A repair only ever undoes damage to the text: what it yields must still be one whole document of the kind its
//! label names. What cannot be taken is named, with the command that mends it.

mod kind;
mod repair;
mod write;

use crate::Result;
use crate::der::{self, Document};
use crate::error::{Error, Reason, shown};
use crate::material::Material;

use kind::Kind;
pub(crate) use write::block;

/// The key in the text: its only key block, or the first of its certificates.
pub(crate) fn key(bytes: &[u8]) -> Result<Material> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::new(Reason::MalformedSize, "the PEM text is longer than any key")
            .with_expected("at most 256 KiB"));
    }
    let text = repair::text(bytes)?;
    if !text.contains(BEGIN) {
        return without_boundaries(&text);
    }
    let blocks = blocks(&text)?;
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for block in &blocks {
        match block.kind() {
            Kind::Parameters => {}
            Kind::Holds(Document::Certificate) => certificates.push(block),
            _ => keys.push(block),
        }
    }
    match (keys.as_slice(), certificates.first()) {
        ([], None) => Err(Error::new(Reason::KeyUnsupported, "the text holds parameters and no key")
            .with_expected(WANTED)
            .with_hint("the key is a block of its own; export both, or the key alone")),
        // RFC 8446 section 4.4.2: a chain begins with the certificate of the key.
        ([], Some(first)) => first.read(),
        ([key], None) => key.read(),
        ([key], Some(first)) => {
            let (key, certified) = (key.read()?, first.read()?);
            if key.is_same_public(&certified) {
                return Ok(key);
            }
            Err(Error::new(
                Reason::KeyMalformed,
                "the key and the certificate beside it do not belong together",
            )
            .with_hint("take the key, or its certificate, into a file of its own"))
        }
        _ => Err(Error::new(Reason::KeyMalformed, "the text holds more than one key")
            .with_expected("one key")
            .with_received(format!("{} keys", keys.len()))
            .with_hint("put the one that is meant into a file of its own")),
    }
}

/// Whether somebody pasted a PEM or OpenSSH key, wherever in the bytes it begins.
pub(crate) fn is_key(bytes: &[u8]) -> bool {
    let holds = |mark: &str| bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
    let is_ssh = |mark: &str| bytes.trim_ascii_start().starts_with(mark.as_bytes());
    holds(BEGIN) || ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-"].into_iter().any(is_ssh)
}

/// Whether the bytes are text that is a key in PEM or DER once its base64 is undone.
pub(crate) fn is_wrapped_key(bytes: &[u8]) -> bool {
    let inner = std::str::from_utf8(bytes).ok().and_then(repair::base64);
    inner.is_some_and(|inner| is_key(&inner) || der::is_key(&inner))
}

/// One `BEGIN` to `END`.
struct Block<'a> {
    label: &'a str,
    body: &'a str,
}

fn blocks(mut text: &str) -> Result<Vec<Block<'_>>> {
    let mut blocks = Vec::new();
    while let Some((_, after)) = text.split_once(BEGIN) {
        let (label, after) = after
            .split_once(DASHES)
            .filter(|(label, _)| !label.contains('\n'))
            .ok_or_else(|| broken("the BEGIN line of the PEM block is broken"))?;
        let (body, after) = after.split_once(END).ok_or_else(|| {
            broken("the PEM block is cut short: its END line is missing").with_received(shown(label))
        })?;
        text = after.strip_prefix(label).and_then(|rest| rest.strip_prefix(DASHES)).ok_or_else(|| {
            broken("the END line of the PEM block is broken, or names something else than its BEGIN line")
                .with_received(shown(label))
        })?;
        if body.contains(BEGIN) {
            return Err(
                broken("the PEM block is cut short: its END line is missing").with_received(shown(label))
            );
        }
        blocks.push(Block { label, body });
        if blocks.len() == MAX_BLOCKS {
            return Err(Error::new(Reason::MalformedSize, "the PEM text has too many blocks")
                .with_expected("at most 64 blocks"));
        }
    }
    Ok(blocks)
}

impl Block<'_> {
    fn kind(&self) -> Kind {
        Kind::of(self.label)
    }

    fn read(&self) -> Result<Material> {
        let wanted = match self.kind() {
            Kind::Holds(document) => document,
            Kind::Parameters => return Err(broken("parameters are no key")),
            Kind::Other(mend) => {
                return Err(Error::new(Reason::KeyUnsupported, "the PEM block is of another kind")
                    .with_expected(WANTED)
                    .with_received(shown(self.label))
                    .with_hint(mend));
            }
        };
        let body = repair::without_headers(self.body);
        if self.body.contains("Proc-Type:") && self.body.contains("ENCRYPTED") {
            return Err(Error::new(Reason::KeyUnsupported, "the private key is encrypted with a passphrase")
                .with_expected("an unencrypted key")
                .with_received(shown(self.label))
                .with_hint("decrypt it with `openssl pkey -in key.pem -out plain.pem`"));
        }
        let der = repair::base64(body)
            .ok_or_else(|| broken("the PEM block is not base64").with_received(shown(self.label)))?;
        match Document::of(&der) {
            Some(found) if found == wanted => found.read(&der),
            Some(found) => Err(broken("the PEM block holds something else than its label says")
                .with_expected(wanted.name())
                .with_received(found.name())
                .with_hint("correct the BEGIN and END lines, or let `openssl pkey -in key.pem -out mended.pem` write them anew (-pubin for a public key)")),
            None => Err(der::not_a_document(&der)),
        }
    }
}

/// Bare base64 of a document, as some consoles show keys; or something that is no PEM at all.
fn without_boundaries(text: &str) -> Result<Material> {
    match repair::base64(text) {
        Some(der) if !der.is_empty() => match Document::of(&der) {
            Some(document) => document.read(&der),
            None => Err(kind::not_pem(text)),
        },
        _ => Err(kind::not_pem(text)),
    }
}

fn broken(detail: &'static str) -> Error {
    Error::new(Reason::KeyMalformed, detail)
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
const WANTED: &str =
    "PRIVATE KEY, PUBLIC KEY, RSA PRIVATE KEY, RSA PUBLIC KEY, EC PRIVATE KEY or CERTIFICATE";
/// A chain of certificates has a handful; a bundle of all authorities is no key file.
const MAX_BLOCKS: usize = 64;
const MAX_BYTES: usize = 256 * 1024;
