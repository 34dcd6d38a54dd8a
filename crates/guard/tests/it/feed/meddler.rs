//! Somebody on the way who changes what the server sends, message by message. TLS keeps them out; this shows that the
//! guard does not rely on it alone.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use jotgate_guard::{Answering, Fetch, FetchBody, FetchError};
use tokio::sync::mpsc;

use super::place::Via;

/// Clones are the same one.
#[derive(Clone)]
pub(crate) struct Meddler {
    via: Via,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Makes of each event what goes through.
    change: Option<Change>,
    /// Every event that came, as it came.
    events: Vec<String>,
    /// Every snapshot that came.
    snapshots: Vec<Bytes>,
    /// Sent instead of every snapshot.
    instead: Option<Bytes>,
    /// How often it was.
    replaced: usize,
    /// Makes another question of each request for a stream.
    ask: Option<fn(&str) -> String>,
}

type Change = Box<dyn FnMut(&str) -> Vec<String> + Send>;

impl Meddler {
    pub(crate) fn on(via: Via) -> Self {
        Self { via, state: Arc::default() }
    }

    /// From now on makes of each event what this says.
    pub(crate) fn change(&self, change: impl FnMut(&str) -> Vec<String> + Send + 'static) {
        self.state.lock().unwrap().change = Some(Box::new(change));
    }

    /// Lets everything through again.
    pub(crate) fn stop(&self) {
        let mut state = self.state.lock().unwrap();
        (state.change, state.instead, state.ask) = (None, None, None);
    }

    /// Answers every question for a snapshot with this.
    pub(crate) fn serve(&self, snapshot: Bytes) {
        self.state.lock().unwrap().instead = Some(snapshot);
    }

    pub(crate) fn ask(&self, ask: fn(&str) -> String) {
        self.state.lock().unwrap().ask = Some(ask);
    }

    pub(crate) fn snapshots(&self) -> Vec<Bytes> {
        self.state.lock().unwrap().snapshots.clone()
    }

    pub(crate) fn replaced(&self) -> usize {
        self.state.lock().unwrap().replaced
    }

    /// The events that came so far, in order.
    pub(crate) fn events(&self) -> Vec<String> {
        self.state.lock().unwrap().events.clone()
    }
}

impl Fetch for Meddler {
    fn fetch(&self, mut request: Request<Bytes>) -> Answering<'_> {
        let is_feed = request.uri().path() == "/v1/revocations";
        let is_stream = request.headers().get("accept").is_some_and(|accept| accept == "text/event-stream");
        if let Some(ask) = self.state.lock().unwrap().ask.filter(|_| is_feed && is_stream) {
            *request.uri_mut() = ask(&request.uri().to_string()).parse().expect("an address");
        }
        Box::pin(async move {
            let answer = self.via.fetch(request).await?;
            match (is_feed && answer.status() == 200, is_stream) {
                (false, _) => Ok(answer),
                (true, true) => Ok(answer.map(|body| self.stream(body))),
                (true, false) => self.snapshot(answer).await,
            }
        })
    }
}

impl Meddler {
    async fn snapshot(&self, answer: Response<FetchBody>) -> Result<Response<FetchBody>, FetchError> {
        let (parts, mut body) = answer.into_parts();
        let mut whole = Vec::new();
        while let Some(piece) = body.chunk().await? {
            whole.extend_from_slice(&piece);
        }
        let mut state = self.state.lock().unwrap();
        state.snapshots.push(whole.clone().into());
        let sent = match state.instead.clone() {
            Some(instead) => {
                state.replaced += 1;
                instead
            }
            None => whole.into(),
        };
        Ok(Response::from_parts(parts, FetchBody::full(sent)))
    }

    fn stream(&self, mut body: FetchBody) -> FetchBody {
        let (sender, pieces) = mpsc::channel(64);
        let state = Arc::clone(&self.state);
        tokio::spawn(async move {
            let mut text = String::new();
            loop {
                tokio::select! {
                    () = sender.closed() => return,
                    piece = body.chunk() => match piece {
                        Ok(Some(piece)) => text.push_str(str::from_utf8(&piece).expect("ASCII")),
                        _ => return,
                    },
                }
                while let Some(end) = text.find("\n\n") {
                    let event: String = text.drain(..end + 2).collect();
                    let through = {
                        let mut state = state.lock().unwrap();
                        state.events.push(event.clone());
                        state.change.as_mut().map_or_else(|| vec![event.clone()], |change| change(&event))
                    };
                    for event in through {
                        let _ = sender.send(event.into()).await;
                    }
                }
            }
        });
        FetchBody::new(Pieces(pieces))
    }
}

struct Pieces(mpsc::Receiver<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = FetchError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FetchError>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
