//! One thing in a file system: a file, a folder, a link, a device; plain data.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The number of a node in its machine.
pub type Ino = u64;

/// A thing with its owner and its mode.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: u32,
    /// The user it belongs to.
    pub uid: u32,
    /// The group it belongs to.
    pub gid: u32,
    /// When its content was last changed, since 1970.
    pub modified: Duration,
    /// How many names it has.
    pub links: u32,
    /// The file system it lies on.
    pub device: u32,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A file.
    File(Content),
    /// A folder: names and what they stand for.
    Folder(Arc<BTreeMap<String, Ino>>),
    /// A symbolic link.
    Link(String),
    /// A character device.
    Device(Device),
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
}

/// The devices a machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// `/dev/null`.
    Null,
    /// `/dev/zero`.
    Zero,
    /// `/dev/full`.
    Full,
    /// `/dev/urandom` and `/dev/random`.
    Random,
    /// `/dev/tty`, which nobody has.
    Terminal,
    /// A disk or a part of one, with its numbers.
    Disk(u32, u32),
}

/// What is in a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// These bytes.
    Bytes(Arc<Vec<u8>>),
    /// As many zero bytes, which take up no memory here but their space on the disk.
    Holes(u64),
    /// A program the machine knows by this name.
    Program(Arc<str>),
}

/// The size a program claims to have.
const PROGRAM_BYTES: u64 = 143_432;

impl Content {
    /// What is in a new file.
    pub fn empty() -> Self {
        Self::Bytes(Arc::default())
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Holes(size) => *size,
            Self::Program(_) => PROGRAM_BYTES,
        }
    }

    /// At most `most` bytes from `offset` on.
    pub fn read(&self, offset: u64, most: usize) -> Vec<u8> {
        let left = usize::try_from(self.size().saturating_sub(offset)).unwrap_or(usize::MAX).min(most);
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        match self {
            Self::Bytes(bytes) => bytes.get(from..from.saturating_add(left)).unwrap_or_default().to_vec(),
            Self::Holes(_) => vec![0; left],
            Self::Program(name) => {
                let mut all = b"\x7fELF\x02\x01\x01\0".to_vec();
                all.extend_from_slice(name.as_bytes());
                all.resize(PROGRAM_BYTES as usize, 0);
                all.get(from..from + left).unwrap_or_default().to_vec()
            }
        }
    }

    /// Puts `bytes` at `offset`; what lies between the end and there becomes zero.
    pub fn write(&mut self, offset: u64, bytes: &[u8]) {
        if let Self::Holes(size) = self
            && bytes.iter().all(|byte| *byte == 0)
        {
            *size = (*size).max(offset + bytes.len() as u64);
            return;
        }
        let mut own = match self {
            Self::Bytes(held) => std::mem::take(held),
            Self::Holes(_) | Self::Program(_) => Arc::new(self.read(0, usize::MAX)),
        };
        let all = Arc::make_mut(&mut own);
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        if all.len() < from {
            all.resize(from, 0);
        }
        let over = (all.len() - from).min(bytes.len());
        all[from..from + over].copy_from_slice(&bytes[..over]);
        all.extend_from_slice(&bytes[over..]);
        *self = Self::Bytes(own);
    }

    /// Makes it `size` bytes long.
    pub fn cut(&mut self, size: u64) {
        match self {
            Self::Bytes(bytes) if bytes.is_empty() && size > 0 => *self = Self::Holes(size),
            Self::Bytes(bytes) => Arc::make_mut(bytes).resize(usize::try_from(size).unwrap_or(0), 0),
            Self::Holes(_) if size == 0 => *self = Self::empty(),
            Self::Holes(held) => *held = size,
            Self::Program(_) => *self = Self::Holes(size),
        }
    }
}

impl Node {
    /// A node that belongs to root.
    pub fn new(kind: Kind, mode: u32, device: u32, now: Duration) -> Self {
        Self { kind, mode, uid: 0, gid: 0, modified: now, links: 1, device }
    }

    /// An empty folder that belongs to root.
    pub fn folder(mode: u32, device: u32, now: Duration) -> Self {
        Self { links: 2, ..Self::new(Kind::Folder(Arc::default()), mode, device, now) }
    }

    /// What it takes up, in bytes as files count them.
    pub fn size(&self) -> u64 {
        match &self.kind {
            Kind::File(content) => content.size(),
            Kind::Folder(_) => 4096,
            Kind::Link(to) => to.len() as u64,
            _ => 0,
        }
    }

    /// The type bits of its mode.
    pub fn type_bits(&self) -> u32 {
        match self.kind {
            Kind::File(_) => 0o100_000,
            Kind::Folder(_) => 0o040_000,
            Kind::Link(_) => 0o120_000,
            Kind::Device(Device::Disk(..)) => 0o060_000,
            Kind::Device(_) => 0o020_000,
            Kind::Fifo => 0o010_000,
            Kind::Socket => 0o140_000,
        }
    }
}
