//! Keys, tokens and addresses with passwords, wherever they stand.

use std::borrow::Cow;

use super::text::{ascii, braces, contains, is_base64url, is_word, run, run_back, skip_white};
use super::{Anchor, Hit, Kind};
use crate::base64url;
use crate::error::shown;

/// Three base64url segments, the first of them a JSON object with `alg`.
pub(super) fn token(bytes: &[u8], at: usize, _: &Anchor) -> Option<Hit> {
    if at > 0 && (is_base64url(bytes[at - 1]) || b".%+/".contains(&bytes[at - 1])) {
        return None;
    }
    let header = run(bytes, at, LONGEST_TOKEN, is_base64url);
    let payload_at = after_dot(bytes, at + header.len())?;
    let payload = run(bytes, payload_at, LONGEST_TOKEN, is_base64url);
    let signature_at = after_dot(bytes, payload_at + payload.len())?;
    let signature = run(bytes, signature_at, LONGEST_TOKEN, is_base64url);
    let end = signature_at + signature.len();
    let header = base64url::decode(std::str::from_utf8(header).ok()?).ok()?;
    let header: serde_json::Map<_, _> = serde_json::from_slice(&header).ok()?;
    let alg = header.get("alg")?.as_str()?;
    // What a sample in a manual abbreviates with dots is no token.
    let is_whole = payload.len() > 4 && bytes.get(end) != Some(&b'.');
    is_whole.then(|| Hit {
        kind: Kind::Token,
        start: at,
        end,
        what: Cow::Owned(format!("a token ({})", shown(alg))),
    })
}

fn after_dot(bytes: &[u8], at: usize) -> Option<usize> {
    (bytes.get(at) == Some(&b'.')).then_some(at + 1)
}

/// A PEM block of a private key that has a body. Libraries hold the bare first line, which is no key.
pub(super) fn pem(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    let label_at = at + anchor.text.len();
    let label =
        run(bytes, label_at, 40, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ');
    let dashes = label_at + label.len();
    if !contains(label, b"PRIVATE KEY") || bytes.get(dashes..dashes + 5)? != b"-----" {
        return None;
    }
    let is_between = |byte: u8| byte.is_ascii_whitespace() || b"\\nr\"'`+,".contains(&byte);
    let body_at = dashes + 5 + run(bytes, dashes + 5, 32, is_between).len();
    let is_body =
        |byte: u8| byte.is_ascii_alphanumeric() || b"+/=\\".contains(&byte) || byte.is_ascii_whitespace();
    let body = run(bytes, body_at, LONGEST_PEM, is_body);
    let what = Cow::Owned(format!("{} in PEM", ascii(label)));
    let is_key =
        body.iter().filter(|byte| byte.is_ascii_alphanumeric()).count() >= 40 && is_random(&body[..40]);
    is_key.then(|| Hit { kind: Kind::PrivateKey, start: at, end: body_at + body.len(), what })
}

/// PEM in base64 once more, as environment variables carry it.
pub(super) fn wrapped_pem(bytes: &[u8], at: usize, _: &Anchor) -> Option<Hit> {
    let body = run(bytes, at, LONGEST_PEM, |byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte));
    let head: String = body.get(..40)?.iter().map(|byte| char::from(*byte)).collect();
    let head = base64url::decode(&head).ok()?;
    let is_key = contains(&head, b"PRIVATE K") && body.len() >= 80;
    is_key.then(|| Hit {
        kind: Kind::PrivateKey,
        start: at,
        end: at + body.len(),
        what: Cow::Borrowed("a private key in PEM, base64 once more"),
    })
}

