//! What processes hold open: files, pipes, sessions; and how bytes go through.
//!
//! Promises: a write to a pipe that nobody reads is refused; one to a full pipe waits; what has no name any more stays
//! as long as somebody has it open.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Machine;
use super::errno::Errno;
use super::files::{Content, Device, Ino};

/// The number of an open thing.
pub type OpenId = u64;

/// How much a pipe holds.
pub const PIPE_BYTES: usize = 65_536;

/// Something that is open, shared by all descriptors made from one opening.
#[derive(Clone, Debug)]
pub struct Open {
    /// What.
    pub what: What,
    /// Where the next byte is read or written.
    pub offset: u64,
    /// Whether it may be read.
    pub read: bool,
    /// Whether it may be written.
    pub write: bool,
    /// Whether everything is written at the end.
    pub append: bool,
    /// How many descriptors lead here.
    pub users: u32,
    /// The path it was opened by, or a word for it.
    pub path: String,
}

/// What can be open.
#[derive(Clone, Debug)]
pub enum What {
    /// A file.
    File(Ino),
    /// A folder.
    Folder,
    /// A pipe.
    Pipe(u64),
    /// The input of a session, or one of its outputs.
    Session(u64, Channel),
    /// A device.
    Device(Device),
    /// A computed file, as it was when it was opened.
    Computed(Arc<Vec<u8>>),
}

/// The channels of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// What the other end sends.
    In,
    /// What it gets.
    Out,
    /// What it gets as errors.
    Err,
}

/// A pipe.
#[derive(Clone, Debug, Default)]
pub struct Pipe {
    pub(crate) bytes: VecDeque<u8>,
    pub(crate) readers: u32,
    pub(crate) writers: u32,
    /// How much it holds beyond the usual, for what a shell puts there itself.
    pub(crate) extra: usize,
}

/// What a read gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// These bytes, at least one.
    Bytes(Vec<u8>),
    /// Nothing will come any more.
    End,
    /// Nothing yet.
    Later,
}

impl Machine {
    pub(crate) fn open_thing(&mut self, open: Open) -> OpenId {
        if let What::Pipe(id) = open.what
            && let Some(pipe) = Arc::make_mut(&mut self.pipes).get_mut(&id)
        {
            pipe.readers += u32::from(open.read);
            pipe.writers += u32::from(open.write);
        }
        self.next_open += 1;
        Arc::make_mut(&mut self.opens).insert(self.next_open, open);
        self.next_open
    }

    /// A new pipe: its reading and its writing end.
    pub(crate) fn new_pipe(&mut self) -> (OpenId, OpenId) {
        self.next_open += 1;
        let id = self.next_open;
        Arc::make_mut(&mut self.pipes).insert(id, Pipe::default());
        let end = |read| Open {
            what: What::Pipe(id),
            offset: 0,
            read,
            write: !read,
            append: false,
            users: 0,
            path: format!("pipe:[{id}]"),
        };
        (self.open_thing(end(true)), self.open_thing(end(false)))
    }

    /// Something to read that holds these bytes.
    pub(crate) fn new_text(&mut self, bytes: &[u8]) -> OpenId {
        let what = What::Computed(Arc::new(bytes.to_vec()));
        let open = Open { what, offset: 0, read: true, write: false, append: false, users: 0, path: "here".into() };
        self.open_thing(open)
    }

    pub(crate) fn hold(&mut self, id: OpenId) {
        if let Some(open) = Arc::make_mut(&mut self.opens).get_mut(&id) {
            open.users += 1;
        }
    }

