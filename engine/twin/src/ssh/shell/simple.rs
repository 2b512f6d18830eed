//! Simple commands: assignments, functions, builtins, programs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::Node;
use super::builtins::{self, Did};
use super::expand::{Answer, Expansion, Stop};
use super::frame::{Frame, Task, simple_of};
use super::redirect::{Target, expand_targets};
use super::{Shell, Var};
use crate::machines::errno::Errno;
use crate::machines::process::{End, Flow};
use crate::machines::sys::Sys;

/// A simple command whose words are known.
struct Ready {
    words: Vec<String>,
    assigns: Vec<(String, String)>,
    targets: Vec<Target>,
    /// The status of the last substitution in it.
    status: Option<i32>,
}

impl Shell {
    /// Expands a simple command and runs it.
    pub(super) fn simple(
        &mut self,
        node: Arc<Node>,
        answers: Vec<Answer>,
        before: Arc<BTreeMap<String, Var>>,
        sys: &mut Sys<'_>,
    ) -> Option<Flow> {
        let status = self.status;
        match self.prepare(&node, &answers, sys) {
            Ok(ready) => self.run(ready, sys),
            Err(stop) => {
                self.status = status;
                self.stopped(stop, Task::Simple(node), answers, before, sys)
            }
        }
    }

    fn prepare(&mut self, node: &Node, answers: &[Answer], sys: &mut Sys<'_>) -> Result<Ready, Stop> {
        let Some(simple) = simple_of(node) else {
            return Ok(Ready { words: Vec::new(), assigns: Vec::new(), targets: Vec::new(), status: None });
        };
        self.line = simple.line;
        let mut expansion = Expansion::new(self, sys, answers);
        let words = expansion.words(&simple.words)?;
        let targets = expand_targets(&mut expansion, &simple.redirects)?;
        let mut assigns = Vec::new();
        for (name, word) in &simple.assigns {
            let value = expansion.value(word)?;
            // What is assigned first counts for what is assigned behind it.
            if words.is_empty() {
                expansion.shell.assign(name, &value)?;
            }
            assigns.push((name.clone(), value));
        }
        Ok(Ready { words, assigns, targets, status: expansion.status })
    }

    fn assign(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        self.set(name, value).map_err(Stop::Fail)
    }

    fn run(&mut self, ready: Ready, sys: &mut Sys<'_>) -> Option<Flow> {
        if self.opts.xtrace {
            self.trace(&ready, sys);
        }
        let Some(name) = ready.words.first().cloned() else {
            match self.redirect(&ready.targets, true, sys) {
                Some(saved) => {
                    self.undo(saved, sys);
                    self.status = ready.status.unwrap_or(0);
                }
                None => self.status = 2,
            }
            self.frames.push(Frame::Check);
            return None;
        };
        let builtin = builtins::find(&name);
        let special = builtin.is_some_and(|builtin| builtin.special);
        if let Some(body) = self.functions.get(&name).filter(|_| !special).cloned() {
            self.call(&body, ready, sys);
            return None;
        }
        match builtin {
            Some(builtin) => self.run_builtin(builtin, ready, sys),
            None => self.program(ready, sys),
        }
    }

    fn trace(&mut self, ready: &Ready, sys: &mut Sys<'_>) {
        let assigns = ready.assigns.iter().map(|(name, value)| format!("{name}={value}"));
        let all: Vec<String> = assigns.chain(ready.words.iter().cloned()).collect();
        let text = format!("{}{}\n", self.get("PS4").unwrap_or_default(), all.join(" "));
        self.say(sys, &text);
    }

    /// Gives variables these values for a while.
    fn lend(&mut self, assigns: &[(String, String)]) -> Result<Vec<(String, Option<Var>)>, String> {
        let mut before = Vec::new();
        for (name, value) in assigns {
            before.push((name.clone(), self.vars.get(name).cloned()));
            self.set(name, value)?;
            if let Some(var) = Arc::make_mut(&mut self.vars).get_mut(name) {
                var.exported = true;
            }
        }
        Ok(before)
    }

    fn call(&mut self, body: &Arc<Node>, ready: Ready, sys: &mut Sys<'_>) {
        let depth = self.frames.iter().filter(|frame| matches!(frame, Frame::Call { .. })).count();
        if depth > 500 {
            self.complain(sys, "functions call each other too deep");
            self.leave(2);
            return;
        }
        let Some(saved) = self.redirect(&ready.targets, true, sys) else {
            self.status = 2;
            self.frames.push(Frame::Check);
            return;
        };
        match self.lend(&ready.assigns) {
            Ok(before) => {
                self.frames.push(Frame::Check);
                self.frames.push(Frame::Undo(saved));
                self.frames.push(Frame::Restore(before));
                let args = std::mem::replace(&mut self.args, Arc::new(ready.words[1..].to_vec()));
                self.frames.push(Frame::Call { args, locals: Vec::new() });
                self.frames.push(Frame::Node(body.clone()));
            }
            Err(why) => {
                self.complain(sys, &why);
                self.leave(2);
            }
        }
    }

