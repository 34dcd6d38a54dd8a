//! The route that is probed: one request, one connection, nothing followed and little read.

mod tls;

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper::{HeaderMap, Method, Request, Uri, header};
use hyper_util::rt::TokioIo;
use jotgate_testkit::Sent;
use jotgate_testkit::catalogue::Framework;
use jotgate_token::reason;
use serde_json::Value;
use tokio::net::TcpStream;

use self::tls::Tls;
use crate::args::probe::Probe;
use crate::failure::Failure;

pub(super) struct Target {
    pub(super) uri: Uri,
    tls: Option<Tls>,
    pub(super) method: Method,
    headers: Vec<(String, String)>,
    accepted: Vec<u16>,
    timeout: Duration,
}

/// What came back, as far as it matters.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// The reason of the catalogue that it names.
    pub(super) reason: Option<&'static str>,
    /// What it looks like.
    pub(super) framework: Option<Framework>,
}

impl Target {
    pub(super) fn new(args: &Probe) -> Result<Self, Failure> {
        let uri: Uri = args.url.parse().map_err(|_| no_address(&args.url))?;
        let host = uri.host().ok_or_else(|| no_address(&args.url))?;
        let tls = match uri.scheme_str() {
            Some("http") => None,
            Some("https") => Some(Tls::new(args.ca.as_deref())?),
            _ => return Err(no_address(&args.url)),
        };
        if !args.target_is_mine && !is_loopback(host) {
            return Err(Failure::usage(format!(
                "{host} is not this machine, and what is sent there are attacks"
            ))
            .mend("add --target-is-mine if it is yours"));
        }
        let method = args.method.to_ascii_uppercase().parse();
        Ok(Self {
            uri,
            tls,
            method: method.map_err(|_| Failure::usage("--method takes the name of a method, such as GET"))?,
            headers: args.headers.clone(),
            accepted: args.accepted.clone(),
            timeout: args.bounds.timeout,
        })
    }

    /// Whether this status lets somebody in.
    pub(super) fn accepts(&self, status: u16) -> bool {
        if self.accepted.is_empty() { (200..300).contains(&status) } else { self.accepted.contains(&status) }
    }

    /// Sends it; the error says in a few words why no answer came.
    pub(super) async fn send(&self, sent: &Sent) -> Result<Reply, &'static str> {
        match tokio::time::timeout(self.timeout, self.exchange(sent)).await {
            Ok(answered) => answered,
            Err(_) => Err("no answer in time"),
        }
    }

    async fn exchange(&self, sent: &Sent) -> Result<Reply, &'static str> {
        let host = self.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let usual = if self.tls.is_some() { 443 } else { 80 };
        let port = self.uri.port_u16().unwrap_or(usual);
        let stream = TcpStream::connect((host, port)).await.map_err(|_| GONE)?;
        match &self.tls {
            None => self.talk(TokioIo::new(stream), sent).await,
            Some(tls) => self.talk(TokioIo::new(tls.connect(host, stream).await?), sent).await,
        }
    }

    async fn talk<S>(&self, stream: S, sent: &Sent) -> Result<Reply, &'static str>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(stream).await.map_err(|_| "no HTTP there")?;
        let driven = tokio::spawn(connection);
        let request = self.request(sent).ok_or("the request cannot be written")?;
        let answer = sender.send_request(request).await.map_err(|_| "the connection broke off")?;
        let (head, body) = answer.into_parts();
        // A longer body says nothing more; an unreadable one neither.
        let body = Limited::new(body, MOST_BODY)
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        driven.abort();
        Ok(Reply {
            status: head.status.as_u16(),
            reason: named_reason(&body),
            framework: looks_like(&head.headers),
        })
    }

    fn request(&self, sent: &Sent) -> Option<Request<Empty<Bytes>>> {
        let mut path = self.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        for (name, value) in sent.query() {
            path.push(if path.contains('?') { '&' } else { '?' });
            path.push_str(&format!("{name}={value}"));
        }
        let mut request = Request::builder()
            .method(&self.method)
            .uri(path)
            .header(header::HOST, self.uri.authority()?.as_str())
            .header(header::USER_AGENT, concat!("jotgate-probe/", env!("CARGO_PKG_VERSION")))
            .header(header::ACCEPT, "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        for (name, value) in sent.headers() {
            request = request.header(*name, value);
        }
        request.body(Empty::new()).ok()
    }
}

/// A code of our catalogue and nothing else, because a foreign answer could hold anything, a token too.
fn named_reason(body: &[u8]) -> Option<&'static str> {
    let body: Value = serde_json::from_slice(body).ok()?;
    reason::by_code(body.get("reason")?.as_str()?).map(|reason| reason.code)
}

fn looks_like(headers: &HeaderMap) -> Option<Framework> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text("x-powered-by") == "Express" {
        return Some(Framework::Express);
    }
    if text("server") == "uvicorn" {
        return Some(Framework::FastApi);
    }
    // Spring Security names this page in its challenges.
    let spring = text("www-authenticate").contains("tools.ietf.org/html/rfc6750#section-3.1");
    spring.then_some(Framework::Spring)
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn no_address(given: &str) -> Failure {
    Failure::usage(format!("{given:?} is no address"))
        .mend("write it whole, such as http://localhost:3000/profile")
}

/// Why no answer came, where nobody listens.
pub(super) const GONE: &str = "no connection";
const MOST_BODY: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_several_names() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "0.0.0.0", "example.com", "127.0.0.1.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn only_a_reason_of_the_catalogue_is_repeated() {
        assert_eq!(named_reason(br#"{"reason":"aud.mismatch"}"#), Some("aud.mismatch"));
        for body in [&br#"{"reason":"eyJhbGciOiJub25lIn0.e30."}"#[..], b"{}", b"", b"[1]", br#"{"reason":7}"#]
        {
            assert_eq!(named_reason(body), None);
        }
    }

    #[test]
    fn frameworks_are_known_by_their_headers() {
        let of = |name: &'static str, value: &'static str| {
            looks_like(&HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())]))
        };
        assert_eq!(of("x-powered-by", "Express"), Some(Framework::Express));
        assert_eq!(of("server", "uvicorn"), Some(Framework::FastApi));
        assert_eq!(of("server", "nginx"), None);
    }
}
