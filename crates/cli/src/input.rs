//! Where tokens, keys, secrets and passwords come from: a file, standard input or an environment variable.
//!
//! Never from an argument alone, because arguments stand in the shell's history and in the process list for
//! everybody on the machine. Texts about a source never repeat what was typed where a secret was asked for, because
//! people type the secret itself there.

use std::fmt;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::failure::Failure;
use crate::output::Output;

/// `FILE`, `-` for standard input, or `env:NAME`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Source {
    File(PathBuf),
    Stdin,
    Env(String),
}

/// A token to look at: a source, or the token itself as typed by somebody in a hurry.
#[derive(Clone)]
pub(crate) enum TokenSource {
    Source(Source),
    Typed(String),
}

/// Text with a token somewhere in it: a source, or the text itself as somebody pasted it.
#[derive(Clone)]
pub(crate) struct Pasted(TokenSource);

impl Source {
    /// All bytes of the source. `option` is the name of the argument, for the refusal.
    pub(crate) fn read(&self, option: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let read = match self {
            Self::Stdin => read_stdin(),
            Self::File(path) => std::fs::read(path),
            Self::Env(name) => return read_env(name, option),
        };
        let bytes = Zeroizing::new(read.map_err(|error| self.unreadable(option, &error))?);
        if bytes.len() > MOST_BYTES {
            return Err(Failure::environment(format!(
                "what {option} names holds more than {MOST_BYTES} bytes"
            )));
        }
        Ok(bytes)
    }

    /// The source as text, without white space around it.
    pub(crate) fn read_text(&self, option: &str) -> Result<Zeroizing<String>, Failure> {
        let bytes = self.read(option)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Zeroizing::new(text.trim().to_owned())),
            Err(_) => Err(Failure::environment(format!("what {option} names is not text"))),
        }
    }

    fn unreadable(&self, option: &str, error: &io::Error) -> Failure {
        let kind = match error.kind() {
            io::ErrorKind::NotFound => "does not exist".to_owned(),
            io::ErrorKind::PermissionDenied => "must not be read by this user".to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        Failure::environment(format!("the file named by {option} {kind}")).mend(format!(
            "{option} takes a file, `-` for standard input, or `env:NAME` for an environment variable"
        ))
    }
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "" => return Err("a file, `-` or `env:NAME` is needed".to_owned()),
            "-" => Self::Stdin,
            _ => match text.strip_prefix("env:") {
                Some("") => return Err("`env:` needs the name of a variable".to_owned()),
                Some(name) => Self::Env(name.to_owned()),
                None => Self::File(PathBuf::from(text)),
            },
        })
    }
}

/// Only the kind: what was typed may be a secret.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File(..)",
            Self::Stdin => "Stdin",
            Self::Env(_) => "Env(..)",
        })
    }
}

impl TokenSource {
    /// The token as text, without white space around it.
    pub(crate) fn read(&self, output: &Output) -> Result<Zeroizing<String>, Failure> {
        match self {
            Self::Source(source) => source.read_text("TOKEN"),
            Self::Typed(token) => {
                output.note("a token typed as an argument stays in the shell's history; a file, `-` and `env:NAME` do not");
                Ok(Zeroizing::new(token.trim().to_owned()))
            }
        }
    }
}

impl FromStr for TokenSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // Every JWS header starts with `{"`, which is `ey` in base64url; no sensible file name has that and two dots.
        let typed = text.trim().starts_with("ey") && text.matches('.').count() >= 2;
        if typed { Ok(Self::Typed(text.to_owned())) } else { text.parse().map(Self::Source) }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => source.fmt(f),
            Self::Typed(_) => f.write_str("Typed(..)"),
        }
    }
}

impl Pasted {
    /// The text, as it came.
    pub(crate) fn read(&self, output: &Output) -> Result<Zeroizing<String>, Failure> {
        self.0.read(output)
    }
}

impl FromStr for Pasted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // No sensible file has such a name; and what is a file is read as one.
        let looks_pasted = text.contains([' ', '\n', '{', '"', '='])
            || text.contains("://")
            || text.starts_with("jgr_")
            || (text.starts_with("ey") && text.len() > LONGEST_NAME);
        match text.parse::<TokenSource>()? {
            TokenSource::Source(Source::File(path)) if looks_pasted && !path.exists() => {
                Ok(Self(TokenSource::Typed(text.to_owned())))
            }
            source => Ok(Self(source)),
        }
    }
}

