//! Fifty waits of one run: how soon each goes on after what it waits for, on how much memory, with how many watches.

use std::process::Stdio;
use std::time::Instant;

use futures_util::future;
use runbook_drivers::kube::{Apply, Manifests, Ref, Wait};
use runbook_model::Value;

use crate::Trouble;
use crate::figures::{Turns, median, ms};
use crate::memory::{Of, of_tree};
use crate::plane::Plane;
use crate::program::{Live, Place};
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;

/// How many waits there are.
const WAITS: usize = 50;
/// After how many of them the memory is looked at.
const LOOK: usize = WAITS / 2;

/// Each branch waits for a map of its own, and says so on disk before.
const RUNBOOK: &str = r#"
//! ```toml
//! [needs]
//! kube = ["read *"]
//! ```
let all = [];
for nth in 0..50 { all.push(nth); }
parallel("wait", all, #{ max: 50 }, |nth| {
    step("begun", || nth);
    step("seen", || { kube::wait("configmaps", `SPACE/map-${nth}`, "data.go=yes", #{ timeout: "10m" }); () });
});
sleep("1m");
"#;

/// Measures them in a namespace for each round.
pub(super) fn measure(typed: &Typed, plane: &Plane, table: &mut Table) -> Result<(), Trouble> {
    let (mut ours, mut floor, mut kubectl) = (Vec::new(), Vec::new(), Vec::new());
    let (mut memory, mut watches) = (Vec::new(), Vec::new());
    for round in 0..typed.rounds(3) {
        let seen = round_of(plane, &format!("waits-{round}"))?;
        floor.push(median(seen.driver));
        kubectl.push(median(seen.kubectl));
        ours.push(median(seen.ours));
        memory.push(seen.memory);
        watches.push(seen.watches);
    }
    let lines = [
        ("50 waits of one run: from the event to the record", "ms", ours, floor.clone(), Claim::AtMost(5.0)),
        ("50 waits of one run: memory, both processes", "MB", memory, Vec::new(), Claim::AtMost(50.0)),
        ("50 waits of one run: watches", "", watches, Vec::new(), Claim::AtMost(1.0)),
    ];
    for (what, unit, ours, floor, says) in lines {
        table.line(Line { claim: "waits", what, who: "runbook", unit, turns: Turns { ours, floor }, says })?;
    }
    let turns = Turns { ours: kubectl, floor };
    table.line(Line {
        claim: "waits",
        what: "one wait: from the event to its end",
        who: "kubectl",
        unit: "ms",
        turns,
        says: Claim::Nothing,
    })
}

/// What one round saw, in milliseconds.
struct Seen {
    ours: Vec<f64>,
    driver: Vec<f64>,
    kubectl: Vec<f64>,
    memory: f64,
    watches: f64,
}

fn round_of(plane: &Plane, space: &str) -> Result<Seen, Trouble> {
    let go = |nth: usize, word: &str| {
        plane.runtime.block_on(set(plane, space, nth, word)).map_err(|failure| failure.to_string())
    };
    let namespace = format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {space}}}}}");
    let made = async { plane.cluster.apply(&Manifests::from_text(&namespace)?, &Apply::default()).await.map(drop) };
    plane.runtime.block_on(made).map_err(|failure| failure.to_string())?;
    for nth in 0..WAITS + 2 * LOOK {
        go(nth, "no")?;
    }
    let place = Place::with(RUNBOOK.trim_start().replace("SPACE", space).as_str())?;
    let mut command = place.run("state", &[]);
    command.env("KUBECONFIG", plane.file("kubeconfig")?);
    let before = watches(plane, space)?;
    let mut live = Live::start(command, &place.path(""))?;
    for _ in 0..WAITS {
        live.until("\"kind\":\"step_settled\"")?;
    }
    // All wait once the last of them has asked; the one watch is there then, or as many as there are.
    while watches(plane, space)? == before {
        std::thread::yield_now();
    }
    let (mut ours, mut memory) = (Vec::new(), 0.0);
    for nth in 0..WAITS {
        if nth == LOOK {
            memory = of_tree(live.pid(), Of::Share)?;
        }
        go(nth, "yes")?;
        let began = Instant::now();
        live.until(&format!("\"kind\":\"step_settled\",\"key\":\"wait[{nth}]/seen\""))?;
        ours.push(ms(began.elapsed()));
    }
    let watches = watches(plane, space)? - before;
    let (mut driver, mut kubectl) = (Vec::new(), Vec::new());
    for nth in WAITS..WAITS + LOOK {
        driver.push(alone(plane, space, nth)?);
    }
    for nth in WAITS + LOOK..WAITS + 2 * LOOK {
        kubectl.push(peer(plane, space, nth)?);
    }
    Ok(Seen { ours, driver, kubectl, memory, watches })
}

async fn set(plane: &Plane, space: &str, nth: usize, word: &str) -> Result<(), runbook_model::Failure> {
    let map = format!(
        "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: map-{nth}, namespace: {space}}}, data: {{go: \"{word}\"}}}}"
    );
    plane.cluster.apply(&Manifests::from_text(&map)?, &Apply::default()).await.map(drop)
}

/// The floor: the same wait by the driver alone, in this process.
fn alone(plane: &Plane, space: &str, nth: usize) -> Result<f64, Trouble> {
    let object = Ref::new("v1/ConfigMap", space, format!("map-{nth}"));
    let took = plane.runtime.block_on(async {
        let wait = Wait::until_field("data.go", Value::from("yes"))?;
        let event = async {
            set(plane, space, nth, "yes").await?;
            Ok::<_, runbook_model::Failure>(Instant::now())
        };
        let waited = async { plane.cluster.wait(&object, &wait).await.map(|_| Instant::now()) };
        let (event, seen) = future::join(event, waited).await;
        let event = event?;
        Ok::<_, runbook_model::Failure>(seen?.saturating_duration_since(event))
    });
    Ok(ms(took.map_err(|failure| failure.to_string())?))
}

/// kubectl, which waits for one thing.
fn peer(plane: &Plane, space: &str, nth: usize) -> Result<f64, Trouble> {
    let map = format!("configmap/map-{nth}");
    let before = watches(plane, space)?;
    let words = ["-n", space, "wait", &map, "--for=jsonpath={.data.go}=yes", "--timeout=60s"];
    let mut child = plane.kubectl(&words)?.stdout(Stdio::null()).spawn()?;
    while watches(plane, space)? == before {
        std::thread::yield_now();
    }
    plane.runtime.block_on(set(plane, space, nth, "yes")).map_err(|failure| failure.to_string())?;
    let began = Instant::now();
    child.wait()?;
    Ok(ms(began.elapsed()))
}

/// How many watches on maps of this namespace the server was ever asked for.
fn watches(plane: &Plane, space: &str) -> Result<f64, Trouble> {
    let audit = std::fs::read_to_string(plane.file("audit")?)?;
    let path = format!("/namespaces/{space}/configmaps");
    let ours =
        |line: &&str| line.contains(&path) && line.contains("\"verb\":\"watch\"") && line.contains("ResponseStarted");
    // What the controllers of the control plane watch is all namespaces at once.
    Ok(audit.lines().filter(ours).count() as f64)
}
