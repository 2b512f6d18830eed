//! `yes`: says the same without end.

use super::{Command, program_of};
use crate::machines::process::{Flow, Program};
use crate::machines::sys::Sys;

pub(super) const COMMANDS: &[Command] = &[program_of("yes", "/usr/bin", |words| {
    let text = if words.len() > 1 { words[1..].join(" ") } else { "y".into() };
    Box::new(Yes { block: format!("{text}\n").repeat(512).into_bytes(), at: 0 })
})];

#[derive(Clone, Debug)]
struct Yes {
    block: Vec<u8>,
    at: usize,
}

impl Program for Yes {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        match sys.write(1, &self.block[self.at..]) {
            Ok(0) => Flow::Wait(sys.wait_output(1)),
            Ok(count) => {
                self.at = (self.at + count) % self.block.len();
                Flow::Again
            }
            Err(_) => Flow::Exit(1),
        }
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
