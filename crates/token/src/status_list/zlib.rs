//! Zlib (RFC 1950) with a limit: what is unpacked was sent by somebody else.

use std::io::{Read, Write};

use flate2::{Compression, bufread::ZlibDecoder, write::ZlibEncoder};
use jotgate_jose::{Error, Reason};

use super::malformed;

pub(super) fn pack(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(bytes).and_then(|()| encoder.finish());
    packed.map_err(|_| Error::new(Reason::KeysUnavailable, "zlib failed"))
}

/// Stops one byte behind the limit, because a few kilobytes of zlib can stand for gigabytes.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<u8>, Error> {
    let (mut decoder, mut bytes) = (ZlibDecoder::new(packed), Vec::new());
    let read = decoder.by_ref().take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| malformed("`lst` is no zlib"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(malformed("`lst` holds more than 2 MiB"));
    }
    if decoder.total_in() != packed.len() as u64 {
        return Err(malformed("`lst` goes on behind its zlib"));
    }
    Ok(bytes)
}

/// 16 million statuses of one bit; the draft's own examples have one million.
pub(super) const MAX_BYTES: u64 = 2 << 20;
