//! The browser of the demo: one request, one connection, JSON both ways.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::server::Server;
use crate::failure::Failure;

/// A request in the making.
pub(super) struct Call<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) body: Option<Value>,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl<'a> Call<'a> {
    pub(super) fn get(path: &'a str) -> Self {
        Self { method: "GET", path, token: None, body: None }
    }

    pub(super) fn post(path: &'a str, body: Value) -> Self {
        Self { method: "POST", path, token: None, body: Some(body) }
    }

    pub(super) fn with_token(mut self, token: &'a str) -> Self {
        self.token = Some(token);
        self
    }

    pub(super) async fn send(&self, server: &Server) -> Result<Answer, Failure> {
        self.exchange(server)
            .await
            .map_err(|error| Failure::environment(format!("the demo's server is silent: {error}")))
    }

    async fn exchange(&self, server: &Server) -> Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
        let host = server.issuer().trim_start_matches("http://").to_owned();
        let port = host.rsplit(':').next().unwrap_or_default().parse()?;
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(self.path).header(header::HOST, host);
        if let Some(token) = self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = match &self.body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(body.to_string())
            }
            None => Bytes::new(),
        };
        let answer = sender.send_request(request.body(Full::new(body))?).await?;
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await?.to_bytes();
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes)? };
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// A text member of the body.
    pub(super) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}
