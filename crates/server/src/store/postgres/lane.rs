//! The thread on which closures talk to PostgreSQL. What a closure's future holds is its own affair there: no caller
//! has to prove to the compiler that it may cross threads, which fails in odd ways for closures that borrow. One
//! thread is enough, because it only passes messages: PostgreSQL is at its limit long before.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};

use super::Connections;
use crate::store::StoreError;

pub(super) struct Lane {
    /// Taken only when dropped: the thread ends when its queue does.
    queue: Option<mpsc::UnboundedSender<Box<dyn Job>>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

impl Lane {
    pub(super) fn start(connections: Connections) -> std::io::Result<Lane> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("postgres".to_owned())
            .spawn(move || LocalSet::new().block_on(&runtime, serve(Rc::new(connections), jobs)))?;
        Ok(Lane { queue: Some(queue), room: Arc::new(Semaphore::new(ROOM)), thread: Some(thread) })
    }

    /// Runs `work` over there. When this future is dropped, `work` is too.
    pub(super) async fn run<F, R>(&self, work: F) -> Result<R, StoreError>
    where
        F: AsyncFnOnce(Rc<Connections>) -> Result<R, StoreError> + Send + 'static,
        R: Send + 'static,
    {
        let room = Arc::clone(&self.room).try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.send(Box::new(Work { work, answer, room })).map_err(|_| gone())?;
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// Waits for the thread, so that all connections are closed when the last `Store` has gone.
impl Drop for Lane {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            // Its panic was printed when it happened; the server undoes what was open.
            let _ = thread.join();
        }
    }
}

trait Job: Send {
    fn start(self: Box<Self>, connections: Rc<Connections>) -> Pin<Box<dyn Future<Output = ()>>>;
}

struct Work<F, R> {
    work: F,
    answer: oneshot::Sender<Result<R, StoreError>>,
    room: OwnedSemaphorePermit,
}

impl<F, R> Job for Work<F, R>
where
    F: AsyncFnOnce(Rc<Connections>) -> Result<R, StoreError> + Send + 'static,
    R: Send + 'static,
{
    fn start(self: Box<Self>, connections: Rc<Connections>) -> Pin<Box<dyn Future<Output = ()>>> {
        Box::pin(async move {
            let Work { work, mut answer, room } = *self;
            let result = tokio::select! {
                result = work(connections) => Some(result),
                () = answer.closed() => None,
            };
            if let Some(result) = result {
                // Nobody waits any more when the request was dropped just now.
                let _ = answer.send(result);
            }
            drop(room);
        })
    }
}

async fn serve(connections: Rc<Connections>, mut jobs: mpsc::UnboundedReceiver<Box<dyn Job>>) {
    while let Some(job) = jobs.recv().await {
        spawn_local(job.start(Rc::clone(&connections)));
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("the thread that talks to PostgreSQL has ended".to_owned())
}

/// Work that may be under way or wait for a connection; beyond it callers are refused at once.
const ROOM: usize = 4_096;
