//! The file server that `scp` and `sftp` talk to: version 3 of its protocol, over the input and output of a session.
//!
//! What it does not know it refuses with the status for that; a message that makes no sense ends it.

use std::collections::BTreeMap;

use super::{Command, program_of};
use crate::machines::errno::Errno;
use crate::machines::files::{At, Stat, joined};
use crate::machines::open::Read;
use crate::machines::process::{Flow, Program};
use crate::machines::sys::{Mode, Sys};

pub(super) const COMMANDS: &[Command] =
    &[program_of("sftp-server", "/usr/lib/openssh", |_| Box::new(Server::default()))];

/// The largest message that is taken.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

const OK: u32 = 0;
const END: u32 = 1;

/// Something a client has open.
#[derive(Clone, Debug)]
enum Handle {
    File(i32),
    Folder(String, bool),
}

#[derive(Clone, Debug, Default)]
struct Server {
    input: Vec<u8>,
    waiting: Vec<u8>,
    handles: BTreeMap<u32, Handle>,
    next: u32,
}

/// A message that is taken apart.
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*first))
    }

    fn long(&mut self) -> Option<u64> {
        Some(u64::from(self.number()?) << 32 | u64::from(self.number()?))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let (first, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(first)
    }

    fn text(&mut self) -> Option<String> {
        self.bytes().map(crate::machines::text::from_bytes)
    }

    /// The permission bits and the time among attributes.
    fn attributes(&mut self) -> Option<(Option<u32>, Option<u32>)> {
        let flags = self.number()?;
        if flags & 1 > 0 {
            self.long()?;
        }
        if flags & 2 > 0 {
            self.long()?;
        }
        let mode = if flags & 4 > 0 { Some(self.number()? & 0o7777) } else { None };
        let time = if flags & 8 > 0 { self.long().map(|both| both as u32) } else { None };
        Some((mode, time))
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_be_bytes());
    out.extend(bytes);
}

fn attributes(stat: &Stat) -> Vec<u8> {
    let mut out = 15_u32.to_be_bytes().to_vec();
    out.extend(stat.size.to_be_bytes());
    let time = stat.modified.as_secs() as u32;
    [stat.uid, stat.gid, stat.mode, time, time].iter().for_each(|number| out.extend(number.to_be_bytes()));
    out
}

fn code(error: Errno) -> u32 {
    match error {
        Errno::Missing | Errno::NotFolder => 2,
        Errno::Access | Errno::Permitted | Errno::ReadOnly => 3,
        _ => 4,
    }
}

type Answer = Result<(u8, Vec<u8>), (u32, String)>;

fn refused(error: Errno) -> (u32, String) {
    (code(error), error.words().to_owned())
}

fn done() -> Answer {
    Err((OK, "Success".into()))
}

impl Server {
    fn send(&mut self, kind: u8, body: &[u8]) {
        self.waiting.extend((body.len() as u32 + 1).to_be_bytes());
        self.waiting.push(kind);
        self.waiting.extend(body);
    }

    /// Takes one message; nothing where it makes no sense.
    fn take(&mut self, message: &[u8], sys: &mut Sys<'_>) -> Option<()> {
        let mut message = Message(message);
        let kind = message.byte()?;
        if kind == 1 {
            let mut body = 3_u32.to_be_bytes().to_vec();
            put(&mut body, b"posix-rename@openssh.com");
            put(&mut body, b"1");
            self.send(2, &body);
            return Some(());
        }
        let id = message.number()?;
        let mut body = id.to_be_bytes().to_vec();
        match self.answer(kind, &mut message, sys)? {
            Ok((kind, rest)) => {
                body.extend(rest);
                self.send(kind, &body);
            }
            Err((status, why)) => {
                body.extend(status.to_be_bytes());
                put(&mut body, why.as_bytes());
                put(&mut body, b"");
                self.send(101, &body);
            }
        }
        Some(())
    }

    fn hold(&mut self, handle: Handle) -> Answer {
        self.next += 1;
        self.handles.insert(self.next, handle);
        let mut body = Vec::new();
        put(&mut body, &self.next.to_be_bytes());
        Ok((102, body))
    }

    fn held(&self, message: &mut Message<'_>) -> Option<Result<(u32, Handle), (u32, String)>> {
        let bytes: [u8; 4] = message.bytes()?.try_into().ok()?;
        let id = u32::from_be_bytes(bytes);
        Some(self.handles.get(&id).map(|handle| (id, handle.clone())).ok_or((4, "no such handle".into())))
    }

