//! The memory of a run that lists fifty thousand pods and looks at each.

use std::fs::read_to_string;
use std::process::{Child, Command, Stdio};

use futures_util::{StreamExt, stream};
use runbook_drivers::kube::{Apply, Manifests, Select};

use crate::Trouble;
use crate::figures::Turns;
use crate::memory::{Of, of_tree};
use crate::plane::Plane;
use crate::program::{Live, Place};
use crate::table::{Claim, Line, Table};
use crate::typed::Typed;

/// How many pods there are, where the variable does not say it: to make them takes minutes.
const PODS: usize = 50_000;
/// The variable that says how many, for a look on a busy machine.
const VARIABLE: &str = "BENCH_PODS";
/// How many are made at once.
const AT_ONCE: usize = 64;

const RUNBOOK: &str = r#"
//! ```toml
//! [needs]
//! kube = ["read *"]
//! ```
let pods = kube::list("pods", #{ namespace: "SPACE" });
let waiting = pods.filter(|pod| pod.status.phase == "Pending" && pod.metadata.labels.app != "none");
step("counted", || #{ pods: pods.len(), waiting: waiting.len() });
sleep("1m");
"#;

/// Lists them through the program, and through kubectl.
pub(super) fn measure(typed: &Typed, plane: &Plane, table: &mut Table) -> Result<(), Trouble> {
    let pods = std::env::var(VARIABLE).ok().and_then(|pods| pods.parse().ok()).unwrap_or(PODS);
    crowd(plane, pods)?;
    let json = bytes(plane, pods)? / 1e6;
    let few = peak(plane, "default")?;
    let floor = || Ok(json);
    let turns = Turns::take(typed.rounds(3), floor, || Ok(peak(plane, "crowd")? - few))?;
    let what = &format!("{pods} pods listed and looked at, beside their JSON");
    table.line(Line { claim: "list", what, who: "runbook", unit: "MB", turns, says: Claim::TimesFloor(2.0) })?;
    for (words, what) in [(&["-o", "json"][..], "get pods -o json"), (&["-o", "name"], "get pods -o name")] {
        let turns = Turns::take(1, || Ok(json), || kubectl(plane, words))?;
        table.line(Line { claim: "list", what, who: "kubectl", unit: "MB", turns, says: Claim::Nothing })?;
    }
    Ok(())
}

/// Makes the pods; no scheduler is meant, so nothing else happens to them.
fn crowd(plane: &Plane, pods: usize) -> Result<(), Trouble> {
    let space = "{apiVersion: v1, kind: Namespace, metadata: {name: crowd}}";
    let apply = async |text: &str| {
        let manifests = Manifests::from_text(text)?;
        plane.cluster.apply(&manifests, &Apply::default()).await.map(drop)
    };
    plane.runtime.block_on(async {
        apply(space).await.map_err(|failure| failure.to_string())?;
        let account = runbook_drivers::kube::Ref::new("v1/ServiceAccount", "crowd", "default");
        let there = plane.cluster.wait(&account, &runbook_drivers::kube::Wait::until_there()).await;
        there.map_err(|failure| failure.to_string())?;
        let making = stream::iter((0..pods).map(pod)).map(|text| async move { apply(&text).await });
        let made: Vec<_> =
            making.buffer_unordered(AT_ONCE).filter(|made| std::future::ready(made.is_err())).collect().await;
        match made.into_iter().next() {
            Some(Err(failure)) => Err(failure.to_string().into()),
            _ => Ok(()),
        }
    })
}

/// A pod as a Deployment makes it, with what its owner and its admission put there.
fn pod(nth: usize) -> String {
    let values: Vec<String> =
        (0..12).map(|at| format!("{{name: SETTING_{at}, value: \"value {at} of {nth}\"}}")).collect();
    format!(
        r#"
apiVersion: v1
kind: Pod
metadata:
  name: web-6f7d8c9b5-{nth:05}
  namespace: crowd
  labels: {{app: web, pod-template-hash: 6f7d8c9b5, "app.kubernetes.io/part-of": shop, tier: front, shard: s{shard}}}
  annotations: {{"example.com/config": "{hash:064x}", "example.com/scrape": "true", "example.com/port": "8080"}}
spec:
  schedulerName: none
  containers:
  - name: main
    image: "registry.example.com/shop/web:1.{shard}.0"
    env: [{env}]
    ports: [{{containerPort: 8080, name: http}}, {{containerPort: 9090, name: metrics}}]
    resources: {{requests: {{cpu: 100m, memory: 128Mi}}, limits: {{memory: 256Mi}}}}
    readinessProbe: {{httpGet: {{path: /ready, port: http}}}}
"#,
        shard = nth % 40,
        hash = nth,
        env = values.join(", "),
    )
}

/// How many bytes the server sends for all of them.
fn bytes(plane: &Plane, pods: usize) -> Result<f64, Trouble> {
    let list = plane.runtime.block_on(plane.cluster.list(&Select::of("v1/Pod").within("crowd")));
    let list = list.map_err(|failure| failure.to_string())?;
    if list.len() != pods {
        return Err(format!("{} pods were made, and not {pods}", list.len()).into());
    }
    Ok(list.bytes() as f64)
}

/// The most a run that lists the pods of `space` ever held, all its processes.
fn peak(plane: &Plane, space: &str) -> Result<f64, Trouble> {
    let place = Place::with(RUNBOOK.trim_start().replace("SPACE", space).as_str())?;
    let mut command = place.run("state", &["--memory", "8GiB"]);
    command.env("KUBECONFIG", plane.file("kubeconfig")?);
    let mut live = Live::start(command, &place.path(""))?;
    live.until("\"kind\":\"step_settled\"")?;
    of_tree(live.pid(), Of::Peak)
}

/// The most kubectl ever held.
fn kubectl(plane: &Plane, words: &[&str]) -> Result<f64, Trouble> {
    let mut command: Command = plane.kubectl(&[&["-n", "crowd", "get", "pods"], words].concat())?;
    let child = command.stdout(Stdio::null()).spawn()?;
    watched(child)
}

fn watched(mut child: Child) -> Result<f64, Trouble> {
    let mut most: f64 = 0.0;
    while child.try_wait()?.is_none() {
        let text = read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
        let kb: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        most = most.max(kb / 1e3);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Ok(most)
}
