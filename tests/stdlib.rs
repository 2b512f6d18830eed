//! Every example of the standard library runs, as a runbook of its own, through the real binary.

use std::fs;
use std::process::Command;

use runbook_script::stdlib;

use crate::plane::Plane;

const FRONT: &str = "//! # Example
//!
//! ```toml
//! [needs]
//! local = [\"run *\", \"read *\"]
//! kube = [\"*\"]
//! ssh = [\"run *\"]
//! ```
";

#[test]
fn every_example_of_the_standard_library_runs() {
    let place = tempfile::tempdir().unwrap();
    let plane = Plane::get();
    let mut ran = 0;
    for noun in stdlib::nouns() {
        // It says itself, once, that it is not there.
        if plane.is_none() && stdlib::text(noun).is_some_and(|text| text.contains("kube::")) {
            continue;
        }
        for (name, example) in stdlib::examples(stdlib::text(noun).unwrap_or_default()) {
            let file = place.path().join(format!("{noun}-{name}.rhai"));
            fs::write(&file, format!("{FRONT}{example}")).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_runbook"))
                .args(["--state", &place.path().join("state").to_string_lossy(), "--output", "lines", "run", "--yes"])
                .arg(&file)
                .envs(plane.map(|plane| ("KUBECONFIG", plane.file("kubeconfig"))))
                .output()
                .unwrap();
            let shown = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the example of `std/{noun}` `{name}` fails:\n{example}\n{shown}");
            ran += 1;
        }
    }
    assert!(ran > 20, "only {ran} examples ran");
}
