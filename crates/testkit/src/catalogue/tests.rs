use std::collections::BTreeSet;

use super::*;
use crate::TestIssuer;
use jotgate_jose::Algorithm;
use jotgate_token::SystemClock;
use jotgate_token::access::Verifier;
use jotgate_token::reason;
use serde_json::json;

#[test]
fn every_entry_has_a_name_of_its_own_and_known_reasons() {
    let mut names = BTreeSet::new();
    for case in all() {
        assert!(names.insert(case.id), "{} stands there twice", case.id);
        if let Verdict::Refuse(reasons) = case.verdict {
            assert!(!reasons.is_empty() && case.mend != Mend::None, "{}", case.id);
            for code in reasons {
                assert!(reason::by_code(code).is_some(), "{}: {code} is no reason", case.id);
            }
        }
        assert!(!case.title.is_empty() && case.what.ends_with('.') && !case.spec.is_empty(), "{}", case.id);
    }
}

#[test]
fn every_mend_has_a_line_for_every_framework() {
    for case in all().filter(|case| case.must_be_refused()) {
        for framework in Framework::ALL {
            assert!(!case.mend.line(*framework).is_empty(), "{} for {}", case.id, framework.name());
        }
    }
}

/// The bare check, without HTTP and without state: everything it can know, it refuses, and for the reason that stands
/// in the catalogue.
#[test]
fn our_verifier_says_what_the_catalogue_says() {
    for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::Ed25519, Algorithm::Hs256] {
        let issuer = TestIssuer::with_algorithm("https://id.example", "https://api.example", algorithm);
        let verifier = Verifier::new(issuer.issuer(), issuer.audience());
        let forge = issuer.forge("ada");
        let mut tried = 0;
        for case in all().filter(|case| case.change.is_none()) {
            let Some(sent) = case.make(&forge) else { continue };
            let Some(token) = sent.token() else { continue };
            let verdict = verifier.verify(token, &issuer.keys(), issuer.now());
            let reason = verdict.err().map(|error| error.reason().code());
            match case.verdict {
                Verdict::Accept => assert_eq!(reason, None, "{} under {algorithm}", case.id),
                Verdict::Either => {}
                Verdict::Refuse(reasons) => {
                    assert!(
                        reason.is_some_and(|one| reasons.contains(&one)),
                        "{} under {algorithm}: {reason:?}",
                        case.id
                    );
                }
            }
            tried += 1;
        }
        assert!(tried > 40, "only {tried} under {algorithm}");
    }
}

/// An API of a tutorial has neither issuer nor audience in its tokens; what it has not cannot be taken away.
#[test]
fn what_a_good_token_has_not_cannot_be_wrong() {
    let forge = Forge::with_secret(Algorithm::Hs256, b"mysecret", SystemClock).unwrap();
    let forge = forge.claim("userId", json!(1)).claim("role", json!("user"));
    let made: Vec<_> = all().filter(|case| case.make(&forge).is_some()).map(|case| case.id).collect();
    for absent in [
        "aud.missing",
        "iss.missing",
        "iss.longer",
        "kid.unknown",
        "typ.jwt",
        "confusion.pem",
        "signature.der",
    ] {
        assert!(!made.contains(&absent), "{absent}");
    }
    for present in
        ["aud.other", "iss.other", "exp.missing", "sub.missing", "alg.other", "kind.id_token", "none.plain"]
    {
        assert!(made.contains(&present), "{present}");
    }
}

#[test]
fn debug_shows_no_token() {
    let forge = TestIssuer::new("https://id.example", "https://api.example").forge("ada");
    for case in all() {
        let shown = format!("{:?}", case.make(&forge));
        assert!(!shown.contains("ey"), "{}: {shown}", case.id);
    }
}
