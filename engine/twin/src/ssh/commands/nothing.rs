//! A program that does nothing, for a process that is just being made.

use crate::machines::process::{Flow, Program};
use crate::machines::sys::Sys;

/// Ends at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Nothing;

impl Program for Nothing {
    fn step(&mut self, _: &mut Sys<'_>) -> Flow {
        Flow::Exit(0)
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(*self)
    }
}
