//! The twin against recorded answers of a real API server: same request, same status, same body, same order of events.
//!
//! The cases and the answers are data in `tests/likeness`; `tests/likeness/record` asks a real control plane anew.
//! What differs is listed there with a reason; a difference that is not listed fails, and so does one that is gone.

#[path = "likeness/hooks.rs"]
mod hooks;
#[path = "likeness/normal.rs"]
mod normal;
#[path = "likeness/session.rs"]
mod session;

use runbook_twin::json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/likeness")
}

#[test]
fn the_twin_answers_as_a_real_api_server_does() {
    let listed: BTreeMap<String, String> =
        runbook_twin::json::from_str(&fs::read_to_string(data().join("differences.json")).unwrap()).unwrap();
    let mut names: Vec<String> = fs::read_dir(data().join("cases"))
        .unwrap()
        .flatten()
        .filter_map(|entry| entry.path().file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    let only = std::env::var("ONLY").unwrap_or_default();
    let (mut cases, mut trouble) = (0, Vec::new());
    let mut found = BTreeMap::new();
    for name in names.iter().filter(|name| only.is_empty() || **name == only) {
        let read = |folder: &str| -> Value {
            let text = fs::read_to_string(data().join(folder).join(format!("{name}.json"))).unwrap();
            runbook_twin::json::from_str(&text).unwrap()
        };
        for (at, difference) in session::play(name, &read("cases"), &read("answers")) {
            cases += 1;
            let id = format!("{name}/{at}");
            match (difference, listed.contains_key(&id)) {
                (Some(difference), listed) => {
                    if !listed {
                        trouble.push(format!("{id}: {difference}"));
                    }
                    found.insert(id, ());
                }
                (None, true) => trouble.push(format!("{id} is as it should be: take it off the list")),
                (None, false) => {}
            }
        }
    }
    let summary = format!("{cases} cases, {} differ", found.len());
    if std::env::var_os("SHOW").is_some() {
        fs::write(std::env::temp_dir().join("likeness.txt"), format!("{}\n{summary}\n", trouble.join("\n"))).unwrap();
    }
    assert!(trouble.is_empty(), "{summary}:\n{}", trouble.join("\n"));
    assert!(!only.is_empty() || cases >= 1000, "{summary}");
}