    /// One descriptor less leads there.
    pub(crate) fn release(&mut self, id: OpenId) {
        let opens = Arc::make_mut(&mut self.opens);
        let Some(open) = opens.get_mut(&id) else { return };
        open.users = open.users.saturating_sub(1);
        if open.users > 0 {
            return;
        }
        let Some(open) = opens.remove(&id) else { return };
        match open.what {
            What::File(ino) => self.let_go(ino),
            What::Pipe(id) => {
                let pipes = Arc::make_mut(&mut self.pipes);
                let Some(pipe) = pipes.get_mut(&id) else { return };
                pipe.readers -= u32::from(open.read).min(pipe.readers);
                pipe.writers -= u32::from(open.write).min(pipe.writers);
                if pipe.readers == 0 && pipe.writers == 0 {
                    pipes.remove(&id);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn is_open(&self, ino: Ino) -> bool {
        self.opens.values().any(|open| matches!(open.what, What::File(held) if held == ino))
    }

    /// Whether a read would give something, be it the end.
    pub(crate) fn readable(&self, id: OpenId) -> bool {
        match self.opens.get(&id).map(|open| &open.what) {
            Some(What::Pipe(pipe)) => {
                self.pipes.get(pipe).is_none_or(|pipe| !pipe.bytes.is_empty() || pipe.writers == 0)
            }
            Some(What::Session(session, Channel::In)) => {
                self.sessions.get(session).is_none_or(|s| !s.input.is_empty() || s.input_ended)
            }
            _ => true,
        }
    }

    /// Whether a write would be taken or refused at once.
    pub(crate) fn writable(&self, id: OpenId) -> bool {
        match self.opens.get(&id).map(|open| &open.what) {
            Some(What::Pipe(pipe)) => {
                self.pipes.get(pipe).is_none_or(|pipe| pipe.readers == 0 || pipe.bytes.len() < PIPE_BYTES + pipe.extra)
            }
            Some(What::Session(session, channel)) => self.sessions.get(session).is_none_or(|s| s.has_room(*channel)),
            _ => true,
        }
    }

    pub(crate) fn read_open(&mut self, id: OpenId, most: usize) -> Result<Read, Errno> {
        let open = self.opens.get(&id).ok_or(Errno::BadFile)?;
        if !open.read {
            return Err(Errno::BadFile);
        }
        let offset = open.offset;
        let bytes = match &open.what {
            What::File(ino) => match &self.files.node(*ino)?.kind {
                super::files::Kind::File(content) => content.read(offset, most),
                _ => Vec::new(),
            },
            What::Computed(text) => {
                let from = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
                text[from..text.len().min(from.saturating_add(most))].to_vec()
            }
            What::Folder => return Err(Errno::IsFolder),
            What::Device(device) => match device {
                Device::Null | Device::Disk(..) => return Ok(Read::End),
                Device::Terminal => return Err(Errno::Io),
                Device::Zero | Device::Full => vec![0; most],
                Device::Random => self.random_bytes(most),
            },
            What::Pipe(pipe) => {
                let pipe = *pipe;
                let Some(pipe) = Arc::make_mut(&mut self.pipes).get_mut(&pipe) else { return Ok(Read::End) };
                return Ok(taken(&mut pipe.bytes, most, pipe.writers == 0));
            }
            What::Session(session, Channel::In) => {
                let session = *session;
                let Some(session) = Arc::make_mut(&mut self.sessions).get_mut(&session) else {
                    return Ok(Read::End);
                };
                let ended = session.input_ended;
                return Ok(taken(&mut session.input, most, ended));
            }
            What::Session(..) => return Err(Errno::BadFile),
        };
        if bytes.is_empty() && most > 0 {
            return Ok(Read::End);
        }
        if let Some(open) = Arc::make_mut(&mut self.opens).get_mut(&id) {
            open.offset += bytes.len() as u64;
        }
        Ok(Read::Bytes(bytes))
    }

    /// Writes as much as there is room for; 0 where that is none yet.
    pub(crate) fn write_open(&mut self, id: OpenId, bytes: &[u8]) -> Result<usize, Errno> {
        let open = self.opens.get(&id).ok_or(Errno::BadFile)?;
        if !open.write {
            return Err(Errno::BadFile);
        }
        let (what, offset, append, path) = (open.what.clone(), open.offset, open.append, open.path.clone());
        match what {
            What::File(ino) => {
                if self.files.mount_of(&path).read_only() {
                    return Err(Errno::ReadOnly);
                }
                let at = if append { self.files.node(ino)?.size() } else { offset };
                let now = self.now;
                self.files.change(ino, now, |content: &mut Content| content.write(at, bytes))?;
                if let Some(open) = Arc::make_mut(&mut self.opens).get_mut(&id) {
                    open.offset = at + bytes.len() as u64;
                }
                Ok(bytes.len())
            }
            What::Computed(_) => self.write_computed(&path, bytes).map(|()| bytes.len()),
            What::Device(Device::Full) => Err(Errno::NoSpace),
            What::Device(Device::Terminal) => Err(Errno::Io),
            What::Device(_) => Ok(bytes.len()),
            What::Folder => Err(Errno::IsFolder),
            What::Pipe(pipe) => {
                let Some(pipe) = Arc::make_mut(&mut self.pipes).get_mut(&pipe) else { return Err(Errno::Pipe) };
                if pipe.readers == 0 {
                    return Err(Errno::Pipe);
                }
                let room = (PIPE_BYTES + pipe.extra).saturating_sub(pipe.bytes.len()).min(bytes.len());
                pipe.bytes.extend(&bytes[..room]);
                Ok(room)
            }
            What::Session(session, channel) => {
                let sessions = Arc::make_mut(&mut self.sessions);
                sessions.get_mut(&session).ok_or(Errno::Pipe)?.take(channel, bytes)
            }
        }
    }
}

fn taken(bytes: &mut VecDeque<u8>, most: usize, ended: bool) -> Read {
    if bytes.is_empty() {
        return if ended { Read::End } else { Read::Later };
    }
    let count = most.min(bytes.len());
    Read::Bytes(bytes.drain(..count).collect())
}
