//! Lists and makes folders, and removes what stands at a path.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use runbook_model::Failure;

use super::stat::{Kind, mode};
use super::write::sync_folder;
use super::{Error, Result};

/// The most names a folder may have to be listed.
const ENTRIES_MAX: usize = 100_000;

/// What stands under one name of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name; what is not UTF-8 in it is replaced.
    pub name: String,
    /// What it is; links are not followed.
    pub kind: Kind,
    /// How many bytes it holds.
    pub size: u64,
}

/// What is in the folder at `path`, sorted by name.
pub fn list(path: &Path) -> std::result::Result<Vec<Entry>, Failure> {
    Ok(entries(path)?)
}

fn entries(path: &Path) -> Result<Vec<Entry>> {
    let trouble = |trouble: io::Error| match trouble.kind() {
        io::ErrorKind::NotADirectory => Error::NotFolder(path.to_owned()),
        _ => Error::io(path, "listed")(trouble),
    };
    let mut entries = Vec::new();
    for entry in path.read_dir().map_err(trouble)? {
        let entry = entry.map_err(trouble)?;
        if entries.len() == ENTRIES_MAX {
            return Err(Error::Crowded { path: path.to_owned(), most: ENTRIES_MAX });
        }
        let meta = match entry.metadata() {
            Ok(meta) => meta,
            // Removed since its name was read.
            Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
            Err(other) => return Err(trouble(other)),
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.push(Entry { name, kind: Kind::of(meta.file_type()), size: meta.len() });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// Makes the folder at `path` and those above it; one that is there already stays, with `mode` where it is given.
pub fn mkdir(path: &Path, mode: Option<u32>) -> std::result::Result<(), Failure> {
    Ok(make(path, mode)?)
}

fn make(path: &Path, given: Option<u32>) -> Result<()> {
    let missing: Vec<&Path> = path.ancestors().take_while(|at| !at.as_os_str().is_empty() && !at.exists()).collect();
    let trouble = |trouble: io::Error| match trouble.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => Error::NotFolder(path.to_owned()),
        _ => Error::io(path, "made")(trouble),
    };
    DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(trouble)?;
    if let Some(given) = given {
        let now = path.metadata().map_err(trouble)?;
        if mode(&now) != given {
            std::fs::set_permissions(path, Permissions::from_mode(given)).map_err(trouble)?;
        }
    }
    missing.into_iter().try_for_each(|made| sync_folder(made, "made"))
}

/// Removes the file, the link or the empty folder at `path`; that nothing is there is fine.
pub fn remove(path: &Path) -> std::result::Result<(), Failure> {
    Ok(take_away(path)?)
}

fn take_away(path: &Path) -> Result<()> {
    let meta = match path.symlink_metadata() {
        Ok(meta) => meta,
        Err(trouble) if matches!(trouble.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(());
        }
        Err(trouble) => return Err(Error::io(path, "removed")(trouble)),
    };
    let removed = if meta.is_dir() { std::fs::remove_dir(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(trouble) if trouble.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(trouble) => Err(Error::io(path, "removed")(trouble)),
        Ok(()) => sync_folder(path, "removed"),
    }
}
