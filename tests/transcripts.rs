//! Console sessions, executed: what the book shows is what the program does. `UPDATE=1` writes what it really said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One command of a session and what it printed.
pub(crate) struct Exchange {
    /// What was typed.
    pub(crate) command: String,
    /// What it printed.
    pub(crate) printed: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

#[test]
fn every_transcript_is_what_the_program_says() {
    let mut looked_at = 0;
    for entry in fs::read_dir(folder()).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|end| end == "md") {
            session(&path);
            looked_at += 1;
        }
    }
    assert!(looked_at > 0, "no transcript was found");
}

/// Carries out one transcript in a folder of its own; files it needs stand beside it, in a folder of its name.
fn session(path: &Path) {
    let place = tempfile::tempdir().unwrap();
    let beside = path.with_extension("");
    for file in fs::read_dir(beside).into_iter().flatten().flatten() {
        fs::copy(file.path(), place.path().join(file.file_name())).unwrap();
    }
    let text = fs::read_to_string(path).unwrap();
    let mut told = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("```console\n") {
        let (before, block) = rest.split_at(at + "```console\n".len());
        let (block, after) = block.split_at(block.find("```").expect("a block is closed"));
        told.push_str(before);
        for exchange in exchanges(block) {
            let printed = carry_out(&exchange.command, place.path());
            told.push_str(&format!("$ {}\n{printed}", exchange.command));
            if std::env::var_os("UPDATE").is_none() {
                assert_eq!(printed, exchange.printed, "{}: $ {}", path.display(), exchange.command);
            }
        }
        rest = after;
    }
    told.push_str(rest);
    if std::env::var_os("UPDATE").is_some() && told != text {
        fs::write(path, told).unwrap();
    }
}

/// The commands of a block `console`, each with what it printed.
pub(crate) fn exchanges(block: &str) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), exchanges.last_mut()) {
            (Some(command), _) => exchanges.push(Exchange { command: command.to_owned(), printed: String::new() }),
            (None, Some(last)) => last.printed.push_str(&format!("{line}\n")),
            (None, None) => panic!("a block begins with a command, not with `{line}`"),
        }
    }
    exchanges
}

fn carry_out(command: &str, place: &Path) -> String {
    let bin = Path::new(env!("CARGO_BIN_EXE_runbook")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    // Both channels in the order in which they were written, as a terminal shows them.
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(place)
        .env("PATH", path)
        .env("RUNBOOK_STATE", place.join("state"))
        .env("LC_ALL", "C.UTF-8")
        .env_remove("RUST_BACKTRACE")
        .output()
        .unwrap();
    let mut printed = plain(&String::from_utf8_lossy(&output.stdout), place);
    if !printed.is_empty() && !printed.ends_with('\n') {
        printed.push('\n');
    }
    let code = output.status.code().unwrap_or(-1);
    if code != 0 {
        printed.push_str(&format!("[exit {code}]\n"));
    }
    printed
}

/// What differs from run to run, made the same: names of runs, people, places, times.
pub(crate) fn plain(printed: &str, place: &Path) -> String {
    let place = fs::canonicalize(place).unwrap();
    let printed = printed.replace(&place.display().to_string(), "[HERE]");
    let mut plain = String::new();
    for line in printed.lines() {
        let mut words: Vec<String> = line.split(' ').map(word).collect();
        for at in 1..words.len() {
            match (words[at - 1].as_str(), words[at].as_str()) {
                ("process", number) if number.parse::<u32>().is_ok() => words[at] = "[PID]".to_owned(),
                (_, "ago") => words[at - 1] = "[AGO]".to_owned(),
                _ => {}
            }
        }
        // How long something took is told only when it took long, as on a busy machine.
        let is_length = |word: &str| word.strip_suffix('s').is_some_and(|number| number.parse::<f64>().is_ok());
        if let [.., before, last] = words.as_slice()
            && (before.is_empty() || before == "after")
            && is_length(last)
        {
            words.truncate(words.len() - 2);
        }
        plain.push_str(words.join(" ").trim_end());
        plain.push('\n');
    }
    plain
}

fn word(word: &str) -> String {
    if word.contains("/runs/") {
        return word.split('/').map(self::word).collect::<Vec<_>>().join("/");
    }
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    let letters = |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let is_time = |text: &str| text.len() == 8 && text.matches(':').count() == 2;
    let is_date = |text: &str| text.len() == 10 && text.matches('-').count() == 2 && text.starts_with("20");
    let named = match core.rsplit_once('-') {
        Some((stem, tail))
            if tail.len() == 5
                && letters(tail)
                && tail.chars().any(|c| c.is_ascii_digit() || c.is_alphabetic())
                && !stem.is_empty()
                && is_known(stem) =>
        {
            Some(format!("{stem}-[RUN]"))
        }
        _ if is_time(core) => Some("[TIME]".to_owned()),
        _ if is_date(core) => Some("[DATE]".to_owned()),
        _ if core.contains('@') => Some("[WHO]".to_owned()),
        _ => None,
    };
    named.map_or_else(|| word.to_owned(), |named| word.replace(core, &named))
}

/// The runbooks that transcripts run: only their runs are renamed.
fn is_known(stem: &str) -> bool {
    let stem = stem.trim_start_matches("resume=").rsplit('=').next().unwrap_or(stem);
    ["move", "hello", "archive", "main"].contains(&stem)
}
