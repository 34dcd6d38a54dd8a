//! The sample tokens of tutorials, two of which nobody ever signed and one with somebody else's signature.

use jotgate_jose::explain::{Answer, Kind, Outcome, Question, Report, Step, explain};
use jotgate_jose::primitive::base64url;

use crate::support::NOW;

const JOHN_DOE: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

fn token(payload: &str, signature: &str) -> String {
    let header = base64url::encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    format!("{header}.{}.{signature}", base64url::encode(payload.as_bytes()))
}

fn signature_remarks(report: &Report) -> String {
    let remarks = &report.signature.as_ref().unwrap().remarks;
    remarks.iter().map(|remark| remark.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_signature_of_26_bytes_was_never_made_by_hs256() {
    let made_up: Vec<u8> = (0..26_u8).map(|n| n.wrapping_mul(41) ^ 0xa5).collect();
    let token = token(r#"{"userId":123,"role":"admin","exp":1800003600}"#, &base64url::encode(&made_up));
    let report = explain(&Question::new(&token, NOW));
    let check = report.check(Step::Signature).unwrap();
    assert_eq!((check.outcome, check.code()), (Outcome::Failed, Some("signature.invalid")));
    assert_eq!((check.expected.as_deref(), check.received.as_deref()), (Some("32 bytes"), Some("26 bytes")));
    assert!(check.hint.as_deref().unwrap().starts_with("signature.length"));
    assert!(report.verdict.text.contains("26 bytes instead of 32"), "{}", report.verdict.text);
}

#[test]
fn a_signature_of_18_bytes_that_is_a_text_is_read_out() {
    let token = token(r#"{"id":1,"exp":1800003600}"#, &base64url::encode(b"NoduLogInSignature"));
    let report = explain(&Question::new(&token, NOW));
    let signature = report.signature.as_ref().unwrap();
    assert_eq!((signature.bytes, signature.expected), (18, Some(32)));
    let remarks = signature_remarks(&report);
    assert!(remarks.contains("18 bytes, and HS256 always makes 32"), "{remarks}");
    assert!(remarks.contains("\"NoduLogInSignature\""), "{remarks}");
    assert_eq!(report.first_failed().unwrap().code(), Some("signature.invalid"));
}

#[test]
fn the_signature_of_john_doe_on_another_payload_is_recognised() {
    let (_, signature) = JOHN_DOE.rsplit_once('.').unwrap();
    let token = token(r#"{"email":"ada@example.com","role":"admin"}"#, signature);
    let report = explain(&Question::new(&token, NOW));
    let remarks = signature_remarks(&report);
    assert!(remarks.contains("John Doe") && remarks.contains("`your-256-bit-secret`"), "{remarks}");
    let check = report.check(Step::Signature).unwrap();
    assert_eq!(check.outcome, Outcome::Failed);
    assert!(check.hint.as_deref().unwrap().starts_with("signature.known_sample"));
}

#[test]
fn john_doe_himself_is_signed_with_a_secret_everybody_knows() {
    let report = explain(&Question::new(JOHN_DOE, NOW));
    let key = report.key.as_ref().unwrap();
    assert_eq!(key.remarks[0].code, Some("signature.known_public_secret"));
    assert!(
        key.remarks[0].text.contains("\"your-256-bit-secret\"")
            && key.remarks[0].text.contains("anybody can sign")
    );
    assert_eq!(report.check(Step::Signature).unwrap().outcome, Outcome::NotAsked);
    assert!(report.verdict.text.contains("Anybody can sign it"));
    // Given as the key, the secret matches, and a verifier refuses it all the same.
    let report = explain(&Question::new(JOHN_DOE, NOW).secret(b"your-256-bit-secret"));
    assert_eq!(report.check(Step::Key).unwrap().code(), Some("key.too_small"));
    assert_eq!(report.key.as_ref().unwrap().matches, Some(true));
    assert_eq!(report.verdict.answer, Answer::Refused);
}

#[test]
fn what_is_no_signed_token_is_named() {
    let jwe = format!("{}.a.b.c.d", base64url::encode(br#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#));
    for (text, kind, word) in [
        (jwe.as_str(), Kind::Jwe, "encrypted"),
        ("jgr_AbCd-Ef_0", Kind::RefreshToken, "opaque"),
        (
            r#"{"payload":"e30","protected":"eyJhbGciOiJIUzI1NiJ9","signature":"AAAA"}"#,
            Kind::JsonJws,
            "JSON form",
        ),
        ("0190f5b2-7b7c-7e3f-9a55-0c5d9f3e1a77", Kind::Other, "UUID"),
        ("v4.public.eyJzdWIiOiI3In0abc", Kind::Other, "PASETO"),
    ] {
        let report = explain(&Question::new(text, NOW));
        assert_eq!((report.found.kind, report.verdict.answer), (kind, Answer::NoToken), "{text}");
        assert!(report.verdict.text.contains(word), "{}", report.verdict.text);
    }
    let report = explain(&Question::new(&jwe, NOW));
    assert_eq!(report.header[1].words.as_deref(), Some("AES-256 in GCM mode"));
    assert!(report.claims.is_empty());
    // Opaque means opaque: nothing of it is decoded or repeated.
    let report = explain(&Question::new("jgr_AbCd-Ef_0", NOW));
    assert!(report.header.is_empty() && report.claims.is_empty() && report.signature.is_none());
}
