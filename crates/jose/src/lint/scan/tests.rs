//! What is found in text, and what is passed by.

use super::*;

fn found(text: &str) -> Vec<(Kind, String)> {
    let mut hits = Vec::new();
    each(text.as_bytes(), |hit| hits.push((hit.kind, hit.what.into_owned())));
    hits
}

fn kinds(text: &str) -> Vec<Kind> {
    found(text).into_iter().map(|(kind, _)| kind).collect()
}

/// Put together here, so that no scanner takes this file for a leak.
fn key(prefix: &str, body: &str) -> String {
    format!("const k = \"{prefix}{body}\";")
}

const BODY: &str = "a8Kd93Jf02LsQmZx71VbTy65RuWpEo4HgNc9iB2kX0sD8fG7hJ6lP5qM3nB1vC4zYt9";

#[test]
fn keys_of_services_have_prefix_and_length() {
    for (prefix, length) in
        [("ghp_", 36), ("sk_live_", 24), ("glpat-", 20), ("xoxb-", 40), ("npm_", 36), ("hf_", 34)]
    {
        assert_eq!(kinds(&key(prefix, &BODY[..length])), [Kind::ApiKey], "{prefix}");
        assert_eq!(kinds(&key(prefix, &BODY[..10])), [], "{prefix} is too short");
        assert_eq!(kinds(&key(prefix, &"x".repeat(length))), [], "{prefix} is a placeholder");
        assert_eq!(kinds(&key(&format!("abc{prefix}"), &BODY[..length])), [], "{prefix} inside a word");
    }
    assert_eq!(kinds(&key("AKIA", "IOSFODNN7EXAMPLE")), []);
    assert_eq!(kinds(&key("AKIA", "IOSFODNN7EX4MPL2")), [Kind::ApiKey]);
}

