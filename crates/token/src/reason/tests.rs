use std::collections::HashSet;

use super::*;

/// The codes that the public interface promises, as its page writes them.
const PROMISED: &str = "malformed.parts .size .base64 .json .duplicate_member .depth .utf8 .claims_not_object
    alg.none .unknown .not_allowed .key_mismatch
    key.unknown_kid .ambiguous .revoked .too_small .wrong_use .unsupported .malformed .missing_alg
    signature.invalid exp.missing .expired .malformed nbf.not_yet iat.in_future .too_old
    iss.missing .mismatch .malformed aud.missing .mismatch .malformed typ.mismatch crit.unsupported .malformed
    claim.missing .malformed .mismatch jwe.decrypt token.missing .scheme .repeated scope.missing role.missing
    revoked.session .token .subject .key revocations.stale keys.unreachable .unavailable
    refresh.invalid .unknown .expired .revoked .reused login.failed .mfa_required .throttled .email_unverified
    signup.closed .taken .email_invalid
    password.too_short .too_long .too_weak .too_common .same_as_email .same_as_service .wrong
    mfa.code_wrong link.used .expired stepup.required session.unknown
    request.content_type .body .too_large .origin .cookie_cross_site .idempotency_key .not_found .moved .method .host .timeout
    server.busy .database .internal dpop.missing .invalid .replayed .key_mismatch .nonce_required";

fn promised() -> Vec<String> {
    let mut group = "";
    let mut codes = Vec::new();
    for word in PROMISED.split_whitespace() {
        let (before, name) = word.split_once('.').expect("every word has a dot");
        if !before.is_empty() {
            group = before;
        }
        codes.push(format!("{group}.{name}"));
    }
    codes
}

#[test]
fn every_promised_code_is_here() {
    assert_eq!(promised().len(), 95);
    for code in promised() {
        assert!(by_code(&code).is_some(), "{code} is missing");
    }
}

#[test]
fn codes_are_unique_and_well_formed() {
    let codes: HashSet<_> = ALL.iter().map(|reason| reason.code).collect();
    assert_eq!(codes.len(), ALL.len());
    for code in codes {
        let (group, name) = code.split_once('.').expect("a code is group.name");
        let word = |text: &str| {
            text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                && !text.ends_with('_')
        };
        assert!(word(group) && word(name), "{code}");
    }
}

#[test]
fn every_reason_of_the_jose_library_is_here() {
    for reason in jotgate_jose::Reason::ALL {
        assert!(by_code(reason.code()).is_some(), "{} is missing", reason.code());
    }
}

#[test]
fn the_texts_are_sentences_and_the_status_is_an_error_with_a_name() {
    for Reason { code, status, title, meaning, mend } in ALL {
        assert!((400..600).contains(status) && !status_phrase(*status).is_empty(), "{code}: {status}");
        assert!(!title.ends_with('.') && title.len() <= 70, "{code}: {title}");
        for text in [title, meaning, mend] {
            assert!(text.starts_with(|c: char| c.is_uppercase() || c == '`'), "{code}: {text}");
            assert!(!text.contains("  ") && !text.contains('\n') && text.trim() == *text, "{code}: {text}");
        }
        assert!(meaning.ends_with('.') && mend.ends_with('.'), "{code}");
    }
}

#[test]
fn only_answers_that_end_a_session_are_a_401_of_refresh() {
    for reason in ALL.iter().filter(|reason| reason.code.starts_with("refresh.")) {
        assert_eq!(reason.status, 401, "{reason}");
    }
    for code in
        ["keys.unreachable", "keys.unavailable", "server.busy", "server.database", "revocations.stale"]
    {
        assert_eq!(by_code(code).map(|reason| reason.status), Some(503), "{code}");
    }
}

#[test]
fn a_page_has_everything_the_catalogue_says() {
    for reason in ALL {
        let page = reason.markdown();
        for text in [reason.code, reason.title, reason.meaning, reason.mend, &reason.status.to_string()] {
            assert!(page.contains(text), "{reason}: {text}");
        }
        assert!(index_markdown().contains(&format!("[`{reason}`]({reason}.md) | {}", reason.status)));
    }
}
