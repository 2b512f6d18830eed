//! `awk`: a small honest one. What it does not know (`getline`, pipes, `system`) it refuses when it reads the program.

mod act;
mod call;
mod expr;
mod parse;
mod program;
mod run;
mod token;
mod value;

use super::call::{Call, Done};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] =
    &[once("awk", "/usr/bin", awk), once("gawk", "/usr/bin", awk), once("mawk", "/usr/bin", awk)];

fn awk(call: &mut Call<'_, '_>) -> Done {
    let options = call.options_first("F:v:f:", &[("field-separator=", "F"), ("assign=", "v"), ("file=", "f")])?;
    let mut rest = options.rest.clone();
    let mut text = String::new();
    for path in options.values("f") {
        match call.read(&path)? {
            Ok(bytes) => text.push_str(&Call::text(&bytes)),
            Err(error) => return call.fail(2, &format!("can't open file {path}: {error}")),
        }
    }
    if !options.has("f") {
        if rest.is_empty() {
            call.say_line("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]");
            return Ok(2);
        }
        text = rest.remove(0);
    }
    let program = match parse::program(&text) {
        Ok(program) => program,
        Err(why) if why.contains("not known to the twin") => return call.unknown(&why),
        Err(why) => return call.fail(2, &format!("syntax error at source line 1: {why}")),
    };
    let mut machine = run::Machine::new(&program);
    if let Some(separator) = options.value("F") {
        machine.assign("FS", if separator == "t" { "\t" } else { separator });
    }
    for pair in options.values("v") {
        let Some((name, value)) = pair.split_once('=') else {
            return call.fail(2, &format!("invalid -v argument: {pair}"));
        };
        machine.assign(name, value);
    }
    for (name, value) in call.env() {
        machine.environment(&name, &value);
    }
    let mut status = 0;
    let is_assign = |word: &String| word.split_once('=').is_some_and(|(name, _)| crate::ssh::shell::is_name(name));
    let files: Vec<String> =
        if rest.iter().all(is_assign) { rest.iter().cloned().chain(["-".into()]).collect() } else { rest };
    let mut inputs = Vec::new();
    if machine.reads() {
        for path in files {
            if is_assign(&path) {
                inputs.push((path, None));
                continue;
            }
            match call.read(&path)? {
                Ok(bytes) => inputs.push((if path == "-" { String::new() } else { path }, Some(Call::text(&bytes)))),
                Err(error) => {
                    call.say(&format!("cannot open \"{path}\" ({error})"));
                    status = 2;
                }
            }
        }
    }
    let ended = machine.run(&inputs);
    call.print(&machine.out);
    call.err.extend(crate::machines::text::to_bytes(&machine.err));
    for (path, text, append) in std::mem::take(&mut machine.files) {
        if let Err(error) = call.sys.write_file(&path, &crate::machines::text::to_bytes(&text), append) {
            return call.fail(2, &format!("cannot open \"{path}\" ({error})"));
        }
    }
    match ended {
        Ok(Some(code)) => Ok(code),
        Ok(None) => Ok(status),
        Err(why) => call.fail(2, &why),
    }
}
