//! Row 84: an issuer that answers with whatever hurts, over real sockets. Before the first good set the guard fails
//! closed; afterwards it keeps what it has; and no answer costs more than its bounds.

use std::{
    io::Write as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use jotgate_guard::{Guard, HttpFetch};
use jotgate_jose::SigningKey;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use serde_json::json;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, pki_types::PrivateKeyDer},
};

use crate::support::*;

/// What the server sends when it is asked for keys.
#[derive(Clone)]
enum Mood {
    /// This status and body.
    Plain(u16, String),
    /// A body compressed beforehand.
    Gzip(Arc<Vec<u8>>),
    /// A redirect to itself.
    Redirect(u16),
    /// A byte now and then, for ever.
    Drip,
    /// Bytes for ever, as fast as they are taken.
    Flood,
    /// Nothing at all.
    Silence,
    /// A length, and an end long before it.
    Cut,
}

/// A server on loopback, and what it was asked and sent.
struct Hostile {
    issuer: String,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
}

impl Hostile {
    async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let hostile = Self {
            issuer: issuer.clone(),
            mood: Arc::new(Mutex::new(mood)),
            asked: Arc::default(),
            sent: Arc::default(),
        };
        let (mood, asked, sent) =
            (Arc::clone(&hostile.mood), Arc::clone(&hostile.asked), Arc::clone(&hostile.sent));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (issuer, mood, asked, sent) =
                    (issuer.clone(), Arc::clone(&mood), Arc::clone(&asked), Arc::clone(&sent));
                tokio::spawn(async move { answer(stream, &issuer, &mood, &asked, &sent).await });
            }
        });
        hostile
    }

    fn feel(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn builder(&self) -> jotgate_guard::GuardBuilder {
        Guard::new(&self.issuer, AUDIENCE).without_feed().clock(Noon).key_cool_down(Duration::ZERO)
    }

    fn token(&self, key: &SigningKey) -> String {
        token(key, |claims| claims["iss"] = self.issuer.clone().into())
    }
}

