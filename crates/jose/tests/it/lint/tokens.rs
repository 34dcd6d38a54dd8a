//! Rules about tokens.

use jotgate_jose::lint::{self, Finding, Question};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{Algorithm, KeySet, SigningKey, jwt};
use serde_json::{Value, json};

/// What a rule finds fault with, and what it leaves alone.
pub(super) struct Example {
    pub(super) rule: &'static str,
    fires: fn() -> Case,
    silent: fn() -> Case,
}

/// A token as text, with the secret or keys to judge it by.
struct Case {
    token: String,
    secret: Option<&'static [u8]>,
    keys: Option<KeySet>,
}

const fn example(rule: &'static str, fires: fn() -> Case, silent: fn() -> Case) -> Example {
    Example { rule, fires, silent }
}

const NOW: i64 = 1_700_000_000;

/// A token of a kind of its own with nothing to say against it.
fn plain(header: Value, claims: Value) -> Case {
    let base =
        json!({ "iss": "https://id.example", "sub": "42", "aud": "api", "iat": NOW, "exp": NOW + 900 });
    token(json!({ "alg": "ES256", "typ": "invite+jwt", "kid": "k" }), base, header, claims)
}

fn access(header: Value, claims: Value) -> Case {
    let base = json!({
        "iss": "https://id.example", "sub": "42", "aud": "api", "iat": NOW, "exp": NOW + 900, "jti": "j",
        "client_id": "app", "scope": "read write",
    });
    token(json!({ "alg": "ES256", "typ": "at+jwt", "kid": "k" }), base, header, claims)
}

fn id(header: Value, claims: Value) -> Case {
    let base = json!({
        "iss": "https://id.example", "sub": "42", "aud": "app", "iat": NOW, "exp": NOW + 900, "nonce": "n",
        "at_hash": "h", "name": "Ada", "email": "ada@example.com",
    });
    token(json!({ "alg": "ES256", "kid": "k", "typ": "JWT" }), base, header, claims)
}

/// The bases with changes; a member set to "-" is left out.
fn token(mut header: Value, mut claims: Value, more_header: Value, more_claims: Value) -> Case {
    for (base, more) in [(&mut header, more_header), (&mut claims, more_claims)] {
        for (name, value) in more.as_object().unwrap() {
            if value == "-" {
                base.as_object_mut().unwrap().remove(name);
            } else {
                base[name] = value.clone();
            }
        }
    }
    let length = if header["alg"].as_str().is_some_and(|alg| alg.starts_with("HS")) { 32 } else { 64 };
    raw(&header.to_string(), &claims.to_string(), length)
}

fn raw(header: &str, claims: &str, signature: usize) -> Case {
    let [header, claims] = [header, claims].map(|part| base64url::encode(part.as_bytes()));
    text(format!("{header}.{claims}.{}", base64url::encode(&vec![7; signature])))
}

fn text(token: String) -> Case {
    Case { token, secret: None, keys: None }
}

fn nothing() -> Value {
    json!({})
}

fn with_secret(secret: &'static [u8]) -> Case {
    Case { secret: Some(secret), ..plain(json!({ "alg": "HS256" }), nothing()) }
}

/// Signed with a secret of 32 random bytes.
fn signed(secret: &'static [u8]) -> Case {
    let key = SigningKey::hmac(Algorithm::Hs256, GOOD_SECRET).unwrap().with_kid("k");
    Case { secret: Some(secret), ..text(jwt::sign(&json!({ "iat": NOW, "exp": NOW + 900 }), &key).unwrap()) }
}

const GOOD_SECRET: &[u8] = b"f83ac1907be2d645e3b7a0924c16d8f5-9b";

fn with_keys(keys: &str) -> Case {
    let set = jotgate_jose::JwkSet::parse(keys.as_bytes()).unwrap();
    Case { keys: Some(KeySet::from(&set)), ..plain(nothing(), nothing()) }
}

fn list(length: usize) -> Value {
    (0..length).map(|at| json!(format!("entry-{at}"))).collect()
}

fn long(length: usize) -> Case {
    plain(nothing(), json!({ "https://id.example/text": "x".repeat(length) }))
}

fn claim(name: &str, value: Value) -> Case {
    plain(nothing(), json!({ name: value }))
}

