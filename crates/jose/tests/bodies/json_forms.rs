//! The flattened and the general form: any text, and the same header and payload in every form.

use jotgate_jose::jws;
use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Typ};
use serde_json::{Value, json};

use super::{NOW, first_line, forge, public, reference, shared};

/// The bytes as a JSON form; the first line as a protected header and the rest as a payload, signed, in three forms;
/// and the bytes as an unprotected header beside a good one.
pub(crate) fn json_forms(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        as_text(text);
        beside_a_good_header(text);
    }
    let (header, payload) = first_line(data);
    let compact = forge(header, payload);
    let [protected, payload, signature] = parts(&compact);
    let flattened = json!({"payload": payload, "protected": protected, "signature": signature});
    let general =
        json!({"payload": payload, "signatures": [{"protected": protected, "signature": signature}]});
    let want = told(jws::verify(&compact, shared()));
    for form in [flattened, general] {
        let found = told(jws::verify_json(&form.to_string(), shared()));
        // An unencoded payload may hold a dot in JSON, but these never do; so the forms have no reason to differ.
        assert_eq!(found, want, "{form}");
    }
}

fn as_text(text: &str) {
    let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any()).without_exp();
    for keys in [shared(), public()] {
        let verified = jws::verify_json(text, keys);
        assert!(verified.is_err() || jws::verify(text, keys).is_err(), "one text, two forms");
        if let Ok(verified) = verified {
            let members = reference::object(text.as_bytes()).expect("an accepted form is strict JSON");
            assert!(members.iter().any(|(name, _)| name == "payload"));
            assert!(jwt::verify::<Value>(text, keys, &policy, NOW).is_err(), "a JWT is compact");
            let again = jws::verify_json(text, keys).expect("accepted before");
            assert_eq!(again.payload(), verified.payload());
        }
        let _ = jws::verify_json_detached(text, b"payload", keys);
    }
    let _ = jws::Unverified::parse(text);
}

fn beside_a_good_header(text: &str) {
    let compact = forge(GOOD, b"payload");
    let [protected, payload, signature] = parts(&compact);
    let form = format!(
        r#"{{"payload":"{payload}","protected":"{protected}","header":{text},"signature":"{signature}"}}"#
    );
    if jws::verify_json(&form, shared()).is_err() {
        return;
    }
    let Some(whole) = reference::object(form.as_bytes()) else { panic!("an accepted form is strict JSON") };
    // Unless the text closed the header and went on with members of its own.
    if let Some((_, unprotected)) = whole.iter().find(|(name, _)| name == "header") {
        let members = reference::object(unprotected.get().as_bytes()).expect("an object");
        let bad = ["alg", "kid", "crit", "b64"];
        assert!(members.iter().all(|(name, _)| !bad.contains(&name.as_str())), "{text}");
    }
}

/// The verdict, comparable: the payload, or the reason.
fn told(verdict: jotgate_jose::Result<jws::VerifiedPayload>) -> Result<Vec<u8>, jotgate_jose::Reason> {
    verdict.map(jws::VerifiedPayload::into_payload).map_err(|error| error.reason())
}

fn parts(compact: &str) -> [&str; 3] {
    let mut parts = compact.split('.');
    [(); 3].map(|()| parts.next().expect("three parts"))
}

const GOOD: &[u8] = br#"{"alg":"HS256","kid":"h"}"#;
