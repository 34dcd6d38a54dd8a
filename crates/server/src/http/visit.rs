//! One request's identity: its id and who asks. Made once by the gate, taken by handlers as an argument.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::{FromRequestParts, Request},
    http::request,
};
use http::{HeaderMap, header};

use super::{
    front::Front,
    layer::{forwarded, request_id},
};
use crate::{error::Error, flow::Client, text::Language};

/// The address of the connection's other end, put into each request by whoever accepted the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Who asks, and under which id the request is found again.
#[derive(Clone, Debug)]
pub(super) struct Visit(Arc<Client>);

impl Visit {
    pub(super) fn begin(front: &Front, request: &Request) -> Self {
        // Without a peer nothing vouches for forwarding headers, so the address is one that nobody trusts.
        let peer =
            request.extensions().get().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |Peer(peer)| peer.ip());
        let from = forwarded::find(peer, request.headers(), &front.app.config.http.trusted_proxies);
        if from.ignored {
            warn_once(peer);
        }
        Self(Arc::new(Client {
            ip: from.client,
            user_agent: user_agent(request.headers()),
            language: language(request.headers()),
            device: front.cookies.device(request.headers()),
            request_id: request_id::choose(&front.app, request.headers(), from.through_proxy),
        }))
    }

    pub(super) fn client(&self) -> Client {
        (*self.0).clone()
    }

    pub(super) fn request_id(&self) -> &str {
        &self.0.request_id
    }

    pub(super) fn ip(&self) -> IpAddr {
        self.0.ip
    }
}

impl FromRequestParts<Front> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut request::Parts, _: &Front) -> Result<Self, Error> {
        parts
            .extensions
            .get()
            .cloned()
            .ok_or_else(|| Error::Internal("a request passed without the gate".into()))
    }
}

/// Once, because every request of a forgotten proxy would repeat it.
fn warn_once(peer: IpAddr) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            %peer,
            "forwarding headers ignored: if this is your proxy, add its address to `[http] trusted_proxies`, \
             or all users count as one address"
        );
    }
}

fn language(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    wanted.and_then(Language::of_header).unwrap_or_default()
}

/// What a list of sessions shows: printable ASCII, cut where nobody reads on.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let bytes = headers.get(header::USER_AGENT)?.as_bytes().iter().take(256);
    let text: String =
        bytes.map(|b| if b.is_ascii_graphic() || *b == b' ' { char::from(*b) } else { '?' }).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
