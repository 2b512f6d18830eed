//! The mistakes people make in a front matter, each with exactly what is said of it: `mistakes.txt`.
//!
//! A section of that file is a runbook, a line `---`, and the failure as it is drawn. `UPDATE=1` writes it anew.

use super::drawn;
use crate::front::parse;

#[test]
fn each_mistake_is_told_where_it_is_and_what_to_do() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut now = String::new();
    let sections = include_str!("mistakes.txt").split("===\n").filter(|section| !section.is_empty());
    for section in sections {
        let (runbook, _) = section.split_once("\n---\n").unwrap();
        let failure = parse("x.rhai", runbook).unwrap_err();
        let drawn = format!("{runbook}\n---\n{}", drawn(&failure));
        assert!(update || drawn == section, "now it is\n{drawn}\nand it was\n{section}");
        now.push_str(&format!("===\n{drawn}"));
    }
    if update {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/front/tests/mistakes.txt");
        std::fs::write(file, &now).unwrap();
    }
}
