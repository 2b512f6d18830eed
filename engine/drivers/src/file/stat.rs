//! What is known of a file without its content.

use std::fs::{FileType, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use runbook_model::{Failure, Millis};
use sha2::{Digest, Sha256};

use super::read::open;
use super::{Error, Result, hex};

/// How much is read at once where a call can be stopped between two reads.
pub(super) const CHUNK_BYTES: usize = 256 * 1024;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An ordinary file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Other,
}

impl Kind {
    /// The word a script sees.
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Link => "link",
            Self::Other => "other",
        }
    }

    pub(super) fn of(kind: FileType) -> Self {
        match kind {
            kind if kind.is_file() => Self::File,
            kind if kind.is_dir() => Self::Folder,
            kind if kind.is_symlink() => Self::Link,
            _ => Self::Other,
        }
    }
}

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is; links are followed.
    pub kind: Kind,
    /// How many bytes it holds.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// When it was last written.
    pub modified: Millis,
    /// The digest of its content, where it was asked for.
    pub sha256: Option<String>,
}

/// Whether something is at `path`; a link that leads nowhere is not.
///
/// Failures: a folder on the way that may not be looked into.
pub fn exists(path: &Path) -> std::result::Result<bool, Failure> {
    match path.try_exists() {
        // A file where the path wants a folder: nothing can be below it.
        Err(trouble) if trouble.kind() == io::ErrorKind::NotADirectory => Ok(false),
        known => Ok(known.map_err(Error::io(path, "looked at"))?),
    }
}

/// What is known of the file at `path`, with the digest of its content where `digest` asks for it.
pub async fn stat(path: &Path, digest: bool) -> std::result::Result<Stat, Failure> {
    let meta = path.metadata().map_err(Error::io(path, "looked at"))?;
    let sha256 = if digest { Some(sha256(path).await?) } else { None };
    Ok(Stat {
        kind: Kind::of(meta.file_type()),
        size: meta.size(),
        mode: mode(&meta),
        modified: meta.mtime().saturating_mul(1000).saturating_add(meta.mtime_nsec() / 1_000_000),
        sha256,
    })
}

pub(super) fn mode(meta: &Metadata) -> u32 {
    meta.mode() & 0o7777
}

/// The digest of a file of any size; can be dropped on the way.
async fn sha256(path: &Path) -> Result<String> {
    let mut file = open(path)?;
    let mut digest = Sha256::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).map_err(Error::io(path, "read"))?;
        if read == 0 {
            return Ok(hex(&digest.finalize()));
        }
        digest.update(&chunk[..read]);
        tokio::task::yield_now().await;
    }
}