pub(super) fn age_key(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    let body =
        run(bytes, at + anchor.text.len(), 64, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    (body.len() == 58).then(|| Hit {
        kind: Kind::PrivateKey,
        start: at,
        end: at + anchor.text.len() + body.len(),
        what: Cow::Borrowed("a private key of age"),
    })
}

/// A JSON Web Key, or a literal of one in code, with its secret part.
pub(super) fn jwk(bytes: &[u8], at: usize, _: &Anchor) -> Option<Hit> {
    if at == 0 || is_word(bytes[at - 1]) || bytes.get(at + 3).is_some_and(|byte| is_word(*byte)) {
        return None;
    }
    let (start, end) = braces(bytes, at)?;
    let object = &bytes[start..end];
    let kty = value_of(object, b"kty")?;
    let secret = match kty {
        b"oct" => value_of(object, b"k")?,
        b"AKP" => value_of(object, b"priv")?,
        b"RSA" | b"EC" | b"OKP" => value_of(object, b"d")?,
        _ => return None,
    };
    let is_secret = secret.len() >= 16 && secret.iter().all(|byte| is_base64url(*byte));
    let what = Cow::Owned(format!("a key of type {} with its secret part", ascii(kty)));
    is_secret.then_some(Hit { kind: Kind::JwkSecret, start, end, what })
}

/// The key file of a Google service account.
pub(super) fn service_account(bytes: &[u8], at: usize, _: &Anchor) -> Option<Hit> {
    let (start, end) = braces(bytes, at)?;
    let object = &bytes[start..end];
    let is_account = value_of(object, b"type")? == b"service_account"
        && value_of(object, b"private_key").is_some_and(|key| contains(key, b"PRIVATE KEY-----"));
    is_account.then_some(Hit {
        kind: Kind::ServiceAccount,
        start,
        end,
        what: Cow::Borrowed("type: service_account, with its private key"),
    })
}

/// The text of a member in JSON, in a literal of JavaScript, or in JSON that is the text of a literal (`\"d\":\"..`),
/// up to its first escape.
fn value_of<'a>(object: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let quote = |at: usize| match object.get(at..) {
        Some([b'\\', b'"' | b'\'', ..]) => 2,
        Some([b'"' | b'\'' | b'`', ..]) => 1,
        _ => 0,
    };
    let mut from = 0;
    loop {
        let at = from + object[from..].windows(name.len()).position(|window| window == name)?;
        from = at + 1;
        let after = at + name.len();
        let colon = skip_white(object, after + quote(after));
        if at > 0 && !is_base64url(object[at - 1]) && object.get(colon) == Some(&b':') {
            let value_at = skip_white(object, colon + 1);
            let open = quote(value_at);
            return (open > 0)
                .then(|| run(object, value_at + open, object.len(), |byte| !b"\"'`\\".contains(&byte)));
        }
    }
}