fn header(name: &str, value: Value) -> Case {
    plain(json!({ name: value }), nothing())
}

pub(super) const EXAMPLES: &[Example] = &[
    // Form
    example("form-json", || text("{\"payload\":\"e30\"}".into()), || plain(nothing(), nothing())),
    example(
        "form-encrypted",
        || text("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AA.AA.AA".into()),
        || plain(nothing(), nothing()),
    ),
    example("form-malformed", || text("e30.e30".into()), || plain(nothing(), nothing())),
    example(
        "form-duplicate",
        || raw("{\"alg\":\"ES256\"}", "{\"sub\":\"1\",\"\\u0073ub\":\"2\"}", 64),
        || plain(nothing(), nothing()),
    ),
    example(
        "form-whitespace",
        || text(format!(" {}\n", plain(nothing(), nothing()).token)),
        || plain(nothing(), nothing()),
    ),
    // Header
    example("alg-none", || header("alg", json!("nOnE")), || header("alg", json!("RS256"))),
    example("alg-missing", || header("alg", json!(1)), || header("alg", json!("RS256"))),
    example("alg-unknown", || header("alg", json!("hs256")), || header("alg", json!("ML-DSA-44"))),
    example("alg-prohibited", || header("alg", json!("RS1")), || header("alg", json!("PS256"))),
    example("alg-eddsa", || header("alg", json!("EdDSA")), || header("alg", json!("Ed25519"))),
    example("typ-missing", || header("typ", json!("-")), || header("typ", json!("JWT"))),
    example("typ-generic", || header("typ", json!("application/jwt")), || header("typ", json!("reset+jwt"))),
    example(
        "typ-malformed",
        || header("typ", json!("at+jwt ")),
        || header("typ", json!("application/at+jwt")),
    ),
    example("cty-nested", || header("cty", json!("JWT")), || header("cty", json!("json"))),
    example("typ-confused", || id(nothing(), json!({ "scope": "openid" })), || id(nothing(), nothing())),
    example(
        "header-private-key",
        || header("jwk", json!({ "kty": "EC", "x": "a", "y": "b", "d": "c" })),
        || header("jwk", json!({ "kty": "EC", "x": "a", "y": "b" })),
    ),
    example(
        "header-jwk",
        || header("jwk", json!({ "kty": "EC" })),
        || plain(json!({ "typ": "dpop+jwt", "jwk": { "kty": "EC" } }), nothing()),
    ),
    example(
        "header-key-url",
        || header("jku", json!("https://id.example/keys")),
        || header("kid", json!("https://id.example/keys#1")),
    ),
    example(
        "header-key-url-unsafe",
        || header("x5u", json!("https://169.254.169.254/latest")),
        || header("x5u", json!("https://id.example/chain.pem")),
    ),
    example("header-x5c", || header("x5c", json!(["MIIB"])), || header("x5t#S256", json!("abc"))),
    example(
        "header-x5t",
        || header("x5t", json!("abc")),
        || plain(json!({ "x5t": "abc", "x5t#S256": "abc" }), nothing()),
    ),
    example("header-b64", || header("b64", json!(false)), || header("zip", json!("DEF"))),
    example("header-zip", || header("zip", json!("DEF")), || header("b64", json!(false))),
    example(
        "crit-malformed",
        || header("crit", json!(["exp"])),
        || plain(json!({ "crit": ["http://x.example/y"], "http://x.example/y": 1 }), nothing()),
    ),
    example(
        "crit-extension",
        || plain(json!({ "crit": ["http://x.example/y"], "http://x.example/y": 1 }), nothing()),
        || header("crit", json!([])),
    ),
    example(
        "kid-missing",
        || header("kid", json!("-")),
        || plain(json!({ "kid": "-", "alg": "HS256" }), nothing()),
    ),
    example("kid-malformed", || header("kid", json!("")), || header("kid", json!("2026-11"))),
    example("kid-long", || header("kid", json!("k".repeat(129))), || header("kid", json!("k".repeat(128)))),
    example(
        "kid-injection",
        || header("kid", json!("../../dev/null")),
        || header("kid", json!("did:web:id.example#key-1")),
    ),
    example("header-claim", || header("exp", json!(NOW)), || claim("exp", json!(NOW + 60))),
    // Key
    example("signature-empty", || raw("{\"alg\":\"ES256\"}", "{}", 0), || raw("{\"alg\":\"none\"}", "{}", 0)),
    example(
        "signature-length",
        || raw("{\"alg\":\"HS256\"}", "{}", 26),
        || raw("{\"alg\":\"HS256\"}", "{}", 32),
    ),
    example("signature-mismatch", || signed(b"another secret of thirty-two byte"), || signed(GOOD_SECRET)),
    example(
        "key-refused",
        || with_keys("{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AAAA\"}]}"),
        || with_keys("{\"keys\":[]}"),
    ),
    example("secret-short", || with_secret(b"fT6-x9.Qw"), || with_secret(GOOD_SECRET)),
    example("secret-known", || with_secret(b"your-256-bit-secret"), || with_secret(GOOD_SECRET)),
    example(
        "secret-guessable",
        || with_secret(b"aaaaaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbcccccccccccc"),
        || with_secret(GOOD_SECRET),
    ),
    example(
        "secret-is-key",
        || with_secret(b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQ"),
        || with_secret(GOOD_SECRET),
    ),
    example(
        "secret-newline",
        || with_secret(b"f83ac1907be2d645e3b7a0924c16d8f5-9b\n"),
        || with_secret(GOOD_SECRET),
    ),
    // Claims
    example("iss-missing", || claim("iss", json!("-")), || claim("iss", json!("a"))),
    example("iss-malformed", || claim("iss", json!(7)), || claim("iss", json!("a"))),
    example("aud-missing", || claim("aud", json!("-")), || claim("aud", json!(["a"]))),
    example("aud-malformed", || claim("aud", json!([""])), || claim("aud", json!(["a"]))),
    example("aud-wildcard", || claim("aud", json!("*")), || claim("aud", json!("anyone-can-cook"))),
    example("aud-many", || claim("aud", json!(["a", "b"])), || claim("aud", json!(["a"]))),
    example("sub-missing", || claim("sub", json!("-")), || claim("sub", json!("a"))),
    example("sub-malformed", || claim("sub", json!(42)), || claim("sub", json!("42"))),
    example("jti-malformed", || claim("jti", json!(42)), || claim("jti", json!("42"))),
    example(
        "claim-unregistered",
        || claim("tenant", json!("7")),
        || claim("https://id.example/tenant", json!("7")),
    ),
    example(
        "claim-near-miss",
        || claim("expiresAt", json!(NOW)),
        || claim("https://id.example/expert", json!(1)),
    ),
    example(
        "claim-twice",
        || claim("user_id", json!("42")),
        || plain(nothing(), json!({ "sub": "-", "user_id": "42" })),
    ),
    example("claim-homograph", || claim("\u{430}dmin", json!(true)), || claim("admin", json!(true))),
    example("claim-control", || claim("nickname", json!("a\u{202e}b")), || claim("nickname", json!("a b"))),
    example("claim-null", || claim("acr", Value::Null), || claim("acr", json!("1"))),
    example(
        "number-unsafe",
        || claim("count", json!(9_007_199_254_740_993_u64)),
        || claim("count", json!(9_007_199_254_740_991_u64)),
    ),
    example("scope-array", || claim("scope", json!(["read"])), || access(nothing(), nothing())),
    example(
        "scope-malformed",
        || claim("scope", json!("read,write")),
        || claim("scope", json!("read write")),
    ),
    example("roles-string", || claim("roles", json!("admin")), || claim("roles", json!(["admin"]))),
    example("amr-type", || claim("amr", json!("pwd")), || claim("amr", json!(["pwd"]))),
    // Times
    example("exp-missing", || claim("exp", json!("-")), || claim("exp", json!(NOW + 60))),
    example("time-malformed", || claim("exp", json!("1700000900")), || claim("exp", json!(NOW + 60))),
    example(
        "time-milliseconds",
        || claim("exp", json!(1_700_000_900_000_u64)),
        || claim("exp", json!(NOW + 60)),
    ),
    example(
        "time-fraction",
        || claim("exp", json!(1_700_000_900.5)),
        || claim("exp", json!(1_700_000_900.0)),
    ),
    example("iat-future", || claim("iat", json!(NOW + 61)), || claim("iat", json!(NOW + 60))),
    example("exp-before-iat", || claim("exp", json!(NOW)), || claim("exp", json!(NOW + 1))),
    example("nbf-after-exp", || claim("nbf", json!(NOW + 900)), || claim("nbf", json!(NOW + 899))),
    example(
        "exp-past",
        || plain(nothing(), json!({ "iat": NOW - 9, "exp": NOW })),
        || claim("exp", json!(NOW + 1)),
    ),
    example(
        "lifetime-hour",
        || access(nothing(), json!({ "exp": NOW + 3601 })),
        || access(nothing(), json!({ "exp": NOW + 3600 })),
    ),
    example("lifetime-day", || claim("exp", json!(NOW + 86_401)), || claim("exp", json!(NOW + 86_400))),
    example(
        "lifetime-year",
        || claim("exp", json!(NOW + 367 * 86_400)),
        || claim("exp", json!(NOW + 366 * 86_400)),
    ),
    // Access tokens
    example(
        "access-typ",
        || access(json!({ "typ": "JWT" }), nothing()),
        || access(json!({ "typ": "application/AT+JWT" }), nothing()),
    ),
    example("access-iss", || access(nothing(), json!({ "iss": "-" })), || access(nothing(), nothing())),
    example("access-exp", || access(nothing(), json!({ "exp": "-" })), || access(nothing(), nothing())),
    example("access-aud", || access(nothing(), json!({ "aud": "-" })), || access(nothing(), nothing())),
    example("access-sub", || access(nothing(), json!({ "sub": "-" })), || access(nothing(), nothing())),
    example(
        "access-client-id",
        || access(nothing(), json!({ "client_id": "-" })),
        || access(nothing(), nothing()),
    ),
    example("access-iat", || access(nothing(), json!({ "iat": "-" })), || access(nothing(), nothing())),
    example("access-jti", || access(nothing(), json!({ "jti": "-" })), || access(nothing(), nothing())),
    example(
        "access-scope",
        || access(nothing(), json!({ "scope": ["read"] })),
        || access(nothing(), json!({ "scope": "-" })),
    ),
    example(
        "access-symmetric",
        || access(json!({ "alg": "HS256" }), nothing()),
        || access(nothing(), nothing()),
    ),
    example(
        "access-id-claims",
        || access(nothing(), json!({ "nonce": "n" })),
        || access(nothing(), nothing()),
    ),
    // ID tokens
    example("id-claim-missing", || id(nothing(), json!({ "sub": "-" })), || id(nothing(), nothing())),
    example(
        "id-iss-url",
        || id(nothing(), json!({ "iss": "id.example" })),
        || id(nothing(), json!({ "iss": "http://localhost:8080" })),
    ),
    example("id-nonce", || id(nothing(), json!({ "nonce": "-" })), || id(nothing(), nothing())),
    example(
        "id-azp-missing",
        || id(nothing(), json!({ "aud": ["a", "b"] })),
        || id(nothing(), json!({ "aud": ["a", "b"], "azp": "a" })),
    ),
    example(
        "id-azp-foreign",
        || id(nothing(), json!({ "azp": "other" })),
        || id(nothing(), json!({ "azp": "app" })),
    ),
    example(
        "id-sub-long",
        || id(nothing(), json!({ "sub": "x".repeat(256) })),
        || id(nothing(), json!({ "sub": "x".repeat(255) })),
    ),
    example("id-symmetric", || id(json!({ "alg": "HS256" }), nothing()), || id(nothing(), nothing())),
    // Secrets
    example(
        "secret-password",
        || claim("passWord", json!("hunter2")),
        || claim("password_changed_at", json!("2026-11-22")),
    ),
    example(
        "secret-hash",
        || claim("https://id.example/h", json!("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA")),
        || claim("https://id.example/h", json!("$5 each")),
    ),
    example(
        "secret-api-key",
        || claim("https://id.example/k", json!(format!("ghp_{}", "kX93Jf02LsQm".repeat(3)))),
        || claim("https://id.example/k", json!("ghp_xxx")),
    ),
    example(
        "secret-private-key",
        || claim("cnf", json!({ "jwk": { "kty": "OKP", "x": "a", "d": "b" } })),
        || claim("cnf", json!({ "jwk": { "kty": "OKP", "x": "a" } })),
    ),
    example("secret-named", || claim("pin", json!(1234)), || claim("pin", json!(true))),
    example(
        "secret-token",
        || claim("https://id.example/t", json!(plain(nothing(), nothing()).token)),
        || claim("vp", json!(plain(nothing(), nothing()).token)),
    ),
    example(
        "secret-connection",
        || claim("https://id.example/db", json!("postgres://app:kX93Jf@db.corp.net")),
        || claim("https://id.example/db", json!("postgres://db.corp.net")),
    ),
    // Personal data
    example("personal-email", || claim("sub", json!("ada@example.com")), || id(nothing(), nothing())),
    example(
        "personal-phone",
        || claim("https://id.example/p", json!("+49 30 901820")),
        || claim("phone_number_verified", json!(true)),
    ),
    example("personal-profile", || claim("given_name", json!("Ada")), || id(nothing(), nothing())),
    example(
        "personal-birthdate",
        || claim("birthdate", json!("1815-12-10")),
        || claim("https://id.example/over_18", json!(true)),
    ),
    example(
        "personal-address",
        || claim("address", json!({ "locality": "London" })),
        || claim("address", json!({})),
    ),
    example(
        "personal-national-id",
        || claim("https://id.example/n", json!("078-05-1120")),
        || claim("https://id.example/n", json!("2026-11-22")),
    ),
    example(
        "personal-card",
        || claim("https://id.example/c", json!("4111 1111 1111 1111")),
        || claim("https://id.example/c", json!("4111 1111 1111 1112")),
    ),
    example(
        "personal-iban",
        || claim("https://id.example/b", json!("DE89370400440532013000")),
        || claim("https://id.example/b", json!("DE88370400440532013000")),
    ),
    example(
        "personal-ip",
        || claim("https://id.example/i", json!("192.0.2.7")),
        || claim("https://id.example/i", json!("1.2.3")),
    ),
    example(
        "personal-location",
        || claim("latitude", json!(52.5)),
        || claim("https://id.example/l", json!(52.5)),
    ),
    example("personal-special", || claim("religion", json!("none")), || claim("religion", json!(""))),
    // Size
    example("size-large", || long(900), || long(300)),
    example("size-huge", || long(3000), || long(900)),
    example("list-long", || claim("roles", list(21)), || claim("roles", list(20))),
];

fn findings(case: &Case) -> Vec<Finding> {
    let question = Question::new(&case.token, NOW);
    let question = case.secret.map_or(question, |secret| question.secret(secret));
    lint::token(&case.keys.as_ref().map_or(question, |keys| question.keys(keys)))
}

fn ids(case: &Case) -> Vec<&'static str> {
    findings(case).iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn each_rule_fires_on_its_example_and_only_there() {
    for Example { rule, fires, silent } in EXAMPLES {
        let (bad, good) = (ids(&fires()), ids(&silent()));
        assert!(bad.contains(rule), "{rule} does not find {bad:?}");
        assert!(!good.contains(rule), "{rule} finds fault with {}", silent().token);
    }
}

#[test]
fn nothing_is_said_against_good_tokens() {
    assert_eq!(ids(&plain(nothing(), nothing())), [""; 0]);
    assert_eq!(ids(&access(nothing(), nothing())), [""; 0]);
    assert_eq!(ids(&id(nothing(), nothing())), ["typ-generic"]);
    assert_eq!(
        ids(&signed(GOOD_SECRET))
            .iter()
            .filter(|id| id.starts_with("secret-") || id.starts_with("signature-"))
            .count(),
        0
    );
}

#[test]
fn tokens_of_other_protocols_are_judged_by_their_own_rules() {
    let kind = |typ: &str, claims: Value| {
        token(json!({ "alg": "ES256", "kid": "k", "typ": typ }), claims, nothing(), nothing())
    };
    let quiet = [
        token(
            json!({ "alg": "ES256", "typ": "dpop+jwt", "jwk": { "kty": "EC", "x": "a", "y": "b" } }),
            json!({ "jti": "j", "htm": "GET", "htu": "https://api.example/a", "iat": NOW, "ath": "h" }),
            nothing(),
            nothing(),
        ),
        kind(
            "logout+jwt",
            json!({ "iss": "https://id.example", "aud": "app", "iat": NOW, "exp": NOW + 120, "sid": "s", "events": {} }),
        ),
        kind(
            "statuslist+jwt",
            json!({ "sub": "https://id.example/s/1", "iat": NOW, "ttl": 43200, "status_list": { "bits": 1, "lst": "eN" } }),
        ),
        kind("secevent+jwt", json!({ "iss": "https://id.example", "iat": NOW, "jti": "j", "events": {} })),
    ];
    for case in quiet {
        assert_eq!(ids(&case), [""; 0], "{}", case.token);
    }
}

#[test]
fn an_access_token_of_another_type_is_told_so_once() {
    let found = ids(&access(json!({ "typ": "JWT" }), nothing()));
    assert_eq!(found, ["access-typ"]);
}

#[test]
fn what_is_secret_or_personal_is_never_shown() {
    let values = [
        ("password", "hunter2hunter2"),
        ("https://id.example/a", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW"),
        ("https://id.example/b", "postgres://app:kX93Jf02@db.corp.net"),
        ("https://id.example/c", "4111 1111 1111 1111"),
        ("https://id.example/d", "ada@example.com"),
        ("https://id.example/e", "DE89370400440532013000"),
        ("https://id.example/f", "+49 30 901820"),
        ("apiKey", "some-api-key-value"),
        ("ssn", "078-05-1120"),
    ];
    for (name, value) in values {
        let found = findings(&claim(name, json!(value)));
        let hidden: Vec<_> = value.split(['@', ':', '/']).filter(|part| part.len() > 8).collect();
        assert!(
            found
                .iter()
                .any(|one| ["Secrets", "Personal"].contains(&format!("{:?}", one.rule.family).as_str())),
            "{name}"
        );
        assert!(
            found
                .iter()
                .all(|one| hidden.iter().all(|part| !one.seen.contains(part) || *part == "db.corp.net")),
            "{found:?}"
        );
    }
}

#[test]
fn findings_come_with_the_worst_first() {
    let found = findings(&plain(json!({ "alg": "none", "typ": "-" }), json!({ "exp": "-", "tenant": 1 })));
    assert!(found.is_sorted_by_key(|finding| std::cmp::Reverse(finding.rule.severity)), "{found:?}");
}

#[test]
fn the_key_that_signed_it_is_recognised_and_another_is_not() {
    let (key, other) =
        (SigningKey::generate(Algorithm::Es256).unwrap(), SigningKey::generate(Algorithm::Es256).unwrap());
    let token = jwt::sign(&json!({}), &key).unwrap();
    let mismatch = |key: &SigningKey| {
        let keys = KeySet::new([key.verifying_key()]);
        lint::token(&Question::new(&token, NOW).keys(&keys))
            .iter()
            .any(|one| one.rule.id == "signature-mismatch")
    };
    assert!(!mismatch(&key) && mismatch(&other));
}

#[test]
fn a_weak_secret_that_signed_it_is_told_from_one_that_did_not() {
    // The well-known sample: {"sub":"1234567890","name":"John Doe","iat":1516239022}, secret `your-256-bit-secret`.
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    let rules = |secret: &'static [u8]| ids(&Case { secret: Some(secret), ..text(token.into()) });
    assert!(rules(b"your-256-bit-secret").contains(&"secret-known"));
    assert!(!rules(b"your-256-bit-secret").contains(&"signature-mismatch"));
    assert!(rules(b"secret").contains(&"signature-mismatch"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_judged_without_harm(text in ".{0,60}", header in ".{0,40}", claims in ".{0,60}") {
        let _ = lint::token(&Question::new(&text, NOW).secret(text.as_bytes()));
        let _ = lint::token(&Question::new(&raw(&header, &claims, 3).token, i64::MAX));
    }

    #[test]
    fn any_claims_are_judged_without_harm(name in "[a-z_]{1,12}", number in proptest::num::f64::ANY, whole in proptest::num::i64::ANY) {
        for value in [json!(number), json!(whole), json!([whole]), json!({ "a": whole })] {
            for now in [0, NOW, i64::MIN, i64::MAX] {
                let case = plain(json!({ &name: &value }), json!({ &name: &value, "exp": &value, "iat": whole }));
                let _ = lint::token(&Question::new(&case.token, now));
            }
        }
    }
}
