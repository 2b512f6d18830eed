//! Writes and copies a file: whole, or not at all.

use std::fs::{File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use runbook_model::Failure;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::read::open;
use super::stat::{CHUNK_BYTES, mode};
use super::{Error, Result, hex};

/// What a new file may, where it is not said.
const MODE: u32 = 0o644;
/// How many links may lead to one another.
const LINKS_MAX: usize = 40;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// How many bytes.
    pub size: u64,
    /// Their digest.
    pub sha256: String,
}

/// Makes `bytes` the content of the file at `path`.
///
/// Guarantees: whoever reads the file meets the old content or the new; the new is on the disk when this comes back.
/// Its mode is `mode`, or what it was, or 0644; its owner stays. A link at `path` stays, and what it leads to changes.
pub fn write(path: &Path, bytes: &[u8], mode: Option<u32>) -> std::result::Result<Written, Failure> {
    let mut next = Next::beside(path)?;
    next.push(bytes)?;
    Ok(next.take_place(mode)?)
}

/// Makes the file at `to` one with the content of the one at `from`, and its mode where `mode` is not given.
///
/// Guarantees: those of [`write()`]. Can be dropped on the way, and has done nothing then.
pub async fn copy(from: &Path, to: &Path, mode: Option<u32>) -> std::result::Result<Written, Failure> {
    let mut source = open(from)?;
    let kept = super::stat::mode(&source.metadata().map_err(Error::io(from, "read"))?);
    let mut next = Next::beside(to)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = source.read(&mut chunk).map_err(Error::io(from, "read"))?;
        if read == 0 {
            return Ok(next.take_place(mode.or(Some(kept)))?);
        }
        next.push(&chunk[..read])?;
        tokio::task::yield_now().await;
    }
}

/// A file that will take the place of another; dropped, it leaves nothing behind.
struct Next {
    file: NamedTempFile,
    place: PathBuf,
    digest: Sha256,
    size: u64,
}

impl Next {
    fn beside(path: &Path) -> Result<Self> {
        let place = behind_link(path)?;
        let name = place.file_name().ok_or_else(|| Error::Folder(place.clone()))?;
        let prefix = format!(".{}.", name.to_string_lossy().chars().take(40).collect::<String>());
        let file = tempfile::Builder::new().prefix(&prefix).suffix(".new").tempfile_in(folder_of(&place));
        let file = file.map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => Error::NoFolder(place.clone()),
            io::ErrorKind::NotADirectory => Error::NotFolder(folder_of(&place).to_owned()),
            _ => Error::Io { path: place.clone(), done: "written", source: bare(source) },
        })?;
        Ok(Self { file, place, digest: Sha256::new(), size: 0 })
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.as_file_mut().write_all(bytes).map_err(Error::io(&self.place, "written"))?;
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn take_place(self, given: Option<u32>) -> Result<Written> {
        let Self { file, place, digest, size } = self;
        let kept = keep_owner(file.as_file(), &place)?;
        let permissions = Permissions::from_mode(given.or(kept).unwrap_or(MODE));
        file.as_file().set_permissions(permissions).map_err(Error::io(&place, "written"))?;
        file.as_file().sync_all().map_err(Error::io(&place, "written"))?;
        file.persist(&place).map_err(|trouble| Error::io(&place, "written")(trouble.error))?;
        sync_folder(&place, "written")?;
        Ok(Written { size, sha256: hex(&digest.finalize()) })
    }
}

/// Gives `next` the owner of the file it replaces; gives the mode of that file, where there is one.
fn keep_owner(next: &File, place: &Path) -> Result<Option<u32>> {
    let old = match place.symlink_metadata() {
        Ok(old) => old,
        Err(trouble) if trouble.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(trouble) => return Err(Error::io(place, "looked at")(trouble)),
    };
    if old.is_dir() {
        return Err(Error::Folder(place.to_owned()));
    }
    if !old.is_file() {
        return Err(Error::Special(place.to_owned()));
    }
    let new = next.metadata().map_err(Error::io(place, "written"))?;
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        fchown(next, Some(old.uid()), Some(old.gid()))
            .map_err(|source| Error::Owner { path: place.to_owned(), source })?;
    }
    Ok(Some(mode(&old)))
}

/// Where a write to `path` really goes: through links, to a file that may not be there yet.
pub(super) fn behind_link(path: &Path) -> Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..LINKS_MAX {
        match std::fs::read_link(&at) {
            // `join` with an absolute target gives just that target.
            Ok(to) => at = folder_of(&at).join(to),
            Err(_) => return Ok(at),
        }
    }
    Err(Error::Io { path: path.to_owned(), done: "written", source: rustix::io::Errno::LOOP.into() })
}

/// Puts the names in the folder of `path` on the disk.
pub(super) fn sync_folder(path: &Path, done: &'static str) -> Result<()> {
    let synced = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
    match synced {
        // A folder that may be written but not read cannot be synced; its file system still will, in its own time.
        Err(trouble) if trouble.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced.map_err(|source| Error::Unsynced { path: path.to_owned(), done, source }),
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The trouble without the path that the temporary file adds: nobody has heard of that name.
fn bare(source: io::Error) -> io::Error {
    source.raw_os_error().map_or(source.kind().into(), io::Error::from_raw_os_error)
}
