//! Clusters for the tests of laws, and what must be true of all laws together.

mod large;
mod limits;
mod owners;
mod sets;
mod truth;

use crate::json::{Value, json};
use crate::world::{Key, Moment, Object, Settled, World};

/// A small cluster: namespaces with their accounts, and so many nodes.
pub(super) fn cluster(nodes: usize) -> World {
    let mut world = World::new(7, Moment::seconds(1_800_000_000));
    for name in ["default", "kube-system"] {
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        });
        make(&mut world, "namespaces", namespace);
    }
    for number in 1..=nodes {
        make(&mut world, "nodes", node(number));
    }
    quiet(&mut world);
    world
}

/// A node as its kubelet registers it.
pub(super) fn node(number: usize) -> Value {
    let name = format!("n{number}");
    let room = json!({"cpu": "64", "memory": "256Gi", "pods": "110", "ephemeral-storage": "100Gi"});
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        }},
        "spec": {"podCIDR": format!("10.{}.{}.0/24", 128 + number / 256, number % 256)},
        "status": {
            "allocatable": room, "capacity": room,
            "addresses": [{"type": "InternalIP", "address": format!("10.0.{}.{}", number / 250, number % 250 + 1)},
                          {"type": "Hostname", "address": name}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    })
}

/// A deployment as the API keeps it.
pub(super) fn deployment(name: &str, image: &str, replicas: i64) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {
            "replicas": replicas, "selector": {"matchLabels": {"app": name}}, "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": template(name, image),
        },
    })
}

/// A template as the API keeps it.
pub(super) fn template(name: &str, image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": name}},
        "spec": {
            "containers": [{
                "name": "main", "image": image, "imagePullPolicy": "IfNotPresent", "resources": {},
                "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
            }],
            "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
            "securityContext": {}, "terminationGracePeriodSeconds": 30,
        },
    })
}

/// Creates an object.
pub(super) fn make(world: &mut World, kind: &str, object: Value) -> std::sync::Arc<Object> {
    world.create(kind, Object::new(object)).unwrap()
}

/// Lets an hour pass, or less when nothing more happens.
pub(super) fn quiet(world: &mut World) {
    let until = world.now().plus_seconds(3500);
    assert_eq!(world.run(until, 1_000_000), Settled::Quiet);
}

/// Lets some seconds pass.
pub(super) fn pass(world: &mut World, seconds: i64) {
    let until = world.now().plus_seconds(seconds);
    assert_eq!(world.run(until, 1_000_000), Settled::Quiet);
    world.advance(until);
    assert_eq!(world.settle(1_000_000), Settled::Quiet);
}

/// The messages of the events about an object.
pub(super) fn told(world: &World, name: &str) -> Vec<String> {
    let mut events: Vec<_> = world.list("events", "").filter(|event| event["involvedObject"]["name"] == name).collect();
    events.sort_by_key(|event| event.revision());
    events.iter().map(|event| event["message"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The key of something in the namespace `default`.
pub(super) fn key(kind: &str, name: &str) -> Key {
    Key::new(kind, "default", name)
}

#[test]
fn a_deployment_becomes_pods_that_run() {
    let mut world = cluster(3);
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 3));
    quiet(&mut world);
    let web = world.get("deployments.apps", "default", "web").unwrap();
    assert_eq!(web["status"]["availableReplicas"], 3, "{}", web["status"]);
    assert_eq!(web["status"]["conditions"][1]["reason"], "NewReplicaSetAvailable");
    let nodes: std::collections::BTreeSet<_> =
        world.list("pods", "default").map(|pod| pod["spec"]["nodeName"].as_str().unwrap().to_owned()).collect();
    assert_eq!(nodes.len(), 3);
}

#[test]
fn a_new_template_takes_over_bit_by_bit() {
    let mut world = cluster(3);
    make(&mut world, "deployments.apps", deployment("web", "nginx:1", 4));
    quiet(&mut world);
    world
        .change(&key("deployments.apps", "web"), |web| {
            web["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:2".into();
        })
        .unwrap();
    quiet(&mut world);
    let sets: Vec<i64> =
        world.list("replicasets.apps", "default").map(|set| set["spec"]["replicas"].as_i64().unwrap()).collect();
    assert_eq!(sets.iter().sum::<i64>(), 4);
    assert_eq!(sets.len(), 2);
    assert_eq!(world.count("pods"), 4);
    let web = world.get("deployments.apps", "default", "web").unwrap();
    assert_eq!(web.annotation("deployment.kubernetes.io/revision"), Some("2"));
    let sizes: Vec<String> =
        told(&world, "web").iter().map(|it| it.split("from ").last().unwrap().to_owned()).collect();
    assert_eq!(sizes, ["0 to 4", "0 to 1", "4 to 3", "1 to 2", "3 to 1", "2 to 4", "1 to 0"]);
}

#[test]
fn a_missing_image_is_tried_again_and_the_rollout_runs_out_of_time() {
    let mut world = cluster(1);
    make(&mut world, "deployments.apps", deployment("web", "absent.test/x:1", 1));
    quiet(&mut world);
    let pod = world.list("pods", "default").next().unwrap();
    assert_eq!(pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "ImagePullBackOff");
    let web = world.get("deployments.apps", "default", "web").unwrap();
    let last = web["status"]["conditions"].as_array().unwrap().last().unwrap();
    assert_eq!(last["reason"], "ProgressDeadlineExceeded");
}
