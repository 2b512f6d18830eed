//! Evictions and drains, with true budgets.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use runbook_drivers::kube::{Drain, Evicted, Select, Wait};

use crate::kube::{Site, on, text, web};

const BUDGET: &str = "
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
";

/// Two ready pods of `web` on one node, with a budget that lets none go.
async fn held(site: &Site) -> (String, Vec<String>) {
    let pinned = web(2).replace("      containers:", "      nodeName: n2\n      containers:");
    // The nodes are everybody's: only this test's pods have its label.
    let all = format!("{pinned}{BUDGET}").replace("app: web", &format!("app: {}", site.space.name));
    site.apply(&all).await;
    let select = Select::of("pods").within(&site.space.name).labelled(format!("app={}", site.space.name));
    let ready = Wait::until_condition("Ready", "True");
    let pods = site.cluster.wait_all(&select, &ready, 2).await.unwrap();
    let counted = Wait::until_field("status.currentHealthy", runbook_model::Value::Int(2)).unwrap();
    site.cluster.wait(&site.object("pdb", "web"), &counted).await.unwrap();
    let names = pods.iter().map(|pod| text(pod, &["metadata", "name"]).to_owned()).collect();
    (text(&pods[0], &["spec", "nodeName"]).to_owned(), names)
}

/// Drains this test's pods.
fn mine(site: &Site) -> Drain {
    Drain { labels: format!("app={}", site.space.name), again: Duration::from_millis(100), ..Drain::default() }
}

#[test]
fn a_budget_that_says_no_is_named() {
    on("evict", async |site| {
        let (_, pods) = held(&site).await;
        let failure = site.cluster.evict(&site.space.name, &pods[0], None, None).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.retryable, failure.may_have_acted), ("kube.blocked", true, false));
        assert!(failure.what.contains("the disruption budget `web` does not let it"), "{failure:?}");
        assert!(failure.causes[0].contains("needs 2 healthy pods and has 2 currently"), "{failure:?}");
        let other = site.cluster.evict(&site.space.name, &pods[0], Some("another"), None).await.unwrap();
        assert_eq!(other, Evicted::Already);
        assert_eq!(site.cluster.evict(&site.space.name, "nobody", None, None).await.unwrap(), Evicted::Already);
    });
}

#[test]
fn a_drain_asks_again_until_the_budget_lets_it_through() {
    on("drain", async |site| {
        let (node, pods) = held(&site).await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let ear = told.clone();
        let progress: runbook_drivers::kube::Progress =
            Arc::new(move |line: &str| ear.lock().unwrap().push(line.to_owned()));
        let namespace = site.space.name.clone();
        let plan = site.cluster.drain_plan(&node, &mine(&site)).await.unwrap();
        let leave: Vec<&String> =
            plan.leave.iter().filter(|item| item.namespace == namespace).map(|item| &item.name).collect();
        assert_eq!(leave.len(), pods.len());
        let how = Drain { progress: Some(progress), ..mine(&site) };
        let (cluster, at) = (site.cluster.clone(), node.clone());
        let draining = tokio::spawn(async move { cluster.drain(&at, &how).await });
        while !told.lock().unwrap().iter().any(|line| line.contains("disruption budget `web`")) {
            tokio::task::yield_now().await;
        }
        // Elsewhere two more become ready: now the two here may go.
        site.space.kubectl(&["delete", "pdb", "web"]).exits(0);
        let drained = draining.await.unwrap().unwrap();
        assert!(pods.iter().all(|pod| drained.left.contains(&format!("{namespace}/{pod}"))), "{drained:?}");
        for pod in &pods {
            site.space.kubectl(&["get", "pod", pod]).exits(1).says("NotFound");
        }
    });
}

#[test]
fn a_drain_that_is_blocked_says_by_what() {
    on("blocked", async |site| {
        let (node, pods) = held(&site).await;
        let how = Drain { within: Duration::from_millis(400), ..mine(&site) };
        let failure = site.cluster.drain(&node, &how).await.unwrap_err();
        assert_eq!(failure.code, "kube.blocked");
        assert!(failure.what.contains("`web`"), "{failure:?}");
        assert!(pods.iter().any(|pod| failure.causes.iter().any(|cause| cause.contains(pod))), "{failure:?}");
    });
}

const FULL: &str = "
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: full}
spec: {hard: {pods: '0'}}
";

