//! `/debugger`: who may use it, what it says, and that it keeps nothing.

use std::fmt::Write as _;

use http::Method;
use jotgate_harness::{Answer, Call, Engine, TestApp};
use jotgate_jose::{Algorithm, SigningKey, jwt, primitive::base64url};
use jotgate_server::{
    flow::operator::{find_user, set_roles},
    store::Database,
};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";
const HERE: &str = "127.0.0.1";

/// The fields as a browser encodes them.
fn encoded(fields: &[(&str, &str)]) -> String {
    let byte = |out: &mut String, byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
        _ => write!(out, "%{byte:02X}").unwrap(),
    };
    let mut out = String::new();
    for (name, value) in fields {
        out += if out.is_empty() { "" } else { "&" };
        out += name;
        out.push('=');
        value.bytes().for_each(|one| byte(&mut out, one));
    }
    out
}

fn form<'a>(app: &'a TestApp, fields: &[(&str, &str)]) -> Call<'a> {
    app.call(Method::POST, "/debugger").body(FORM, encoded(fields)).from(HERE)
}

async fn report(app: &TestApp, fields: &[(&str, &str)]) -> String {
    let answer = form(app, fields).send().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    whole(&answer)
}

/// What a reader sees, tags left out and entities resolved.
fn words(html: &str) -> String {
    let text = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let text =
        text.collect::<Vec<_>>().join(" ").replace("&#34;", "\"").replace("&#39;", "'").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn whole(answer: &Answer) -> String {
    let html = answer.text();
    for forbidden in ["<script", "style=", " onclick", " onload", "javascript:", "<style", "<iframe"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    html
}

fn unsigned(header: &str, payload: &str, signature: &[u8]) -> String {
    let [header, payload] = [header, payload].map(|text| base64url::encode(text.as_bytes()));
    format!("{header}.{payload}.{}", base64url::encode(signature))
}

#[tokio::test]
async fn it_is_there_for_the_person_at_this_machine() {
    let app = TestApp::new(Engine::Sqlite).await;
    for peer in [HERE, "::1", "::ffff:127.0.0.1"] {
        let answer = app.get("/debugger").from(peer).send().await;
        assert_eq!(answer.status, 200, "{peer}");
        let html = whole(&answer);
        assert!(html.contains("<form method=\"post\"") && html.contains("<label for=\"token\">"), "{html}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("referrer-policy"), "strict-origin");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"),
            "{policy}"
        );
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn strangers_are_asked_for_an_administrators_token() {
    let local = TestApp::with(Engine::Sqlite, &[("http.hosts", "auth.internal:8443")]).await;
    let asked = |answer: &Answer, what: &str| {
        assert_eq!((answer.status, answer.reason().as_str()), (401, "token.missing"), "{what}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"jotgate\"", "{what}");
    };
    for method in [Method::GET, Method::POST] {
        let call = || local.call(method.clone(), "/debugger").header("accept", "application/json");
        asked(&call().send().await, "another machine");
        asked(&call().from(HERE).header("host", "auth.internal:8443").send().await, "another name");
        for name in
            ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via", "x-real-ip"]
        {
            asked(&call().from(HERE).header(name, "127.0.0.1").send().await, name);
        }
    }
    let settings = [("issuer", "https://auth.example.com"), ("tokens.audience", "x")];
    let public = TestApp::with(Engine::Sqlite, &settings).await;
    let call = || public.get("/debugger").header("accept", "application/json");
    asked(&call().from(HERE).send().await, "a public issuer, from the machine itself");
    let page = public.get("/debugger").send().await;
    assert_eq!((page.status, page.header("content-type")), (401, "text/html; charset=utf-8"));
}

#[tokio::test]
async fn elsewhere_it_is_for_administrators() {
    let settings = [
        ("issuer", "https://auth.example.com"),
        ("tokens.audience", "https://auth.example.com"),
        ("signup.mode", "open"),
    ];
    let app = TestApp::with(Engine::Sqlite, &settings).await;
    app.sign_up("ada@example.com").await;
    let user = app.sign_up("eve@example.com").await.member("access_token");
    let id = find_user(&app.app, "ada@example.com").await.unwrap().user.id;
    set_roles(&app.app, id, &["admin".into()], Default::default()).await.unwrap();
    let token = app.log_in("ada@example.com").await.member("access_token");
    let get = |token: &str| app.get("/debugger").bearer(token).header("accept", "application/json").send();
    assert_eq!(get(&token).await.status, 200);
    assert_eq!(get(&user).await.reason(), "role.missing");
    assert_eq!(get("not.a.token").await.status, 401);
    let post = app.call(Method::POST, "/debugger").body(FORM, encoded(&[("token", "a.b.c")])).bearer(&token);
    assert_eq!(post.send().await.status, 200);

    let cookies =
        json!({"email": "ada@example.com", "password": jotgate_harness::PASSWORD, "delivery": "cookies"});
    let answer = app.post("/v1/login", &cookies).header("origin", "https://auth.example.com").send().await;
    let jar: Vec<_> = answer.cookies().into_iter().filter(|(name, _)| name.ends_with("access")).collect();
    assert_eq!(jar.len(), 1, "{}", answer.text());
    assert_eq!(app.get("/debugger").cookies(&jar).send().await.status, 200);
    let post = |name: &str, value: &str| {
        let call =
            app.call(Method::POST, "/debugger").body(FORM, encoded(&[("token", "a.b.c")])).cookies(&jar);
        call.header("accept", "application/json").header(name, value).send()
    };
    assert_eq!(post("origin", "https://auth.example.com").await.status, 200);
    assert_eq!(post("sec-fetch-site", "same-origin").await.status, 200);
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("x-nothing", ""),
    ] {
        let answer = post(name, value).await;
        assert_eq!((answer.status, answer.reason().as_str()), (403, "request.origin"), "{name}: {value}");
    }
    let twins = [jar.clone(), jar].concat();
    assert_eq!(app.get("/debugger").cookies(&twins).send().await.status, 401);
}

#[tokio::test]
async fn on_this_machine_foreign_pages_cannot_send_the_form() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = [("token", "a.b.c")];
    let sandboxed = form(&app, &token).header("origin", "null").header("sec-fetch-site", "same-origin");
    assert_eq!(sandboxed.send().await.status, 403, "our own page names its origin");
    assert_eq!(form(&app, &token).header("origin", "http://localhost:8080").send().await.status, 200);
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        assert_eq!(form(&app, &token).header(name, value).send().await.status, 403, "{name}: {value}");
    }
}

