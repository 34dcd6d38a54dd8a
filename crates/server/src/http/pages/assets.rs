//! The files that pages load: one style sheet, the mark, and the few scripts. All are built in.
//!
//! A page names them with a digest of their content, so that browsers keep them for a year and never show a new page in
//! an old dress. Compressed once, at the first request.

use std::{io::Write as _, sync::LazyLock};

use axum::{
    extract::{Path, rejection::PathRejection},
    response::Response,
};
use http::{HeaderMap, HeaderValue, Uri, header};
use jotgate_jose::primitive::{base64url, sha256};
use jotgate_token::reason;

use crate::{
    error::Error,
    http::{accept, percent, well_known::tagged},
};

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

const ASSETS: &[Asset] = &[
    Asset { name: "jotgate.css", kind: STYLE, text: include_str!("../../../templates/jotgate.css") },
    Asset {
        name: "passkey.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("../../../templates/passkey.js"),
    },
    Asset {
        name: "jotgate.svg",
        kind: "image/svg+xml",
        text: include_str!("../../../templates/jotgate.svg"),
    },
    Asset { name: "live.js", kind: SCRIPT, text: include_str!("../../../templates/live.js") },
];

/// What is worked out once for each.
struct Packed {
    version: String,
    zipped: Vec<u8>,
}

static PACKED: LazyLock<Vec<Packed>> = LazyLock::new(|| ASSETS.iter().map(pack).collect());

fn pack(asset: &Asset) -> Packed {
    let version = base64url::encode(&sha256(asset.text.as_bytes()))[..12].to_owned();
    let mut zip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    // Writing into memory does not fail; an empty answer would be seen at once.
    let zipped = zip.write_all(asset.text.as_bytes()).and_then(|()| zip.finish()).unwrap_or_default();
    Packed { version, zipped }
}

fn find(name: &str) -> Option<(&'static Asset, &'static Packed)> {
    let n = ASSETS.iter().position(|asset| asset.name == name)?;
    Some((&ASSETS[n], &PACKED[n]))
}

/// The address of a file, with its digest.
pub(super) fn address(name: &str) -> String {
    let found = find(name);
    debug_assert!(found.is_some(), "no asset {name}");
    found.map(|(_, packed)| format!("/assets/{name}?v={}", packed.version)).unwrap_or_default()
}

pub(in crate::http) async fn get(
    name: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let found = name.ok().and_then(|Path(name)| find(&name));
    let Some((asset, packed)) = found else { return Err((&reason::REQUEST_NOT_FOUND).into()) };
    let is_exact = percent::value(uri.query(), "v").is_some_and(|version| version == packed.version);
    let caching = if is_exact { &FOR_EVER } else { &AN_HOUR };
    let zips = accept::names(&headers, header::ACCEPT_ENCODING, "gzip");
    let tag = format!("\"{}{}\"", packed.version, if zips { "-gzip" } else { "" });
    let mut answer = match zips {
        true => tagged(&headers, &tag, packed.zipped.as_slice(), asset.kind, caching),
        false => tagged(&headers, &tag, asset.text, asset.kind, caching),
    };
    if zips {
        answer.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    answer.headers_mut().insert(header::VARY, HeaderValue::from(header::ACCEPT_ENCODING));
    Ok(answer)
}

const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
