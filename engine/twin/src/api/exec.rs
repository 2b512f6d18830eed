//! A command in a container: what is asked, what it is fed, and what it says.

use super::follow::Follow;
use super::request::Request;
use crate::json::{Value, json};
use crate::machines::signal::INT;
use crate::machines::terminal::{Terminal, shown};
use crate::world::{Key, Refusal, World};

/// A command in a container, under way, or somebody who listens to the container itself.
#[derive(Clone, Debug)]
pub struct Exec {
    pod: Key,
    container: String,
    command: Vec<String>,
    /// Who listens to the container itself reads its lines, or hears the command it runs.
    attached: Option<Follow>,
    /// How much of what that command has said is known.
    heard: usize,
    /// Whether it is fed anything.
    pub stdin: bool,
    /// Whether it speaks to a terminal.
    pub tty: bool,
    out: bool,
    err: bool,
    input: Vec<u8>,
    closed: bool,
    /// Where somebody types.
    terminal: Option<Terminal>,
    echo: Vec<u8>,
    breaks: bool,
    session: Option<u64>,
    /// The life of the container it was started in.
    life: String,
    /// Why it was never begun.
    refused: Option<Value>,
    done: bool,
}

/// What a command has said since it was asked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its output.
    pub out: Vec<u8>,
    /// Its complaints.
    pub err: Vec<u8>,
    /// The `Status` it ended with, if it has.
    pub ended: Option<Value>,
    /// Whether nobody will ever hear of it again: its machine is gone.
    pub lost: bool,
}

impl Exec {
    pub(crate) fn new(world: &World, pod: Key, container: String, request: &Request, attached: bool) -> Self {
        let query = &request.query;
        let attached = attached.then(|| Follow::from_now(world, pod.clone(), &container));
        let heard = world.command_said(&pod, &container, 0).map_or(0, |(said, _)| said.len());
        Self {
            heard,
            pod,
            container,
            command: query.all("command").map(str::to_owned).collect(),
            attached,
            stdin: query.is("stdin"),
            tty: query.is("tty"),
            out: query.is("stdout"),
            err: query.is("stderr"),
            terminal: (query.is("tty") && query.is("stdin")).then(Terminal::default),
            echo: Vec::new(),
            breaks: false,
            input: Vec::new(),
            closed: !query.is("stdin"),
            session: None,
            life: String::new(),
            refused: None,
            done: false,
        }
    }

    /// It is not begun, for this reason.
    pub(crate) fn refuse(&mut self, why: &Refusal) {
        let mut status = why.status();
        // As the server writes it there.
        if let Some(status) = status.as_object_mut() {
            status.remove("kind");
            status.remove("apiVersion");
        }
        self.refused = Some(status);
    }

