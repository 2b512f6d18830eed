//! Every example of every word runs, as a runbook of its own, through the real binary.

use std::fs;
use std::path::Path;
use std::process::Command;

use runbook_script::primitives::WORDS;
use runbook_script::word::Touches;

use crate::plane::{Plane, bin, chart};
use crate::ssh::sshd::{Sshd, Wire};

const FRONT: &str = "//! # Example
//!
//! ```toml
//! [needs]
//! local = [\"run *\", \"read *\"]
//! http = [\"get *\", \"head *\", \"post *\", \"put *\", \"patch *\", \"delete *\"]
//! file = [\"read /**\", \"write /tmp/**\"]
//! ```
";

/// The leave that the words of a cluster need besides.
const CLUSTER: &str = "[needs]\n//! kube = [\"*\"]\n//! helm = [\"*@*\"]\n";
/// The leave that the words of machines need besides.
const MACHINES: &str = "[needs]\n//! ssh = [\"run *\", \"read /**\", \"write /tmp/**\", \"service *\", \"sysctl *\", \"reboot\", \"facts\"]\n";

#[test]
fn every_example_of_every_word_runs() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("greeting.tera"), "hello {{ name }}\n").unwrap();
    let shop = shop(place.path());
    let machine = Sshd::start(Wire::Cable);
    fs::write(place.path().join("site.toml"), site(machine.as_ref())).unwrap();
    let mut ran = 0;
    for word in WORDS.iter().filter(|word| word.touches != Touches::Nothing) {
        let examples = word.examples();
        assert!(!examples.is_empty(), "`{}` has no example", word.name);
        let (front, around) = match word.needs {
            // It says itself, once, that it is not there.
            Some("kube" | "helm") if shop.is_empty() => continue,
            Some("kube" | "helm") => (FRONT.replace("[needs]\n", CLUSTER), &shop[..]),
            Some("ssh") if machine.is_none() => continue,
            Some("ssh") => (FRONT.replace("[needs]\n", MACHINES), &[][..]),
            _ => (FRONT.to_owned(), &[][..]),
        };
        for (nth, example) in examples.iter().enumerate() {
            let file = place.path().join(format!("{}-{nth}.rhai", word.name.replace("::", "-")));
            fs::write(&file, format!("{front}{example}")).unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_runbook"))
                .args(["--state", &place.path().join("state").to_string_lossy(), "--output", "lines", "run", "--yes"])
                .args(["--site", "site.toml"])
                .arg(&file)
                .current_dir(place.path())
                .envs(around.iter().map(|(name, value)| (name, value)))
                .output()
                .unwrap();
            let shown = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "the example of `{}` fails:\n{example}\n{shown}", word.name);
            ran += 1;
        }
    }
    assert!(ran > 20, "only {ran} examples ran");
}

/// A site with the machine `m0` of the examples; where there is none, only its name.
fn site(machine: Option<&Sshd>) -> String {
    let name = "[machines.m0]\nlabels = { pool = \"blue\" }\n";
    let Some(machine) = machine else { return name.to_owned() };
    let config = machine.folder().join("ssh_config");
    format!("[ssh]\nconfig = \"{}\"\n{name}address = \"{}\"\n", config.display(), machine.address(0))
}

/// Where the examples of helm act: the release `web` in the namespace `shop` of the tests' own cluster, with its chart in
/// `charts/web`; nothing where there is no such cluster.
fn shop(place: &Path) -> Vec<(&'static str, String)> {
    let Some(plane) = Plane::get().filter(|_| bin("helm3").exists()) else { return Vec::new() };
    for folder in ["", "templates"] {
        let (from, to) = (Path::new(&chart("plain")).join(folder), place.join("charts/web").join(folder));
        fs::create_dir_all(&to).unwrap();
        for entry in fs::read_dir(from).unwrap().flatten().filter(|entry| entry.path().is_file()) {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
    plane.kubectl(&["create", "namespace", "shop"]).exits(0);
    plane.helm(3, &["install", "web", &chart("plain"), "-n", "shop"]).exits(0);
    let programs = bin("helm3").parent().unwrap().display().to_string();
    vec![
        ("KUBECONFIG", plane.file("kubeconfig").to_owned()),
        ("RUNBOOK_HELM", bin("helm3").display().to_string()),
        ("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap_or_default())),
    ]
}
