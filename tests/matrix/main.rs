//! Every runbook on every scene it fits, calm and through faults: who lost what, and whether anything of ours is left.
//!
//! `cargo bench --bench matrix` tries all of it, which takes half an hour; `-- --on k3s` only scenes with that in their name,
//! `-- --of rollback` only such runbooks, `-- --program PATH` another program. `-- --prove` proves each of them instead, killed
//! and failed at every point, which takes hours. It exits with 1 where anything is wrong.

mod prove;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Faults that pass, and one machine that stays away; `{}` is a machine of the scene that is no server.
const FAULTS: [&str; 9] = [
    "ssh-cut machine={} words=ip",
    "api-refuses code=503 times=3 skip=60",
    "api-loses-reply verb=patch",
    "api-twice verb=create",
    "watch-cut events=3 times=5",
    "api-cut verb=get times=3 skip=60",
    "image-slow image=* time=60s",
    "reboot-never-returns machine={}",
    "machine-lost machine={}",
];
/// After these a run may end in failure or in doubt; nobody may be without pods all the same.
const STAYS: [&str; 2] = ["reboot-never-returns", "machine-lost"];
/// What does not work before anybody touches it: a move may end in failure there, and who is without pods was so before.
const BROKEN: [&str; 4] = ["calico-deaf", "leap-bare-metal", "leap-empty", "photon-cilium"];
/// The exit codes of a run that failed, was refused, stopped or is in doubt.
const STOPPED: [i64; 4] = [1, 3, 4, 5];

/// What was typed.
struct Typed {
    on: String,
    of: String,
    program: String,
    prove: bool,
}

impl Typed {
    fn read() -> Typed {
        let words: Vec<String> = std::env::args().collect();
        let after = |name: &str| {
            let at = words.iter().position(|word| word == name)?;
            words.get(at + 1).cloned()
        };
        Typed {
            on: after("--on").unwrap_or_default(),
            of: after("--of").unwrap_or_default(),
            program: after("--program").unwrap_or_else(|| env!("CARGO_BIN_EXE_runbook").to_owned()),
            prove: words.iter().any(|word| word == "--prove"),
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The names of the files of a folder that end so, with this in them.
fn list(folder: &str, end: &str, with: &str) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))? {
        let name = entry?.file_name();
        names.extend(name.to_str().and_then(|name| name.strip_suffix(end)).map(str::to_owned));
    }
    names.retain(|name| name.contains(with));
    names.sort();
    Ok(names)
}

/// The command that plays a runbook on a scene in this way.
fn command(program: &str, verb: &str, name: &str, scene: &str) -> Command {
    let mut command = Command::new(program);
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("RUNBOOK_STATE").env_remove("KUBECONFIG");
    command.args([verb, &format!("runbooks/{name}.rhai"), "--scene", scene, "--output", "json"]);
    if name == "drain-node" {
        command.args(["--set", &format!("node={}", machine(scene))]);
    }
    command
}

/// What a rehearsal told at its end.
fn rehearse(program: &str, name: &str, scene: &str, fault: Option<&str>) -> Value {
    let mut command = command(program, "rehearse", name, scene);
    fault.iter().for_each(|fault| {
        command.args(["--fault", fault]);
    });
    let Ok(output) = command.output() else { return Value::Null };
    let text = String::from_utf8_lossy(&output.stdout);
    let told = text.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or(Value::Null);
    if told["kind"] == "rehearsed" { told } else { serde_json::json!({"exit": output.status.code()}) }
}

/// A machine of the scene that is no server.
fn machine(scene: &str) -> &'static str {
    match scene {
        "arm-k3s" => "raccoon02",
        "calico-k3s" | "calico-deaf" => "agent-1",
        "talos-flux" => "talos-2",
        "leap-empty" | "leap-bare-metal" => "worker",
        "photon-k3s" | "photon-cilium" => "skyforge-2",
        _ => "n2",
    }
}

