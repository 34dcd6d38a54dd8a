//! Secrets on their way out of the library: text and bytes that wipe themselves and do not show in `Debug`.
//!
//! There is no `Display`, no comparison and no serialisation, because each of them is a way in which a secret ends up
//! in a log, a timing or a file that nobody meant. Whoever wants one of these borrows the content and says so.

use std::fmt;
use std::ops::Deref;

use zeroize::Zeroizing;

/// Text that is wiped from memory when dropped: a private key as JSON or PEM.
///
/// ```
/// use jotgate_jose::{Algorithm, Jwk, SigningKey};
///
/// let text = SigningKey::generate(Algorithm::Ed25519)?.private_jwk()?;
/// assert!(text.starts_with("{\"kty\":\"OKP\""));
/// assert_eq!(format!("{text:?}"), "SecretText(..)");
/// let same = SigningKey::from_jwk(&Jwk::parse(&text)?)?;
/// # Ok::<(), jotgate_jose::Error>(())
/// ```
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    pub(crate) fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }
}

impl Deref for SecretText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<[u8]> for SecretText {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(..)")
    }
}

/// Bytes that are wiped from memory when dropped: the plaintext of something sealed, a key in DER.
///
/// ```
/// use jotgate_jose::primitive::Sealer;
///
/// let sealer = Sealer::new(&[1; 32]);
/// let plain = sealer.open([2; 12], b"", &sealer.seal([2; 12], b"", b"secret"))?;
/// assert_eq!(*plain, *b"secret");
/// assert_eq!(format!("{plain:?}"), "SecretBytes(..)");
/// # Ok::<(), jotgate_jose::primitive::Unopened>(())
/// ```
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    pub(crate) fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl Deref for SecretBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for SecretBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}
