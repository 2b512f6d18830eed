//! How fast a twin is: ready, answering, large, copied. One line of JSON for each; `cargo bench -p runbook-twin`.

use runbook_twin::api::{self, Query, Request, User};
use runbook_twin::clock::{Clock, Speed};
use runbook_twin::scene;
use runbook_twin::serve::{Start, start};
use runbook_twin::world::{Object, World};
use serde_json::json;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

fn say(what: &str, value: f64, unit: &str) {
    let line = json!({"what": what, "value": (value * 1000.0).round() / 1000.0, "unit": unit});
    writeln!(std::io::stdout(), "{line}").expect("standard output is there");
}

fn request(method: &str, path: &str, body: &str) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: Query::read(query),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.as_bytes().to_vec(),
        user: User::known("admin", &["system:masters"]),
        ..Request::default()
    }
}

fn pod(node: usize, one: usize) -> Object {
    let container = json!({
        "name": "c", "image": "registry.example/app:1.2.3", "imagePullPolicy": "IfNotPresent", "resources": {},
        "ports": [{"containerPort": 80, "protocol": "TCP"}], "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "volumeMounts": [{"name": "kube-api-access", "mountPath": "/var/run/secrets", "readOnly": true}],
    });
    let conditions: Vec<_> = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]
        .iter()
        .map(|kind| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-01-01T00:00:00Z"}))
        .collect();
    Object::new(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("app-{node}-{one}"), "namespace": "default", "labels": {"app": "web", "pod-template-hash": "abc"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "u", "controller": true}],
        },
        "spec": {
            "nodeName": format!("n{node}"), "containers": [container], "restartPolicy": "Always", "dnsPolicy": "ClusterFirst",
            "serviceAccountName": "default", "serviceAccount": "default", "schedulerName": "default-scheduler",
            "tolerations": [{"key": "a", "operator": "Exists"}, {"key": "b", "operator": "Exists"}], "priority": 0,
            "volumes": [{"name": "kube-api-access", "projected": {"defaultMode": 420, "sources": [{"serviceAccountToken": {"path": "token"}}]}}],
        },
        "status": {
            "phase": "Running", "conditions": conditions, "podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "hostIP": "10.0.0.2",
            "containerStatuses": [{"name": "c", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}],
        },
    }))
}

fn world(nodes: usize, pods: usize) -> World {
    let mut world = scene::bare(7, Clock::today());
    for node in 0..nodes {
        let object = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("n{node}")}, "spec": {}, "status": {}});
        world.create("nodes", Object::new(object)).expect("a new name");
        for one in 0..pods {
            world.create("pods", pod(node, one)).expect("a new name");
        }
    }
    world
}

fn resident() -> f64 {
    let mut text = String::new();
    let read = std::fs::File::open("/proc/self/statm").and_then(|mut file| file.read_to_string(&mut text));
    let pages = read.ok().and_then(|_| text.split(' ').nth(1)?.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4096.0 / 1e6
}

/// How often something can be done in a second.
fn rate(mut act: impl FnMut(usize)) -> f64 {
    let begun = Instant::now();
    let mut done = 0;
    while begun.elapsed() < Duration::from_secs(1) {
        act(done);
        done += 1;
    }
    done as f64 / begun.elapsed().as_secs_f64()
}

fn main() {
    let begun = Instant::now();
    let folder = tempfile::tempdir().expect("a folder");
    let small = world(3, 0);
    let twin = start(Start { world: small, speed: Speed::Jumping, folder: folder.path().to_owned(), port: 0 })
        .expect("it starts");
    say("ready", begun.elapsed().as_secs_f64(), "s");
    drop(twin);

    let mut nine = world(9, 30);
    say("copy of nine nodes", 1000.0 / rate(|_| drop(nine.clone())), "ms");
    let get = request("GET", "/api/v1/namespaces/default/pods/app-1-1", "");
    say("reads", rate(|_| drop(api::answer(&mut nine, &get).body.bytes())), "/s");
    let list = request("GET", "/api/v1/namespaces/default/pods", "");
    say("lists of 270 pods", rate(|_| drop(api::answer(&mut nine, &list).body.bytes())), "/s");
    let maps = "/api/v1/namespaces/default/configmaps";
    let creation = |at: usize| {
        let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("m{at}")}, "data": {"a": "b"}});
        request("POST", maps, &body.to_string())
    };
    say("creations", rate(|at| drop(api::answer(&mut nine, &creation(at)))), "/s");
    let patch = |at: usize| {
        let body = json!({"metadata": {"annotations": {"at": at.to_string()}}}).to_string();
        let mut patch = request("PATCH", "/api/v1/namespaces/default/pods/app-1-1", &body);
        patch.headers[0].1 = "application/merge-patch+json".to_owned();
        patch
    };
    say("patches of a pod", rate(|at| drop(api::answer(&mut nine, &patch(at)))), "/s");

    let (begun, before) = (Instant::now(), resident());
    let large = world(1000, 30);
    say("1000 nodes and 30000 pods", begun.elapsed().as_secs_f64(), "s");
    say("their memory", resident() - before, "MB");
    say("copy of them", 1000.0 / rate(|_| drop(large.clone())), "ms");
}
