//! The runbooks that move a network, and what the standard library knows of networks, as far as no network is needed for
//! it. On a real one: `tests/lab/moves`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::place::Place;
use crate::plane::Plane;

fn root(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn runbook(name: &str) -> String {
    root("runbooks").join(name).display().to_string()
}

fn carries_out(name: &str) {
    let file = root("tests/moves").join(name).display().to_string();
    Place::saying("").call(&["run", &file]).exits(0).says("all of it");
}

#[test]
fn every_runbook_is_without_mistakes() {
    for entry in fs::read_dir(root("runbooks")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|end| end == "rhai") {
            Place::saying("").call(&["check", &entry.path().display().to_string()]).exits(0);
        }
    }
}

#[test]
fn a_policy_of_calico_is_carried_over_where_all_of_it_means_the_same() {
    carries_out("policies.rhai");
}

#[test]
fn every_symptom_is_seen_in_what_the_programs_really_say() {
    carries_out("symptoms.rhai");
}

#[test]
fn the_doctor_says_that_nothing_is_wrong_and_names_what_is() {
    let Some(plane) = Plane::own(2) else { return };
    let place = Place::saying("");
    let asks = |place: &Place| {
        let words = ["run", &runbook("doctor.rhai"), "--set", "machines=false"];
        place.ended(place.program(&words).env("KUBECONFIG", plane.file("kubeconfig")))
    };
    asks(&place).exits(0).says("nothing is wrong");
    plane.kubectl(&["create", "service", "loadbalancer", "shop", "--tcp=80"]).exits(0);
    asks(&place).exits(3).says("S19 service default/shop");
}

#[test]
fn a_move_from_or_back_to_what_is_not_there_is_refused_before_anything_changes() {
    let Some(plane) = Plane::get() else { return };
    let place = Place::saying("");
    for (name, reason) in [
        ("calico-to-cilium.rhai", "Calico is here"),
        ("flannel-to-cilium.rhai", "flannel is here"),
        ("rollback-to-calico.rhai", "there is a Calico to go back to"),
        ("rollback-to-flannel.rhai", "there is a flannel to go back to"),
    ] {
        let ended =
            place.ended(place.program(&["run", &runbook(name), "--yes"]).env("KUBECONFIG", plane.file("kubeconfig")));
        let ended = ended.exits(3).says(reason).says("nothing was changed");
        assert!(!ended.err.contains("probe"), "{name} made test pods:\n{}", ended.err);
        let abandoned =
            place.program(&["stop", "last", "--abandon"]).env("KUBECONFIG", plane.file("kubeconfig")).output();
        assert!(abandoned.is_ok());
    }
}

#[test]
fn rules_of_one_owner_are_removed_and_those_of_others_stay() {
    let place = Place::saying("");
    let tried = std::process::Command::new("unshare").args(["--net", "iptables-save"]).output();
    if !tried.is_ok_and(|output| output.status.success()) {
        let told = "not run: rules of one owner are removed, for there is no iptables in a network of one's own here\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return;
    }
    let file = root("tests/moves/rules.rhai").display().to_string();
    place.call(&["run", &file]).exits(0).says("all of it");
}

#[test]
fn every_text_for_a_machine_is_a_shell_script() {
    let mut looked_at = 0;
    for entry in fs::read_dir(root("stdlib")).unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        for part in text.split("text::dedent(`").skip(1).filter_map(|rest| rest.split("`)").next()) {
            let script: String = part.split("${").enumerate().fold(String::new(), |told, (nth, piece)| {
                told + if nth == 0 { piece } else { piece.split_once('}').map_or("", |(_, rest)| rest) }
            });
            let shell = std::process::Command::new("sh").args(["-n", "-c", &script]).output().unwrap();
            let said = String::from_utf8_lossy(&shell.stderr);
            assert!(shell.status.success(), "{}: {said}\n{script}", entry.path().display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 8, "only {looked_at} scripts were found");
}
