//! What stands at a path before it is changed, so that it can be put back.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use runbook_model::{Failure, Value};
use sha2::{Digest, Sha256};

use super::read::open;
use super::stat::{CHUNK_BYTES, Kind, mode};
use super::write::behind_link;
use super::{Error, Result, hex};

/// The largest content that is kept; of a larger one only its digest.
const KEPT_BYTES_MAX: u64 = 1024 * 1024;

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// A file that is small enough to keep.
    File {
        /// Its permission bits.
        mode: u32,
        /// All of it.
        content: Vec<u8>,
    },
    /// A file that is too large to keep.
    LargeFile {
        /// Its permission bits.
        mode: u32,
        /// How many bytes it holds.
        size: u64,
        /// The digest of its content.
        sha256: String,
    },
    /// A folder.
    Folder {
        /// Its permission bits.
        mode: u32,
    },
    /// A symbolic link.
    Link {
        /// Where it leads, as it is written in the link.
        to: PathBuf,
    },
    /// A pipe, a socket or a device.
    Other,
}

/// What a write to `path` would replace: a link is followed. Also gives the path the write would really go to.
pub fn before_write(path: &Path) -> std::result::Result<(PathBuf, Before), Failure> {
    let path = behind_link(path)?;
    let before = before(&path)?;
    Ok((path, before))
}

/// What a removal of `path` would take away: a link itself.
pub fn before_remove(path: &Path) -> std::result::Result<Before, Failure> {
    Ok(before(path)?)
}

fn before(path: &Path) -> Result<Before> {
    let meta = match path.symlink_metadata() {
        Ok(meta) => meta,
        Err(trouble) if matches!(trouble.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Before::Nothing);
        }
        Err(trouble) => return Err(Error::io(path, "looked at")(trouble)),
    };
    Ok(match Kind::of(meta.file_type()) {
        Kind::File => {
            let mut content = Vec::new();
            // The size it claims is not trusted: a file may grow, and that of `/proc` files is always 0.
            open(path)?.take(KEPT_BYTES_MAX + 1).read_to_end(&mut content).map_err(Error::io(path, "read"))?;
            if content.len() as u64 > KEPT_BYTES_MAX {
                let (size, sha256) = digest(path)?;
                Before::LargeFile { mode: mode(&meta), size, sha256 }
            } else {
                Before::File { mode: mode(&meta), content }
            }
        }
        Kind::Folder => Before::Folder { mode: mode(&meta) },
        Kind::Link => Before::Link { to: std::fs::read_link(path).map_err(Error::io(path, "looked at"))? },
        Kind::Other => Before::Other,
    })
}

pub(super) fn digest(path: &Path) -> Result<(u64, String)> {
    let mut file = open(path)?;
    let (mut digest, mut size) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = file.read(&mut chunk).map_err(Error::io(path, "read"))?;
        if read == 0 {
            return Ok((size, hex(&digest.finalize())));
        }
        digest.update(&chunk[..read]);
        size += read as u64;
    }
}

impl Before {
    /// As a run keeps it: `#{path, existed, kind, mode, content}`, or `size` and `sha256` for a large content.
    pub fn to_value(&self, path: &Path) -> Value {
        let text = |text: &str| Value::from(text);
        let octal = |mode: u32| Value::Text(format!("{mode:04o}"));
        let existed = *self != Self::Nothing;
        let mut entries = vec![("path", Value::Text(path.display().to_string())), ("existed", Value::Bool(existed))];
        match self {
            Self::Nothing => {}
            Self::File { mode, content } => {
                entries.extend([
                    ("kind", text(Kind::File.word())),
                    ("mode", octal(*mode)),
                    ("content", Value::Blob(content.clone())),
                ]);
            }
            Self::LargeFile { mode, size, sha256 } => entries.extend([
                ("kind", text(Kind::File.word())),
                ("mode", octal(*mode)),
                ("size", Value::Int(i64::try_from(*size).unwrap_or(i64::MAX))),
                ("sha256", text(sha256)),
            ]),
            Self::Folder { mode } => entries.extend([("kind", text(Kind::Folder.word())), ("mode", octal(*mode))]),
            Self::Link { to } => {
                entries.extend([("kind", text(Kind::Link.word())), ("to", Value::Text(to.display().to_string()))]);
            }
            Self::Other => entries.push(("kind", text(Kind::Other.word()))),
        }
        Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }
}
