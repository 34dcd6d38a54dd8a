//! Handing a mail to a mail server (SMTP, RFC 5321), over TLS unless the server is this machine.
//!
//! Not for: which mails there are and when they are tried again (`flow::mail`). What a server says is kept without
//! addresses, because it is written down, and servers like to repeat the recipient.

mod message;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    extension::ClientId,
};
use secrecy::ExposeSecret;
use tokio::time::timeout;

pub use message::Outgoing;

use crate::config::{Mail, MailSecurity};

/// Sends mails as `[mail]` says.
pub struct Mailer {
    config: Mail,
    tls: Option<TlsParameters>,
    hello: ClientId,
    /// What waits, as the last look found it.
    pub queue: Queue,
}

/// How many mails wait and since when, for `/metrics`.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: AtomicU64,
    oldest: AtomicI64,
    is_down: AtomicBool,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct Failure {
    /// At which step.
    pub at: Step,
    /// Whether trying again is of no use.
    pub is_final: bool,
    /// What was seen, without an address.
    pub said: String,
}

/// One step on the way to a mail server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The connection, the greeting and, where it comes first, TLS.
    Connect,
    /// TLS after the greeting.
    Starttls,
    /// Name and password.
    Login,
    /// The mail itself.
    Send,
}

impl Step {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Starttls => "starttls",
            Self::Login => "login",
            Self::Send => "send",
        }
    }
}

/// A server that is ready to take mails.
pub struct Connection<'a> {
    mailer: &'a Mailer,
    inner: AsyncSmtpConnection,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer").field("place", &self.place()).finish_non_exhaustive()
    }
}

impl Mailer {
    /// Reads the certificates and makes ready; nothing is connected yet.
    ///
    /// # Errors
    /// When `[mail] ca_file` cannot be read.
    pub fn new(config: &Mail) -> Result<Arc<Self>, String> {
        let tls = match config.security {
            MailSecurity::None => None,
            MailSecurity::Tls | MailSecurity::Starttls => Some(tls(config)?),
        };
        let hello = ClientId::Domain(config.hello_name.clone());
        Ok(Arc::new(Self { config: config.clone(), tls, hello, queue: Queue::default() }))
    }

    /// `host:port`
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.config.host, self.config.port)
    }

    /// How long connecting and sending one mail may take at most.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.config.timeout * 2
    }

    /// Connects, and tells of each step that was made.
    ///
    /// # Errors
    /// [`Failure`], never a final one: what keeps a connection from being made says nothing about a mail.
    pub async fn connect(&self, mut made: impl FnMut(Step, String)) -> Result<Connection<'_>, Failure> {
        let mut at = Step::Connect;
        match timeout(self.config.timeout, self.steps(&mut at, &mut made)).await {
            Ok(Ok(inner)) => Ok(Connection { mailer: self, inner }),
            Ok(Err(said)) => Err(Failure { at, is_final: false, said }),
            Err(_) => Err(self.too_slow(at)),
        }
    }

    async fn steps(
        &self,
        at: &mut Step,
        made: &mut impl FnMut(Step, String),
    ) -> Result<AsyncSmtpConnection, String> {
        let Mail { host, port, security, login, .. } = &self.config;
        let first = self.tls.clone().filter(|_| *security == MailSecurity::Tls);
        let mut inner =
            AsyncSmtpConnection::connect_tokio1((host.as_str(), *port), None, &self.hello, first, None)
                .await
                .map_err(|error| said(&error))?;
        let how = if *security == MailSecurity::Tls { ", with TLS" } else { "" };
        made(Step::Connect, format!("{} answers as {}{how}", self.place(), inner.server_info().name()));
        if let (MailSecurity::Starttls, Some(tls)) = (security, &self.tls) {
            *at = Step::Starttls;
            if !inner.can_starttls() {
                return Err("the server does not offer STARTTLS, and nothing is sent without TLS".into());
            }
            inner.starttls(tls.clone(), &self.hello).await.map_err(|error| said(&error))?;
            made(Step::Starttls, format!("the certificate is good for {host}"));
        }
        if let Some(login) = login {
            *at = Step::Login;
            let credentials =
                Credentials::new(login.username.clone(), login.password.expose_secret().to_owned());
            inner.auth(MECHANISMS, &credentials).await.map_err(|error| said(&error))?;
            made(Step::Login, format!("{} may send", login.username));
        }
        Ok(inner)
    }

    fn too_slow(&self, at: Step) -> Failure {
        let said = format!("no answer within {} s", self.config.timeout.as_secs());
        Failure { at, is_final: false, said }
    }
}

impl Connection<'_> {
    /// Hands over one mail. After a failure the connection is of no use any more.
    ///
    /// # Errors
    /// [`Failure`]: a final one when the server refuses this mail for good (5xx).
    pub async fn send(&mut self, mail: &Outgoing<'_>) -> Result<(), Failure> {
        let at = Step::Send;
        let (envelope, bytes) =
            message::build(&self.mailer.config, mail).map_err(|said| Failure { at, is_final: true, said })?;
        match timeout(self.mailer.config.timeout, self.inner.send(&envelope, &bytes)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Failure { at, is_final: error.is_permanent(), said: said(&error) }),
            Err(_) => Err(self.mailer.too_slow(at)),
        }
    }

    /// Takes leave.
    pub async fn quit(mut self) {
        // Whether the farewell is heard makes no difference to what was sent.
        let _ = timeout(FAREWELL, self.inner.quit()).await;
    }
}

impl Queue {
    /// Notes what waits.
    pub fn note(&self, waiting: u64, oldest: Option<i64>) {
        self.waiting.store(waiting, Ordering::Relaxed);
        self.oldest.store(oldest.unwrap_or(0), Ordering::Relaxed);
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// How long the oldest has waited, in milliseconds.
    #[must_use]
    pub fn oldest_age(&self, now: i64) -> i64 {
        match self.oldest.load(Ordering::Relaxed) {
            0 => 0,
            oldest => (now - oldest).max(0),
        }
    }

    /// Notes whether the server can be reached; true when that has just changed.
    pub fn note_down(&self, is_down: bool) -> bool {
        self.is_down.swap(is_down, Ordering::AcqRel) != is_down
    }
}

fn tls(config: &Mail) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(path) = &config.ca_file {
        let unusable = |what: String| format!("[mail] ca_file {}: {what}", path.display());
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|error| format!("TLS for [mail] cannot be made ready: {error}"))
}

/// What went wrong, from the outside to the cause, without anything that looks like an address.
fn said(error: &lettre::transport::smtp::Error) -> String {
    let mut parts: Vec<String> = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let text = cause.to_string();
        if !parts.iter().any(|known| known.contains(&text)) {
            parts.push(text);
        }
        source = cause.source();
    }
    without_addresses(&parts.join(": "))
}

fn without_addresses(text: &str) -> String {
    let kept = text.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    let line: String = kept.collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(LONGEST_SAID).collect()
}

/// What servers offer; `XOAUTH2` needs a token that nobody can configure here.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];
const FAREWELL: Duration = Duration::from_secs(2);
const LONGEST_SAID: usize = 300;

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn what_a_server_says_is_kept_without_the_recipient() {
        let said = "550 5.1.1 <ada@example.com>: no such user, ada@example.com\r\nis gone";
        assert_eq!(without_addresses(said), "550 5.1.1 (address) no such user, (address) is gone");
        assert_eq!(without_addresses(&"x".repeat(999)).len(), 300);
    }
}
