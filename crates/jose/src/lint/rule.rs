//! What a rule is: a stable name, how bad it is, and the words for it. One table of them is the source of the
//! findings, of `docs/lint-rules.md` and of the tests.

use std::fmt;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; often right as it is.
    Note,
    /// Works today and hurts later.
    Warning,
    /// Breaks a specification, or gives something away.
    Error,
}

impl Severity {
    /// `note`, `warning` or `error`.
    ///
    /// ```
    /// assert_eq!(jotgate_jose::lint::Severity::Error.name(), "error");
    /// ```
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// The text as a whole.
    Form,
    /// Members of the header.
    Header,
    /// The key or secret that was given beside the token, and the signature.
    Key,
    /// Claims of every token.
    Claims,
    /// Times and lifetimes.
    Times,
    /// Access tokens by RFC 9068.
    AccessToken,
    /// ID tokens of OpenID Connect.
    IdToken,
    /// Secrets where everybody can read them.
    Secrets,
    /// Data about people.
    Personal,
    /// How long the token is.
    Size,
    /// Files that are delivered to browsers.
    Bundle,
}

impl Family {
    /// A heading for it.
    ///
    /// ```
    /// assert_eq!(jotgate_jose::lint::Family::AccessToken.title(), "Access tokens");
    /// ```
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Form => "Form",
            Self::Header => "Header",
            Self::Key => "Key and signature",
            Self::Claims => "Claims",
            Self::Times => "Times",
            Self::AccessToken => "Access tokens",
            Self::IdToken => "ID tokens",
            Self::Secrets => "Secrets in the payload",
            Self::Personal => "Personal data in the payload",
            Self::Size => "Size",
            Self::Bundle => "Front-end files",
        }
    }
}

/// One rule of the catalogue. Its `id` never changes its meaning.
///
/// ```
/// use jotgate_jose::lint;
///
/// let rule = lint::rule("alg-none").expect("it is in the catalogue");
/// assert_eq!(rule.severity, lint::Severity::Error);
/// assert_eq!(rule.reference, "RFC 8725 section 3.2");
/// assert_eq!(rule.link(), "https://www.rfc-editor.org/rfc/rfc8725#section-3.2");
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, to allow it by and to look it up by.
    pub id: &'static str,
    /// What it is about.
    pub family: Family,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub title: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// What to do about it.
    pub mend: &'static str,
    /// The text that demands it: a specification with its section, or a page of Jotgate's documentation.
    pub reference: &'static str,
}

impl Rule {
    /// The address of the [reference](Self::reference).
    ///
    /// ```
    /// let rule = jotgate_jose::lint::rule("personal-email").expect("it is in the catalogue");
    /// assert_eq!(rule.link(), "https://www.rfc-editor.org/rfc/rfc7519#section-12");
    /// ```
    #[must_use]
    pub fn link(&self) -> String {
        let (text, section) = self.reference.split_once(" section ").unwrap_or((self.reference, ""));
        let anchor = if section.is_empty() { String::new() } else { format!("#section-{section}") };
        match text {
            "OpenID Connect Core 1.0" => {
                format!("https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.{section}")
            }
            "RFC 8725bis" => {
                format!("https://datatracker.ietf.org/doc/html/draft-ietf-oauth-rfc8725bis{anchor}")
            }
            _ => match text.strip_prefix("RFC ") {
                Some(number) => format!("https://www.rfc-editor.org/rfc/rfc{number}{anchor}"),
                None => format!("{}/blob/main/docs/{text}", env!("CARGO_PKG_REPOSITORY")),
            },
        }
    }

    /// The address of the rule's own entry in the documentation.
    ///
    /// ```
    /// let rule = jotgate_jose::lint::rule("alg-none").expect("it is in the catalogue");
    /// assert!(rule.page().ends_with("/docs/lint-rules.md#alg-none"));
    /// ```
    #[must_use]
    pub fn page(&self) -> String {
        format!("{}/blob/main/docs/lint-rules.md#{}", env!("CARGO_PKG_REPOSITORY"), self.id)
    }
}

/// Writes the rules of one family and the list of them.
macro_rules! rules {
    ($family:ident: $(
        $name:ident = $id:literal, $severity:ident, $reference:literal,
        $title:literal, why: $why:literal, mend: $mend:literal;
    )+) => {
        use crate::lint::rule::{Family, Rule, Severity};

        $(pub(in crate::lint) static $name: Rule = Rule {
            id: $id,
            family: Family::$family,
            severity: Severity::$severity,
            title: $title,
            why: $why,
            mend: $mend,
            reference: $reference,
        };)+

        pub(in crate::lint) static ALL: &[&Rule] = &[$(&$name),+];
    };
}

pub(super) use rules;
