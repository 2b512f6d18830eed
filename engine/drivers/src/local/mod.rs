//! Runs a command on this machine.
//!
//! Promises: the command and all it starts are one process group, which is ended when the call takes too long,
//! prints too much, or is dropped. What the command itself printed before it exited is always read to its end.
//! Never: a shell where a list of words was given, a terminal as its input, a retry.

mod channel;
mod command;
mod error;
mod group;
mod leash;
pub(crate) mod printed;

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use runbook_model::Failure;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, ChildStdin};

use channel::Channel;
use error::Trouble;
use group::Group;
use leash::{Leash, Running};

pub use command::{Command, Program};
pub use error::Error;

/// How much a command may print on each channel.
pub const OUTPUT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How long a call goes on listening once the command is gone and something it left behind holds its output open.
const AFTER_EXIT: Duration = Duration::from_millis(200);

/// What a command left when it ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Its exit status, one of those that were accepted.
    pub status: i32,
    /// What it printed; what is not UTF-8 is replaced.
    pub stdout: String,
    /// What it printed on its error channel.
    pub stderr: String,
}

/// Runs `command` to its end; `hear` gets each line it prints, with whether it came on the error channel.
///
/// Failures: `local.missing` did nothing. `local.exit` is an end the command chose itself, and so a known one.
/// After `local.signal`, `local.timeout` and `local.output` nobody knows how far it came.
pub async fn run(command: &Command, hear: impl Fn(&str, bool)) -> Result<Finished, Failure> {
    command.check()?;
    let mut child = spawn(command).map_err(|source| Error::Missing { command: command.brief(), source })?;
    let group = Group::of(&child);
    let out = Channel::new(child.stdout.take(), false);
    let err = Channel::new(child.stderr.take(), true);
    let mut leash = Leash::new(Running { group, child, out, err }, command.gentle);
    let attended = attend(command, leash.running(), &hear).await;
    let Running { mut group, mut child, out, err } = leash.let_go();
    let trouble = match attended {
        Ok(status) => {
            group.release();
            match status.code() {
                Some(code) if command.accepts(code) => {
                    return Ok(Finished { status: code, stdout: out.text(), stderr: err.text() });
                }
                Some(code) => Trouble::Exit(code),
                None => Trouble::of_signal(status),
            }
        }
        Err(trouble) => {
            group.end(&mut child).await;
            trouble
        }
    };
    Err(Error::Ended { command: command.brief(), trouble, stdout: out.tail(), stderr: err.tail() }.into())
}

fn spawn(command: &Command) -> std::io::Result<Child> {
    let mut process = match &command.program {
        Program::Shell(text) => {
            let mut shell = tokio::process::Command::new("sh");
            shell.arg("-c").arg(text);
            shell
        }
        Program::Words(words) => {
            let mut program = tokio::process::Command::new(words.first().map_or("", String::as_str));
            program.args(words.iter().skip(1));
            program
        }
    };
    if let Some(folder) = &command.cwd {
        process.current_dir(folder);
    }
    process.envs(command.env.iter().map(|(name, value)| (name, value)));
    process.stdin(if command.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    process.stdout(Stdio::piped()).stderr(Stdio::piped());
    process.process_group(0);
    process.spawn()
}

/// Feeds and hears the child until it is gone, then hears what is left.
async fn attend(command: &Command, running: &mut Running, hear: &impl Fn(&str, bool)) -> Result<ExitStatus, Trouble> {
    let Running { child, out, err, .. } = running;
    let stdin = child.stdin.take();
    let limit = async {
        match command.timeout {
            Some(limit) => tokio::time::sleep(limit).await,
            None => std::future::pending().await,
        }
    };
    // A channel that ends, or an input that is fed, only takes its own arm away: the exit is still waited for.
    let status = tokio::select! {
        status = child.wait() => status.map_err(Trouble::Lost)?,
        Err(trouble) = listen(out, err, hear) => return Err(trouble),
        Err(lost) = feed(stdin, command.stdin.as_deref().unwrap_or_default()) => return Err(Trouble::Lost(lost)),
        () = limit => return Err(Trouble::Timeout(command.timeout.unwrap_or_default())),
    };
    match tokio::time::timeout(AFTER_EXIT, listen(out, err, hear)).await {
        Ok(heard) => heard?,
        Err(_) => {
            out.drain(hear)?;
            err.drain(hear)?;
        }
    }
    Ok(status)
}

/// Hears both channels until both have ended.
async fn listen(
    out: &mut Channel<tokio::process::ChildStdout>,
    err: &mut Channel<tokio::process::ChildStderr>,
    hear: &impl Fn(&str, bool),
) -> Result<(), Trouble> {
    while out.is_open() || err.is_open() {
        tokio::select! {
            heard = out.hear_more(hear), if out.is_open() => heard?,
            heard = err.hear_more(hear), if err.is_open() => heard?,
        }
    }
    Ok(())
}

/// Writes the whole input; a command that does not want all of it is none the worse.
async fn feed(stdin: Option<ChildStdin>, text: &str) -> std::io::Result<()> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    match stdin.write_all(text.as_bytes()).await {
        Err(trouble) if trouble.kind() != std::io::ErrorKind::BrokenPipe => Err(trouble),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
