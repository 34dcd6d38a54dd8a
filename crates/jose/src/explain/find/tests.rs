use super::*;
use crate::{Algorithm, SigningKey, jwt};

/// An HS256 token that never changes, and whose signature holds a `-` and a `_`.
const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6MTgwMDAwMDAwMH0.AmMaJkUjRxQG98zIkbpYgUi4RQXuxlMWdSM1W67yQiU";
const OTHER: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";

/// The first candidate: token, place, repairs.
fn first(text: &str) -> (String, String, String) {
    let mut all = all(text);
    assert!(!all.is_empty(), "nothing found in {text}");
    let Candidate { token, place, repairs, .. } = all.remove(0);
    (token, place, repairs.join("; "))
}

#[test]
fn the_place_is_named() {
    for (text, place) in [
        (TOKEN.to_owned(), ""),
        (format!("  \n{TOKEN}\n"), ""),
        (format!("Bearer {TOKEN}"), "after `Bearer`"),
        (
            format!("Authorization: Bearer {TOKEN}\r\nHost: x"),
            "in the header `Authorization`, after `Bearer`",
        ),
        (format!("authorization: bearer {TOKEN}"), "in the header `authorization`, after `bearer`"),
        (format!("Authorization: DPoP {TOKEN}"), "in the header `Authorization`, after `DPoP`"),
        (
            format!("curl -H 'Authorization: Bearer {TOKEN}' https://api.example/x"),
            "in a curl command, in the header `Authorization`, after `Bearer`",
        ),
        (format!("curl -b 'session={TOKEN}' https://x"), "in a curl command, in the cookie `session`"),
        (format!("Cookie: a=b; session={TOKEN}; c=d"), "in the cookie `session`"),
        (format!("Set-Cookie: token={TOKEN}; HttpOnly"), "in the cookie `token` of a Set-Cookie header"),
        (format!("{{\"access_token\": \"{TOKEN}\"}}"), "in the JSON member `access_token`"),
        (format!("{{\\\"token\\\":\\\"{TOKEN}\\\"}}"), "in the JSON member `token`"),
        (format!("{{'token': '{TOKEN}'}}"), "in the JSON member `token`"),
        (
            format!("https://x.example/cb?code=1&id_token={TOKEN}&a=b"),
            "in the query of an address, `id_token`",
        ),
        (format!("https://x/#access_token={TOKEN}"), "in the fragment of an address, `access_token`"),
        (format!("https://x/cb#state=1&id_token={TOKEN}"), "in the fragment of an address, `id_token`"),
        (format!("https://x/verify/{TOKEN}"), "in the path of an address"),
        (format!("export TOKEN={TOKEN}"), "behind `TOKEN=`"),
        (format!("\"{TOKEN}\""), "in the middle of the text"),
        (format!("12:00 INFO got {TOKEN} from x"), "in the middle of the text"),
        (format!("one\ntwo {TOKEN}\nthree"), "in line 2 of 3"),
        (format!("token={TOKEN}%26x"), "behind `token=`"),
        (format!("auth=Bearer%20{TOKEN}"), "behind `auth=`, after `Bearer`"),
    ] {
        assert_eq!(first(&text), (TOKEN.to_owned(), place.to_owned(), String::new()), "{text}");
    }
}

#[test]
fn what_the_way_did_is_undone_and_told() {
    let wrapped: Vec<_> =
        TOKEN.as_bytes().chunks(40).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let parts: Vec<_> = TOKEN.split('.').collect();
    for (text, repairs) in [
        (wrapped.join("\n"), "put 3 lines together"),
        (format!("token:\n  {}\nand so on", wrapped.join("\r\n  ")), "put 3 lines together"),
        (format!("\"{}\"", wrapped.join("\\\n")), "put 3 lines together"),
        (wrapped.join("\\n"), "put 3 lines together"),
        (parts.join(".\n"), "put 3 lines together"),
        (parts.join(" . "), "took out spaces"),
        (TOKEN.replace('.', "%2E"), "undid percent-encoding"),
        (format!("{TOKEN}="), "took off the padding `=`"),
        (format!("?t={TOKEN}%3D&x=1"), "undid percent-encoding; took off the padding `=`"),
    ] {
        let (token, _, told) = first(&text);
        assert_eq!((token.as_str(), told.as_str()), (TOKEN, repairs), "{text}");
    }
    let padded = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0=.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV/adQssw5c=";
    let (token, _, told) = first(padded);
    assert_eq!(token, OTHER);
    assert!(told.contains("padding") && told.contains("standard alphabet"), "{told}");
}

