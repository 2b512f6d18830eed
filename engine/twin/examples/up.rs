//! Starts a twin and serves until its standard input closes. It speaks as the control plane of `tests/plane` does, so that
//! tests of a real cluster run against it unchanged: `up --nodes 3`, one line of JSON, and orders on standard input.

use runbook_twin::clock::{Clock, Speed};
use runbook_twin::scene;
use runbook_twin::serve::{Running, Start, start};
use runbook_twin::world::{Object, World};
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::path::Path;

/// The laws each part of a control plane does.
fn laws(part: &str) -> Vec<&'static str> {
    let all = runbook_twin::laws::LAWS.iter().map(|law| law.name);
    match part {
        "kube-scheduler" => vec!["scheduler"],
        "kwok" => vec!["kubelet", "heartbeat"],
        "kube-controller-manager" => all
            .filter(|law| !["apiservice", "definition", "event", "heartbeat", "kubelet", "scheduler"].contains(law))
            .collect(),
        _ => Vec::new(),
    }
}

fn option(name: &str) -> Option<usize> {
    let mut words = std::env::args().skip_while(|word| word != name);
    words.nth(1).and_then(|word| word.parse().ok())
}

fn add(world: &mut World, kind: &str, object: Value) {
    // It is there already when a scene brought it.
    drop(world.create(kind, Object::new(object)));
}

/// The user who may look at pods and nodes, and nothing else.
fn furnish(world: &mut World) {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "limited"},
        "rules": [{"apiGroups": [""], "resources": ["nodes", "pods"], "verbs": ["get", "list", "watch"]}],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "limited"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "limited"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "limited"}],
    });
    add(world, "clusterroles.rbac.authorization.k8s.io", role);
    add(world, "clusterrolebindings.rbac.authorization.k8s.io", binding);
}

fn told(twin: &Running, folder: &Path, nodes: usize) -> Value {
    let file = |name: &str| folder.join(name).display().to_string();
    let names: Vec<String> = (1..=nodes).map(|number| format!("n{number}")).collect();
    json!({
        "kubeconfig": file("token.kubeconfig"), "limited": file("limited.kubeconfig"), "certificate": file("kubeconfig"),
        "expired": file("expired.kubeconfig"), "stranger": file("stranger.kubeconfig"), "audit": file("audit.log"),
        "server": format!("https://{}", twin.address), "ca": file("ca.crt"), "tokens": {"admin": twin.token},
        "nodes": names, "pids": {}, "dir": folder.display().to_string(),
    })
}

fn main() -> std::io::Result<()> {
    let folder = tempfile::tempdir()?;
    let nodes = option("--nodes").unwrap_or(3);
    let mut world = scene::cluster(7, Clock::today(), nodes);
    furnish(&mut world);
    let port = option("--port").and_then(|port| u16::try_from(port).ok()).unwrap_or(0);
    let twin = start(Start { world, speed: Speed::Jumping, folder: folder.path().to_owned(), port })?;
    std::fs::write(folder.path().join("ca.crt"), &twin.authority)?;
    std::fs::write(folder.path().join("audit.log"), "")?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", told(&twin, folder.path(), nodes))?;
    for order in std::io::stdin().lock().lines() {
        let order = order?;
        let (verb, part) = order.split_once(' ').unwrap_or((&order, ""));
        twin.change(|world| {
            for law in laws(part) {
                if ["pause", "kill"].contains(&verb) { world.hold(law) } else { world.release(law) }
            }
        });
        writeln!(out, "{}", json!({"did": order}))?;
    }
    Ok(())
}
