//! Every example of every word runs, as a runbook of its own, through the real binary.

use std::fs;
use std::process::Command;

use runbook_script::primitives::WORDS;
use runbook_script::word::Touches;

const FRONT: &str = "//! # Example
//!
//! ```toml
//! [needs]
//! local = [\"run *\", \"read *\"]
//! http = [\"get *\", \"head *\", \"post *\", \"put *\", \"patch *\", \"delete *\"]
//! file = [\"read /**\", \"write /tmp/**\"]
//! ```
";

#[test]
fn every_example_of_every_word_runs() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("greeting.tera"), "hello {{ name }}\n").unwrap();
    let mut ran = 0;
    for word in WORDS.iter().filter(|word| word.touches != Touches::Nothing) {
        let examples = word.examples();
        assert!(!examples.is_empty(), "`{}` has no example", word.name);
        for (nth, example) in examples.iter().enumerate() {
            let file = place.path().join(format!("{}-{nth}.rhai", word.name.replace("::", "-")));
            fs::write(&file, format!("{FRONT}{example}")).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_runbook"))
                .args(["--state", &place.path().join("state").to_string_lossy(), "--output", "lines", "run", "--yes"])
                .arg(&file)
                .output()
                .unwrap();
            let shown = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the example of `{}` fails:\n{example}\n{shown}", word.name);
            ran += 1;
        }
    }
    assert!(ran > 20, "only {ran} examples ran");
}
