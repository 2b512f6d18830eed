//! What a front matter says, and what is said of one with a mistake in it.

mod header;
mod help;
mod inputs;
mod mistakes;
mod secrets;
mod site;

use runbook_model::Failure;

use super::{Header, parse};

/// A runbook whose front matter holds `toml`.
fn runbook(toml: &str) -> String {
    let lines: String = toml.lines().map(|line| format!("//! {line}\n")).collect();
    format!("//! # Do it\n//!\n//! ```toml\n{lines}//! ```\nsay(1);\n")
}

/// The header of such a runbook.
fn header(toml: &str) -> Header {
    parse("x.rhai", &runbook(toml)).unwrap()
}

/// A failure as it would be drawn, in plain text.
fn drawn(failure: &Failure) -> String {
    let mut text = format!("{}: {}\n", failure.code, failure.what);
    for frame in &failure.frames {
        let col = usize::try_from(frame.place.col).unwrap();
        text.push_str(&format!("{}\n", frame.place));
        if !frame.text.is_empty() {
            let caret = "^".repeat(usize::try_from(frame.width).unwrap());
            text.push_str(&format!("  {}\n  {}{caret}\n", frame.text, " ".repeat(col - 1)));
        }
    }
    failure.causes.iter().for_each(|cause| text.push_str(&format!("caused by: {cause}\n")));
    failure.hints.iter().for_each(|hint| text.push_str(&format!("hint: {hint}\n")));
    text
}
