//! The mistakes people make, and exactly what they are told: `tests/mistakes/*.md`, one file for each kind.
//!
//! A case is a heading, the runbook, and the commands with what they print on standard error. A block `rhai NAME` puts
//! another file beside the runbook, a block `sh` prepares the folder. `[the same]` stands for what the command above
//! it printed, to the letter. `UPDATE=1` writes down what is really said.
//! What `runbook check` says of a mistake, `runbook run` must say too: the same code, words and place.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::transcripts::{exchanges, plain};

/// The fewest mistakes that must be written down.
const CASES_MIN: usize = 40;

/// A command of a case, what it printed, and its exit code.
struct Carried {
    command: String,
    printed: String,
    code: i32,
}

#[test]
fn every_mistake_is_told_as_it_is_written_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes");
    let mut themes: Vec<PathBuf> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    themes.sort();
    let update = std::env::var_os("UPDATE").is_some();
    let (mut count, mut wrong) = (0, Vec::new());
    for path in themes {
        let text = fs::read_to_string(&path).unwrap();
        let mut told = String::new();
        for case in cases(&text) {
            count += usize::from(case.starts_with("## "));
            let (now, carried) = carried_out(case);
            let title = format!("{}: {}", path.display(), case.lines().next().unwrap_or_default());
            if now != case && !update {
                wrong.push(format!("{title}\nis told otherwise now:\n{now}"));
            }
            wrong.extend(disagreement(&carried).map(|what| format!("{title}\n{what}\n{now}")));
            told.push_str(&now);
        }
        if told != text && update {
            fs::write(path, told).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{} of {count} mistakes:\n\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= CASES_MIN, "only {count} mistakes are written down");
}

/// The parts of a theme: what stands above the first case, and each case from its heading.
fn cases(text: &str) -> Vec<&str> {
    let heads = text.match_indices("\n## ").map(|(at, _)| at + 1);
    let bounds: Vec<usize> = std::iter::once(0).chain(heads).chain([text.len()]).collect();
    bounds.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// The case with what its commands really print, and those commands.
fn carried_out(case: &str) -> (String, Vec<Carried>) {
    // In memory where that is possible: one of the files is large.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let place = folder.path();
    let (mut told, mut all) = (String::new(), Vec::new());
    let mut lines = case.lines();
    while let Some(line) = lines.next() {
        told.push_str(&format!("{line}\n"));
        let Some(info) = line.strip_prefix("```") else { continue };
        let text: String = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        match info.split_once(' ').unwrap_or((info, "main.rhai")) {
            ("console", _) => {
                for exchange in exchanges(&text) {
                    let carried = carry_out(exchange.command, place);
                    let same = all.last().is_some_and(|above: &Carried| above.printed == carried.printed);
                    let printed = if same { "[the same]\n" } else { &carried.printed };
                    told.push_str(&format!("$ {}\n{printed}", carried.command));
                    all.push(carried);
                }
            }
            (kind, name) => {
                told.push_str(&text);
                match kind {
                    "rhai" => {
                        let path = place.join(name);
                        fs::create_dir_all(path.parent().unwrap()).unwrap();
                        fs::write(path, &text).unwrap();
                    }
                    "sh" => assert!(sh(&text, place).status().unwrap().success(), "{text}"),
                    other => panic!("nobody knows what to do with a block `{other}`"),
                }
            }
        }
        told.push_str("```\n");
    }
    (told, all)
}

fn sh(command: &str, place: &Path) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_runbook")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let mut sh = Command::new("sh");
    sh.args(["-c", command]).current_dir(place).env("PATH", path).env("RUNBOOK_STATE", place.join("state"));
    sh.env("LC_ALL", "C.UTF-8").env_remove("RUST_BACKTRACE").env_remove("RUNBOOK_RUN");
    sh.stdin(std::process::Stdio::null());
    sh
}

fn carry_out(command: String, place: &Path) -> Carried {
    let output = sh(&command, place).output().unwrap();
    let mut printed = plain(&String::from_utf8_lossy(&output.stderr), place);
    assert!(!printed.contains("panicked at"), "$ {command}\n{printed}");
    let code = output.status.code().unwrap_or(-1);
    if code != 0 {
        printed.push_str(&format!("[exit {code}]\n"));
    }
    Carried { command, printed, code }
}

/// Where `check` and `run` do not say the same of the same mistake.
fn disagreement(carried: &[Carried]) -> Option<String> {
    let of = |command: &str| carried.iter().find(|one| one.command.starts_with(&format!("runbook {command} ")));
    let (check, run) = (of("check")?, of("run")?);
    let (found, met) = (errors(&check.printed), errors(&run.printed));
    if check.code != 0 && run.code == 0 {
        return Some("`check` finds a mistake in what runs to its end".to_owned());
    }
    // What follows from the first, as a branch that failed from its step, `check` cannot know.
    let first = met.first().filter(|first| !found.is_empty() && !found.contains(first))?;
    Some(format!("`run` says `{first}`, and `check` does not"))
}

/// The errors in what a command printed: each with its place, where it has one.
fn errors(printed: &str) -> Vec<String> {
    let lines: Vec<&str> = printed.lines().collect();
    let heads = lines.iter().enumerate().filter(|(_, line)| line.trim_start().starts_with("error["));
    let place = |at: usize| lines.get(at + 1).and_then(|line| line.split_once("╭ ")).map_or("", |(_, place)| place);
    heads.map(|(at, line)| format!("{} at {}", line.trim_start(), place(at))).collect()
}