/// One connection: the head of a request is read, the answer written, the connection closed.
async fn answer(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    issuer: &str,
    mood: &Mutex<Mood>,
    asked: &AtomicUsize,
    sent: &AtomicUsize,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let metadata = Mood::Plain(200, metadata(issuer).to_string());
    let is_keys = head.starts_with(b"GET /.well-known/jwks.json ");
    if is_keys {
        asked.fetch_add(1, SeqCst);
    }
    let mood = if is_keys { mood.lock().unwrap().clone() } else { metadata };
    let start =
        |status: u16, rest: &str| format!("HTTP/1.1 {status} Mood\r\nConnection: close\r\n{rest}\r\n");
    let mut write = async |bytes: &[u8]| {
        sent.fetch_add(bytes.len(), SeqCst);
        stream.write_all(bytes).await.ok()
    };
    match mood {
        Mood::Plain(status, body) => {
            write(start(status, &format!("Content-Length: {}\r\n", body.len())).as_bytes()).await?;
            write(body.as_bytes()).await?;
        }
        Mood::Gzip(body) => {
            write(start(200, "Content-Encoding: gzip\r\n").as_bytes()).await?;
            write(&body).await?;
        }
        Mood::Redirect(status) => {
            write(start(status, "Location: /.well-known/jwks.json\r\n").as_bytes()).await?;
        }
        Mood::Drip => {
            write(start(200, "").as_bytes()).await?;
            loop {
                write(b" ").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Mood::Flood => {
            write(start(200, "").as_bytes()).await?;
            loop {
                write(&[b' '; 16 * 1024]).await?;
            }
        }
        Mood::Silence => std::future::pending().await,
        Mood::Cut => write(start(200, "Content-Length: 9999\r\n\r\n{\"keys\":[").as_bytes()).await?,
    }
    stream.shutdown().await.ok()
}

/// What is no key set, and costs little time to refuse.
fn moods(good: &str) -> Vec<(&'static str, Mood)> {
    let bomb = |inner: &[u8], times: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        (0..times).for_each(|_| encoder.write_all(inner).unwrap());
        Mood::Gzip(Arc::new(encoder.finish().unwrap()))
    };
    let one = serde_json::from_str::<serde_json::Value>(good).unwrap()["keys"][0].clone();
    let many = json!({"keys": vec![json!({"kty": "OKP", "crv": "X"}); 10_000]}).to_string();
    let too_many = json!({"keys": vec![one; 101]}).to_string();
    vec![
        ("10 MB", Mood::Plain(200, format!("{{\"keys\":[{}]}}", " ".repeat(10 << 20)))),
        ("10,000 keys", Mood::Plain(200, many)),
        ("101 keys", Mood::Plain(200, too_many)),
        ("a flood", Mood::Flood),
        ("a gzip bomb", bomb(&[b' '; 1 << 20], 64)),
        ("gzip that is none", Mood::Gzip(Arc::new(b"not gzip".to_vec()))),
        ("a redirect loop", Mood::Redirect(302)),
        ("a permanent redirect", Mood::Redirect(308)),
        ("HTML", Mood::Plain(200, "<html>log in to the Wi-Fi</html>".into())),
        ("500", Mood::Plain(500, good.to_owned())),
        ("404", Mood::Plain(404, good.to_owned())),
        ("nothing", Mood::Plain(200, String::new())),
        ("no keys", Mood::Plain(200, r#"{"keys":[]}"#.into())),
        ("no usable key", Mood::Plain(200, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#.into())),
        ("an array", Mood::Plain(200, "[]".into())),
        ("deep", Mood::Plain(200, format!("{{\"keys\":{}", "[".repeat(100_000)))),
        ("a name twice", Mood::Plain(200, format!("{{\"keys\":[],{}", &good[1..]))),
        ("not UTF-8", Mood::Gzip(Arc::new(vec![0xff; 100]))),
        ("a cut", Mood::Cut),
    ]
}

#[tokio::test]
async fn row_84_the_last_good_set_is_kept() {
    let (key, stranger) = (key("a"), SigningKey::generate(jotgate_jose::Algorithm::Es256).unwrap());
    let good_set = jwks(&[&key]);
    let hostile = Hostile::start(Mood::Plain(200, good_set.clone())).await;
    let guard = hostile.builder().start().unwrap();
    guard.ready().await;
    let app = app(&guard);
    for (name, mood) in moods(&good_set) {
        hostile.feel(mood);
        let asked = hostile.asked.load(SeqCst);
        let unknown = hostile.token(&stranger.clone().with_kid(name.replace(' ', "-")));
        // Whether that key exists cannot be said, so it is not 401.
        assert_eq!(ask(&app, bearer(&unknown)).await.short(), (503, "keys.unreachable"), "{name}");
        assert!(hostile.asked.load(SeqCst) > asked, "{name}: nobody asked, so nothing was shown");
        assert_eq!(ask(&app, bearer(&hostile.token(&key))).await.status, 200, "{name}");
    }
    let (fetches, failures) = guard.metrics().key_fetches();
    assert!(failures >= 19 && fetches > failures, "{fetches} {failures}");
    // And when the issuer is itself again, so is the guard.
    hostile.feel(Mood::Plain(200, jwks(&[&key, &stranger.clone().with_kid("b")])));
    assert_eq!(ask(&app, bearer(&hostile.token(&stranger.with_kid("b")))).await.status, 200);
}

#[tokio::test]
async fn row_84_without_a_good_set_the_guard_fails_closed() {
    let key = key("a");
    for (name, mood) in moods(&jwks(&[&key])) {
        let hostile = Hostile::start(mood).await;
        let guard = hostile.builder().start().unwrap();
        let answer = ask(&app(&guard), bearer(&hostile.token(&key))).await;
        assert_eq!((answer.short(), answer.retry_after), ((503, "keys.unreachable"), Some(2)), "{name}");
        assert!(hostile.asked.load(SeqCst) > 0, "{name}");
    }
}

#[tokio::test]
async fn row_84_no_more_is_read_than_the_bound() {
    let hostile = Hostile::start(Mood::Flood).await;
    let guard = hostile.builder().start().unwrap();
    ask(&app(&guard), bearer(&hostile.token(&key("a")))).await;
    drop(guard);
    // What the sockets between hold counts as sent; on loopback that is a few megabytes at the most.
    assert!(hostile.sent.load(SeqCst) < 16 << 20, "{}", hostile.sent.load(SeqCst));
}

#[tokio::test]
async fn row_84_a_slow_issuer_keeps_nobody_waiting_for_long() {
    let key = key("a");
    for mood in [Mood::Drip, Mood::Silence] {
        let hostile = Hostile::start(mood).await;
        let guard = hostile.builder().start().unwrap();
        let (app, request) = (app(&guard), bearer(&hostile.token(&key)));
        let answer = tokio::time::timeout(Duration::from_secs(10), ask(&app, request)).await;
        assert_eq!(answer.expect("an answer").short(), (503, "keys.unreachable"));
    }
}

/// A certificate authority, and a server under it with what `change` makes of its certificate.
async fn tls(change: impl FnOnce(&mut CertificateParams)) -> (String, String, SigningKey) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    let server_key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&server_key, &authority).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(server_key.serialize_der()).unwrap(),
            )
            .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let key = key("a");
    let (mood, named) = (Mutex::new(Mood::Plain(200, jwks(&[&key]))), issuer.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, &named, &mood, &AtomicUsize::default(), &AtomicUsize::default()).await;
            }
        }
    });
    (issuer, authority.pem(), key)
}

#[tokio::test]
async fn row_84_a_certificate_that_does_not_hold_brings_no_keys() {
    let verdict = async |issuer: &str, fetch: HttpFetch, key: &SigningKey| {
        let guard = Guard::new(issuer, AUDIENCE).without_feed().clock(Noon).fetch(fetch).start().unwrap();
        let token = token(key, |claims| claims["iss"] = issuer.into());
        ask(&app(&guard), bearer(&token)).await.status
    };
    let (issuer, authority, key) = tls(|_| {}).await;
    assert_eq!(
        verdict(&issuer, HttpFetch::trusting(&authority).unwrap(), &key).await,
        200,
        "the twin that holds"
    );
    assert_eq!(verdict(&issuer, HttpFetch::new().unwrap(), &key).await, 503, "nobody knows the authority");
    let (issuer, authority, key) = tls(|params| params.not_after = date_time_ymd(2020, 1, 1)).await;
    assert_eq!(verdict(&issuer, HttpFetch::trusting(&authority).unwrap(), &key).await, 503, "expired");
    let (issuer, authority, key) = tls(|params| params.subject_alt_names.clear()).await;
    assert_eq!(verdict(&issuer, HttpFetch::trusting(&authority).unwrap(), &key).await, 503, "another's name");
}
