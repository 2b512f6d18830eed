//! `tee`: hands on what comes, and writes it to files beside.

use super::{Command, program_of};
use crate::machines::open::Read;
use crate::machines::process::{Flow, Program};
use crate::machines::sys::{Mode, Sys};

pub(super) const COMMANDS: &[Command] = &[program_of("tee", "/usr/bin", Tee::start)];

#[derive(Clone, Debug)]
struct Tee {
    args: Vec<String>,
    fds: Vec<i32>,
    waiting: Vec<u8>,
    begun: bool,
    status: i32,
}

impl Tee {
    fn start(words: &[String]) -> Box<dyn Program> {
        let args = words.get(1..).unwrap_or_default().to_vec();
        Box::new(Self { args, fds: Vec::new(), waiting: Vec::new(), begun: false, status: 0 })
    }

    fn begin(&mut self, sys: &mut Sys<'_>) -> Option<Flow> {
        self.begun = true;
        let mut append = false;
        for word in std::mem::take(&mut self.args) {
            match word.as_str() {
                "-a" | "--append" => append = true,
                "-i" | "--" => {}
                odd if odd.starts_with('-') && odd.len() > 1 => {
                    sys.machine.note_unknown(&["tee".into(), word.clone()], &format!("option `{odd}`"));
                    let _ = sys.write(2, format!("tee: unrecognized option '{odd}'\n").as_bytes());
                    return Some(Flow::Exit(1));
                }
                path => match sys.open(path, if append { Mode::appends() } else { Mode::writes() }) {
                    Ok(fd) => self.fds.push(fd),
                    Err(error) => {
                        let _ = sys.write(2, format!("tee: {path}: {error}\n").as_bytes());
                        self.status = 1;
                    }
                },
            }
        }
        None
    }
}

impl Program for Tee {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        if !self.begun
            && let Some(flow) = self.begin(sys)
        {
            return flow;
        }
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
        match sys.read(0, 1 << 16) {
            Ok(Read::Bytes(bytes)) => {
                for fd in self.fds.clone() {
                    if let Err(error) = sys.write(fd, &bytes) {
                        let _ = sys.write(2, format!("tee: write error: {error}\n").as_bytes());
                        self.status = 1;
                    }
                }
                self.waiting = bytes;
                Flow::Again
            }
            Ok(Read::Later) => Flow::Wait(sys.wait_input(0)),
            Ok(Read::End) | Err(_) => Flow::Exit(self.status),
        }
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
