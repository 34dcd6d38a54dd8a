//! Compact JWS and JWT: any text, and any header and payload under a good signature.

use jotgate_jose::jws::{self, VerifiedPayload};
use jotgate_jose::jwt::{self, Audience, Issuer, Policy, Scratch, Typ, Unverified};
use jotgate_jose::primitive::base64url;
use jotgate_jose::{KeySet, Result};
use serde_json::Value;

use super::{NOW, first_line, forge, public, reference, shared};

/// The bytes as a token; and the first line as a header, the rest as a payload, signed.
pub(crate) fn compact(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Unverified::parse(text);
        for keys in [shared(), public()] {
            let _ = checked(text, keys);
        }
    }
    let (header, payload) = first_line(data);
    let forged = forge(header, payload);
    if let Ok(verified) = checked(&forged, shared()) {
        let members = reference::object(header).expect("an accepted header is strict JSON");
        assert_eq!(reference::string(&members, "alg").as_deref(), Some("HS256"));
        assert_eq!(reference::string(&members, "typ").as_deref(), verified.typ());
        let kid = reference::string(&members, "kid");
        assert!(kid.is_none() || kid.as_deref() == Some("h"), "another key's token");
        // With `b64` false the payload is the segment as it stands (RFC 7797).
        let unencoded = members.iter().any(|(name, value)| name == "b64" && value.get() == "false");
        let want = if unencoded { base64url::encode(payload).into_bytes() } else { payload.to_vec() };
        assert_eq!(verified.payload(), want);
        let crit = members.iter().find(|(name, _)| name == "crit");
        assert!(crit.is_none_or(|(_, value)| value.get().contains("b64")), "an extension nobody understands");
    }
}

fn checked(text: &str, keys: &KeySet) -> Result<VerifiedPayload> {
    let verified = jws::verify(text, keys);
    if verified.is_ok() {
        assert_eq!(text.split('.').count(), 3);
        let signature = text.rsplit('.').next().expect("three parts");
        let bytes = base64url::decode(signature).expect("an accepted signature is base64url");
        assert_eq!(base64url::encode(&bytes), signature, "one spelling only");
    }
    let policy = Policy::new(Issuer::any(), Audience::any(), Typ::any()).without_exp();
    let owned = jwt::verify::<Value>(text, keys, &policy, NOW).map(jwt::Verified::into_claims);
    let mut scratch = Scratch::new();
    let borrowed =
        jwt::verify_in::<Value>(text, &mut scratch, keys, &policy, NOW).map(jwt::Verified::into_claims);
    assert_eq!(owned, borrowed, "both doors say the same");
    if owned.is_ok() {
        let payload = verified.as_ref().expect("whose claims are good is good").payload();
        assert!(reference::object(payload).is_some(), "an accepted payload is strict JSON");
        Unverified::parse(text).expect("what is accepted can be looked into");
    }
    verified
}
