//! Reads a whole file.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use runbook_model::Failure;
use rustix::fs::OFlags;

use super::{Error, READ_BYTES_MAX, Result};

/// The text in the file; fails where it is not UTF-8.
pub fn read(path: &Path) -> std::result::Result<String, Failure> {
    let text = String::from_utf8(bytes(path)?);
    Ok(text.map_err(|bad| Error::NotText { path: path.to_owned(), at: bad.utf8_error().valid_up_to() })?)
}

/// The bytes in the file.
pub fn read_bytes(path: &Path) -> std::result::Result<Vec<u8>, Failure> {
    Ok(bytes(path)?)
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than allowed: the size a file claims is not to be trusted, that of `/proc` files is always 0.
    let mut file = open(path)?.take(READ_BYTES_MAX + 1);
    file.read_to_end(&mut bytes).map_err(Error::io(path, "read"))?;
    if bytes.len() as u64 > READ_BYTES_MAX { Err(Error::Large(path.to_owned())) } else { Ok(bytes) }
}

/// Opens an ordinary file for reading.
pub(super) fn open(path: &Path) -> Result<File> {
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    // Without waiting: opening a pipe would hang until someone writes to it.
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(Error::io(path, "read"))?;
    let kind = file.metadata().map_err(Error::io(path, "read"))?.file_type();
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Ok(file),
        (_, true) => Err(Error::Folder(path.to_owned())),
        _ => Err(Error::Special(path.to_owned())),
    }
}
