//! The words of a cluster in a runbook, through the real program: killed at every record, undone, in doubt.

use runbook_model::record::Aim;
use runbook_script::hands::Hands;

use super::on;
use crate::place::Place;

/// Does all kinds of things to the cluster, within one namespace and on no node.
const RUNBOOK: &str = r##"
//! # Move a web server
//!
//! ```toml
//! name = "web"
//! [inputs.space]
//! type = "string"
//! [needs]
//! kube = ["read *", "apply *", "patch *", "delete configmaps SPACE/*", "evict pods SPACE/*"]
//! ```
let space = inputs().space;
let here = #{ namespace: space };
check("we may", || kube::can_i("create", "deployments.apps", here));
let made = step("apply", || kube::apply(`
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {size: "1"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{name: main, image: "localhost/test:1"}]
`, here).map(|one| one.changed));
step("rolled out", || { kube::rollout_status("deploy", "web", here); () });
step("label", || { kube::label("deploy", "web", #{ moved: "yes" }, here); () });
step("restart", || { kube::rollout_restart("deploy", "web", here); () });
step("rolled out again", || { kube::rollout_status("deploy", "web", here); () });
let pod = step("choose", || kube::list("pods", #{ namespace: space, labels: "app=web" })[0].metadata.name);
step("evict", || kube::evict(`${space}/${pod}`));
step("gone", || { kube::wait("pods", `${space}/${pod}`, "gone"); () });
step("scale", || { kube::scale("deploy", "web", 3, here); () });
step("delete", || kube::delete("cm", "settings", #{ namespace: space, wait: "1m" }));
made
"##;

/// A place with the runbook for this namespace, and how it is called.
fn place(space: &str, kubeconfig: &str) -> (Place, Vec<String>) {
    let place = Place::new();
    std::fs::write(place.path("main.rhai"), RUNBOOK.trim_start().replace("SPACE", space)).unwrap();
    let args = ["--kubeconfig".to_owned(), kubeconfig.to_owned()];
    (place, args.to_vec())
}

/// What kubectl sees of what the runbook made.
fn seen(site: &super::Site) -> String {
    let of = |what: &str, path: &str| site.space.kubectl(&["get", what, "-o", &format!("jsonpath={path}")]).out;
    let deployment = of("deploy", "{range .items[*]}{.metadata.name} {.metadata.labels} {.spec.replicas}{end}");
    format!("{deployment}; {}", of("cm", "{.items[*].metadata.name}"))
}

#[test]
fn a_run_that_is_killed_after_any_record_ends_as_one_that_is_not() {
    on("killed", async |site| {
        let space = site.space.name.clone();
        let set = format!("space={space}");
        let (calm, kubeconfig) = place(&space, site.plane.file("kubeconfig"));
        let kubeconfig: Vec<&str> = kubeconfig.iter().map(String::as_str).collect();
        calm.call(&[&["run", "main.rhai", "--set", &set], &kubeconfig[..]].concat()).exits(0);
        let end = seen(&site);
        assert!(end.contains("web"), "{end}");
        calm.call(&["undo", "last"]).exits(0).says("nothing is left behind");
        let nothing = seen(&site);
        assert!(!nothing.contains("web") && !nothing.contains("settings"), "{nothing}");
        let mut points = 0;
        for record in 1.. {
            let (place, _) = place(&space, "");
            let record = record.to_string();
            let mut killed = vec!["run", "main.rhai", "--set", &set, "--die-after", &record];
            killed.extend(&kubeconfig);
            if place.call(&killed).code == Some(0) {
                place.call(&["undo", "last"]).exits(0);
                break;
            }
            let resumed = place.call(&["run", "main.rhai", "--resume"]);
            if resumed.code != Some(0) {
                resumed.exits(2).says("is done");
            }
            assert_eq!(seen(&site), end, "killed after record {record}");
            let marks = site.seen("deploy/web", "{.metadata.generation}");
            assert_eq!(marks, "3", "one restart and one change of size, killed after record {record}");
            place.call(&["undo", "last"]).exits(0);
            assert_eq!(seen(&site), nothing, "undone, killed after record {record}");
            points += 1;
        }
        assert!(points > 15, "only {points} points were tried");
    });
}

#[test]
fn a_run_goes_on_with_no_other_cluster() {
    on("other", async |site| {
        let aim = |cluster: Option<&str>| Aim {
            kubeconfig: Some(site.plane.file("kubeconfig").to_owned()),
            context: None,
            cluster: cluster.map(str::to_owned),
            ..Aim::default()
        };
        let known = std::thread::scope(|scope| {
            scope.spawn(|| Hands::new(aim(None), None).identified().unwrap().cluster.unwrap()).join().unwrap()
        });
        assert_eq!(known, site.plane.kubectl(&["get", "ns", "kube-system", "-o", "jsonpath={.metadata.uid}"]).out);
        let refused = std::thread::scope(|scope| {
            scope.spawn(|| Hands::new(aim(Some("other")), None).identified()).join().unwrap()
        });
        assert_eq!(refused.unwrap_err().code, "kube.other");
    });
}

#[test]
fn a_runbook_that_needs_a_cluster_is_refused_before_it_acts_where_none_is_there() {
    let (place, _) = place("nowhere", "");
    place.call(&["run", "main.rhai", "--set", "space=x", "--kubeconfig", "no-such-file"]).says("kube.config");
    assert!(!place.path("state").exists(), "nothing is begun");
}
