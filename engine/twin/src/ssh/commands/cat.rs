//! `cat`: hands on what comes, as it comes.

use super::{Command, program_of};
use crate::machines::files::Ino;
use crate::machines::open::{Read, What};
use crate::machines::process::{Flow, Program};
use crate::machines::sys::{Mode, Sys};

pub(super) const COMMANDS: &[Command] = &[program_of("cat", "/usr/bin", Cat::start)];

#[derive(Clone, Debug)]
struct Cat {
    args: Vec<String>,
    begun: bool,
    numbers: bool,
    files: Vec<String>,
    /// What is read now.
    fd: Option<i32>,
    waiting: Vec<u8>,
    error: Vec<u8>,
    line: usize,
    at_start: bool,
    status: i32,
}

impl Cat {
    fn start(words: &[String]) -> Box<dyn Program> {
        Box::new(Self {
            args: words.get(1..).unwrap_or_default().to_vec(),
            begun: false,
            numbers: false,
            files: Vec::new(),
            fd: None,
            waiting: Vec::new(),
            error: Vec::new(),
            line: 0,
            at_start: true,
            status: 0,
        })
    }

    fn begin(&mut self, sys: &mut Sys<'_>) -> Option<Flow> {
        self.begun = true;
        let mut over = false;
        for word in std::mem::take(&mut self.args) {
            match word.as_str() {
                "--" if !over => over = true,
                "-u" if !over => {}
                "-n" if !over => self.numbers = true,
                odd if !over && odd.starts_with('-') && odd.len() > 1 => {
                    sys.machine.note_unknown(&["cat".into(), word.clone()], &format!("option `{odd}`"));
                    let letter = odd.chars().nth(1).unwrap_or('-');
                    let text = format!("cat: invalid option -- '{letter}'\nTry 'cat --help' for more information.\n");
                    let _ = sys.write(2, text.as_bytes());
                    return Some(Flow::Exit(1));
                }
                _ => self.files.push(word),
            }
        }
        if self.files.is_empty() {
            self.files.push("-".into());
        }
        self.files.reverse();
        None
    }

    /// Opens the next file; nothing where none is left.
    fn next(&mut self, sys: &mut Sys<'_>) -> Option<()> {
        let path = self.files.pop()?;
        if path == "-" {
            self.fd = Some(0);
            return Some(());
        }
        match sys.open(&path, Mode::reads()) {
            // It would read what it writes, without end.
            Ok(fd) if file_of(sys, fd).is_some() && file_of(sys, fd) == file_of(sys, 1) => {
                sys.close(fd);
                self.complain(&path, "input file is output file");
            }
            Ok(fd) => self.fd = Some(fd),
            Err(error) => self.complain(&path, error.words()),
        }
        Some(())
    }

    fn complain(&mut self, path: &str, why: &str) {
        self.error.extend(crate::machines::text::to_bytes(&format!("cat: {path}: {why}\n")));
        self.status = 1;
    }

    fn take(&mut self, bytes: Vec<u8>) {
        if !self.numbers {
            self.waiting = bytes;
            return;
        }
        for byte in bytes {
            if self.at_start {
                self.line += 1;
                self.waiting.extend(format!("{:6}\t", self.line).bytes());
            }
            self.at_start = byte == b'\n';
            self.waiting.push(byte);
        }
    }
}

fn file_of(sys: &Sys<'_>, fd: i32) -> Option<Ino> {
    match sys.machine.opens.get(&sys.opened(fd).ok()?)?.what {
        What::File(ino) => Some(ino),
        _ => None,
    }
}

impl Program for Cat {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        if !self.begun
            && let Some(flow) = self.begin(sys)
        {
            return flow;
        }
        if !self.error.is_empty() {
            let _ = sys.write(2, &std::mem::take(&mut self.error));
        }
        if !self.waiting.is_empty() {
            return match sys.write(1, &self.waiting) {
                Ok(0) => Flow::Wait(sys.wait_output(1)),
                Ok(count) => {
                    self.waiting.drain(..count);
                    Flow::Again
                }
                Err(error) => {
                    let _ = sys.write(2, format!("cat: write error: {error}\n").as_bytes());
                    Flow::Exit(1)
                }
            };
        }
        let Some(fd) = self.fd else {
            return if self.next(sys).is_some() { Flow::Again } else { Flow::Exit(self.status) };
        };
        match sys.read(fd, 1 << 16) {
            Ok(Read::Bytes(bytes)) => self.take(bytes),
            Ok(Read::Later) => return Flow::Wait(sys.wait_input(fd)),
            ended => {
                if let Err(error) = ended {
                    let path =
                        sys.opened(fd).ok().and_then(|open| sys.machine.opens.get(&open)).map(|open| open.path.clone());
                    self.complain(&path.unwrap_or_else(|| "-".into()), error.words());
                }
                if fd != 0 {
                    sys.close(fd);
                }
                self.fd = None;
            }
        }
        Flow::Again
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
