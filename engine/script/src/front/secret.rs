//! Reads a secret from where its reference says it is. The only place of the front matter that holds one in clear.
//!
//! A reference is `env:NAME`, `file:PATH` or `cmd:COMMAND`. Line ends after the secret are not part of it.
//! No failure holds the secret, nor a reference that is none: somebody may have typed the secret itself.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use runbook_model::{Failure, code};
use rustix::process::{Pid, Signal, kill_process_group};

/// The largest secret.
const BYTES_MAX: u64 = 64 * 1024;
/// How long a command or a file may take.
const TIME_MAX: Duration = Duration::from_secs(30);
/// How long to wait for the rest of that once the command has ended.
const COMPLAINT_TIME_MAX: Duration = Duration::from_secs(1);
/// How much of what a command says on its error channel is kept.
const COMPLAINT_BYTES_MAX: usize = 4096;

/// Whether `text` has the shape of a reference to a secret.
pub fn is_reference(text: &str) -> bool {
    match text.split_once(':') {
        Some(("env", name)) => is_variable(name),
        Some(("file" | "cmd", rest)) => !rest.trim().is_empty() && !rest.contains('\0'),
        _ => false,
    }
}

fn is_variable(name: &str) -> bool {
    let known = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(|c: char| known(c) && !c.is_ascii_digit()) && name.chars().all(known)
}

/// The secret to which `reference` leads.
pub fn read_secret(reference: &str) -> Result<String, Failure> {
    let reference = reference.trim();
    if !is_reference(reference) {
        return Err(missing("this is no reference to a secret")
            .hint("write `env:NAME`, `file:PATH` or `cmd:COMMAND`, never the secret itself"));
    }
    let bytes = match reference.split_once(':') {
        Some(("env", name)) => from_env(name)?,
        Some(("file", path)) => from_file(path)?,
        Some((_, command)) => from_command(command, TIME_MAX)?,
        None => Vec::new(),
    };
    if bytes.len() as u64 > BYTES_MAX {
        return Err(missing(format!("`{reference}` gives more than {} KiB", BYTES_MAX >> 10)));
    }
    let secret =
        String::from_utf8(bytes).map_err(|_| missing(format!("`{reference}` gives what is not UTF-8 text")))?;
    let secret = secret.trim_end_matches(['\n', '\r']);
    if secret.is_empty() {
        return Err(missing(format!("`{reference}` gives an empty secret")));
    }
    Ok(secret.to_owned())
}

fn missing(what: impl Into<String>) -> Failure {
    Failure::new(code::SECRET_MISSING, what)
}

fn from_env(name: &str) -> Result<Vec<u8>, Failure> {
    let value = std::env::var_os(name).ok_or_else(|| {
        missing(format!("`env:{name}` leads nowhere: `{name}` is not set")).hint(format!("set it: `export {name}=…`"))
    })?;
    Ok(value.as_encoded_bytes().to_vec())
}

fn from_file(path: &str) -> Result<Vec<u8>, Failure> {
    let at = match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => std::path::Path::new(&home).join(rest),
        _ => path.into(),
    };
    let trouble = |why: io::Error| missing(format!("`file:{path}` cannot be read")).because(why);
    // A pipe may have nobody at its other end, and even opening it would wait for them.
    match later(move || std::fs::File::open(at).and_then(|file| at_most(file, BYTES_MAX + 1))).recv_timeout(TIME_MAX) {
        Ok(read) => read.map_err(trouble),
        Err(_) => Err(late(&format!("file:{path}"))),
    }
}

fn from_command(command: &str, limit: Duration) -> Result<Vec<u8>, Failure> {
    let reference = format!("cmd:{command}");
    let trouble = |why: io::Error| missing(format!("`{reference}` cannot be run")).because(why);
    let mut child = Command::new("sh")
        .args([OsStr::new("-c"), OsStr::new(command)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(trouble)?;
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
        return Err(late(&reference));
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

fn late(reference: &str) -> Failure {
    missing(format!("`{reference}` gave nothing in {} s", TIME_MAX.as_secs()))
}

/// What `read` gives, once it gives it; where that is too late, it is left behind.
fn later<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> mpsc::Receiver<T> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(read()));
    told
}

fn at_most(from: impl Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(bytes)
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
    (!leaks).then(|| super::wrong::shown(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn what(reference: &str) -> String {
        read_secret(reference).unwrap_err().what
    }

    #[test]
    fn a_secret_is_read_from_where_its_reference_says() {
        assert_eq!(read_secret("cmd:printf 'hunter2\\n\\n'").unwrap(), "hunter2");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        std::fs::write(&path, "two\nlines\r\n").unwrap();
        assert_eq!(read_secret(&format!("file:{}", path.display())).unwrap(), "two\nlines");
        assert_eq!(read_secret("env:PATH").unwrap(), std::env::var("PATH").unwrap());
    }

    #[test]
    fn a_reference_that_leads_nowhere_says_so() {
        assert_eq!(what("env:NO_SUCH_VARIABLE"), "`env:NO_SUCH_VARIABLE` leads nowhere: `NO_SUCH_VARIABLE` is not set");
        assert_eq!(what("file:/no/such"), "`file:/no/such` cannot be read");
        assert_eq!(what("file:/"), "`file:/` cannot be read");
        assert_eq!(what("cmd:true"), "`cmd:true` gives an empty secret");
        assert_eq!(what("cmd:printf '\\377'"), "`cmd:printf '\\377'` gives what is not UTF-8 text");
        let failed = read_secret("cmd:echo no such entry >&2; exit 3").unwrap_err();
        assert_eq!(failed.what, "`cmd:echo no such entry >&2; exit 3` ended with 3");
        assert_eq!(failed.causes, ["no such entry"]);
        assert_eq!(read_secret("cmd:seq 100000 >&2; echo x").unwrap(), "x", "a talkative command is heard out");
    }

    #[test]
    fn a_secret_without_end_is_refused() {
        assert_eq!(what("cmd:yes"), "`cmd:yes` gives more than 64 KiB");
        assert_eq!(what("file:/dev/zero"), "`file:/dev/zero` gives more than 64 KiB");
        let late = from_command("sleep 60 & sleep 60", Duration::ZERO).unwrap_err();
        assert_eq!(late.what, "`cmd:sleep 60 & sleep 60` gave nothing in 30 s");
    }

    #[test]
    fn no_failure_holds_the_secret() {
        for reference in ["hunter2", "cmd:", "env:hunter2 x", "hunter2:x", ""] {
            let failure = read_secret(reference).unwrap_err();
            assert_eq!(failure.what, "this is no reference to a secret");
        }
        let failure =
            read_secret("cmd:cat /dev/fd/3 3<<E; echo got $(echo hunter 2 | tr -d ' ') >&2; false\nhunter2\nE");
        let failure = failure.unwrap_err();
        assert!(!format!("{:?}", (&failure.causes, &failure.hints)).contains("hunter2"), "{failure:?}");
    }
}