/// `scheme://user:password@host`, unless the password is one of those in manuals.
pub(super) fn connection(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    let start = run_back(bytes, at, 16, |byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    let scheme = &bytes[start..at];
    if !SCHEMES.iter().any(|known| known.as_bytes() == scheme) {
        return None;
    }
    let user_at = at + anchor.text.len();
    let user =
        run(bytes, user_at, 128, |byte| byte.is_ascii_graphic() && !b":/@\"'`\\<>{}()$,;".contains(&byte));
    let password_at = user_at + user.len();
    if bytes.get(password_at) != Some(&b':') {
        return None;
    }
    let password = run(bytes, password_at + 1, 128, |byte| {
        byte.is_ascii_graphic() && !b"/@\"'`\\<>{}()$,;".contains(&byte)
    });
    let at_sign = password_at + 1 + password.len();
    if password.is_empty()
        || bytes.get(at_sign) != Some(&b'@')
        || is_from_a_manual(password)
        || password == user
    {
        return None;
    }
    let host = run(bytes, at_sign + 1, 128, |byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
    let is_example = host.is_empty() || host.starts_with(b"example.") || contains(host, b".example");
    (!is_example).then(|| Hit {
        kind: Kind::Connection,
        start,
        end: at_sign + 1 + host.len(),
        what: Cow::Owned(format!("{}://...@{}", ascii(scheme), ascii(host))),
    })
}

fn is_from_a_manual(password: &[u8]) -> bool {
    let plain = password.to_ascii_lowercase();
    MANUAL.iter().any(|known| plain == known.as_bytes()) || plain.iter().all(|byte| b"*x.-".contains(byte))
}

/// The key of a service: prefix, characters and length as the service makes them, and not a row of `x`.
pub(super) fn api_key(bytes: &[u8], at: usize, anchor: &Anchor) -> Option<Hit> {
    let (_, service, more, shortest, longest) =
        *SERVICES.iter().find(|(prefix, ..)| *prefix == anchor.text)?;
    if at > 0 && (is_base64url(bytes[at - 1]) || bytes[at - 1] == b'/') && anchor.text.len() < 12 {
        return None;
    }
    let body_at = at + anchor.text.len();
    let is_part: fn(u8) -> bool = match more {
        "hex" => |byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        "upper" => |byte| byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        "" => |byte| byte.is_ascii_alphanumeric(),
        "/" => |byte| byte.is_ascii_alphanumeric() || byte == b'/',
        "." => |byte| is_base64url(byte) || byte == b'.',
        "=" => |byte| is_base64url(byte) || b"+/=".contains(&byte),
        _ => is_base64url,
    };
    let body = run(bytes, body_at, longest + 1, is_part);
    let is_key = (shortest..=longest).contains(&body.len()) && is_random(body) && !body.ends_with(b"EXAMPLE");
    is_key.then(|| Hit {
        kind: Kind::ApiKey,
        start: at,
        end: body_at + body.len(),
        what: Cow::Owned(format!("a key of {service}, {}...", anchor.text)),
    })
}

/// Not a placeholder: many different characters, letters and digits among them.
fn is_random(text: &[u8]) -> bool {
    let mut seen = [false; 256];
    text.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    let has = |kind: fn(&u8) -> bool| text.iter().any(kind);
    different >= 8 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// Prefix, service, characters besides letters and digits, least and most of them after the prefix.
const SERVICES: &[(&str, &str, &str, usize, usize)] = &[
    ("AKIA", "Amazon Web Services", "upper", 16, 16),
    ("ASIA", "Amazon Web Services", "upper", 16, 16),
    ("ATATT3x", "Atlassian", "=", 100, 300),
    ("CFPAT-", "Contentful", "-_", 43, 43),
    ("GOCSPX-", "Google (client secret)", "-_", 28, 28),
    ("NRAK-", "New Relic", "upper", 27, 27),
    ("PMAK-", "Postman", "-_", 59, 59),
    ("SG.", "SendGrid", ".", 66, 66),
    ("dapi", "Databricks", "hex", 32, 32),
    ("dckr_pat_", "Docker", "-_", 27, 40),
    ("doo_v1_", "DigitalOcean", "hex", 64, 64),
    ("dop_v1_", "DigitalOcean", "hex", 64, 64),
    ("figd_", "Figma", "-_", 38, 60),
    ("gho_", "GitHub", "", 36, 255),
    ("ghp_", "GitHub", "", 36, 255),
    ("ghr_", "GitHub", "", 36, 255),
    ("ghs_", "GitHub", "", 36, 255),
    ("ghu_", "GitHub", "", 36, 255),
    ("github_pat_", "GitHub", "-_", 50, 255),
    ("glpat-", "GitLab", "-_", 20, 64),
    ("glsa_", "Grafana", "-_", 40, 60),
    ("gsk_", "Groq", "", 52, 52),
    ("hf_", "Hugging Face", "", 34, 40),
    ("hooks.slack.com/services/", "Slack (web hook)", "/", 40, 60),
    ("hvs.", "HashiCorp Vault", "-_", 24, 200),
    ("key-", "Mailgun", "hex", 32, 32),
    ("lin_api_", "Linear", "", 40, 40),
    ("nfp_", "Netlify", "", 36, 40),
    ("npm_", "npm", "", 36, 36),
    ("ntn_", "Notion", "", 40, 60),
    ("pscale_pw_", "PlanetScale", "-_", 32, 64),
    ("pscale_tkn_", "PlanetScale", "-_", 32, 64),
    ("pypi-AgE", "PyPI", "-_", 60, 300),
    ("r8_", "Replicate", "", 37, 40),
    ("rk_live_", "Stripe", "", 20, 255),
    ("sb_secret_", "Supabase", "-_", 30, 60),
    ("shpat_", "Shopify", "hex", 32, 32),
    ("shpss_", "Shopify", "hex", 32, 32),
    ("sk-ant-", "Anthropic", "-_", 80, 200),
    ("sk-proj-", "OpenAI", "-_", 40, 255),
    ("sk_live_", "Stripe", "", 20, 255),
    ("sk_test_", "Stripe (test)", "", 20, 255),
    ("sntrys_", "Sentry", "=", 60, 300),
    ("sq0csp-", "Square", "-_", 43, 43),
    ("tskey-", "Tailscale", "-_", 30, 80),
    ("whsec_", "a web hook", "=", 32, 80),
    ("xapp-", "Slack", "-_", 40, 200),
    ("xkeysib-", "Brevo", "-_", 64, 90),
    ("xoxb-", "Slack", "-_", 30, 200),
    ("xoxp-", "Slack", "-_", 30, 200),
    ("xoxr-", "Slack", "-_", 30, 200),
    ("xoxs-", "Slack", "-_", 30, 200),
    ("ya29.", "Google (access token)", "-_", 60, 400),
];

const SCHEMES: [&str; 20] = [
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "clickhouse",
    "ldap",
    "ldaps",
    "smtp",
    "smtps",
    "ftp",
    "https",
    "http",
];

const MANUAL: [&str; 14] = [
    "pass",
    "password",
    "passwd",
    "pwd",
    "secret",
    "user",
    "pw",
    "mypassword",
    "your-password",
    "yourpassword",
    "test",
    "123",
    "changeme",
    "port",
];

/// Longer than any token and any key, and still a bound.
const LONGEST_TOKEN: usize = 16 * 1024;
const LONGEST_PEM: usize = 16 * 1024;
