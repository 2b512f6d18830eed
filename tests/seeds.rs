//! What procedures that people wrote down and followed get wrong: each claim of theirs, and what catches it.
//!
//! A test is named after the claim, in the words of who makes it; it shows that the claim is caught, and that what is right
//! instead is not. The page `book/src/inside/claims.md` holds them all.

use std::process::Command;

#[path = "seeds/ailing.rs"]
mod ailing;
#[path = "seeds/book.rs"]
mod book;
#[path = "seeds/clusters.rs"]
mod clusters;
#[path = "seeds/commands.rs"]
mod commands;
#[path = "seeds/values.rs"]
mod values;

/// What the program says, and how it ends.
fn said(words: &[&str]) -> (String, i32) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(words).args(["--output", "lines"]);
    command.env_remove("RUNBOOK_STATE").env_remove("KUBECONFIG").env("HOME", "/nonexistent").env("NO_COLOR", "1");
    let output = command.output().unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (text, output.status.code().unwrap())
}

/// What is asked before a move, on a scene: what is said of it, and how it ends.
fn before(scene: &str, words: &[&str]) -> (String, i32) {
    said(&[&["rehearse", "tests/seeds/before.rhai", "--scene", scene], words].concat())
}