#[test]
fn the_last_ready_pod_of_a_workload_goes_when_another_is_ready() {
    on("mates", async |site| {
        let (node, pods) = held(&site).await;
        site.space.kubectl(&["delete", "pdb", "web"]).exits(0);
        // Nothing may be made again, so nothing becomes ready.
        site.apply(FULL).await;
        let counted = Wait::until_field("status.hard.pods", runbook_model::Value::from("0")).unwrap();
        site.cluster.wait(&site.object("quota", "full"), &counted).await.unwrap();
        let how = Drain { within: Duration::from_secs(2), ..mine(&site) };
        let failure = site.cluster.drain(&node, &how).await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), ("kube.blocked", true), "{failure:?}");
        assert!(failure.what.contains("it is the last ready one of ReplicaSet `web-"), "{failure:?}");
        let stays = |pod: &&String| site.space.kubectl(&["get", "pod", pod]).code == Some(0);
        assert_eq!(pods.iter().filter(stays).count(), 1);
        site.space.kubectl(&["delete", "quota", "full"]).exits(0);
        let drained = site.cluster.drain(&node, &mine(&site)).await.unwrap();
        assert!(!drained.left.is_empty());
        assert_eq!(pods.iter().filter(stays).count(), 0);
    });
}

#[test]
fn the_last_ready_pod_of_a_workload_goes_where_that_is_said() {
    on("outage", async |site| {
        let (node, _) = held(&site).await;
        site.space.kubectl(&["delete", "pdb", "web"]).exits(0);
        site.apply(FULL).await;
        let drained = site.cluster.drain(&node, &Drain { last: true, ..mine(&site) }).await.unwrap();
        assert_eq!(drained.left.len(), 2, "{drained:?}");
    });
}

#[test]
fn what_would_be_lost_is_refused_before_anything_leaves() {
    on("lossy", async |site| {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, labels: {app: lossy}}\n\
                   spec: {nodeName: n1, containers: [{name: main, image: 'localhost/test:1'}]}\n";
        site.apply(pod).await;
        let how = Drain { labels: "app=lossy".into(), ..Drain::default() };
        let failure = site.cluster.drain("n1", &how).await.unwrap_err();
        assert_eq!(failure.code, "kube.blocked");
        assert!(failure.what.ends_with("has no controller, so nobody makes it again"), "{failure:?}");
        site.space.kubectl(&["get", "pod", "bare"]).exits(0);
        let drained = site.cluster.drain("n1", &Drain { unmanaged: true, ..how }).await.unwrap();
        assert_eq!(drained.left, [format!("{}/bare", site.space.name)]);
    });
}

#[test]
fn a_volume_of_the_node_is_named_and_a_daemon_set_stays() {
    on("volumes", async |site| {
        let space = &site.space.name;
        let text = format!(
            "apiVersion: v1\nkind: PersistentVolume\nmetadata: {{name: {space}}}\nspec: {{capacity: {{storage: 1Gi}}, \
             accessModes: [ReadWriteOnce], storageClassName: none, hostPath: {{path: /data}}, claimRef: {{name: data, namespace: {space}}}}}\n---\n\
             apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec: {{accessModes: [ReadWriteOnce], \
             storageClassName: none, volumeName: {space}, resources: {{requests: {{storage: 1Gi}}}}}}\n---\n\
             apiVersion: v1\nkind: Pod\nmetadata: {{name: bare, labels: {{app: {space}}}}}\n\
             spec: {{nodeName: n1, containers: [{{name: main, image: 'localhost/test:1'}}], \
             volumes: [{{name: d, persistentVolumeClaim: {{claimName: data}}}}]}}\n---\n\
             apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: every}}\nspec: {{selector: {{matchLabels: {{app: {space}, set: every}}}}, \
             template: {{metadata: {{labels: {{app: {space}, set: every}}}}, spec: {{containers: [{{name: main, image: 'localhost/test:1'}}]}}}}}}\n"
        );
        site.apply(&text).await;
        site.cluster.wait(&site.object("ds", "every"), &Wait::until_rolled_out()).await.unwrap();
        let how = Drain { labels: format!("app={space}"), unmanaged: true, ..Drain::default() };
        let plan = site.cluster.drain_plan("n1", &how).await.unwrap();
        assert_eq!(plan.leave.len(), 1);
        assert_eq!(plan.leave[0].why, "cannot start elsewhere, for its claim `data` is of this node");
        assert_eq!(plan.stay.len(), 1);
        assert_eq!(plan.stay[0].why, "belongs to a DaemonSet");
        site.plane.kubectl(&["delete", "pv", space, "--wait=false"]).exits(0);
    });
}