#[test]
fn what_is_found_is_not_repeated() {
    let texts = [
        key("ghp_", &BODY[..36]),
        format!("JWT_SECRET = \"{}\"", &BODY[..32]),
        format!("jwt.sign(claims, \"{}\")", &BODY[..32]),
        format!("postgres://ada:{}@db.internal/app", &BODY[..20]),
        format!("{{kty:\"oct\",k:\"{}\"}}", &BODY[..43]),
        format!("-----BEGIN EC PRIVATE KEY-----\\n{BODY}\\n-----END"),
    ];
    for text in texts {
        let found = found(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert!(!found[0].1.contains(&BODY[..8]), "{}", found[0].1);
    }
}

#[test]
fn a_private_key_needs_a_body() {
    let body = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg";
    for text in [
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----"),
        format!("\"-----BEGIN PRIVATE KEY-----\\n{body}\\n\""),
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\r\n{body}\r\n"),
        format!("'-----BEGIN RSA PRIVATE KEY-----\\n' +\n  '{body}'"),
        "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JR0hBZ0VBTUJNR0J5cUdTTTQ5QWdFR0NDcUdTTTQ5QXdFSEJHMHdhd0lCQVFRZw==".into(),
    ] {
        assert_eq!(kinds(&text), [Kind::PrivateKey], "{text}");
    }
    for text in [
        "`-----BEGIN PRIVATE KEY-----\\n${body}\\n`",
        "if(t.startsWith(\"-----BEGIN PRIVATE KEY-----\"))throw new TypeError('\"pkcs8\" must be PKCS#8 formatted string')",
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs",
        "-----BEGIN CERTIFICATE-----\nMIIBtjCCAVugAwIBAgITBmyf1XSXNmY/Owua2eiedgPySjAKBggqhkjOPQQDAjA5",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn a_web_key_counts_with_its_secret_part() {
    let secret = "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE";
    for text in [
        format!(
            "{{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"d\":\"{secret}\"}}"
        ),
        format!("{{d:\"{secret}\",kty:\"OKP\",crv:\"Ed25519\"}}"),
        format!("JSON.parse('{{\\\"kty\\\":\\\"oct\\\",\\\"k\\\":\\\"{secret}\\\"}}')"),
        format!("{{\"keys\":[{{\"kty\": \"oct\", \"alg\": \"HS256\", \"k\": \"{secret}\"}}]}}"),
    ] {
        assert_eq!(kinds(&text), [Kind::JwkSecret], "{text}");
    }
    for text in [
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
        "switch(e.kty){case\"oct\":return{d:1};case\"RSA\":if(\"oth\"in e&&void 0!==e.oth)throw new Error}",
        "{kty:\"RSA\",d:t.d,n:t.n}",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn a_service_account_is_told_once() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
    let file = format!(
        "{{\n  \"type\": \"service_account\",\n  \"project_id\": \"p\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n\"\n}}"
    );
    assert_eq!(kinds(&file), [Kind::ServiceAccount]);
    assert_eq!(kinds("if (json.type === \"service_account\") { use(json.private_key) }"), []);
}

#[test]
fn addresses_with_passwords() {
    for text in [
        "mongodb+srv://app:9fK2mQ7x@cluster0.abcde.mongodb.net/db",
        "\"redis://:s3cr3tPw1@cache.internal:6379\"",
        "https://ada:hunter2x@git.corp.net",
    ] {
        assert_eq!(kinds(text), [Kind::Connection], "{text}");
    }
    for text in [
        "https://user:pass@example.com/",
        "http://user:password@proxy:8080",
        "postgres://postgres:postgres@localhost/db",
        "https://id.example/a:b@c",
        "postgres://${user}:${pw}@host",
        "mongodb://<user>:<password>@host",
        "xhttp://a:b1c2d3e4@h.net",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn named_secrets_and_labels() {
    let value = &BODY[..32];
    for text in [
        format!("const JWT_SECRET='{value}'"),
        format!("{{jwtSecret:\"{value}\"}}"),
        format!("\"JWT_SECRET\": \"{value}\","),
        format!("process.env.JWT_SECRET||\"x\";var REACT_APP_JWT_SECRET=`{value}`"),
        format!("PORT=1\nJWT_SECRET={value}\n"),
        format!("export NEXT_PUBLIC_JWT_SECRET={value}"),
        format!("config[\"refreshTokenSecret\"] = \"{value}\""),
        format!("secret:\"{value}\""),
        "jwtSecret: \"your-256-bit-secret\"".into(),
        format!("const ACCESS_SECRET = \\\"{value}\\\";"),
        "const ACCESS_TOKEN_SECRET = 'supersecretkey1'".into(),
    ] {
        assert_eq!(kinds(&text), [Kind::NamedSecret], "{text}");
    }
    for text in [
        "JWT_SECRET: process.env.JWT_SECRET",
        "{clientSecret:\"client_secret\",clientId:\"client_id\"}",
        "label:{secretKey:\"Secret key\",jwtSecret:\"JWT secret is required\"}",
        "e.secret===\"aaaaaaaaaaaaaaaaaaaaaa1\"",
        "const secret = secretFromVault;",
        "__SECRET_INTERNALS_DO_NOT_USE_OR_YOU_WILL_BE_FIRED=\"a8Kd93Jf02LsQmZx71\"",
        "secret:\"password\"",
        "clientSecret: `${prefix}-8Kd93Jf02LsQ`",
        "jwtSecret=getSecret(),other=\"a8Kd93Jf02LsQmZx71\"",
        "apiSecret: \"https://docs.example.com/1-secrets\"",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn signing_and_verifying_with_a_literal() {
    for text in [
        "jwt.sign({sub:1},\"hunter2\")",
        "jwt.sign({ id: user.id, roles: [\"a\", 'b)'] }, 'hunter2', { expiresIn: '1h' })",
        "n.sign(e,\"hunter2\",{expiresIn:\"1h\"})",
        "(0,n.sign)(e,\"hunter2\",{algorithm:\"HS256\"})",
        "new SignJWT({}).setProtectedHeader({alg:'HS256'}).sign(new TextEncoder().encode('hunter2'))",
    ] {
        assert_eq!(kinds(text), [Kind::Sign], "{text}");
    }
    for text in [
        "var Wd=\"hunter2hunter2\";function f(e){return e.sign({id:1},Wd,{expiresIn:\"1h\"})}",
        "const enc=new TextEncoder().encode('hunter2');new SignJWT({}).sign(enc)",
        "jwt.sign(\\n  { id: 1 },\\n  \\\"hunter2\\\",\\n  { expiresIn: \\\"1h\\\" }\\n)",
    ] {
        assert_eq!(kinds(text), [Kind::Sign], "{text}");
    }
    for text in [
        "jwt.verify(token, \"hunter2\")",
        "var Jd=`hunter2hunter2`;x.default.verify(e,Jd)",
        "n.verify(t,'hunter2',{algorithms:['HS256']},f)",
        "await jwtVerify(token, new TextEncoder().encode(\"hunter2\"))",
    ] {
        assert_eq!(kinds(text), [Kind::Verify], "{text}");
    }
    for text in [
        "jwt.sign(claims, process.env.JWT_SECRET)",
        "jwt.sign(claims, secret, {expiresIn:'1h'})",
        "crypto.subtle.sign(\"HMAC\", key, data)",
        "let t=\"hunter2hunter2\";const f=(e,t)=>n.sign(e,t,{expiresIn:\"1h\"})",
        "const key = load('hunter2hunter2'); jwt.sign(claims, key, {expiresIn:'1h'})",
        "key==\"hunter2hunter2\";jwt.sign(claims, key)",
        "new SignJWT(c).sign(new TextEncoder().encode(process.env.SECRET))",
        "key.sign(message, \"hex\")",
        "ec.verify(hash, \"hex\", key)",
        "jwt.verify(token, '-----BEGIN PUBLIC KEY-----\\nMFkw')",
        "Math.sign(x)",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn tokens_in_storage() {
    for text in [
        "localStorage.setItem(\"token\", data.token)",
        "window.sessionStorage.setItem('access_token',t)",
        "localStorage.setItem(KEY, res.accessToken)",
        "localStorage.jwt = t",
        "localStorage['authToken']=x",
    ] {
        assert_eq!(kinds(text), [Kind::Storage], "{text}");
    }
    for text in [
        "localStorage.setItem('theme','dark')",
        "localStorage.getItem('token')",
        "localStorage.setItem('csrfToken', c)",
        "if (localStorage.token === x) f()",
        "localStorage.removeItem(\"token\")",
        "localStorage.setItem(t,e)",
        "var token=localStorage;",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn unsigned_tokens_allowed_by_name() {
    assert_eq!(kinds("jwt.verify(t,k,{algorithms:[\"HS256\",\"none\"]})"), [Kind::NoneAllowed]);
    assert_eq!(kinds("{ \"algorithm\": 'none' }"), [Kind::NoneAllowed]);
    for text in [
        "{textAlign:\"none\"}",
        "{align:\"none\"}",
        "encode(JSON.stringify({ alg: 'none' }))",
        "options.algorithms = ['none']",
        "algorithms:[\"HS256\"],display:\"none\"",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn tokens_are_whole_and_have_alg() {
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl";
    assert_eq!(kinds(&format!("fetch(u,{{headers:{{Authorization:\"Bearer {token}\"}}}})")), [Kind::Token]);
    assert_eq!(kinds(&format!("https://a.example/?token={token}&x=1")), [Kind::Token]);
    for text in [
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9",
        "eyJhbGciOiJIUzI1NiJ9...",
        "\"eyJ2ZXJzaW9uIjozfQ.a.b\"",
        "//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozfQ==",
        "eyJhbGciOiJIUzI1NiJ9.e30.",
        "keyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2ln",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn any_bytes_are_scanned_without_harm() {
    let pieces: Vec<&str> =
        ANCHORS.iter().map(|anchor| anchor.text).chain(["\"", "(", "{", ":", "=", "\\", "\n", "é"]).collect();
    for (at, first) in pieces.iter().enumerate() {
        for second in &pieces {
            let text = format!("{first}{second}{}{first}", pieces[at % 7]);
            for cut in 0..=text.len() {
                each(&text.as_bytes()[cut..], |_| ());
                each(&text.as_bytes()[..cut], |_| ());
            }
        }
    }
}

#[test]
fn the_longest_windows_cost_a_bounded_time() {
    // A megabyte of nothing but beginnings: each may look ahead, none may look at everything.
    for piece in [
        "eyJ",
        "{kty:",
        ".sign(",
        "secret=",
        "-----BEGIN PRIVATE KEY-----",
        "localStorage.setItem(",
        "http://a:",
    ] {
        let text = piece.repeat((1 << 17) / piece.len());
        each(text.as_bytes(), |_| ());
    }
}
