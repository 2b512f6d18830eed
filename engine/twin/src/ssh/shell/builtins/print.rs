//! `echo` and `printf`, as the shell has them.

use super::{Did, Printed};
use crate::machines::sys::Sys;
use crate::ssh::commands::format;
use crate::ssh::shell::Shell;

pub(super) fn echo(_: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let (line, args) = match args.first().map(String::as_str) {
        Some("-n") => (false, &args[1..]),
        _ => (true, args),
    };
    let (bytes, stopped) = format::escapes(&args.join(" "), format::Escapes::Echo);
    io.out.extend(bytes);
    if line && !stopped {
        io.out.push(b'\n');
    }
    Did::Status(0)
}

pub(super) fn printf(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let args = if args.first().is_some_and(|word| word == "--") { &args[1..] } else { args };
    let Some((wanted, rest)) = args.split_first() else {
        io.say(shell, "printf: usage: printf format [arg ...]");
        return Did::Status(2);
    };
    let done = format::printf(wanted, rest);
    io.out.extend(done.out);
    for why in &done.complaints {
        io.say(shell, &format!("printf: {why}"));
    }
    Did::Status(i32::from(!done.complaints.is_empty()))
}
