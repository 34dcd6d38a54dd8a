//! A running `jotgate serve` on a free port, and a client for it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;

use super::run::{Place, command};

/// The server; killed at the end of the test if it still runs.
pub(crate) struct Serving {
    child: Child,
    stdout: BufReader<ChildStdout>,
    said: String,
    pub(crate) issuer: String,
}

/// What the server answered.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Serving {
    /// Starts `serve` on a free port with these words and waits until it is ready.
    pub(crate) fn start(place: &Place, words: &str) -> Self {
        Self::start_at(place, &format!("--listen 127.0.0.1:0 {words}"))
    }

    /// The same with the port among the words.
    pub(crate) fn start_at(place: &Place, words: &str) -> Self {
        let mut server = Self::spawn(place, &format!("--json {words}"));
        let line = server.line();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        server.issuer = ready["issuer"].as_str().expect("it says where it is").to_owned();
        server
    }

    /// The same without `--json`.
    pub(crate) fn start_for_people(place: &Place) -> Self {
        let mut server = Self::spawn(place, "--listen 127.0.0.1:0");
        while !server.said.contains("Ctrl-C") {
            server.line();
        }
        let issuer = server.said.lines().find_map(|line| line.strip_prefix("issuer"));
        server.issuer = issuer.expect("it says where it is").trim().to_owned();
        server
    }

    /// What it said on standard output so far.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    fn spawn(place: &Place, words: &str) -> Self {
        let mut child = command(&place.path(""))
            .arg("serve")
            .args(words.split_whitespace())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary is built before its tests");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Self { child, stdout, said: String::new(), issuer: String::new() }
    }

    /// The next line of standard output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it is text");
        if line.is_empty() {
            let mut log = String::new();
            self.child.stderr.take().expect("it is piped").read_to_string(&mut log).expect("it is text");
            panic!("the server did not start: {log}");
        }
        self.said.push_str(&line);
        line
    }

    pub(crate) fn port(&self) -> u16 {
        self.issuer
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .expect("loopback issuers carry a port")
    }

    pub(crate) fn get(&self, path: &str, token: Option<&str>) -> Reply {
        let bearer = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
        self.exchange(&format!("GET {path} HTTP/1.1\r\n{bearer}"), "")
    }

    pub(crate) fn post_form(&self, path: &str, form: &str) -> Reply {
        let kind = "application/x-www-form-urlencoded";
        let length = form.len();
        let head = format!("POST {path} HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n");
        self.exchange(&head, form)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        );
        self.exchange(&head, &body)
    }

    /// The same with an access token.
    pub(crate) fn post_as(&self, path: &str, body: &Value, token: &str) -> Reply {
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n",
            body.len()
        );
        self.exchange(&head, &body)
    }

    /// SIGKILL: no handler runs, no buffer is flushed.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("the server can be killed");
        self.child.wait().expect("the server ends");
    }

    /// Asks it to stop, as a supervisor does; its exit code and its log.
    pub(crate) fn stop(mut self) -> (i32, String) {
        let killed =
            std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(killed.expect("kill is part of every system").success());
        let mut log = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut log).expect("the log is text");
        (self.child.wait().expect("it was started").code().expect("it ends by itself"), log)
    }

    fn exchange(&self, head: &str, body: &str) -> Reply {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port())).expect("the server listens");
        let host = self.issuer.trim_start_matches("http://");
        write!(stream, "{head}Host: {host}\r\nConnection: close\r\n\r\n{body}").expect("the server reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the server answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        // Answers to requests with `Connection: close` have a length, so the body is what follows.
        Reply { status, body: serde_json::from_str(body).unwrap_or(Value::Null) }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have been stopped and waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
