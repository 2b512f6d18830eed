//! What goes wrong, and what is said of it.

use std::process::Stdio;

use super::{Yard, yards};
use crate::plane::Plane;

fn upgrade(yard: &Yard, chart: &str, more: &str) {
    yard.says(&format!("step(\"change\", || helm::upgrade(\"web@here\", #{{ chart: {chart}, {more} }}));"));
}

#[test]
fn a_chart_that_does_not_exist_is_refused_before_anything_is_sent() {
    for yard in yards("nochart") {
        for chart in ["\"./no-such-chart\"", "\"no-repository/web\"", "\"web\"", "\"-web\""] {
            upgrade(&yard, chart, "values: #{ a: 1 }");
            yard.run().exits(1).says("helm.chart");
        }
        upgrade(&yard, "chart(\"failing\")", "values: #{ how: \"template\" }");
        yard.run().exits(1).says("helm.chart").says("this chart was asked to fail");
        assert!(yard.history().is_empty());
    }
}

#[test]
fn a_failed_upgrade_says_why_stays_as_it_is_and_can_be_tried_again() {
    for yard in yards("failed") {
        upgrade(&yard, "chart(\"failing\")", "values: #{ how: \"hook\" }, timeout: \"60s\"");
        yard.run().exits(1).says("helm.failed").says("failed pre-install");
        assert_eq!(yard.statuses(), ["failed"]);
        upgrade(&yard, "chart(\"failing\")", "values: #{ how: \"refused\" }, timeout: \"60s\"");
        yard.run().exits(1).says("helm.failed").says("192.0.2.1");
        upgrade(&yard, "chart(\"failing\")", "values: #{ how: \"ready\" }, timeout: \"5s\"");
        yard.run().exits(1).says("helm.timeout");
        upgrade(&yard, "chart(\"failing\")", "values: #{ how: \"none\" }, timeout: \"60s\"");
        yard.run().exits(0);
        assert_eq!(yard.statuses().last().unwrap(), "deployed");
    }
}

#[test]
fn an_object_that_belongs_to_someone_else_is_not_taken_without_being_told_to() {
    for yard in yards("owned") {
        yard.space.kubectl(&["create", "configmap", "web", "--from-literal=greeting=mine"]).exits(0);
        upgrade(&yard, "chart(\"plain\")", "values: #{ replicas: 1 }");
        yard.run().exits(1).says("helm.owned").says("ConfigMap");
        assert_eq!(yard.greeting(), "mine");
        let both =
            if yard.version == 4 { "take_ownership: true, force_conflicts: true" } else { "take_ownership: true" };
        upgrade(&yard, "chart(\"plain\")", both);
        yard.run().exits(0);
        assert_eq!(yard.greeting(), "hello");
    }
}

#[test]
fn a_release_or_revision_that_is_not_there_is_named_with_what_there_is() {
    for yard in yards("none") {
        yard.says(r#"step("back", || helm::rollback("web@here", 1));"#);
        yard.run().exits(1).says("helm.release").says("there is no release `web`");
        yard.other(&["install", "web", &crate::plane::chart("nested")]).exits(0);
        yard.run().exits(1).says("is at revision 1 already").says("`was`");
        yard.says(r#"step("back", || helm::rollback("web@here", 7));"#);
        yard.run().exits(1).says("has no revision 7").says("name one that is kept: 1");
        yard.says(r#"helm::values("Web@here");"#);
        yard.run().exits(1).says("`Web` cannot be the name of a release");
    }
}

#[test]
fn a_helm_that_is_missing_or_too_old_is_named() {
    for mut yard in yards("tool") {
        upgrade(&yard, "chart(\"plain\")", "");
        yard.place.set("RUNBOOK_HELM", "no-such-helm");
        yard.run().exits(1).says("helm.missing").says("`no-such-helm` could not be started").says("RUNBOOK_HELM");
        yard.place.set("RUNBOOK_HELM", "echo");
        yard.run().exits(1).says("helm.version");
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_told_apart_from_a_release_that_is_not_there() {
    for mut yard in yards("dark") {
        let text = std::fs::read_to_string(Plane::get().unwrap().file("kubeconfig")).unwrap();
        let dark = yard.place.path("dark.yaml");
        let server = text.lines().find(|line| line.contains("server:")).unwrap();
        let nowhere = text.replace(server, &format!("{}https://127.0.0.1:9", &server[..server.find("https").unwrap()]));
        std::fs::write(&dark, nowhere).unwrap();
        let dark = dark.display().to_string();
        yard.place.set("KUBECONFIG", &dark);
        upgrade(&yard, "chart(\"plain\")", "");
        yard.run().exits(1).says("kube.unreachable");
        yard.place.set("KUBECONFIG", "no-such-file");
        yard.run().exits(2).says("kube.config");
    }
}

#[test]
fn a_release_that_needs_do_not_name_is_refused() {
    for yard in yards("needs") {
        let text = "//! ```toml\n//! [needs]\n//! helm = [\"db@shop\"]\n//! ```\nhelm::status(\"web@shop\");";
        std::fs::write(yard.place.path("main.rhai"), text).unwrap();
        yard.run().says("needs.refused").says("helm = [\"db@shop\", \"web@shop\"]");
    }
}

/// Whether a helm is busy in a namespace.
fn at_work(namespace: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|one| std::fs::read_to_string(one.path().join("cmdline")).ok());
    lines.any(|line| line.contains(&format!("--namespace={namespace}")))
}

#[test]
fn an_api_that_goes_away_in_the_middle_of_helm_3_leaves_a_doubt_and_no_guess() {
    goes_away(3);
}

#[test]
fn an_api_that_goes_away_in_the_middle_of_helm_4_leaves_a_doubt_and_no_guess() {
    goes_away(4);
}

fn goes_away(version: u8) {
    let Some(plane) = Plane::own(1) else { return };
    // It ends with this process.
    let plane: &'static Plane = Box::leak(Box::new(plane));
    let yard = Yard::new(plane, "away", version);
    yard.other(&["install", "web", &crate::plane::chart("hooked")]).exits(0);
    upgrade(&yard, "chart(\"hooked\")", "values: #{ hooks: #{ \"pre-upgrade\": \"hang\" } }, timeout: \"20s\"");
    let running = yard.place.program(&["run", "main.rhai"]).stderr(Stdio::piped()).spawn().unwrap();
    yard.place.until("the upgrade is under way", || yard.statuses().len() == 2);
    plane.obey("kill kube-apiserver");
    yard.place.until("helm has given up", || !at_work(&yard.space.name));
    let ended = running.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(5), "{said}");
    assert!(said.contains("UPGRADE FAILED"), "{said}");
    plane.obey("start kube-apiserver");
    yard.place.until("the API is back", || plane.kubectl(&["get", "namespaces"]).code == Some(0));
    assert_eq!(yard.statuses(), ["deployed", "pending-upgrade"]);
    // What it left pending is its own, and nobody is at it: it goes on, and fails of its hook as it must.
    yard.resume().exits(1).says("`pending-upgrade` since").says("nobody is at it any more");
    assert_eq!(yard.statuses(), ["deployed", "failed"]);
}
