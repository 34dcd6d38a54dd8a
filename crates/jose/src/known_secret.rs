//! Secrets that everybody knows: public lists, tutorials, the samples of token debuggers.
//!
//! An HS256 token lets anybody who holds it try secrets at home, and these are tried first (RFC 8725 section 3.5).
//! Digests, because nobody should find the secrets themselves in a binary.

use crate::crypto;

/// Whether the secret, or what is left of it without white space around it, stands in a public list of secrets.
///
/// The list is that of `data/well-known-secrets` (its README names the origin). A random secret is taken for a listed
/// one once in 2^47.
///
/// ```
/// assert!(jotgate_jose::is_known_secret(b"your-256-bit-secret"));
/// assert!(jotgate_jose::is_known_secret(b"secret\n"));
/// assert!(!jotgate_jose::is_known_secret(b"f83ac1907be2d645e3b7a0924c16d8f5"));
/// ```
#[must_use]
pub fn is_known_secret(secret: &[u8]) -> bool {
    // A secret read from a file often drags its last line break along.
    is_listed(secret) || is_listed(secret.trim_ascii())
}

fn is_listed(secret: &[u8]) -> bool {
    let digest = crypto::sha256(secret);
    LISTED.as_chunks::<8>().0.binary_search_by(|entry| entry.as_slice().cmp(&digest[..8])).is_ok()
}

/// Eight bytes a secret, sorted.
static LISTED: &[u8] = include_bytes!("../data/well-known-secrets/sha256-64.bin");

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::test_vectors::vectors;

    const SAMPLES: &str = include_str!("../data/well-known-secrets/samples.txt");

    #[test]
    fn the_list_is_sorted_and_whole() {
        let (entries, rest) = LISTED.as_chunks::<8>();
        assert!(rest.is_empty());
        assert!(entries.len() > 77_864);
        assert!(entries.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn samples_are_known_with_white_space_around_them_too() {
        for sample in SAMPLES.lines() {
            assert!(is_known_secret(sample.as_bytes()), "{sample}");
            assert!(is_known_secret(format!(" {sample}\r\n").as_bytes()), "{sample}");
        }
        assert!(!is_known_secret(b"404E635266556A586E3272357538782F413F4428472B4B6250645367566B5971"));
    }

    #[test]
    fn every_line_of_the_source_is_known() {
        let Some(folder) = vectors() else { return };
        let path = folder.join("attack-lists/wallarm-jwt-secrets.txt");
        let Ok(source) = std::fs::read(&path) else {
            println!("SKIPPED: no {}", path.display());
            return;
        };
        // Some lines end with a carriage return that was never part of the secret.
        let lines = source.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let lines: Vec<_> =
            lines.chain(SAMPLES.lines().map(str::as_bytes)).filter(|line| !line.is_empty()).collect();
        if std::env::var_os("JOTGATE_BLESS").is_some() {
            let mut entries: Vec<_> =
                lines.iter().map(|line| *crypto::sha256(line).first_chunk::<8>().unwrap()).collect();
            entries.sort_unstable();
            entries.dedup();
            let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/well-known-secrets/sha256-64.bin");
            std::fs::write(list, entries.concat()).unwrap();
            return;
        }
        assert!(lines.len() > 70_000);
        for line in lines {
            assert!(is_known_secret(line), "{}", String::from_utf8_lossy(line));
        }
    }
}
