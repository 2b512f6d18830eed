//! The habits of the house, kept by test: arrows, sizes, headers, sorted lists, pages for everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(under: &str, end: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(under)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// The rooms each room may import.
fn arrows() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("model", [].as_slice()),
        ("journal", &["model"]),
        ("drivers", &["model"]),
        ("run", &["journal", "model"]),
        ("script", &["drivers", "model", "run"]),
        ("report", &["model"]),
        ("twin", &[]),
        ("cli", &["drivers", "journal", "model", "report", "run", "script", "twin"]),
    ])
}

/// The crates that only one room may use.
const DOORS: [(&str, &str); 14] = [
    ("rhai", "script"),
    ("rusqlite", "journal"),
    ("openssh", "drivers"),
    ("russh", "twin"),
    ("reqwest", "drivers"),
    ("kube", "drivers"),
    ("k8s-openapi", "drivers"),
    ("clap", "cli"),
    ("crossterm", "report"),
    ("annotate-snippets", "report"),
    ("hyper", "twin"),
    ("rcgen", "twin"),
    ("tokio-rustls", "twin"),
    ("tokio-tungstenite", "twin"),
];

fn imports(room: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("engine").join(room).join("Cargo.toml")).unwrap();
    let within = text.split("[dependencies]").nth(1).unwrap_or_default();
    let within = within.split("\n[").next().unwrap_or_default();
    within
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|n| !n.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn arrows_point_down_and_each_outside_crate_has_one_door() {
    for (room, may) in arrows() {
        for import in imports(room) {
            if let Some(other) = import.strip_prefix("runbook-") {
                assert!(may.contains(&other), "`{room}` must not import `{other}`");
            }
            if let Some((crate_, door)) = DOORS.iter().find(|(name, _)| *name == import) {
                assert_eq!(*door, room, "`{crate_}` is for `{door}` alone");
            }
        }
    }
    let rooms: BTreeSet<String> = fs::read_dir(root().join("engine"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(rooms, arrows().keys().map(|room| (*room).to_owned()).collect(), "every room has its arrows");
}

#[test]
fn no_file_is_longer_than_400_lines_and_each_begins_with_what_it_is() {
    for path in files("engine", ".rs").into_iter().chain(files("tests", ".rs")) {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 400, "{} has {} lines", shown(&path), text.lines().count());
        assert!(text.starts_with("//!"), "{} has no header", shown(&path));
    }
}

#[test]
fn nothing_is_left_to_do_and_no_lint_is_silenced() {
    let words = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
        concat!("#[", "allow("),
        concat!("#[", "ignore"),
    ];
    for path in files("engine", ".rs").into_iter().chain(files("tests", ".rs")).chain(files("stdlib", ".rhai")) {
        let text = fs::read_to_string(&path).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} says `{word}`", shown(&path));
        }
    }
}

#[test]
fn every_code_has_its_page_and_every_page_its_code() {
    let pages: BTreeSet<String> = files("book/src/reference/codes", ".md")
        .iter()
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let codes: BTreeSet<String> = runbook_model::code::ALL.iter().map(|code| (*code).to_owned()).collect();
    assert_eq!(pages, codes);
}

#[test]
fn every_link_of_the_book_leads_somewhere() {
    let links = |text: &str| -> Vec<String> {
        text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()).map(str::to_owned).collect()
    };
    for path in files("book/src", ".md") {
        let text = fs::read_to_string(&path).unwrap();
        for link in links(&text) {
            if link.is_empty() || link.contains("://") || !link.ends_with(".md") {
                continue;
            }
            let target = path.parent().unwrap().join(&link);
            assert!(target.exists(), "{} links to `{link}`, which is not there", shown(&path));
        }
    }
}

#[test]
fn every_page_of_the_book_is_in_its_summary() {
    let summary = fs::read_to_string(root().join("book/src/SUMMARY.md")).unwrap();
    for path in files("book/src", ".md") {
        let name = path.strip_prefix(root().join("book/src")).unwrap().display().to_string();
        assert!(name == "SUMMARY.md" || summary.contains(&name), "`{name}` is not in SUMMARY.md");
    }
}

#[test]
fn every_runbook_is_short_and_says_what_it_is_for() {
    for path in files("runbooks", ".rhai") {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! # "), "{} has no head", shown(&path));
        for said in ["When to use it", "What it changes", "How to back out", "How long it takes"] {
            assert!(text.contains(said), "{} does not say: {said}", shown(&path));
        }
        assert!(text.lines().count() <= 120, "{} is too long to be read at once", shown(&path));
    }
}
