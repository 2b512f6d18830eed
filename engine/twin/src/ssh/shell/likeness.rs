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
    // What whoever runs the tests has had ignored, a shell could not trap.
    let mut command = Command::new("env");
    command.arg("--default-signal=HUP,INT").args(shell).arg("-c").arg(script).current_dir(dir.path()).env_clear();
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
    let there = real(&[shell], "true").is_some_and(|(_, status, _)| status == 0);
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

/// A script made by chance out of pieces that may stand anywhere.
struct Maker(u64);

impl Maker {
    fn below(&mut self, count: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % count).unwrap_or(0)
    }

    fn pick(&mut self, all: &[&str]) -> String {
        all[self.below(all.len() as u64)].to_owned()
    }

    fn word(&mut self) -> String {
        let plain = [
            "a",
            "'b  c'",
            "\"$x\"",
            "$x",
            "${x:-d e}",
            "\"${y:-q  r}\"",
            "$((i + 2))",
            "$(echo s t)",
            "\"$(echo u  v)\"",
            "${x#?}",
            "${x%?}",
            "${#x}",
            "\"$@\"",
            "$*",
            "*",
            "f*",
            "\\$",
            "\"\"",
            "$?",
            "${z+set}",
            "`echo w`",
            "~",
            "-n",
            "${1}",
            "$#",
            "x=y",
        ];
        self.pick(&plain)
    }

    fn words(&mut self) -> String {
        (0..self.below(4)).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    fn condition(&mut self) -> String {
        let plain = [
            "true",
            "false",
            "[ -n \"$x\" ]",
            "[ \"$i\" -gt 2 ]",
            "test -f f1",
            "[ \"$x\" = a ]",
            "! false",
            "(exit 3)",
            "[ -z \"$y\" ]",
        ];
        self.pick(&plain)
    }

    fn command(&mut self, depth: u32) -> String {
        let deeper = depth > 0;
        match self.below(if deeper { 19 } else { 7 }) {
            0 | 1 => format!("echo {}", self.words()),
            2 => format!("printf '<%s>' {}; echo", self.words()),
            3 => format!("x={}", self.word()),
            4 => format!("i=$((i {} {}))", self.pick(&["+", "-", "*"]), self.below(5)),
            5 => format!("set -- {}", self.words()),
            6 => self.pick(&[
                "shift 2>/dev/null || :",
                "unset y",
                "y=1",
                "touch f1 f2",
                "rm -f f1",
                "cat f1",
                "IFS=:",
                "IFS=' '",
                "set -f",
                "set +f",
                ": >f1",
                "echo l >>f1",
                "false",
                "(exit 4)",
                "f 1 2",
                "wc -l <f1",
                "return 2>/dev/null",
            ]),
            7 => format!(
                "if {}; then {}; else {}; fi",
                self.condition(),
                self.command(depth - 1),
                self.command(depth - 1)
            ),
            8 => format!("for v in {}; do {}; done", self.words(), self.command(depth - 1)),
            9 => format!(
                "n{depth}=0; while [ $n{depth} -lt 3 ]; do n{depth}=$((n{depth} + 1)); {}; done",
                self.command(depth - 1)
            ),
            10 => format!(
                "case {} in a*) {};; '') echo none;; *) {};; esac",
                self.word(),
                self.command(depth - 1),
                self.command(depth - 1)
            ),
            11 => format!("({}; {})", self.command(depth - 1), self.command(depth - 1)),
            12 => format!("{{ {}; }} >f1 2>&1", self.command(depth - 1)),
            13 => format!("{} && {}", self.condition(), self.command(depth - 1)),
            14 => format!("{} || {}", self.condition(), self.command(depth - 1)),
            15 => format!(
                "{{ {}; }} | {}",
                self.command(depth - 1),
                self.pick(&[
                    "cat",
                    "sort",
                    "wc -l",
                    "tr a-z A-Z",
                    "sed s/a/b/",
                    "while read l; do echo \"[$l]\"; done"
                ])
            ),
            16 => format!("z=$( {} )", self.command(depth - 1)),
            17 => format!("cat <<E\n{} $x\nE", self.word()),
            _ => format!("g{depth}() {{ {}; }}; g{depth} {}", self.command(depth - 1), self.words()),
        }
    }

    fn script(&mut self) -> String {
        let mut text = String::from("x=ab; i=1; f() { echo \"f$#\"; }\n");
        if self.below(5) == 0 {
            text.push_str("set -e\n");
        }
        if self.below(6) == 0 {
            text.push_str("set -u\n");
        }
        if self.below(6) == 0 {
            text.push_str("trap 'echo bye $?' EXIT\n");
        }
        for _ in 0..2 + self.below(5) {
            let command = self.command(3);
            text.push_str(&command);
            text.push('\n');
        }
        text + "echo end $? \"$x\" \"$i\" $#"
    }
}

/// `SEED=… COUNT=…` say which scripts; the seed of one that differs is printed with it.
#[test]
fn scripts_made_by_chance_run_as_in_dash() {
    if !there("dash") {
        return;
    }
    let number = |name: &str, usual: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (first, count) = (number("SEED", 1), number("COUNT", 100));
    let machine = Bare::new("m1").machine();
    let mut wrong = Vec::new();
    for seed in first..first + count {
        let script = Maker(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).script();
        wrong.extend(
            compare(&machine, &["timeout", "10", "dash"], &script).map(|text| format!("--- seed {seed}\n{text}")),
        );
    }
    let shown = wrong.len().min(12);
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong[..shown].join("\n==========\n"));
}
