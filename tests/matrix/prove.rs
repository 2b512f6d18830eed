//! The same pairs proved: every runbook killed and failed at every point, on every scene it fits.

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{BROKEN, command, say, side_by_side};

/// What says that something of the run is still there.
const LEAKS: [&str; 3] = ["is left behind", "on this machine is left", "is there and should not be"];

/// What one proof came to.
struct Proved {
    kills: Tried,
    failures: Tried,
    leaks: usize,
    wrong: Vec<String>,
}

/// How many were tried, and how many of them came out as they must.
#[derive(Default)]
struct Tried {
    all: usize,
    well: usize,
}

impl fmt::Display for Tried {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:>4} of {:<4}", self.well, self.all)
    }
}

/// Proves these pairs; what is wrong, one line each.
pub(crate) fn all(program: &str, pairs: &[(String, String)]) -> Vec<String> {
    say("  runbook             scene             killed     failed       leaks  seconds");
    let proved = side_by_side(pairs, |(name, scene)| pair(program, name, scene));
    let fit = proved.iter().flatten().count();
    let wrong: Vec<String> = proved.into_iter().flatten().flatten().collect();
    say(&format!("{fit} pairs fit, {} wrong", wrong.len()));
    wrong
}

/// One pair: a line for it, and what is wrong; nothing where the runbook does not fit.
fn pair(program: &str, name: &str, scene: &str) -> Option<Vec<String>> {
    let begun = Instant::now();
    let mut command = command(program, "prove", name, scene);
    // The pairs are what goes on side by side.
    command.args(["--crash", "all", "--fail", "all", "--jobs", "1"]);
    let output = match command.output() {
        Ok(output) => output,
        Err(trouble) => return Some(vec![format!("{name} on {scene}: {trouble}")]),
    };
    let took = begun.elapsed();
    match (serde_json::from_slice::<Value>(&output.stdout), output.status.code()) {
        (Ok(proof), _) if proof["kind"] == "proved" => Some(told(name, scene, &proof, took)),
        // Its rehearsal says no, or fails: how, the matrix of rehearsals tells.
        (_, Some(1 | 3)) => {
            say(&format!("  {name:19} {scene:16}  does not fit"));
            None
        }
        (_, code) => {
            say(&format!("✗ {name:19} {scene:16}  no proof"));
            Some(vec![format!("{name} on {scene}: it ended with {code:?}: {}", last_line(&output.stderr))])
        }
    }
}

fn told(name: &str, scene: &str, proof: &Value, took: Duration) -> Vec<String> {
    // Where a cluster did not work before anybody touched it, a pod that comes back may hang: only leaks are the run's own.
    let broken = BROKEN.contains(&scene);
    let proved = Proved::of(proof, broken);
    let icon = if proved.wrong.is_empty() { " " } else { "✗" };
    let Proved { kills, failures, leaks, .. } = &proved;
    let why = if broken { "  it did not work before" } else { "" };
    say(&format!("{icon} {name:19} {scene:16} {kills} {failures} {leaks:>6} {:>8.1}{why}", took.as_secs_f64()));
    proved.wrong.into_iter().map(|wrong| format!("{name} on {scene}: {wrong}")).collect()
}

impl Proved {
    fn of(proof: &Value, broken: bool) -> Self {
        let mut proved = Self { kills: Tried::default(), failures: Tried::default(), leaks: 0, wrong: lines(proof) };
        for case in proof["cases"].as_array().into_iter().flatten() {
            let is_leak = |line: &String| LEAKS.iter().any(|leak| line.contains(leak));
            let mut wrong = lines(case);
            let tried = if case["kind"] == "crash" { &mut proved.kills } else { &mut proved.failures };
            tried.all += 1;
            tried.well += usize::from(wrong.is_empty());
            proved.leaks += wrong.iter().filter(|line| is_leak(line)).count();
            wrong.retain(|line| !broken || is_leak(line));
            if let Some(first) = wrong.first() {
                let text = |key: &str| case[key].as_str().unwrap_or_default();
                proved.wrong.push(format!("{}: {first}; again: {}", text("what"), text("again")));
            }
        }
        proved
    }
}

fn lines(of: &Value) -> Vec<String> {
    of["wrong"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing was said").to_owned()
}
