//! Words that are being expanded, and the substitutions that have to run first.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ast::{List, Node};
use super::expand::{Answer, Expansion, Stop};
use super::frame::{Frame, Task, for_words, redirects_of};
use super::turn::move_fd;
use super::{Shell, Var, pattern};
use crate::machines::open::Read;
use crate::machines::process::{End, Flow, Pid, Wait};
use crate::machines::sys::Sys;
use crate::machines::text::from_bytes;

impl Shell {
    pub(super) fn expand(
        &mut self,
        task: Task,
        mut answers: Vec<Answer>,
        before: Arc<BTreeMap<String, Var>>,
        sys: &mut Sys<'_>,
    ) -> Option<Flow> {
        answers.extend(self.answer.take());
        let status = self.status;
        let node = task.node().clone();
        let done = match &task {
            Task::Simple(_) => return self.simple(node, answers, before, sys),
            Task::For(_) => {
                let words = for_words(&node);
                let args = self.args.clone();
                let mut expansion = Expansion::new(self, sys, &answers);
                words.map_or(Ok(args), |words| expansion.words(words).map(Arc::new)).map(|words| {
                    self.status = 0;
                    self.frames.push(Frame::For(node.clone(), words, 0));
                })
            }
            Task::Case(_) => self.case(&node, &answers, sys).map(|list| {
                self.status = if list.is_none() { 0 } else { self.status };
                self.frames.extend(list.map(|list| Frame::List(list, 0)));
            }),
            Task::Redirect(_) => match self.targets(redirects_of(&node), &answers, sys) {
                Ok(targets) => {
                    // Where nothing comes after it in a child, nothing has to be put back, and nothing is held on to.
                    let save = sys.pid == self.root || !self.is_last();
                    if let (Node::Redirected(inner, _), Some(saved)) = (&*node, self.redirect(&targets, save, sys)) {
                        if save {
                            self.frames.push(Frame::Undo(saved));
                        }
                        self.frames.push(Frame::Node(inner.clone()));
                    } else {
                        self.status = 2;
                        self.frames.push(Frame::Check);
                    }
                    Ok(())
                }
                Err(stop) => Err(stop),
            },
        };
        match done {
            Ok(()) => None,
            Err(stop) => {
                self.status = status;
                self.stopped(stop, task, answers, before, sys)
            }
        }
    }

    /// Runs what an expansion needs first, or ends over it.
    pub(super) fn stopped(
        &mut self,
        stop: Stop,
        task: Task,
        answers: Vec<Answer>,
        before: Arc<BTreeMap<String, Var>>,
        sys: &mut Sys<'_>,
    ) -> Option<Flow> {
        match stop {
            Stop::Run(list) => {
                self.vars = before.clone();
                self.frames.push(Frame::Expand(task, answers, before));
                let (read, write) = sys.machine.new_pipe();
                let fd = sys.free_from(10);
                sys.install(fd, read);
                let out = sys.free_from(10);
                sys.install(out, write);
                let child = self.subshell(vec![Frame::List(list, 0)]);
                let pid = self.fork(child, sys);
                let mut inside = Sys { machine: sys.machine, pid };
                inside.close(fd);
                move_fd(&mut inside, out, 1);
                sys.close(out);
                self.frames.push(Frame::Capture { pid, fd, bytes: Vec::new() });
            }
            Stop::Fail(why) => {
                self.complain(sys, &why);
                self.let_go(sys);
                self.leave(2);
            }
        }
        None
    }

    pub(super) fn case(
        &mut self,
        node: &Arc<Node>,
        answers: &[Answer],
        sys: &mut Sys<'_>,
    ) -> Result<Option<List>, Stop> {
        let Node::Case { word, arms } = &**node else { return Ok(None) };
        let mut expansion = Expansion::new(self, sys, answers);
        let text = expansion.one(word)?;
        for (patterns, body) in arms {
            for wanted in patterns {
                let wanted = expansion.pattern(wanted)?;
                if pattern::matches(&wanted, &text) {
                    return Ok(Some(body.clone()));
                }
            }
        }
        Ok(None)
    }

    pub(super) fn capture(&mut self, pid: Pid, fd: i32, mut bytes: Vec<u8>, sys: &mut Sys<'_>) -> Option<Flow> {
        match sys.read(fd, 1 << 16) {
            Ok(Read::Bytes(more)) => {
                bytes.extend(more);
                self.frames.push(Frame::Capture { pid, fd, bytes });
                return None;
            }
            Ok(Read::Later) => {
                let wait = sys.wait_input(fd);
                self.frames.push(Frame::Capture { pid, fd, bytes });
                return Some(Flow::Wait(wait));
            }
            Ok(Read::End) | Err(_) => {}
        }
        let Some(end) = sys.reap(pid).or_else(|| (!sys.is_child(pid)).then_some(End::Code(0))) else {
            self.frames.push(Frame::Capture { pid, fd, bytes });
            return Some(Flow::Wait(Wait::Child(pid)));
        };
        sys.close(fd);
        bytes.retain(|byte| *byte != 0);
        while bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        self.answer = Some((from_bytes(&bytes), end.status()));
        None
    }
}
