//! `read`: a line of the input, byte by byte, so that the rest is there for others.

use super::{Did, Printed};
use crate::machines::open::Read;
use crate::machines::process::Flow;
use crate::machines::sys::Sys;
use crate::machines::text::from_bytes;
use crate::ssh::shell::Shell;
use crate::ssh::shell::frame::Frame;
use crate::ssh::shell::parse::is_name;

pub(super) fn read(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    let mut raw = false;
    let mut rest = args;
    while let Some(word) = rest.first().filter(|word| word.starts_with('-') && word.len() > 1) {
        rest = &rest[1..];
        match word.as_str() {
            "-r" => raw = true,
            "--" => break,
            "-p" => rest = rest.get(1..).unwrap_or_default(),
            other => {
                sys.machine.note_unknown(args, &format!("read {other}"));
                return Did::Fatal(format!("read: Illegal option {other}"));
            }
        }
    }
    if rest.is_empty() {
        return Did::Fatal("read: arg count".into());
    }
    if let Some(odd) = rest.iter().find(|name| !is_name(name)) {
        return Did::Fatal(format!("read: {odd}: bad variable name"));
    }
    shell.status = 0;
    shell.frames.push(Frame::ReadLine { names: rest.to_vec(), raw, bytes: Vec::new() });
    Did::Later
}

impl Shell {
    /// Goes on with a line until it is whole.
    pub(in crate::ssh::shell) fn read_input(
        &mut self,
        names: Vec<String>,
        raw: bool,
        mut bytes: Vec<u8>,
        sys: &mut Sys<'_>,
    ) -> Option<Flow> {
        loop {
            match sys.read(0, 1) {
                Ok(Read::Bytes(one)) => match one[0] {
                    b'\n' if !raw && ends_in_backslash(&bytes) => {
                        bytes.pop();
                    }
                    b'\n' => {
                        self.status = 0;
                        break;
                    }
                    0 => {}
                    byte => bytes.push(byte),
                },
                Ok(Read::Later) => {
                    let wait = sys.wait_input(0);
                    self.frames.push(Frame::ReadLine { names, raw, bytes });
                    return Some(Flow::Wait(wait));
                }
                Ok(Read::End) | Err(_) => {
                    self.status = 1;
                    break;
                }
            }
        }
        let ifs = self.get("IFS").unwrap_or_else(|| " \t\n".into());
        let values = split(&from_bytes(&bytes), names.len(), raw, &ifs);
        for (name, value) in names.iter().zip(values) {
            if let Err(why) = self.set(name, &value) {
                self.complain(sys, &format!("read: {why}"));
                self.status = 2;
            }
        }
        None
    }
}

fn ends_in_backslash(bytes: &[u8]) -> bool {
    bytes.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Splits a line into as many words, the last of which gets the rest.
fn split(line: &str, count: usize, raw: bool, ifs: &str) -> Vec<String> {
    // Characters that were escaped are ordinary.
    let mut chars: Vec<(char, bool)> = Vec::new();
    let mut all = line.chars();
    while let Some(c) = all.next() {
        match c {
            '\\' if !raw => chars.extend(all.next().map(|c| (c, true))),
            c => chars.push((c, false)),
        }
    }
    let separates = |(c, escaped): &(char, bool)| !escaped && ifs.contains(*c);
    let blank = |one: &(char, bool)| separates(one) && one.0.is_ascii_whitespace();
    let mut values = Vec::new();
    let mut at = chars.iter().take_while(|one| blank(one)).count();
    while values.len() + 1 < count && at < chars.len() {
        let end = (at..chars.len()).find(|end| separates(&chars[*end])).unwrap_or(chars.len());
        values.push(chars[at..end].iter().map(|(c, _)| c).collect());
        at = end;
        while at < chars.len() && blank(&chars[at]) {
            at += 1;
        }
        if at < chars.len() && separates(&chars[at]) && (at == end || !blank(&chars[at])) {
            at += 1;
            while at < chars.len() && blank(&chars[at]) {
                at += 1;
            }
        }
    }
    let mut end = chars.len();
    while end > at && blank(&chars[end - 1]) {
        end -= 1;
    }
    // One separator at the very end belongs to nobody where only one word is left.
    if end > at && separates(&chars[end - 1]) && !chars[at..end - 1].iter().any(separates) {
        end -= 1;
        while end > at && blank(&chars[end - 1]) {
            end -= 1;
        }
    }
    values.push(chars[at.min(end)..end].iter().map(|(c, _)| c).collect());
    values.resize(count, String::new());
    values
}