    /// The streams that a client opens for it, where each is one of its own.
    #[must_use]
    pub fn streams(&self) -> Vec<&'static str> {
        let mut all = vec!["error"];
        let wanted =
            [(self.stdin, "stdin"), (self.out, "stdout"), (self.err && !self.tty, "stderr"), (self.tty, "resize")];
        all.extend(wanted.iter().filter(|(wanted, _)| *wanted).map(|(_, name)| name));
        all
    }

    /// The first stream it says something on.
    #[must_use]
    pub fn first(&self) -> u8 {
        match (self.out, self.err && !self.tty) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 3,
        }
    }

    /// Feeds it.
    pub fn feed(&mut self, bytes: &[u8]) {
        match &mut self.terminal {
            _ if self.closed => {}
            None => self.input.extend_from_slice(bytes),
            Some(terminal) => {
                let typed = terminal.typed(bytes);
                self.input.extend(typed.given);
                self.echo.extend(typed.shown);
                self.closed |= typed.ends;
                self.breaks |= typed.breaks;
            }
        }
    }

    /// Says that nothing more is fed.
    pub fn end_input(&mut self) {
        self.closed = true;
    }

    /// Whether it should be fed more: what a command does not read must not be kept without end.
    pub fn has_room(&self, world: &mut World) -> bool {
        let waiting = match (self.session, world.inside(&self.pod, &self.container)) {
            (Some(session), Some(machine)) => machine.unread(session),
            _ => self.input.len(),
        };
        waiting < ROOM
    }

    /// What it has to say now, of what the client asked to hear.
    pub fn hear(&mut self, world: &mut World) -> Said {
        let mut said = self.all(world);
        if !self.out {
            said.out.clear();
        }
        if !self.err {
            said.err.clear();
        }
        said
    }

    fn all(&mut self, world: &mut World) -> Said {
        if self.done {
            return Said::default();
        }
        if let Some(why) = self.refused.take() {
            self.done = true;
            return Said { ended: Some(why), ..Said::default() };
        }
        let runs = self.attached.is_some() && world.begin_command(&self.pod, &self.container);
        let heard = match &mut self.attached {
            Some(_) if runs => self.converse(world),
            Some(follow) => {
                let (out, lives) = follow.poll(world);
                Said { out, ended: (!lives).then(|| ended(0)), ..Said::default() }
            }
            None => self.step(world),
        };
        self.done = heard.ended.is_some();
        if self.tty {
            let out = std::mem::take(&mut self.echo).into_iter().chain(shown(&heard.out)).collect();
            return Said { out, ..heard };
        }
        heard
    }

    /// Speaks with what the container itself runs.
    fn converse(&mut self, world: &mut World) -> Said {
        let ends = self.stdin && self.closed;
        world.feed_command(&self.pod, &self.container, &std::mem::take(&mut self.input), ends);
        if std::mem::take(&mut self.breaks) {
            world.break_command(&self.pod, &self.container);
        }
        let again = world.live_inside(&self.pod);
        world.call_again("container", &self.pod, again);
        let Some((out, over)) = world.command_said(&self.pod, &self.container, self.heard) else {
            return Said { ended: Some(ended(0)), ..Said::default() };
        };
        self.heard += out.len();
        // Who was attached is not told how it ended: the pod says that.
        Said { out, ended: over.then(|| ended(0)), ..Said::default() }
    }

    fn step(&mut self, world: &mut World) -> Said {
        let session = match self.session {
            Some(session) => session,
            None => match world.enter(&self.pod, &self.container, &self.command, self.terminal.is_some()) {
                Some(session) => session,
                None => return unknown(&self.command),
            },
        };
        let life = world.life_inside(&self.pod, &self.container).unwrap_or_default();
        if self.session.is_none() {
            self.life = life;
        } else if self.life != life {
            return killed();
        }
        self.session = Some(session);
        let node = world.at(&self.pod).and_then(|pod| pod["spec"]["nodeName"].as_str()).unwrap_or_default();
        if world.machine(node).is_some_and(|machine| !machine.is_up()) {
            return Said { lost: true, ..Said::default() };
        }
        let Some(machine) = world.inside(&self.pod, &self.container) else {
            return killed();
        };
        machine.feed(session, &std::mem::take(&mut self.input));
        if self.closed {
            machine.end_input(session);
        }
        if std::mem::take(&mut self.breaks) {
            machine.signal_session(session, INT);
        }
        let again = world.live_inside(&self.pod);
        world.call_again("container", &self.pod, again);
        let Some(machine) = world.inside(&self.pod, &self.container) else {
            return killed();
        };
        let mut heard = machine.hear(session);
        if self.tty {
            heard.out.append(&mut heard.err);
        }
        let ended = heard.ended.map(|end| ended(end.status()));
        Said { out: heard.out, err: heard.err, ended, lost: false }
    }

    /// The client is gone; the command goes on.
    pub fn hang_up(&self, world: &mut World) {
        if let (Some(session), Some(machine)) = (self.session, world.inside(&self.pod, &self.container)) {
            machine.hang_up(session);
        }
    }
}

/// How much may wait for a command to read it.
const ROOM: usize = 1024 * 1024;

/// The end of a command whose container went.
fn killed() -> Said {
    Said { ended: Some(ended(137)), ..Said::default() }
}

/// The `Status` of a command that ended with this number.
fn ended(code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    let said = format!("command terminated with non-zero exit code: exit status {code}");
    json!({
        "metadata": {}, "status": "Failure", "message": said, "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

fn unknown(words: &[String]) -> Said {
    let name = words.first().map(String::as_str).unwrap_or_default();
    let said = format!(
        "Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec \
         failed: exec failed: unable to start container process: exec: \"{name}\": executable file not found in $PATH: \
         unknown"
    );
    let cause = said.trim_start_matches("Internal error occurred: ");
    let ended = json!({
        "metadata": {}, "status": "Failure", "message": said, "reason": "InternalError", "code": 500,
        "details": {"causes": [{"message": cause}]},
    });
    Said { ended: Some(ended), ..Said::default() }
}
