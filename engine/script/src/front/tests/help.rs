//! What `runbook FILE --help` says.

use unicode_width::UnicodeWidthStr as _;

use crate::front::{help, parse};

const RUNBOOK: &str = r#"//! # Archive a folder
//! Packs a folder, checks the archive and removes what is older than a month.
//! Nothing is removed before the new archive is read back.
//!
//! ```toml
//! name = "archive"
//! version = "1.0.0"
//! engine = ">=0.1"
//! lock = "archive"
//! [inputs.folder]
//! type = "path"
//! doc = "The folder to pack"
//! [inputs.keep]
//! type = "duration"
//! default = "30d"
//! doc = "How long an archive is kept; whatever is older is removed at the very end, and only then"
//! [inputs.how]
//! type = "enum"
//! options = ["gzip", "xz"]
//! default = "gzip"
//! [inputs.skip]
//! type = "list"
//! of = "string"
//! required = false
//! [inputs.token]
//! type = "secret"
//! [needs]
//! file = ["read /srv/**"]
//! local = ["run tar *", "read df *"]
//! ```
"#;

#[test]
fn a_runbook_shows_its_inputs_like_any_good_command() {
    let header = parse("archive.rhai", RUNBOOK).unwrap();
    let expected = "\
Archive a folder

Packs a folder, checks the archive and removes what is older than a month. Nothing is removed before
the new archive is read back.

Usage: runbook run archive.rhai --set folder=… --set token=… [--set NAME=VALUE]… [OPTIONS]

Inputs:
  folder  path            The folder to pack (required)
  keep    duration        How long an archive is kept; whatever is older is removed at the very end,
                          and only then [default: 30d]
  how     enum            [options: gzip, xz] [default: gzip]
  skip    list of string  (optional)
  token   secret          [env:NAME, file:PATH or cmd:COMMAND] (required)

Give an input with --set NAME=VALUE, in a file with --inputs FILE (TOML, YAML, JSON),
or as RUNBOOK_INPUT_NAME in the environment.

It may touch:
  local  run tar *
         read df *
  file   read /srv/**

Name:    archive
Version: 1.0.0
Engine:  >=0.1
Lock:    archive (held alone while a run is unfinished)
";
    assert_eq!(help(&header, "archive.rhai", 100), expected);
}

#[test]
fn a_bare_script_has_a_help_too() {
    let header = parse("x.rhai", "").unwrap();
    let expected = "Usage: runbook run x.rhai [OPTIONS]\n\nIt may touch:\n  nothing that needs leave\n\nName:    x\n";
    assert_eq!(help(&header, "x.rhai", 80), expected);
}

#[test]
fn no_line_of_text_is_wider_than_the_screen() {
    let header = parse("archive.rhai", RUNBOOK).unwrap();
    for width in [60, 80, 120] {
        let help = help(&header, "archive.rhai", width);
        let (_, inputs) = help.split_once("Inputs:").unwrap();
        let (inputs, _) = inputs.split_once("Give").unwrap();
        assert!(inputs.lines().all(|line| line.width() <= width), "{help}");
    }
}

#[test]
fn nothing_in_a_runbook_steers_the_terminal() {
    let text = "//! # A\u{1b}]0;x\u{7}\n//! ```toml\n//! [inputs.a]\n//! type = \"string\"\n//! doc = \"\\u001b[2Jx\"\n//! default = \"\\u001b[31m\"\n//! [needs]\n//! local = [\"run \\u001b[2J\"]\n//! ```\n";
    let header = parse("x.rhai", text).unwrap();
    assert!(!help(&header, "\u{1b}x.rhai", 80).contains(['\u{1b}', '\u{7}']));
}
