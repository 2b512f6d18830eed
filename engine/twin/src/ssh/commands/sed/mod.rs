//! `sed`: edits what comes, line by line.

mod read;
mod run;
mod script;

use super::call::{Call, Done};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[once("sed", "/usr/bin", sed)];

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn sed(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("quiet", "n"),
        ("silent", "n"),
        ("expression=", "e"),
        ("file=", "f"),
        ("regexp-extended", "E"),
        ("in-place", "i"),
        ("in-place=", "I"),
        ("separate", "s"),
        ("null-data", "z"),
        ("unbuffered", "u"),
        ("posix", "posix"),
    ];
    // `-i` takes its ending only where it stands right behind it.
    for word in &mut call.args {
        if word.len() > 2 && word.starts_with("-i") {
            *word = format!("--in-place={}", &word[2..]);
        }
    }
    let options = call.options("ne:f:Erisuz", &long)?;
    if options.has("z") {
        return call.unknown("option `-z`");
    }
    let mut paths = options.rest.clone();
    let mut text = String::new();
    for (name, value) in options.all() {
        let piece = match (name.as_str(), value) {
            ("e", Some(value)) => value.clone(),
            ("f", Some(path)) => match call.read(path)? {
                Ok(bytes) => Call::text(&bytes).trim_end_matches('\n').to_owned(),
                Err(error) => return call.fail(1, &format!("couldn't open file {path}: {error}")),
            },
            _ => continue,
        };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&piece);
    }
    if !options.has("e") && !options.has("f") {
        if paths.is_empty() {
            call.say_line("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...");
            return Ok(1);
        }
        text = paths.remove(0);
    }
    let extended = options.has("E") || options.has("r");
    let script = match read::script(&text, extended) {
        Ok(script) => script,
        Err(why) if why.contains("not known to the twin") => return call.unknown(&why),
        Err(why) => return call.fail(1, &format!("-e expression #1, {why}")),
    };
    let quiet = options.has("n") || text.starts_with("#n\n");
    if options.has("i") || options.has("I") {
        return in_place(call, &script, quiet, &paths, options.value("I"));
    }
    let mut status = 0;
    let usual = ["-".to_owned()];
    let mut input = Vec::new();
    for path in if paths.is_empty() { &usual[..] } else { &paths[..] } {
        match call.read(path)? {
            Ok(bytes) => {
                if input.last().is_some_and(|byte| *byte != b'\n') {
                    input.push(b'\n');
                }
                input.extend(bytes);
            }
            Err(error) => {
                let shown = if error == crate::machines::errno::Errno::IsFolder {
                    format!("couldn't edit {path}: not a regular file")
                } else {
                    format!("can't read {path}: {error}")
                };
                call.say(&shown);
                status = 2;
            }
        }
    }
    let done = run::run(&script, &input, quiet);
    call.out.extend(done.out);
    for (path, bytes) in done.files {
        if let Err(error) = call.sys.write_file(&path, &bytes, false) {
            return call.fail(4, &format!("couldn't open file {path}: {error}"));
        }
    }
    Ok(done.status.unwrap_or(status))
}

fn in_place(
    call: &mut Call<'_, '_>,
    script: &[script::Step],
    quiet: bool,
    paths: &[String],
    backup: Option<&str>,
) -> Done {
    if paths.is_empty() {
        return call.fail(1, "no input files");
    }
    let mut status = 0;
    for path in paths {
        let stat = call.sys.stat(path, true);
        let bytes = match (call.read(path)?, &stat) {
            (Ok(bytes), Ok(stat)) if stat.is_file() => bytes,
            (Err(error), _) if error != crate::machines::errno::Errno::IsFolder => {
                call.say(&format!("can't read {path}: {error}"));
                status = 2;
                continue;
            }
            _ => return call.fail(4, &format!("couldn't edit {path}: not a regular file")),
        };
        let done = run::run(script, &bytes, quiet);
        let kept = backup.map(|end| call.sys.write_file(&format!("{path}{end}"), &bytes, false));
        if let Some(Err(error)) = kept {
            return call.fail(4, &format!("cannot rename {path}: {error}"));
        }
        if let Err(error) = call.sys.write_file(path, &done.out, false) {
            return call.fail(4, &format!("couldn't open temporary file {path}: {error}"));
        }
        if let Some(code) = done.status {
            return Ok(code);
        }
    }
    Ok(status)
}
