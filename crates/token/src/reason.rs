//! The catalogue of reasons: why a token, a request or a login was refused.
//!
//! One list for the library, the guards, the server, the command line and the debugger. A code never changes its
//! meaning once released, because clients branch on it. The texts speak to the developer who reads the refusal;
//! they never hold anything out of a request. Not here: when a reason applies, which each rule decides for itself.

mod access;
mod account;
mod oauth;
mod request;
mod token;

use std::fmt::{self, Write as _};

pub use access::*;
pub use account::*;
pub use oauth::*;
pub use request::*;
pub use token::*;

/// One reason for a refusal.
///
/// ```
/// use jotgate_token::reason;
///
/// let reason = reason::by_code("refresh.reused").expect("in the catalogue");
/// assert_eq!(reason, &reason::REFRESH_REUSED);
/// assert_eq!((reason.code, reason.status), ("refresh.reused", 401));
/// ```
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Reason {
    /// The stable code, `group.name`.
    pub code: &'static str,
    /// The HTTP status with which the API answers it.
    pub status: u16,
    /// One line, without a full stop.
    pub title: &'static str,
    /// What happened, in plain words.
    pub meaning: &'static str,
    /// What to do about it, said to the developer who reads the answer.
    pub mend: &'static str,
}

impl Reason {
    /// The documentation page of this reason.
    ///
    /// ```
    /// use jotgate_token::reason::EXP_EXPIRED;
    ///
    /// assert!(EXP_EXPIRED.markdown().starts_with("# `exp.expired`\n"));
    /// ```
    pub fn markdown(&self) -> String {
        let Self { code, status, title, meaning, mend } = self;
        let phrase = status_phrase(*status);
        format!(
            "# `{code}`\n\n**{title}.** Answered with HTTP {status} {phrase}.\n\n## What it means\n\n{meaning}\n\n## What to do\n\n{mend}\n"
        )
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

/// The reason with this code.
///
/// ```
/// assert!(jotgate_token::reason::by_code("alg.none").is_some());
/// assert!(jotgate_token::reason::by_code("alg.None").is_none());
/// ```
pub fn by_code(code: &str) -> Option<&'static Reason> {
    ALL.iter().find(|reason| reason.code == code).copied()
}

/// The table of contents of all pages: code, status and title, each code a link to `CODE.md`.
///
/// ```
/// assert!(jotgate_token::reason::index_markdown().contains("[`exp.expired`](exp.expired.md)"));
/// ```
pub fn index_markdown() -> String {
    let mut page = String::from("# Reasons\n\n| code | HTTP | |\n|---|---|---|\n");
    for Reason { code, status, title, .. } in ALL {
        writeln!(page, "| [`{code}`]({code}.md) | {status} | {title} |")
            .expect("writing to a String cannot fail");
    }
    page
}

/// Every reason, in the order of the documentation.
pub const ALL: &[&Reason] = &concat_all();

const PARTS: [&[&Reason]; 5] = [TOKEN_PART, ACCESS_PART, ACCOUNT_PART, OAUTH_PART, REQUEST_PART];
const COUNT: usize =
    TOKEN_PART.len() + ACCESS_PART.len() + ACCOUNT_PART.len() + OAUTH_PART.len() + REQUEST_PART.len();

const fn concat_all() -> [&'static Reason; COUNT] {
    let mut all = [TOKEN_PART[0]; COUNT];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut inside = 0;
        while inside < PARTS[part].len() {
            all[at] = PARTS[part][inside];
            at += 1;
            inside += 1;
        }
        part += 1;
    }
    all
}

const fn status_phrase(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        421 => "Misdirected Request",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}

/// Declares the constants of one part of the catalogue and lists them under the name of the part.
macro_rules! reasons {
    (part $part:ident; $($name:ident = $code:literal, $status:literal, $title:literal, $meaning:literal, $mend:literal;)+) => {
        $(
            #[doc = concat!("`", $code, "` (HTTP ", $status, "): ", $title, ".")]
            pub const $name: Reason =
                Reason { code: $code, status: $status, title: $title, meaning: $meaning, mend: $mend };
        )+
        pub(super) const $part: &[&Reason] = &[$(&$name),+];
    };
}
use reasons;

#[cfg(test)]
mod tests;
