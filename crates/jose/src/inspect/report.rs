//! What an inspection says, as values with words.

use std::fmt;

use crate::error::Error;

/// What is known about one key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// Type and size in words; `None` when not even that can be read.
    pub kind: Option<String>,
    /// Its name.
    pub kid: Option<String>,
    /// The registered name of its algorithm, where it or the caller names one or its curve allows only one.
    pub algorithm: Option<String>,
    /// What it is judged for.
    pub purpose: Purpose,
    /// RFC 7638. `None` for a shared secret that is weak or refused, because it could be guessed from it.
    pub thumbprint: Option<String>,
    /// What speaks against it without making it useless.
    pub weaknesses: Vec<Weakness>,
    /// Why it would be refused.
    pub refusal: Option<Error>,
}

/// What is known about a set of keys.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SetInspection {
    /// Its keys: first those that read, then those that do not, each in the order of the set.
    pub keys: Vec<Inspection>,
    /// Why the set as a whole would be refused, whatever its keys are.
    pub refusal: Option<Error>,
}

/// What a key is for, by its `use`, `key_ops` and `alg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Signatures and MACs; also assumed where the key says nothing.
    Signatures,
    /// Encryption, which this library does not do with it; only its numbers are judged.
    Encryption,
}

/// Something that speaks against a key without making it useless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weakness {
    /// It fits several algorithms and names none.
    NoAlgorithm,
    /// It has no `kid`.
    NoKid,
    /// It holds the private part, or is a shared secret.
    Private,
    /// Its algorithm has the name that RFC 9864 deprecates.
    OldName,
    /// The secret ends with a line end.
    LineEnd,
    /// The secret is so many bytes, over and over.
    Repeats(usize),
    /// The secret has so many different bytes, fewer than ten.
    FewBytes(usize),
    /// Another key of the set has its `kid`.
    SharedKid,
}

impl From<Inspection> for SetInspection {
    /// One key that stands alone.
    fn from(key: Inspection) -> Self {
        Self { keys: vec![key], refusal: None }
    }
}

impl Weakness {
    /// A short stable name, for tools.
    ///
    /// ```
    /// use jotgate_jose::inspect::Weakness;
    ///
    /// assert_eq!(Weakness::NoKid.name(), "no_kid");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoAlgorithm => "no_alg",
            Self::NoKid => "no_kid",
            Self::Private => "private",
            Self::OldName => "old_name",
            Self::LineEnd => "line_end",
            Self::Repeats(_) => "repeats",
            Self::FewBytes(_) => "few_bytes",
            Self::SharedKid => "shared_kid",
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAlgorithm => f.write_str("it names no algorithm, so whoever loads it must choose one"),
            Self::NoKid => f.write_str("it has no kid, so verifiers with several keys cannot find it"),
            Self::Private => f.write_str("it is private: whoever reads it can use it like its owner"),
            Self::OldName => {
                f.write_str("its algorithm is called `EdDSA`, which RFC 9864 replaces by `Ed25519`")
            }
            Self::LineEnd => f.write_str("it ends with a line end, which counts as part of the secret"),
            Self::Repeats(1) => f.write_str("it is one byte over and over"),
            Self::Repeats(bytes) => write!(f, "it is the same {bytes} bytes over and over"),
            Self::FewBytes(bytes) => write!(f, "it has only {bytes} different bytes"),
            Self::SharedKid => f.write_str("another key of the set has the same kid"),
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Signatures => "signatures",
            Self::Encryption => "encryption",
        })
    }
}
