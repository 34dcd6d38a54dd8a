//! Where a person goes after logging in: `next` in the query and in forms, which anybody can write into a link.
//!
//! Only paths of this site count (OWASP Unvalidated Redirects). What is in doubt is not repaired but replaced by the
//! account page: browsers read addresses in more ways than a check can list, so few characters are let through.

use crate::http::percent;

/// A path of this site, query included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) struct Next(String);

impl Next {
    /// Takes what a link or form says.
    pub(in crate::http) fn read(text: &str) -> Self {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let is_ours = text.starts_with('/')
            && text.len() <= LONGEST
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"\\<>\"'`{}|^".contains(&b))
            // A second slash would begin a host, and browsers take dots out of a path before they look.
            && !path.contains("//")
            && !path.split('/').any(|part| matches!(part, "." | "..") || is_dotted(part))
            && !ENTRANCES.contains(&path);
        Self(if is_ours { text.to_owned() } else { HOME.to_owned() })
    }

    /// Takes it out of a query.
    pub(in crate::http) fn of_query(query: Option<&str>) -> Self {
        percent::value(query, "next").map_or_else(Self::default, |text| Self::read(&text))
    }

    /// The path.
    pub(in crate::http) fn path(&self) -> &str {
        &self.0
    }

    /// What a link between two pages of the way in ends with; nothing when it leads where everybody is led.
    pub(in crate::http) fn query(&self) -> String {
        if self.0 == HOME { String::new() } else { format!("?next={}", percent::encode(&self.0)) }
    }
}

impl Default for Next {
    fn default() -> Self {
        Self(HOME.to_owned())
    }
}

/// `%2e` is a dot to a browser.
fn is_dotted(part: &str) -> bool {
    matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

const HOME: &str = "/account";
const LONGEST: usize = 1000;
/// Being led back to where one came in would be no way on.
const ENTRANCES: [&str; 4] = ["/login", "/signup", "/logout", "/mfa"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_this_site_are_taken() {
        for good in [
            "/",
            "/account",
            "/account/security?from=mail#codes",
            "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&scope=a%20b",
            "/a/b-c_d~e.f",
            "/login/code",
            "/search?q=a//b",
        ] {
            assert_eq!(Next::read(good).path(), good);
        }
    }

    #[test]
    fn no_spelling_leads_to_another_site() {
        for bad in [
            "",
            "account",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "/\\/evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/ /evil.example",
            "https://evil.example",
            "HTTPS://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "http:\\\\evil.example",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "/.//evil.example",
            "/..//evil.example",
            "/%2e//evil.example",
            "/a/..//evil.example",
            "/%2E%2e/x",
            "/./\\evil.example",
            "//evil.example/%2f..",
            "//localhost:8080@evil.example",
            "@evil.example",
            ".evil.example",
            "evil.example/account",
            "/account\u{0}",
            "/account\u{202e}",
            "/\u{ff0f}evil.example",
            "\u{2028}//evil.example",
            "?next=//evil.example",
            "/x\"><script>alert(1)</script>",
            "/login?next=//evil.example",
            "/logout",
        ] {
            assert_eq!(Next::read(bad).path(), HOME, "{bad:?}");
        }
        assert_eq!(Next::read(&format!("/{}", "a".repeat(LONGEST))).path(), HOME);
    }

    #[test]
    fn a_query_is_decoded_once() {
        let of = |query: &str| Next::of_query(Some(query)).path().to_owned();
        assert_eq!(of("next=%2Faccount%2Fsecurity%3Fa%3Db"), "/account/security?a=b");
        assert_eq!(of("why=expired&next=/x"), "/x");
        assert_eq!(of("next=%2F%2Fevil.example"), HOME);
        assert_eq!(of("next=%252F%252Fevil.example"), HOME);
        assert_eq!(of("next=/%2F/evil.example"), HOME);
        assert_eq!(of("next=%FF"), HOME);
        assert_eq!(of("next=%2"), HOME);
        assert_eq!(Next::of_query(None).path(), HOME);
    }

    #[test]
    fn it_travels_from_page_to_page_unchanged() {
        let next = Next::read("/oauth/authorize?a=b&c=%20d");
        assert_eq!(Next::of_query(next.query().strip_prefix('?')), next);
        assert_eq!(Next::default().query(), "");
    }
}
