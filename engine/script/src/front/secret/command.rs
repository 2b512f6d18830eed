//! Reads a secret from what a command prints. What it complains of is told, unless that holds the secret.

use std::io::{self, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use runbook_model::{Failure, code};
use rustix::process::{Pid, Signal, kill_process_group};

use super::{BYTES_MAX, at_most, late, later, missing};

/// How long to wait for the rest of that once the command has ended.
const COMPLAINT_TIME_MAX: Duration = Duration::from_secs(1);
/// How much of what a command says on its error channel is kept.
const COMPLAINT_BYTES_MAX: usize = 4096;

/// What a command of `sh` prints.
pub(super) fn from_shell(command: &str, limit: Duration) -> Result<Vec<u8>, Failure> {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    printed(&mut shell, &format!("cmd:{command}"), limit)
}

/// What a command prints that reads the secret at `reference`.
pub(super) fn printed(command: &mut Command, reference: &str, limit: Duration) -> Result<Vec<u8>, Failure> {
    let trouble = |why: io::Error| missing(format!("`{reference}` cannot be run")).because(why);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn().map_err(
            |why| match why.kind() {
                io::ErrorKind::NotFound => no_tool(command, reference),
                _ => trouble(why),
            },
        )?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (out, err) = (child.stdout.take(), child.stderr.take());
    // What a command leaves running may hold its channels open: nothing here waits for their end without a limit.
    let said = later(move || err.map(tail).unwrap_or_default());
    let read = later(move || {
        let bytes = out.map_or_else(|| Ok(Vec::new()), |out| at_most(out, BYTES_MAX + 1))?;
        if bytes.len() as u64 > BYTES_MAX {
            end(group);
        }
        Ok((bytes, child.wait()?))
    });
    let Ok(read) = read.recv_timeout(limit) else {
        end(group);
        return Err(late(reference));
    };
    let (bytes, status) = read.map_err(trouble)?;
    if status.success() || bytes.len() as u64 > BYTES_MAX {
        return Ok(bytes);
    }
    let ended = match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "failed".to_owned(),
    };
    let failure = missing(format!("`{reference}` {ended}"));
    let said = said.recv_timeout(COMPLAINT_TIME_MAX).unwrap_or_default();
    Err(match last_line(&said, &bytes) {
        Some(line) => failure.because(line),
        None => failure,
    })
}

fn no_tool(command: &Command, reference: &str) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    Failure::new(code::SECRET_TOOL, format!("`{reference}` needs `{program}`, which is not here"))
        .hint(format!("install `{program}`, or give the secret by another reference"))
}

/// The end of all that `from` gives. It is read to its end: whoever writes to a closed channel is killed by it.
fn tail(mut from: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut chunk = [0; COMPLAINT_BYTES_MAX];
    while let Ok(read @ 1..) = from.read(&mut chunk) {
        kept.extend_from_slice(&chunk[..read]);
        kept.drain(..kept.len().saturating_sub(COMPLAINT_BYTES_MAX));
    }
    kept
}

/// Ends a command and all it began.
fn end(group: Option<Pid>) {
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// The last line a command said of its trouble, unless it holds something of what may be the secret.
fn last_line(said: &[u8], secret: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let line = said.lines().map(str::trim).rfind(|line| !line.is_empty())?;
    let secret = String::from_utf8_lossy(secret);
    let leaks = secret.lines().map(str::trim).any(|part| !part.is_empty() && line.contains(part));
    (!leaks).then(|| super::super::wrong::shown(line))
}
