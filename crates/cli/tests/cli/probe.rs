//! `jotgate probe` against routes that check well, badly and not at all.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use jotgate_jose::primitive::base64url;
use serde_json::{Value, json};

use super::run::Place;
use super::serving::Serving;

/// A server that answers each request by what this function says of its `Authorization` headers.
struct Api(u16);

impl Api {
    fn start(judge: impl Fn(&[String]) -> u16 + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A probe that has what it wants goes away in the middle of an answer.
                let _ = stream.and_then(|stream| answer(stream, &judge));
            }
        });
        Self(port)
    }

    fn url(&self) -> String {
        format!("http://localhost:{}/profile", self.0)
    }
}

fn answer(mut stream: impl Read + Write, judge: &impl Fn(&[String]) -> u16) -> std::io::Result<()> {
    let mut lines = BufReader::new(&mut stream).lines();
    let mut sent = Vec::new();
    for line in lines.by_ref() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("authorization: ") {
            sent.push(value.to_owned());
        }
    }
    let status = judge(&sent);
    write!(
        stream,
        "HTTP/1.1 {status} .\r\nContent-Length: 0\r\nConnection: close\r\nX-Powered-By: Express\r\n\r\n"
    )
}

/// Takes every token with three parts that parse, as long as there is a signature: a check that decodes.
fn decodes_only(sent: &[String]) -> u16 {
    let token = sent.first().and_then(|header| header.split(' ').nth(1)).unwrap_or_default();
    let parts: Vec<_> = token.split('.').collect();
    let reads = |part: &str| {
        base64url::decode(part)
            .is_ok_and(|bytes| serde_json::from_slice::<Value>(&bytes).is_ok_and(|json| json.is_object()))
    };
    let is_good = matches!(parts.as_slice(), [header, payload, signature] if reads(header) && reads(payload) && !signature.is_empty());
    if is_good { 200 } else { 401 }
}

fn outcome<'a>(report: &'a Value, id: &str) -> &'a Value {
    let cases = report["cases"].as_array().expect("a list of cases");
    cases.iter().find(|case| case["id"] == id).unwrap_or_else(|| panic!("{id} is not there"))
}

#[test]
fn our_own_route_accepts_no_wrong_token_and_nothing_is_left_behind() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let answer = place.run(&format!("probe {}/v1/me --json --junit probe.xml", server.issuer));
    assert_eq!(answer.code, 0, "{} {}", answer.stdout, answer.stderr);
    let report = answer.json();
    assert_eq!(report["score"]["accepted"], 0, "{}", answer.stdout);
    assert!(report["score"]["tried"].as_u64().unwrap() >= 70, "{}", report["score"]);
    assert_eq!(report["score"]["inconclusive"], 0, "{}", answer.stdout);
    for id in ["state.logged_out", "state.role_removed", "state.disabled", "state.deleted"] {
        assert!(outcome(&report, id)["delay_ms"].is_u64(), "{id}");
    }
    assert_eq!(outcome(&report, "aud.other")["reason"], "aud.mismatch");
    assert_eq!(report["mends"], json!([]));
    let users = place.run("user list --json").json();
    assert_eq!(users["users"], json!([]), "the throw-away user is gone");
    let xml = place.read("probe.xml");
    assert!(
        xml.contains("failures=\"0\"") && xml.contains("<testcase classname=\"probe.aud\" name=\"other:"),
        "{xml}"
    );
    assert_eq!(server.stop().0, 0);
}

#[test]
fn a_route_that_only_decodes_is_found_out() {
    let api = Api::start(decodes_only);
    let place = Place::new();
    place.write("secret", "3f1c0de5b2a9863e4d7f60c1928ab35e");
    let call = format!("probe {} --secret secret --claim userId=17 --claim role=user", api.url());
    let answer = place.run(&call);
    assert_eq!((answer.code, answer.stderr.as_str()), (1, ""), "{}", answer.stdout);
    assert!(answer.stdout.contains("ACCEPTED 200  a token whose payload was changed"), "{}", answer.stdout);
    assert!(answer.stdout.contains("jwt.decode checks nothing"), "the mend for Express: {}", answer.stdout);
    assert!(!answer.stdout.contains("PyJWT") && !answer.stdout.contains("validation."), "{}", answer.stdout);
    assert!(!answer.stdout.contains("eyJ"), "no token is printed: {}", answer.stdout);

    let report = place.run(&format!("{call} --json")).json();
    for (id, wanted) in [
        ("payload.tampered", "accepted"),
        ("aud.other", "accepted"),
        ("none.plain", "refused"),
        ("payload.list", "refused"),
        ("confusion.pem", "skipped"),
        ("state.logged_out", "skipped"),
    ] {
        assert_eq!(outcome(&report, id)["outcome"], wanted, "{id}");
    }
    let faults = report["cases"].as_array().unwrap().iter().filter(|case| case["fault"] == true).count();
    assert_eq!(report["score"]["accepted"], faults);
}