    fn answer(&mut self, kind: u8, message: &mut Message<'_>, sys: &mut Sys<'_>) -> Option<Answer> {
        Some(match kind {
            3 => self.open(message, sys)?,
            4 | 5 | 6 | 8 | 10 | 12 => match self.held(message)? {
                Ok((id, handle)) => self.on_handle(kind, id, handle, message, sys)?,
                Err(refused) => Err(refused),
            },
            7 | 17 => {
                let path = message.text()?;
                match sys.stat(&path, kind == 17) {
                    Ok(stat) => Ok((105, attributes(&stat))),
                    Err(error) => Err(refused(error)),
                }
            }
            9 => {
                let path = message.text()?;
                let (mode, time) = message.attributes()?;
                self.set(&path, mode, time, sys)
            }
            11 => {
                let path = message.text()?;
                match sys.stat(&path, true) {
                    Ok(stat) if stat.is_folder() => self.hold(Handle::Folder(path, false)),
                    Ok(_) => Err(refused(Errno::NotFolder)),
                    Err(error) => Err(refused(error)),
                }
            }
            13 | 15 => {
                let path = message.text()?;
                let who = sys.cred();
                match sys.walk(&path, false).and_then(|spot| sys.machine.remove(&who, &spot, kind == 15)) {
                    Ok(()) => done(),
                    Err(error) => Err(refused(error)),
                }
            }
            14 => {
                let path = message.text()?;
                let (mode, _) = message.attributes()?;
                let (who, folder) = (sys.cred(), sys.me().folder.clone());
                match sys.machine.make_folder(&who, &folder, &path, mode.unwrap_or(0o755)) {
                    Ok(_) => done(),
                    Err(error) => Err(refused(error)),
                }
            }
            16 => {
                let path = message.text()?;
                match sys.walk(if path.is_empty() { "." } else { &path }, true) {
                    Ok(spot) => Ok((104, names(&[(spot.path, None)]))),
                    Err(error) => Err(refused(error)),
                }
            }
            18 => rename(&message.text()?, &message.text()?, false, sys),
            200 => match message.text()?.as_str() {
                "posix-rename@openssh.com" => rename(&message.text()?, &message.text()?, true, sys),
                _ => Err((8, "Operation unsupported".into())),
            },
            _ => Err((8, "Operation unsupported".into())),
        })
    }

    fn open(&mut self, message: &mut Message<'_>, sys: &mut Sys<'_>) -> Option<Answer> {
        let path = message.text()?;
        let flags = message.number()?;
        let (mode, _) = message.attributes()?;
        let how = Mode {
            read: flags & 1 > 0,
            write: flags & 2 > 0,
            append: flags & 4 > 0,
            create: (flags & 8 > 0).then(|| mode.unwrap_or(0o666)),
            cut: flags & 16 > 0,
            new: flags & 32 > 0,
        };
        Some(match sys.open(&path, how) {
            Ok(fd) => self.hold(Handle::File(fd)),
            Err(error) => Err(refused(error)),
        })
    }

    fn on_handle(
        &mut self,
        kind: u8,
        id: u32,
        handle: Handle,
        message: &mut Message<'_>,
        sys: &mut Sys<'_>,
    ) -> Option<Answer> {
        Some(match (kind, handle) {
            (4, handle) => {
                if let Handle::File(fd) = handle {
                    sys.close(fd);
                }
                self.handles.remove(&id);
                done()
            }
            (5, Handle::File(fd)) => {
                let (offset, most) = (message.long()?, message.number()? as usize);
                seek(fd, offset, sys);
                match sys.read(fd, most.min(1 << 18)) {
                    Ok(Read::Bytes(bytes)) => {
                        let mut body = Vec::new();
                        put(&mut body, &bytes);
                        Ok((103, body))
                    }
                    Ok(_) => Err((END, "End of file".into())),
                    Err(error) => Err(refused(error)),
                }
            }
            (6, Handle::File(fd)) => {
                let offset = message.long()?;
                let bytes = message.bytes()?;
                seek(fd, offset, sys);
                match sys.write(fd, bytes) {
                    Ok(_) => done(),
                    Err(error) => Err(refused(error)),
                }
            }
            (8 | 10, Handle::File(fd)) => {
                let path =
                    sys.opened(fd).ok().and_then(|open| sys.machine.opens.get(&open)).map(|open| open.path.clone());
                let path = path.unwrap_or_default();
                if kind == 8 {
                    match sys.stat(&path, true) {
                        Ok(stat) => Ok((105, attributes(&stat))),
                        Err(error) => Err(refused(error)),
                    }
                } else {
                    let (mode, time) = message.attributes()?;
                    self.set(&path, mode, time, sys)
                }
            }
            (12, Handle::Folder(path, told)) => {
                if told {
                    return Some(Err((END, "End of file".into())));
                }
                self.handles.insert(id, Handle::Folder(path.clone(), true));
                let who = sys.cred();
                let listed = sys.walk(&path, true).and_then(|spot| sys.machine.names_at(&who, &spot));
                let all = listed.unwrap_or_default().into_iter().map(|name| {
                    let stat = sys.stat(&joined(&path, &name), false).ok();
                    (name, stat)
                });
                Ok((104, names(&all.collect::<Vec<_>>())))
            }
            _ => Err((4, "Failure".into())),
        })
    }

