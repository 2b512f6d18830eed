//! The control plane itself: what its nodes, budgets, charts and users do is what a cluster does.

use std::fs;

use crate::plane::{Plane, bin, chart};

const WEB: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: "localhost/test:1"}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec:
  minAvailable: 3
  selector: {matchLabels: {app: web}}
"#;

/// These are about what the programs say.
fn plane() -> Option<&'static Plane> {
    Plane::get().filter(|_| bin("kubectl").exists())
}

#[test]
fn a_deployment_becomes_ready_and_its_budget_refuses_an_eviction() {
    let Some(plane) = plane() else { return };
    let space = plane.space("web");
    space.apply(WEB);
    space.kubectl(&["rollout", "status", "deployment/web", "--timeout=120s"]).exits(0);
    // The budget counts what it sees a moment later.
    let counted = "--for=jsonpath={.status.currentHealthy}=3";
    space.kubectl(&["wait", "pdb/web", counted, "--timeout=60s"]).exits(0);
    let pod = space.kubectl(&["get", "pods", "-o", "jsonpath={.items[0].metadata.name}"]).exits(0).out;

    let body = tempfile::NamedTempFile::new().unwrap();
    let eviction = format!(r#"{{"apiVersion":"policy/v1","kind":"Eviction","metadata":{{"name":"{pod}"}}}}"#);
    fs::write(body.path(), eviction).unwrap();
    let path = format!("/api/v1/namespaces/{}/pods/{pod}/eviction", space.name);
    let evict = ["create", "--raw", &path, "-f", body.path().to_str().unwrap()];
    space.kubectl(&evict).exits(1).says("TooManyRequests").says("disruption budget");
    space.kubectl(&["delete", "pdb", "web"]).exits(0);
    space.kubectl(&evict).exits(0);
    space.kubectl(&["wait", "pod", &pod, "--for=delete", "--timeout=60s"]).exits(0);
    space.kubectl(&["rollout", "status", "deployment/web", "--timeout=120s"]).exits(0);
}

#[test]
fn a_command_in_a_pod_gives_its_exit_code_and_a_pod_has_a_log() {
    let Some(plane) = plane() else { return };
    let space = plane.space("exec");
    space.kubectl(&["run", "one", "--image=localhost/test:1"]).exits(0);
    space.kubectl(&["wait", "pod/one", "--for=condition=Ready", "--timeout=60s"]).exits(0);
    let said = space.kubectl(&["exec", "one", "--", "sh", "-c", "echo said; echo $POD >> log; exit 7"]);
    assert_eq!(said.exits(7).out, "said\n");
    let log = space.kubectl(&["logs", "one"]).exits(0).out;
    assert_eq!(log, "one began\none is ready\none\n");
}

#[test]
fn helm_3_and_4_install_upgrade_and_roll_back() {
    let Some(plane) = plane() else { return };
    let space = plane.space("helm");
    for version in [3, 4] {
        let name = format!("release-{version}");
        let greeting = ["get", "configmap", &name, "-o", "jsonpath={.data.greeting}"];
        let wait = ["--wait", "--timeout=120s"];
        space.helm(version, &[&["install", &name, &chart("plain")], &wait[..]].concat()).exits(0);
        assert_eq!(space.kubectl(&greeting).out, "hello");
        let upgrade = ["upgrade", &name, &chart("plain"), "--set", "greeting=welcome"];
        space.helm(version, &[&upgrade, &wait[..]].concat()).exits(0);
        assert_eq!(space.kubectl(&greeting).out, "welcome");
        space.helm(version, &[&["rollback", &name, "1"], &wait[..]].concat()).exits(0);
        assert_eq!(space.kubectl(&greeting).out, "hello");
        space.helm(version, &["history", &name]).exits(0).says("Rollback to 1");
        let failing = ["install", &format!("failing-{version}"), &chart("failing"), "--timeout=120s"];
        space.helm(version, &failing).exits(1).says("failed pre-install");
    }
}

#[test]
fn each_user_may_do_what_it_may() {
    let Some(plane) = plane() else { return };
    let as_user = |user: &str, args: &[&str]| plane.kubectl(&[&["--kubeconfig", plane.file(user)], args].concat());
    as_user("certificate", &["get", "secrets", "-A"]).exits(0);
    as_user("limited", &["get", "nodes"]).exits(0);
    as_user("limited", &["get", "secrets"]).exits(1).says("Forbidden");
    as_user("limited", &["auth", "can-i", "delete", "pods"]).exits(1).says("no");
    as_user("expired", &["get", "nodes"]).exits(1).says("Unauthorized");
    as_user("stranger", &["get", "nodes"]).exits(1).says("Unauthorized");
}

#[test]
fn the_api_goes_away_and_comes_back_with_everything() {
    let Some(plane) = Plane::own(1).filter(|_| bin("kubectl").exists()) else { return };
    plane.kubectl(&["create", "configmap", "kept"]).exits(0);
    plane.obey("kill kube-apiserver");
    plane.kubectl(&["get", "configmap", "kept"]).exits(1).says("refused");
    plane.obey("start kube-apiserver");
    plane.kubectl(&["get", "configmap", "kept"]).exits(0);
}
