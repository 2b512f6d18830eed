//! One turn of a shell: the frame on top is taken and done, or put back to wait.

use std::sync::Arc;

use super::Shell;
use super::ast::Node;
use super::frame::{Frame, Task};
use crate::machines::process::{End, Flow, Pid, Wait};
use crate::machines::sys::Sys;

impl Shell {
    /// Does what is next; gives how the process goes on where it does not just do so.
    pub(super) fn turn(&mut self, sys: &mut Sys<'_>) -> Option<Flow> {
        if let Some(flow) = self.look_at_signals(sys) {
            return flow;
        }
        let Some(frame) = self.frames.pop() else {
            self.leave(self.status);
            return None;
        };
        match frame {
            Frame::Begin(words) => {
                if let Err(why) = self.begin(&words, sys) {
                    let text = format!("{}: 0: {why}\n", self.name);
                    self.say(sys, &text);
                    return Some(Flow::Exit(2));
                }
            }
            Frame::Source(source) => return self.read_source(source, sys),
            Frame::List(list, at) => {
                if let Some(item) = list.get(at) {
                    self.frames.push(Frame::List(list.clone(), at + 1));
                    if item.background {
                        self.put_in_background(&item.node, sys);
                    } else {
                        self.frames.push(Frame::Node(item.node.clone()));
                    }
                }
            }
            Frame::Node(node) => self.enter(node, sys),
            Frame::AndOr(node, at) => self.and_or(node, at),
            Frame::Not => self.status = i32::from(self.status == 0),
            Frame::If(node, at) => self.if_arm(node, at),
            Frame::LoopCond(node, status) => {
                if let Node::Loop { until, body, .. } = &*node
                    && (self.status == 0) != *until
                {
                    let body = body.clone();
                    self.frames.push(Frame::LoopBody(node));
                    self.frames.push(Frame::List(body, 0));
                } else {
                    self.status = status;
                }
            }
            Frame::LoopBody(node) => self.loop_again(node, self.status),
            Frame::For(node, words, at) => self.for_round(node, words, at),
            Frame::Expand(task, answers, before) => return self.expand(task, answers, before, sys),
            Frame::Capture { pid, fd, bytes } => return self.capture(pid, fd, bytes, sys),
            Frame::Wait(pids) => return self.wait_for(pids, sys),
            Frame::WaitJob(pid) => return self.wait_job(pid, sys),
            Frame::Flush { fd, bytes, at, status } => return self.flush(fd, bytes, at, status, sys),
            Frame::ReadLine { names, raw, bytes } => return self.read_input(names, raw, bytes, sys),
            Frame::Undo(saved) => self.undo(saved, sys),
            Frame::Call { args, locals } => {
                self.args = args;
                self.restore(locals);
            }
            Frame::Dot => {}
            Frame::Restore(vars) => self.restore(vars),
            Frame::Trapped(status) => self.status = status,
            Frame::Check => self.check(sys),
            Frame::Exit(code) => return Some(Flow::Exit(code)),
        }
        None
    }

    fn loop_again(&mut self, node: Arc<Node>, status: i32) {
        let Node::Loop { cond, .. } = &*node else { return };
        let cond = cond.clone();
        self.frames.push(Frame::LoopCond(node, status));
        self.frames.push(Frame::List(cond, 0));
    }

    fn and_or(&mut self, node: Arc<Node>, at: usize) {
        let Node::AndOr(_, rest) = &*node else { return };
        let Some((and, next)) = rest.get(at) else { return };
        let goes = (self.status == 0) == *and;
        if at + 1 < rest.len() {
            self.frames.push(Frame::AndOr(node.clone(), at + 1));
        }
        if goes {
            self.frames.push(Frame::Node(next.clone()));
        }
    }

    fn if_arm(&mut self, node: Arc<Node>, at: usize) {
        let Node::If { arms, other } = &*node else { return };
        if self.status == 0 {
            self.frames.push(Frame::List(arms[at].1.clone(), 0));
        } else if let Some((cond, _)) = arms.get(at + 1) {
            self.frames.push(Frame::If(node.clone(), at + 1));
            self.frames.push(Frame::List(cond.clone(), 0));
        } else if let Some(other) = other {
            self.frames.push(Frame::List(other.clone(), 0));
        } else {
            self.status = 0;
        }
    }

