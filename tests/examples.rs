//! Every example of every word runs, as a runbook of its own, through the real binary.

use std::fs;
use std::path::Path;
use std::process::Command;

use runbook_script::primitives::WORDS;
use runbook_script::word::Touches;

use crate::plane::Plane;

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
        if word.needs != Some("kube") {
            ran += run_all(place.path(), word.name, &examples, FRONT, None);
        } else if let Some(plane) = Plane::get() {
            let front = FRONT.replace("[needs]\n", "[needs]\n//! kube = [\"*\"]\n");
            ran += run_all(place.path(), word.name, &examples, &front, Some(plane.file("kubeconfig")));
        }
    }
    assert!(ran > 20, "only {ran} examples ran");
}

fn run_all(place: &Path, word: &str, examples: &[String], front: &str, kubeconfig: Option<&str>) -> usize {
    for (nth, example) in examples.iter().enumerate() {
        let file = place.join(format!("{}-{nth}.rhai", word.replace("::", "-")));
        fs::write(&file, format!("{front}{example}")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
        command
            .args(["--state", &place.join("state").to_string_lossy(), "--output", "lines", "run", "--yes"])
            .arg(&file);
        command.envs(kubeconfig.map(|path| ("KUBECONFIG", path)));
        let output = command.output().unwrap();
        let shown = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the example of `{word}` fails:\n{example}\n{shown}");
    }
    examples.len()
}
