//! The defence against forged requests from foreign pages (CSRF): cookies count only when a page of ours asked.
//!
//! [`Vouched`] is made by one function and demanded by everything that reads or sets a cookie for an unsafe
//! method, so a handler that forgets the check does not compile.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jotgate_token::reason;

use super::{front::Front, site};
use crate::{
    config::Origin,
    error::{Error, Refused},
};

/// Proof that the browser said which page sent the request, and that the page is allowed to.
#[derive(Clone, Debug)]
pub(super) struct Vouched {
    /// The page's origin; none when only `Sec-Fetch-Site: same-origin` was sent.
    origin: Option<HeaderValue>,
}

/// Checks `Origin`, or without one `Sec-Fetch-Site`, both of which no page can forge.
pub(super) fn vouch(front: &Front, headers: &HeaderMap) -> Result<Vouched, Error> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        // `null` is what sandboxed frames and some redirects send: anybody can make one, so it is in no list.
        (Some(origin), None) if front.origins.allow(origin) => Ok(Vouched { origin: Some(origin.clone()) }),
        (None, _) if headers.get(&SEC_FETCH_SITE).is_some_and(|site| site == "same-origin") => {
            Ok(Vouched { origin: None })
        }
        (Some(origin), None) => Err(refusal(front, origin.to_str().ok().filter(|text| text.len() < 200))),
        (Some(_), Some(_)) => Err(refusal(front, Some("two Origin headers"))),
        (None, _) => Err(refusal(front, Some("no Origin header"))),
    }
}

impl Vouched {
    /// Refuses what another origin sent, also one that may call the API: a page of ours comes from here alone.
    pub(super) fn require_own(&self, front: &Front) -> Result<(), Error> {
        let issuer = front.app.config.issuer.origin();
        match &self.origin {
            Some(origin) if issuer.to_string().as_bytes() != origin.as_bytes() => {
                let refused = Refused::new(&reason::REQUEST_ORIGIN).expected(issuer.to_string());
                let received = origin.to_str().ok().filter(|text| text.len() < 200);
                Err(refused.received(received.unwrap_or("an unreadable Origin")).into())
            }
            _ => Ok(()),
        }
    }

    /// Refuses cookies that the browser would not send back, because the page is on another site (schemefully).
    pub(super) fn require_same_site(&self, front: &Front, headers: &HeaderMap) -> Result<(), Error> {
        let Some(page) = self.origin.as_ref().and_then(|origin| Origin::parse(origin.to_str().ok()?).ok())
        else {
            return Ok(());
        };
        let issuer = front.app.config.issuer.origin();
        // The browser knows the public suffix list; its word counts where it gives one.
        let same = match headers.get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes) {
            Some(b"same-origin" | b"same-site") => true,
            Some(b"cross-site") => false,
            _ => site::same_site(&page, issuer),
        };
        if same {
            return Ok(());
        }
        Err(Refused::new(&reason::REQUEST_COOKIE_CROSS_SITE)
            .expected(format!("a page of the same site as {issuer}"))
            .received(page.to_string())
            .into())
    }
}

fn refusal(front: &Front, received: Option<&str>) -> Error {
    let issuer = &front.app.config.issuer;
    let refused = Refused::new(&reason::REQUEST_ORIGIN).expected(front.origins.listed());
    let refused = match received {
        Some("no Origin header") => refused.hint(format!(
            "A browser sends `Origin` by itself; with curl add -H 'Origin: {issuer}', or leave cookies out with `delivery: \"body\"`."
        )),
        _ => refused,
    };
    refused.received(received.unwrap_or("an unreadable Origin")).into()
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
