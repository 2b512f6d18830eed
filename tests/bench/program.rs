//! The program as it is started from a shell: timed from its start to a line it says, or to its end.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

use crate::{Trouble, memory};

/// A folder with one runbook, and the states of its runs.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// A folder with the runbook `text`, on the disk where Cargo builds: a memory file system would flatter everyone.
    pub(crate) fn with(text: &str) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        std::fs::write(folder.path().join("main.rhai"), text)?;
        Ok(Self { folder })
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `runbook run main.rhai` with its state in `state`, and `more`.
    pub(crate) fn run(&self, state: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command.arg("run").arg(self.path("main.rhai")).args(more);
        command.arg("--state").arg(self.path(state)).args(["--output", "json"]);
        command.env("TMPDIR", self.folder.path());
        command
    }

    /// Copies the state `from` to `to`: the store as a killed process left it.
    pub(crate) fn copy(&self, from: &str, to: &str) -> Result<(), Trouble> {
        let _ = std::fs::remove_dir_all(self.path(to));
        std::fs::create_dir(self.path(to))?;
        for entry in std::fs::read_dir(self.path(from))? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                let copy = self.path(to).join(entry.file_name());
                std::fs::copy(entry.path(), &copy)?;
                // Or the engine's own sync would have to write the copy to disk.
                File::open(copy)?.sync_all()?;
            }
        }
        Ok(())
    }
}

/// Runs a command to its end; gives the time it took and its exit code.
pub(crate) fn whole(mut command: Command) -> Result<(Duration, Option<i32>), Trouble> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status()?;
    Ok((began.elapsed(), status.code()))
}

/// A command under way; it is killed when this is dropped, and all it started with it.
pub(crate) struct Live {
    child: Child,
    began: Instant,
    lines: BufReader<ChildStdout>,
    err: PathBuf,
}

impl Live {
    /// Starts a command; what it says on standard error is kept in `folder` in case it fails.
    pub(crate) fn start(mut command: Command, folder: &Path) -> Result<Self, Trouble> {
        let err = folder.join("err");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(&err)?);
        command.process_group(0);
        let began = Instant::now();
        let mut child = command.spawn()?;
        let lines = child.stdout.take().ok_or("standard output is gone")?;
        Ok(Self { child, began, lines: BufReader::new(lines), err })
    }

    /// The time from the start until a line was read that holds `mark`.
    pub(crate) fn until(&mut self, mark: &str) -> Result<Duration, Trouble> {
        self.line(mark)?;
        Ok(self.began.elapsed())
    }

    /// The figure in the line that holds nothing but `name` and it.
    pub(crate) fn figure(&mut self, name: &str) -> Result<f64, Trouble> {
        Ok(self.line(name)?.trim_start_matches(name).trim().parse()?)
    }

    fn line(&mut self, mark: &str) -> Result<String, Trouble> {
        let mut line = String::new();
        while self.lines.read_line(&mut line)? > 0 {
            if line.contains(mark) {
                return Ok(line);
            }
            line.clear();
        }
        let err = std::fs::read_to_string(&self.err).unwrap_or_default();
        Err(format!("the program ended before `{mark}`:\n{err}").into())
    }

    /// Waits for its end; gives its exit code.
    pub(crate) fn end(&mut self) -> Result<Option<i32>, Trouble> {
        Ok(self.child.wait()?.code())
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let below = memory::children(self.pid()).unwrap_or_default();
        // Also where it has ended: what it left behind is of its group.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
        // Files may be removed only when nobody writes them any more.
        let patience = Instant::now() + Duration::from_secs(5);
        while below.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists()) && Instant::now() < patience {
            std::thread::yield_now();
        }
    }
}
