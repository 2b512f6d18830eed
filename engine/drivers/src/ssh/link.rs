//! One master connection to a machine: `ssh` itself, with the user's configuration, keys, agent and jump hosts.
//!
//! Promises: the host key is always checked; a connection that stands is closed when it is dropped, and ends by itself
//! soon after this process was killed.
//! Never: ask for a password or a key on the terminal, forward anything, run a local command.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use openssh::Session;

use super::control::{Control, SOCKET};
use super::refusal::{last_words, refusal};
use super::{Error, Machine, Settings};

/// How many times the other end may stay silent before the connection counts as lost.
const SILENT_MAX: u32 = 3;

/// A connection that stands.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) session: Arc<Session>,
    log: PathBuf,
}

impl Link {
    /// Connects. Dropped while it tries, it leaves nothing behind.
    pub(super) async fn connect(machine: &Machine, control: &Control, settings: &Settings) -> Result<Self, Error> {
        machine.check()?;
        let room = control.room()?;
        let log = room.path().join("log");
        let file = log_file(&log)?;
        let mut ssh = tokio::process::Command::new("ssh");
        ssh.arg("-E").arg(&log).arg("-S").arg(room.path().join(SOCKET)).args(["-M", "-f", "-N", "-n", "-T", "-x"]);
        for option in options(settings) {
            ssh.arg("-o").arg(option);
        }
        ssh.args(machine.arguments());
        // The log also gets what a jump host's `ssh` says. A group of its own keeps Ctrl-C away from it.
        ssh.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).process_group(0).kill_on_drop(true);
        let mut child = ssh.spawn().map_err(|why| Error::Client { why: why.to_string() })?;
        let status = match tokio::time::timeout(settings.connect, child.wait()).await {
            Ok(status) => status.map_err(|why| Error::Client { why: why.to_string() })?,
            Err(_) => {
                // What it still tries is of no use to anybody.
                let _ = child.kill().await;
                let why = format!("it did not answer within {:?}", settings.connect);
                return Err(Error::Unreachable { machine: machine.name.clone(), why });
            }
        };
        if status.success() {
            return Ok(Self { session: Arc::new(Session::new_native_mux(room)), log });
        }
        let said = read_log(&log);
        match refusal(&machine.name, &said) {
            Error::HostKey { machine: name, trouble, file: None, line, why } => {
                let file = known_hosts(machine).await;
                Err(Error::HostKey { machine: name, trouble, file, line, why })
            }
            other => Err(other),
        }
    }

    /// Whether the master still answers.
    pub(super) async fn stands(&self) -> bool {
        self.session.check().await.is_ok()
    }

    /// Why something that went over it ended before its time, as far as `ssh` knows.
    pub(super) async fn why_lost(&self) -> String {
        let said = read_log(&self.log);
        match (said.trim().is_empty(), self.stands().await) {
            (_, true) => "its shell ended".to_owned(),
            (true, false) => "the connection broke".to_owned(),
            (false, false) => last_words(&said),
        }
    }
}

/// What holds for every connection, whatever the user's configuration says.
fn options(settings: &Settings) -> Vec<String> {
    let seconds = |time: Duration| time.as_secs().max(1);
    vec![
        "BatchMode=yes".to_owned(),
        "StrictHostKeyChecking=yes".to_owned(),
        "LogLevel=ERROR".to_owned(),
        "ClearAllForwardings=yes".to_owned(),
        "PermitLocalCommand=no".to_owned(),
        "RemoteCommand=none".to_owned(),
        format!("ConnectTimeout={}", seconds(settings.connect)),
        format!("ControlPersist={}", seconds(settings.idle)),
        format!("ServerAliveInterval={}", seconds(settings.alive)),
        format!("ServerAliveCountMax={SILENT_MAX}"),
    ]
}

fn log_file(log: &PathBuf) -> Result<File, Error> {
    let open = OpenOptions::new().create(true).append(true).open(log);
    open.map_err(|why| Error::Client { why: format!("`{}`: {why}", log.display()) })
}

fn read_log(log: &PathBuf) -> String {
    std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The file in which the user's `ssh` would look for the key.
async fn known_hosts(machine: &Machine) -> Option<String> {
    let mut ssh = tokio::process::Command::new("ssh");
    ssh.arg("-G").args(machine.arguments()).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = ssh.output().await.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let files = text.lines().find_map(|line| line.strip_prefix("userknownhostsfile "))?;
    files.split_whitespace().next().map(str::to_owned)
}
