//! The last refusals, kept for `jotgate why REQUEST_ID`.
//!
//! Two files in the data folder, the younger replacing the older when full: no query, because a flood of forged tokens
//! must cost the database nothing, and readable by the command line while the server runs. Holds no token, secret,
//! password or address. Not for: audit, which is in the database and complete.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, SyncSender},
};

use serde::{Deserialize, Serialize};

/// One refusal, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// When, in Unix milliseconds.
    pub at: i64,
    /// The id in the answer's `X-Request-Id` and `request_id`.
    pub request_id: String,
    /// The reason's code.
    pub reason: String,
    /// The answer's status.
    pub status: u16,
    /// Method and route pattern, never the path itself.
    pub route: String,
    /// What happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What would have been accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The session concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
}

/// Where refusals are sent to be kept.
#[derive(Debug, Clone)]
pub struct RefusalLog {
    sender: SyncSender<Message>,
}

enum Message {
    Keep(Box<Refusal>),
    Flush(mpsc::Sender<()>),
}

impl RefusalLog {
    /// Starts keeping at least the last `kept` refusals in `folder`, which must exist.
    ///
    /// # Errors
    /// When the files cannot be opened.
    pub fn open(folder: &Path, kept: usize) -> io::Result<Self> {
        let mut files = Files::open(folder, kept)?;
        let (sender, inbox) = mpsc::sync_channel(QUEUE);
        std::thread::Builder::new().name("refusals".into()).spawn(move || keep(&inbox, &mut files))?;
        Ok(Self { sender })
    }

    /// Keeps a refusal. Never waits: under a flood some are not kept, because explaining must not slow answering.
    pub fn record(&self, refusal: Refusal) {
        let _ = self.sender.try_send(Message::Keep(Box::new(refusal)));
    }

    /// Returns when all recorded so far are in the files.
    pub fn flush(&self) {
        let (done, wait) = mpsc::channel();
        if self.sender.send(Message::Flush(done)).is_ok() {
            let _ = wait.recv();
        }
    }

    /// Finds a kept refusal by its request id, also while a server writes.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn find(folder: &Path, request_id: &str) -> io::Result<Option<Refusal>> {
        for name in [YOUNGER, OLDER] {
            let file = match File::open(folder.join(name)) {
                Ok(file) => file,
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e),
            };
            for line in BufReader::new(file).lines() {
                let line = line?;
                if !line.contains(request_id) {
                    continue;
                }
                // A line cut off by a crash does not parse; it is passed over.
                match serde_json::from_str::<Refusal>(&line) {
                    Ok(refusal) if refusal.request_id == request_id => return Ok(Some(refusal)),
                    _ => {}
                }
            }
        }
        Ok(None)
    }
}

fn keep(inbox: &Receiver<Message>, files: &mut Files) {
    while let Ok(first) = inbox.recv() {
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                // A full disk must not stop the server from answering; the refusal goes unexplained.
                Message::Keep(refusal) => drop(files.write(&refusal)),
                Message::Flush(done) => {
                    let _ = files.young.flush();
                    let _ = done.send(());
                }
            }
            next = inbox.try_recv().ok();
        }
        let _ = files.young.flush();
    }
}

struct Files {
    folder: PathBuf,
    young: BufWriter<File>,
    lines: usize,
    kept: usize,
}

impl Files {
    fn open(folder: &Path, kept: usize) -> io::Result<Self> {
        let lines = match File::open(folder.join(YOUNGER)) {
            Ok(file) => BufReader::new(file).lines().count(),
            Err(_) => 0,
        };
        let young = BufWriter::new(append(&folder.join(YOUNGER))?);
        Ok(Self { folder: folder.to_path_buf(), young, lines, kept })
    }

    fn write(&mut self, refusal: &Refusal) -> io::Result<()> {
        if self.lines >= self.kept {
            self.young.flush()?;
            fs::rename(self.folder.join(YOUNGER), self.folder.join(OLDER))?;
            self.young = BufWriter::new(append(&self.folder.join(YOUNGER))?);
            self.lines = 0;
        }
        serde_json::to_writer(&mut self.young, refusal)?;
        self.lines += 1;
        self.young.write_all(b"\n")
    }
}

fn append(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

const YOUNGER: &str = "refusals.jsonl";
const OLDER: &str = "refusals.old.jsonl";
const QUEUE: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(n: usize) -> Refusal {
        Refusal {
            at: n as i64,
            request_id: format!("req-{n}-"),
            reason: "refresh.reused".into(),
            status: 401,
            route: "POST /v1/refresh".into(),
            detail: None,
            expected: Some("generation 4".into()),
            received: Some("generation 2".into()),
            hint: None,
            session: None,
        }
    }

    #[test]
    fn the_last_ten_thousand_are_found_and_the_files_stay_two() {
        let folder = tempfile::tempdir().unwrap();
        let log = RefusalLog::open(folder.path(), 10_000).unwrap();
        for n in 0..25_000 {
            log.record(refusal(n));
            if n % 1_000 == 0 {
                log.flush();
            }
        }
        log.flush();
        assert_eq!(RefusalLog::find(folder.path(), "req-24999-").unwrap(), Some(refusal(24_999)));
        assert_eq!(RefusalLog::find(folder.path(), "req-15000-").unwrap(), Some(refusal(15_000)));
        assert_eq!(RefusalLog::find(folder.path(), "req-1-").unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_restart_goes_on_and_a_torn_line_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let first = RefusalLog::open(folder.path(), 10_000).unwrap();
        first.record(refusal(1));
        first.flush();
        append(&folder.path().join(YOUNGER))
            .unwrap()
            .write_all(b"{\"at\":1,\"request_id\":\"req-2-\"\n")
            .unwrap();
        let second = RefusalLog::open(folder.path(), 10_000).unwrap();
        second.record(refusal(3));
        second.flush();
        for (n, there) in [(1, true), (2, false), (3, true)] {
            let found = RefusalLog::find(folder.path(), &format!("req-{n}-")).unwrap();
            assert_eq!(found.is_some(), there, "{n}");
        }
    }
}
