//! Who asks: the peer, or behind trusted proxies whom they name in `X-Forwarded-For` or `Forwarded` (RFC 7239).
//!
//! Read from the right: each trusted proxy appended the peer it saw, so the first address that is no trusted
//! proxy is the last one that somebody trusted has seen. Everything left of it is the client's own words.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName, header};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the connection and the headers tell about the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct From {
    pub(crate) client: IpAddr,
    /// Whether the peer itself is a trusted proxy.
    pub(crate) through_proxy: bool,
    /// Whether somebody untrusted sent forwarding headers, which were ignored.
    pub(crate) ignored: bool,
}

/// Finds the client of a request that came from `peer`.
pub(crate) fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> From {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        let ignored = headers.contains_key(&X_FORWARDED_FOR) || headers.contains_key(header::FORWARDED);
        return From { client: peer, through_proxy: false, ignored };
    }
    let named = |chain: Vec<Option<IpAddr>>| client_of(&chain, is_trusted);
    let client = match (chain(headers, &X_FORWARDED_FOR, bare), chain(headers, &header::FORWARDED, rfc_7239))
    {
        (None, None) => None,
        (Some(chain), None) | (None, Some(chain)) => named(chain),
        // A proxy writes one of the two; the other came from the client. Where they differ neither is believed.
        (Some(one), Some(other)) => named(one).filter(|client| Some(*client) == named(other)),
    };
    From { client: client.unwrap_or(peer), through_proxy: true, ignored: false }
}

fn client_of(chain: &[Option<IpAddr>], is_trusted: impl Fn(&IpAddr) -> bool) -> Option<IpAddr> {
    let mut last = None;
    for hop in chain.iter().rev() {
        // An unreadable hop ends the walk: what is left of it cannot be vouched for.
        let Some(address) = hop else { return last };
        last = Some(*address);
        if !is_trusted(address) {
            break;
        }
    }
    last
}

/// All hops of all lines of the header, leftmost first; `None` when the header is missing.
fn chain(
    headers: &HeaderMap,
    name: &HeaderName,
    read: fn(&str) -> Option<IpAddr>,
) -> Option<Vec<Option<IpAddr>>> {
    let lines = headers.get_all(name).iter();
    let hops: Vec<_> = lines
        .flat_map(|line| match line.to_str() {
            Ok(text) => text.split(',').map(|hop| read(hop.trim())).collect(),
            Err(_) => vec![None],
        })
        .collect();
    (!hops.is_empty()).then_some(hops)
}

fn bare(hop: &str) -> Option<IpAddr> {
    let bracketed = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address =
        bracketed.unwrap_or(hop).parse::<IpAddr>().or_else(|_| hop.parse::<SocketAddr>().map(|a| a.ip()));
    address.ok().map(|address| address.to_canonical())
}

fn rfc_7239(hop: &str) -> Option<IpAddr> {
    let parameter = hop.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value)
    })?;
    bare(parameter.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let headers = headers.iter().map(|(n, v)| (HeaderName::from_static(n), v.parse().unwrap())).collect();
        find(peer.parse().unwrap(), &headers, &trusted).client.to_string()
    }

    #[test]
    fn the_rightmost_untrusted_address_is_the_client() {
        for (peer, headers, expected) in [
            ("10.0.0.1", &[("x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.0.0.2")][..], "203.0.113.7"),
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.7")], "203.0.113.7"),
            ("10.0.0.1", &[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ("10.0.0.1", &[("x-forwarded-for", "203.0.113.7:4711")], "203.0.113.7"),
            ("10.0.0.1", &[("x-forwarded-for", "[2001:db8::1]:4711")], "2001:db8::1"),
            ("10.0.0.1", &[("x-forwarded-for", "[2001:db8::1]")], "2001:db8::1"),
            (
                "fd00::1",
                &[("forwarded", "for=198.51.100.2, for=\"[2001:db8::7]:80\";proto=https")],
                "2001:db8::7",
            ),
            ("::ffff:10.0.0.1", &[("x-forwarded-for", "::ffff:203.0.113.7")], "203.0.113.7"),
            ("10.0.0.1", &[], "10.0.0.1"),
        ] {
            assert_eq!(client(peer, headers), expected, "{peer} {headers:?}");
        }
    }

    #[test]
    fn strangers_and_the_unreadable_name_nobody() {
        assert_eq!(client("203.0.113.9", &[("x-forwarded-for", "127.0.0.1")]), "203.0.113.9");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "unknown")]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &[("x-forwarded-for", "1.1.1.1, unknown, 10.0.0.2")]), "10.0.0.2");
        assert_eq!(client("10.0.0.1", &[("forwarded", "for=_hidden;by=10.0.0.1")]), "10.0.0.1");
    }

    #[test]
    fn two_headers_that_differ_are_both_disbelieved() {
        let forged = [("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=6.6.6.6")];
        assert_eq!(client("10.0.0.1", &forged), "10.0.0.1");
        let agreed = [("x-forwarded-for", "203.0.113.7"), ("forwarded", "for=203.0.113.7")];
        assert_eq!(client("10.0.0.1", &agreed), "203.0.113.7");
    }

    #[test]
    fn ignored_headers_are_reported() {
        let headers = HeaderMap::from_iter([(header::FORWARDED, "for=1.1.1.1".parse().unwrap())]);
        assert!(find("203.0.113.9".parse().unwrap(), &headers, &[]).ignored);
        assert!(!find("203.0.113.9".parse().unwrap(), &HeaderMap::new(), &[]).ignored);
    }
}