/// What is wrong with how a rehearsal went, one line each; nothing where all is well.
fn wrong(told: &Value, name: &str, scene: &str, fault: Option<&str>) -> Vec<String> {
    let broken = BROKEN.contains(&scene);
    let stays = broken || fault.is_some_and(|fault| STAYS.iter().any(|stays| fault.starts_with(stays)));
    let mut wrong = Vec::new();
    let exit = told["exit"].as_i64();
    if exit != Some(0) && !(stays && exit.is_some_and(|exit| STOPPED.contains(&exit))) {
        wrong.push(format!("it ended with {exit:?}: {}", told["verdict"]));
    }
    let all = |list: &str| told[list].as_array().cloned().unwrap_or_default();
    for one in all("workloads") {
        // A move gives a DNS that has one pod a second.
        let dns = name.contains("-to-") && one["name"] == "kube-system/coredns";
        if !broken && (dns || one["wanted"].as_i64() >= Some(2)) && one["without"] != 0 {
            wrong.push(format!("{} was without pods for {} ms", one["name"], one["without"]));
        }
    }
    let dns = all("services").into_iter().filter(|one| one["who"].as_str().is_some_and(|who| who.starts_with("dns")));
    for one in dns.filter(|one| !stays && one["total"] != 0) {
        wrong.push(format!("{} was not answered for {} ms: {}", one["who"], one["total"], one["why"]));
    }
    wrong.extend(all("left").iter().map(|left| format!("left: {left}")));
    let broken = all("guards").into_iter().filter(|guard| !stays && !guard["breach"].is_null());
    wrong.extend(broken.map(|guard| format!("the guard {} broke: {}", guard["name"], guard["breach"])));
    wrong
}

/// Does all of it, as many at a time as there are processors.
fn side_by_side<T: Sync, R: Send>(all: &[T], one: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = all.get(at) else { return };
            let came = one(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, came);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// One rehearsal: a line for it; whether the runbook fits, and what is wrong.
fn tried(program: &str, name: &str, scene: &str, fault: Option<&str>) -> (bool, Vec<String>) {
    let told = rehearse(program, name, scene, fault);
    // A runbook that says no before it has touched anything does not fit, and one that only looks fits where it says yes.
    let looks = ["backup", "doctor", "verify"].contains(&name);
    let changed = told["changes"].as_array().is_some_and(|changes| !changes.is_empty());
    let says_no = [1, 3].contains(&told["exit"].as_i64().unwrap_or(0));
    let fits = fault.is_some() || !says_no || (changed && !looks);
    let bad = if fits { wrong(&told, name, scene, fault) } else { Vec::new() };
    let lost = |list: &str| {
        let all = told[list].as_array().into_iter().flatten();
        all.filter_map(|one| one["total"].as_i64().or(one["without"].as_i64())).max().unwrap_or(0)
    };
    let how = if fits { told["verdict"].as_str().unwrap_or("?") } else { "does not fit" };
    say(&format!(
        "{} {name:19} {scene:16} {:34} {how}, {} s, longest without pods {} ms, services {} ms",
        if bad.is_empty() { "  " } else { "✗ " },
        fault.unwrap_or("calm"),
        told["took"].as_i64().unwrap_or(0) / 1000,
        lost("workloads"),
        lost("services"),
    ));
    (fits, bad.into_iter().map(|bad| format!("{name} on {scene}, {}: {bad}", fault.unwrap_or("calm"))).collect())
}

fn main() -> ExitCode {
    match all(&Typed::read()) {
        Ok(bad) if bad.is_empty() => ExitCode::SUCCESS,
        Ok(bad) => {
            bad.iter().for_each(|line| say(line));
            ExitCode::FAILURE
        }
        Err(trouble) => {
            say(&trouble.to_string());
            ExitCode::FAILURE
        }
    }
}

fn all(typed: &Typed) -> std::io::Result<Vec<String>> {
    // What touches this machine alone is on no scene.
    let runbooks = list("runbooks", ".rhai", &typed.of)?.into_iter().filter(|name| name != "archive");
    let scenes = list("runbooks/scenes", ".yaml", &typed.on)?;
    let pairs: Vec<(String, String)> =
        runbooks.flat_map(|name| scenes.iter().map(move |scene| (name.clone(), scene.clone()))).collect();
    if typed.prove {
        return Ok(prove::all(&typed.program, &pairs));
    }
    let calm = side_by_side(&pairs, |(name, scene)| tried(&typed.program, name, scene, None));
    let fitting: Vec<&(String, String)> =
        pairs.iter().zip(&calm).filter(|(_, (fits, _))| *fits).map(|(pair, _)| pair).collect();
    let cases: Vec<(&str, &str, String)> = fitting
        .iter()
        .flat_map(|(name, scene)| {
            FAULTS.iter().map(move |fault| (name.as_str(), scene.as_str(), fault.replace("{}", machine(scene))))
        })
        .collect();
    let through = side_by_side(&cases, |(name, scene, fault)| tried(&typed.program, name, scene, Some(fault)));
    let bad: Vec<String> = calm.into_iter().chain(through).flat_map(|(_, bad)| bad).collect();
    say(&format!("{} pairs fit, {} rehearsals through faults, {} wrong", fitting.len(), cases.len(), bad.len()));
    Ok(bad)
}
