//! `set` and `getopts`.

use std::sync::Arc;

use super::vars::quoted;
use super::{Did, Printed};
use crate::machines::sys::Sys;
use crate::ssh::shell::{Opts, Shell};

const LONG: [(&str, char); 10] = [
    ("allexport", 'a'),
    ("errexit", 'e'),
    ("monitor", 'm'),
    ("noclobber", 'C'),
    ("noexec", 'n'),
    ("noglob", 'f'),
    ("nounset", 'u'),
    ("stdin", 's'),
    ("verbose", 'v'),
    ("xtrace", 'x'),
];

fn place(opts: &mut Opts, letter: char) -> Option<&mut bool> {
    Some(match letter {
        'a' => &mut opts.allexport,
        'e' => &mut opts.errexit,
        'C' => &mut opts.noclobber,
        'n' => &mut opts.noexec,
        'f' => &mut opts.noglob,
        'u' => &mut opts.nounset,
        'v' => &mut opts.verbose,
        'x' => &mut opts.xtrace,
        'm' => &mut opts.monitor,
        's' => &mut opts.stdin,
        _ => return None,
    })
}

impl Shell {
    /// Switches what a letter stands for.
    pub(in crate::ssh::shell) fn switch(&mut self, letter: char, on: bool) -> Result<(), String> {
        if letter == 'b' || letter == 'h' {
            return Ok(());
        }
        *place(&mut self.opts, letter).ok_or_else(|| format!("Illegal option -{letter}"))? = on;
        Ok(())
    }

    /// The same by its long name.
    pub(in crate::ssh::shell) fn switch_long(&mut self, name: &str, on: bool) -> Result<(), String> {
        let known = LONG.iter().find(|(long, _)| *long == name);
        let (_, letter) = known.ok_or_else(|| format!("Illegal option -o {name}"))?;
        self.switch(*letter, on)
    }

    /// What `$-` is.
    pub(in crate::ssh::shell) fn letters(&self) -> String {
        let mut opts = self.opts.clone();
        "aefmnuvxCs".chars().filter(|letter| place(&mut opts, *letter).is_some_and(|on| *on)).collect()
    }
}

pub(super) fn set(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    if args.is_empty() {
        for (name, var) in shell.vars.iter() {
            if let Some(value) = &var.value {
                io.print(&format!("{name}={}\n", quoted(value)));
            }
        }
        return Did::Status(0);
    }
    let mut rest = args;
    let mut reset = false;
    while let Some(word) = rest.first() {
        if word == "--" || word == "-" {
            rest = &rest[1..];
            reset = word == "--" || !rest.is_empty();
            break;
        }
        let on = word.starts_with('-');
        let Some(letters) = word.strip_prefix(['-', '+']).filter(|letters| !letters.is_empty()) else { break };
        rest = &rest[1..];
        for letter in letters.chars() {
            let switched = if letter == 'o' {
                let Some(name) = rest.first() else {
                    return Did::Status(0);
                };
                rest = &rest[1..];
                shell.switch_long(name, on)
            } else {
                shell.switch(letter, on)
            };
            if let Err(why) = switched {
                return Did::Fatal(format!("set: {why}"));
            }
        }
    }
    if reset || !rest.is_empty() {
        shell.args = Arc::new(rest.to_vec());
    }
    Did::Status(0)
}

pub(super) fn getopts(shell: &mut Shell, _: &mut Sys<'_>, args: &[String], io: &mut Printed) -> Did {
    let [letters, name, words @ ..] = args else {
        return Did::Fatal("getopts: Usage: getopts optstring var [arg]".into());
    };
    let words = if args.len() > 2 { words.to_vec() } else { shell.args.to_vec() };
    let mut at: usize = shell.get("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
    let quiet = letters.starts_with(':');
    let inner = shell.option_at.max(1);
    let word = words.get(at - 1).filter(|word| word.len() > 1 && word.starts_with('-')).cloned();
    let Some(word) = word.filter(|word| {
        if word == "--" {
            at += 1;
        }
        word != "--"
    }) else {
        let _ = shell.set(name, "?");
        let _ = shell.set("OPTIND", &at.to_string());
        return Did::Status(1);
    };
    let letter = word.chars().nth(inner).unwrap_or('?');
    let rest: String = word.chars().skip(inner + 1).collect();
    let known = letter != ':' && letters.trim_start_matches(':').contains(letter);
    let takes = known && letters.split_once(letter).is_some_and(|(_, behind)| behind.starts_with(':'));
    let mut found = letter.to_string();
    let mut argument = None;
    let mut next_inner = inner + 1;
    if takes {
        (at, next_inner) = (at + 1, 0);
        if !rest.is_empty() {
            argument = Some(rest);
        } else if let Some(next) = words.get(at - 1) {
            argument = Some(next.clone());
            at += 1;
        } else if quiet {
            (found, argument) = (":".into(), Some(letter.to_string()));
        } else {
            io.say(shell, &format!("No arg for -{letter} option"));
            found = "?".into();
        }
    } else {
        if rest.is_empty() {
            (at, next_inner) = (at + 1, 0);
        }
        if !known {
            found = "?".into();
            if quiet {
                argument = Some(letter.to_string());
            } else {
                io.say(shell, &format!("Illegal option -{letter}"));
            }
        }
    }
    let _ = shell.set(name, &found);
    match argument {
        Some(argument) => {
            let _ = shell.set("OPTARG", &argument);
        }
        None => {
            Arc::make_mut(&mut shell.vars).remove("OPTARG");
        }
    }
    let _ = shell.set("OPTIND", &at.to_string());
    shell.option_at = next_inner;
    Did::Status(0)
}
