//! `crictl exec`: a command in a container of this machine, with its streams handed through.

use super::{act, fatal, find};
use crate::machines::open::Read;
use crate::machines::process::{End, Flow, Program, Wait};
use crate::machines::sys::Sys;
use crate::ssh::commands::call::{Call, Done, Stop};
use crate::ssh::commands::options::Options;
use crate::world::{Again, Key};
use std::time::Duration;

/// How often a command that says nothing is looked at.
const AGAIN: Duration = Duration::from_millis(50);

/// What hands the streams through.
#[derive(Clone, Debug)]
struct Through {
    pod: Key,
    container: String,
    session: u64,
    /// Whether it reads.
    reads: bool,
    /// What is still to be written, on which channel.
    waiting: [Vec<u8>; 2],
    ended: Option<i32>,
    /// Whether the command is run as `--sync`, whose channels come one after the other.
    sync: bool,
}

/// `exec`.
pub(super) fn exec(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let [id, command @ ..] = options.rest.as_slice() else { return call.unknown("`exec` alone") };
    if command.is_empty() {
        return call.unknown("`exec` without a command");
    }
    if options.has("t") && !options.has("i") {
        return fatal(
            call,
            &format!("execing command in container {id}: tty=true must be specified with interactive=true"),
        );
    }
    let known = find::container(call, id);
    let Some(one) = known else {
        let why = format!(
            "rpc error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found"
        );
        return fatal(call, &format!("execing command in container {id}: {why}"));
    };
    if one.state != "Running" {
        let why =
            format!("rpc error: code = Unknown desc = container is in CONTAINER_{} state", one.state.to_uppercase());
        return fatal(call, &format!("execing command in container {id}: {why}"));
    }
    let pod = act::pod_of(call, &one);
    let begun = call.sys.machine.world().and_then(|world| world.enter(&pod, &one.name, command, false));
    let Some(session) = begun else {
        let why = format!(
            "rpc error: code = Internal desc = failed to exec in container: failed to start exec \"{}\": OCI runtime exec \
             failed: exec failed: unable to start container process: exec: \"{}\": executable file not found in $PATH",
            one.id, command[0]
        );
        return fatal(call, &format!("execing command in container {id}: {why}"));
    };
    let (reads, sync) = (options.has("i"), options.has("s"));
    let waiting = [Vec::new(), Vec::new()];
    let through = Through { pod, container: one.name, session, reads, waiting, ended: None, sync };
    Err(Stop::Enter(Box::new(through)))
}

impl Through {
    /// Writes what waits; says on which channel there is no room.
    fn flush(&mut self, sys: &mut Sys<'_>) -> Option<i32> {
        for (at, fd) in [(0, 1), (1, 2)] {
            while !self.waiting[at].is_empty() {
                match sys.write(fd, &self.waiting[at]) {
                    Ok(0) => return Some(fd),
                    Ok(count) => drop(self.waiting[at].drain(..count)),
                    Err(_) => self.waiting[at].clear(),
                }
            }
        }
        None
    }

    /// Hands on what there is to read.
    fn feed(&mut self, sys: &mut Sys<'_>) {
        while self.reads {
            match sys.read(0, 1 << 16) {
                Ok(Read::Bytes(bytes)) => {
                    if let Some(inside) = inside(sys, &self.pod, &self.container) {
                        inside.feed(self.session, &bytes);
                    }
                }
                Ok(Read::Later) => return,
                Ok(Read::End) | Err(_) => self.reads = false,
            }
        }
    }

    /// What the command ended with, in the words of whoever started it.
    fn said(&self, code: i32) -> (Option<String>, i32) {
        match (code, self.sync) {
            (0, _) => (None, 0),
            (_, true) => (Some("non-zero exit code".to_owned()), code),
            (_, false) => {
                let text = format!("FATA[0000] execing command in container: command terminated with exit code {code}");
                (Some(text), 1)
            }
        }
    }
}

fn inside<'a>(sys: &'a mut Sys<'_>, pod: &Key, container: &str) -> Option<&'a mut crate::machines::Machine> {
    sys.machine.world()?.inside(pod, container)
}

impl Program for Through {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        if let Some(fd) = self.flush(sys) {
            return Flow::Wait(sys.wait_output(fd));
        }
        if let Some(code) = self.ended {
            return Flow::Exit(code);
        }
        self.feed(sys);
        if !self.reads
            && let Some(inside) = inside(sys, &self.pod, &self.container)
        {
            inside.end_input(self.session);
        }
        let next = sys.machine.world().map_or(Again::Never, |world| world.live_inside(&self.pod));
        let Some(heard) = inside(sys, &self.pod, &self.container).map(|inside| inside.hear(self.session)) else {
            return Flow::Exit(137);
        };
        self.waiting[0].extend(heard.out);
        self.waiting[1].extend(heard.err);
        if let Some(end) = heard.ended {
            let code = match end {
                End::Code(code) => code,
                End::Signal(number) => 128 + number,
            };
            let (text, code) = self.said(code);
            self.waiting[1].extend(text.into_iter().flat_map(|text| format!("{text}\n").into_bytes()));
            self.ended = Some(code);
            return Flow::Again;
        }
        if self.waiting.iter().any(|waiting| !waiting.is_empty()) {
            return Flow::Again;
        }
        let mut waits = vec![match next {
            Again::At(at) => Wait::Until(at.since_1970().max(sys.now() + Duration::from_micros(1))),
            Again::Idle(_) | Again::Never => Wait::Look(sys.now() + AGAIN),
        }];
        if self.reads {
            waits.push(sys.wait_input(0));
        }
        Flow::Wait(Wait::Any(waits))
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
