//! Traps, and the ways out of what a shell is in the middle of: `exit`, `return`, `break`, failures.

use std::sync::Arc;

use super::frame::Frame;
use super::source::Source;
use super::{Shell, Var};
use crate::machines::process::Flow;
use crate::machines::signal;
use crate::machines::sys::Sys;

impl Shell {
    /// Takes in signals that came, and begins the trap of one where it is its turn.
    pub(super) fn look_at_signals(&mut self, sys: &mut Sys<'_>) -> Option<Option<Flow>> {
        while let Some(signal) = sys.take_signal() {
            self.signals.push_back(signal);
        }
        if self.signals.is_empty() {
            return None;
        }
        // What runs in the foreground is waited for first.
        match self.frames.last() {
            Some(Frame::Wait(_) | Frame::Capture { .. } | Frame::Flush { .. }) => return None,
            Some(Frame::WaitJob(_)) => {
                self.frames.pop();
                self.status = 128 + self.signals[0];
            }
            _ => {}
        }
        let signal = self.signals.pop_front()?;
        if self.opts.interactive
            && let Some(Frame::Source(source)) = self.frames.last_mut()
        {
            source.ask_again();
        }
        let action = self.traps.get(&signal).cloned()?;
        self.frames.push(Frame::Trapped(self.status));
        self.frames.push(Frame::Dot);
        self.frames.push(Frame::Source(Box::new(Source::text(&action))));
        Some(None)
    }

    /// Ends the shell with this status, after the trap for it.
    pub(super) fn leave(&mut self, status: i32) {
        self.status = status;
        self.frames.clear();
        self.frames.push(Frame::Exit(status & 0xff));
        if let Some(action) = Arc::make_mut(&mut self.traps).remove(&0).filter(|action| !action.is_empty()) {
            self.frames.push(Frame::Source(Box::new(Source::text(&action))));
        }
    }

    /// Goes back to the end of the function or file that is read, putting back what is on the way.
    pub(super) fn go_back(&mut self, status: i32, sys: &mut Sys<'_>) {
        let is_end = |frame: &Frame| matches!(frame, Frame::Call { .. } | Frame::Dot);
        if !self.frames.iter().any(is_end) {
            self.let_go(sys);
            self.leave(status);
            return;
        }
        while let Some(frame) = self.frames.pop() {
            if is_end(&frame) {
                self.frames.push(frame);
                break;
            }
            self.drop_frame(frame, sys);
        }
        self.status = status;
    }

    /// Leaves all that is begun, putting back what is on the way.
    pub(super) fn let_go(&mut self, sys: &mut Sys<'_>) {
        while let Some(frame) = self.frames.pop() {
            self.drop_frame(frame, sys);
        }
    }

    /// Leaves `count` loops, or goes on with the next round of the last of them.
    pub(super) fn break_loops(&mut self, count: usize, go_on: bool, sys: &mut Sys<'_>) {
        let is_loop = |frame: &Frame| matches!(frame, Frame::LoopBody(_) | Frame::LoopCond(..) | Frame::For(..));
        let stops = |frame: &Frame| matches!(frame, Frame::Call { .. } | Frame::Trapped(_));
        let reach = self.frames.iter().rev().take_while(|frame| !stops(frame)).filter(|frame| is_loop(frame)).count();
        let mut left = count.min(reach);
        while left > 0 {
            let Some(frame) = self.frames.pop() else { return };
            if !is_loop(&frame) {
                self.drop_frame(frame, sys);
                continue;
            }
            left -= 1;
            if left == 0 && go_on {
                self.frames.push(match frame {
                    Frame::LoopCond(node, _) => Frame::LoopBody(node),
                    other => other,
                });
            }
        }
        self.status = 0;
    }

    /// Puts back what a frame had put aside.
    fn drop_frame(&mut self, frame: Frame, sys: &mut Sys<'_>) {
        match frame {
            Frame::Undo(saved) => self.undo(saved, sys),
            Frame::Restore(vars) => self.restore(vars),
            Frame::Call { args, locals } => {
                self.args = args;
                self.restore(locals);
            }
            _ => {}
        }
    }

    /// Puts variables back as they were.
    pub(super) fn restore(&mut self, vars: Vec<(String, Option<Var>)>) {
        let all = Arc::make_mut(&mut self.vars);
        for (name, var) in vars.into_iter().rev() {
            match var {
                Some(var) => all.insert(name, var),
                None => all.remove(&name),
            };
        }
    }

    /// What a shell says of a child that a signal ended.
    pub(super) fn say_signal(&self, number: i32, sys: &mut Sys<'_>) {
        let text = match number {
            signal::INT | signal::PIPE => return,
            signal::HUP => "Hangup",
            signal::KILL => "Killed",
            signal::TERM => "Terminated",
            10 => "User defined signal 1",
            12 => "User defined signal 2",
            6 => "Aborted",
            11 => "Segmentation fault",
            _ => "Terminated by a signal",
        };
        self.say(sys, &format!("{text}\n"));
    }
}
