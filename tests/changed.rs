//! The changes that the book shows of a shipped runbook, made as it shows them: each is small, and can be rehearsed.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// How many lines a change may add or take away.
const LINES_MAX: usize = 5;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The blocks `diff` under this heading of the page.
fn blocks(heading: &str) -> Vec<String> {
    let page = fs::read_to_string(here("book/src/guides/change-a-runbook.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).expect("the page has that heading");
    let mut blocks = section.split("```diff\n").skip(1);
    let mut found = Vec::new();
    for block in &mut blocks {
        found.push(block.split("```").next().unwrap().to_owned());
    }
    assert!(!found.is_empty(), "{heading}");
    found
}

/// The shipped runbook with the changes under a heading.
fn changed(heading: &str) -> String {
    let mut text = fs::read_to_string(here("runbooks/flannel-to-cilium.rhai")).unwrap();
    let mut lines = 0;
    for block in blocks(heading) {
        let side = |other: char| -> String {
            block.lines().filter(|line| !line.starts_with(other)).map(|line| format!("{}\n", &line[1..])).collect()
        };
        let (old, new) = (side('+'), side('-'));
        assert_eq!(text.matches(&old).count(), 1, "{heading}: it stands once in the runbook:\n{old}");
        text = text.replacen(&old, &new, 1);
        let count = |mark: char| block.lines().filter(|line| line.starts_with(mark)).count();
        lines += count('+').max(count('-'));
    }
    assert!(lines <= LINES_MAX, "{heading}: {lines} lines");
    text
}

/// Checks and rehearses a text; gives what was told of it.
fn rehearsed(text: &str, words: &[&str], hook: &str) -> Value {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("move.rhai"), text).unwrap();
    let run = |words: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command.current_dir(place.path()).args(words).env("HOOK", hook);
        command.env_remove("RUNBOOK_STATE").env_remove("KUBECONFIG").output().unwrap()
    };
    let checked = run(&["check", "move.rhai"]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let output = run(&[&["--output", "json", "rehearse", "move.rhai"], words].concat());
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|_| panic!("{err}"));
    assert_eq!(told["verdict"], "done", "{told}\n{err}");
    told
}

/// How often a machine went away.
fn booted(told: &Value) -> usize {
    told["away"].as_array().unwrap().len()
}

#[test]
fn a_tunnel_of_geneve_is_one_line() {
    assert_eq!(booted(&rehearsed(&changed("Use Geneve"), &[], "")), 3);
}

#[test]
fn a_node_is_skipped_with_a_filter_and_an_early_end() {
    let told = rehearsed(&changed("Skip a node"), &[], "");
    assert_eq!(booted(&told), 2, "{told}");
    let steps: Vec<&str> = told["steps"].as_array().unwrap().iter().filter_map(|step| step["key"].as_str()).collect();
    assert!(!steps.contains(&"remove flannel"), "{steps:?}");
}

#[test]
fn two_nodes_at_a_time_are_one_word() {
    let told = rehearsed(&changed("Two nodes at a time"), &[], "");
    assert_eq!(booted(&told), 3);
}

#[test]
fn a_channel_is_told_of_every_node() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/hook", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let mut told = Vec::new();
        while told.len() < 3 {
            let (stream, _) = listener.accept().unwrap();
            told.push(message(stream));
        }
        told
    });
    let text = changed("Tell Slack").replace("https://hooks.slack.com/*", "http://127.0.0.1:*/*");
    rehearsed(&text, &["--set", "slack=env:HOOK"], &hook);
    let mut told = server.join().unwrap();
    told.sort();
    assert_eq!(told, ["n1 is done", "n2 is done", "n3 is done"]);
}

/// The text of a message, once it is answered.
fn message(mut stream: std::net::TcpStream) -> String {
    let mut from = BufReader::new(stream.try_clone().unwrap());
    let mut length = 0;
    let mut line = String::new();
    while from.read_line(&mut line).unwrap() > 2 {
        if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
            length = number.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok").unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    body["text"].as_str().unwrap().to_owned()
}
