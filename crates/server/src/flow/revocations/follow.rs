//! What a follower gets: a stream of events, or a snapshot of everything.
//!
//! Both from the node's memory. The snapshot is signed and compressed once for everybody, at most once a second.

use std::{io::Write, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use jotgate_jose::primitive::{base64url, sha256};
use jotgate_token::{
    reason,
    revocation::{self, Lists, Position},
};

use super::publish::frame;
use crate::flow::throttle::network;
use crate::{
    app::{
        App,
        feed::{NoStream, Snapshot, Stream, now},
    },
    error::{Error, Refused, Result},
};

/// A follower who wants to hear what is taken back.
#[derive(Debug)]
pub struct Follow {
    /// What it made up, to know a new answer from an old one.
    pub nonce: Option<String>,
    /// The last event it has.
    pub last: Option<Position>,
    /// Where it is.
    pub ip: IpAddr,
}

/// Takes in a follower: its first event, and the stream of those that follow.
///
/// # Errors
/// `server.busy` when all places are taken, `server.database` when this node does not know the newest state.
pub async fn follow(app: &App, input: Follow) -> Result<(Bytes, Stream)> {
    wait_for(app, input.last.as_ref()).await;
    let full =
        |detail, hint| Refused::new(&reason::SERVER_BUSY).detail(detail).hint(hint).retry_after_ms(5_000);
    let opened = app.feed.open(network(input.ip), input.last.as_ref());
    let stream = opened.map_err(|refused| match refused {
        NoStream::Full => {
            full("all streams of the feed are taken", "raise [revocations] max_streams, or add a server")
        }
        NoStream::Crowd => full(
            "this network address has as many streams of the feed as one may have",
            "raise [revocations] max_streams_of_network; or name the proxy in [http] trusted_proxies",
        ),
        NoStream::Blind => blind(),
    })?;
    let first = frame(app, &stream.known, stream.prev_seq, &stream.missed, input.nonce)?;
    Ok((first, stream))
}

/// A follower may come from a node that was quicker: that this one is behind for a moment must not look like a database
/// that went back.
async fn wait_for(app: &App, last: Option<&Position>) {
    let is_behind = |last: &Position| {
        let known = app.feed.last_known();
        known.is_some_and(|known| known.head.era == last.era && known.head.seq < last.seq)
    };
    for _ in 0..LOOKS {
        match last {
            Some(last) if is_behind(last) => tokio::time::sleep(LOOK_EVERY).await,
            _ => return,
        }
    }
}

/// Everything in force.
///
/// # Errors
/// `server.database` when this node does not know the newest state.
pub async fn snapshot(app: &App) -> Result<Arc<Snapshot>> {
    let known = app.feed.known().ok_or_else(blind)?;
    let mut kept = app.feed.snapshot().await;
    if let Some(kept) = &*kept {
        let age = kept.made_at.elapsed();
        if age < MADE_EVERY || (kept.head == known.head && age < KEPT) {
            return Ok(Arc::clone(kept));
        }
    }
    let made = make(app).await?;
    *kept = Some(Arc::clone(&made));
    Ok(made)
}

async fn make(app: &App) -> Result<Arc<Snapshot>> {
    let (known, entries) = app.feed.all().ok_or_else(blind)?;
    let made_at = now();
    let snapshot = revocation::Snapshot {
        iss: app.config.issuer.as_str().to_owned(),
        iat: known.at,
        era: known.head.era.clone(),
        seq: known.head.seq,
        feed_leeway: super::leeway(app),
        lists: Lists::default(),
    };
    let keys = app.keyring.signing();
    let making = tokio::task::spawn_blocking(move || {
        let snapshot = revocation::Snapshot { lists: Lists::pack(entries), ..snapshot };
        let signed = keys.feed.sign_snapshot(&snapshot).map_err(|error| error.to_string())?;
        let gzip = compressed(signed.as_bytes()).map_err(|error| error.to_string())?;
        Ok::<_, String>((Bytes::from(signed), gzip))
    });
    let failed = |error: String| Error::Internal(format!("no snapshot of the feed: {error}"));
    let (plain, gzip) = making.await.map_err(|error| failed(error.to_string()))?.map_err(failed)?;
    let tag = base64url::encode(&sha256(&plain)[..16]);
    Ok(Arc::new(Snapshot { head: known.head, made_at, plain, gzip, tag }))
}

/// Digests do not compress; what is saved is what base64url adds twice, and the quickest level saves as much of that as
/// the slowest.
fn compressed(bytes: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish().map(Bytes::from)
}

fn blind() -> Refused {
    let refused =
        Refused::new(&reason::SERVER_DATABASE).detail("this server does not know what was revoked last");
    refused.hint("follow another server meanwhile, or wait").retry_after_ms(1_000)
}

/// How often a snapshot is made.
const MADE_EVERY: Duration = Duration::from_secs(1);

/// How long one is kept when nothing changes.
const KEPT: Duration = Duration::from_secs(30);

const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS: u32 = 50;