impl fmt::Debug for Pasted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A new password, from `source` or asked for twice at the terminal.
pub(crate) fn new_password(source: Option<&Source>, output: &Output) -> Result<SecretString, Failure> {
    if let Some(source) = source {
        return password_line(&source.read("the password option")?);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("no password given and no terminal to ask at")
            .mend("pipe it in with --password-stdin, or name a file with --password-file FILE"));
    }
    output.ask("New password:");
    let first = ask_hidden()?;
    output.ask("Once more:");
    let second = ask_hidden()?;
    if *first != *second {
        return Err(Failure::usage("the two passwords differ").mend("try again; nothing was changed"));
    }
    Ok(SecretString::from(first.as_str()))
}

/// Whether the person at the terminal agrees; somebody else must say `--yes`.
pub(crate) fn confirm(question: &str, output: &Output) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("nobody is there to confirm this").mend("add --yes"));
    }
    output.ask(format_args!("{question} [y/N]"));
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(|error| Failure::environment(format!("the terminal cannot be read: {error}")))?;
    Ok(matches!(line.trim(), "y" | "Y" | "yes"))
}

/// Waits for Enter.
pub(crate) fn wait_for_enter() {
    let mut line = String::new();
    // A closed terminal means nobody will ever press Enter: going on is the only useful answer.
    let _ = io::stdin().read_line(&mut line);
}

/// The first line, without its end: an editor adds a line end that nobody means as part of the password.
fn password_line(bytes: &[u8]) -> Result<SecretString, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::usage("the password is not UTF-8 text"))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::usage("the password is empty"));
    }
    if text.lines().count() > 1 {
        return Err(Failure::usage("the password has more than one line").mend("give exactly one line"));
    }
    Ok(SecretString::from(line))
}

fn ask_hidden() -> Result<Zeroizing<String>, Failure> {
    rpassword::read_password()
        .map(Zeroizing::new)
        .map_err(|error| Failure::environment(format!("the terminal cannot be read: {error}")))
}

fn read_stdin() -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    io::stdin().lock().take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn read_env(name: &str, option: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    std::env::var_os(name).map(|value| Zeroizing::new(value.into_encoded_bytes())).ok_or_else(|| {
        Failure::environment(format!("the environment variable named by {option} is not set"))
            .mend("`env:NAME` takes the name of the variable, not its value")
    })
}

/// A name somebody gave to a file with a token is shorter.
const LONGEST_NAME: usize = 60;

/// Far above every key and token, far below what could hurt.
const MOST_BYTES: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_recognised_by_its_form() {
        assert!(matches!("-".parse(), Ok(Source::Stdin)));
        assert!(matches!("env:KEY".parse(), Ok(Source::Env(name)) if name == "KEY"));
        assert!(matches!("key.json".parse(), Ok(Source::File(_))));
        assert!("".parse::<Source>().is_err() && "env:".parse::<Source>().is_err());
    }

    #[test]
    fn a_token_is_told_from_a_file() {
        assert!(matches!("eyJhbGciOiJub25lIn0.e30.".parse(), Ok(TokenSource::Typed(_))));
        assert!(matches!("eyes.txt".parse(), Ok(TokenSource::Source(Source::File(_)))));
        assert!(matches!("-".parse(), Ok(TokenSource::Source(Source::Stdin))));
    }

    #[test]
    fn pasted_text_is_told_from_a_file() {
        let typed = |text: &str| matches!(text.parse(), Ok(Pasted(TokenSource::Typed(_))));
        for text in ["Bearer eyJx", "eyJhbGciOiJub25lIn0.e30.", "{\"a\":1}", "jgr_abc", "https://x/#t=eyJ"] {
            assert!(typed(text), "{text}");
        }
        for text in ["token.txt", "-", "env:TOKEN", "eyes", "./a/b.jwt"] {
            assert!(!typed(text), "{text}");
        }
    }

    #[test]
    fn debug_shows_nothing_that_was_typed() {
        let source: Source = "hunter2hunter2".parse().unwrap();
        let token: TokenSource = "eyJx.e30.sig".parse().unwrap();
        let shown = format!("{source:?} {token:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("eyJx"), "{shown}");
    }

    #[test]
    fn a_password_is_one_line() {
        use secrecy::ExposeSecret as _;
        assert_eq!(password_line(b"long enough\n").unwrap().expose_secret(), "long enough");
        assert_eq!(password_line(b" spaces kept \r\n").unwrap().expose_secret(), " spaces kept ");
        assert!(password_line(b"").is_err() && password_line(b"\n").is_err());
        assert!(password_line(b"two\nlines\n").is_err());
    }
}
