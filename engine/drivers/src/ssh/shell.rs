//! A shell on a machine that stays, so that a short command costs one round trip and not a login.

use std::sync::Arc;

use openssh::{Child, ChildStderr, ChildStdin, ChildStdout, Session, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::frame::{Frame, Marks};
use super::quote::quoted;

/// What a shell that cannot be had, or stopped in the middle, means.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no connection any more; nothing was sent.
    Gone,
    /// The machine opens no further session.
    Full(String),
    /// A session was opened, and no shell came of it.
    NoShell {
        /// What came instead.
        said: String,
    },
    /// The shell ended, or its connection did; the question may have arrived.
    Broken,
    /// There was more than can be taken in.
    Large,
}

/// What a shell answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The exit status of the script.
    pub status: i32,
    /// What it printed.
    pub stdout: Vec<u8>,
    /// What it printed on its error channel.
    pub stderr: Vec<u8>,
}

impl Answer {
    /// What it printed, as text.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.stdout)
    }

    /// What it printed on its error channel, as text without the white space around it.
    pub fn complaint(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim().to_owned()
    }
}

/// The words that start a shell which runs as whom the machine says. Every login shell understands them.
const ENTER: &str = "exec sh";
const ENTER_SUDO: &str = r#"exec sh -c 'if [ "$(id -u)" = 0 ]; then exec sh; else exec sudo -n sh; fi'"#;
/// The words that run `script` as whom the machine says, with the input of the session as its own.
pub(super) fn entered(script: &str, sudo: bool) -> String {
    // The script goes through `sh -c` twice at most; only what a login shell sees has to be plain.
    let once = format!("sh -c {}", quoted(script));
    let text = if sudo {
        format!(r#"if [ "$(id -u)" = 0 ]; then exec {once}; else exec sudo -n {once}; fi"#)
    } else {
        format!("exec {once}")
    };
    format!("exec sh -c {}", quoted(&text))
}

/// What every shell is told first. Where a login does not look for the programs of root, those folders come last.
/// `RB_HOME` is the private folder for what a machine keeps of us: one that a reboot leaves alone.
pub(super) const FIRST: &str = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin; export PATH; unset CDPATH ENV BASH_ENV; set +e +u\n\
    RB_UID=$(id -u); if [ \"$RB_UID\" = 0 ]; then RB_HOME=/var/lib/runbook; \
    elif [ -w \"${HOME:-/none}\" ]; then RB_HOME=$HOME/.local/state/runbook; \
    else RB_HOME=/var/tmp/runbook-$RB_UID; fi\n";

/// The most that the first answer of a shell may be.
const HELLO_BYTES_MAX: usize = 4096;
const CHUNK_BYTES: usize = 64 * 1024;

/// A shell that has said hello.
#[derive(Debug)]
pub(super) struct Shell {
    /// Holds the session open.
    _child: Child<Arc<Session>>,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
    word: String,
    count: u64,
    /// The process that it is on its machine.
    pub(super) pid: u32,
}

impl Shell {
    /// Opens a session and a shell in it.
    pub(super) async fn open(session: Arc<Session>, sudo: bool) -> Result<Self, Trouble> {
        let enter = if sudo { ENTER_SUDO } else { ENTER };
        let mut child = spawn(session, enter).await?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin().take(), child.stdout().take(), child.stderr().take())
        else {
            return Err(Trouble::Gone);
        };
        let word = random_word().map_err(|_| Trouble::Gone)?;
        let mut shell = Self { _child: child, stdin, stdout, stderr, word, count: 0, pid: 0 };
        let (out, err, heard) = shell.question(FIRST, "echo $$", HELLO_BYTES_MAX).await;
        if heard.is_err() || out.ended() != Some(0) {
            return Err(Trouble::NoShell { said: said(&err, &out) });
        }
        shell.pid = out.text().trim().parse().unwrap_or_default();
        Ok(shell)
    }

    /// Whether the shell is still there, as far as is known without asking it.
    pub(super) async fn stands(&mut self) -> bool {
        // Between two answers nothing is to come but noise; an end of the channel is the end of the shell.
        let mut chunk = [0; 1024];
        loop {
            tokio::select! {
                biased;
                read = self.stdout.read(&mut chunk) => if !matches!(read, Ok(1..)) { return false },
                () = std::future::ready(()) => return true,
            }
        }
    }

    /// Runs `script` and hears it to its end. A shell that was left in the middle of this is of no further use.
    pub(super) async fn ask(&mut self, script: &str, most: usize) -> Result<Answer, Trouble> {
        let (out, err, heard) = self.question("", script, most).await;
        heard?;
        let (Some(status), Some(_)) = (out.ended(), err.ended()) else { return Err(Trouble::Broken) };
        Ok(Answer { status, stdout: out.bytes(), stderr: err.bytes() })
    }

    /// Sends `before` for the shell itself and `script` to be answered.
    async fn question(&mut self, before: &str, script: &str, most: usize) -> (Frame, Frame, Result<(), Trouble>) {
        self.count += 1;
        let marks = Marks::new(&self.word, self.count);
        let (mut out, mut err) = (Frame::new(marks.clone(), most), Frame::new(marks, most));
        let text = format!("{before}{}", Marks::around(&self.word, self.count, &quoted(script)));
        let heard = self.exchange(text.as_bytes(), &mut out, &mut err).await;
        (out, err, heard)
    }

    /// Writes and hears at once: a script may be longer than a pipe is.
    async fn exchange(&mut self, text: &[u8], out: &mut Frame, err: &mut Frame) -> Result<(), Trouble> {
        let Self { stdin, stdout, stderr, .. } = self;
        let write = async {
            // What was written last may have arrived all the same; the channels tell that the shell is gone.
            if stdin.write_all(text).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let hear = async { tokio::try_join!(hear(stdout, out), hear(stderr, err)).map(|_| ()) };
        tokio::pin!(hear);
        tokio::select! {
            heard = &mut hear => return heard,
            () = write => {}
        }
        hear.await
    }
}

/// Hears one channel until its answer, or the channel, has ended.
async fn hear(channel: &mut (impl tokio::io::AsyncRead + Unpin), frame: &mut Frame) -> Result<(), Trouble> {
    let mut chunk = vec![0; CHUNK_BYTES];
    while frame.ended().is_none() {
        match channel.read(&mut chunk).await {
            Ok(0) | Err(_) => break,
            Ok(read) if !frame.push(&chunk[..read]) => return Err(Trouble::Large),
            Ok(_) => {}
        }
    }
    Ok(())
}

/// Opens a session in which the login shell of the user runs `text`.
pub(super) async fn spawn(session: Arc<Session>, text: &str) -> Result<Child<Arc<Session>>, Trouble> {
    let mut command = session.arc_raw_command(text);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().await.map_err(|error| match error {
        openssh::Error::SshMux(why) => Trouble::Full(why.to_string()),
        _ => Trouble::Gone,
    })
}

/// What a machine said in place of giving a shell, its complaint first.
fn said(err: &Frame, out: &Frame) -> String {
    let lines = |text: String| text.lines().map(str::trim).rfind(|line| !line.is_empty()).map(str::to_owned);
    lines(err.text()).or_else(|| lines(out.text())).unwrap_or_else(|| "it closed the session without a word".to_owned())
}

/// A word that nobody can guess.
pub(super) fn random_word() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
