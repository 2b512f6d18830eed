//! Every example of the standard library runs, as a runbook of its own, through the real binary.

use std::fs;
use std::process::Command;

use runbook_script::stdlib;

const FRONT: &str = "//! # Example\n//!\n//! ```toml\n//! [needs]\n//! local = [\"run *\", \"read *\"]\n//! ```\n";

#[test]
fn every_example_of_the_standard_library_runs() {
    let place = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for noun in stdlib::nouns() {
        for (name, example) in stdlib::examples(stdlib::text(noun).unwrap_or_default()) {
            let file = place.path().join(format!("{noun}-{name}.rhai"));
            fs::write(&file, format!("{FRONT}{example}")).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_runbook"))
                .args(["--state", &place.path().join("state").to_string_lossy(), "--output", "lines", "run", "--yes"])
                .arg(&file)
                .output()
                .unwrap();
            let shown = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the example of `std/{noun}` `{name}` fails:\n{example}\n{shown}");
            ran += 1;
        }
    }
    assert!(ran > 10, "only {ran} examples ran");
}
