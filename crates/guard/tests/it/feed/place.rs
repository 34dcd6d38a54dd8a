//! A real server behind a socket and a proxy, and guards that follow it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Uri, header};
use jotgate_guard::{Answering, Fetch, Guard, GuardBuilder, HttpFetch, feed::Monotonic};
use jotgate_harness::{Engine, FaultProxy, Listening, PASSWORD, TestApp};
use jotgate_jose::{Algorithm, SigningKey};
use jotgate_server::{
    flow::clients::{AddClient, add_client},
    job::{self, Jobs},
};
use jotgate_token::Clock;
use serde_json::json;
use tokio::net::TcpListener;

/// A server at an address of its own, with a proxy in front.
pub(crate) struct Place {
    pub(crate) app: TestApp,
    pub(crate) issuer: String,
    server: Option<(Listening, Jobs)>,
    /// Those that ran before; their state is kept to the end.
    ended: Vec<TestApp>,
    pub(crate) address: SocketAddr,
    pub(crate) proxy: FaultProxy,
    pub(crate) passing: Passing,
}

impl Place {
    pub(crate) async fn new() -> Self {
        Self::with(Engine::Sqlite, &[]).await
    }

    pub(crate) async fn with(engine: Engine, settings: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("bound");
        let issuer = format!("http://{address}");
        let settings = [&[("issuer", issuer.as_str())], settings].concat();
        let app = TestApp::with(engine, &settings).await;
        let server = Some((Listening::on(listener, &app), job::start(&app.app)));
        let proxy = FaultProxy::start(address).await;
        Self { app, issuer, server, ended: Vec::new(), address, proxy, passing: Passing::default() }
    }

    /// A guard that comes through the proxy, by the server's clock and one that passes when the test says so.
    pub(crate) fn guard(&self) -> GuardBuilder {
        self.guard_by(self.via(self.proxy.address))
    }

    pub(crate) fn guard_by(&self, fetch: impl Fetch + 'static) -> GuardBuilder {
        let builder = Guard::new(&self.issuer, &self.issuer).fetch(fetch).monotonic(self.passing.clone());
        builder.clock(self.app.clock.clone())
    }

    pub(crate) fn via(&self, to: SocketAddr) -> Via {
        Via { inner: HttpFetch::new().expect("certificates"), to, asked: Arc::default() }
    }

    /// Time passes for server and guards alike.
    pub(crate) fn pass(&self, seconds: u64) {
        self.app.clock.advance(Duration::from_secs(seconds));
        self.passing.0.fetch_add(seconds * 1000, SeqCst);
    }

    pub(crate) async fn member(&self, email: &str) -> Member {
        self.app.sign_up(email).await;
        self.again(email).await
    }

    /// Another session of somebody who is signed up.
    pub(crate) async fn again(&self, email: &str) -> Member {
        let answer = self.app.log_in(email).await.json();
        let text = |name: &str| answer[name].as_str().expect(name).to_owned();
        Member { access: text("access_token"), refresh: text("refresh_token") }
    }

    /// Registers a client that may read the feed, and shows itself by this key.
    pub(crate) async fn client(&self, id: &str) -> SigningKey {
        let key = SigningKey::generate(Algorithm::Es256).unwrap().with_kid("1");
        let client = AddClient {
            id: id.to_owned(),
            scopes: vec!["revocations".into()],
            audiences: vec![self.issuer.clone()],
            jwks: Some(key.public_jwk().unwrap().to_json().unwrap()),
        };
        add_client(&self.app.app, client, Default::default()).await.unwrap();
        key
    }

    pub(crate) async fn log_out(&self, member: &Member) {
        let answer = self.app.post("/v1/logout", &json!({"refresh_token": member.refresh})).send().await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    pub(crate) async fn change_password(&self, member: &Member) {
        let body = json!({"current": PASSWORD, "new": "another nine copper bells ring"});
        let answer = self.app.post("/v1/password", &body).bearer(&member.access).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The verdict of a guard: `good`, or the reason it gives.
    pub(crate) fn said(&self, guard: &Guard, member: &Member) -> &'static str {
        match guard.check(&member.access, self.app.clock.now()) {
            Ok(_) => "good",
            Err(refused) => refused.code(),
        }
    }

    /// Waits until the guard says so; whatever it says before must be one of `meanwhile`.
    pub(crate) async fn until(&self, guard: &Guard, member: &Member, expected: &str, meanwhile: &[&str]) {
        eventually(expected, || {
            let said = self.said(guard, member);
            assert!(said == expected || meanwhile.contains(&said), "{said} before {expected}");
            said == expected
        })
        .await;
    }

    /// The server ends, with all its connections.
    pub(crate) async fn kill(&mut self) {
        self.proxy.close(true);
        if let Some((server, jobs)) = self.server.take() {
            drop(jobs);
            server.stopped().await;
        }
    }

    /// Another takes its place, on the same database and at the same address.
    pub(crate) async fn revive(&mut self) {
        let app = self.app.beside().await;
        self.ended.push(std::mem::replace(&mut self.app, app));
        let listener = TcpListener::bind(self.address).await.expect("its port is free again");
        self.server = Some((Listening::on(listener, &self.app), job::start(&self.app.app)));
        self.proxy.close(false);
    }
}

/// A session.
pub(crate) struct Member {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

/// A guard that has loaded everything.
pub(crate) async fn started(builder: GuardBuilder) -> Guard {
    let guard = builder.start().expect("a guard starts");
    let ready = tokio::time::timeout(PATIENCE, guard.ready()).await;
    ready.expect("keys and feed come");
    guard
}

/// Looks again and again until it is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// A number out of the guard's metrics.
pub(crate) fn counted(guard: &Guard, series: &str) -> u64 {
    let text = guard.metrics().prometheus();
    let of_series = |line: &&str| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(['{', ' ']));
    let mut values =
        text.lines().filter(of_series).filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok());
    values.next().unwrap_or_else(|| panic!("{series} is not in:\n{text}"))
}

/// A monotonic clock that passes when a test says so.
#[derive(Clone, Default)]
pub(crate) struct Passing(Arc<AtomicU64>);

impl Monotonic for Passing {
    fn now(&self) -> Duration {
        // Not from zero, because a machine's does not begin with the guard.
        Duration::from_millis(1_000_000 + self.0.load(SeqCst))
    }
}

/// Sends what is for the issuer to another address, with the issuer's Host.
#[derive(Clone)]
pub(crate) struct Via {
    inner: HttpFetch,
    to: SocketAddr,
    /// Requests so far.
    pub(crate) asked: Arc<AtomicUsize>,
}

impl Fetch for Via {
    fn fetch(&self, mut request: Request<Bytes>) -> Answering<'_> {
        self.asked.fetch_add(1, SeqCst);
        let host = request.uri().authority().expect("an address has a host").as_str().to_owned();
        let path = request.uri().path_and_query().expect("an address has a path").as_str();
        let uri = format!("http://{}{path}", self.to).parse::<Uri>().expect("an address");
        *request.uri_mut() = uri;
        request.headers_mut().insert(header::HOST, host.parse().expect("a host"));
        self.inner.fetch(request)
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
