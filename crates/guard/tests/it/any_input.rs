//! Whatever comes, the guard answers: no input makes it panic, and none gets in that is not the good token.

use std::sync::OnceLock;

use axum::{Router, body::Body};
use http::{HeaderName, HeaderValue, Request};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::support::*;

struct House {
    runtime: Runtime,
    app: Router,
    token: String,
}

fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let key = key("a");
        let issuer = Issuer::with(&[&key]);
        let guard = runtime.block_on(async {
            let guard = builder(&issuer).accept_cookie(["https://app.example"]).start().unwrap();
            guard.ready().await;
            guard
        });
        House { app: app(&guard), token: good(&key), runtime }
    })
}

/// Bytes that a header can hold.
fn header_value() -> impl Strategy<Value = Vec<u8>> {
    let token = &house().token;
    let cut = (0..token.len(), prop::collection::vec(0x20..=0x7e_u8, 0..4), 0..token.len())
        .prop_map(|(at, new, from)| [&token.as_bytes()[..at], &new, &token.as_bytes()[from..]].concat());
    prop_oneof![
        prop::collection::vec(prop_oneof![0x20..=0x7e_u8, 0x80..=0xff_u8, Just(b'\t')], 0..200),
        (prop::sample::select(vec!["Bearer ", "bearer  ", "Basic ", "", "Bearer"]), cut)
            .prop_map(|(scheme, rest)| [scheme.as_bytes(), &rest].concat()),
        "__Host-jotgate_access=[!-~]{0,80}(; __Host-jotgate_access=[!-~]{0,9})?".prop_map(String::into_bytes),
        "([A-Za-z0-9_-]{0,40}[.]?){0,6}".prop_map(|text| format!("Bearer {text}").into_bytes()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_request_makes_the_guard_panic_and_none_gets_in(
        headers in prop::collection::vec(
            (prop::sample::select(vec!["authorization", "cookie", "origin", "sec-fetch-site"]), header_value()), 0..4),
        method in prop::sample::select(vec!["GET", "POST", "BREW"]),
        query in "[ -~]{0,40}",
    ) {
        let House { runtime, app, token } = house();
        let uri = http::Uri::try_from(format!("/?{query}")).unwrap_or_else(|_| "/".parse().unwrap());
        let mut request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        let mut is_good = false;
        for (name, value) in headers {
            is_good |= value.ends_with(token.as_bytes());
            request.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_bytes(&value).unwrap());
        }
        let answer = runtime.block_on(ask(app, request));
        prop_assert!((400..404).contains(&answer.status) || answer.status == 405 || is_good, "{:?}", answer);
    }

    #[test]
    fn no_text_makes_a_check_panic(token in ".{0,300}", now in any::<i64>()) {
        let House { runtime, .. } = house();
        let guard = {
            let _entered = runtime.enter();
            builder(&Issuer::default()).start().unwrap()
        };
        prop_assert!(guard.check(&token, now).is_err());
    }
}
