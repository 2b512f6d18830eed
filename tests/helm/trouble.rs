//! What goes wrong, and what is said of it.

use super::{Yard, yards};

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
        let text = std::fs::read_to_string(crate::plane::Plane::get().unwrap().file("kubeconfig")).unwrap();
        let dark = yard.place.path("dark.yaml");
        let server = text.lines().find(|line| line.contains("server:")).unwrap();
        let nowhere = text.replace(server, &format!("{}https://127.0.0.1:9", &server[..server.find("https").unwrap()]));
        std::fs::write(&dark, nowhere).unwrap();
        let dark = dark.display().to_string();
        yard.place.set("KUBECONFIG", &dark);
        upgrade(&yard, "chart(\"plain\")", "");
        yard.run().exits(1).says("kube.unreachable");
        yard.place.set("KUBECONFIG", "no-such-file");
        yard.run().exits(1).says("kube.config");
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