    fn run_builtin(&mut self, builtin: &builtins::Builtin, ready: Ready, sys: &mut Sys<'_>) -> Option<Flow> {
        let name = &ready.words[0];
        if name == "exec" {
            return self.exec(ready, sys);
        }
        // `command` and `eval` hand on what they are given with its redirections.
        let Some(saved) = self.redirect(&ready.targets, true, sys) else {
            self.status = 2;
            if builtin.special {
                self.leave(2);
            } else {
                self.frames.push(Frame::Check);
            }
            return None;
        };
        let before = if builtin.special {
            for (name, value) in &ready.assigns {
                if let Err(why) = self.set(name, value) {
                    self.complain(sys, &why);
                    self.leave(2);
                    return None;
                }
            }
            Vec::new()
        } else {
            match self.lend(&ready.assigns) {
                Ok(before) => before,
                Err(why) => {
                    self.complain(sys, &why);
                    self.leave(2);
                    return None;
                }
            }
        };
        self.frames.push(Frame::Check);
        if !saved.is_empty() {
            self.frames.push(Frame::Undo(saved));
        }
        if !before.is_empty() {
            self.frames.push(Frame::Restore(before));
        }
        let mut io = builtins::Printed::default();
        let did = (builtin.run)(self, sys, &ready.words[1..], &mut io);
        self.did(did, io, sys);
        None
    }

    /// Takes in what a builtin did.
    fn did(&mut self, did: Did, io: builtins::Printed, sys: &mut Sys<'_>) {
        let status = match did {
            Did::Status(status) => status,
            // What a frame on the stack will say.
            Did::Later => {
                self.print(io, None);
                return;
            }
            Did::Fatal(why) => {
                self.complain(sys, &why);
                self.leave(2);
                return;
            }
        };
        self.status = status;
        self.print(io, Some(status));
    }

    /// Puts what is to be printed on the stack.
    fn print(&mut self, io: builtins::Printed, status: Option<i32>) {
        let status = status.unwrap_or(self.status);
        for (fd, bytes) in [(2, io.err), (1, io.out)] {
            if !bytes.is_empty() {
                self.frames.push(Frame::Flush { fd, bytes, at: 0, status });
            }
        }
    }

    fn exec(&mut self, ready: Ready, sys: &mut Sys<'_>) -> Option<Flow> {
        if self.redirect(&ready.targets, false, sys).is_none() {
            self.leave(2);
            return None;
        }
        let words = match ready.words.get(1).map(String::as_str) {
            Some("--") => &ready.words[2..],
            _ => &ready.words[1..],
        };
        if words.is_empty() {
            self.status = 0;
            for (name, value) in &ready.assigns {
                let _ = self.set(name, value);
            }
            return None;
        }
        let mut env = self.environment();
        env.extend(ready.assigns.iter().cloned());
        match self.become_program(words.to_vec(), env, sys) {
            Ok(flow) => Some(flow),
            Err((status, why)) => {
                self.complain(sys, &why);
                self.leave(status);
                None
            }
        }
    }

    fn become_program(
        &mut self,
        words: Vec<String>,
        env: BTreeMap<String, String>,
        sys: &mut Sys<'_>,
    ) -> Result<Flow, (i32, String)> {
        let name = words[0].clone();
        match load(&name, words, env, sys) {
            Ok(program) => Ok(Flow::Become(program)),
            Err(error) => Err(not_run(&name, error)),
        }
    }

    fn program(&mut self, ready: Ready, sys: &mut Sys<'_>) -> Option<Flow> {
        let mut env = self.environment();
        env.extend(ready.assigns.iter().cloned());
        if let Err(why) = self.check_readonly(&ready.assigns) {
            self.complain(sys, &why);
            self.leave(2);
            return None;
        }
        if self.is_last() {
            // A shell with nothing left to do becomes the program.
            if self.redirect(&ready.targets, false, sys).is_none() {
                self.leave(2);
                return None;
            }
            return match self.become_program(ready.words, env, sys) {
                Ok(flow) => Some(flow),
                Err((status, why)) => {
                    self.complain(sys, &why);
                    self.leave(status);
                    None
                }
            };
        }
        let child = self.subshell(Vec::new());
        let pid = self.fork(child, sys);
        let mut inside = Sys { machine: sys.machine, pid };
        let failed = if self.redirect(&ready.targets, false, &mut inside).is_none() {
            Some(2)
        } else {
            let name = ready.words[0].clone();
            match load(&name, ready.words, env, &mut inside) {
                Ok(program) => {
                    if let Some(process) = sys.machine.proc_mut(pid) {
                        process.program = Some(program);
                    }
                    None
                }
                Err(error) => {
                    let (status, why) = not_run(&name, error);
                    self.complain(&mut inside, &why);
                    Some(status)
                }
            }
        };
        if let Some(status) = failed {
            sys.machine.end(pid, End::Code(status));
        }
        self.frames.push(Frame::Check);
        self.frames.push(Frame::Wait(vec![pid]));
        None
    }

    fn check_readonly(&self, assigns: &[(String, String)]) -> Result<(), String> {
        let held = assigns.iter().find(|(name, _)| self.vars.get(name).is_some_and(|var| var.readonly));
        held.map_or(Ok(()), |(name, _)| Err(format!("{name}: is read only")))
    }
}

/// Finds a program and makes the process ready to run it.
fn load(
    name: &str,
    words: Vec<String>,
    env: BTreeMap<String, String>,
    sys: &mut Sys<'_>,
) -> Result<Box<dyn crate::machines::process::Program>, Errno> {
    let path = env.get("PATH").cloned().unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into());
    let found = sys.look_up(name, &path);
    let found = found.inspect_err(|error| {
        if *error == Errno::Missing {
            sys.machine.note_unknown(&words, "command");
        }
    })?;
    match sys.exec(&found, words.clone(), env.clone()) {
        // A file without a first line of its own is a script of this shell.
        Err(Errno::NotProgram) => {
            let mut all = vec!["sh".to_owned(), found];
            all.extend(words.into_iter().skip(1));
            sys.exec("/bin/sh", all, env)
        }
        other => other,
    }
}

fn not_run(name: &str, error: Errno) -> (i32, String) {
    match error {
        Errno::Missing => (127, format!("{name}: not found")),
        error => (126, format!("{name}: {error}")),
    }
}
