//! A session on a machine: what somebody who logged in sends and gets; a value.
//!
//! Promises: it lasts until its first process has ended and nobody holds its outputs any more, as with a real server.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Machine;
use super::errno::Errno;
use super::open::{Channel, Open, What};
use super::process::{End, Pid};

/// How much waits for the other end before whoever writes has to wait too.
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// One session.
#[derive(Clone, Debug, Default)]
pub struct Session {
    pub(crate) input: VecDeque<u8>,
    pub(crate) input_ended: bool,
    out: Vec<u8>,
    err: Vec<u8>,
    leader: Pid,
    ended: Option<End>,
    /// The other end is gone: who writes is told so.
    gone: bool,
    /// Nobody sits at the other end: it is what the machine was started for.
    own: bool,
    /// Whether somebody types there.
    terminal: bool,
}

/// What a session has for the other end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// What was printed.
    pub out: Vec<u8>,
    /// What was printed as errors.
    pub err: Vec<u8>,
    /// How its first process ended, once nothing more can come.
    pub ended: Option<End>,
}

impl Session {
    /// Whether somebody at the other end waits for what comes.
    pub(super) fn is_heard(&self) -> bool {
        !self.gone && !self.own
    }

    pub(crate) fn has_room(&self, channel: Channel) -> bool {
        let waiting = if channel == Channel::Err && !self.terminal { &self.err } else { &self.out };
        self.gone || waiting.len() < OUTPUT_BYTES_MAX
    }

    pub(crate) fn take(&mut self, channel: Channel, bytes: &[u8]) -> Result<usize, Errno> {
        if self.gone {
            return Err(Errno::Pipe);
        }
        // A terminal shows both, in their order.
        let waiting = if channel == Channel::Err && !self.terminal { &mut self.err } else { &mut self.out };
        let room = OUTPUT_BYTES_MAX.saturating_sub(waiting.len()).min(bytes.len());
        waiting.extend_from_slice(&bytes[..room]);
        Ok(room)
    }
}

impl Machine {
    /// Opens a session for `user` whose login shell runs `command`, or talks where there is none.
    pub fn open_session(&mut self, user: &str, command: Option<&str>, env: &[(String, String)]) -> Result<u64, Errno> {
        self.open(user, command, env, Session::default())
    }

    /// The same for somebody who types.
    pub fn open_terminal(&mut self, user: &str, command: Option<&str>, env: &[(String, String)]) -> Result<u64, Errno> {
        self.open(user, command, env, Session { terminal: true, ..Session::default() })
    }

    fn open(
        &mut self,
        user: &str,
        command: Option<&str>,
        env: &[(String, String)],
        session: Session,
    ) -> Result<u64, Errno> {
        self.next_open += 1;
        let id = self.next_open;
        Arc::make_mut(&mut self.sessions).insert(id, session);
        let mut ends = Vec::new();
        for channel in [Channel::In, Channel::Out, Channel::Err] {
            let what = What::Session(id, channel);
            let read = channel == Channel::In;
            let open = Open { what, offset: 0, read, write: !read, append: false, users: 0, path: "session".into() };
            ends.push(self.open_thing(open));
        }
        match self.login(user, command, env, &ends) {
            Ok(pid) => {
                if let Some(session) = Arc::make_mut(&mut self.sessions).get_mut(&id) {
                    session.leader = pid;
                }
                Ok(id)
            }
            Err(error) => {
                Arc::make_mut(&mut self.sessions).remove(&id);
                Err(error)
            }
        }
    }

    /// Says that nobody sits at the other end of a session, which has nothing to read.
    pub(crate) fn keep_to_itself(&mut self, session: u64) {
        self.end_input(session);
        if let Some(session) = Arc::make_mut(&mut self.sessions).get_mut(&session) {
            session.own = true;
        }
    }

    /// Hands bytes to a session.
    pub fn feed(&mut self, session: u64, bytes: &[u8]) {
        if let Some(session) = Arc::make_mut(&mut self.sessions).get_mut(&session) {
            session.input.extend(bytes);
        }
    }

    /// Whether somebody is in a session.
    pub(crate) fn has_sessions(&self) -> bool {
        self.sessions.values().any(|session| !session.own)
    }

    /// Whether somebody types in a session.
    pub(crate) fn is_terminal(&self, session: u64) -> bool {
        self.sessions.get(&session).is_some_and(|session| session.terminal)
    }

    /// How much of what was handed to a session nobody has read yet.
    pub fn unread(&self, session: u64) -> usize {
        self.sessions.get(&session).map_or(0, |session| session.input.len())
    }

    /// Says that a session will be handed nothing more.
    pub fn end_input(&mut self, session: u64) {
        if let Some(session) = Arc::make_mut(&mut self.sessions).get_mut(&session) {
            session.input_ended = true;
        }
    }

    /// What a session has printed since it was last asked; the session is gone once its end was told.
    pub fn hear(&mut self, id: u64) -> Heard {
        let held = self.opens.values().any(
            |open| matches!(open.what, What::Session(session, channel) if session == id && channel != Channel::In),
        );
        let sessions = Arc::make_mut(&mut self.sessions);
        let Some(session) = sessions.get_mut(&id) else {
            return Heard { ended: Some(End::Code(255)), ..Heard::default() };
        };
        let ended = if held { None } else { session.ended };
        let heard = Heard { out: std::mem::take(&mut session.out), err: std::mem::take(&mut session.err), ended };
        if ended.is_some() {
            sessions.remove(&id);
        }
        heard
    }

    /// The other end is gone. What runs goes on, until it reads or prints.
    pub fn hang_up(&mut self, id: u64) {
        if let Some(session) = Arc::make_mut(&mut self.sessions).get_mut(&id) {
            session.input_ended = true;
            session.gone = true;
            session.input.clear();
        }
    }

    /// Sends a signal to the processes of a session's first one.
    pub fn signal_session(&mut self, id: u64, signal: i32) {
        if let Some(leader) = self.sessions.get(&id).map(|session| session.leader) {
            let group: Vec<Pid> = self.procs.values().filter(|p| p.pgid == leader).map(|p| p.pid).collect();
            for pid in group {
                self.signal(pid, signal);
            }
        }
    }

    pub(crate) fn session_ended(&mut self, pid: Pid, end: End) {
        if self.sessions.values().any(|session| session.leader == pid && session.ended.is_none()) {
            for session in Arc::make_mut(&mut self.sessions).values_mut().filter(|session| session.leader == pid) {
                session.ended = Some(end);
            }
        }
    }
}
