//! `export`, `readonly`, `local`, `unset`, `shift`, `alias`.

use std::sync::Arc;

use super::{Did, Printed};
use crate::machines::sys::Sys;
use crate::ssh::shell::frame::Frame;
use crate::ssh::shell::parse::is_name;
use crate::ssh::shell::{Shell, Var};

/// A value as a shell shows it so that it can be read again.
pub(crate) fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "'\"'\"'"))
}

fn listed(shell: &Shell, word: &str, wanted: fn(&Var) -> bool) -> String {
    let line = |(name, var): (&String, &Var)| match &var.value {
        Some(value) => format!("{word} {name}={}\n", quoted(value)),
        None => format!("{word} {name}\n"),
    };
    shell.vars.iter().filter(|(_, var)| wanted(var)).map(line).collect()
}

fn mark(shell: &mut Shell, args: &[String], mark: fn(&mut Var)) -> Result<(), String> {
    for arg in args {
        let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
        if !is_name(name) {
            return Err(format!("{name}: bad variable name"));
        }
        if let Some(value) = value {
            shell.set(name, value)?;
        }
        mark(Arc::make_mut(&mut shell.vars).entry(name.to_owned()).or_default());
    }
    Ok(())
}

fn marked(
    shell: &mut Shell,
    word: &str,
    args: &[String],
    io: &mut Printed,
    has: fn(&Var) -> bool,
    set: fn(&mut Var),
) -> Did {
    match args.first().map(String::as_str) {
        None | Some("-p") => {
            io.print(&listed(shell, word, has));
            Did::Status(0)
        }
        _ => match mark(shell, args, set) {
            Ok(()) => Did::Status(0),
            Err(why) => Did::Fatal(format!("{word}: {why}")),
        },
    }
}

pub(super) fn export(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    marked(shell, "export", args, io, |var| var.exported, |var| var.exported = true)
}

pub(super) fn readonly(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    marked(shell, "readonly", args, io, |var| var.readonly, |var| var.readonly = true)
}

pub(super) fn local(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    for arg in args {
        let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(name, value)| (name, Some(value)));
        if !is_name(name) {
            return Did::Fatal(format!("local: {name}: bad variable name"));
        }
        let before = shell.vars.get(name).cloned();
        let call = shell.frames.iter_mut().rev().find_map(|frame| match frame {
            Frame::Call { locals, .. } => Some(locals),
            _ => None,
        });
        let Some(locals) = call else { return Did::Fatal("local: not in a function".into()) };
        locals.push((name.to_owned(), before));
        if let Some(value) = value
            && let Err(why) = shell.set(name, value)
        {
            return Did::Fatal(format!("local: {why}"));
        }
    }
    Did::Status(0)
}

pub(super) fn unset(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let (function, names) = match args.first().map(String::as_str) {
        Some("-f") => (true, &args[1..]),
        Some("-v") => (false, &args[1..]),
        _ => (false, args),
    };
    for name in names {
        if function {
            Arc::make_mut(&mut shell.functions).remove(name);
        } else if !is_name(name) {
            return Did::Fatal(format!("unset: {name}: bad variable name"));
        } else if shell.vars.get(name).is_some_and(|var| var.readonly) {
            io.say(shell, &format!("unset: {name}: is read only"));
            return Did::Fatal(format!("unset: {name}: is read only"));
        } else {
            Arc::make_mut(&mut shell.vars).remove(name);
        }
    }
    Did::Status(0)
}

pub(super) fn shift(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], _: &mut Printed) -> Did {
    let count = match args.first().map(|word| word.parse::<usize>()) {
        None => 1,
        Some(Ok(count)) => count,
        Some(Err(_)) => return Did::Fatal(format!("shift: Illegal number: {}", args[0])),
    };
    if count > shell.args.len() {
        return Did::Fatal("shift: can't shift that many".into());
    }
    Arc::make_mut(&mut shell.args).drain(..count);
    Did::Status(0)
}

pub(super) fn alias(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    if args.is_empty() {
        return Did::Status(0);
    }
    // Aliases are for people who type; here they would only be silently ignored.
    sys.machine.note_unknown(args, "alias");
    io.say(shell, "alias: the twin's shell has no aliases");
    Did::Status(1)
}
