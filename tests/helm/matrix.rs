//! Each word that changes a release, cut off before, during and after its effect, and with its reply lost.

use std::process::Stdio;

use super::{Yard, yards};

const CHART: &str = "values: #{ replicas: 1, greeting: \"new\" }, timeout: \"60s\"";

/// A release of one revision, and a runbook of one step.
fn begun(yard: &Yard, chart: &str, call: &str) {
    let install = ["install", "web", &crate::plane::chart(chart), "--set=hooks.post-delete=succeed"];
    yard.other(&[&install[..], &["--wait", "--timeout=60s"]].concat()).exits(0);
    yard.says(&format!("step(\"change\", || {call});"));
}

fn upgrade() -> String {
    format!("helm::upgrade(\"web@here\", #{{ chart: chart(\"plain\"), {CHART} }})")
}

#[test]
fn an_upgrade_that_never_went_out_is_sent_by_the_resume() {
    for yard in yards("before") {
        begun(&yard, "plain", &upgrade());
        yard.cut("before").exits(1).says("run.died");
        yard.resume().exits(0).says("not done").says("has no revision after 1");
        assert_eq!(yard.statuses(), ["superseded", "deployed"]);
        assert_eq!(yard.greeting(), "new");
    }
}

#[test]
fn an_upgrade_whose_helm_went_on_without_the_engine_is_done() {
    for yard in yards("alone") {
        begun(
            &yard,
            "hooked",
            "helm::upgrade(\"web@here\", #{ chart: chart(\"hooked\"), values: #{ greeting: \"new\" } })",
        );
        yard.cut("alone").exits(1).says("run.died");
        yard.resume().exits(0).says("done").says("described `runbook main-");
        assert_eq!(yard.statuses(), ["superseded", "deployed"]);
        assert_eq!(yard.greeting(), "new");
    }
}

#[test]
fn a_helm_that_still_runs_is_waited_for() {
    for yard in yards("still") {
        begun(
            &yard,
            "hooked",
            "helm::upgrade(\"web@here\", #{ chart: chart(\"hooked\"), values: #{ greeting: \"new\" } })",
        );
        let hold = yard.place.path("hold");
        std::fs::write(&hold, "").unwrap();
        std::fs::write(yard.place.path("cut"), "alone").unwrap();
        assert!(!yard.place.program(&["run", "main.rhai"]).output().unwrap().status.success());
        let mut resumed = yard.place.program(&["run", "main.rhai", "--resume"]).stderr(Stdio::null()).spawn().unwrap();
        assert!(resumed.try_wait().unwrap().is_none());
        std::fs::remove_file(&hold).unwrap();
        assert!(resumed.wait().unwrap().success());
        assert_eq!(yard.statuses(), ["superseded", "deployed"]);
        assert_eq!(yard.greeting(), "new");
    }
}

#[test]
fn an_upgrade_that_was_killed_in_the_middle_is_cleared_away_and_made_once_more() {
    for yard in yards("during") {
        begun(
            &yard,
            "hooked",
            "helm::upgrade(\"web@here\", #{ chart: chart(\"hooked\"), values: #{ greeting: \"new\" } })",
        );
        yard.cut("stuck").exits(1).says("run.died");
        yard.resume().exits(0).says("`pending-upgrade` since").says("nobody is at it any more");
        assert_eq!(yard.statuses(), ["superseded", "deployed"]);
        assert_eq!(yard.greeting(), "new");
    }
}

#[test]
fn an_upgrade_that_was_done_is_not_sent_again() {
    for yard in yards("after") {
        begun(&yard, "plain", &upgrade());
        yard.cut("after").exits(1).says("run.died");
        yard.resume().exits(0).says("revision 2 is `deployed`");
        assert_eq!(yard.statuses(), ["superseded", "deployed"]);
    }
}

#[test]
fn an_upgrade_whose_reply_was_lost_is_seen_to_be_done() {
    for yard in yards("lost") {
        begun(&yard, "plain", &upgrade());
        yard.cut("lost").exits(0);
        assert_eq!(yard.statuses(), ["superseded", "deployed"]);
    }
}

#[test]
fn a_rollback_is_done_once_wherever_it_is_cut() {
    for when in ["before", "alone", "after", "lost"] {
        for yard in yards(&format!("back-{when}")) {
            begun(&yard, "hooked", "helm::rollback(\"web@here\", 1, #{ timeout: \"60s\" })");
            yard.other(&["upgrade", "web", &crate::plane::chart("hooked"), "--set", "greeting=new"]).exits(0);
            let ended = yard.cut(when);
            if when == "lost" {
                ended.exits(0);
            } else {
                ended.exits(1).says("run.died");
                yard.resume().exits(0);
            }
            assert_eq!(yard.statuses(), ["superseded", "superseded", "deployed"], "{when}");
            assert_eq!(yard.greeting(), "hello", "{when}");
        }
    }
}

#[test]
fn a_rollback_that_was_killed_in_the_middle_is_cleared_away_and_made_once_more() {
    for yard in yards("back-during") {
        begun(&yard, "hooked", "helm::rollback(\"web@here\", 1)");
        yard.other(&["upgrade", "web", &crate::plane::chart("hooked"), "--set", "greeting=new"]).exits(0);
        yard.cut("stuck").exits(1).says("run.died");
        yard.resume().exits(0).says("`pending-rollback` since").says("nobody is at it any more");
        assert_eq!(yard.statuses(), ["superseded", "superseded", "deployed"]);
        assert_eq!(yard.greeting(), "hello");
    }
}

#[test]
fn an_uninstall_is_finished_wherever_it_is_cut() {
    for when in ["before", "stuck", "alone", "after", "lost"] {
        for yard in yards(&format!("gone-{when}")) {
            begun(&yard, "hooked", "helm::uninstall(\"web@here\", #{ timeout: \"60s\" })");
            let ended = yard.cut(when);
            if when == "lost" {
                ended.exits(0);
            } else {
                ended.exits(1).says("run.died");
                yard.resume().exits(0);
            }
            assert!(yard.history().is_empty(), "{when}");
            yard.space.kubectl(&["get", "configmap", "web"]).exits(1);
        }
    }
}