#[tokio::test]
async fn its_own_tokens_pass_with_its_own_keys() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = app.sign_up("ada@example.com").await.member("access_token");
    let issuer = "http://localhost:8080";
    let demands = [("iss", issuer), ("aud", issuer), ("typ", "at+jwt"), ("alg", "ES256")];
    let mut fields = vec![("token", token.as_str()), ("own_keys", "yes")];
    fields.extend(demands);
    let html = report(&app, &fields).await;
    let text = words(&html);
    assert!(text.contains("Passed Every check passed") && text.contains("of this server: "), "{text}");
    assert!(html.contains("value=\"at+jwt\"") && html.contains("<option selected>ES256</option>"), "{html}");
    assert!(html.contains("value=\"yes\" checked"), "{html}");
    fields[3] = ("aud", "https://other.example");
    let text = words(&report(&app, &fields).await);
    assert!(
        text.contains("Refused") && text.contains("aud.mismatch") && text.contains("https://other.example"),
        "{text}"
    );
    let text = words(&report(&app, &[("token", &token)]).await);
    assert!(text.contains("Not checked") && text.contains("the signature was not checked"), "{text}");
}

/// The broken samples of tutorials: 26 and 18 bytes where HS256 makes 32, and the signature of another token.
#[tokio::test]
async fn the_broken_samples_of_tutorials_are_seen_through() {
    let app = TestApp::new(Engine::Sqlite).await;
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    let cut = unsigned(header, r#"{"userId":"123","role":"admin"}"#, b"abcdefghijklmnopqrstuvwxyz");
    let text = words(&report(&app, &[("token", &cut)]).await);
    assert!(
        text.contains("Refused") && text.contains("signature.invalid") && text.contains("26 bytes"),
        "{text}"
    );
    let spelled = unsigned(header, r#"{"userId":"123"}"#, b"NoduLogInSignature");
    let text = words(&report(&app, &[("token", &spelled)]).await);
    assert!(text.contains("18 bytes") && text.contains("the algorithm makes 32"), "{text}");
    let famous = base64url::decode("SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c").unwrap();
    let borrowed = unsigned(header, r#"{"email":"user@example.com","role":"admin"}"#, &famous);
    let text = words(&report(&app, &[("token", &borrowed)]).await);
    assert!(text.contains("belongs to another token") && text.contains("John Doe"), "{text}");
    assert!(text.contains("your-256-bit-secret"), "{text}");
}

#[tokio::test]
async fn the_samples_on_the_page_are_explained() {
    let app = TestApp::new(Engine::Sqlite).await;
    let intro = words(&whole(&app.get("/debugger").from(HERE).send().await));
    for (name, expected) in [
        ("expired", "exp.expired"),
        ("expired", "aud.mismatch"),
        ("expired", "matches yes"),
        ("borrowed", "belongs to another token"),
        ("impossible", "18 bytes"),
    ] {
        let path = format!("/debugger?sample={name}");
        let text = words(&whole(&app.get(&path).from(HERE).send().await));
        assert!(text.contains("Refused") && text.contains(expected), "{name}: {text}");
    }
    for path in ["/debugger?sample=nothing", "/debugger?sample=%FF", "/debugger?"] {
        assert_eq!(words(&whole(&app.get(path).from(HERE).send().await)), intro, "{path}");
    }
}

#[tokio::test]
async fn a_secret_in_the_wrong_form_is_recognised() {
    let app = TestApp::new(Engine::Sqlite).await;
    let secret = "a line that is long enough to be a secret\n";
    let key = SigningKey::hmac(Algorithm::Hs256, secret.as_bytes()).unwrap();
    let token = jwt::sign(&json!({"exp": 4_000_000_000_i64}), &key).unwrap();
    // A browser sends the line end as two characters.
    let text = words(&report(&app, &[("token", &token), ("key", &secret.replace('\n', "\r\n"))]).await);
    assert!(text.contains("matches yes"), "{text}");
    let text = words(&report(&app, &[("token", &token), ("key", secret.trim_end())]).await);
    assert!(text.contains("signature.invalid") && text.contains("line end"), "{text}");
}

#[tokio::test]
async fn a_key_that_comes_in_the_token_is_never_used() {
    let app = TestApp::new(Engine::Sqlite).await;
    // Signed by the key in its own header, as PyJWT made it.
    let token = "eyJhbGciOiJFZERTQSIsImp3ayI6eyJjcnYiOiJFZDI1NTE5Iiwia3R5IjoiT0tQIiwieCI6IkE2RUh2X1BPRUw0ZGNOMFk1MHZBbVdm\
                 azFqQ2JwUTFmSGR5R1pCSlZNYmcifX0.eyJzdWIiOiIxIiwiZXhwIjo0MDAwMDAwMDAwfQ.\
                 GFe2jJglkTGZHoaoXtQ_QB-l468_cOtU_mXF_UL6vjpg1-t7xDxdx0TloErzBiyU_tqTzF__gGHzFpumW2G5BA";
    for keys in [None, Some(("own_keys", "yes"))] {
        let fields: Vec<_> = [("token", token)].into_iter().chain(keys).collect();
        let text = words(&report(&app, &fields).await);
        assert!(!text.contains("Every check passed") && !text.contains("matches yes"), "{text}");
    }
}

#[tokio::test]
async fn what_is_pasted_is_escaped_wherever_it_is_shown() {
    let app = TestApp::new(Engine::Sqlite).await;
    let evil = r#"</textarea></code>"'><script>alert(1)</script><img src=x onerror=alert(2)>"#;
    let json = serde_json::to_string(evil).unwrap();
    let header = format!(r#"{{"alg":{json},"kid":{json},"typ":{json},{json}:1}}"#);
    let token =
        unsigned(&header, &format!(r#"{{"iss":{json},{json}:{json},"password":{json}}}"#), evil.as_bytes());
    for token in [evil, &token, &format!("{evil} {token}"), &format!("{evil}.{evil}.{evil}")] {
        let fields =
            [("token", token), ("key", evil), ("iss", evil), ("aud", evil), ("typ", evil), ("alg", evil)];
        let html = report(&app, &fields).await;
        assert!(!html.contains("<img src=x") && !html.contains("</textarea></code>"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 2, "{html}");
    }
}

#[tokio::test]
async fn nothing_of_it_is_kept() {
    let app = TestApp::new(Engine::Sqlite).await;
    let token = unsigned(r#"{"alg":"HS256"}"#, r#"{"sub":"a subject that is nobody's business"}"#, &[7; 32]);
    let key = "a secret key that is nobody's business";
    let fields = [("token", token.as_str()), ("key", key), ("iss", "https://nobody.example/business")];
    let pasted = fields.map(|(_, value)| value);
    pasted.into_iter().for_each(|secret| app.remember(secret));
    let html = report(&app, &fields).await;
    assert!(html.contains(&token), "the answer shows it");
    // Refused requests leave a record, which must hold none of it either.
    let body = encoded(&fields);
    let refused = [
        app.call(Method::POST, "/debugger").body(FORM, body.clone()).send().await,
        form(&app, &fields).header("origin", "https://evil.example").send().await,
        app.call(Method::POST, "/debugger").body("text/plain", body.clone()).from(HERE).send().await,
        app.call(Method::POST, "/debugger").body(FORM, format!("{body}&{body}")).from(HERE).send().await,
        app.call(Method::POST, "/debugger").body(FORM, format!("{body}%00")).from(HERE).send().await,
        app.post("/debugger", &json!({"token": token, "key": key})).from(HERE).send().await,
    ];
    assert_eq!(refused.map(|answer| answer.status), [401, 403, 415, 400, 400, 415]);
    let in_address = app.get(&format!("/debugger?token={token}")).from(HERE).send().await;
    assert!(!in_address.text().contains(&token), "an address is not read");
    let Database::Sqlite(file) = &app.app.config.database else { panic!("the engine of this test") };
    let mut rows = std::fs::read(file).unwrap();
    rows.extend(std::fs::read(file.with_extension("db-wal")).unwrap_or_default());
    assert!(rows.len() > 4096);
    for secret in pasted {
        assert!(!rows.windows(secret.len()).any(|window| window == secret.as_bytes()), "in the database");
    }
    // The log and the record of refusals are searched when the app is dropped.
}

#[tokio::test]
async fn size_is_bounded_and_odd_text_is_a_report_too() {
    let app = TestApp::new(Engine::Sqlite).await;
    let long = form(&app, &[("token", &"e".repeat(70_000))]).send().await;
    assert_eq!((long.status, long.header("content-type")), (413, "text/html; charset=utf-8"));
    let nested = unsigned(r#"{"alg":"ES256"}"#, &"[".repeat(20_000), &[1; 64]);
    for odd in [
        "e".repeat(60_000),
        ".".repeat(20_000),
        "eyJ".repeat(20_000),
        "eyJ.".repeat(9_000),
        nested,
        "\u{202e}\u{1f600}".to_owned(),
        "jgr_AAAA".to_owned(),
        "{}".to_owned(),
    ] {
        let html = report(&app, &[("token", &odd)]).await;
        assert!(html.contains("class=\"verdict"), "{}", &odd[..odd.len().min(20)]);
    }
    assert_eq!(words(&report(&app, &[]).await), words(&report(&app, &[("token", " \n")]).await));
}
