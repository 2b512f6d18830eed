//! The keys of a twin: one for each machine, one for its user; made anew for each twin and never kept elsewhere.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use russh::keys::PrivateKey;
use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;

/// A new key.
pub(super) fn new() -> io::Result<PrivateKey> {
    let mut seed = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(PrivateKey::from(Ed25519Keypair::from_seed(&seed)))
}

/// The public half as one line.
pub(super) fn line(key: &PrivateKey) -> io::Result<String> {
    key.public_key().to_openssh().map_err(io::Error::other)
}

/// Writes the private half where only its user may read it.
pub(super) fn write(key: &PrivateKey, path: &Path) -> io::Result<()> {
    let text = key.to_openssh(LineEnding::LF).map_err(io::Error::other)?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
