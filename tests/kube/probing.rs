//! The test pods of a run: made on every node, told when they cannot be used, and always removed.
//!
//! The nodes here are played: a command in a pod runs beside the control plane, where no pod has an address. So nobody
//! answers by the name of a pod, and nothing may count as reached. What real pods answer is looked at in
//! `tests/lab/probes`.

use std::fs;

use crate::place::Place;
use crate::plane::Plane;

const FRONT: &str = r#"//! # Probe
//!
//! ```toml
//! name = "probing"
//! [needs]
//! kube = ["read *", "probe"]
//! local = ["run *"]
//! ```
"#;

const START: &str = r#"
let site = step("test pods", || probe::start(#{ image: "localhost/test:1", timeout: "1m" }));
"#;

fn place(plane: &Plane, text: &str) -> Place {
    let mut place = Place::new();
    fs::write(place.path("main.rhai"), format!("{FRONT}{text}")).unwrap();
    place.set("KUBECONFIG", plane.file("kubeconfig"));
    place
}

/// The namespaces of test pods that nobody has removed yet.
fn left(plane: &Plane) -> Vec<String> {
    let active = ["-l", "runbook-probe", "--field-selector", "status.phase=Active", "-o", "name"];
    let found = plane.kubectl(&[&["get", "namespaces"][..], &active].concat()).exits(0);
    found.out.lines().map(str::to_owned).collect()
}

#[test]
fn nothing_counts_as_reached_that_is_not_and_what_cannot_be_asked_is_not_known() {
    // The runbook itself calls kubectl.
    let Some(plane) = Plane::own(3).filter(|_| crate::plane::bin("kubectl").exists()) else { return };
    let text = format!(
        "{START}{}",
        r#"
fn first(site, role) { site.pods.filter(|pod| pod.role == role)[0].pod }
if site.pods.len() != 9 || site.unready != 0 { throw `${site}`; }
let ways = probe::pods();
if ways.len() != 18 { throw `${ways.len()} ways`; }
if ways.filter(|one| one.ok).len() != 0 { throw probe::table(ways); }
let before = step("baseline", || probe::baseline());
let rules = step("rules", || probe::policy(#{ within: "1s" }));
if rules.filter(|one| one.ok || one.known).len() != 0 { throw probe::table(rules); }
if kube::list("networkpolicies", #{ namespace: site.namespace }).len() != 0 { throw "rules are left"; }
let again = probe::compare(before, probe::baseline());
if again.missing.len() != 0 { throw again.detail; }
step("two fall ill", || { local::run(["sh", "-c", `for pod in ${first(site, "server")} ${first(site, "client")}; do
    kubectl -n ${site.namespace} patch pod $pod --subresource=status -p \
        '{"status":{"conditions":[{"type":"Ready","status":"False"},{"type":"ContainersReady","status":"False"}]}}'
done`]); () });
let ill = probe::pods();
say(probe::table(ill));
// Three ways from the client, and from the five others the one to the server.
if ill.filter(|one| !one.known).len() != 8 || ill.filter(|one| one.ok).len() != 0 { throw "they were asked"; }
let pinned = kube::list("pods", #{ namespace: site.namespace, labels: "runbook-probe=server" });
say(`on ${pinned.map(|pod| pod.spec.nodeName).join(" ")}`);
"#
    );
    let mut place = place(&plane, &text);
    let programs = crate::plane::bin("kubectl").parent().unwrap().display().to_string();
    place.set("PATH", &format!("{programs}:{}", std::env::var("PATH").unwrap()));
    let ran = place.run(&[]).exits(0).says("0 yes, 10 no, 8 not known").says("the pod to ask from is not ready");
    for node in plane.said["nodes"].as_array().unwrap() {
        assert!(ran.err.contains(node.as_str().unwrap()), "{node} has a pod: {}", ran.err);
    }
    assert_eq!(left(&plane), Vec::<String>::new(), "the end of the run removes them");
}

#[test]
fn test_pods_go_with_an_undo_with_a_run_that_is_given_up_and_after_a_kill() {
    let Some(plane) = Plane::own(1) else { return };
    let failing = format!("{START}{}", "step(\"fail\", || fail(\"no\"));");
    let place = place(&plane, &failing);
    for way in [&["undo", "last"][..], &["stop", "last", "--abandon"]] {
        place.run(&[]).exits(1);
        assert_eq!(left(&plane).len(), 1, "a run that can go on keeps its pods");
        place.call(way).exits(0);
        assert_eq!(left(&plane), Vec::<String>::new(), "after {way:?}");
    }
    let calm = format!("{START}{}", "step(\"after\", || 1);");
    fs::write(place.path("main.rhai"), format!("{FRONT}{calm}")).unwrap();
    let mut kept = 0;
    for record in 1.. {
        if place.run(&["--die-after", &record.to_string()]).code == Some(0) {
            break;
        }
        kept += left(&plane).len();
        let resumed = place.resume(&[]);
        if resumed.code != Some(0) {
            resumed.exits(2).says("is done");
        }
        assert_eq!(left(&plane), Vec::<String>::new(), "killed after record {record} and resumed");
    }
    assert!(kept > 0, "no kill came while there were pods");
}

#[test]
fn pods_that_do_not_get_ready_are_told_with_what_keeps_them() {
    let Some(plane) = Plane::own(2) else { return };
    let text = r#"
let nodes = kube::list("nodes").map(|node| node.metadata.name);
let site = step("test pods", || probe::start(#{ image: "localhost/test:1", nodes: [nodes[0]], from_nodes: false }));
if site.pods.len() != 2 || site.pods.filter(|pod| pod.node != nodes[0]).len() != 0 { throw `${site}`; }
step("no more", || probe::stop());
"#;
    place(&plane, text).run(&[]).exits(0);
    let unmade = place(&plane, "say(`${probe::dns()}`);");
    unmade.run(&[]).exits(1).says("probe.pods").says("probe::start");
    let refused = place(&plane, "step(\"no\", || probe::start(#{ nodes: [\"no-such-node\"], timeout: \"2s\" }));");
    refused.run(&[]).exits(1).says("probe.pods");
    refused.call(&["stop", "last", "--abandon"]).exits(0);
    let outside = place(&plane, START).run(&[]).exits(0);
    assert!(!outside.err.contains("could not be removed"), "{}", outside.err);
    let forbidden = place(&plane, START);
    let text = fs::read_to_string(forbidden.path("main.rhai")).unwrap();
    fs::write(forbidden.path("main.rhai"), text.replace("\"probe\"", "\"patch nodes\"")).unwrap();
    forbidden.run(&[]).says("needs.refused");
}

#[test]
fn the_pods_of_another_run_that_may_go_on_are_left_alone() {
    let Some(plane) = Plane::own(1) else { return };
    let place = place(&plane, START);
    assert_ne!(place.run(&["--die-after", "4"]).code, Some(0));
    assert_eq!(left(&plane).len(), 1);
    let other = self::place(&plane, START);
    other.run(&[]).exits(0);
    assert_eq!(left(&plane).len(), 1, "it is young, and its run may go on");
}