    fn for_round(&mut self, node: Arc<Node>, words: Arc<Vec<String>>, at: usize) {
        let Node::For { name, body, .. } = &*node else { return };
        let Some(word) = words.get(at) else { return };
        if let Err(why) = self.set(name, word) {
            self.frames.push(Frame::Exit(2));
            let _ = why;
            return;
        }
        let body = body.clone();
        self.frames.push(Frame::For(node.clone(), words, at + 1));
        self.frames.push(Frame::List(body, 0));
    }

    /// Begins a command.
    fn enter(&mut self, node: Arc<Node>, sys: &mut Sys<'_>) {
        match &*node {
            Node::Simple(simple) => {
                self.line = simple.line;
                self.frames.push(Frame::Expand(Task::Simple(node), Vec::new(), self.vars.clone()));
            }
            Node::Pipe(nodes) => self.pipe(nodes, sys),
            Node::Not(inner) => {
                self.frames.push(Frame::Not);
                self.frames.push(Frame::Node(inner.clone()));
            }
            Node::AndOr(first, _) => {
                self.frames.push(Frame::AndOr(node.clone(), 0));
                self.frames.push(Frame::Node(first.clone()));
            }
            Node::Group(list) => self.frames.push(Frame::List(list.clone(), 0)),
            Node::Subshell(list) => self.apart(Frame::List(list.clone(), 0), sys),
            Node::If { arms, .. } => {
                self.frames.push(Frame::If(node.clone(), 0));
                self.frames.push(Frame::List(arms[0].0.clone(), 0));
            }
            Node::Loop { .. } => self.loop_again(node, 0),
            Node::For { .. } => self.frames.push(Frame::Expand(Task::For(node), Vec::new(), self.vars.clone())),
            Node::Case { .. } => self.frames.push(Frame::Expand(Task::Case(node), Vec::new(), self.vars.clone())),
            Node::Function { name, body } => {
                Arc::make_mut(&mut self.functions).insert(name.clone(), body.clone());
                self.status = 0;
            }
            // The child redirects, and so holds on to nothing of what was there.
            Node::Redirected(inner, _) if matches!(**inner, Node::Subshell(_)) && !self.is_last() => {
                self.apart(Frame::Node(node), sys);
            }
            Node::Redirected(..) => {
                self.frames.push(Frame::Expand(Task::Redirect(node), Vec::new(), self.vars.clone()));
            }
        }
    }

    /// Runs something in a subshell, and waits for it.
    fn apart(&mut self, frame: Frame, sys: &mut Sys<'_>) {
        let child = self.subshell(vec![frame]);
        let pid = self.fork(child, sys);
        self.frames.push(Frame::Check);
        self.frames.push(Frame::Wait(vec![pid]));
    }

    /// Makes a child that is this shell.
    pub(super) fn fork(&mut self, child: Self, sys: &mut Sys<'_>) -> Pid {
        let pid = sys.fork(Box::new(child));
        if let Some(process) = sys.machine.proc_mut(pid) {
            process.caught.clear();
        }
        pid
    }

    fn pipe(&mut self, nodes: &[Arc<Node>], sys: &mut Sys<'_>) {
        let mut pids = Vec::new();
        let mut before: Option<i32> = None;
        for (at, node) in nodes.iter().enumerate() {
            let next = if at + 1 < nodes.len() {
                let (read, write) = sys.machine.new_pipe();
                let (read_fd, write_fd) = (sys.free_from(10), sys.free_from(10) + 1);
                sys.install(read_fd, read);
                let write_fd = if sys.me().fds.contains_key(&write_fd) { sys.free_from(10) } else { write_fd };
                sys.install(write_fd, write);
                Some((read_fd, write_fd))
            } else {
                None
            };
            let child = self.subshell(vec![Frame::Node(node.clone())]);
            let pid = self.fork(child, sys);
            let mut inside = Sys { machine: sys.machine, pid };
            if let Some(before) = before {
                move_fd(&mut inside, before, 0);
            }
            if let Some((read, write)) = next {
                inside.close(read);
                move_fd(&mut inside, write, 1);
            }
            pids.push(pid);
            if let Some(before) = before.take() {
                sys.close(before);
            }
            if let Some((read, write)) = next {
                sys.close(write);
                before = Some(read);
            }
        }
        self.frames.push(Frame::Check);
        self.frames.push(Frame::Wait(pids));
    }

