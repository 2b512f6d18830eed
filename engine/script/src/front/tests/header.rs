//! Front matter without mistakes.

use proptest::prelude::*;
use runbook_model::Value;

use super::{drawn, header, runbook};
use crate::front::{Kind, engine_ok, parse};

/// The example of the design.
const POOL: &str = r#"//! # Move a node pool to Cilium
//! When to use it, what it changes, how to back out.
//!
//! ```toml
//! name = "pool-to-cilium"
//! version = "1.2.0"
//! engine = ">=0.1"
//! lock = "cni"                       # two runs holding the same lock never run against one cluster
//!
//! [inputs.chart]      # type: string int bool
//! type = "version"
//! default = "1.18.4"
//! doc = "Cilium chart version"
//!
//! [needs]             # what it may touch; everything else is refused
//! kube = ["read *", "apply daemonsets.apps,configmaps kube-system/*", "evict pods */*", "patch nodes"]
//! ssh  = ["run", "write /etc/rancher/k3s/**", "service k3s*", "reboot"]
//! helm = ["cilium@kube-system"]
//! ```
//! More to read.
import "std/nodes" as nodes;
"#;

#[test]
fn a_runbook_says_what_it_is() {
    let header = parse("runbooks/x.rhai", POOL).unwrap();
    assert_eq!(header.name, "pool-to-cilium");
    assert_eq!(header.version.as_deref(), Some("1.2.0"));
    assert_eq!(header.lock.as_deref(), Some("cni"));
    assert_eq!(header.summary, "Move a node pool to Cilium");
    assert_eq!(
        header.doc,
        "# Move a node pool to Cilium\nWhen to use it, what it changes, how to back out.\n\nMore to read."
    );
    let [chart] = header.inputs.as_slice() else { panic!("one input") };
    assert_eq!((chart.name.as_str(), chart.kind, chart.required), ("chart", Kind::Version, false));
    assert_eq!(chart.default, Some(Value::from("1.18.4")));
    assert_eq!(header.needs.to_lines().len(), 9);
    assert!(header.needs.allows("helm", "upgrade", "cilium@kube-system"));
}

#[test]
fn a_bare_script_is_a_runbook_too() {
    for text in ["", "say(1);", "// a comment\nsay(1);", "\n\n"] {
        let header = parse("runbooks/clean up.rhai", text).unwrap();
        assert_eq!((header.name.as_str(), header.doc.as_str()), ("clean up", ""));
        assert!(header.inputs.is_empty() && header.lock.is_none());
        assert!(!header.needs.allows("local", "run", "true"));
    }
}

#[test]
fn prose_alone_is_a_front_matter_too() {
    let header = parse("a.rhai", "//! Cleans up.\n//!\n//! ```sh\n//! x\n//! ```\nsay(1);").unwrap();
    assert_eq!((header.summary.as_str(), header.doc.as_str()), ("Cleans up.", "Cleans up.\n\n```sh\nx\n```"));
}

#[test]
fn line_ends_a_byte_order_mark_and_what_starts_a_program_do_no_harm() {
    let plain = format!("{:?}", parse("x.rhai", POOL).unwrap());
    let windows = POOL.replace('\n', "\r\n");
    assert_eq!(format!("{:?}", parse("x.rhai", &windows).unwrap()), plain);
    assert_eq!(format!("{:?}", parse("x.rhai", &format!("\u{feff}{windows}")).unwrap()), plain);
    let program = parse("x.rhai", &format!("\u{feff}#!/usr/bin/env runbook\n\n{POOL}")).unwrap();
    assert_eq!(program.name, "pool-to-cilium");
    // A place in such a file is the one an editor shows.
    let wrong = format!("\u{feff}{}", runbook("nmae = 1").replace('\n', "\r\n"));
    let failure = parse("x.rhai", &wrong).unwrap_err();
    assert_eq!(failure.frames[0].place.to_string(), "x.rhai:4:5");
    assert_eq!(failure.frames[0].text, "//! nmae = 1");
}

#[test]
fn blank_lines_between_do_not_end_the_front_matter() {
    let header = parse("x.rhai", "\n//! # A\n\n  //! ```toml\n\n//! name = \"b\"\n\n//!```\nsay(1);").unwrap();
    assert_eq!((header.name.as_str(), header.doc.as_str()), ("b", "# A"));
}

#[test]
fn a_block_inside_another_is_prose() {
    let header = parse("x.rhai", "//! ````md\n//! ```toml\n//! nmae = 1\n//! ```\n//! ````\n").unwrap();
    assert_eq!(header.doc, "````md\n```toml\nnmae = 1\n```\n````");
}

#[test]
fn inputs_keep_the_order_in_which_they_are_declared() {
    let header = header("[inputs]\nz.type = \"int\"\na.type = \"int\"\n[inputs.m]\ntype = \"bool\"");
    let names: Vec<_> = header.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn an_engine_too_old_is_told_where_the_runbook_asks_for_more() {
    let header = header("name = \"a\"\nengine = \">=0.2\"");
    assert!(engine_ok(&header, "0.2.0").is_ok());
    assert!(engine_ok(&header, "0.2.0-rc.1").is_ok());
    let expected = "\
front.bad: `a` asks for an engine `>=0.2`, and this one is 0.1.0
x.rhai:5:14
  //! engine = \">=0.2\"
               ^^^^^^^
hint: install another version of `runbook`
";
    assert_eq!(drawn(&engine_ok(&header, "0.1.0").unwrap_err()), expected);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_never_panics(text in r"(?s)(//! ?(```(toml)?|[a-z\[\].]* ?=? ?[^\n]{0,12}|)\r?\n|\PC{0,20}\n){0,12}.{0,40}") {
        let _ = parse("x.rhai", &text);
    }

    #[test]
    fn any_toml_is_read_or_refused_at_a_place_in_the_file(toml in r#"(([a-z]{1,7}|\[(inputs|needs)(\.[a-z]{1,3})?\]|(name|version|engine|lock|type|default|min|max|pattern|options|of|kube|local|http|file|net)) ?(= ?("[^"\n]{0,9}"|[0-9ä.]{1,4}|true|\["[^"\n]{0,9}"(, ?"\PC{0,3}")?\]|\{[a-z=0-9 ]{0,9}\}|"""))?\n){0,8}"#) {
        let text = runbook(&toml);
        if let Err(failure) = parse("x.rhai", &text) {
            let frame = &failure.frames[0];
            let line = text.lines().nth(usize::try_from(frame.place.line).unwrap() - 1).unwrap();
            prop_assert_eq!(&frame.text, line);
            let end = usize::try_from(frame.place.col + frame.width).unwrap() - 1;
            prop_assert!(end <= line.chars().count() + 1, "{:?}", frame);
            prop_assert!(!failure.what.contains('\n'), "{:?}", failure.what);
        }
    }
}