    fn set(&mut self, path: &str, mode: Option<u32>, time: Option<u32>, sys: &mut Sys<'_>) -> Answer {
        let spot = sys.walk(path, true).map_err(refused)?;
        let stat = sys.machine.stat_at(&spot).map_err(refused)?;
        let uid = sys.me().cred.uid;
        let At::Real(ino) = spot.at else { return Err(refused(Errno::Permitted)) };
        if uid != 0 && uid != stat.uid {
            return Err(refused(Errno::Permitted));
        }
        let node = sys.machine.files.node_mut(ino).map_err(refused)?;
        node.mode = mode.unwrap_or(node.mode);
        node.modified = time.map_or(node.modified, |time| std::time::Duration::from_secs(u64::from(time)));
        done()
    }
}

fn seek(fd: i32, offset: u64, sys: &mut Sys<'_>) {
    if let Ok(id) = sys.opened(fd)
        && let Some(open) = std::sync::Arc::make_mut(&mut sys.machine.opens).get_mut(&id)
    {
        open.offset = offset;
    }
}

fn rename(from: &str, to: &str, over: bool, sys: &mut Sys<'_>) -> Answer {
    let (source, target) = (sys.walk(from, false).map_err(refused)?, sys.walk(to, false).map_err(refused)?);
    if target.at != At::Nothing && !over {
        return Err((4, "Failure".into()));
    }
    let who = sys.cred();
    sys.machine.rename(&who, &source, &target).map_err(refused)?;
    done()
}

fn names(all: &[(String, Option<Stat>)]) -> Vec<u8> {
    let mut body = (all.len() as u32).to_be_bytes().to_vec();
    for (name, stat) in all {
        let bytes = crate::machines::text::to_bytes(name);
        put(&mut body, &bytes);
        let line = stat.as_ref().map_or_else(
            || name.clone(),
            |stat| format!("{} 1 {} {} {} {name}", stat.letters(), stat.uid, stat.gid, stat.size),
        );
        put(&mut body, line.as_bytes());
        body.extend(stat.as_ref().map_or_else(|| 0_u32.to_be_bytes().to_vec(), attributes));
    }
    body
}

impl Program for Server {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        if !self.waiting.is_empty() {
            return match sys.write(1, &self.waiting) {
                Ok(0) => Flow::Wait(sys.wait_output(1)),
                Ok(count) => {
                    self.waiting.drain(..count);
                    Flow::Again
                }
                Err(_) => Flow::Exit(1),
            };
        }
        if let Some(first) = self.input.first_chunk::<4>() {
            let length = u32::from_be_bytes(*first) as usize;
            if length == 0 || length > MESSAGE_BYTES_MAX {
                return Flow::Exit(11);
            }
            if self.input.len() >= 4 + length {
                let message: Vec<u8> = self.input.drain(..4 + length).skip(4).collect();
                return if self.take(&message, sys).is_some() { Flow::Again } else { Flow::Exit(11) };
            }
        }
        match sys.read(0, 1 << 17) {
            Ok(Read::Bytes(bytes)) => {
                self.input.extend(bytes);
                Flow::Again
            }
            Ok(Read::Later) => Flow::Wait(sys.wait_input(0)),
            Ok(Read::End) | Err(_) => Flow::Exit(0),
        }
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
