//! The cookies that carry tokens (RFC 6265bis): their names, how they are set, read and cleared.
//!
//! Refresh tokens live in four slots named by generation modulo 4, because a late reply can overwrite a newer
//! cookie; the browser sends all and the highest good one counts. Not here: whether a request may use them,
//! which [`Vouched`] proves.

use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

use super::origin::Vouched;
use crate::config::Issuer;

/// 32 bytes in base64url.
const DEVICE_LENGTH: usize = 43;

/// How many generations have a cookie of their own.
const SLOTS: usize = 4;

/// The names under this issuer, and whether they are `Secure`.
#[derive(Debug)]
pub(super) struct Names {
    secure: bool,
    refresh: [String; SLOTS],
    access: String,
    page: String,
    mfa: String,
    language: String,
    device: String,
}

/// What a cookie holds and how far it is sent.
#[derive(Clone, Copy)]
enum Reach {
    /// Only to requests that our own site starts.
    Strict,
    /// Also when a link on another site leads here.
    Lax,
}

impl Names {
    /// `__Host-` names; on plain http, which is loopback only, Safari drops those and `Secure` ones, so there the
    /// names carry the port instead, because cookies do not tell ports apart and two servers would share them.
    pub(super) fn new(issuer: &Issuer) -> Self {
        let secure = issuer.is_https();
        let name = |what: &str| match secure {
            true => format!("__Host-jotgate_{what}"),
            false => format!("jotgate_{what}_{}", issuer.port()),
        };
        Self {
            secure,
            refresh: std::array::from_fn(|slot| name(&format!("refresh_{slot}"))),
            access: name("access"),
            page: name("session"),
            mfa: name("mfa"),
            language: name("language"),
            device: name("device"),
        }
    }

    /// Every refresh token among the request's cookies. More than one a slot can come only from a cookie of
    /// another path or domain; all are looked at, because a foreign twin must not hide the real one.
    pub(super) fn refresh_tokens(&self, headers: &HeaderMap) -> Vec<SecretString> {
        let ours = pairs(headers)
            .filter(|(name, value)| !value.is_empty() && self.refresh.iter().any(|slot| slot == name));
        ours.take(2 * SLOTS).map(|(_, value)| SecretString::from(value)).collect()
    }