    fn put_in_background(&mut self, node: &Arc<Node>, sys: &mut Sys<'_>) {
        let mut child = self.subshell(vec![Frame::Node(node.clone())]);
        child.tested = false;
        let pid = self.fork(child, sys);
        let mut inside = Sys { machine: sys.machine, pid };
        if let Ok(null) = inside.open_path("/dev/null", crate::machines::sys::Mode::reads()) {
            inside.install(0, null);
        }
        inside.change(|me| {
            me.ignored.extend([2, 3]);
        });
        self.background = Some(pid);
        self.jobs.push(super::Job { pid, ended: None });
        self.status = 0;
    }

    fn wait_for(&mut self, pids: Vec<Pid>, sys: &mut Sys<'_>) -> Option<Flow> {
        let mut left = pids.as_slice();
        while let Some((pid, rest)) = left.split_first() {
            match sys.reap(*pid) {
                Some(end) => {
                    self.status = end.status();
                    if let End::Signal(signal) = end {
                        self.say_signal(signal, sys);
                    }
                }
                None if sys.is_child(*pid) => {
                    let pid = *pid;
                    self.frames.push(Frame::Wait(left.to_vec()));
                    return Some(Flow::Wait(Wait::Child(pid)));
                }
                None => self.status = 127,
            }
            left = rest;
        }
        None
    }

    fn flush(&mut self, fd: i32, bytes: Vec<u8>, at: usize, status: i32, sys: &mut Sys<'_>) -> Option<Flow> {
        if at >= bytes.len() {
            self.status = status;
            return None;
        }
        match sys.write(fd, &bytes[at..]) {
            Ok(0) => {
                let wait = sys.wait_output(fd);
                self.frames.push(Frame::Flush { fd, bytes, at, status });
                Some(Flow::Wait(wait))
            }
            Ok(count) => {
                self.frames.push(Frame::Flush { fd, bytes, at: at + count, status });
                None
            }
            Err(_) => {
                if sys.alive() {
                    self.complain(sys, "echo: echo: I/O error");
                }
                self.status = 1;
                None
            }
        }
    }

    /// Whether somebody further out looks at failures.
    pub(super) fn is_tested(&self) -> bool {
        let looks =
            |frame: &Frame| matches!(frame, Frame::AndOr(..) | Frame::Not | Frame::If(..) | Frame::LoopCond(..));
        self.tested || self.frames.iter().any(looks)
    }

    /// Ends the shell over a failure, where it was told to.
    fn check(&mut self, sys: &mut Sys<'_>) {
        if self.status != 0 && self.opts.errexit && !self.is_tested() {
            let status = self.status;
            self.let_go(sys);
            self.leave(status);
        }
    }

    /// Whether nothing is left to do but the command that is run now.
    pub(super) fn is_last(&self) -> bool {
        let over = |frame: &Frame| match frame {
            Frame::Source(source) => source.is_over(),
            Frame::Check => true,
            Frame::List(list, at) => *at >= list.len(),
            _ => false,
        };
        self.traps.values().all(String::is_empty) && self.signals.is_empty() && self.frames.iter().all(over)
    }
}

/// Moves a descriptor.
pub(super) fn move_fd(sys: &mut Sys<'_>, from: i32, to: i32) {
    if from == to {
        return;
    }
    if let Ok(open) = sys.opened(from) {
        sys.install(to, open);
        sys.close(from);
    }
}
