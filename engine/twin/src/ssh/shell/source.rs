//! Where a shell reads its commands: a text, a file, its standard input.

use super::Shell;
use super::frame::Frame;
use super::parse::{Trouble, read_line};
use crate::machines::open::Read;
use crate::machines::process::Flow;
use crate::machines::sys::Sys;
use crate::machines::text::from_bytes;

/// Commands that are still to be read.
#[derive(Clone, Debug)]
pub(super) struct Source {
    text: String,
    at: usize,
    line: usize,
    /// Bytes that are no whole character yet.
    rest: Vec<u8>,
    stdin: bool,
    ended: bool,
    /// How much has to be there before reading again is worth while.
    enough: usize,
    /// Whether whoever types was told that it waits.
    asked: bool,
}

/// How much is read from the standard input at once, as `dash` does.
const CHUNK_BYTES: usize = 8192;

impl Source {
    pub(super) fn text(text: &str) -> Self {
        Self {
            text: text.replace('\0', ""),
            at: 0,
            line: 1,
            rest: Vec::new(),
            stdin: false,
            ended: true,
            enough: 0,
            asked: false,
        }
    }

    pub(super) fn stdin() -> Self {
        Self { stdin: true, ended: false, ..Self::text("") }
    }

    /// Has whoever types told once more that it waits.
    pub(super) fn ask_again(&mut self) {
        self.asked = false;
    }

    /// Whether nothing but space is left of a text.
    pub(super) fn is_over(&self) -> bool {
        self.ended && !self.stdin && self.text[self.at..].trim().is_empty()
    }
}

impl Shell {
    /// Reads the next line of commands and puts it on the stack.
    pub(super) fn read_source(&mut self, mut source: Box<Source>, sys: &mut Sys<'_>) -> Option<Flow> {
        // Those who started the shell left to it what it reads; each line goes as soon as it is whole.
        let has_line = source.ended || (source.text.len() > source.enough && source.text[source.at..].contains('\n'));
        if has_line {
            match read_line(&source.text, source.at, source.line, source.ended) {
                Ok(None) if source.ended => return None,
                Ok(None) => {}
                Ok(Some((list, at, line))) => {
                    (source.at, source.line, source.enough) = (at, line, 0);
                    if source.stdin && source.at > 1 << 16 {
                        source.text.drain(..source.at);
                        source.at = 0;
                    }
                    self.frames.push(Frame::Source(source));
                    if !self.opts.noexec {
                        self.frames.push(Frame::List(list, 0));
                    }
                    return None;
                }
                Err(Trouble::More(_)) if !source.ended => {
                    source.enough = source.text.len() + (source.text.len() - source.at) / 2;
                }
                Err(Trouble::More(what)) => {
                    let unterminated = ["quote", "backquote"].contains(&what.as_str());
                    let why = match what.as_str() {
                        _ if unterminated => "Syntax error: Unterminated quoted string".to_owned(),
                        "command" | "word" | "newline" => "Syntax error: end of file unexpected".to_owned(),
                        what => format!("Syntax error: end of file unexpected (expecting {what})"),
                    };
                    let line = source.line;
                    return self.syntax(source, line, &why, sys);
                }
                Err(Trouble::Wrong(line, why)) => return self.syntax(source, line, &why, sys),
            }
        }
        match sys.read(0, CHUNK_BYTES) {
            Ok(Read::Bytes(bytes)) => {
                source.asked = false;
                source.rest.extend(bytes);
                let whole = source.rest.iter().rposition(|byte| byte.is_ascii()).map_or(0, |at| at + 1);
                let bytes: Vec<u8> = source.rest.drain(..whole).filter(|byte| *byte != 0).collect();
                source.text.push_str(&from_bytes(&bytes));
            }
            Ok(Read::Later) => {
                // What is there and was too little before may be all that comes for now.
                if source.enough > 0 && source.text.len() <= source.enough {
                    source.enough = 0;
                    let whole = read_line(&source.text, source.at, source.line, false);
                    if matches!(whole, Ok(Some(_)) | Err(Trouble::Wrong(..))) {
                        self.frames.push(Frame::Source(source));
                        return None;
                    }
                    source.enough = source.text.len();
                }
                self.ask(&mut source, sys);
                self.frames.push(Frame::Source(source));
                return Some(Flow::Wait(sys.wait_input(0)));
            }
            Ok(Read::End) | Err(_) => {
                let rest = std::mem::take(&mut source.rest);
                source.text.push_str(&from_bytes(&rest));
                source.ended = true;
                source.stdin = false;
            }
        }
        self.frames.push(Frame::Source(source));
        None
    }

    /// Tells whoever types that it waits for a command, or for the rest of one.
    fn ask(&mut self, source: &mut Source, sys: &mut Sys<'_>) {
        if !self.opts.interactive || std::mem::replace(&mut source.asked, true) {
            return;
        }
        let (name, usual) = match source.text[source.at..].trim() {
            "" if self.name.starts_with('-') => ("PS1", "\\u@\\h:\\w\\$ "),
            "" => ("PS1", "\\$ "),
            _ => ("PS2", "> "),
        };
        let prompt = prompted(self.get(name).as_deref().unwrap_or(usual), sys);
        self.say(sys, &prompt);
    }

    /// What is read makes no sense: a shell that somebody types to goes on after that line.
    fn syntax(&mut self, mut source: Box<Source>, line: usize, why: &str, sys: &mut Sys<'_>) -> Option<Flow> {
        self.line = line;
        self.complain(sys, why);
        if !self.opts.interactive {
            self.leave(2);
            return None;
        }
        self.status = 2;
        let wrong = line.saturating_sub(source.line) + 1;
        let ends = source.text[source.at..].match_indices('\n').map(|(at, _)| at + 1);
        source.at += ends.take(wrong).last().unwrap_or(source.text.len() - source.at);
        source.line = line + 1;
        self.frames.push(Frame::Source(source));
        None
    }
}

/// A prompt with who, where and what in it, as most shells fill it in.
fn prompted(prompt: &str, sys: &Sys<'_>) -> String {
    if !prompt.contains('\\') {
        return prompt.to_owned();
    }
    let me = sys.me();
    let user = sys.machine.users().into_iter().find(|user| user.uid == me.cred.uid);
    let home = user.as_ref().map_or("/", |user| user.home.as_str());
    let folder = match me.folder.strip_prefix(home) {
        Some(rest) if home != "/" && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        _ => me.folder.clone(),
    };
    prompt
        .replace("\\u", user.as_ref().map_or("?", |user| user.name.as_str()))
        .replace("\\h", &sys.machine.name)
        .replace("\\w", &folder)
        .replace("\\$", if me.cred.uid == 0 { "#" } else { "$" })
}
