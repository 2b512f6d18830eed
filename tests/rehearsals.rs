//! Rehearsals, by the program itself: nothing is there but the program, and half an hour passes in seconds.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn rehearse(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_runbook"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("rehearse").args(words);
    // No cluster, no home, no helm: as on a machine that has nothing.
    command.env_remove("RUNBOOK_STATE").env_remove("KUBECONFIG").env("HOME", "/nonexistent").env("NO_COLOR", "1");
    command.output().unwrap()
}

fn told(words: &[&str]) -> (Value, i32) {
    let output = rehearse(&[&["--output", "json"], words].concat());
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    let told: Value =
        serde_json::from_str(last).unwrap_or_else(|_| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(told["kind"], "rehearsed", "{text}");
    (told, output.status.code().unwrap())
}

#[test]
fn draining_a_node_is_rehearsed_with_nothing_else_typed() {
    let (told, code) = told(&["runbooks/drain-node.rhai"]);
    assert_eq!((code, told["verdict"].as_str()), (0, Some("done")), "{told}");
    let steps: Vec<&str> = told["steps"].as_array().unwrap().iter().filter_map(|step| step["key"].as_str()).collect();
    assert_eq!(steps, ["cordon", "drain", "uncordon"]);
    assert!(told["took"].as_i64().unwrap() >= 500, "pods take their time to end, and that is modelled: {told}");
    assert_eq!(told["left"], Value::Array(Vec::new()));
    assert_eq!(told["changes"], Value::Array(Vec::new()), "what was taken was given back");
    for workload in told["workloads"].as_array().unwrap() {
        assert_eq!(workload["without"], 0, "{workload}");
    }
}

/// Who lost anything, by name.
fn lost(told: &Value, list: &str) -> Vec<String> {
    let lossy = told[list].as_array().unwrap().iter().filter(|loss| loss["total"] != 0);
    lossy.map(|loss| loss["who"].as_str().unwrap().to_owned()).collect()
}

/// That a move of the network ends well, loses no workload and no DNS, and only the API while its one machine boots.
#[track_caller]
fn moves(words: &[&str]) {
    let (told, code) = told(words);
    assert_eq!((code, told["verdict"].as_str()), (0, Some("done")), "{told}");
    let services = lost(&told, "services");
    assert!(services.iter().all(|name| name.starts_with("service default/kubernetes")), "{services:?}");
    let classes = lost(&told, "losses");
    let of_booting = ["pod to service", "node to service", "from a cordoned node", "to a cordoned node"];
    assert!(classes.iter().all(|name| of_booting.contains(&name.as_str())), "{classes:?}");
    let shop =
        told["workloads"].as_array().unwrap().iter().filter(|one| one["name"].as_str().unwrap().starts_with("shop/"));
    assert!(shop.clone().count() == 2 && shop.clone().all(|one| one["without"] == 0), "{told}");
    assert_eq!(told["left"], Value::Array(Vec::new()));
    assert_eq!(told["away"].as_array().unwrap().len(), 3, "each machine is booted");
    assert!(told["guards"].as_array().unwrap().iter().all(|guard| guard["breach"].is_null()), "{told}");
}

#[test]
fn a_cluster_is_moved_from_flannel_to_cilium() {
    moves(&["runbooks/flannel-to-cilium.rhai"]);
}

#[test]
fn a_cluster_of_k3s_is_moved_from_its_own_flannel_to_cilium() {
    moves(&["runbooks/flannel-to-cilium.rhai", "--scene", "k3s-shop"]);
}

#[test]
fn a_cluster_is_moved_from_calico_to_cilium() {
    moves(&["runbooks/calico-to-cilium.rhai"]);
}

#[test]
fn a_cluster_with_calico_by_its_operator_is_moved_to_cilium() {
    moves(&["runbooks/calico-to-cilium.rhai", "--scene", "calico-operator"]);
}

#[test]
fn dns_of_one_pod_is_never_lost_and_has_one_again_after() {
    let (told, code) = told(&["runbooks/flannel-to-cilium.rhai", "--scene", "photon-k3s"]);
    assert_eq!((code, told["verdict"].as_str()), (0, Some("done")), "{told}");
    let workloads = told["workloads"].as_array().unwrap();
    let dns = workloads.iter().find(|one| one["name"] == "kube-system/coredns").unwrap();
    assert_eq!((&dns["wanted"], &dns["without"]), (&1.into(), &0.into()), "{dns}");
    let changed = told["changes"].as_array().unwrap().iter();
    let changed: Vec<&Value> = changed.filter(|one| one.to_string().contains("kube-system/coredns")).collect();
    assert!(changed.is_empty(), "{changed:?}");
    assert_eq!(told["left"], Value::Array(Vec::new()));
    assert!(told["guards"].as_array().unwrap().iter().all(|guard| guard["breach"].is_null()), "{told}");
}

#[test]
fn a_cluster_with_calico_by_its_operator_and_no_cilium_is_left_as_it_is_by_a_rollback() {
    let (told, code) = told(&["runbooks/rollback-to-calico.rhai", "--scene", "calico-operator"]);
    assert_eq!((code, told["verdict"].as_str()), (0, Some("done")), "{told}");
    let booted = told["away"].as_array().map_or(0, Vec::len);
    assert_eq!((booted, lost(&told, "losses"), lost(&told, "services")), (0, Vec::new(), Vec::new()), "{told}");
}

#[test]
fn a_move_that_was_made_by_hand_is_taken_back_to_flannel() {
    moves(&["runbooks/rollback-to-flannel.rhai"]);
}

#[test]
fn a_move_that_was_made_by_hand_is_taken_back_to_calico() {
    moves(&["runbooks/rollback-to-calico.rhai"]);
}

/// What passes while a network moves.
const PASSING: [&str; 5] = [
    "ssh-cut machine=n2 words=ip",
    "api-refuses code=503 times=3 skip=60",
    "api-loses-reply verb=patch",
    "api-twice verb=create",
    "watch-cut events=3 times=5",
];

#[test]
fn a_move_goes_through_what_passes() {
    for fault in PASSING {
        let (told, code) = told(&["runbooks/flannel-to-cilium.rhai", "--scene", "flannel", "--fault", fault]);
        assert_eq!((code, told["verdict"].as_str()), (0, Some("done")), "{fault}: {told}");
        assert_eq!(told["left"], Value::Array(Vec::new()), "{fault}");
        for workload in told["workloads"].as_array().unwrap() {
            assert!(workload["wanted"] == 1 || workload["without"] == 0, "{fault}: {workload}");
        }
    }
}

#[test]
fn a_move_ends_in_doubt_at_a_machine_that_does_not_come_back_and_nobody_is_without_pods() {
    let (told, code) =
        told(&["runbooks/flannel-to-cilium.rhai", "--scene", "shop", "--fault", "reboot-never-returns machine=n2"]);
    assert_eq!((code, told["verdict"].as_str()), (5, Some("in doubt")), "{told}");
    for workload in told["workloads"].as_array().unwrap() {
        assert!(workload["wanted"] == 1 || workload["without"] == 0, "{workload}");
    }
}

#[test]
fn a_healthy_cluster_is_verified_and_has_nothing_wrong() {
    for runbook in ["runbooks/verify.rhai", "runbooks/doctor.rhai"] {
        let (told, code) = told(&[runbook]);
        assert_eq!((code, &told["changes"]), (0, &Value::Array(Vec::new())), "{runbook}: {told}");
    }
}

#[test]
fn a_cluster_with_antrea_is_well_is_kept_and_drained_and_no_move_begins_on_it() {
    for runbook in ["doctor", "verify", "backup", "drain-node"] {
        let (told, code) = told(&[&format!("runbooks/{runbook}.rhai"), "--scene", "antrea"]);
        assert_eq!((code, &told["changes"]), (0, &Value::Array(Vec::new())), "{runbook}: {told}");
        let services = lost(&told, "services");
        assert_eq!(services, Vec::<String>::new(), "{runbook}: {told}");
    }
    for runbook in ["flannel-to-cilium", "calico-to-cilium"] {
        let output = rehearse(&[&format!("runbooks/{runbook}.rhai"), "--scene", "antrea", "--output", "lines"]);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert_eq!(output.status.code(), Some(3), "{text}");
        assert!(text.contains("the network of the pods is Antrea"), "{text}");
    }
}

#[test]
fn a_look_is_taken_again_where_a_connection_breaks_or_a_server_is_busy() {
    for fault in ["ssh-cut machine=n2 words=ip", "api-refuses code=503 times=3 skip=60"] {
        let (told, code) = told(&["runbooks/verify.rhai", "--scene", "cilium", "--fault", fault]);
        assert_eq!((code, told["verdict"].as_str()), (0, Some("done")), "{fault}: {told}");
    }
}

#[test]
fn a_machine_that_is_gone_is_told_of_and_its_pods_are_not_waited_for() {
    let (told, code) = told(&["runbooks/doctor.rhai", "--scene", "cilium", "--fault", "machine-lost machine=n2"]);
    assert_eq!((code, told["verdict"].as_str()), (3, Some("refused")), "{told}");
}

#[test]
fn a_tunnel_on_the_port_of_another_is_seen_where_everything_looks_well() {
    let values = r#"values={"tunnelPort": 8472}"#;
    let (told, code) = told(&["runbooks/flannel-to-cilium.rhai", "--set", values]);
    assert_eq!(code, 1, "{told}");
    let failed = told["steps"].as_array().unwrap().iter().find(|step| step["status"] == "failed");
    assert!(
        failed.is_none() || !failed.unwrap()["key"].as_str().unwrap().starts_with("move"),
        "no node was given away"
    );
}

#[test]
fn a_scene_and_a_fault_that_are_not_there_are_said_with_what_is_near() {
    for (words, said) in [
        (["--scene", "shoop"], "did you mean `shop`?"),
        (["--scene", "./no-such.yaml"], "the scene `./no-such.yaml` cannot be read"),
        (["--fault", "ssh-cutt machine=n2"], "did you mean `ssh-cut`?"),
        (["--fault", "ssh-cut machine=n9"], "cannot be planted"),
    ] {
        let output = rehearse(&[&["runbooks/drain-node.rhai"], &words[..]].concat());
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && text.contains(said), "{words:?}: {text}");
    }
}

