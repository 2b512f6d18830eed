//! `head`: the beginning of what comes; it ends as soon as it has enough, and leaves the rest of a file to others.

use std::collections::VecDeque;

use super::{Command, program_of};
use crate::machines::open::{Read, What};
use crate::machines::process::{Flow, Program};
use crate::machines::sys::{Mode, Sys};

pub(super) const COMMANDS: &[Command] = &[program_of("head", "/usr/bin", |words| {
    let args = words.get(1..).unwrap_or_default().to_vec();
    Box::new(Head { args, ..Head::default() })
})];

#[derive(Clone, Debug, Default)]
struct Head {
    args: Vec<String>,
    begun: bool,
    bytes: bool,
    /// How many; below zero all but so many.
    count: i64,
    left: i64,
    titles: bool,
    files: VecDeque<String>,
    done: usize,
    fd: Option<i32>,
    held: Vec<u8>,
    waiting: Vec<u8>,
    status: i32,
}

impl Head {
    fn begin(&mut self, sys: &mut Sys<'_>) -> Option<Flow> {
        self.begun = true;
        self.count = 10;
        let mut titles = None;
        let mut args: VecDeque<String> = std::mem::take(&mut self.args).into();
        while let Some(word) = args.pop_front() {
            let (flag, joined) = match word.as_str() {
                "--" => {
                    self.files.extend(args.drain(..));
                    break;
                }
                "-q" | "--quiet" => {
                    titles = Some(false);
                    continue;
                }
                "-v" | "--verbose" => {
                    titles = Some(true);
                    continue;
                }
                word if word.starts_with("-q") && word.len() > 2 => {
                    titles = Some(false);
                    args.push_front(format!("-{}", &word[2..]));
                    continue;
                }
                word if word.starts_with("--lines=") => ("-n", word[8..].to_owned()),
                word if word.starts_with("--bytes=") => ("-c", word[8..].to_owned()),
                word if word.starts_with("-n") => ("-n", word[2..].to_owned()),
                word if word.starts_with("-c") => ("-c", word[2..].to_owned()),
                word if word.len() > 1 && word.starts_with('-') && word[1..].bytes().all(|c| c.is_ascii_digit()) => {
                    ("-n", word[1..].to_owned())
                }
                word if word.starts_with('-') && word.len() > 1 => {
                    sys.machine.note_unknown(&["head".into(), word.to_owned()], &format!("option `{word}`"));
                    let letter = word.chars().nth(1).unwrap_or('-');
                    return Some(self.usage(&format!("invalid option -- '{letter}'"), sys));
                }
                _ => {
                    self.files.push_back(word);
                    continue;
                }
            };
            let value = if joined.is_empty() { args.pop_front().unwrap_or_default() } else { joined };
            self.bytes = flag == "-c";
            match super::numbers::size(&value) {
                Some(count) => self.count = count,
                None => {
                    let what = if self.bytes { "bytes" } else { "lines" };
                    let text = format!("head: invalid number of {what}: '{value}'\n");
                    let _ = sys.write(2, text.as_bytes());
                    return Some(Flow::Exit(1));
                }
            }
        }
        if self.files.is_empty() {
            self.files.push_back("-".into());
        }
        self.titles = titles.unwrap_or(self.files.len() > 1);
        None
    }

    fn usage(&self, text: &str, sys: &mut Sys<'_>) -> Flow {
        let text = format!("head: {text}\nTry 'head --help' for more information.\n");
        let _ = sys.write(2, text.as_bytes());
        Flow::Exit(1)
    }

    fn next(&mut self, sys: &mut Sys<'_>) -> Flow {
        let Some(path) = self.files.pop_front() else { return Flow::Exit(self.status) };
        let fd = if path == "-" { Ok(0) } else { sys.open(&path, Mode::reads()) };
        match fd {
            Ok(fd) => {
                self.fd = Some(fd);
                self.left = self.count;
                if self.titles {
                    let shown = if path == "-" { "standard input" } else { &path };
                    let gap = if self.done > 0 { "\n" } else { "" };
                    self.waiting.extend(crate::machines::text::to_bytes(&format!("{gap}==> {shown} <==\n")));
                }
                self.done += 1;
            }
            Err(error) => {
                let text = format!("head: cannot open '{path}' for reading: {error}\n");
                let _ = sys.write(2, &crate::machines::text::to_bytes(&text));
                self.status = 1;
            }
        }
        Flow::Again
    }

    /// Takes what is wanted of these bytes; gives how many are left over once there are enough.
    fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        if self.count < 0 {
            self.held.extend(bytes);
            return None;
        }
        let mut used = 0;
        while self.left > 0 && used < bytes.len() {
            let piece = if self.bytes {
                usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len() - used)
            } else {
                bytes[used..].iter().position(|byte| *byte == b'\n').map_or(bytes.len() - used, |at| at + 1)
            };
            self.waiting.extend(&bytes[used..used + piece]);
            used += piece;
            if self.bytes {
                self.left -= piece as i64;
            } else if self.waiting.last() == Some(&b'\n') {
                self.left -= 1;
            }
        }
        (self.left == 0).then_some(bytes.len() - used)
    }

    fn finish(&mut self, fd: i32, sys: &mut Sys<'_>) {
        let held = std::mem::take(&mut self.held);
        let but = usize::try_from(-self.count.min(0)).unwrap_or(usize::MAX);
        if self.bytes {
            self.waiting.extend(&held[..held.len().saturating_sub(but)]);
        } else {
            let lines: Vec<&[u8]> = held.split_inclusive(|byte| *byte == b'\n').collect();
            lines[..lines.len().saturating_sub(but)].iter().for_each(|line| self.waiting.extend(*line));
        }
        if fd != 0 {
            sys.close(fd);
        }
        self.fd = None;
    }
}

impl Program for Head {
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
        let Some(fd) = self.fd else { return self.next(sys) };
        if self.count >= 0 && self.left == 0 {
            self.finish(fd, sys);
            return Flow::Again;
        }
        match sys.read(fd, 8192) {
            Ok(Read::Bytes(bytes)) => {
                if let Some(over) = self.take(&bytes) {
                    give_back(fd, over, sys);
                }
            }
            Ok(Read::Later) => return Flow::Wait(sys.wait_input(fd)),
            Ok(Read::End) => self.finish(fd, sys),
            Err(error) => {
                let _ = sys.write(2, format!("head: error reading: {error}\n").as_bytes());
                self.status = 1;
                self.finish(fd, sys);
            }
        }
        Flow::Again
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// What was read too much of a file goes back to it.
fn give_back(fd: i32, over: usize, sys: &mut Sys<'_>) {
    let Ok(id) = sys.opened(fd) else { return };
    if let Some(open) = std::sync::Arc::make_mut(&mut sys.machine.opens).get_mut(&id)
        && matches!(open.what, What::File(_))
    {
        open.offset -= over as u64;
    }
}
