//! `cd`, `pwd`, `command`, `type`, `test`, `umask`, `ulimit`.

use super::{Did, Printed, find};
use crate::machines::sys::Sys;
use crate::ssh::commands::condition;
use crate::ssh::shell::Shell;
use crate::ssh::shell::ast::{Node, Part, Simple};
use crate::ssh::shell::frame::Frame;

pub(super) fn cd(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let args: Vec<&String> = args.iter().filter(|word| !["-P", "-L", "--", "-e"].contains(&word.as_str())).collect();
    let (to, shown) = match args.first().map(|word| word.as_str()) {
        None => match shell.get("HOME") {
            Some(home) => (home, false),
            None => return Did::Status(0),
        },
        Some("-") => match shell.get("OLDPWD") {
            Some(before) => (before, true),
            None => return Did::Fatal("cd: OLDPWD not set".into()),
        },
        Some("") => return Did::Status(0),
        Some(to) => (to.to_owned(), false),
    };
    let refuse = |shell: &Shell, io: &mut Printed, _: &str| {
        io.say(shell, &format!("cd: can't cd to {to}"));
        Did::Status(2)
    };
    match sys.walk(&to, true) {
        Ok(spot) => {
            if !sys.machine.is_folder_at(&spot) {
                return refuse(shell, io, "Not a directory");
            }
            if !sys.machine.may_at(&sys.me().cred, &spot, 1) {
                return refuse(shell, io, "Permission denied");
            }
            let before = sys.me().folder.clone();
            sys.change(|me| me.folder.clone_from(&spot.path));
            let _ = shell.set("OLDPWD", &before);
            let _ = shell.set("PWD", &spot.path);
            if shown {
                io.print(&format!("{}\n", spot.path));
            }
            Did::Status(0)
        }
        Err(_) => refuse(shell, io, ""),
    }
}

pub(super) fn pwd(_: &mut Shell, sys: &mut Sys<'_>, _: &[String], io: &mut Printed) -> Did {
    io.print(&format!("{}\n", sys.me().folder));
    Did::Status(0)
}

const RESERVED: [&str; 15] =
    ["!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "then", "until", "while"];

pub(super) fn command(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let long = args.first().is_some_and(|word| word == "-V");
    if args.first().is_some_and(|word| word == "-v" || word == "-V") {
        let mut status = 0;
        for name in &args[1..] {
            match described(shell, sys, name, long) {
                Some(text) => io.print(&format!("{text}\n")),
                None => {
                    if long {
                        io.print(&format!("{name}: not found\n"));
                    }
                    status = 127;
                }
            }
        }
        return Did::Status(status);
    }
    let words = match args.first().map(String::as_str) {
        Some("-p" | "--") => &args[1..],
        _ => args,
    };
    let Some(name) = words.first() else { return Did::Status(0) };
    if let Some(builtin) = find(name) {
        return match (builtin.run)(shell, sys, &words[1..], io) {
            // A special builtin loses what is special about it.
            Did::Fatal(why) => {
                io.say(shell, &why);
                Did::Status(2)
            }
            did => did,
        };
    }
    // Run it without looking at functions: a path is none.
    let path = shell.get("PATH").unwrap_or_default();
    let mut words = words.to_vec();
    if let Ok(found) = sys.look_up(&words[0], &path) {
        words[0] = found;
    }
    let quoted = |word: &String| vec![Part::Quoted(word.clone())];
    let simple = Simple {
        assigns: Vec::new(),
        words: words.iter().map(quoted).collect(),
        redirects: Vec::new(),
        line: shell.line,
    };
    shell.frames.push(Frame::Node(std::sync::Arc::new(Node::Simple(simple))));
    Did::Later
}

fn described(shell: &Shell, sys: &Sys<'_>, name: &str, long: bool) -> Option<String> {
    let said = |what: &str, plain: &str| Some(if long { format!("{name} is {what}") } else { plain.to_owned() });
    if RESERVED.contains(&name) {
        return said("a shell keyword", name);
    }
    if let Some(builtin) = find(name).filter(|builtin| builtin.special) {
        return said("a special shell builtin", builtin.name);
    }
    if shell.functions.contains_key(name) {
        return said("a shell function", name);
    }
    if find(name).is_some() {
        return said("a shell builtin", name);
    }
    let found = sys.look_up(name, &shell.get("PATH").unwrap_or_default()).ok()?;
    let spot = sys.walk(&found, true).ok()?;
    let there = spot.at != crate::machines::files::At::Nothing && sys.machine.may_at(&sys.me().cred, &spot, 1);
    if there { said(&found, &found) } else { None }
}

pub(super) fn type_(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let mut status = 0;
    for name in args {
        match described(shell, sys, name, true) {
            Some(text) => io.print(&format!("{text}\n")),
            None => {
                io.print(&format!("{name}: not found\n"));
                status = 127;
            }
        }
    }
    Did::Status(status)
}

pub(super) fn bracket(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    match args.split_last() {
        Some((last, rest)) if last == "]" => holds(shell, sys, "[", rest, io),
        _ => {
            io.say(shell, "[: missing ]");
            Did::Status(2)
        }
    }
}

pub(super) fn test(shell: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    holds(shell, sys, "test", args, io)
}

fn holds(shell: &mut Shell, sys: &mut Sys<'_>, name: &str, args: &[String], io: &mut Printed) -> Did {
    match condition::holds(sys, args) {
        Ok(holds) => Did::Status(i32::from(!holds)),
        Err(why) => {
            io.say(shell, &format!("{name}: {why}"));
            Did::Status(2)
        }
    }
}

pub(super) fn umask(_: &mut Shell, sys: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    match args.first().map(String::as_str) {
        None => io.print(&format!("{:04o}\n", sys.me().umask)),
        Some("-S") => {
            let bits = !sys.me().umask;
            let three = |shift: u32| -> String {
                let letters = [(4, 'r'), (2, 'w'), (1, 'x')];
                letters.iter().filter(|(bit, _)| (bits >> shift) & bit > 0).map(|(_, letter)| letter).collect()
            };
            io.print(&format!("u={},g={},o={}\n", three(6), three(3), three(0)));
        }
        Some(word) => match crate::ssh::commands::mode::umask(word, sys.me().umask) {
            Some(mask) => sys.change(|me| me.umask = mask),
            None => return Did::Fatal(format!("umask: Illegal mode: {word}")),
        },
    }
    Did::Status(0)
}

pub(super) fn ulimit(_: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    match args {
        [] => io.print("unlimited\n"),
        [word] if word == "-n" => io.print("1024\n"),
        [word] if word.starts_with('-') => io.print("unlimited\n"),
        // Limits are not modelled; setting one changes nothing that could be seen.
        _ => {}
    }
    Did::Status(0)
}
