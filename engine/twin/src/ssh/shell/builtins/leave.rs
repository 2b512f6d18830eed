//! `.`, `eval`, `exit`, `return`, `break`, `continue`.

use super::{Did, Printed};
use crate::machines::sys::Sys;
use crate::machines::text::from_bytes;
use crate::ssh::shell::Shell;
use crate::ssh::shell::frame::Frame;
use crate::ssh::shell::source::Source;

pub(super) fn dot(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    let Some(name) = args.first() else { return Did::Status(0) };
    let found = if name.contains('/') {
        Some(name.clone())
    } else {
        let path = shell.get("PATH").unwrap_or_default();
        path.split(':')
            .map(|folder| format!("{folder}/{name}"))
            .find(|path| sys.stat(path, true).is_ok_and(|s| s.is_file()))
    };
    let Some(found) = found else { return Did::Fatal(format!(".: {name}: not found")) };
    match sys.read_file(&found, 1 << 26) {
        Ok(bytes) => {
            shell.frames.push(Frame::Dot);
            shell.frames.push(Frame::Source(Box::new(Source::text(&from_bytes(&bytes)))));
            shell.status = 0;
            Did::Later
        }
        Err(error) => {
            let missing = error == crate::machines::errno::Errno::Missing;
            let why = if missing { "No such file" } else { error.words() };
            Did::Fatal(format!(".: cannot open {found}: {why}"))
        }
    }
}

pub(super) fn eval(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    shell.status = 0;
    shell.frames.push(Frame::Source(Box::new(Source::text(&args.join(" ")))));
    Did::Later
}

fn number(shell: &Shell, args: &[String]) -> Result<i32, String> {
    match args.first() {
        None => Ok(shell.status),
        Some(word) => word.parse::<u32>().map(|n| n as i32).map_err(|_| format!("Illegal number: {word}")),
    }
}

pub(super) fn exit(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    // In a trap `exit` alone means the status from before it.
    let trapped = shell.frames.iter().rev().find_map(|frame| match frame {
        Frame::Trapped(status) | Frame::Exit(status) => Some(*status),
        _ => None,
    });
    match number(shell, args) {
        Ok(status) => {
            shell.let_go(sys);
            shell.leave(trapped.filter(|_| args.is_empty()).unwrap_or(status));
        }
        Err(why) => return Did::Fatal(format!("exit: {why}")),
    }
    Did::Later
}

pub(super) fn return_(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    match number(shell, args) {
        Ok(status) => shell.go_back(status, sys),
        Err(why) => return Did::Fatal(format!("return: {why}")),
    }
    Did::Later
}

pub(super) fn break_(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    loops(shell, sys, args, false)
}

pub(super) fn continue_(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    loops(shell, sys, args, true)
}

fn loops(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], go_on: bool) -> Did {
    let count = match args.first().map(|word| word.parse::<usize>()) {
        None => 1,
        Some(Ok(count)) if count > 0 => count,
        _ => return Did::Fatal(format!("Illegal number: {}", args[0])),
    };
    shell.break_loops(count, go_on, sys);
    Did::Later
}