#[test]
fn what_follows_a_token_is_not_taken_for_a_part_of_it() {
    for text in [
        format!("It is {TOKEN}."),
        format!("It is {TOKEN}. What is wrong?"),
        format!("{TOKEN}\nthanks"),
        format!("{TOKEN}\n\nthanks"),
        format!("{TOKEN} is wrong"),
        format!("{TOKEN}/next"),
        format!("({TOKEN})"),
        format!("<{TOKEN}>"),
        format!("{TOKEN}~WyJ4Il0~"),
    ] {
        assert_eq!(first(&text).0, TOKEN, "{text}");
    }
    // The sample of a tutorial, whose signature is too short, in front of a word.
    let short = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.Tm9EdUxvZ0luU2lnbmF0dXJl";
    assert_eq!(first(&format!("{short}\nthanks")).0, short);
    assert_eq!(first(&format!("{short} thanks.")).0, short);
}

#[test]
fn a_long_signature_is_found_whole_in_wrapped_lines() {
    let key = SigningKey::generate(Algorithm::Rs256).unwrap();
    let token = jwt::sign(&serde_json::json!({"sub": "17"}), &key).unwrap();
    let wrapped: Vec<_> =
        token.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    assert_eq!(first(&format!("{}\nthanks", wrapped.join("\n"))).0, token);
    assert_eq!(first(&format!("x={token}")).0, token);
}

#[test]
fn every_token_is_listed_once_and_refresh_tokens_too() {
    let text = format!(
        "{{\"access_token\":\"{TOKEN}\",\"id_token\":\"{OTHER}\",\"refresh_token\":\"jgr_AbC-d_9\"}} {TOKEN}"
    );
    let tokens: Vec<_> = all(&text).into_iter().map(|candidate| candidate.token).collect();
    assert_eq!(tokens, [TOKEN, OTHER, "jgr_AbC-d_9"]);
}

#[test]
fn a_cut_token_and_what_wraps_tokens_are_recognised() {
    let cut = all("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIi... rejected");
    assert_eq!((cut[0].token.as_str(), cut[0].after), ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", After::Ellipsis));
    assert_eq!(all(&format!("{}\u{2026}", &TOKEN[..60]))[0].after, After::Ellipsis);
    let wrapped = base64url::encode(format!("{{\"access_token\":\"{TOKEN}\"}}").as_bytes());
    let (token, place, _) = first(&format!("sb-auth-token=base64-{wrapped}"));
    assert_eq!(token, TOKEN);
    assert!(place.contains("inside base64") && place.contains("`access_token`"), "{place}");
}

#[test]
fn a_long_text_of_lines_is_given_up_on() {
    let lines = format!("eyJhbGciOiJIUzI1NiJ9.\n{}", "QUFB\n".repeat(100_000));
    let (token, _, told) = first(&lines);
    assert_eq!((token.as_str(), told.as_str()), ("eyJhbGciOiJIUzI1NiJ9", ""));
}

#[test]
fn ordinary_words_are_no_tokens() {
    for text in
        ["", "eyes on example.com.au and extra.text", "every.one.here", "e30", "ey", "hello world", "..."]
    {
        let found = all(text);
        assert!(found.iter().all(|candidate| candidate.token == "e30"), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_searched_without_a_panic(text in "(.|eyJ|\\.|%2E|=|\n|jgr_|\\\\){0,60}") {
        for Candidate { token, .. } in all(&text) {
            assert!(token.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character)));
        }
    }

    #[test]
    fn a_token_is_found_whatever_stands_around_it(before in "[ -~]{0,20}[ \"'(=:]", after in "([ \"')&;,][ -~]{0,20})?") {
        let text = format!("{before}{TOKEN}{after}");
        assert!(all(&text).iter().any(|candidate| candidate.token == TOKEN), "{text}");
    }
}
