//! A large cluster, made through its own door.

use std::time::{Duration, Instant};

use runbook_twin::json::{Value, json};

use crate::client::Client;
use crate::memory::{self, Of};
use crate::process::{Twin, processor};
use crate::table::{Claim, Table};
use crate::typed::Typed;
use crate::{Trouble, line};

const NODES: usize = 1000;
const DEPLOYMENTS: usize = 300;
const REPLICAS: usize = 100;
const JSON: &str = "application/json";

fn deployment(name: &str) -> Value {
    let labels = json!({"app": name});
    let container = json!({
        "name": "web", "image": "registry.example/web:1.2.3", "ports": [{"containerPort": 8080, "name": "http"}],
        "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
        "env": [{"name": "LEVEL", "value": "info"}],
    });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": REPLICAS, "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    })
}

fn service(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": "http"}]},
    })
}

/// Whether all pods of a deployment are available, by its own word.
fn is_available(client: &mut Client, number: usize) -> Result<bool, Trouble> {
    let path = format!("/apis/apps/v1/namespaces/default/deployments/web-{number}");
    Ok(client.good("GET", &path, JSON, "")?["status"]["availableReplicas"] == REPLICAS)
}

/// All pods, page by page; how many there are and how many are not ready.
fn listed(client: &mut Client) -> Result<(usize, usize), Trouble> {
    let (mut pods, mut unready, mut next) = (0, 0, String::new());
    loop {
        let path = format!("/api/v1/pods?limit=500&continue={next}");
        let list = client.good("GET", &path, JSON, "")?;
        for pod in list["items"].as_array().into_iter().flatten() {
            let mut conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
            let ready = conditions.any(|one| one["type"] == "Ready" && one["status"] == "True");
            pods += 1;
            unready += usize::from(!ready || pod["status"]["phase"] != "Running");
        }
        match list["metadata"]["continue"].as_str() {
            Some(more) if !more.is_empty() => more.clone_into(&mut next),
            _ => return Ok((pods, unready)),
        }
    }
}

pub(crate) fn measure(_: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let begun = Instant::now();
    let twin = Twin::start(NODES)?;
    let mut client = twin.server.connect()?;
    for number in 0..DEPLOYMENTS {
        let name = format!("web-{number}");
        client.good("POST", "/apis/apps/v1/namespaces/default/deployments", JSON, &deployment(&name).to_string())?;
        client.good("POST", "/api/v1/namespaces/default/services", JSON, &service(&name).to_string())?;
    }
    for number in 0..DEPLOYMENTS {
        while !is_available(&mut client, number)? {
            if begun.elapsed() > Duration::from_secs(600) {
                return Err(
                    format!("after ten minutes only {number} of {DEPLOYMENTS} deployments are available").into()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let took = begun.elapsed().as_secs_f64();
    let used = processor(twin.id())?;
    let peak = memory::of_tree(twin.id(), Of::Peak)?;
    let begun = Instant::now();
    let (pods, unready) = listed(&mut client)?;
    let list = begun.elapsed().as_secs_f64();
    if (pods, unready) != (DEPLOYMENTS * REPLICAS, 0) {
        return Err(format!("{pods} pods, {unready} of them not ready").into());
    }
    let what = "1000 nodes, 30000 pods, all ready";
    line(table, "large", what, "s", vec![took], Vec::new(), Claim::AtMost(10.0))?;
    line(table, "large", "  processor time", "s", vec![used], Vec::new(), Claim::Nothing)?;
    line(table, "large", "  memory, at most", "MB", vec![peak], Vec::new(), Claim::AtMost(1500.0))?;
    line(table, "large", "  list of them, 500 at a time", "s", vec![list], Vec::new(), Claim::Nothing)
}
