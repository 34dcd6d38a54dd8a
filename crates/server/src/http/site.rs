//! Whether two origins are one site, for browsers that do not say so themselves (`Sec-Fetch-Site`).
//!
//! An approximation of "schemefully same site" without the public suffix list, which would be 200 kB to decide
//! one refusal that only helps: a wrong "same" makes a login whose cookie does not come back, a wrong "other"
//! a refusal with a mend. So hosts count as one site when they share their last two labels, or the last three
//! where the second-last is a registry's (`co.uk`) or the pair is a known hoster of strangers (`github.io`).

use crate::config::Origin;

/// Same scheme, and same host or same registrable domain as far as that can be told from the names.
pub(super) fn same_site(one: &Origin, other: &Origin) -> bool {
    if one.is_https() != other.is_https() {
        return false;
    }
    let (one, other) = (one.host(), other.host());
    one == other || registrable(one).is_some_and(|domain| registrable(other) == Some(domain))
}

/// The last labels of a name; none for addresses and names that belong to nobody in particular.
fn registrable(host: &str) -> Option<&str> {
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    let labels: Vec<&str> = host.split('.').collect();
    let [.., second, top] = labels[..] else { return None };
    if is_address {
        return None;
    }
    let pair = &host[host.len() - second.len() - 1 - top.len()..];
    let public = top.len() == 2 && REGISTRY_LABELS.contains(&second) || HOSTERS.contains(&pair);
    let wanted = if public { 3 } else { 2 };
    let skipped = labels.len().checked_sub(wanted)?;
    Some(&host[labels[..skipped].iter().map(|label| label.len() + 1).sum()..])
}

/// Second-level labels under which national registries sell names.
const REGISTRY_LABELS: [&str; 10] = ["ac", "co", "com", "edu", "gov", "go", "ne", "net", "or", "org"];

/// Domains that hand out names below them to anybody.
const HOSTERS: [&str; 14] = [
    "appspot.com",
    "azurewebsites.net",
    "firebaseapp.com",
    "fly.dev",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "netlify.app",
    "ngrok.app",
    "onrender.com",
    "pages.dev",
    "vercel.app",
    "web.app",
    "workers.dev",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites() {
        for (one, other, same) in [
            ("http://localhost:5173", "http://localhost:8080", true),
            ("http://localhost:5173", "http://127.0.0.1:8080", false),
            ("http://localhost", "http://app.localhost", false),
            ("https://app.example.com", "https://auth.example.com", true),
            ("https://example.com", "https://auth.example.com", true),
            ("http://app.example.com", "https://auth.example.com", false),
            ("https://example.com", "https://example.org", false),
            ("https://notexample.com", "https://example.com", false),
            ("https://a.co.uk", "https://b.co.uk", false),
            ("https://www.a.co.uk", "https://auth.a.co.uk", true),
            ("https://alice.github.io", "https://bob.github.io", false),
            ("https://10.0.0.1", "https://11.0.0.1", false),
            ("https://[::1]", "https://[::1]:8443", true),
        ] {
            let [one, other] = [one, other].map(|text| Origin::parse(text).unwrap());
            assert_eq!(same_site(&one, &other), same, "{one} {other}");
        }
    }
}
