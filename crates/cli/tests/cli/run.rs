//! Running the binary in an empty folder, with an empty environment.
#![expect(clippy::print_stdout, reason = "skipped vectors are to be seen")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A folder of its own, in which commands run; removed at the end.
pub(crate) struct Place(tempfile::TempDir);

/// What came back.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("the temporary folder is writable"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).expect("the temporary folder is writable");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the command wrote the file")
    }

    /// Runs `jotgate` with these words, split at white space.
    pub(crate) fn run(&self, words: &str) -> Answer {
        self.run_with(words, &[], "")
    }

    pub(crate) fn pipe(&self, words: &str, stdin: &str) -> Answer {
        self.run_with(words, &[], stdin)
    }

    /// Runs until the answer is yes: for what a server writes behind its answers.
    #[track_caller]
    pub(crate) fn eventually(&self, words: &str) -> Value {
        for _ in 0..50 {
            let answer = self.run(words);
            if answer.code == 0 {
                return answer.json();
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("`{words}` never succeeded");
    }

    pub(crate) fn run_with(&self, words: &str, env: &[(&str, &str)], stdin: &str) -> Answer {
        let mut child = command(self.0.path())
            .args(words.split_whitespace())
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary is built before its tests");
        // A command that does not read its input may close it before everything is written.
        let _ = child.stdin.take().expect("it is piped").write_all(stdin.as_bytes());
        let output = child.wait_with_output().expect("it was started");
        let text = |bytes| String::from_utf8(bytes).expect("answers are UTF-8");
        let code = output.status.code().expect("it ends by itself");
        Answer { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Answer {
    /// Standard output without the end of the line, from a command that ended well and said nothing else.
    #[track_caller]
    pub(crate) fn good(&self) -> &str {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{}", self.stdout);
        self.stdout.trim_end_matches('\n')
    }

    /// The one JSON value of standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {:?}", self.stdout))
    }

    /// The refusal on standard error, of a command that ended with this code and answered nothing.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        &self.stderr
    }
}

/// The binary, without anything of the environment that the tests run in.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jotgate"));
    command.current_dir(folder).env_clear();
    command
}

/// The folder of test vectors; when it is missing, that is said aloud.
pub(crate) fn vectors() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("JOTGATE_VECTORS").map_or("../shared/vectors".into(), PathBuf::from);
    let folder = root.join(folder);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: no test vectors at {}", folder.display());
    None
}
