//! The folder of the control sockets of this process, and the end of those that others left behind.
//!
//! Each process has one folder of its own, 0700, with a lock that the kernel lets go of when the process ends,
//! however it ends. So a folder whose lock is free belongs to nobody, and its masters can be told to go.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use super::Error;

/// A control socket has a path of fewer than 104 bytes, and while it is made `ssh` adds 17 and we some.
const FOLDER_BYTES_MAX: usize = 60;
const LOCK: &str = "lock";

/// The folder of this process. Dropping it takes it away.
#[derive(Debug)]
pub(super) struct Control {
    folder: TempDir,
    _lock: File,
}

impl Control {
    /// A new folder under `base`, or under the best place of this user; also ends what dead processes left there.
    pub(super) fn open(base: Option<&Path>) -> Result<Self, Error> {
        let base = match base {
            Some(base) => base.to_owned(),
            None => place(),
        };
        private(&base)?;
        let trouble = |why: std::io::Error| Error::Client { why: format!("`{}`: {why}", base.display()) };
        // One process at a time: a folder that is made and not yet locked must not be taken for one that was left.
        let turn = File::create(base.join(LOCK)).map_err(trouble)?;
        flock(&turn, FlockOperation::LockExclusive).map_err(|why| trouble(why.into()))?;
        reap(&base);
        let folder = tempfile::Builder::new().prefix("s").rand_bytes(5).tempdir_in(&base).map_err(trouble)?;
        let lock = File::create(folder.path().join(LOCK)).map_err(trouble)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|why| trouble(why.into()))?;
        Ok(Self { folder, _lock: lock })
    }

    /// A folder for one master.
    pub(super) fn room(&self) -> Result<TempDir, Error> {
        tempfile::Builder::new()
            .prefix("m")
            .rand_bytes(5)
            .tempdir_in(self.folder.path())
            .map_err(|why| Error::Client { why: format!("`{}`: {why}", self.folder.path().display()) })
    }
}

/// Where the folders of this user's processes are.
fn place() -> PathBuf {
    let user = rustix::process::getuid().as_raw();
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_absolute());
    match runtime.map(|folder| folder.join("runbook")) {
        Some(folder) if folder.as_os_str().len() <= FOLDER_BYTES_MAX => folder,
        _ => PathBuf::from(format!("/tmp/runbook-{user}")),
    }
}

/// Makes the folder, or sees that it is ours and nobody else's.
fn private(folder: &Path) -> Result<(), Error> {
    let refuse = |why: String| Error::Client { why: format!("`{}`: {why}", folder.display()) };
    if folder.as_os_str().len() > FOLDER_BYTES_MAX {
        return Err(refuse(format!("a path of control sockets must not be longer than {FOLDER_BYTES_MAX} bytes")));
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|why| refuse(why.to_string()))?;
    let meta = folder.symlink_metadata().map_err(|why| refuse(why.to_string()))?;
    if !meta.is_dir() || meta.uid() != rustix::process::getuid().as_raw() || meta.mode() & 0o077 != 0 {
        return Err(refuse("is not a folder that only this user may enter".to_owned()));
    }
    Ok(())
}

/// Ends the masters of processes that are gone, and takes their folders away. What cannot be ended now is left.
fn reap(base: &Path) {
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let folder = entry.path();
        let Ok(lock) = File::open(folder.join(LOCK)) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
            continue;
        }
        for room in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let socket = room.path().join(SOCKET);
            if socket.exists() {
                end_master(&socket);
            }
        }
        let _ = std::fs::remove_dir_all(&folder);
    }
}

/// The name of the control socket within the folder of a master; `openssh` counts on it.
pub(super) const SOCKET: &str = "master";

/// Asks the master behind `socket` to end; nobody waits for it.
fn end_master(socket: &Path) {
    let mut ask = std::process::Command::new("ssh");
    ask.arg("-S").arg(socket).args(["-F", "none", "-O", "exit", "gone"]);
    let _ = ask.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lives_as_long_as_its_process_and_one_that_is_left_is_taken_away() {
        let base = tempfile::Builder::new().prefix("rb").tempdir_in("/tmp").unwrap();
        let base = base.path().join("c");
        let mine = Control::open(Some(&base)).unwrap();
        let dead = base.join("sdead");
        std::fs::create_dir_all(dead.join("m1")).unwrap();
        File::create(dead.join(LOCK)).unwrap();
        let other = Control::open(Some(&base)).unwrap();
        assert!(mine.folder.path().exists() && other.folder.path().exists() && !dead.exists());
        let path = mine.folder.path().to_owned();
        drop(mine);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_others_may_enter_is_refused() {
        let base = tempfile::Builder::new().prefix("rb").tempdir_in("/tmp").unwrap();
        let open = base.path().join("open");
        std::fs::DirBuilder::new().mode(0o755).create(&open).unwrap();
        assert!(matches!(Control::open(Some(&open)), Err(Error::Client { .. })));
        let long = base.path().join("x".repeat(60));
        assert!(matches!(Control::open(Some(&long)), Err(Error::Client { .. })));
    }
}