#[test]
fn half_an_hour_of_waiting_passes_in_modelled_time_and_what_happens_in_it_happens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("waits.rhai");
    std::fs::write(
        &file,
        r#"//! ```toml
//! [needs]
//! kube = ["read *", "patch deployments.apps"]
//! ```
let began = now();
sleep("30m");
step("grow", || kube::scale("deployments", "shop/cart", 4));
wait("it has grown", #{ timeout: "10m", every: "7s" }, || kube::get("deployments", "shop/cart").status?.readyReplicas == 4);
let late = attempt(|| wait("it never comes", #{ timeout: "20m", every: "60s" }, || kube::exists("pods", "shop/nobody")));
if late.ok { fail("it came"); }
let slow = attempt(|| step("too slow", #{ timeout: "5m" }, || kube::wait("deployments", "shop/cart", "condition=Nonsense", #{ timeout: "1h" })));
if slow.ok { fail("it was not late"); }
let passed = now() - began;
if passed < 55 * 60 || passed > 70 * 60 { fail(`it took ${passed} seconds`); }
"#,
    )
    .unwrap();
    let (told, code) = told(&[file.to_str().unwrap()]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_rehearsal_that_fails_says_so_as_a_run_would() {
    let output = rehearse(&["runbooks/drain-node.rhai", "--set", "node=n9"]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let output = rehearse(&["runbooks/drain-node.rhai", "--stop-at-gates"]);
    assert_eq!(output.status.code(), Some(4), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(rehearse(&["runbooks/no-such.rhai"]).status.code(), Some(2));
}

#[test]
fn the_page_of_a_rehearsal_needs_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    assert_eq!(rehearse(&["runbooks/drain-node.rhai", "--report", page.to_str().unwrap()]).status.code(), Some(0));
    let text = std::fs::read_to_string(&page).unwrap();
    for piece in ["drain-node", "<svg", "uncordon", "shop/web"] {
        assert!(text.contains(piece), "the page does not say `{piece}`");
    }
    assert!(
        !text.contains("http://") && !text.contains("https://") && !text.contains("<script"),
        "it needs something else"
    );
    assert!(Path::new(&page).metadata().unwrap().len() < 400_000);
}

#[test]
fn files_of_this_machine_are_after_it_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let (kept, new) = (folder.path().join("kept"), folder.path().join("new"));
    std::fs::write(&kept, "of a real run").unwrap();
    let file = folder.path().join("writes.rhai");
    let text = format!(
        "//! ```toml\n//! [needs]\n//! file = [\"read /**\", \"write /**\"]\n//! ```\n\
         step(\"over\", || file::write(\"{0}\", \"one\").size);\n\
         step(\"and over\", || file::write(\"{0}\", \"two\").size);\n\
         step(\"new\", || file::write(\"{1}\", \"three\").size);\n\
         if file::read(\"{0}\") != \"two\" {{ fail(\"it was not written\"); }}\n",
        kept.display(),
        new.display()
    );
    std::fs::write(&file, text).unwrap();
    let (told, code) = told(&[file.to_str().unwrap()]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), "of a real run");
    assert!(!new.exists());
    // Nor is anything left where it was begun: what nobody named a place for has one of the rehearsal's own.
    let mut rehearsal = Command::new(env!("CARGO_BIN_EXE_runbook"));
    let backup = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/backup.rhai");
    let status = rehearsal.current_dir(folder.path()).arg("rehearse").arg(backup).output().unwrap().status;
    assert!(status.success() && !folder.path().join("backup").exists());
}
