//! What goes wrong with a file, and what of it is known.

use std::io;
use std::path::{Path, PathBuf};

use runbook_model::{Failure, code};

use super::READ_BYTES_MAX;

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing at the path.
    #[error("`{}` is not there", .0.display())]
    Missing(PathBuf),
    /// The folder a file is to be made in is not there.
    #[error("`{}` cannot be made: its folder is not there", .0.display())]
    NoFolder(PathBuf),
    /// A folder where a file is wanted.
    #[error("`{}` is a folder", .0.display())]
    Folder(PathBuf),
    /// Something else where a folder is wanted.
    #[error("`{}` is not a folder", .0.display())]
    NotFolder(PathBuf),
    /// A pipe, a socket or a device.
    #[error("`{}` is not an ordinary file", .0.display())]
    Special(PathBuf),
    /// Bytes that are not UTF-8 where text is wanted.
    #[error("`{}` is not text: byte {at} is not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first byte that is wrong, from 0.
        at: usize,
    },
    /// More than a value can hold.
    #[error("`{}` is larger than {} MiB", .0.display(), READ_BYTES_MAX >> 20)]
    Large(PathBuf),
    /// A folder with too many names.
    #[error("`{}` has more than {most} entries", path.display())]
    Crowded {
        /// The folder.
        path: PathBuf,
        /// How many can be listed.
        most: usize,
    },
    /// A folder that is to be removed is not empty.
    #[error("`{}` is a folder with something in it", .0.display())]
    NotEmpty(PathBuf),
    /// Replacing the file would change its owner.
    #[error("`{}` belongs to another user, and replacing it would change that", path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system refuses; nothing was done.
    #[error("`{}` cannot be {done}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was wanted, `read` or `written`.
        done: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// It was done, and whether it stays after a power cut is not known.
    #[error("`{}` was {done}, but may not be on the disk", path.display())]
    Unsynced {
        /// The file.
        path: PathBuf,
        /// What was done, `written` or `removed`.
        done: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// What a trouble of the system means where `path` was to be `done`.
    pub(super) fn io(path: &Path, done: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| {
            let path = path.to_owned();
            match source.kind() {
                io::ErrorKind::NotFound => Self::Missing(path),
                io::ErrorKind::IsADirectory => Self::Folder(path),
                io::ErrorKind::DirectoryNotEmpty => Self::NotEmpty(path),
                _ => Self::Io { path, done, source },
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let what = error.to_string();
        let trouble = |what| Self::new(code::FILE_TROUBLE, what);
        match error {
            Error::Missing(_) => Self::new(code::FILE_MISSING, what),
            Error::NoFolder(_) => Self::new(code::FILE_MISSING, what).hint("create it with `file::mkdir`"),
            Error::Folder(_) => trouble(what).hint("name a file; `file::list` shows what is in a folder"),
            Error::NotFolder(_) | Error::Special(_) | Error::Crowded { .. } => trouble(what),
            Error::NotText { .. } => trouble(what).hint("read it with `file::read_bytes`"),
            Error::Large(_) => Self::new(code::VALUE_LARGE, what).hint("work on it with `local::run` instead"),
            Error::NotEmpty(_) => trouble(what).hint("remove what is in it first"),
            Error::Owner { source, .. } => trouble(what).because(source).hint("run as its owner or as root"),
            Error::Unsynced { source, .. } => trouble(what).because(source).may_have_acted().retryable(),
            Error::Io { source, .. } => {
                let failure = trouble(what).because(&source);
                match source.kind() {
                    io::ErrorKind::PermissionDenied => failure.hint("check its permissions and who runs this"),
                    io::ErrorKind::ReadOnlyFilesystem => failure.hint("choose a place that can be written"),
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        failure.retryable().hint("make room, then try again")
                    }
                    _ => failure.retryable(),
                }
            }
        }
    }
}