#[test]
fn a_route_that_tells_nothing_is_not_judged() {
    let place = Place::new();
    place.write("secret", "3f1c0de5b2a9863e4d7f60c1928ab35e");
    let probe = |api: &Api| place.run(&format!("probe {} --secret secret", api.url()));
    let open = Api::start(|_| 200);
    assert!(probe(&open).refused(3).contains("without any token"));
    let shut = Api::start(|_| 401);
    assert!(probe(&shut).refused(3).contains("answers 401 to a good token"));
    // A limit of requests looks like a careful API.
    let count = std::sync::atomic::AtomicUsize::new(0);
    let tired = Api::start(move |sent| {
        let late = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 10;
        if sent.is_empty() || late { 403 } else { 200 }
    });
    assert!(probe(&tired).refused(3).contains("a good token was let in at first"));
    let nobody = place.run("probe http://localhost:1/ --secret secret");
    assert!(nobody.refused(3).contains("no connection"));
    assert!(place.run("probe http://localhost:1/").refused(3).contains("there is no Jotgate in"));
    assert!(!place.path("jotgate-data").exists(), "a probe makes no database");
}

#[test]
fn a_crash_is_told_from_a_refusal() {
    let api = Api::start(|sent| match decodes_only(sent) {
        200 => 200,
        _ if sent.is_empty() => 401,
        _ => 500,
    });
    let place = Place::new();
    place.write("secret", "3f1c0de5b2a9863e4d7f60c1928ab35e");
    let report = place.run(&format!("probe {} --secret secret --only none.plain --json", api.url())).json();
    assert_eq!(outcome(&report, "none.plain")["outcome"], "crashed");
    assert_eq!((&report["score"]["accepted"], &report["score"]["crashed"]), (&json!(0), &json!(1)));
}

/// The API asks the address that a token names, though it refuses the token.
#[test]
fn an_api_that_asks_the_forger_is_noticed() {
    let api = Api::start(|sent| {
        let header = sent
            .first()
            .and_then(|sent| sent.strip_prefix("Bearer ey")?.split('.').next().map(str::to_owned));
        let header =
            header.and_then(|header| base64url::decode(&format!("ey{header}")).ok()).unwrap_or_default();
        let header: Value = serde_json::from_slice(&header).unwrap_or_default();
        let Some(url) = header["jku"].as_str() else { return decodes_only(sent) };
        let host = url.trim_start_matches("http://").split('/').next().unwrap();
        let mut stream = TcpStream::connect(host).expect("the listener is on this machine");
        write!(stream, "GET /keys.json HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut keys = String::new();
        stream.read_to_string(&mut keys).unwrap();
        assert!(keys.contains("{\"keys\":["), "{keys}");
        401
    });
    let place = Place::new();
    place.write("secret", "3f1c0de5b2a9863e4d7f60c1928ab35e");
    let answer = place.run(&format!("probe {} --secret secret --only header.jku --json", api.url()));
    assert_eq!((answer.code, &outcome(&answer.json(), "header.jku")["outcome"]), (1, &json!("fetched")));
}

#[test]
fn what_may_not_be_probed_is_refused_before_anything_is_sent() {
    let place = Place::new();
    place.write("secret", "3f1c0de5b2a9863e4d7f60c1928ab35e");
    for (words, says) in [
        ("http://api.example/me --secret secret", "--target-is-mine"),
        ("http://192.0.2.1/me --secret secret", "--target-is-mine"),
        ("profile --secret secret", "such as http://localhost:3000/profile"),
        ("ftp://localhost/me --secret secret", "such as http://localhost:3000/profile"),
        ("http://localhost:1/me --secret secret --only aud.otter", "aud.other"),
        ("http://localhost:1/me --claim a=1", "--secret FILE or --key FILE"),
        ("http://localhost:1/me --secret secret --alg ES256", "--key"),
    ] {
        assert!(place.run(&format!("probe {words}")).refused(2).contains(says), "{words}");
    }
}

/// A route behind TLS, with a certificate of an authority of its own.
#[test]
fn https_is_spoken_and_the_certificate_is_checked() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a pair");
    let config = std::sync::Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let session = rustls::ServerConnection::new(config.clone()).expect("a sound configuration");
            // Who does not trust the certificate goes away during the handshake.
            let _ = answer(rustls::StreamOwned::new(session, stream), &decodes_only);
        }
    });
    let place = Place::new();
    place.write("secret", "3f1c0de5b2a9863e4d7f60c1928ab35e");
    place.write("ca.pem", made.cert.pem());
    let call = format!("probe https://localhost:{port}/ --secret secret --only none.plain");
    assert_eq!(place.run(&format!("{call} --ca ca.pem")).code, 0);
    assert!(place.run(&call).refused(3).contains("--ca"), "nobody vouches for the certificate");
    assert!(place.run(&format!("{call} --ca secret")).refused(3).contains("no certificate in it"));
}

/// Also in the middle of it: the user that was made for it goes.
#[test]
#[cfg(unix)]
fn a_probe_that_is_stopped_cleans_up() {
    let place = Place::new();
    let server = Serving::start(&place, "");
    let (told, heard) = std::sync::mpsc::channel();
    let api = Api::start(move |sent| {
        if sent.is_empty() {
            return 401;
        }
        // From the second token on it thinks for longer than this test waits.
        let _ = told.send(());
        std::thread::sleep(std::time::Duration::from_secs(60));
        200
    });
    let mut child = super::run::command(&place.path(""))
        .args(["probe", &api.url(), "--timeout", "60s"])
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("the binary is built before its tests");
    heard.recv().expect("the probe sends a good token");
    assert_eq!(place.run("user list --json").json()["users"].as_array().map(Vec::len), Some(1));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill is part of every system").success());
    assert_eq!(child.wait().expect("it was started").code(), Some(3));
    assert_eq!(place.run("user list --json").json()["users"], json!([]));
    assert_eq!(server.stop().0, 0);
}
