//! A mail server on loopback that takes mails, or misbehaves as a test says. It knows as much of SMTP (RFC 5321) as a
//! client needs to hand over a mail.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// A mail server until it is dropped.
pub struct SmtpSink {
    /// Where it listens.
    pub address: SocketAddr,
    /// The certificate it shows, in PEM, for `[mail] ca_file`.
    pub certificate: String,
    state: Arc<State>,
    task: JoinHandle<()>,
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// Not at all.
    Plain,
    /// TLS when the client asks for it; nothing is taken before.
    Starttls,
    /// TLS from the first byte.
    Tls,
}

/// What the server does with those who connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It takes every mail.
    Takes,
    /// It closes every connection at once.
    Closes,
    /// It never says a word.
    Hangs,
    /// It answers every recipient with this.
    Answers(&'static str),
    /// It takes the mail and closes the connection before it says so.
    DropsAfterData,
    /// It takes the mail and says so when it is told to.
    Holds,
}

/// A mail that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The mail.
    pub data: String,
}

impl Received {
    /// A header of the mail.
    pub fn header(&self, name: &str) -> String {
        let mark = format!("{name}: ");
        let line = self.data.lines().find_map(|line| line.strip_prefix(&mark));
        line.unwrap_or_default().trim_end().to_owned()
    }
}

struct State {
    security: SmtpSecurity,
    login: Option<String>,
    tls: TlsAcceptor,
    manner: Mutex<Manner>,
    received: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
    connections: watch::Sender<usize>,
    released: watch::Sender<bool>,
}

impl SmtpSink {
    /// Takes every mail, in the clear.
    pub async fn start() -> Self {
        Self::with(SmtpSecurity::Plain, None).await
    }

    /// With TLS, and with a name and a password where mails are taken from nobody else.
    pub async fn with(security: SmtpSecurity, login: Option<(&str, &str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let (certificate, tls) = tls();
        let state = Arc::new(State {
            security,
            login: login.map(|(name, password)| plain_auth(name, password)),
            tls,
            manner: Mutex::new(Manner::Takes),
            received: Mutex::default(),
            count: watch::Sender::new(0),
            connections: watch::Sender::new(0),
            released: watch::Sender::new(false),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Self { address, certificate, state, task }
    }

    /// From now on it does this.
    pub fn set(&self, manner: Manner) {
        *self.state.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// Lets go of the mails that it holds.
    pub fn release(&self) {
        self.state.released.send_replace(true);
    }

    /// What was handed over so far.
    pub fn received(&self) -> Vec<Received> {
        self.state.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until so many mails were handed over.
    pub async fn until(&self, count: usize) {
        let mut seen = self.state.count.subscribe();
        let _ = seen.wait_for(|now| *now >= count).await;
    }

    /// How many have connected so far.
    pub fn connections(&self) -> usize {
        *self.state.connections.borrow()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        state.connections.send_modify(|count| *count += 1);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let _ = serve(stream, &state).await;
        });
    }
}

async fn serve(stream: TcpStream, state: &State) -> std::io::Result<()> {
    if state.manner() == Manner::Closes {
        return Ok(());
    }
    if state.security == SmtpSecurity::Tls {
        let stream = state.tls.accept(stream).await?;
        return talk(stream, state, true, true).await.map(drop);
    }
    if let Some(stream) = talk(stream, state, false, true).await? {
        let stream = state.tls.accept(stream).await?;
        talk(stream, state, true, false).await?;
    }
    Ok(())
}

/// One conversation; the stream comes back when the client wants TLS on it.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    state: &State,
    is_secure: bool,
    greets: bool,
) -> std::io::Result<Option<S>> {
    let mut stream = BufStream::new(stream);
    if state.manner() == Manner::Hangs {
        let _ = stream.read_u8().await;
        return Ok(None);
    }
    if greets {
        say(&mut stream, "220 sink.example ESMTP").await?;
    }
    let (mut to, mut is_known) = (Vec::new(), state.login.is_none());
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => say(&mut stream, &state.offers(is_secure)).await?,
            "STARTTLS" if !is_secure => {
                say(&mut stream, "220 go on").await?;
                return Ok(Some(stream.into_inner()));
            }
            "AUTH" => {
                is_known = state.login.as_deref() == line.strip_prefix("AUTH PLAIN ");
                let answer = if is_known { "235 welcome" } else { "535 5.7.8 wrong name or password" };
                say(&mut stream, answer).await?;
            }
            "MAIL" if !is_known || (state.security != SmtpSecurity::Plain && !is_secure) => {
                say(&mut stream, "530 5.7.0 log in first").await?;
            }
            "RCPT" => match state.manner() {
                Manner::Answers(answer) => say(&mut stream, answer).await?,
                _ => {
                    to.push(line.split(['<', '>']).nth(1).unwrap_or_default().to_owned());
                    say(&mut stream, "250 ok").await?;
                }
            },
            "DATA" => {
                say(&mut stream, "354 go on").await?;
                let data = read_data(&mut stream).await?;
                state.note(Received { to: std::mem::take(&mut to), data });
                match state.manner() {
                    Manner::DropsAfterData => return Ok(None),
                    Manner::Holds => {
                        let _ = state.released.subscribe().wait_for(|released| *released).await;
                    }
                    _ => {}
                }
                say(&mut stream, "250 taken").await?;
            }
            "QUIT" => {
                say(&mut stream, "221 bye").await?;
                return Ok(None);
            }
            _ => say(&mut stream, "250 ok").await?,
        }
    }
}

async fn read_data<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> std::io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(data);
        }
        // A dot that begins a line was doubled on the way (RFC 5321 section 4.5.2).
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await?;
    stream.flush().await
}

impl State {
    fn manner(&self) -> Manner {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, mail: Received) {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
        self.count.send_modify(|count| *count += 1);
    }

    fn offers(&self, is_secure: bool) -> String {
        let mut lines = vec!["sink.example", "8BITMIME", "SMTPUTF8"];
        if self.security == SmtpSecurity::Starttls && !is_secure {
            lines.push("STARTTLS");
        }
        if self.login.is_some() && (is_secure || self.security == SmtpSecurity::Plain) {
            lines.push("AUTH PLAIN");
        }
        let last = lines.len() - 1;
        let line = |(n, text): (usize, &&str)| format!("250{}{text}", if n == last { ' ' } else { '-' });
        lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
    }
}

/// What `AUTH PLAIN` sends (RFC 4616).
fn plain_auth(name: &str, password: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = format!("\0{name}\0{password}").into_bytes();
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let sign = ALPHABET[(group >> (18 - 6 * at)) as usize & 63];
            out.push(if at > chunk.len() { '=' } else { char::from(sign) });
        }
    }
    out
}

fn tls() -> (String, TlsAcceptor) {
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("the certificate fits its key");
    (made.cert.pem(), TlsAcceptor::from(Arc::new(config)))
}