    /// The access token, when there is exactly one: of two, one is somebody else's doing.
    pub(super) fn access_token<'r>(&self, headers: &'r HeaderMap) -> Option<&'r str> {
        let mut ours = pairs(headers).filter(|(name, value)| !value.is_empty() && *name == self.access);
        match (ours.next(), ours.next()) {
            (Some((_, token)), None) => Some(token),
            _ => None,
        }
    }

    /// The cookie that signs in to the pages, when there is exactly one.
    pub(super) fn page_token(&self, headers: &HeaderMap) -> Option<SecretString> {
        Self::only(headers, &self.page)
    }

    /// The cookie by which this browser is known again, when there is exactly one that we could have made.
    pub(super) fn device(&self, headers: &HeaderMap) -> Option<SecretString> {
        Self::only(headers, &self.device).filter(|token| token.expose_secret().len() == DEVICE_LENGTH)
    }

    /// Sets that cookie, for a year from now. Logging out leaves it: it says where, not who.
    pub(super) fn set_device(&self, answer: &mut Response, _: &Vouched, token: &SecretString) {
        self.set(answer, &self.device, token.expose_secret(), A_YEAR, Reach::Strict);
    }

    /// Every token that stands for a session in this browser: what a new login replaces and a logout ends.
    pub(super) fn held(&self, headers: &HeaderMap) -> Vec<SecretString> {
        self.refresh_tokens(headers).into_iter().chain(self.page_token(headers)).collect()
    }

    /// Sets the cookie that signs in to the pages: `Lax`, so that a link in a mail leads to the account. It lives as
    /// long as the browser is open or a session can be; the server decides whether it still counts.
    pub(super) fn set_page(&self, answer: &mut Response, _: &Vouched, token: &SecretString, seconds: i64) {
        self.set(answer, &self.page, token.expose_secret(), seconds, Reach::Lax);
    }

    /// Which login waits for its second factor in this browser.
    pub(super) fn mfa_token(&self, headers: &HeaderMap) -> Option<SecretString> {
        Self::only(headers, &self.mfa)
    }

    /// Sets it between the two pages of a login; no seconds clear it.
    pub(super) fn set_mfa(&self, answer: &mut Response, _: &Vouched, token: &SecretString, seconds: i64) {
        self.set(answer, &self.mfa, token.expose_secret(), seconds, Reach::Strict);
    }

    /// Clears it, once the login is over.
    pub(super) fn clear_mfa(&self, answer: &mut Response, _: &Vouched) {
        self.set(answer, &self.mfa, "", 0, Reach::Strict);
    }

    /// The value of a cookie that has no twin: of two, one is somebody else's doing.
    fn only(headers: &HeaderMap, name: &str) -> Option<SecretString> {
        let mut ours = pairs(headers).filter(|(known, value)| !value.is_empty() && *known == name);
        match (ours.next(), ours.next()) {
            (Some((_, token)), None) => Some(SecretString::from(token)),
            _ => None,
        }
    }

    /// The language that was chosen in this browser.
    pub(super) fn language<'r>(&self, headers: &'r HeaderMap) -> Option<&'r str> {
        pairs(headers).find(|(name, _)| *name == self.language).map(|(_, value)| value)
    }

    /// Remembers the language. It opens nothing and says nothing, so a link from anywhere may set it.
    pub(super) fn set_language(&self, answer: &mut Response, code: &str) {
        self.set(answer, &self.language, code, A_YEAR, Reach::Lax);
    }

    /// Forgets it again.
    pub(super) fn clear_language(&self, answer: &mut Response) {
        self.set(answer, &self.language, "", 0, Reach::Lax);
    }

    /// Sets the refresh token of one generation.
    pub(super) fn set_refresh(
        &self,
        answer: &mut Response,
        _: &Vouched,
        generation: u64,
        token: &str,
        seconds: i64,
    ) {
        let name = &self.refresh[slot(generation)];
        self.set(answer, name, token, seconds, Reach::Strict);
    }

    /// Clears the slots of an earlier session, whose generation might be the higher one.
    pub(super) fn clear_other_slots(&self, answer: &mut Response, _: &Vouched, generation: u64) {
        for (n, name) in self.refresh.iter().enumerate() {
            if n != slot(generation) {
                self.set(answer, name, "", 0, Reach::Strict);
            }
        }
    }

    /// Sets the access token.
    pub(super) fn set_access(&self, answer: &mut Response, _: &Vouched, token: &str, seconds: i64) {
        self.set(answer, &self.access, token, seconds, Reach::Lax);
    }

    /// Clears everything that a login sets.
    pub(super) fn clear_all(&self, answer: &mut Response, _: &Vouched) {
        for name in &self.refresh {
            self.set(answer, name, "", 0, Reach::Strict);
        }
        self.set(answer, &self.access, "", 0, Reach::Lax);
        self.set(answer, &self.page, "", 0, Reach::Lax);
    }

    fn set(&self, answer: &mut Response, name: &str, value: &str, seconds: i64, reach: Reach) {
        let secure = if self.secure { "; Secure" } else { "" };
        let reach = match reach {
            Reach::Strict => "Strict",
            Reach::Lax => "Lax",
        };
        let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite={reach}{secure}");
        if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
            cookie.set_sensitive(true);
            answer.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

const A_YEAR: i64 = 365 * 24 * 3600;

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

#[expect(clippy::cast_possible_truncation, reason = "a remainder below four")]
fn slot(generation: u64) -> usize {
    (generation % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(issuer: &str) -> Names {
        Names::new(&Issuer::parse(issuer).unwrap())
    }

    fn read(names: &Names, lines: &[&'static str]) -> Vec<String> {
        let headers = lines.iter().map(|line| (header::COOKIE, HeaderValue::from_static(line))).collect();
        names.refresh_tokens(&headers).iter().map(|token| token.expose_secret().to_owned()).collect()
    }

    #[test]
    fn names_carry_the_prefix_or_the_port() {
        assert_eq!(names("https://auth.example.com").refresh[3], "__Host-jotgate_refresh_3");
        assert_eq!(names("http://localhost:8080").refresh[0], "jotgate_refresh_0_8080");
        assert_eq!(names("http://localhost:8080").access, "jotgate_access_8080");
    }

    #[test]
    fn only_the_exact_names_count() {
        let https = names("https://auth.example.com");
        let lines =
            ["a=1; jotgate_refresh_0=twin; __Host-jotgate_refresh_1=one", "__Host-jotgate_refresh_0=zero"];
        assert_eq!(read(&https, &lines), ["one", "zero"]);
        let loopback = names("http://localhost:8080");
        assert_eq!(read(&loopback, &["jotgate_refresh_0_8081=other; jotgate_refresh_0_8080=ours"]), ["ours"]);
    }

    #[test]
    fn an_access_token_has_no_twin() {
        let loopback = names("http://localhost:8080");
        let read = |line: &'static str| {
            let headers = HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_static(line))]);
            loopback.access_token(&headers).map(str::to_owned)
        };
        assert_eq!(read("a=1; jotgate_access_8080=t").as_deref(), Some("t"));
        assert_eq!(read("jotgate_access_8080=t; jotgate_access_8080=u"), None);
        assert_eq!(read("jotgate_access_8081=t; jotgate_access_8080="), None);
    }

    #[test]
    fn twins_are_all_read_and_bounded() {
        let https = names("https://auth.example.com");
        assert_eq!(read(&https, &["__Host-jotgate_refresh_1=a; __Host-jotgate_refresh_1=b"]), ["a", "b"]);
        let many = "__Host-jotgate_refresh_1=a; ".repeat(50);
        let headers = HeaderMap::from_iter([(header::COOKIE, many.parse().unwrap())]);
        assert_eq!(https.refresh_tokens(&headers).len(), 8);
    }
}
