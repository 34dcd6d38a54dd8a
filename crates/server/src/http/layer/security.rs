//! The security headers of every answer, unless the handler set a stricter or more fitting one.
//!
//! The policies allow no inline script or style at all, so that markup smuggled into a page stays dead text.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Adds what the answer does not say itself.
pub(crate) fn add(headers: &mut HeaderMap, https: bool) {
    let page =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if page { PAGE_POLICY } else { DATA_POLICY };
    or_insert(headers, header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in ALWAYS {
        or_insert(headers, name.clone(), value);
    }
    // Because a browser that came once by https must not be led to plain http by whoever sits on the line.
    if https {
        or_insert(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}

fn or_insert(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// `no-store` unless said otherwise, because most answers hold a token or somebody's data.
const ALWAYS: [(HeaderName, &str); 8] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), "none"),
];
