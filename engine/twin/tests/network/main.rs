//! The kernel agrees: network states written as shell commands, run by the kernel of this machine and by the model.
//!
//! The written states are `tests/network/*.net` (their grammar: `tests/network/README.md`), the generated ones come from
//! `grammar.rs` with a seed that is printed. Needs root, namespaces and the tools; what is missing is said, and passed over.

mod compare;
mod grammar;
mod model;
mod place;
mod probe;
mod real;
mod script;
mod shell;
mod space;
mod twin;

use script::Script;
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/network")
}

fn written() -> Vec<(String, Script)> {
    let only = std::env::var("NETWORK").unwrap_or_default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let mut states = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "net")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        if name.contains(&only) {
            let text = std::fs::read_to_string(file).unwrap();
            states.extend(script::read(&name, &text));
        }
    }
    states
}

/// Runs states on both sides, several at a time, and shows every difference.
fn agree(states: &[(String, Script)]) {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let differences = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..compare::side_by_side() {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    let Some((name, script)) = states.get(place) else { return };
                    if let Some(found) = compare::compare(script) {
                        let shown = std::env::var("NETWORK_SHOW").is_ok();
                        let lines = script
                            .lines
                            .iter()
                            .filter(|_| shown)
                            .map(|line| format!("    {}: {}\n", line.number, line.text));
                        let lines: String = lines.collect();
                        differences.lock().unwrap().push(format!("== {name}\n{lines}{found}"));
                    }
                }
            });
        }
    });
    let mut differences = differences.into_inner().unwrap();
    differences.sort();
    let count = differences.len();
    assert!(differences.is_empty(), "{count} of {} states differ\n{}", states.len(), differences.join("\n"));
}

#[test]
fn every_written_state_behaves_in_the_model_as_its_author_says() {
    let mut wrong = Vec::new();
    for (name, script) in written() {
        let answers = model::run(&script);
        for (line, answer) in script.lines.iter().zip(&answers) {
            if let (Some(expected), Some(said)) = (&line.expected, answer.probe())
                && !said.starts_with(expected.as_str())
            {
                wrong.push(format!("{name}:{}: {}\n  said {said}", line.number, line.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_kernel_agrees_with_every_written_state() {
    match real::missing() {
        Some(missing) => compare::say(&format!("not run: the written states on the kernel ({missing})")),
        None => agree(&written()),
    }
}

#[test]
fn the_machines_of_a_twin_agree_with_every_written_state() {
    let mut wrong = Vec::new();
    for (name, script) in written() {
        wrong.extend(compare::compare_twin(&script).map(|found| format!("== {name}\n{found}")));
    }
    assert!(wrong.is_empty(), "{} states differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_kernel_agrees_with_generated_states() {
    if let Some(missing) = real::missing() {
        return compare::say(&format!("not run: the generated states on the kernel ({missing})"));
    }
    let count: u64 = std::env::var("NETWORK_STATES").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let seed: u64 = std::env::var("NETWORK_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    compare::say(&format!("generated states: seeds {seed} to {}", seed + count - 1));
    let states: Vec<(String, Script)> =
        (seed..seed + count).map(|seed| (format!("seed {seed}"), grammar::state(seed))).collect();
    agree(&states);
}

#[test]
fn the_model_never_panics_and_repeats_itself() {
    for seed in 0..200 {
        let state = grammar::state(seed);
        assert_eq!(model::run(&state), model::run(&state), "seed {seed}");
    }
}
