//! The same scripts through a real `dash` and through this shell: same output, same status.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::machines::{Bare, Machine};

/// The scripts: each is separated from the next by a line of dashes.
const SCRIPTS: [(&str, &str); 4] = [
    ("words", include_str!("likeness/words.sh")),
    ("flow", include_str!("likeness/flow.sh")),
    ("files", include_str!("likeness/files.sh")),
    ("filters", include_str!("likeness/filters.sh")),
];

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn real(shell: &[&str], script: &str) -> Option<(Vec<u8>, i32, Vec<u8>)> {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg("-c").arg(script).current_dir(dir.path()).env_clear();
    command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C");
    command.env("HOME", "/root").env("TZ", "UTC").stdin(Stdio::null());
    let output = command.output().ok()?;
    Some((output.stdout, output.status.code().unwrap_or(-1), output.stderr))
}

pub(crate) fn twin(machine: &Machine, script: &str) -> (Vec<u8>, i32, Vec<u8>) {
    let mut machine = machine.clone();
    machine.put_folder("/root/w", 0o755);
    let wrapped = format!("cd /root/w; export LC_ALL=C TZ=UTC; exec sh -c {}", super::builtins::quoted(script));
    let heard = machine.ask("root", &wrapped, b"", Duration::from_secs(3600));
    (heard.out, heard.ended.map_or(-2, super::super::super::machines::process::End::status), heard.err)
}

fn there(shell: &str) -> bool {
    let there = real(&[shell], "true").is_some();
    if !there {
        say(&format!("NOT RUN: `{shell}` is not here, so nothing is compared with it"));
    }
    there
}

/// Compares; gives what differs, as text.
fn compare(machine: &Machine, shell: &[&str], script: &str) -> Option<String> {
    let (out, status, err) = real(shell, script)?;
    let (ours, our_status, our_err) = twin(machine, script);
    if out == ours && status == our_status {
        return None;
    }
    Some(format!(
        "--- script\n{script}\n--- real {status}\n{}--- real err\n{}--- twin {our_status}\n{}--- twin err\n{}",
        String::from_utf8_lossy(&out),
        String::from_utf8_lossy(&err),
        String::from_utf8_lossy(&ours),
        String::from_utf8_lossy(&our_err)
    ))
}

fn agree(name: &str) {
    if !there("dash") {
        return;
    }
    let machine = Bare::new("m1").machine();
    let (_, text) = SCRIPTS.iter().find(|(known, _)| *known == name).unwrap();
    let scripts: Vec<&str> = text.split("\n----\n").collect();
    let wrong: Vec<String> = scripts.iter().filter_map(|script| compare(&machine, &["dash"], script)).collect();
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), scripts.len(), wrong.join("\n==========\n"));
}

#[test]
fn words_are_expanded_as_dash_expands_them() {
    agree("words");
}

#[test]
fn commands_follow_each_other_as_in_dash() {
    agree("flow");
}

#[test]
fn files_are_changed_as_by_the_real_commands() {
    agree("files");
}

#[test]
fn filters_print_what_the_real_ones_print() {
    agree("filters");
}
